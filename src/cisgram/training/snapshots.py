"""Copies of a training in memory, so that it can go back to where it was well."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from torch import Tensor

from cisgram.training.checkpoint import Checkpoint, ModelIdentity
from cisgram.training.state import SUMS, TrainingState

EVERY = 100
"""Steps between two copies. What went wrong is noticed much sooner, so the older of two copies is always good."""
_KEPT = 2
_EARLIER, _MODEL = "earlier.", "model."


class Snapshots:
    """The latest two copies of a training within an epoch: at its beginning and every 100 steps.

    Memory: each holds the weights, their running average and what the optimiser keeps. A training that goes on in the
    middle of an epoch has the same copies again, from its checkpoint.

    Parameters
    ----------
    state
        The training.
    """

    def __init__(self, state: TrainingState) -> None:
        self._state = state
        self._copies: list[Checkpoint] = []

    @property
    def first(self) -> int | None:
        """Step of the oldest copy; None where there is none."""
        return self._copies[0].progress["step"] if self._copies else None

    def take_if_due(self) -> None:
        """Copy the state if it is time; to be called before every step."""
        step = self._state.step
        if step == 0:
            self._copies = []
        if self._copies and (step % EVERY or step <= self._copies[-1].progress["step"]):
            return
        state = self._state.to_resume(ModelIdentity(), conditions={}, sums=self._state.sums.values)
        progress = {name: value for name, value in state.progress.items() if name != "history"}
        self._copies = [*self._copies[1 - _KEPT :], _copied(replace(state, progress=progress))]

    def go_back(self, step: int) -> None:
        """Stand where the latest copy was made that is not from after a step; else where the oldest was made."""
        while len(self._copies) > 1 and self._copies[-1].progress["step"] > step:
            self._copies.pop()
        copy = _copied(self._copies[-1])
        progress = {**copy.progress, "history": self._state.history, "seconds": self._state.seconds}
        self._state.restore(replace(copy, progress=progress), path="the copy in memory", with_sums=True)

    def to_file(self, summed: Callable[[Tensor], Tensor]) -> tuple[dict[str, Tensor], list[Mapping[str, Any]]]:
        """The copies as tensors by name and plain values, for a checkpoint.

        Parameters
        ----------
        summed
            Gives the sum over all devices.
        """
        tensors: dict[str, Tensor] = {}
        for number, copy in enumerate(self._copies):
            own = {_MODEL + name: tensor for name, tensor in copy.weights.items()} | dict(copy.state)
            if SUMS in own:
                own[SUMS] = summed(own[SUMS])
            tensors |= {f"{_EARLIER}{number}.{name}": tensor for name, tensor in own.items()}
        return tensors, [copy.progress for copy in self._copies]

    def from_file(self, checkpoint: Checkpoint, *, with_sums: bool) -> None:
        """Take the copies of a checkpoint; none, if it holds none."""
        self._copies = []
        progresses: Sequence[Mapping[str, Any]] = checkpoint.progress.get("earlier", [])
        for number, progress in enumerate(progresses):
            prefix = f"{_EARLIER}{number}."
            own = {name[len(prefix) :]: one for name, one in checkpoint.state.items() if name.startswith(prefix)}
            weights = {name.removeprefix(_MODEL): one for name, one in own.items() if name.startswith(_MODEL)}
            state = {name: one for name, one in own.items() if not name.startswith(_MODEL)}
            if SUMS in state and not with_sums:
                state[SUMS] = state[SUMS].new_zeros(state[SUMS].shape)
            self._copies.append(Checkpoint(ModelIdentity(), weights, dict(progress), state))


def _copied(checkpoint: Checkpoint) -> Checkpoint:
    """The same with tensors of its own: an optimiser goes on in those that it is given."""
    weights = {name: tensor.detach().clone() for name, tensor in checkpoint.weights.items()}
    return replace(checkpoint, weights=weights, state={name: one.clone() for name, one in checkpoint.state.items()})
