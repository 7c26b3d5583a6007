"""Predicted maps of sequences: from codes to log observed over expected, one number per map and pair of bins."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from cisgram.arrays import Codes, ContactSquares, PairTargets
from cisgram.errors import InputError
from cisgram.genomics.contact_pairs import pair_bins, reversed_pairs
from cisgram.genomics.sequence import reverse_complement
from cisgram.interpret.experiments.responses import Asking, Progress
from cisgram.interpret.precision import full_precision, place_and_type
from cisgram.nn.blocks import one_hot
from cisgram.nn.predict import Device, evaluating

BOTH_STRANDS = Asking(both_strands=True, batch_size=8)
"""Maps are the mean of those of both strands."""


@dataclass(frozen=True)
class MapGeometry:
    """Which bases the bins of a predicted map stand for.

    Parameters
    ----------
    input_length
        Sequence that the model reads, in bp.
    bin_size
        Width of a bin in bp.
    n_bins
        Bins of the map.
    crop
        Bins at either end of the sequence that are read, but not predicted.
    diagonal_offset
        Pairs nearer than so many bins are not predicted.

    Examples
    --------
    >>> geometry = MapGeometry(input_length=100, bin_size=10, n_bins=6, crop=2, diagonal_offset=2)
    >>> geometry.bin_at(35), geometry.n_pairs
    (1, 10)
    """

    input_length: int
    bin_size: int
    n_bins: int
    crop: int
    diagonal_offset: int

    @property
    def first_bp(self) -> int:
        """Where in the sequence the first bin begins."""
        return self.crop * self.bin_size

    @property
    def n_pairs(self) -> int:
        """Pairs of bins that are predicted."""
        side = max(0, self.n_bins - self.diagonal_offset)
        return side * (side + 1) // 2

    def bin_at(self, position: int) -> int:
        """Bin of a position in the sequence; below 0, or ``n_bins`` and more, in the crop."""
        return position // self.bin_size - self.crop

    def has(self, position: int) -> bool:
        """Whether a position of the sequence lies in a bin of the map."""
        return 0 <= self.bin_at(position) < self.n_bins


def geometry_of(model: nn.Module) -> MapGeometry:
    """The geometry of a model of contact maps.

    Raises
    ------
    InputError
        Where the model does not say so, for it is one of something else.
    """
    values = {name: getattr(model, name, None) for name in MapGeometry.__dataclass_fields__}
    if lacking := [name for name, value in values.items() if not isinstance(value, int)]:
        raise InputError(
            f"maps are asked of a model that predicts contacts, such as Akita; {type(model).__name__} has no "
            f"{', '.join(lacking)}"
        )
    return MapGeometry(**{name: int(str(value)) for name, value in values.items()})


def fold(
    model: nn.Module,
    codes: Codes,
    *,
    asking: Asking = BOTH_STRANDS,
    device: Device | None = None,
    progress: Progress | None = None,
) -> PairTargets:
    """Predict the maps of sequences.

    Parameters
    ----------
    model
        Called as ``model(one_hot).contacts``, ``batch track pair``; it is left as found.
    codes
        Sequences as long as the model reads, ``batch length``.
    asking
        Strands and batches; of both strands, the mean is taken.
    device
        Where to compute; where the model is, if not given.
    progress
        Told after every batch.

    Returns
    -------
    PairTargets
        ln observed/expected, float32, ``window track pair``; the pairs of the upper triangle, row by row.

    Raises
    ------
    InputError
        Where there are no sequences, they are of another length, or a prediction is not a finite number.
    """
    geometry = geometry_of(model)
    if not len(codes) or codes.shape[-1] != geometry.input_length:
        raise InputError(
            f"this model reads sequences of {geometry.input_length} bp; got {len(codes)} of {codes.shape[-1]} bp"
        )
    place, dtype = place_and_type(model, device)
    turned = reversed_pairs(geometry.n_bins, geometry.diagonal_offset) if asking.both_strands else None
    parts = []
    with evaluating(model, device), full_precision(place), torch.inference_mode():

        def ask(rows: Codes) -> np.ndarray:
            return model(one_hot(torch.from_numpy(np.array(rows)).to(place)).to(dtype)).contacts.float().cpu().numpy()

        for start in range(0, len(codes), asking.batch_size):
            rows = codes[start : start + asking.batch_size]
            found = ask(rows)
            if turned is not None:
                found = (found + ask(reverse_complement(rows))[..., turned]) / 2
            parts.append(found)
            if progress is not None:
                progress(start + len(rows), len(codes))
    maps = np.concatenate(parts)
    if not np.isfinite(maps).all():
        raise InputError("predicted contacts are not finite: the model's weights are not; train it again")
    return maps


def squares_of(maps: PairTargets, geometry: MapGeometry) -> ContactSquares:
    """Maps as symmetric squares, ``window track bin bin``; NaN on the diagonals that are not predicted.

    Examples
    --------
    >>> geometry = MapGeometry(input_length=30, bin_size=10, n_bins=3, crop=0, diagonal_offset=1)
    >>> squares_of(np.ones((1, 1, 3), np.float32), geometry)[0, 0, 0].tolist()
    [nan, 1.0, 1.0]
    """
    row, column = pair_bins(geometry.n_bins, geometry.diagonal_offset)
    squares = np.full((*maps.shape[:2], geometry.n_bins, geometry.n_bins), np.nan, dtype=np.float32)
    squares[..., row, column] = squares[..., column, row] = maps
    return squares
