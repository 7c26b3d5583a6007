"""A training that takes a second, as a module for the tests and as a program that can be killed.

Started as a program it fits the toy and prints ``done``. With ``--kills N`` it does so in a process of its own that is
killed at N random moments and as often while it writes a file, and started again each time.
"""

import argparse
import hashlib
import os
import signal
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from cisgram.training.checkpoint import ModelIdentity, load_checkpoint
from cisgram.training.fit import FitConfig, FitResult, fit
from cisgram.training.progress import TrainingProgress

LENGTH = 20


class ToyBatch(NamedTuple):
    inputs: Tensor
    controls: Tensor | None
    targets: Tensor


class ToyOutput(NamedTuple):
    signal: Tensor


class ToyTerms(NamedTuple):
    square: Tensor
    tracks: Tensor

    @property
    def total(self) -> Tensor:
        return self.square + 0.1 * self.tracks.sum()


class ToyModel(nn.Module):
    """Something of everything that a checkpoint must keep: dropout, buffers, a parameter that does not learn."""

    def __init__(self, *, seed: int = 0, dropout: float = 0.2) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.stem = nn.Conv1d(4, 6, 5, padding=2)
            self.norm = nn.BatchNorm1d(6)
            self.head = nn.Conv1d(6, 2, 1)
        self.dropout = nn.Dropout(dropout)
        self.frozen = nn.Parameter(torch.ones(1), requires_grad=False)

    def forward(self, sequences: Tensor, controls: Tensor | None = None) -> ToyOutput:
        hidden = self.dropout(torch.relu(self.norm(self.stem(sequences))))
        signal = self.head(hidden) * self.frozen
        return ToyOutput(signal if controls is None else signal + controls)


class PlainModel(nn.Module):
    """No dropout, no statistics of the batch: its gradient is a sum over examples."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(3)
            self.stem = nn.Conv1d(4, 6, 5, padding=2)
            self.head = nn.Conv1d(6, 2, 1)

    def forward(self, sequences: Tensor) -> ToyOutput:
        return ToyOutput(self.head(torch.tanh(self.stem(sequences))))


def square_loss(output: ToyOutput, targets: Tensor) -> Tensor:
    return (output.signal - targets).square().mean()


def loss_with_terms(output: ToyOutput, targets: Tensor) -> ToyTerms:
    errors = (output.signal - targets).square()
    return ToyTerms(errors.mean(), errors.mean((0, 2)))


def correlation_loss(output: ToyOutput, targets: Tensor) -> Tensor:
    """One correlation of the whole batch, in which every seventh position is not known: no mean over examples."""
    targets = targets.where(torch.arange(LENGTH) % 7 > 0, torch.nan)
    known = ~targets.isnan()
    return 1 - torch.corrcoef(torch.stack([output.signal[known], targets[known]]))[0, 1]


class ToyBatches:
    """Random sequences whose targets follow from them; every batch follows from its numbers alone."""

    def __init__(
        self,
        *,
        n: int = 60,
        batch_size: int = 16,
        seed: int = 1,
        wait_s: float = 0.0,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self.n, self.batch_size, self.seed, self.wait_s = n, batch_size, seed, wait_s
        self.rank, self.world_size = rank, world_size
        rng = np.random.default_rng(seed)
        self.sequences = rng.integers(0, 5, size=(n, LENGTH), dtype=np.uint8)
        signal = np.stack([self.sequences == 1, np.roll(self.sequences, 1, axis=1) == 2], axis=1)
        self.targets = signal.astype(np.float32)

    def __len__(self) -> int:
        return -(-self.n // (self.batch_size * self.world_size))

    def for_process(self, rank: int, world_size: int) -> "ToyBatches":
        share = {"rank": rank, "world_size": world_size}
        return ToyBatches(n=self.n, batch_size=self.batch_size, seed=self.seed, wait_s=self.wait_s, **share)

    def epoch(self, number: int, *, start_batch: int = 0) -> Iterator[ToyBatch]:
        order = np.random.default_rng((self.seed, number)).permutation(self.n)
        for k in range(start_batch, len(self)):
            time.sleep(self.wait_s)
            step = self.batch_size * self.world_size
            rows = np.array_split(order[k * step : (k + 1) * step], self.world_size)[self.rank]
            yield ToyBatch(torch.from_numpy(self.sequences[rows]), None, torch.from_numpy(self.targets[rows]))


def fit_toy(
    folder: Path,
    *,
    model: nn.Module | None = None,
    batches: ToyBatches | None = None,
    loss=loss_with_terms,
    identity: ModelIdentity | None = None,
    progress: TrainingProgress | None = None,
    **settings,
) -> FitResult:
    """Fit the toy; everything that is not said is the same every time."""
    config = FitConfig(**{"epochs": 4, "learning_rate": 0.02, "accelerator": "cpu", "seed": 5} | settings)
    return fit(
        ToyModel() if model is None else model,
        loss,
        ToyBatches() if batches is None else batches,
        validation=ToyBatches(n=21, seed=9),
        config=config,
        folder=folder,
        identity=ModelIdentity("toy", {"dropout": 0.2}) if identity is None else identity,
        progress=progress,
    )


def fingerprint(folder: Path) -> dict[str, str]:
    """Hashes of all that a training leaves, without what depends on the time of day."""
    last = load_checkpoint(folder / "last.safetensors")
    tensors = [(name, tensor.numpy().tobytes()) for part in (last.weights, last.state) for name, tensor in part.items()]
    timed = {"seconds", "examples_per_second"}
    history = [{name: value for name, value in row.items() if name not in timed} for row in last.progress["history"]]
    table = [line.split(",")[:-2] for line in (folder / "metrics.csv").read_text().splitlines()]
    contents = {
        "best": (folder / "best.safetensors").read_bytes(),
        "last": repr(tensors),
        "history": repr((history, table)),
    }
    return {
        name: hashlib.sha256(content if isinstance(content, bytes) else content.encode()).hexdigest()
        for name, content in contents.items()
    }


def kill_while_writing(n: int) -> None:
    """Have this process die at the n-th of these moments: a file is half written, written, renamed."""
    moments = iter(range(n))
    write, replace = Path.write_bytes, Path.replace

    def passed() -> None:
        if next(moments, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    def write_in_halves(path: Path, data: bytes) -> int:
        write(path, data[: len(data) // 2])
        passed()
        return write(path, data)

    def replace_and_pass(path: Path, target: Path) -> Path:
        passed()
        replaced = replace(path, target)
        passed()
        return replaced

    Path.write_bytes, Path.replace = write_in_halves, replace_and_pass


def until_done(training, *, n_kills: int, seed: int) -> int:
    """Start a training in a new process until it comes to its end; how often it was killed."""
    rng = np.random.default_rng(seed)
    delays = [*rng.uniform(0.0, 0.15, size=n_kills), *([None] * n_kills), None]
    killed = 0
    for attempt, delay in enumerate(delays):
        process = os.fork()  # a fork takes no time, and this process has no threads that it could harm
        if process == 0:
            if delay is None and attempt < len(delays) - 1:
                kill_while_writing(1 + attempt - n_kills)
            training()
            os._exit(0)
        if delay is not None:
            time.sleep(delay)
            os.kill(process, signal.SIGKILL)
        _, status = os.waitpid(process, 0)
        if os.WIFSIGNALED(status):
            killed += 1
        elif os.waitstatus_to_exitcode(status) != 0:
            raise SystemExit("the training failed")
        elif delay is None:
            break
    return killed


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--wait", type=float, default=0.0)
    parser.add_argument("--devices", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--every-steps", type=int, default=0)
    parser.add_argument("--average", type=float, default=0.0)
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--of-the-batch", action="store_true")
    parser.add_argument("--examples", type=int, default=60)
    parser.add_argument("--learning-rate", type=float, default=0.02)
    parser.add_argument("--accumulate", type=int, default=1)
    parser.add_argument("--kills", type=int, default=0)
    given = parser.parse_args()
    training = partial(
        fit_toy,
        given.folder,
        model=PlainModel() if given.plain else ToyModel(dropout=0.0 if given.of_the_batch else 0.2),
        loss=correlation_loss if given.of_the_batch else loss_with_terms,
        batches=ToyBatches(n=given.examples, batch_size=given.batch_size, wait_s=given.wait),
        epochs=given.epochs,
        # Adam makes whole steps of rounding noise, as the gradient of a constant before a norm is.
        optimizer="sgd" if given.of_the_batch else "adam",
        devices=given.devices,
        checkpoint_every_steps=given.every_steps,
        patience=0,
        learning_rate=given.learning_rate,
        accumulate=given.accumulate,
        average_decay=given.average,
        clip_norm=1.0,
    )
    if given.kills:
        from cisgram.training import engine  # noqa: F401 - before the fork, so that it is imported once

        print("killed", until_done(training, n_kills=given.kills, seed=1))
    else:
        training()
    print("done")


if __name__ == "__main__":
    main()
