"""All that a training is between two steps: what is saved, and what it goes on from."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from cisgram.training.averaging import WeightAverage
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, restore_weights
from cisgram.training.history import Row
from cisgram.training.spikes import SpikeRecord
from cisgram.training.terms import LossSums
from cisgram.training.watch import LossWatch

SUMS = "sums"
"""Name of the sums of the losses among the tensors of a checkpoint."""

_OPTIMIZER, _AVERAGE = "optimizer.", "average."
_TIMES = ("seconds", "examples_per_second")


@dataclass
class TrainingState:
    """A training between two steps.

    Parameters
    ----------
    model
        With its weights on the device.
    optimizer
        Of the parameters of the model that learn.
    average
        Running average of the weights, or None.
    history
        Metrics of the epochs that are done.
    step
        Steps done in the epoch that is not: 0 to all (then its validation is still to come).
    sums
        Training loss in that epoch so far.
    seconds
        Time spent in that epoch so far.
    watch
        What the losses of its steps usually are.
    spikes
        What was done about those that jumped.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer
    average: WeightAverage | None
    history: list[dict[str, float | int]] = field(default_factory=list)
    step: int = 0
    sums: LossSums = field(default_factory=LossSums)
    seconds: float = 0.0
    watch: LossWatch = field(default_factory=LossWatch)
    spikes: SpikeRecord = field(default_factory=SpikeRecord)

    @property
    def epoch(self) -> int:
        """0-based number of the epoch that is not done."""
        return len(self.history)

    @property
    def losses(self) -> list[float]:
        """Validation losses of the epochs that are done."""
        return [row["valid_loss"] for row in self.history]

    @property
    def learning_rate(self) -> float:
        """That of the last step, or of the next one if it is set already."""
        return self.optimizer.param_groups[0]["lr"]

    def set_learning_rate(self, rate: float) -> None:
        """Set that of the next step."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate

    def note_step(self, losses: Sequence[tuple[Any, int]], *, n_before: int) -> None:
        """Note a step that the optimiser has just taken, ``n_before`` others having gone before.

        Parameters
        ----------
        losses
            The loss of each batch of the step, and the number of its examples; empty where it was passed over.
        n_before
            Steps of all epochs before it.
        """
        if self.average is not None and losses:
            self.average.update(n_before)
        for loss, n_examples in losses:
            self.sums.add(loss, n_examples)
        self.step += 1

    def end_epoch(self, row: Row) -> None:
        """Note the metrics of the epoch, and stand before the next one."""
        self.history.append(dict(row))
        self.watch.end_epoch(self.step)
        self.step, self.sums, self.seconds = 0, LossSums(), 0.0
        self.spikes = self.spikes.next_epoch()

    def to_resume(self, identity: ModelIdentity, *, conditions: Mapping[str, Any], sums: Tensor) -> Checkpoint:
        """The checkpoint to go on from.

        Parameters
        ----------
        identity
            Whose weights these are.
        conditions
            What must be the same when the training goes on.
        sums
            Sums of the losses over all devices; empty before the first step of an epoch.
        """
        moments, scalars = _flattened(self.optimizer.state_dict())
        tensors = {_OPTIMIZER + name: tensor for name, tensor in moments.items()}
        if self.average is not None:
            tensors |= {_AVERAGE + name: tensor for name, tensor in self.average.state().items()}
        if sums.numel():
            tensors[SUMS] = sums
        progress = {
            "conditions": dict(conditions),
            "history": self.history,
            "step": self.step,
            "seconds": self.seconds,
            "sum_names": list(self.sums.names),
            "optimizer": scalars,
            "watch": self.watch.state(),
            "spikes": asdict(self.spikes),
        }
        return Checkpoint(identity, self.model.state_dict(), progress, tensors)

    def to_use(self, identity: ModelIdentity, *, conditions: Mapping[str, Any]) -> Checkpoint:
        """The checkpoint with the weights to use after the last epoch: the averaged ones, where there is an average.

        Nothing in it depends on how fast the machine was, so that the same training gives the same bytes.
        """
        weights = dict(self.model.state_dict())
        if self.average is not None:
            weights |= self.average.state()
        metrics = {name: value for name, value in self.history[-1].items() if name not in _TIMES}
        return Checkpoint(identity, weights, {"conditions": dict(conditions), "metrics": metrics})

    def restore(self, checkpoint: Checkpoint, *, path: object, with_sums: bool) -> None:
        """Stand where the training stood that wrote a checkpoint to go on from.

        Parameters
        ----------
        checkpoint
            From :meth:`to_resume`.
        path
            What it is called in messages.
        with_sums
            Take the sums of the losses too: on one device only, or they would count several times.
        """
        restore_weights(self.model, checkpoint, path=str(path))
        progress, state = checkpoint.progress, checkpoint.state
        moments = _below(_OPTIMIZER, state)
        self.optimizer.load_state_dict(_unflattened(moments, progress["optimizer"]))
        if self.average is not None:
            self.average.restore(_below(_AVERAGE, state))
        self.history = [dict(row) for row in progress["history"]]
        self.step, self.seconds = progress["step"], progress["seconds"]
        self.sums = LossSums()
        self.sums.names = tuple(progress["sum_names"])
        if SUMS in state:
            sums = state[SUMS].to(next(self.model.parameters()).device)
            self.sums.values = sums if with_sums else torch.zeros_like(sums)
        if "watch" in progress:  # older checkpoints know of no jumps
            self.watch = LossWatch.from_state(progress["watch"])
            self.spikes = SpikeRecord.from_values(progress["spikes"])

    def is_finite(self) -> bool:
        """Whether all that is learnt and kept is made of finite numbers: the sums of the losses are not looked at."""
        kept = [*self.model.parameters(), *_flattened(self.optimizer.state_dict())[0].values()]
        if self.average is not None:
            kept += list(self.average.state().values())
        return all(bool(tensor.isfinite().all()) for tensor in kept if tensor.is_floating_point())


def _flattened(state: Mapping[str, Any]) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """An optimiser's state as tensors by name, and the rest of it as plain values."""
    tensors = {
        f"{index}.{name}": value
        for index, values in state["state"].items()
        for name, value in values.items()
        if isinstance(value, Tensor)
    }
    return tensors, {"groups": state["param_groups"]}


def _unflattened(tensors: Mapping[str, Tensor], scalars: Mapping[str, Any]) -> dict[str, Any]:
    """The way back from :func:`_flattened`."""
    state: dict[int, dict[str, Tensor]] = {}
    for path, tensor in tensors.items():
        index, name = path.split(".", 1)
        state.setdefault(int(index), {})[name] = tensor
    groups = [
        {**group, **({"betas": tuple(group["betas"])} if "betas" in group else {})} for group in scalars["groups"]
    ]
    return {"state": state, "param_groups": groups}


def _below(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors whose names begin with a prefix, without it."""
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
