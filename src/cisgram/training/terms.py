"""The terms of a loss, and their means over all examples of an epoch."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from cisgram.errors import DivergenceError, InputError


def total_of(loss: Any) -> Tensor:
    """The scalar that is minimised: the loss itself, or ``loss.total`` of a named tuple of terms.

    Raises
    ------
    InputError
        Where it is neither a scalar tensor nor has one as ``total``.
    """
    total = loss if isinstance(loss, Tensor) else getattr(loss, "total", None)
    if not isinstance(total, Tensor) or total.ndim != 0:
        came = f"a tensor of shape {tuple(total.shape)}" if isinstance(total, Tensor) else type(loss).__name__
        raise InputError(
            f"a loss must return a scalar tensor, or a named tuple of terms with a scalar `total`; got {came}"
        )
    return total


def terms_of(loss: Any) -> list[tuple[str, Tensor]]:
    """The loss, called ``loss``, and the fields of a named tuple of terms with their names.

    Examples
    --------
    >>> terms_of(torch.tensor(1.5))
    [('loss', tensor(1.5000))]
    """
    fields = [] if isinstance(loss, Tensor) else [(name, getattr(loss, name)) for name in loss._fields]
    return [(name, part) for name, part in fields if name != "total"] + [("loss", total_of(loss))]


class LossSums:
    """Sums of a loss and of its terms over examples, in float64 on the device.

    A batch counts as many times as it has examples, so the means do not depend on how examples are put into
    batches. The terms of a named tuple are recorded under their names, those with several values with a number.

    Examples
    --------
    >>> sums = LossSums()
    >>> sums.add(torch.tensor(1.0), 3)
    >>> sums.add(torch.tensor(2.0), 1)
    >>> sums.means()
    {'loss': 1.25}
    """

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self.values = torch.zeros(0)
        """Number of examples, then the sums of the loss and of its terms over them; empty at first."""

    @torch.no_grad()
    def add(self, loss: Any, n_examples: int) -> None:
        """Add a batch: its mean loss, and the number of its examples."""
        parts = [total_of(loss)]
        if not isinstance(loss, Tensor):
            parts += [getattr(loss, name) for name in loss._fields if name != "total"]
        if not self.names:
            self.names = _names(loss, parts)
        means = torch.cat([part.reshape(-1) for part in parts]).double()
        if not self.values.numel():
            self.values = means.new_zeros(1 + means.numel())
        self.values[0] += n_examples
        self.values[1:].add_(means, alpha=n_examples)

    def means(self) -> dict[str, float]:
        """Means over the examples so far, by name; empty before the first batch."""
        return means_of(self.names, self.values)


def means_of(names: tuple[str, ...], values: Tensor) -> dict[str, float]:
    """Means over examples of sums that :class:`LossSums` made, such as those of all devices together."""
    if values.numel() == 0:
        return {}
    n_examples, *sums = values.tolist()
    return {name: value / n_examples for name, value in zip(names, sums, strict=True)}


def require_finite(means: Mapping[str, float], *, where: str) -> None:
    """Make sure that a loss is still a number.

    Parameters
    ----------
    means
        Means over examples, by name.
    where
        What they are the means of, for the message.

    Raises
    ------
    DivergenceError
        Where one is NaN or infinite.
    """
    if all(math.isfinite(value) for value in means.values()):
        return
    values = ", ".join(f"{name} {value:.4g}" for name, value in means.items())
    raise DivergenceError(
        f"the loss is no longer a finite number {where} ({values}). Set a lower learning_rate, a clip_norm "
        "(such as 1) or warmup_steps, and train in a new folder; if the very first step fails, look for NaN, negative "
        "or huge values among the counts (cisgram check)"
    )


def _names(loss: Any, parts: list[Tensor]) -> tuple[str, ...]:
    """What the parts are called: ``loss``, and the fields of a named tuple."""
    fields = [] if isinstance(loss, Tensor) else [name for name in loss._fields if name != "total"]
    names = ["loss"]
    for field, part in zip(fields, parts[1:], strict=True):
        names += [field] if part.numel() == 1 else [f"{field}_{number}" for number in range(1, part.numel() + 1)]
    return tuple(names)
