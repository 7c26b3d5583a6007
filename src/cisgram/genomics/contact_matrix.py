"""Dense squares of a contact map: divided by what distance expects, smoothed where counts are few, gaps filled."""

import numpy as np
from numba import njit

from cisgram.arrays import ContactMask, DistanceEdges, SquareContacts
from cisgram.errors import InputError

_EDGE_RATIO = 1.03
_SMALLEST = 8


def observed_over_expected(matrix: SquareContacts, mask: ContactMask | None = None) -> SquareContacts:
    """Divide a symmetric square by the mean of its own contacts at the same distance.

    Diagonals are taken together in stretches of distance whose ends have a ratio of 1.03, so that far diagonals, which
    are short, get a steady mean; each stretch is divided by the mean of its valid pixels (cooltools 0.7,
    ``numutils.observed_over_expected``).

    Parameters
    ----------
    matrix
        Contacts, balanced or not; only the lower triangle is averaged.
    mask
        True where a pixel is valid (``bin bin``) or where a bin is (``bin``); without it, where the value is not NaN.

    Returns
    -------
    SquareContacts
        Observed over expected; values that are not valid, and stretches whose mean is 0, are left as they came.

    Raises
    ------
    InputError
        Where the matrix is not square, or the mask is not of its size.

    Examples
    --------
    >>> observed_over_expected(np.array([[8.0, 2.0, 1.0], [2.0, 8.0, 6.0], [1.0, 6.0, 2.0]])).round(2).tolist()
    [[1.33, 0.5, 1.0], [0.5, 1.33, 1.5], [1.0, 1.5, 0.33]]
    """
    n = _require_square(matrix)
    valid = np.isfinite(matrix) if mask is None else np.asarray(mask)
    if valid.ndim == 1:
        valid = valid[:, None] & valid
    if valid.shape != matrix.shape:
        raise InputError(f"the mask must be one value per bin or per pixel of {n} bins; got {valid.shape}")
    return _divide_by_distance(np.array(matrix, dtype=np.float64, order="C"), valid, distance_edges(n))


def distance_edges(n_bins: int) -> DistanceEdges:
    """Ends of the stretches of distance (in bins) that :func:`observed_over_expected` averages: 0, 1, ... ``n_bins``.

    Parameters
    ----------
    n_bins
        Side of the square.
    """
    if n_bins < 2:
        return np.arange(n_bins + 1)
    n = int(np.log(n_bins) / np.log(_EDGE_RATIO))
    inner = np.unique(np.rint(10 ** np.linspace(0, np.log10(n_bins), n))).astype(np.int64)
    return np.concatenate([np.zeros(1, np.int64), inner])


def adaptive_coarsegrain(
    balanced: SquareContacts, counts: SquareContacts, *, cutoff: float = 2, max_levels: int = 8
) -> SquareContacts:
    """Replace pixels of few counts by means over the smallest squares around them that hold enough.

    A pyramid of sums over 2 x 2, 4 x 4, ... pixels is built; from its top down, wherever one of four pixels has fewer
    counts than ``cutoff``, the four get the mean of the square that they make (cooltools 0.7,
    ``numutils.adaptive_coarsegrain``). A pixel that is not valid counts as one of 0 counts, as it does there,
    although cooltools says otherwise: its three neighbours are then always replaced.

    Parameters
    ----------
    balanced
        Balanced contacts, symmetric; NaN in masked bins.
    counts
        Contacts as counted, of the same pixels.
    cutoff
        Fewest counts that a pixel keeps its own value with.
    max_levels
        Most levels of the pyramid; it ends where a side has 8 squares or fewer.

    Returns
    -------
    SquareContacts
        Smoothed contacts, NaN where ``balanced`` is; without 0 except in wide empty places.

    Raises
    ------
    InputError
        Where the two are not squares of one size.

    Examples
    --------
    >>> sparse = np.zeros((16, 16))
    >>> sparse[0, 0] = 4
    >>> adaptive_coarsegrain(sparse, sparse)[:3, :3].tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    n = _require_square(balanced)
    if counts.shape != balanced.shape:
        raise InputError(f"counts must be those of the balanced square, {balanced.shape}; got {counts.shape}")
    side = 1 << max(0, n - 1).bit_length()
    values, many = np.zeros((side, side)), np.zeros((side, side))
    valid = np.zeros((side, side))
    valid[:n, :n] = np.isfinite(balanced)
    is_valid = valid[:n, :n] > 0
    values[:n, :n][is_valid] = balanced[is_valid]
    many[:n, :n][is_valid] = counts[is_valid]
    levels = [(values, many, valid)]
    while len(levels) <= max_levels and levels[-1][0].shape[0] > _SMALLEST:
        levels.append((_sum_fours(levels[-1][0]), _sum_fours(levels[-1][1]), _sum_fours(levels[-1][2])))
    for coarse, fine in zip(levels[:0:-1], levels[-2::-1], strict=True):
        _refine(*fine, coarse[0], coarse[2], float(cutoff))
    return np.where(is_valid, values[:n, :n], np.nan)


def fill_gaps(matrix: SquareContacts) -> SquareContacts:
    """Fill masked rows and columns from those beside them, linearly; beyond the edge lies 0.

    As cooltools' ``numutils.interp_nan``: each missing pixel is the bilinear mean of the nearest whole rows and
    columns. Rows and columns with as many NaN as the one with most count as masked.

    Parameters
    ----------
    matrix
        A square whose NaN fill whole rows and columns; values that stand within them (such as a diagonal) are kept.

    Raises
    ------
    InputError
        Where NaN are left outside of the masked rows and columns: mask their bins whole.

    Examples
    --------
    >>> fill_gaps(np.array([[1.0, np.nan, 3.0], [np.nan, np.nan, np.nan], [3.0, np.nan, 1.0]])).tolist()
    [[1.0, 2.0, 3.0], [2.0, 2.0, 2.0], [3.0, 2.0, 1.0]]
    """
    n = _require_square(matrix)
    is_missing = np.isnan(matrix)
    if not is_missing.any():
        return matrix.astype(np.float64)
    framed = np.zeros((n + 2, n + 2))
    framed[1:-1, 1:-1] = matrix
    missing = np.isnan(framed)
    whole_rows, whole_columns = (np.flatnonzero(many < many.max()) for many in (missing.sum(1), missing.sum(0)))
    if missing[np.ix_(whole_rows, whole_columns)].any():
        raise InputError("NaN must fill whole rows and columns of a square to be filled; mask the bins of these pixels")
    row, column = np.nonzero(is_missing)
    top, bottom, down = _neighbours(whole_rows, row + 1)
    left, right, across = _neighbours(whole_columns, column + 1)
    filled = matrix.astype(np.float64)
    filled[row, column] = (1 - down) * ((1 - across) * framed[top, left] + across * framed[top, right]) + down * (
        (1 - across) * framed[bottom, left] + across * framed[bottom, right]
    )
    return filled


def with_near_diagonals(matrix: SquareContacts, n_diagonals: int, value: float) -> SquareContacts:
    """A copy in which the first diagonals hold one value: all pixels less than ``n_diagonals`` from the main one.

    Parameters
    ----------
    matrix
        A square.
    n_diagonals
        How many; 2 are the main diagonal and its neighbours, where pairs of one fragment and its repairs lie.
    value
        What they hold, such as NaN.

    Examples
    --------
    >>> with_near_diagonals(np.ones((3, 3)), 1, 0.0).tolist()
    [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
    """
    place = np.arange(_require_square(matrix))
    return np.where(np.abs(place[:, None] - place) < n_diagonals, value, matrix.astype(np.float64))


def _require_square(matrix: np.ndarray) -> int:
    """The side of a square."""
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise InputError(f"a square of a contact map has as many rows as columns; got {matrix.shape}")
    return matrix.shape[0]


def _neighbours(whole: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The whole rows at or before and at or behind each place, and how far between them it lies (0 to 1)."""
    behind = np.minimum(np.searchsorted(whole, places, side="right"), len(whole) - 1)
    first, second = whole[behind - 1], whole[behind]
    return first, second, (places - first) / (second - first)


@njit(cache=True)
def _divide_by_distance(data, valid, edges):
    """Divide each stretch of diagonals by the mean of its valid pixels, in place."""
    n = data.shape[0]
    for number in range(len(edges) - 1):
        total, n_pixels = 0.0, 0
        for offset in range(edges[number], edges[number + 1]):
            for j in range(n - offset):
                if valid[offset + j, j]:
                    total += data[offset + j, j]
                    n_pixels += 1
        if n_pixels == 0 or total == 0:
            continue
        mean = total / n_pixels
        for offset in range(edges[number], edges[number + 1]):
            for j in range(n - offset):
                if valid[offset + j, j]:
                    data[offset + j, j] /= mean
                    if offset > 0:
                        data[j, offset + j] /= mean
    return data


@njit(cache=True)
def _sum_fours(fine):
    """Sums over squares of 2 x 2."""
    n = fine.shape[0] // 2
    coarse = np.empty((n, n), fine.dtype)
    for i in range(n):
        for j in range(n):
            left = fine[2 * i, 2 * j] + fine[2 * i + 1, 2 * j]
            right = fine[2 * i, 2 * j + 1] + fine[2 * i + 1, 2 * j + 1]
            coarse[i, j] = left + right
    return coarse


@njit(cache=True)
def _refine(values, counts, valid, coarse, n_valid, cutoff):
    """One level down: four pixels get the mean of their square where one of them has too few counts."""
    for i in range(coarse.shape[0]):
        for j in range(coarse.shape[0]):
            fewest = np.inf
            for k in range(4):
                fewest = min(fewest, counts[2 * i + k // 2, 2 * j + k % 2])
            for k in range(4):
                row, column = 2 * i + k // 2, 2 * j + k % 2
                if valid[row, column] == 0:
                    values[row, column] = 0.0
                elif fewest < cutoff:
                    values[row, column] = coarse[i, j] / n_valid[i, j] * valid[row, column]
