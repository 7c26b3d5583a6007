"""Tracks in bins from the distance to the nearest gene start alone: their average around the starts of genes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import TrackRates

_FARTHEST_BP = 200_000


class StartBins(NamedTuple):
    """Where the bins of one window stand to the nearest gene start."""

    group: np.ndarray
    """Number of the distance class of each bin: below the middle one upstream, above it downstream."""
    is_minus: np.ndarray
    """Whether the nearest gene is on the minus strand."""


class StartExample(NamedTuple):
    """One training window."""

    bins: StartBins
    values: np.ndarray
    """Targets, ``track bin``; NaN where nothing was measured."""


@dataclass(frozen=True, eq=False)
class StartProfile:
    """Mean of every track by distance; made by :func:`fit_start_distance`."""

    means: np.ndarray
    """``track group``: around genes of the plus strand; a group that training never met has the track's mean."""
    strand_pairs: np.ndarray
    """For each track the one on the other strand."""

    def predict(self, bins: StartBins) -> TrackRates:
        """Values of all bins of a window; around a gene of the minus strand the tracks of a pair change places."""
        forward, turned = self.means[:, bins.group], self.means[self.strand_pairs][:, bins.group]
        return np.where(bins.is_minus, turned, forward)


def distance_edges(bin_size: int) -> np.ndarray:
    """Ends of the distance classes, in bp: a bin wide about the start, then ever wider up to 200 kb.

    Examples
    --------
    >>> distance_edges(128)[:5].tolist()
    [64.0, 192.0, 320.0, 576.0, 1088.0]
    """
    n_bins = [0.5, 1.5]
    while n_bins[-1] * bin_size < _FARTHEST_BP:
        n_bins.append(n_bins[-1] + 2 ** (len(n_bins) - 2))
    return np.array(n_bins) * bin_size


def start_bins(genes: pd.DataFrame, chrom: str, first_bp: int, *, bin_size: int, n_bins: int) -> StartBins:
    """Find the nearest gene start of every bin of a window.

    Parameters
    ----------
    genes
        Gene table; on a contig without genes all bins are as far from one as can be.
    chrom, first_bp
        Where the first bin begins.
    bin_size, n_bins
        Geometry of the window.

    Examples
    --------
    >>> from cisgram.genomics.genes import gene_table
    >>> genes = gene_table(["I"], [100], [200], strand=["-"], gene=["a"])
    >>> bins = start_bins(genes, "I", 150, bin_size=20, n_bins=5)
    >>> (bins.group - bins.group[2]).tolist()
    [2, 1, 0, -1, -2]
    """
    edges = distance_edges(bin_size)
    own = genes[genes["chrom"] == chrom].sort_values("tss", kind="stable")
    if own.empty:
        return StartBins(np.full(n_bins, 2 * edges.size), np.zeros(n_bins, dtype=bool))
    tss, is_minus = own["tss"].to_numpy(np.int64), own["strand"].eq("-").to_numpy()
    middle = first_bp + bin_size * np.arange(n_bins) + bin_size // 2
    after = np.clip(np.searchsorted(tss, middle), 1, max(1, tss.size - 1))
    before = after - 1
    after = np.minimum(after, tss.size - 1)
    nearest = np.where(np.abs(middle - tss[before]) <= np.abs(tss[after] - middle), before, after)
    signed = (middle - tss[nearest]) * np.where(is_minus[nearest], -1, 1)
    group = edges.size + np.sign(signed) * np.searchsorted(edges, np.abs(signed), side="left")
    return StartBins(group, is_minus[nearest])


def fit_start_distance(examples: Iterable[StartExample], *, strand_pairs: Sequence[int], bin_size: int) -> StartProfile:
    """Average training windows by distance to the nearest gene start; those on the minus strand are turned round.

    Parameters
    ----------
    examples
        Training windows, one after the other.
    strand_pairs
        For each track the one on the other strand; itself where strands are not told apart.
    bin_size
        Width of a bin in bp.
    """
    pairs = np.array(strand_pairs)
    n_groups = 2 * distance_edges(bin_size).size + 1
    total, known = np.zeros((pairs.size, n_groups)), np.zeros((pairs.size, n_groups))
    for bins, values in examples:
        as_plus = np.where(bins.is_minus, values[pairs], values).astype(np.float64)
        in_group = (bins.group[:, None] == np.arange(n_groups)).astype(np.float64)
        total += np.nan_to_num(as_plus) @ in_group
        known += (~np.isnan(as_plus)).astype(np.float64) @ in_group
    overall = total.sum(axis=1, keepdims=True) / np.maximum(1, known.sum(axis=1, keepdims=True))
    means = np.divide(total, known, out=np.broadcast_to(overall, total.shape).copy(), where=known > 0)
    return StartProfile(means, pairs)
