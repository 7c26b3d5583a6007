"""Predicted and measured signal where genes begin: across genes, and across tracks once gene and track means are out.

Across genes, a model may score by knowing only which promoters are strong everywhere. What is left across tracks after
means are taken out is what the model knows of differences between cell types or conditions.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import BinnedTargets, GeneTracks
from cisgram.data.binned_tracks import name_without_strand
from cisgram.errors import InputError
from cisgram.nn.metrics import pearson, spearman
from cisgram.training.bootstrap import Resamples, interval_of, resampled_pearson

GENE_FIGURE_COLUMNS = ("assay", "n_genes", "pearson", "low", "high", "spearman")
"""Columns of :func:`compare_genes`."""

GENE_DEFINITION = (
    "Pearson correlation across genes of ln(1 + sum over the bins where a gene begins); of stranded pairs, the "
    "track of the gene's own strand"
)
"""How genes are compared, in words."""

_PLUS = re.compile(r"(\+|[\W_](plus|fwd|forward|pos|positive|p|f)|(?<=[a-z0-9])(Plus|Fwd|Forward|Pos))$")
_MINUS = re.compile(r"(-|\u2212|[\W_](minus|rev|reverse|neg|negative|m|r)|(?<=[a-z0-9])(Minus|Rev|Reverse|Neg))$")


class GeneStarts(NamedTuple):
    """In which bins of which window genes begin."""

    genes: pd.DataFrame
    """Columns ``chrom``, ``start``, ``end`` (around its starts), ``gene``, ``name`` and ``strand``; a row per gene."""
    window: np.ndarray
    """Row of the window of each gene."""
    bins: tuple[np.ndarray, ...]
    """Bins of that window, for each gene."""
    n_outside: int
    """Genes that begin in none of the windows."""


class Assay(NamedTuple):
    """One track, or a pair of tracks of both strands."""

    name: str
    plus: int
    """Track of genes of the plus strand."""
    minus: int
    """Track of genes of the minus strand; the same where a track knows no strand."""


def gene_starts(
    genes: pd.DataFrame, stretches: pd.DataFrame, *, bin_size: int, n_bins: int, flank_bp: int = 0
) -> GeneStarts:
    """Find the bins where genes begin.

    A gene with several starts counts once: with the window whose middle is nearest to the first of its starts that lies
    in one, and all bins of its starts there.

    Parameters
    ----------
    genes
        Gene table.
    stretches
        Interval table: what is predicted of each window, ``n_bins`` bins each.
    bin_size, n_bins
        Geometry of a window.
    flank_bp
        Bins that reach within so many bp of a start belong to it.

    Examples
    --------
    >>> from cisgram.genomics.genes import gene_table
    >>> genes = gene_table(["I", "I"], [70, 500], [90, 600], strand=["+", "-"], gene=["a", "b"])
    >>> windows = pd.DataFrame({"chrom": ["I"], "start": [50], "end": [150]})
    >>> found = gene_starts(genes, windows, bin_size=10, n_bins=10, flank_bp=5)
    >>> found.genes["gene"].tolist(), [one.tolist() for one in found.bins], found.n_outside
    (['a'], [[1, 2]], 1)
    """
    length = n_bins * bin_size
    starts = {
        str(chrom): np.sort(own.to_numpy(np.int64)) for chrom, own in stretches.groupby("chrom", sort=False)["start"]
    }
    rows_of = {
        (str(chrom), int(start)): row
        for row, (chrom, start) in enumerate(zip(stretches["chrom"], stretches["start"], strict=True))
    }
    kept, windows, bins = [], [], []
    n_genes = 0
    for _, own in genes.groupby(["chrom", "gene"], sort=False):
        n_genes += 1
        here, chrom = own["tss"].to_numpy(np.int64), str(own["chrom"].iloc[0])
        first = _nearest_window(here, starts.get(chrom, np.zeros(0, np.int64)), length, flank_bp)
        if first is None:
            continue
        inside = here[(here - flank_bp >= first) & (here + flank_bp < first + length)]
        ends = [((one - flank_bp - first) // bin_size, (one + flank_bp - first) // bin_size + 1) for one in inside]
        kept.append((chrom, int(inside.min()), int(inside.max()) + 1, *own.iloc[0][["gene", "name", "strand"]]))
        windows.append(rows_of[chrom, first])
        bins.append(np.unique(np.concatenate([np.arange(*one) for one in ends])))
    table = pd.DataFrame(kept, columns=["chrom", "start", "end", "gene", "name", "strand"])
    return GeneStarts(table, np.array(windows, dtype=np.int64), tuple(bins), n_genes - len(kept))


def assays_of(track_names: Sequence[str], strand_pairs: Sequence[int]) -> list[Assay]:
    """List tracks, pairs of strands as one.

    Which track of a pair is of the plus strand is told by its name, such as ``CAGE+`` or ``tss.plus``; where names do
    not say, it is the first.

    Parameters
    ----------
    track_names
        Of all tracks.
    strand_pairs
        For each track its partner on the other strand; itself for one that knows no strand.

    Examples
    --------
    >>> [tuple(one) for one in assays_of(["x.minus", "x.plus", "DNase"], [1, 0, 2])]
    [('x', 1, 0), ('DNase', 2, 2)]
    """
    found = []
    for track, partner in enumerate(strand_pairs):
        if partner == track:
            found.append(Assay(track_names[track], track, track))
        elif track < partner:
            is_swapped = bool(_MINUS.search(track_names[track])) and not _MINUS.search(track_names[partner])
            is_swapped |= bool(_PLUS.search(track_names[partner])) and not _PLUS.search(track_names[track])
            plus, minus = (partner, track) if is_swapped else (track, partner)
            found.append(Assay(_pair_name(track_names[plus], track_names[minus]), plus, minus))
    return found


def gene_signal(
    values: BinnedTargets, starts: GeneStarts, assays: Sequence[Assay], *, is_sense: bool = True
) -> GeneTracks:
    """Sum over the bins where each gene begins, ``gene assay``; NaN where one of them was not measured.

    Parameters
    ----------
    values
        Of the windows that the starts were found in; may be memory-mapped.
    starts, assays
        From :func:`gene_starts` and :func:`assays_of`.
    is_sense
        Whether to take the track of the gene's own strand; otherwise that of the other one.
    """
    own = np.array([[one.minus, one.plus] for one in assays], dtype=np.int64).reshape(-1, 2)
    found = np.empty((len(starts.bins), len(assays)))
    is_plus = (starts.genes["strand"] == "+").to_numpy() == is_sense
    order = np.argsort(starts.window, kind="stable")
    held, row_held = np.zeros((0, 0)), -1
    for gene in order:  # window by window, so that each is read once
        if starts.window[gene] != row_held:
            row_held = int(starts.window[gene])
            held = np.asarray(values[row_held], dtype=np.float64)
        sums = held[:, starts.bins[gene]].sum(axis=1)
        found[gene] = sums[own[:, int(is_plus[gene])]]
    return found


def compare_genes(
    measured: GeneTracks, predicted: GeneTracks, *, assay_names: Sequence[str], resamples: Resamples
) -> pd.DataFrame:
    """Compare signals across genes, assay by assay.

    Parameters
    ----------
    measured, predicted
        From :func:`gene_signal`; genes that are NaN on either side are left out of that assay.
    assay_names
        One per assay.
    resamples
        Blocks of the genes' table and how often each is drawn.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`GENE_FIGURE_COLUMNS`; correlations are of ln(1 + signal).
    """
    if measured.shape != predicted.shape or measured.shape[1] != len(assay_names):
        raise InputError(f"{len(assay_names)} assays; measured has {measured.shape} and predicted {predicted.shape}")
    rows = []
    for at, name in enumerate(assay_names):
        x, y = (np.log1p(np.maximum(side[:, at], 0)) for side in (measured, predicted))
        known = ~(np.isnan(x) | np.isnan(y))
        x, y, part = x[known], y[known], Resamples(resamples.block_of[known], resamples.draws, resamples.block_bp)
        low, high = interval_of(resampled_pearson(part, x, y)) or (np.nan, np.nan)
        rows.append((name, int(known.sum()), pearson(x, y), low, high, spearman(x, y)))
    return pd.DataFrame(rows, columns=list(GENE_FIGURE_COLUMNS))


def differences_between_assays(signal: GeneTracks) -> GeneTracks:
    """How much higher each gene is in one assay than in the mean of all, in standard deviations of the assay.

    ln(1 + signal), every assay brought to mean 0 and standard deviation 1 across genes, less the mean of each gene.

    Examples
    --------
    >>> differences_between_assays(np.expm1([[1.0, 8.0], [2.0, 9.0], [3.0, 7.0]])).round(1).tolist()
    [[-0.6, 0.6], [-0.6, 0.6], [1.2, -1.2]]
    """
    logs = np.log1p(np.maximum(signal, 0))
    spread = logs.std(axis=0)
    scaled = (logs - logs.mean(axis=0)) / np.where(spread > 0, spread, 1)
    return scaled - scaled.mean(axis=1, keepdims=True)


def _nearest_window(tss: np.ndarray, starts: np.ndarray, length: int, flank_bp: int) -> int | None:
    """Where the window begins whose middle is nearest to the first start that lies in one, with its flanks."""
    for one in tss:
        fits = starts[(starts <= one - flank_bp) & (starts + length > one + flank_bp)]
        if fits.size:
            return int(fits[np.abs(fits + length // 2 - one).argmin()])
    return None


def _pair_name(plus: str, minus: str) -> str:
    """What two tracks have in common; both names where that is nothing."""
    common = _PLUS.sub("", plus)
    if common and common == _MINUS.sub("", minus):
        return common
    return name_without_strand(plus, minus) or f"{plus} / {minus}"
