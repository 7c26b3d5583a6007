"""Finds the first number of a step that is not finite: in what it read, computed, or changed."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from cisgram.training.contracts import BatchLike, DescribesBatches
from cisgram.training.terms import terms_of

if TYPE_CHECKING:
    from lightning_fabric import Fabric

_STAGES = ("inputs", "controls", "output", "targets", "loss", "gradients", "weights")
_NAMED = 8


class Finding(NamedTuple):
    """The first tensor of a step that holds NaN or infinity."""

    stage: int
    """Where in the order of a step: inputs, controls, output, targets, loss, gradients, weights."""
    step: int
    """0-based step of the epoch."""
    text: str
    """What it is, how many of its numbers are not finite, and in which examples."""

    @property
    def is_in_data(self) -> bool:
        """Whether it was read and not computed."""
        return _STAGES[self.stage] in ("inputs", "controls", "targets")


class Inspector:
    """Looks at everything that a step touches; it takes time, so a step is repeated for it.

    Parameters
    ----------
    model
        Whose weights and gradients are looked at.
    batches
        Where the batches come from; examples have names where it can describe them.
    accumulate
        Batches of a step.
    """

    def __init__(self, model: nn.Module, batches: object, *, accumulate: int = 1) -> None:
        self._model, self._batches, self._accumulate = model, batches, accumulate
        self.finding: Finding | None = None
        """What was found first."""

    def see_batch(self, at: tuple[int, int, int], batch: BatchLike, output: Any, loss: Any) -> None:
        """Look at a batch and at what was computed of it.

        Parameters
        ----------
        at
            0-based epoch, step, and place of the batch in the step.
        batch, output, loss
            Of the model and of the loss for this batch.
        """
        if self.finding is not None:
            return
        epoch, step, place = at
        number = step * self._accumulate + place
        loss_is_bad = any(_n_bad(part) for _, part in terms_of(loss))
        for stage, name, tensor in _parts(batch, output, loss):
            # Unknown values are NaN in the targets of some models, whose losses leave them out.
            if _n_bad(tensor) and (_STAGES[stage] != "targets" or loss_is_bad):
                where = self._examples(epoch, number, tensor, n=len(batch.targets))
                self.finding = Finding(stage, step, f"{name}: {_content(tensor)}; {where}")
                return

    def see_gradients(self, at: tuple[int, int]) -> None:
        """Look at the gradients of a step, whose 0-based epoch and number are given."""
        named = ((name, weight.grad) for name, weight in self._model.named_parameters() if weight.grad is not None)
        self._see("gradients", "the gradient of", at, named)

    def see_weights(self, at: tuple[int, int]) -> None:
        """Look at the weights after a step, whose 0-based epoch and number are given."""
        self._see("weights", "the weights", at, self._model.named_parameters())

    def _see(self, stage: str, what: str, at: tuple[int, int], named: Iterable[tuple[str, Tensor]]) -> None:
        """Look at tensors that have names."""
        for name, tensor in named:
            if self.finding is None and _n_bad(tensor):
                where = self._examples(at[0], at[1] * self._accumulate, None, n=0)
                self.finding = Finding(_STAGES.index(stage), at[1], f"{what} {name}: {_content(tensor)}; {where}")

    def _examples(self, epoch: int, number: int, tensor: Tensor | None, *, n: int) -> str:
        """Which batch, and which of its examples where the tensor has one row for each."""
        per_example = tensor is not None and tensor.ndim > 0 and len(tensor) == n
        flat = tensor.detach().reshape(n, -1).isfinite().all(1).cpu() if per_example and tensor is not None else None
        bad = [] if flat is None else torch.nonzero(~flat).flatten().tolist()
        return f"batch {number + 1}: " + described(self._batches, epoch, number, chosen=bad)


def described(batches: object, epoch: int, number: int, *, chosen: Sequence[int] = ()) -> str:
    """The examples of a batch in words: all of them, or those in some places of it.

    Parameters
    ----------
    batches
        A source of batches; one that cannot describe them is passed over.
    epoch, number
        0-based.
    chosen
        Places in the batch; all, if not given.
    """
    if not isinstance(batches, DescribesBatches):
        return _some([f"example {one + 1}" for one in chosen]) or "all its examples"
    names = batches.describe(epoch, number)
    return _some([names[one] for one in chosen] if chosen else names)


def agreed(fabric: "Fabric", finding: Finding | None) -> Finding | None:
    """The first finding of all devices; each has looked at its own examples, and gradients are shared."""
    if fabric.world_size == 1:
        return finding
    found: list[Finding | None] = [None] * fabric.world_size
    torch.distributed.all_gather_object(found, finding)
    return min((one for one in found if one is not None), default=None)


def first_bad_batch(losses: Iterator[tuple[Any, int]], batches: object) -> str:
    """Which of some losses, of batches of epoch 0 in order, is the first that is not finite; empty if none is."""
    for number, (loss, _) in enumerate(losses):
        bad = [f"the term {name}: {_content(part)}" for name, part in terms_of(loss) if _n_bad(part)]
        if bad:
            return f"{bad[0]}; batch {number + 1}: {described(batches, 0, number)}"
    return ""


def _parts(batch: BatchLike, output: Any, loss: Any) -> Iterator[tuple[int, str, Tensor]]:
    """Everything that a step computes with, in this order, with the number of its stage and its name."""
    yield 0, "the inputs", batch.inputs
    if batch.controls is not None:
        yield 1, "the controls", batch.controls
    fields = [("", output)] if isinstance(output, Tensor) else zip(output._fields, output, strict=True)
    for name, part in fields:
        if isinstance(part, Tensor):
            yield 2, f"the model's output {name}".rstrip(), part
    yield 3, "the targets", batch.targets
    for name, part in terms_of(loss):
        yield 4, f"the term {name} of the loss", part


def _some(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


def _n_bad(tensor: Tensor) -> int:
    """Numbers that are not finite."""
    return int((~tensor.isfinite()).sum()) if tensor.is_floating_point() else 0


def _content(tensor: Tensor) -> str:
    """How many numbers are not finite, in words."""
    n_nan = int(tensor.isnan().sum())
    parts = [f"{n_nan} NaN"] if n_nan else []
    n_infinite = _n_bad(tensor) - n_nan
    parts += [f"{n_infinite} infinite"] if n_infinite else []
    return " and ".join(parts) + f" of {tensor.numel()} numbers"
