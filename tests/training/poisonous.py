"""Batches of which one ruins a training, for the tests."""

from collections.abc import Iterator

import numpy as np
from toy_training import ToyBatch, ToyBatches

SETTINGS = {"epochs": 5, "patience": 0}


class Poisonous(ToyBatches):
    """40 steps per epoch; in some of them the targets are what no measurement is, finite though."""

    def __init__(self, *, poison=((2, 17),), factor=1e4, rank: int = 0, world_size: int = 1):
        super().__init__(n=320, batch_size=8 // world_size, rank=rank, world_size=world_size)
        self.poison, self.factor = tuple(poison), factor

    def for_process(self, rank: int, world_size: int) -> "Poisonous":
        return Poisonous(poison=self.poison, factor=self.factor, rank=rank, world_size=world_size)

    def describe(self, number: int, batch: int) -> list[str]:
        return [f"window {row}" for row in self._rows(number, batch)]

    def epoch(self, number: int, *, start_batch: int = 0) -> Iterator[ToyBatch]:
        for k, batch in enumerate(super().epoch(number, start_batch=start_batch), start_batch):
            factor = self.factor if (number, k) in self.poison else 1.0
            yield batch._replace(targets=batch.targets * factor)

    def _rows(self, number: int, batch: int) -> list[int]:
        order = np.random.default_rng((self.seed, number)).permutation(self.n)
        step = self.batch_size * self.world_size
        return np.array_split(order[batch * step : (batch + 1) * step], self.world_size)[self.rank].tolist()
