"""From signal per base to what a model is to predict per bin: scaled, summed up, compressed, cut off.

The steps and their order are those of Basenji (Kelley et al. 2018, "Sequential regulatory activity prediction across
chromosomes with convolutional neural networks"; ``basenji_data_read.py``): bases on a blacklist brought down to the
median of their window, scale, statistic of the bin, soft and hard limits, and bins that reads cannot be mapped to
brought down to a low quantile of their window.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit

from cisgram.arrays import BaseMask, BinMask, BinnedBases, CoverageValues, PerBin
from cisgram.data.binned_tracks import BinnedTrack
from cisgram.errors import ConfigError, InputError

LARGEST = 65_504.0
"""The highest number that targets are stored as."""


@dataclass(frozen=True)
class BinnedTargetConfig:
    """How signal along the genome becomes what the model is to predict; what a track asks for comes on top."""

    processed: bool = False
    """The files hold targets already, scaled and cut off, such as those of somebody else's model: a bin is their mean,
    and ``sum_stat``, ``scale``, ``clip`` and ``clip_soft`` of the tracks are passed over."""
    uncovered: Literal["zero", "unknown"] = "zero"
    """What a bigWig does not cover: ``zero``, as in nearly all files; ``unknown``: it was not measured (zeros are
    written out), and its bins count nothing, neither in training nor in figures."""
    max_unknown: float = 0.5
    """Windows of which a larger share of bins, over all tracks, is unknown are left out."""
    blacklist: tuple[str, ...] = ()
    """BED files, or loci, of artefacts: bases there are brought down to the median of their window."""
    blacklist_extend_bp: int = 20
    """By how much these regions are made longer on either side."""
    unmappable: tuple[str, ...] = ()
    """BED files, or loci, that reads cannot be mapped to."""
    max_unmappable: float = 0.5
    """Windows with this share of unmappable bins, or more, are left out."""
    min_unmappable_overlap: float = 0.1
    """A bin is unmappable where at least this share of its bases is."""
    unmappable_quantile: float = 0.25
    """Unmappable bins are brought down to this quantile of their window; 1: left as they are."""

    def __post_init__(self) -> None:
        shares = ("max_unknown", "max_unmappable", "min_unmappable_overlap", "unmappable_quantile")
        for name in shares:
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"targets.{name} must lie in 0..1; got {getattr(self, name)}")
        if self.blacklist_extend_bp < 0:
            raise ConfigError(f"targets.blacklist_extend_bp must not be negative; got {self.blacklist_extend_bp}")


def bin_targets(bases: BinnedBases, track: BinnedTrack, *, processed: bool = False) -> PerBin:
    """What a model is to predict of some bins of a track.

    Parameters
    ----------
    bases
        Signal per base; a bin with a base that is NaN is NaN.
    track
        Its ``scale``, ``sum_stat``, ``clip_soft`` and ``clip``, in this order.
    processed
        Take the mean of every bin and nothing else.

    Returns
    -------
    PerBin
        float32.

    Raises
    ------
    InputError
        Where the root of a number below 0 is asked for.

    Examples
    --------
    >>> track = BinnedTrack("CAGE", "a.bw", sum_stat="sum_sqrt", clip_soft=5.0, clip=7.0)
    >>> [f"{value:.3f}" for value in bin_targets(np.array([[1, 2], [20, 28], [99, 1]], dtype=np.float32), track)]
    ['1.000', '5.414', '6.247']
    """
    if processed:
        return _mean(bases)
    values = _statistic(bases if track.scale == 1 else bases * np.float32(track.scale), track)
    if track.clip_soft:
        above = values > track.clip_soft
        values[above] = track.clip_soft - 1 + np.sqrt(values[above] - track.clip_soft + 1)
    return np.clip(values, -track.clip, track.clip) if track.clip else values


def below_baseline(bases: CoverageValues, blacklisted: BaseMask) -> CoverageValues:
    """Bring blacklisted bases of a window down to the window's median, and up to minus that.

    Parameters
    ----------
    bases
        Signal of every base of a window; NaN stays.
    blacklisted
        Which bases are on the blacklist.

    Examples
    --------
    >>> below_baseline(np.array([1, 2, 2, 900, 1], np.float32), np.array([0, 0, 0, 1, 0], bool)).tolist()
    [1.0, 2.0, 2.0, 2.0, 1.0]
    """
    known = bases[~np.isnan(bases)]
    baseline = abs(float(np.median(known))) if known.size else 0.0
    changed = bases.copy()
    changed[blacklisted] = np.clip(bases[blacklisted], -baseline, baseline)
    return changed


def below_quantile(targets: PerBin, unmappable: BinMask, quantile: float) -> PerBin:
    """Bring unmappable bins of a window down to a quantile of the window's bins; NaN stays.

    Examples
    --------
    >>> below_quantile(np.array([1.0, 2, 3, 9]), np.array([False, False, True, True]), 0.0).tolist()
    [1.0, 2.0, 1.0, 1.0]
    """
    known = targets[~np.isnan(targets)]
    if quantile >= 1 or not known.size or not unmappable.any():
        return targets
    limit = np.quantile(known, quantile)
    return np.where(unmappable, np.minimum(targets, limit), targets).astype(targets.dtype)


def require_storable(targets: PerBin, name: str) -> None:
    """Refuse values that float16 cannot hold.

    Raises
    ------
    InputError
        With the value and what to do.
    """
    highest = float(np.nanmax(np.abs(targets), initial=0.0))
    if highest > LARGEST:
        raise InputError(
            f"track {name!r} has a bin of {highest:,.0f}, and at most {LARGEST:,.0f} can be stored: give it clip_soft "
            "and clip, a smaller scale, or sum_stat = 'sum_sqrt'"
        )


def _statistic(bases: BinnedBases, track: BinnedTrack) -> PerBin:
    """The statistic of every bin, float32."""
    kind = track.sum_stat
    if kind == "median":
        return np.median(bases, axis=1)
    if kind == "max":
        return bases.max(axis=1)
    if kind == "peak":
        return np.clip(np.sqrt(np.maximum(4 * _mean(bases), 0)), 0, 1)
    values = _sum(bases) if kind.startswith("sum") else _mean(bases)
    if not kind.endswith("sqrt"):
        return values
    if np.nanmin(values, initial=0.0) < -1:
        raise InputError(
            f"track {track.name!r}: {kind} needs values of 0 or more; got {np.nanmin(values):g} (a minus strand that "
            "was written as negative needs scale = -1)"
        )
    return np.sqrt(1 + values) - 1


def _sum(bases: BinnedBases) -> PerBin:
    sums = np.empty(len(bases), dtype=np.float32)
    _add_rows(bases, sums)
    return sums


def _mean(bases: BinnedBases) -> PerBin:
    return _sum(bases) / np.float32(bases.shape[1])


@njit(cache=True)
def _add_rows(bases, sums):
    """Sums of short rows, several times as fast as along an axis in numpy, and in double precision."""
    for row in range(bases.shape[0]):
        total = 0.0
        for base in range(bases.shape[1]):
            total += bases[row, base]
        sums[row] = total
