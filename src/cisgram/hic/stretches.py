"""How well every stretch between two edges of a contig holds together, against what crosses its ends."""

from typing import NamedTuple

import numba
import numpy as np

from cisgram.arrays import IntervalScores, Positions, Rows, TriangleSums
from cisgram.hic.triangles import Triangles


class Stretches(NamedTuple):
    """Scores of the stretches between edges: at ``[p, k]`` that from edge ``p`` to edge ``p + k + 1``."""

    edges: Positions
    """Edges in bins, ascending."""
    contrast: IntervalScores
    """ln of contacts across the weakest cut inside over those across the ends, both over expected; NaN where too short,
    too long, or without contacts."""
    score: IntervalScores
    """The contrast less so many standard errors."""


def score_stretches(
    sums: Triangles, edges: Positions, *, cuts: Rows | None = None, min_length: int = 4, n_errors: float = 2.0
) -> Stretches:
    """Score all stretches between edges that are not longer than the sums reach.

    Contacts across an end are those between half the stretch's length on either side of it; of the two ends the one
    with more counts. Inside, the stretch is cut at its middle and at every cut, and the one with the fewest contacts
    over expected counts. The standard error is that of the ln of the ratio of two Poisson counts.

    Parameters
    ----------
    sums
        Of one contig.
    edges
        Where stretches may begin and end, in bins, ascending.
    cuts
        Where stretches are cut, in bins, ascending; at the edges if not given.
    min_length
        Bins of the shortest stretch.
    n_errors
        Standard errors taken off.

    Returns
    -------
    Stretches
    """
    steps = np.searchsorted(edges, edges[:-1] + sums.max_length, side="right") - 1 - np.arange(edges.size - 1)
    shape = (max(edges.size - 1, 0), int(max(steps.max(initial=0), 0)))
    contrast, error = np.full(shape, np.nan), np.full(shape, np.nan)
    if min(shape) > 0:
        places = edges if cuts is None else cuts
        _score(sums.ratio, sums.pixels, sums.counts, edges, places, min_length, contrast, error)
    return Stretches(edges, contrast, contrast - n_errors * error)


def sharpest_edges(sums: Triangles, positions: Rows, *, window: int, gap: int = 2) -> Positions:
    """Keep of each run of positions that are near each other the one that the fewest contacts cross.

    Parameters
    ----------
    sums
        Of one contig.
    positions
        Where edges may be: between the bin before and the bin at each.
    window
        Bins on either side whose contacts with the other side count.
    gap
        Positions no further apart than this (in bins) belong to one run.

    Returns
    -------
    Positions
        Ascending; positions that cannot be judged (the ends of the contig among them) are left out.
    """
    ascending = np.unique(positions)
    mean = _mean_across(sums.ratio, sums.pixels, sums.counts, ascending, min(window, (sums.ratio.shape[1] - 1) // 2))
    ascending, mean = ascending[~np.isnan(mean)], mean[~np.isnan(mean)]
    if not ascending.size:
        return ascending
    run = np.cumsum(np.concatenate([[0], np.diff(ascending) > gap]))
    order = np.lexsort((mean, run))
    return ascending[order[np.unique(run[order], return_index=True)[1]]]


@numba.njit(cache=True)
def _mean_across(
    ratio: TriangleSums, pixels: TriangleSums, counts: TriangleSums, positions: Positions, window: int
) -> np.ndarray:
    """Mean observed over expected across each position."""
    mean = np.empty(positions.size)
    for number, at in enumerate(positions):
        mean[number] = _crossing(ratio, pixels, counts, at - window, at, at + window)[0]
    return mean


@numba.njit(cache=True)
def _score(
    ratio: TriangleSums,
    pixels: TriangleSums,
    counts: TriangleSums,
    edges: Positions,
    cuts: Rows,
    min_length: int,
    contrast: IntervalScores,
    error: IntervalScores,
) -> None:
    """Fill contrast and its standard error."""
    for p in range(contrast.shape[0]):
        for k in range(min(contrast.shape[1], edges.size - 1 - p)):
            start, end = edges[p], edges[p + k + 1]
            if end - start < min_length or end - start >= ratio.shape[1]:
                continue
            half = (end - start) // 2
            least, n_inside = _crossing(ratio, pixels, counts, start, start + half, end)
            for middle in cuts[np.searchsorted(cuts, start, side="right") : np.searchsorted(cuts, end)]:
                if middle - start >= 2 and end - middle >= 2:
                    mean, n = _crossing(ratio, pixels, counts, start, middle, end)
                    if mean < least or least != least:
                        least, n_inside = mean, n
            most, n_across = _crossing(ratio, pixels, counts, start - half, start, start + half)
            right, n_right = _crossing(ratio, pixels, counts, end - half, end, end + half)
            if right > most or most != most:
                most, n_across = right, n_right
            if least > 0 and most > 0 and n_inside > 0 and n_across > 0:
                contrast[p, k] = np.log(least / most)
                error[p, k] = np.sqrt(1 / n_inside + 1 / n_across)


@numba.njit(cache=True)
def _crossing(
    ratio: TriangleSums, pixels: TriangleSums, counts: TriangleSums, start: int, middle: int, end: int
) -> tuple[float, float]:
    """Mean observed over expected, and contacts, between the two sides of a cut; NaN where it leaves the contig."""
    if start < 0 or end > ratio.shape[0]:
        return np.nan, 0.0
    one, both, other = middle - start, end - start, end - middle
    n = pixels[start, both] - pixels[start, one] - pixels[middle, other]
    if n < 0.5:
        return np.nan, 0.0
    total = ratio[start, both] - ratio[start, one] - ratio[middle, other]
    return total / n, counts[start, both] - counts[start, one] - counts[middle, other]
