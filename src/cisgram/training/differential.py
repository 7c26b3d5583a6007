"""Where two tracks differ by more than chance: a permutation test against random groups of the same size.

A group of cells has its own track; so has every random group of as many cells. Random groups say how far a track
strays by chance at each place, and how far denoising carries noise along: whatever the model makes of few reads, it
makes of random groups too.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Integer

from cisgram.arrays import PerBin, RandomTracks
from cisgram.errors import InputError
from cisgram.genomics.q_values import q_values

LEAST_PERMUTATIONS = 5
_CHUNK = 1 << 16
_SPREAD_FLOOR = 0.25
_BAND = (0.05, 0.95)
N_SHARES = 20
"""Parts of equal width that p-values are counted in."""


class RandomGroups(NamedTuple):
    """What the test says of each random group, held against the others as the observed one is."""

    p_shares: Float[np.ndarray, "group part"]
    """Share of bins whose p-value lies in each twentieth of 0 to 1; one row per random group."""
    n_called: Integer[np.ndarray, "group"]
    """Bins that would be called; where groups of this sample differ by chance alone, few or none."""


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
    low: PerBin
    """What 5 % of random groups are at or below."""
    high: PerBin
    """What 5 % of random groups are at or above."""
    random: RandomGroups


def permutation_test(observed: PerBin, random: RandomTracks, *, max_q_value: float = 0.05) -> DifferentialTest:
    """Test every bin of a track against what random groups of the same size give there.

    The observed group and n random ones are treated alike:
    ``z = (value - mean) / sqrt((1 + 1/n) (variance + floor**2))`` of each against the n others. All z of random groups,
    over all bins, are what z looks like by chance, whatever its distribution, and the p-value is the share of them that
    lie as far from 0 as that of the observed group. So few random groups are honest, only less sharp: a single bin
    among many reaches a q of 1/n at best. The floor, a quarter of the median spread of bins that vary, keeps bins in
    which groups happen to agree from standing out.

    Parameters
    ----------
    observed
        One value per bin: a track, or the difference of two.
    random
        The same for every random group; may be a memory map.
    max_q_value
        Up to which q-value a bin counts as called in :class:`RandomGroups`.

    Raises
    ------
    InputError
        For fewer than 5 random groups.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> found = permutation_test(np.r_[30.0, rng.normal(size=999)], rng.normal(size=(40, 1000)))
    >>> np.flatnonzero(found.q_value < 0.05).tolist()
    [0]
    """
    n = len(random)
    if n < LEAST_PERMUTATIONS:
        raise InputError(f"a permutation test needs at least {LEAST_PERMUTATIONS} random groups; got {n}")
    chunks = [slice(at, at + _CHUNK) for at in range(0, observed.size, _CHUNK)]
    stacks = (np.concatenate([observed[None, one], random[:, one]]) for one in chunks)
    spread = np.concatenate([np.zeros(0), *(np.std(one, axis=0, dtype=np.float64) for one in stacks)])
    low, high = (_quantiles(random, chunks, share) for share in _BAND)
    varies = spread > 0
    if not varies.any():
        nothing, none = (
            np.full(observed.size, np.nan),
            RandomGroups(np.zeros((n, N_SHARES)), np.zeros(n, dtype=np.int64)),
        )
        return DifferentialTest(random.mean(axis=0, dtype=np.float64), nothing, nothing, nothing, low, high, none)
    floor = _SPREAD_FLOOR * float(np.median(spread[varies]))
    mean, z, chance = np.zeros(observed.size), np.full(observed.size, np.nan), []
    for one in chunks:
        values = np.concatenate([observed[None, one], random[:, one]]).astype(np.float64)
        mean[one] = values[1:].mean(axis=0)
        of_all = np.where(varies[one], _z_against_others(values, floor), np.nan)
        z[one] = of_all[0]
        chance.append(np.abs(of_all[1:, varies[one]]).astype(np.float32))
    by_group = np.concatenate(chance, axis=1)
    all_ = np.sort(by_group, axis=None)
    p = _share_as_far(np.abs(z), all_)
    q = q_values(np.where(varies, p, np.nan))
    return DifferentialTest(mean, z, p, q, low, high, _random_groups(by_group, all_, max_q_value))


def _quantiles(random: RandomTracks, chunks: list[slice], share: float) -> np.ndarray:
    """What a share of random groups are at or below, per bin."""
    found = [np.quantile(np.asarray(random[:, one], dtype=np.float64), share, axis=0) for one in chunks]
    return np.concatenate([np.zeros(0), *found])


def _random_groups(by_group: np.ndarray, all_: np.ndarray, max_q_value: float) -> RandomGroups:
    """The test of every random group against the numbers of the others."""
    shares, n_called = [], []
    for own in by_group:
        n_all, n_own = (one.size - np.searchsorted(one, own, side="left") for one in (all_, np.sort(own)))
        p = (n_all - n_own + 1) / (all_.size - own.size + 1)
        shares.append(np.histogram(p, bins=N_SHARES, range=(0, 1))[0] / p.size)
        n_called.append(int((q_values(p) <= max_q_value).sum()))
    return RandomGroups(np.array(shares), np.array(n_called, dtype=np.int64))


def _z_against_others(values: np.ndarray, floor: float) -> np.ndarray:
    """Z of every group (row) against all others, per bin (column)."""
    n = len(values) - 1
    away = values - values.mean(axis=0)
    squares = (away**2).sum(axis=0) - away**2 * (n + 1) / n
    variance = np.maximum(squares, 0) / (n - 1)
    return away * (n + 1) / n / np.sqrt((1 + 1 / n) * (variance + floor**2))


def _share_as_far(z: np.ndarray, chance: np.ndarray) -> np.ndarray:
    """Share of sorted numbers that are at least z; no share is 0, since what was observed counts as one more."""
    n_as_far = chance.size - np.searchsorted(chance, z.astype(np.float32), side="left")
    return np.where(np.isnan(z), np.nan, (n_as_far + 1) / (chance.size + 1))
