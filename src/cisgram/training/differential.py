"""Where two tracks differ by more than chance: a permutation test against random groups of the same size.

A group of cells has its own track; so has every random group of as many cells. Random groups say how far a track
strays by chance at each place, and how far denoising carries noise along: whatever the model makes of few reads, it
makes of random groups too.
"""

from typing import NamedTuple

import numpy as np
from scipy.stats import false_discovery_control

from cisgram.arrays import PerBin, RandomTracks
from cisgram.errors import InputError

LEAST_PERMUTATIONS = 5
_CHUNK = 1 << 16
_SPREAD_FLOOR = 0.25


class DifferentialTest(NamedTuple):
    """One test per bin; NaN where no random group varies, so that nothing can be said."""

    mean: PerBin
    """Mean over random groups."""
    z: PerBin
    """Distance of the observed value from that mean, in spreads of random groups."""
    p_value: PerBin
    """Two-sided: share of all random groups and bins whose own z is as far from 0."""
    q_value: PerBin
    """After Benjamini and Hochberg, over the bins that were tested."""


def permutation_test(observed: PerBin, random: RandomTracks) -> DifferentialTest:
    """Test every bin of a track against what random groups of the same size give there.

    ``z = (observed - mean) / sqrt((1 + 1/n) (variance + floor**2))`` over n random groups. Every random group gets the
    same z, against the other random groups; all of these, over all bins, are what z looks like by chance, whatever its
    distribution, and the p-value is the share of them that is as large as what was observed. So few random groups are
    honest, only less sharp. The floor, a quarter of the median spread of bins that vary, keeps bins in which random
    groups happen to agree from standing out.

    Parameters
    ----------
    observed
        One value per bin: a track, or the difference of two.
    random
        The same for every random group; may be a memory map.

    Raises
    ------
    InputError
        For fewer than 5 random groups.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> found = permutation_test(np.r_[30.0, rng.normal(size=999)], rng.normal(size=(10, 1000)))
    >>> np.flatnonzero(found.q_value < 0.05).tolist()
    [0]
    """
    n = len(random)
    if n < LEAST_PERMUTATIONS:
        raise InputError(f"a permutation test needs at least {LEAST_PERMUTATIONS} random groups; got {n}")
    chunks = [slice(at, at + _CHUNK) for at in range(0, observed.size, _CHUNK)]
    mean = np.concatenate([np.zeros(0), *(np.mean(random[:, one], axis=0, dtype=np.float64) for one in chunks)])
    spread = np.concatenate(
        [np.zeros(0), *(np.std(random[:, one], axis=0, dtype=np.float64, ddof=1) for one in chunks)]
    )
    varies = spread > 0
    if not varies.any():
        nothing = np.full(observed.size, np.nan)
        return DifferentialTest(mean, nothing, nothing, nothing)
    floor = _SPREAD_FLOOR * float(np.median(spread[varies]))
    z = (observed - mean) / np.sqrt((1 + 1 / n) * (spread**2 + floor**2))
    z[~varies] = np.nan
    chance = [_left_out_z(random[:, one], mean[one], spread[one], floor)[:, varies[one]].ravel() for one in chunks]
    p = _share_as_far(np.abs(z), np.sort(np.abs(np.concatenate(chance))))
    q = np.full(observed.size, np.nan)
    q[varies] = false_discovery_control(p[varies])
    return DifferentialTest(mean, z, p, q)


def _left_out_z(random: np.ndarray, mean: np.ndarray, spread: np.ndarray, floor: float) -> np.ndarray:
    """z of every random group against the others: permutation by bin."""
    n = len(random)
    away = random - mean
    others_mean = mean - away / (n - 1)
    squares = (n - 1) * spread**2 - away**2 * n / (n - 1)
    variance = np.maximum(squares, 0) / (n - 2)
    return ((random - others_mean) / np.sqrt(n / (n - 1) * (variance + floor**2))).astype(np.float32)


def _share_as_far(z: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Share of sorted numbers that are at least z; no share is 0, since what was observed counts as one more."""
    n_as_far = chance.size - np.searchsorted(chance, z.astype(np.float32), side="left")
    return np.where(np.isnan(z), np.nan, (n_as_far + 1) / (chance.size + 1))
