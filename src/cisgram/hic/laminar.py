"""The best set of intervals of which no two cross: each two lie apart, or one inside the other."""

import numba
import numpy as np

from cisgram.arrays import EdgePairs, IntervalScores


def best_nested_intervals(scores: IntervalScores) -> EdgePairs:
    """Choose the intervals between edges whose scores sum highest, none of them crossing another.

    Exact, by dynamic programming: the best set between edges ``p`` and ``q`` is the best split of them at an edge in
    between, and the interval itself if its score is positive. Time: number of edges times the square of ``reach``.

    Parameters
    ----------
    scores
        ``[p, k]``: score of the interval from edge ``p`` to edge ``p + k + 1``; NaN where there is none. Those that
        are not positive are never chosen.

    Returns
    -------
    numpy.ndarray
        ``interval 2``: first and last edge of each, by first edge, longer ones first.

    Examples
    --------
    >>> best_nested_intervals(np.array([[1.0, 0.5], [0.2, 0.9], [0.0, np.nan]])).tolist()
    [[0, 1], [1, 3], [1, 2]]
    """
    if not scores.size:
        return np.zeros((0, 2), dtype=np.int64)
    split, is_taken, came_from = _best(np.where(scores > 0, scores, 0.0))
    chosen, stack = [], []
    last = len(scores)
    while last > 0:
        stack.append((int(came_from[last]), last))
        last = int(came_from[last])
    while stack:
        first, last = stack.pop()
        k = last - first - 1
        if is_taken[first, k]:
            chosen.append((first, last))
        if k > 0:
            stack += [(first + 1 + int(split[first, k]), last), (first, first + 1 + int(split[first, k]))]
    order = sorted(chosen, key=lambda pair: (pair[0], -pair[1]))
    return np.array(order, dtype=np.int64).reshape(-1, 2)


@numba.njit(cache=True)
def _best(gains: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Best sums of growing stretches of edges, where they split, and the best chain of stretches through all."""
    n, reach = gains.shape  # n stretches of one step: n + 1 edges
    best, split = np.zeros((n, reach)), np.zeros((n, reach), dtype=np.int64)
    for k in range(reach):
        for p in range(n - k):
            inner = 0.0
            for m in range(k):  # a part of m + 1 steps, and the rest
                both = best[p, m] + best[p + m + 1, k - m - 1]
                if both > inner:
                    inner, split[p, k] = both, m
            best[p, k] = inner + gains[p, k]
    total, came_from = np.zeros(n + 1), np.zeros(n + 1, dtype=np.int64)
    for q in range(1, n + 1):
        total[q], came_from[q] = -1.0, q - 1
        for k in range(min(reach, q)):
            value = total[q - k - 1] + best[q - k - 1, k]
            if value > total[q]:
                total[q], came_from[q] = value, q - k - 1
    return split, gains > 0, came_from
