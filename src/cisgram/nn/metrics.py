"""How close predictions are to what was measured, window by window or over all windows; NumPy only.

A profile is compared by the Jensen-Shannon divergence, or by how well it ranks positions with many reads
above positions with few; totals are compared by correlation. Intervals are in
:mod:`cisgram.training.bootstrap`, what replicates reach in :mod:`cisgram.training.ceiling`.
"""

from typing import Literal, TypeAlias

import numpy as np
from jaxtyping import Float, Int8, Integer, Num
from numba import njit

from cisgram.errors import InputError

StrandValues: TypeAlias = Num[np.ndarray, "window strand length"]
"""Counts or probabilities of one track."""

PredictedValues: TypeAlias = Num[np.ndarray, "row strand_ length_"]
"""The same for the rows that ``rows`` chooses from."""

Rows: TypeAlias = Integer[np.ndarray, "window"]
"""Row of the prediction that belongs to every window."""

PerWindow: TypeAlias = Float[np.ndarray, "window"]
"""One number per window; NaN where it is not defined."""

Labels: TypeAlias = Int8[np.ndarray, "window strand bin"]
"""1 positive, 0 negative, -1 between or not judged."""

Strands: TypeAlias = Literal["joined", "averaged"]
"""``joined``: both strands are one distribution; ``averaged``: mean of the strands, each a distribution."""

POSITIVE_FRACTION = 0.015
NEGATIVE_FRACTION = 0.005
"""A position with at least the first share of its strand's reads is positive, with at most the second negative."""
MIN_STRAND_READS = 2.5 / POSITIVE_FRACTION
"""Windows with at most this many reads (mean of the strands) are not judged: single reads would be positives."""
PAPER_PSEUDOCOUNT = 1e-4


def jensen_shannon(
    observed: StrandValues,
    predicted: PredictedValues,
    *,
    rows: Rows | None = None,
    bin_bp: int = 1,
    strands: Strands = "joined",
    pseudocount: int | float = 0.0,
) -> PerWindow:
    """Measure the Jensen-Shannon divergence of every window, in bits: 0 for equal profiles, 1 for disjoint ones.

    ``JSD(p, q) = (KL(p | m) + KL(q | m)) / 2`` with ``m = (p + q) / 2`` and base 2. This is the divergence; SciPy's
    ``jensenshannon`` is its square root.

    Parameters
    ----------
    observed
        Counts or probabilities, not negative; every window is scaled to a sum of 1.
    predicted
        The same. Where ``rows`` is given, window w is compared with ``predicted[rows[w]]``, so that one average
        profile serves all windows.
    rows
        See ``predicted``; by default the windows in their order.
    bin_bp
        Neighbouring positions are added up to bins of this width; the last bin may be narrower. Bins never
        cross strands.
    strands
        Whether both strands are one distribution, or each is one and the mean is taken over the strands on which
        both sides have reads.
    pseudocount
        Added to the share of every bin on both sides, which are then scaled to 1 again; Avsec et al. (2021) take
        1e-4. It makes all divergences smaller.

    Returns
    -------
    PerWindow
        NaN for a window without reads on either side. Symmetric; with ``joined`` and no pseudocount, wider bins
        never raise it.

    Examples
    --------
    >>> observed = np.array([[[1.0, 1.0, 0.0, 0.0]]])
    >>> predicted = np.array([[[0.0, 1.0, 0.0, 0.0]], [[0.0, 0.0, 3.0, 3.0]]])
    >>> [round(float(jensen_shannon(observed, predicted[[i]])[0]), 3) for i in (0, 1)]
    [0.311, 1.0]
    >>> jensen_shannon(observed, predicted[:1], bin_bp=2).tolist()
    [0.0]
    """
    _check_pair(observed, predicted, rows, bin_bp)
    chosen = np.arange(len(observed)) if rows is None else rows
    if strands == "averaged":
        per_strand = [
            jensen_shannon(observed[:, [s]], predicted[:, [s]], rows=chosen, bin_bp=bin_bp, pseudocount=pseudocount)
            for s in range(observed.shape[1])
        ]
        known = ~np.isnan(per_strand)
        total = np.where(known, per_strand, 0.0).sum(axis=0)
        return np.divide(total, known.sum(axis=0), out=np.full(len(total), np.nan), where=known.any(axis=0))
    divergence = np.empty(len(observed))
    _divergences(
        np.ascontiguousarray(observed, np.float32),
        np.ascontiguousarray(predicted, np.float32),
        chosen.astype(np.int64),
        bin_bp,
        pseudocount,
        divergence,
    )
    return divergence


def profile_labels(counts: StrandValues, *, bin_bp: int = 1) -> Labels:
    """Call positions with many reads positive and positions with few negative (Avsec et al. 2021).

    A position is positive with at least 1.5 % of its strand's reads in the window and negative with at most
    0.5 %. A bin is positive if any of its positions is, else not judged if any lies between, else negative.
    Windows with at most 2.5 / 0.015 = 166.7 reads (mean of the strands) are not judged at all.

    Examples
    --------
    >>> profile_labels(np.array([[[100, 97, 2, 1, 0]]]), bin_bp=1).tolist()
    [[[1, 1, -1, 0, 0]]]
    """
    if bin_bp < 1:
        raise InputError(f"bin_bp must be at least 1; got {bin_bp}")
    labels = np.empty((*counts.shape[:2], -(-counts.shape[2] // bin_bp)), dtype=np.int8)
    judged = has_enough_reads(counts)
    _label(np.ascontiguousarray(counts, np.float32), judged, bin_bp, labels)
    return labels


def has_enough_reads(counts: StrandValues) -> np.ndarray:
    """Which windows have enough reads for their positions to be judged one by one."""
    return counts.sum(axis=2, dtype=np.float64).mean(axis=1) > MIN_STRAND_READS


def binned_maximum(profiles: StrandValues, *, bin_bp: int) -> np.ndarray:
    """The highest value of every bin (``window strand bin``, float32), each strand scaled to a sum of 1.

    Examples
    --------
    >>> binned_maximum(np.array([[[1.0, 2.0, 1.0]]]), bin_bp=2).tolist()
    [[[0.5, 0.25]]]
    """
    total = profiles.sum(axis=2, dtype=np.float64, keepdims=True)
    starts = np.arange(0, profiles.shape[2], bin_bp)
    highest = np.maximum.reduceat(profiles, starts, axis=2) if bin_bp > 1 else profiles
    return (highest / np.where(total > 0, total, 1)).astype(np.float32)


def average_precision(is_positive: np.ndarray, scores: np.ndarray) -> float:
    """Area under the precision-recall curve, as the mean precision at the positives (no interpolation).

    ``AP = sum over thresholds of (recall gained) x precision``; equal scores are one threshold.

    Parameters
    ----------
    is_positive, scores
        Truth and score of every item; arrays of one axis.

    Returns
    -------
    float
        NaN without positives.

    Examples
    --------
    >>> average_precision(np.array([True, False, True]), np.array([0.9, 0.5, 0.1]))
    0.8333333333333333
    """
    is_positive = is_positive.astype(bool)
    positives, negatives = np.sort(scores[is_positive]), np.sort(scores[~is_positive])
    if positives.size == 0:
        return float("nan")
    thresholds, n_at = np.unique(positives, return_counts=True)
    true = positives.size - np.searchsorted(positives, thresholds, side="left")
    false = negatives.size - np.searchsorted(negatives, thresholds, side="left")
    return float((n_at * (true / (true + false))).sum() / positives.size)


def auroc(is_positive: np.ndarray, scores: np.ndarray) -> float:
    """Chance that a positive item scores above a negative one; equal scores count half.

    Parameters
    ----------
    is_positive, scores
        Truth and score of every item; arrays of one axis.

    Returns
    -------
    float
        Area under the ROC curve; NaN without positives or without negatives.

    Examples
    --------
    >>> auroc(np.array([True, True, False, False]), np.array([2.0, 1.0, 1.0, 0.0]))
    0.875
    """
    is_positive = is_positive.astype(bool)
    n_positive, n_negative = int(is_positive.sum()), int((~is_positive).sum())
    if n_positive == 0 or n_negative == 0:
        return float("nan")
    positive_ranks = ranks(scores.astype(np.float64))[is_positive]
    return float((positive_ranks.sum() / n_positive - (n_positive + 1) / 2) / n_negative)


def pearson(x: PerWindow, y: PerWindow) -> float:
    """Pearson correlation; NaN for fewer than two values, or where one side does not vary.

    Examples
    --------
    >>> round(pearson(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])), 6)
    1.0
    """
    if x.size < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    x, y = x.astype(np.float64) - x.mean(dtype=np.float64), y.astype(np.float64) - y.mean(dtype=np.float64)
    return float(np.clip((x @ y) / np.sqrt((x @ x) * (y @ y)), -1, 1))


def spearman(x: PerWindow, y: PerWindow) -> float:
    """Spearman correlation: Pearson correlation of ranks; equal values share their mean rank.

    Examples
    --------
    >>> round(spearman(np.array([1.0, 2.0, 30.0]), np.array([0.0, 0.1, 0.2])), 6)
    1.0
    """
    return pearson(ranks(x), ranks(y))


def ranks(values: PerWindow) -> PerWindow:
    """Ranks from 1; equal values share their mean rank."""
    _, group, n_equal = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(n_equal)
    return (last - (n_equal - 1) / 2)[group].astype(np.float64)


def _check_pair(observed: np.ndarray, predicted: np.ndarray, rows: np.ndarray | None, bin_bp: int) -> None:
    """Refuse arrays that do not fit together."""
    if bin_bp < 1:
        raise InputError(f"bin_bp must be at least 1; got {bin_bp}")
    if observed.shape[1:] != predicted.shape[1:]:
        raise InputError(
            "observed and predicted must have the same strands and positions; "
            f"got (strand, length) {observed.shape[1:]} and {predicted.shape[1:]}"
        )
    if rows is None and len(observed) != len(predicted):
        raise InputError(f"observed has {len(observed)} windows and predicted {len(predicted)}: give rows")


@njit(cache=True)
def _divergences(observed, predicted, rows, bin_bp, pseudocount, out):
    """Divergence per window over all strands together; bins without reads on one side need no logarithm."""
    n_strands, length = observed.shape[1], observed.shape[2]
    n_bins = n_strands * ((length + bin_bp - 1) // bin_bp)
    for window in range(observed.shape[0]):
        row = rows[window]
        p_total, q_total = 0.0, 0.0
        for strand in range(n_strands):
            for at in range(length):
                p_total += observed[window, strand, at]
                q_total += predicted[row, strand, at]
        if not (p_total > 0 and q_total > 0):
            out[window] = np.nan
            continue
        scale = 1 / (1 + pseudocount * n_bins)
        total = 0.0
        for strand in range(n_strands):
            for start in range(0, length, bin_bp):
                p, q = 0.0, 0.0
                for at in range(start, min(start + bin_bp, length)):
                    p += observed[window, strand, at]
                    q += predicted[row, strand, at]
                p = (p / p_total + pseudocount) * scale
                q = (q / q_total + pseudocount) * scale
                if p > 0 and q > 0:
                    both = p + q
                    total += p * np.log2(2 * p / both) + q * np.log2(2 * q / both)
                else:  # one of them is 0, and the logarithm of the other is 1
                    total += p + q
        out[window] = min(max(total / 2, 0.0), 1.0)


@njit(cache=True)
def _label(counts, judged, bin_bp, labels):
    """Labels of all bins: positive if any position is, else between if any is, else negative."""
    n_windows, n_strands, length = counts.shape
    for window in range(n_windows):
        for strand in range(n_strands):
            total = 0.0
            for at in range(length):
                total += counts[window, strand, at]
            for start in range(0, length, bin_bp):
                label = 0
                for at in range(start, min(start + bin_bp, length)):
                    share = counts[window, strand, at] / total if total > 0 else 0.0
                    if share >= POSITIVE_FRACTION:
                        label = 1
                        break
                    if share > NEGATIVE_FRACTION:
                        label = -1
                labels[window, strand, start // bin_bp] = label if judged[window] else -1
