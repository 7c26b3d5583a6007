"""Support vector machines of many tracks on one kernel matrix, each solved exactly.

The dual is solved two coefficients at a time, the pair chosen by second-order information (Fan, Chen and Lin 2005), as
LIBSVM does; the matrix is shared and read in single precision, so that a step costs three passes over its rows.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Integer
from numba import njit, parallel_chunksize, prange

from cisgram.arrays import KernelMatrix, Labels, PerTrack
from cisgram.errors import InputError
from cisgram.threads import threads_for

_STEPS_PER_ROW, _FEWEST_STEPS = 100, 100_000  # LIBSVM's patience


class Machines(NamedTuple):
    """One machine per track: ``score(x) = sum over rows of coefficients K(row, x) + offset``."""

    coefficients: Float[np.ndarray, "row track"]
    """Positive for positive rows, negative for negative ones; 0 where a label is not known."""
    offsets: PerTrack
    n_steps: Integer[np.ndarray, "track"]
    is_solved: Bool[np.ndarray, "track"]
    """Whether the optimum was reached before patience ended."""


def solve_machines(
    matrix: KernelMatrix,
    labels: Labels,
    *,
    positive_penalty: PerTrack,
    negative_penalty: PerTrack,
    tolerance: float = 1e-3,
) -> Machines:
    """Train one support vector machine per track.

    Tracks are spread over threads; the result does not depend on how many there are. Memory: 16 bytes per row and
    track.

    Parameters
    ----------
    matrix
        Kernel of all rows, symmetric.
    labels
        1, 0 or NaN (the row takes no part); every track needs both 1 and 0.
    positive_penalty, negative_penalty
        C of each class, per track.
    tolerance
        By how much the conditions of the optimum may be violated, in units of the score.

    References
    ----------
    Fan, Chen and Lin (2005), Working set selection using second order information for training support vector
    machines, Journal of Machine Learning Research 6: 1889.

    Examples
    --------
    >>> labels = np.array([[1.0], [0.0], [np.nan]])
    >>> one = solve_machines(np.eye(3), labels, positive_penalty=np.ones(1), negative_penalty=np.ones(1))
    >>> one.coefficients[:, 0].tolist(), one.offsets.tolist()
    ([1.0, -1.0, 0.0], [0.0])
    """
    known = np.isin(labels, (0, 1))
    if not (known | np.isnan(labels)).all() or not ((labels == 1).any(axis=0) & (labels == 0).any(axis=0)).all():
        raise InputError("labels must be 1, 0 or NaN, and every track needs both 1 and 0")
    n_rows, n_tracks = labels.shape
    coefficients, offsets = np.zeros((n_tracks, n_rows)), np.zeros(n_tracks)
    n_steps = np.zeros(n_tracks, np.int64)
    upper = np.where(labels == 1, positive_penalty, 0.0).T.copy()
    lower = np.where(labels == 0, -negative_penalty, 0.0).T.copy()
    most = max(_FEWEST_STEPS, _STEPS_PER_ROW * n_rows)
    with threads_for(n_rows * n_rows * n_tracks), parallel_chunksize(1):  # tracks take very different times
        _solve_all(matrix, lower, upper, tolerance, most, coefficients, offsets, n_steps)
    return Machines(np.ascontiguousarray(coefficients.T), offsets, n_steps, n_steps < most)


@njit(cache=True, parallel=True)
def _solve_all(matrix, lower, upper, tolerance, most, coefficients, offsets, n_steps):
    """Solve one track after the other."""
    own = np.empty(matrix.shape[0])
    for row in range(own.size):
        own[row] = matrix[row, row]
    for track in prange(offsets.size):
        offsets[track], n_steps[track] = _solve(
            matrix, own, lower[track], upper[track], tolerance, most, coefficients[track]
        )


@njit(cache=True)
def _solve(matrix, own, lower, upper, tolerance, most, coefficients):
    """Minimise ``a K a / 2 - sum |a|`` with ``lower <= a <= upper`` and sum 0; offset, and steps taken."""
    n = coefficients.size
    slope = np.empty(n)  # label minus score without offset: how much a coefficient should rise
    for row in range(n):
        slope[row] = 1.0 if upper[row] > 0 else -1.0
    highest, lowest = -np.inf, np.inf
    for step in range(most):
        first, highest, lowest = -1, -np.inf, np.inf
        for row in range(n):
            if coefficients[row] < upper[row] and slope[row] > highest:
                first, highest = row, slope[row]
            if coefficients[row] > lower[row] and slope[row] < lowest:
                lowest = slope[row]
        if highest - lowest < tolerance:
            return _offset(slope, lower, upper, coefficients, highest, lowest), step
        ours = matrix[first]
        second, most_gain, curvature = -1, -1.0, 1.0
        for row in range(n):
            if coefficients[row] > lower[row] and slope[row] < highest:
                bend = max(own[first] + own[row] - 2.0 * ours[row], 1e-12)
                gain = (highest - slope[row]) ** 2 / bend
                if gain > most_gain:
                    second, most_gain, curvature = row, gain, bend
        room, other_room = upper[first] - coefficients[first], coefficients[second] - lower[second]
        length = min((highest - slope[second]) / curvature, room, other_room)
        # Exactly on the bound, so that rounding does not leave a step of no length to be taken for ever.
        coefficients[first] = upper[first] if length == room else coefficients[first] + length
        coefficients[second] = lower[second] if length == other_room else coefficients[second] - length
        theirs = matrix[second]
        for row in range(n):
            slope[row] -= length * (ours[row] - theirs[row])
    return _offset(slope, lower, upper, coefficients, highest, lowest), most


@njit(cache=True)
def _offset(slope, lower, upper, coefficients, highest, lowest):
    """Mean slope of the coefficients between their bounds; without any, the middle of what is possible."""
    total, n_free = 0.0, 0
    for row in range(slope.size):
        if lower[row] < coefficients[row] < upper[row]:
            total += slope[row]
            n_free += 1
    return total / n_free if n_free else (highest + lowest) / 2
