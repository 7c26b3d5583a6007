"""Resampling: means of independent units, and how sure they are, for any statistic of several means."""

from collections.abc import Callable

import numpy as np

from cisgram.arrays import Resamples, Rows, UnitArray
from cisgram.errors import InputError

FEWEST_UNITS = 6
"""With fewer, no sign test can give a p-value below 0.03, and an interval from resampling is too narrow."""


def unit_means(values: UnitArray, sources: Rows | None) -> UnitArray:
    """Mean over the sequences that were made from one source, which are no independent witnesses.

    Parameters
    ----------
    values
        One row per sequence.
    sources
        Number of the source of each. Where fewer than 6 differ, or none are given, all sequences stand for themselves.

    Returns
    -------
    UnitArray
        float64, one row per source (in the order of their numbers), or ``values``.

    Examples
    --------
    >>> unit_means(np.arange(12.0)[:, None], np.repeat(np.arange(6), 2))[:2].tolist()
    [[0.5], [2.5]]
    """
    whole = np.asarray(values, dtype=np.float64)
    if sources is None or len(np.unique(sources)) < FEWEST_UNITS:
        return whole
    if len(sources) != len(values):
        raise InputError(f"sources must name one source per sequence; got {len(sources)} for {len(values)} sequences")
    numbers, which = np.unique(sources, return_inverse=True)
    sums = np.zeros((len(numbers), *whole.shape[1:]))
    np.add.at(sums, which, whole)
    return sums / np.bincount(which).reshape(-1, *[1] * (whole.ndim - 1))


def resample_weights(n: int, *, n_resamples: int = 2000, seed: int = 0) -> Resamples:
    """Weights of units in bootstrap resamples; the mean of one is ``weights @ values``.

    Examples
    --------
    >>> resample_weights(5, n_resamples=3).sum(axis=1).round(6).tolist()
    [1.0, 1.0, 1.0]
    """
    if n < 1 or n_resamples < 1:
        raise InputError(f"resampling needs at least 1 unit and 1 resample; got {n} and {n_resamples}")
    return np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=n_resamples) / n


def interval_of(
    statistic: Callable[..., np.ndarray], *values: np.ndarray, n_resamples: int = 2000, seed: int = 0
) -> np.ndarray:
    """95 % bootstrap interval (percentiles) of a statistic of means over the same units.

    Parameters
    ----------
    statistic
        Called with one array of means for each of ``values``, element by element; NaN where it is not defined.
    values
        Arrays whose first axis are the units.
    n_resamples, seed
        Of the bootstrap; all elements share their resamples.

    Returns
    -------
    numpy.ndarray
        Low and high along the first axis, then the axes of one unit. NaN for a single unit, and where the statistic is
        not defined in every resample.

    Examples
    --------
    >>> interval_of(lambda mean: mean, np.full((8, 1), 3.0)).round(6).tolist()
    [[3.0], [3.0]]
    """
    n, shape = len(values[0]), values[0].shape[1:]
    if n < 2:
        return np.full((2, *shape), np.nan)
    weights = resample_weights(n, n_resamples=n_resamples, seed=seed)
    flat = [one.reshape(n, -1) for one in values]
    ends = np.empty((2, flat[0].shape[1]))
    block = max(1, 2_000_000 // n_resamples)
    for start in range(0, ends.shape[1], block):
        part = slice(start, start + block)
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn = statistic(*(weights @ one[:, part] for one in flat))
        ends[:, part] = np.quantile(drawn, [0.025, 0.975], axis=0)
    return ends.reshape(2, *shape)
