r"""How much two maps differ, in all and at a site: disruption, strength, insulation and corners.

.. math::
    \mathrm{SCD} = \sqrt{\sum_p (r_p - a_p)^2} \qquad
    \mathrm{SSD} = \sqrt{\sum_p a_p^2} - \sqrt{\sum_p r_p^2}

over the pairs *p* of a reference map *r* and an altered one *a* (the scores of ``akita_scd.py``). Both grow with the
number of pairs; the root mean square does not.
"""

from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import torch

from cisgram.arrays import ChangePerMap, ContactSquares, PairTargets, TrackPairs
from cisgram.errors import InputError
from cisgram.nn.tensors import PairValues
from cisgram.nn.tensors import Score as ScoreTensor

INSULATION_BINS = 8
"""Bins on either side of a site whose contacts across it are its insulation."""

CORNER_LEAST_BINS = 6
"""Sites nearer than so many bins have no corner that stands out from the diagonal."""


class ContactChange(NamedTuple):
    """How much maps changed, ``window track``."""

    scd: ChangePerMap
    """Square root of the sum of squared differences; 0 or more."""
    ssd: ChangePerMap
    """By how much the map became stronger: the difference of square roots of sums of squares."""
    root_mean_square: ChangePerMap
    """Root of the mean squared difference of a pair, in natural-log units; comparable between sizes of maps."""
    mean_absolute: ChangePerMap
    """Mean absolute difference of a pair, in natural-log units."""


def contact_change(reference: PairTargets, altered: PairTargets) -> ContactChange:
    """Compare maps before and after.

    Parameters
    ----------
    reference, altered
        ln observed/expected, ``window track pair``. A pair that is NaN in either is left out of both.

    Returns
    -------
    ContactChange
        NaN means for maps without any pair.

    References
    ----------
    Fudenberg, Kelley and Pollard (2020), Predicting 3D genome folding from DNA sequence with Akita, Nature Methods 17.

    Examples
    --------
    >>> before, after = np.array([[[3.0, 4.0]]]), np.array([[[0.0, 0.0]]])
    >>> change = contact_change(before, after)
    >>> float(change.scd[0, 0]), float(change.ssd[0, 0]), float(change.mean_absolute[0, 0])
    (5.0, -5.0, 3.5)
    """
    before, after = (np.asarray(one, dtype=np.float64) for one in (reference, altered))
    known = np.isfinite(before) & np.isfinite(after)
    before, after = np.where(known, before, 0.0), np.where(known, after, 0.0)
    n = known.sum(axis=-1)
    n = np.where(n, n, np.nan)
    squared = np.square(before - after).sum(axis=-1)
    strength = np.sqrt(np.square(after).sum(axis=-1)) - np.sqrt(np.square(before).sum(axis=-1))
    return ContactChange(np.sqrt(squared), strength, np.sqrt(squared / n), np.abs(before - after).sum(axis=-1) / n)


def change_from(reference: TrackPairs, altered: PairTargets) -> ContactChange:
    """Compare several maps with one: :func:`contact_change` of each."""
    return contact_change(np.broadcast_to(reference, altered.shape), altered)


def insulation_at(squares: ContactSquares, at_bin: int, *, width: int = INSULATION_BINS) -> ChangePerMap:
    """Mean contacts across a bin: of pairs of which one lies up to ``width`` bins left, and one right of it.

    Low where a boundary stands; it rises where one is lost.

    Parameters
    ----------
    squares
        ``window track bin bin``; NaN pairs are left out.
    at_bin
        The bin that is crossed.
    width
        Reach in bins.

    Returns
    -------
    ChangePerMap
        Natural-log units, ``window track``; NaN where the bin lies at an end of the map.

    Examples
    --------
    >>> insulation_at(np.arange(9.0).reshape(1, 1, 3, 3), 1).tolist()
    [[2.0]]
    """
    left = slice(max(at_bin - width, 0), max(at_bin, 0))
    right = slice(max(at_bin + 1, 0), max(at_bin + 1 + width, 0))
    return _mean_of(squares[..., left, right])


def corner_at(squares: ContactSquares, one: int, other: int) -> ChangePerMap:
    """How much the corner of two bins stands out: mean of 3 x 3 pixels around it, less that of as many within the loop.

    Those within lie two to four bins nearer to the diagonal from either side (the lower left of HiCCUPS).

    Parameters
    ----------
    squares
        ``window track bin bin``; NaN pairs are left out.
    one, other
        The two bins, in any order.

    Returns
    -------
    ChangePerMap
        Natural-log units, ``window track``; NaN where the bins lie less than :data:`CORNER_LEAST_BINS` apart or outside
        of the map.

    Examples
    --------
    >>> square = np.zeros((1, 1, 20, 20))
    >>> square[..., 4:7, 14:17] = 1.0
    >>> corner_at(square, 5, 15).tolist()
    [[1.0]]
    """
    low, high = min(one, other), max(one, other)
    if high - low < CORNER_LEAST_BINS or low < 0 or high >= squares.shape[-1]:
        return np.full(squares.shape[:2], np.nan)
    corner = squares[..., max(low - 1, 0) : low + 2, high - 1 : high + 2]
    within = squares[..., low + 2 : low + 5, high - 4 : high - 1]
    return _mean_of(corner) - _mean_of(within)


@runtime_checkable
class ContactOutput(Protocol):
    """What the score below reads of a model's output; :class:`cisgram.models.akita.AkitaOutput` has it."""

    @property
    def contacts(self) -> torch.Tensor:
        """``batch track pair``."""
        ...


@dataclass(frozen=True)
class DisruptionScore:
    """ln(1 + SCD), the SCD being that from the map of the sequence before its edit; the mean over tracks.

    For functions that take scores of :mod:`cisgram.interpret.scores`. It is 0 for the sequence itself, where it has no
    gradient.

    Parameters
    ----------
    tracks
        0-based numbers of the maps.

    References
    ----------
    ``akita_sat_vcf.py`` of Fudenberg, Kelley and Pollard (2020).
    """

    tracks: tuple[int, ...]
    name = "disruption"
    unit = "ln(1 + SCD)"
    definition = "ln(1 + square root of the sum, over pairs of bins, of squared differences from the map before)"

    def __post_init__(self) -> None:
        if not self.tracks or min(self.tracks) < 0:
            raise InputError(f"tracks must be one or more numbers >= 0; got {self.tracks}")

    def anchor(self, output: ContactOutput) -> PairValues:
        """The map before the edit."""
        return output.contacts[:, list(self.tracks)].detach()

    def __call__(self, output: ContactOutput, anchor: PairValues | None = None) -> ScoreTensor:
        """The score of every example."""
        before = self.anchor(output) if anchor is None else anchor
        after = output.contacts[:, list(self.tracks)]
        return (after - before).square().sum(dim=2).sqrt().log1p().mean(dim=1)


def _mean_of(pixels: np.ndarray) -> np.ndarray:
    """Mean of the last two axes, NaN left out; NaN where nothing is left."""
    known = np.isfinite(pixels)
    n = known.sum(axis=(-2, -1))
    total = np.where(known, pixels, 0.0).sum(axis=(-2, -1), dtype=np.float64)
    return np.divide(total, n, out=np.full(n.shape, np.nan), where=n > 0)
