"""Saddles: how much bins of one compartment prefer each other, by groups of bins of like eigenvector."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numba
import numpy as np
import pandas as pd

from cisgram.arrays import BinFlags, BinGroups, ContigValues, PerBin, Saddle
from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.contacts import ContactSource
from cisgram.hic.compartments import require_per_bin
from cisgram.hic.loops import distance_means
from cisgram.threads import threads_for


@dataclass(frozen=True)
class SaddleConfig:
    """How bins are grouped and which pairs count."""

    n_groups: int = 38
    """Groups of bins, by quantiles of the track."""
    quantiles: tuple[float, float] = (0.025, 0.975)
    """Bins below the first or above the second quantile are outliers: in groups of their own, at both ends."""
    min_distance: int = 3
    """Pairs nearer than this (in bins) are left out; at least 1."""
    max_distance: int | None = None
    """Pairs further than this (in bins) are left out; None for all."""

    def __post_init__(self) -> None:
        if self.n_groups < 2:
            raise ConfigError(f"n_groups must be at least 2; got {self.n_groups}")
        if not 0 <= self.quantiles[0] < self.quantiles[1] <= 1:
            raise ConfigError(f"quantiles must rise from 0 to 1 at most; got {self.quantiles}")
        if self.min_distance < 1:
            raise ConfigError(f"min_distance must be at least 1; got {self.min_distance}")


class SaddleTable(NamedTuple):
    """Contacts over what distance expects, between groups of bins; the first and the last group are outliers."""

    edges: ContigValues
    """Values of the track between the groups, ascending: ``n_groups + 1``."""
    sums: Saddle
    """Sum of observed over expected, each pair in both orders."""
    counts: Saddle
    """Pairs of bins, each in both orders."""
    n_bins: BinGroups
    """Bins in each group."""

    @property
    def mean(self) -> Saddle:
        """Observed over expected of the groups without outliers; NaN where there is no pair."""
        inner = slice(1, -1)
        mean = np.full(self.sums[inner, inner].shape, np.nan)
        return np.divide(
            self.sums[inner, inner], self.counts[inner, inner], out=mean, where=self.counts[inner, inner] > 0
        )


def saddle(
    source: ContactSource,
    expected: pd.DataFrame,
    track: PerBin,
    config: SaddleConfig | None = None,
    *,
    chroms: Sequence[str] | None = None,
) -> SaddleTable:
    """Average contacts over expected by the groups of the two bins, within contigs.

    Parameters
    ----------
    source
        A balanced map. One contig is in memory at a time, as pixels.
    expected
        Columns ``region1``, ``dist`` and ``balanced.avg``, of whole contigs.
    track
        One number per bin of the map, such as the first eigenvector; NaN where not known.
    config
        Settings.
    chroms
        Contigs; all if not given. Quantiles are those of their bins together.

    Returns
    -------
    SaddleTable
        Sums and counts are those of ``cooltools.saddle``.

    Raises
    ------
    InputError
        Where the map is not balanced, the track has not one number per bin, or no bin is left.

    References
    ----------
    Imakaev et al. 2012, Nat Methods 9:999; Nora et al. 2017, Cell 169:930.
    """
    config = SaddleConfig() if config is None else config
    require_per_bin(track, source.bins)
    names = list(source.bins.chroms if chroms is None else chroms)
    weights = np.ones(source.bins.n_bins) if source.weights is None else source.weights
    known = np.where(np.isnan(weights), np.nan, track)
    edges = _edges(np.concatenate([known[source.bins.slice_of(chrom)] for chrom in names]), config)
    means = distance_means(expected, source.bins, names)
    size = config.n_groups + 2
    sums, counts, n_bins = np.zeros((size, size)), np.zeros((size, size)), np.zeros(size, dtype=np.int64)
    for chrom in names:
        contacts = source.cis(chrom)
        groups = _groups(known[source.bins.slice_of(chrom)], edges)
        n_bins += np.bincount(groups[groups >= 0], minlength=size)
        usable = _usable(means[chrom], config)
        is_near = usable[contacts.bin2 - contacts.bin1]
        row, column = contacts.bin1[is_near], contacts.bin2[is_near]
        value = contacts.balanced[is_near] / means[chrom][column - row]
        is_known = (groups[row] >= 0) & (groups[column] >= 0) & np.isfinite(value)
        pair = groups[row[is_known]] * size + groups[column[is_known]]
        sums += np.bincount(pair, weights=value[is_known], minlength=size**2).reshape(size, size)
        with threads_for(groups.size**2):
            counts += _pairs_by_group(groups, usable, size).sum(axis=0)
    # Both orders of a pair, and once more: cooltools adds the whole square and then its mirror image.
    return SaddleTable(edges, 2 * (sums + sums.T), 2 * (counts + counts.T).astype(np.float64), n_bins)


def saddle_strength(table: SaddleTable) -> ContigValues:
    """Contacts within compartments over those between them, for corners of growing size.

    Parameters
    ----------
    table
        From :func:`saddle`.

    Returns
    -------
    numpy.ndarray
        ``[k]``: mean of the two corners of ``k`` groups with like over mean of the two with unlike, outliers left out;
        ``[0]`` is NaN, as is all that lacks pairs.
    """
    inner = slice(1, -1)
    sums, counts = table.sums[inner, inner], table.counts[inner, inner]
    n = len(sums)
    strength = np.full(n, np.nan)
    for k in range(1, n):
        low, high = slice(0, k), slice(n - k, n)
        like = [counts[low, low].sum() + counts[high, high].sum(), counts[low, high].sum() + counts[high, low].sum()]
        of = [sums[low, low].sum() + sums[high, high].sum(), sums[low, high].sum() + sums[high, low].sum()]
        if min(like) > 0 and of[1] > 0:
            strength[k] = (of[0] / like[0]) / (of[1] / like[1])
    return strength


def _edges(values: PerBin, config: SaddleConfig) -> ContigValues:
    """Quantiles between the groups."""
    known = values[np.isfinite(values)]
    if not known.size:
        raise EmptySetError("bins with a value of the track", dropped={"masked or not known": values.size})
    return np.percentile(known, 100 * np.linspace(*config.quantiles, config.n_groups + 1))


def _groups(values: PerBin, edges: ContigValues) -> BinGroups:
    """Group of each bin: 0 below the first edge, the last above the last; -1 where not known.

    The greatest value of all belongs to the last proper group (cooltools counts it as an outlier).
    """
    groups = np.digitize(values, edges)
    groups[values == edges[-1]] = edges.size - 1
    groups[~np.isfinite(values)] = -1
    return groups


def _usable(means: ContigValues, config: SaddleConfig) -> BinFlags:
    """Distances that count."""
    is_used = np.isfinite(means) & (means > 0)
    is_used[: config.min_distance] = False
    if config.max_distance is not None:
        is_used[config.max_distance + 1 :] = False
    return is_used


@numba.njit(cache=True, parallel=True)
def _pairs_by_group(groups: BinGroups, is_used: BinFlags, size: int) -> np.ndarray:
    """Pairs of bins at usable distances by their groups, in a few parts."""
    n_bins, n_parts = groups.size, 16
    counts = np.zeros((n_parts, size, size), dtype=np.int64)
    for part in numba.prange(n_parts):
        for i in range(np.int64(part), n_bins, n_parts):
            if groups[i] < 0:
                continue
            for j in range(i, n_bins):
                if groups[j] >= 0 and is_used[j - i]:
                    counts[part, groups[i], groups[j]] += 1
    return counts
