"""A running average of the weights, which often predicts better than the weights of any single step."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


class WeightAverage:
    """Exponential moving average of a model's parameters; buffers are taken as they are.

    In step n the average keeps ``min(decay, (1 + n) / (10 + n))`` of itself, so that it forgets the first, random
    weights soon.

    Parameters
    ----------
    model
        Whose weights are averaged.
    decay
        How much of the average is kept in a step, e.g. 0.999.

    References
    ----------
    Polyak and Juditsky (1992), Acceleration of stochastic approximation by averaging.
    """

    def __init__(self, model: nn.Module, decay: float) -> None:
        self._weights = dict(model.named_parameters())
        self._average = {name: weight.detach().clone() for name, weight in self._weights.items()}
        self._decay = decay

    @torch.no_grad()
    def update(self, n_steps: int) -> None:
        """Move the average towards the weights after a step.

        Parameters
        ----------
        n_steps
            Steps done before this one.
        """
        kept = min(self._decay, (1 + n_steps) / (10 + n_steps))
        for name, average in self._average.items():
            average.lerp_(self._weights[name], 1 - kept)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Give the model the averaged weights for the length of a ``with`` block."""
        found = {name: weight.detach().clone() for name, weight in self._weights.items()}
        self._copy(self._average)
        try:
            yield
        finally:
            self._copy(found)

    def state(self) -> dict[str, Tensor]:
        """The average, by name of the parameter."""
        return self._average

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Take an average that :meth:`state` gave."""
        for name, average in self._average.items():
            average.copy_(state[name])

    @torch.no_grad()
    def _copy(self, values: Mapping[str, Tensor]) -> None:
        """Overwrite the model's weights."""
        for name, weight in self._weights.items():
            weight.copy_(values[name])
