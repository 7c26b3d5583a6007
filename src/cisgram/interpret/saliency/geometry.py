"""What is asked of a model of tracks in bins: its two halves, and which bases its bins stand for."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import torch
from torch import nn

from cisgram.errors import InputError


@runtime_checkable
class RepresentingModel(Protocol):
    """A model that reads a window in two halves, such as :class:`cisgram.models.basenji.Basenji`."""

    def represent(self, sequences: torch.Tensor) -> torch.Tensor:
        """Features of every bin of the window, ``batch channel bin``, before bins know of each other."""
        ...

    def predict_from(self, hidden: torch.Tensor) -> Any:
        """The output of the features of bins; its ``logits`` are ``batch track bin``, the crop left out."""
        ...


@dataclass(frozen=True)
class BinGeometry:
    """Which bases the bins of a window stand for.

    Parameters
    ----------
    input_length
        Sequence that the model reads, in bp.
    bin_size
        Width of a bin in bp.
    n_bins
        Bins that are predicted.
    crop
        Bins at either end that are read, but not predicted.

    Examples
    --------
    >>> geometry = BinGeometry(input_length=100, bin_size=10, n_bins=6, crop=2)
    >>> geometry.predicted_bins(35, 41), geometry.input_bins(35, 41), geometry.n_input_bins
    ((1, 2), (3, 4), 10)
    """

    input_length: int
    bin_size: int
    n_bins: int
    crop: int

    @property
    def n_input_bins(self) -> int:
        """Bins that are read."""
        return self.input_length // self.bin_size

    def input_bins(self, start: int, end: int) -> tuple[int, ...]:
        """Bins that share a base with a stretch of the window; those outside of it are left out."""
        first, last = max(start, 0) // self.bin_size, min(end, self.input_length) - 1
        return tuple(range(first, last // self.bin_size + 1)) if last >= max(start, 0) else ()

    def predicted_bins(self, start: int, end: int) -> tuple[int, ...]:
        """The same, counted among the bins that are predicted; bins of the crop are left out."""
        return tuple(one - self.crop for one in self.input_bins(start, end) if 0 <= one - self.crop < self.n_bins)


def bin_geometry(model: nn.Module) -> BinGeometry:
    """The geometry of a model of tracks in bins.

    Raises
    ------
    InputError
        Where the model is one of something else.
    """
    values = {name: getattr(model, name, None) for name in BinGeometry.__dataclass_fields__}
    lacking = [name for name, value in values.items() if not isinstance(value, int)]
    lacking += [name for name in ("represent", "predict_from") if not hasattr(model, name)]
    if lacking:
        raise InputError(
            f"this is asked of a model of tracks in bins, such as Basenji; {type(model).__name__} has no "
            f"{', '.join(lacking)}"
        )
    return BinGeometry(**{name: int(str(value)) for name, value in values.items()})
