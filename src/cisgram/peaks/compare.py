"""Two sets of peaks against each other: how many overlap, how many bases they share, how far summits lie apart."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.errors import EmptySetError
from cisgram.genomics.interval import midpoints, overlaps
from cisgram.peaks.blocks import GenomeBlocks, interval_of, is_in_peaks, require_contigs

COMPARISON_COLUMNS = ("measure", "value", "low", "high", "n")
"""Columns of a comparison: name, value, 95 % interval, and how many peaks or bases it is a share of."""

MEASURES = {
    "peak_precision": "share of the peaks that overlap a peak of the truth",
    "peak_recall": "share of the truth's peaks that a peak overlaps",
    "peak_f1": "harmonic mean of the two",
    "base_precision": "share of the bases in peaks that lie in peaks of the truth",
    "base_recall": "share of the bases in the truth's peaks that lie in peaks",
    "base_f1": "harmonic mean of the two",
    "base_jaccard": "bases in both over bases in either",
    "summit_distance_bp": "median distance of overlapping peaks' summits to the nearest summit of the truth",
}
"""What the measures mean."""


def compare_peaks(peaks: pd.DataFrame, truth: pd.DataFrame, blocks: GenomeBlocks) -> pd.DataFrame:
    """Compare peaks with others that are held to be true.

    A peak belongs to where its middle lies; peaks overlap if they share a base. Bases in several peaks of one set
    count once.

    Parameters
    ----------
    peaks, truth
        Interval tables; for the distance, both with ``summit`` (-1 where there is none).
    blocks
        What is looked at, and the draws for intervals.

    Returns
    -------
    pandas.DataFrame
        One row per measure (see ``MEASURES``), columns ``COMPARISON_COLUMNS``; NaN where a value or an interval is
        not defined, such as a precision without peaks.

    Raises
    ------
    EmptySetError
        The truth has no peak where it is looked at.
    ContigError
        Peaks lie on other contigs altogether.

    Examples
    --------
    >>> from cisgram.genomics.interval import interval_table
    >>> from cisgram.peaks.blocks import genome_blocks
    >>> truth = interval_table(["I", "I"], [10, 60], [20, 70])
    >>> compared = compare_peaks(interval_table(["I"], [15], [25]), truth, genome_blocks({"I": 100}))
    >>> dict(zip(compared["measure"], compared["value"].round(3), strict=True))["base_jaccard"]
    0.2
    """
    for table, what in ((peaks, "peaks"), (truth, "peaks of the truth")):
        require_contigs(table, blocks.sizes, what)
    of_peak, of_truth = (blocks.block_of(table["chrom"], midpoints(table)) for table in (peaks, truth))
    if not (of_truth >= 0).any():
        raise EmptySetError("peaks of the truth", dropped={"outside of what is compared": len(truth)})
    hit, found = overlaps(peaks, truth), overlaps(truth, peaks)
    sums = {
        "peaks": _per_block(of_peak, np.ones(len(peaks)), blocks),
        "hits": _per_block(of_peak, hit, blocks),
        "truths": _per_block(of_truth, np.ones(len(truth)), blocks),
        "found": _per_block(of_truth, found, blocks),
        **_bases_per_block(peaks, truth, blocks),
    }
    rows = []
    for prefix, of_ours, ours, of_theirs, theirs in (
        ("peak", "hits", "peaks", "found", "truths"),
        ("base", "both_bp", "peaks_bp", "both_bp", "truth_bp"),
    ):
        precision, recall = (_ratio(sums[a], sums[b], blocks) for a, b in ((of_ours, ours), (of_theirs, theirs)))
        f1 = _harmonic_mean(precision, recall)
        rows.append(_row(f"{prefix}_precision", precision, sums[ours].sum()))
        rows.append(_row(f"{prefix}_recall", recall, sums[theirs].sum()))
        rows.append(_row(f"{prefix}_f1", f1, sums[theirs].sum()))
    either = sums["peaks_bp"] + sums["truth_bp"] - sums["both_bp"]
    rows.append(_row("base_jaccard", _ratio(sums["both_bp"], either, blocks), either.sum()))
    rows.append(_summit_distance(peaks[hit & (of_peak >= 0)], of_peak[hit & (of_peak >= 0)], truth, blocks))
    return pd.DataFrame(rows, columns=list(COMPARISON_COLUMNS))


class Share(NamedTuple):
    """A share of places and its 95 % interval; NaN where there is none to take a share of."""

    value: float
    low: float
    high: float
    n: int
    """Places that it is a share of."""


def share_overlapping(places: pd.DataFrame, peaks: pd.DataFrame, blocks: GenomeBlocks) -> Share:
    """Share of places that share a base with a peak.

    Parameters
    ----------
    places
        Interval table; a place belongs to where its middle lies, and counts as often as it is listed.
    peaks
        Interval table.
    blocks
        What is looked at, and the draws for the interval.

    Examples
    --------
    >>> from cisgram.genomics.interval import interval_table
    >>> from cisgram.peaks.blocks import genome_blocks
    >>> places = interval_table(["I", "I"], [10, 60], [20, 70])
    >>> found = share_overlapping(places, interval_table(["I"], [15], [25]), genome_blocks({"I": 100}))
    >>> found.value, found.n
    (0.5, 2)
    """
    of_place = blocks.block_of(places["chrom"], midpoints(places))
    n = _per_block(of_place, np.ones(len(places)), blocks)
    share = _ratio(_per_block(of_place, overlaps(places, peaks), blocks), n, blocks)
    return Share(float(share[0]), *interval_of(share[1:]), int(n.sum()))


def summit_distances(peaks: pd.DataFrame, truth: pd.DataFrame) -> np.ndarray:
    """Distance in bp from every summit to the nearest summit of the truth on its contig.

    Parameters
    ----------
    peaks, truth
        Interval tables with ``summit``; -1 is none.

    Returns
    -------
    numpy.ndarray
        float64, one per row of ``peaks``; NaN where there is no summit on either side.
    """
    distances = np.full(len(peaks), np.nan)
    if "summit" not in peaks or "summit" not in truth:
        return distances
    summits = peaks["summit"].to_numpy()
    for chrom, rows in peaks.reset_index(drop=True).groupby("chrom", sort=False).indices.items():
        others = np.sort(truth.loc[(truth["chrom"] == chrom) & (truth["summit"] >= 0), "summit"].to_numpy())
        known = np.asarray(rows)[summits[rows] >= 0]
        if not others.size:
            continue
        at = np.searchsorted(others, summits[known])
        left = np.abs(summits[known] - others[np.maximum(at - 1, 0)])
        right = np.abs(summits[known] - others[np.minimum(at, others.size - 1)])
        distances[known] = np.minimum(left, right)
    return distances


def _per_block(block_of: np.ndarray, values: np.ndarray, blocks: GenomeBlocks) -> np.ndarray:
    """Sums of values by block; what lies in none is left out."""
    inside = block_of >= 0
    sums = np.bincount(block_of[inside], weights=values[inside], minlength=len(blocks.blocks))
    return sums.astype(np.float64)  # of nothing, bincount gives whole numbers


def _bases_per_block(peaks: pd.DataFrame, truth: pd.DataFrame, blocks: GenomeBlocks) -> dict[str, np.ndarray]:
    """Bases in peaks, in the truth, and in both."""
    sums = {name: np.zeros(len(blocks.blocks)) for name in ("peaks_bp", "truth_bp", "both_bp")}
    for number, chrom, start, end in blocks.blocks:
        judged = blocks.is_judged(chrom, start, end)
        ours, theirs = (is_in_peaks(table, chrom, start, end) & judged for table in (peaks, truth))
        for name, which in zip(sums, (ours, theirs, ours & theirs), strict=True):
            sums[name][number] = which.sum()
    return sums


def _ratio(over: np.ndarray, under: np.ndarray, blocks: GenomeBlocks) -> np.ndarray:
    """A quotient of sums: of all blocks first, then of every resample; NaN where it is not defined."""
    overs, unders = (np.concatenate([[sums.sum()], blocks.draws @ sums]) for sums in (over, under))
    return np.divide(overs, unders, out=np.full(len(overs), np.nan), where=unders > 0)


def _harmonic_mean(precision: np.ndarray, recall: np.ndarray) -> np.ndarray:
    """F1; 0 where nothing is right, also where no peak makes precision undefined."""
    precision = np.where(np.isnan(precision) & (recall == 0), 0.0, precision)
    total = precision + recall
    return np.divide(2 * precision * recall, total, out=np.where(np.isnan(total), np.nan, 0.0), where=total > 0)


def _row(measure: str, values: np.ndarray, n: float) -> tuple[str, float, float, float, int]:
    """A row of the comparison from the value of all blocks and those of the resamples."""
    return (measure, float(values[0]), *interval_of(values[1:]), int(n))


def _summit_distance(
    peaks: pd.DataFrame, block_of: np.ndarray, truth: pd.DataFrame, blocks: GenomeBlocks
) -> tuple[str, float, float, float, int]:
    """Median (the lower of two middle ones) distance of summits, weighted by how often blocks were drawn."""
    distances = summit_distances(peaks, truth)
    known = np.flatnonzero(~np.isnan(distances))
    if not known.size:
        return _row("summit_distance_bp", np.array([np.nan]), 0)
    order = known[np.argsort(distances[known], kind="stable")]
    medians = [float(distances[order[(order.size - 1) // 2]])]
    for draw in blocks.draws:
        weights = draw[block_of[order]].cumsum()
        middle = np.searchsorted(weights, weights[-1] / 2)
        medians.append(float(distances[order[middle]]) if weights[-1] > 0 else float("nan"))
    return _row("summit_distance_bp", np.array(medians), known.size)
