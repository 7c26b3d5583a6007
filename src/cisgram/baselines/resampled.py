"""Metrics of rows that are drawn again and again: one value per resample, from how often each row was drawn."""

from typing import TypeAlias

import numpy as np
from jaxtyping import Float
from numba import njit, prange

from cisgram.arrays import PerRow
from cisgram.threads import threads_for

Draws: TypeAlias = Float[np.ndarray, "resample row"]
Pairs: TypeAlias = Float[np.ndarray, "resample 2"]


def class_areas(truth: PerRow, scores: PerRow, draws: Draws) -> Pairs:
    """AUROC (ties count half) and average precision (ties are one threshold); NaN without both classes.

    Parameters
    ----------
    truth
        1 or 0.
    scores
        Higher for 1.
    draws
        How often every row is there, per resample.

    Examples
    --------
    >>> class_areas(np.array([1.0, 0.0, 1.0]), np.array([3.0, 2.0, 1.0]), np.array([[1.0, 1, 1], [2, 1, 0]])).tolist()
    [[0.5, 0.8333333333333333], [1.0, 1.0]]
    """
    order = np.argsort(-scores, kind="stable")
    found = np.empty((len(draws), 2))
    with threads_for(draws.size):
        _areas(truth[order] > 0, _last_of_ties(scores[order]), order, draws, found)
    return found


def correlations(truth: PerRow, scores: PerRow, draws: Draws) -> Pairs:
    """Pearson and Spearman correlation, rows ranked anew in each resample; NaN where a side does not vary.

    Examples
    --------
    >>> correlations(np.arange(3.0), np.array([0.0, 1.0, 8.0]), np.ones((1, 3))).round(3).tolist()
    [[0.918, 1.0]]
    """
    order, other = np.argsort(truth, kind="stable"), np.argsort(scores, kind="stable")
    last, other_last = _last_of_ties(truth[order]), _last_of_ties(scores[other])
    found = np.empty((len(draws), 2))
    with threads_for(4 * draws.size):
        _correlations(truth, scores, order, other, last, other_last, draws, found)
    return found


def _last_of_ties(ordered: np.ndarray) -> np.ndarray:
    """Whether the next value is another one."""
    return np.append(ordered[1:] != ordered[:-1], True)[: ordered.size]


@njit(cache=True, parallel=True)
def _areas(is_positive, is_last, order, draws, out):
    """Walk down the scores once per resample."""
    for resample in prange(out.shape[0]):
        weights = draws[resample]
        n_positive, n_negative = 0.0, 0.0
        for i in range(order.size):
            if is_positive[i]:
                n_positive += weights[order[i]]
            else:
                n_negative += weights[order[i]]
        if n_positive == 0 or n_negative == 0:
            out[resample] = np.nan
            continue
        true, false, positive, negative = 0.0, 0.0, 0.0, 0.0
        ranked, precise = 0.0, 0.0
        for i in range(order.size):
            if is_positive[i]:
                positive += weights[order[i]]
            else:
                negative += weights[order[i]]
            if is_last[i]:
                ranked += positive * (n_negative - false - negative / 2)
                true, false = true + positive, false + negative
                if positive > 0:
                    precise += positive * true / (true + false)
                positive, negative = 0.0, 0.0
        out[resample, 0], out[resample, 1] = ranked / (n_positive * n_negative), precise / n_positive


@njit(cache=True, parallel=True)
def _correlations(x, y, x_order, y_order, x_last, y_last, draws, out):
    """Correlation of values, and of the mean ranks that they have in each resample."""
    for resample in prange(out.shape[0]):
        weights = draws[resample]
        out[resample, 0] = _correlation(x, y, weights)
        x_ranks, y_ranks = _ranks(x_order, x_last, weights), _ranks(y_order, y_last, weights)
        out[resample, 1] = _correlation(x_ranks, y_ranks, weights)


@njit(cache=True)
def _ranks(order, is_last, weights):
    """Mean rank of every row, about the middle."""
    ranks = np.empty(order.size)
    before, here, first = 0.0, 0.0, 0
    for i in range(order.size):
        here += weights[order[i]]
        if is_last[i]:
            for j in range(first, i + 1):
                ranks[order[j]] = before + here / 2
            before, here, first = before + here, 0.0, i + 1
    return ranks - before / 2


@njit(cache=True)
def _correlation(x, y, weights):
    """Weighted Pearson correlation, about the weighted means."""
    n, x_mean, y_mean = 0.0, 0.0, 0.0
    for i in range(x.size):
        n += weights[i]
        x_mean += weights[i] * x[i]
        y_mean += weights[i] * y[i]
    if n == 0:
        return np.nan
    x_mean, y_mean = x_mean / n, y_mean / n
    xx, yy, xy = 0.0, 0.0, 0.0
    x_scale, y_scale = 0.0, 0.0
    for i in range(x.size):
        a, b = x[i] - x_mean, y[i] - y_mean
        xx += weights[i] * a * a
        yy += weights[i] * b * b
        xy += weights[i] * a * b
        x_scale += weights[i] * x[i] * x[i]
        y_scale += weights[i] * y[i] * y[i]
    if xx <= 1e-14 * x_scale or yy <= 1e-14 * y_scale:
        return np.nan
    return min(1.0, max(-1.0, xy / np.sqrt(xx * yy)))
