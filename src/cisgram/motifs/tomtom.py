"""Tomtom: how surprising it is that two motifs look as alike as they do.

Columns are compared by their Euclidean distance. A placement of a query against a target scores, over the
columns that overlap, how much closer they are than the query column's median distance to all columns;
columns without a partner score 0. The p-value is the chance that targets made of columns drawn at random
reach the best score of all placements, on both strands.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cisgram.arrays import Columns, Matrix, PerTarget, WholePerTarget
from cisgram.errors import InputError
from cisgram.genomics.motif import Motif

_N_BINS = 100
_ENOUGH_COLUMNS = 1000
_NEVER = -(2**62)
"""Score of a placement that does not count."""


class Alignments(NamedTuple):
    """The best placement of one query against each target."""

    p_value: PerTarget
    """Chance of a score as high, over all placements and both strands."""
    offset: WholePerTarget
    """Column of the query under the first column of the target (as it is turned); negative if that comes before."""
    overlap: WholePerTarget
    """Number of columns that overlap."""
    is_reversed: np.ndarray
    """Whether the target's reverse complement fits better."""


def tomtom(query: Motif, targets: Sequence[Motif], *, min_overlap: int = 1) -> Alignments:
    """Compare a motif with others, in both orientations.

    The background is made of all columns of the targets and of their reverse complements. Where these are fewer
    than a thousand, columns from a fixed Dirichlet sample are added, as peaked as those of JASPAR: p-values of a
    short list then mean about the same as those of a large database.

    Parameters
    ----------
    query, targets
        Motifs of any lengths. Memory grows with the cube of the query's (20 MB for 30 columns): trim it first.
    min_overlap
        Fewest columns that must overlap in a placement; all those of the shorter motif, where it has fewer.

    Returns
    -------
    Alignments
        One entry per target. Of placements with the same score the first one counts, on the forward strand first.

    Raises
    ------
    InputError
        If there are no targets, or ``min_overlap`` is below 1.

    References
    ----------
    Gupta, Stamatoyannopoulos, Bailey and Noble (2007), Quantifying similarity between motifs; Tanaka et al. (2011),
    Improved similarity scores for comparing motifs (the score in which columns without a partner count).
    """
    if not targets or min_overlap < 1:
        raise InputError(f"targets are needed, and min_overlap of at least 1; got {len(targets)} and {min_overlap}")
    turned = [*(target.ppm for target in targets), *(target.ppm[::-1, ::-1] for target in targets)]
    lengths = np.array([matrix.shape[1] for matrix in turned])
    scores, background = _column_scores(query.ppm, np.concatenate(turned, axis=1))
    survival = _survival_of_spans(background)
    best, offset, overlap, p_value = _best_placements(
        scores, lengths, survival, lowest=background.lowest, min_overlap=min_overlap
    )
    n = len(targets)
    reverse = best[n:] > best[:n]
    smaller = np.minimum(p_value[:n], p_value[n:])
    return Alignments(
        p_value=smaller * (2 - smaller),  # 1 - (1 - p)^2, precise for small p
        offset=np.where(reverse, offset[n:], offset[:n]),
        overlap=np.where(reverse, overlap[n:], overlap[:n]),
        is_reversed=reverse,
    )


class _Background(NamedTuple):
    """Distribution of the score of each query column against a random column."""

    probabilities: np.ndarray
    """``query_column bin``."""
    lowest: int
    """Score of the first bin; 0 is the score of a column without a partner."""


def _column_scores(query: Matrix, columns: Columns) -> tuple[np.ndarray, _Background]:
    """Whole-number scores of every query column against every column, and their background."""
    n_missing = max(_ENOUGH_COLUMNS - columns.shape[1], 0)
    added = np.random.default_rng(0).dirichlet(np.full(4, 0.15), (n_missing + 1) // 2).T
    everything = np.concatenate([columns, added, added[::-1]], axis=1)
    closeness = -np.sqrt(((query[:, :, None] - everything[:, None, :]) ** 2).sum(axis=0))
    closeness -= np.median(closeness, axis=1, keepdims=True)
    scale = _N_BINS / max(np.ptp(closeness), 1e-9)
    whole = np.rint(closeness * scale).astype(np.int64)
    lowest = int(whole.min())
    n_bins = int(whole.max()) - lowest + 1
    probabilities = np.stack([np.bincount(row - lowest, minlength=n_bins) for row in whole]) / whole.shape[1]
    return whole[:, : columns.shape[1]], _Background(probabilities, lowest)


def _survival_of_spans(background: _Background) -> np.ndarray:
    """Chance that a span of query columns scores at least s: ``start end score``, scores from their lowest sum on."""
    n_columns, n_bins = background.probabilities.shape
    lowest_sum, n_sums = min(background.lowest, 0) * n_columns, (n_bins - 1) * n_columns + 1
    survival = np.zeros((n_columns, n_columns + 1, n_sums))
    for start in range(n_columns):
        distribution = np.ones(1)
        for end in range(start + 1, n_columns + 1):
            distribution = np.convolve(distribution, background.probabilities[end - 1])
            first = (end - start) * background.lowest - lowest_sum
            placed = np.zeros(n_sums)
            placed[first : first + len(distribution)] = distribution[: n_sums - first]
            survival[start, end] = placed[::-1].cumsum()[::-1]
    return np.minimum(survival, 1.0)


def _best_placements(
    scores: np.ndarray, lengths: np.ndarray, survival: np.ndarray, *, lowest: int, min_overlap: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Score, offset, overlap and p-value of the best placement against each target."""
    n_query = len(scores)
    n_placements = n_query + lengths - 1
    ends = np.cumsum(n_placements)
    starts = ends - n_placements
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    first_place = np.repeat(starts, lengths) + within + n_query - 1
    totals = np.zeros(ends[-1], dtype=np.int64)
    for column in range(n_query):  # places of one query column are all different
        totals[first_place - column] += scores[column]
    if min_overlap > 1:
        offsets = n_query - 1 - (np.arange(ends[-1]) - np.repeat(starts, n_placements))
        widths = np.repeat(lengths, n_placements)
        totals[~_is_allowed(offsets, widths, n_query, min_overlap)] = _NEVER
    best = np.maximum.reduceat(totals, starts)
    is_best = np.flatnonzero(totals == np.repeat(best, n_placements))
    place = is_best[np.searchsorted(is_best, starts)] - starts  # the first one of each target
    offset = n_query - 1 - place
    overlap = np.minimum(n_query, lengths + offset) - np.maximum(offset, 0)
    p_value = np.empty(len(lengths))
    lowest_sum = min(lowest, 0) * n_query
    for length in np.unique(lengths):
        offsets = n_query - 1 - np.arange(n_query + length - 1)
        offsets = offsets[_is_allowed(offsets, int(length), n_query, min_overlap)]
        spans = survival[np.maximum(offsets, 0), np.minimum(n_query, length + offsets)]
        rows = np.flatnonzero(lengths == length)
        of_any = spans[:, best[rows] - lowest_sum]  # placement target
        with np.errstate(divide="ignore"):  # ln(1 - 1): some placement reaches the score for certain
            p_value[rows] = -np.expm1(np.log1p(-of_any).sum(axis=0))
    return best, offset, overlap, np.clip(p_value, 0.0, 1.0)


def _is_allowed(offsets: np.ndarray, lengths: np.ndarray | int, n_query: int, min_overlap: int) -> np.ndarray:
    """Whether placements have enough columns in common."""
    overlaps = np.minimum(n_query, lengths + offsets) - np.maximum(offsets, 0)
    return overlaps >= np.minimum(min_overlap, np.minimum(n_query, lengths))
