"""Peaks of a track and their prominence, and thresholds that part strong peaks from weak ones."""

from typing import NamedTuple

import numba
import numpy as np

from cisgram.arrays import ContigValues, Rows
from cisgram.errors import EmptySetError


class Peaks(NamedTuple):
    """Local maxima of a track."""

    at: Rows
    """Where they are, in order."""
    prominence: ContigValues
    """How far one must go down from each before one can go higher."""


def peak_prominences(values: ContigValues) -> Peaks:
    """Find the local maxima of a track and how much they stand out.

    A peak is higher than both neighbours (NaN are passed over). Its prominence is its height above the lowest point on
    the way to the nearest higher point, to the left or to the right, whichever is less; a side without a higher point
    does not count. The highest peak stands above the lowest local minimum, or, without one, above the lowest point.
    So does ``cooltools``; :func:`scipy.signal.peak_prominences` lets the ends of the track count instead.

    Parameters
    ----------
    values
        The track; NaN where nothing is known.

    Returns
    -------
    Peaks

    Examples
    --------
    >>> peaks = peak_prominences(np.array([0.0, 3.0, 1.0, 5.0, 2.0, 2.5, 0.0]))
    >>> peaks.at.tolist(), peaks.prominence.tolist()
    ([1, 3, 5], [2.0, 4.0, 0.5])
    """
    known = np.flatnonzero(~np.isnan(values))
    at, prominence = _prominences(values[known].astype(np.float64))
    return Peaks(known[at], prominence)


def li_threshold(values: ContigValues) -> float:
    """Part values in two so that the two means lose least (Li's minimum cross entropy), starting from the mean.

    Parameters
    ----------
    values
        At least one number, none of them NaN.

    Returns
    -------
    float
        The threshold; the value itself where all are equal.

    Raises
    ------
    EmptySetError
        Where there are no values.

    References
    ----------
    Li and Tam 1998, Pattern Recognition Letters 19:771.
    """
    lowest = _lowest(values)
    above = values - lowest
    steps = np.diff(np.unique(above))
    if not steps.size:
        return float(lowest)
    tolerance = steps.min() / 2
    before, threshold = -2 * tolerance, above.mean()
    while abs(threshold - before) > tolerance:
        before = threshold
        is_high = above > threshold
        high, low = above[is_high].mean(), above[~is_high].mean()
        if low == 0:
            break
        threshold = (low - high) / (np.log(low) - np.log(high))
    return float(threshold + lowest)


def otsu_threshold(values: ContigValues, *, n_bins: int = 256) -> float:
    """Part values in two so that the variance between the two means is greatest (Otsu's method, on a histogram).

    Parameters
    ----------
    values
        At least one number, none of them NaN.
    n_bins
        Bins of the histogram, of equal width.

    Returns
    -------
    float
        Centre of the bin that ends the lower part; the value itself where all are equal.

    Raises
    ------
    EmptySetError
        Where there are no values.

    References
    ----------
    Otsu 1979, IEEE Trans Syst Man Cybern 9:62.
    """
    lowest = _lowest(values)
    if (values == lowest).all():
        return float(lowest)
    counts, edges = np.histogram(values, bins=n_bins)
    centres = (edges[:-1] + edges[1:]) / 2
    below, above = np.cumsum(counts), np.cumsum(counts[::-1])[::-1]
    mean_below = np.cumsum(counts * centres) / below
    mean_above = np.cumsum((counts * centres)[::-1])[::-1] / above
    between = below[:-1] * above[1:] * (mean_below[:-1] - mean_above[1:]) ** 2
    return float(centres[np.argmax(between)])


def _lowest(values: ContigValues) -> float:
    if not values.size:
        raise EmptySetError("values to part in two", dropped={})
    return values.min()


@numba.njit(cache=True)
def _prominences(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """From every local maximum, walk both ways until something is higher."""
    n = values.size
    at = np.zeros(n, dtype=np.int64)
    prominence = np.zeros(n)
    n_peaks, lowest_minimum = 0, np.inf
    for pos in range(1, n - 1):
        if values[pos] < values[pos - 1] and values[pos] < values[pos + 1]:
            lowest_minimum = min(lowest_minimum, values[pos])
    for pos in range(1, n - 1):
        if not (values[pos] > values[pos - 1] and values[pos] > values[pos + 1]):
            continue
        least = np.inf
        for step in (-1, 1):
            lowest, other = values[pos], pos + step
            while 0 <= other < n and values[other] <= values[pos]:
                lowest = min(lowest, values[other])
                other += step
            if 0 <= other < n:
                least = min(least, values[pos] - lowest)
        if least == np.inf:  # nothing is higher, on either side
            least = values[pos] - (lowest_minimum if lowest_minimum < np.inf else values.min())
        at[n_peaks], prominence[n_peaks] = pos, least
        n_peaks += 1
    return at[:n_peaks], prominence[:n_peaks]
