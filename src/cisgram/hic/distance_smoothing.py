"""Means by distance smoothed evenly on a logarithmic scale, and how steeply they fall."""

import numpy as np
import pandas as pd
from numba import njit

from cisgram.arrays import PerDistance

_POINTS_PER_SIGMA = 10
_WINDOW_SIGMA = 5

DECAY_COLUMNS = ("dist_bp", "contact_frequency", "slope")
"""Columns of :func:`decay_slope`."""


def smooth_over_distance(sums: PerDistance, n_pixels: PerDistance, sigma_log10: float = 0.1) -> PerDistance:
    """The mean contact by distance, smoothed by a Gaussian over the logarithm of distance.

    Sums and numbers of pixels are smoothed apart, so that distances weigh as much as they have pixels; this is done at
    ten points per sigma, between which a straight line in the double logarithm leads (cooltools 0.7,
    ``expected_smoothing``).

    Parameters
    ----------
    sums
        Contacts at each distance in bins, from 0 on; NaN counts as 0.
    n_pixels
        Pixels at each distance.
    sigma_log10
        Width of the Gaussian, in powers of ten.

    Returns
    -------
    PerDistance
        The smoothed mean; NaN at distance 0.
    """
    distances = np.arange(len(sums), dtype=np.float64)
    points = _thinned(distances, 10 ** (sigma_log10 / _POINTS_PER_SIGMA))
    with np.errstate(divide="ignore", invalid="ignore"):
        logs, point_logs = np.log10(distances), np.log10(points)
        both = _smoothed(logs, np.stack([np.nan_to_num(sums), n_pixels]), point_logs, sigma_log10)
        steps, at = np.log(points), np.log(distances)
        means = [np.exp(np.interp(at, steps, np.log(values))) for values in both]
        return means[0] / means[1]


def decay_slope(table: pd.DataFrame) -> pd.DataFrame:
    """How steeply contacts fall with distance: the derivative of ln P(s) with respect to ln s, of all regions together.

    Parameters
    ----------
    table
        As :func:`cisgram.hic.expected.expected_cis` gives it.

    Returns
    -------
    pandas.DataFrame
        ``DECAY_COLUMNS``, a row per distance above 0 whose diagonal was not ignored and that has contacts; the slope
        is NaN where there are fewer than two.

    Examples
    --------
    >>> power = pd.DataFrame({"dist": [1, 2, 4], "dist_bp": [10, 20, 40], "contact_frequency": [1.0, 0.5, 0.25]})
    >>> decay_slope(power.assign(**{"count.sum": 1.0}))["slope"].round(6).tolist()
    [-1.0, -1.0, -1.0]
    """
    used = table[(table["dist"] > 0) & table["count.sum"].notna() & (table["contact_frequency"] > 0)]
    once = used.drop_duplicates("dist").sort_values("dist")
    distance, frequency = once["dist_bp"].to_numpy(np.float64), once["contact_frequency"].to_numpy(np.float64)
    slope = np.full(len(once), np.nan)
    if len(once) > 1:
        slope = np.gradient(np.log(frequency), np.log(distance))
    return pd.DataFrame(dict(zip(DECAY_COLUMNS, (distance, frequency, slope), strict=True)))


@njit(cache=True)
def _thinned(distances, ratio):
    """Distances of which each is more than ``ratio`` times the one before, and the last."""
    points = [distances[0]]
    for distance in distances[1:]:
        if distance > points[-1] * ratio:
            points.append(distance)
    if points[-1] != distances[-1]:
        points.append(distances[-1])
    return np.array(points)


@njit(cache=True)
def _smoothed(logs, rows, point_logs, sigma):
    """Gaussian means of each row around each point."""
    means = np.zeros((rows.shape[0], len(point_logs)))
    for i in range(len(point_logs)):
        here = point_logs[i]
        low = np.searchsorted(logs, here - sigma * _WINDOW_SIGMA)
        high = np.searchsorted(logs, here + sigma * _WINDOW_SIGMA)
        weights = np.exp(-((here - logs[low:high]) ** 2) / 2 / sigma / sigma)
        total = weights.sum()
        if total > 0:
            for k in range(rows.shape[0]):
                means[k, i] = np.sum(rows[k, low:high] * weights) / total
    return means
