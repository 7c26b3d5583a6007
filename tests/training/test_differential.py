"""The permutation test is honest about chance and finds what was planted."""

import numpy as np
import pytest
from scipy.stats import kstest

from cisgram.errors import InputError
from cisgram.training.differential import permutation_test


def sparse_tracks(rng, n, n_bins=20_000):
    """Coverage of few cells: skewed, mostly 0, of different depth from bin to bin."""
    rate = np.random.default_rng(0).gamma(0.2, 3, n_bins)
    return rng.poisson(rate, size=(n, n_bins)).astype(float)


def test_p_values_of_random_groups_are_even_and_almost_none_has_a_small_q():
    rng = np.random.default_rng(1)
    observed, random = sparse_tracks(rng, 1)[0], sparse_tracks(rng, 20)
    found = permutation_test(observed, random)
    tested = ~np.isnan(found.p_value)
    for level in (0.5, 0.1, 0.01, 0.001):
        assert np.mean(found.p_value[tested] <= level) == pytest.approx(level, rel=0.15, abs=0.001)
    assert (found.q_value[tested] < 0.05).mean() < 0.001


def test_p_values_are_even_for_normal_tracks():
    rng = np.random.default_rng(2)
    found = permutation_test(rng.normal(size=20_000), rng.normal(size=(12, 20_000)))
    assert kstest(found.p_value, "uniform").statistic < 0.015


def test_planted_bins_are_found_in_both_directions():
    rng = np.random.default_rng(3)
    observed, random = sparse_tracks(rng, 1)[0], 5 + sparse_tracks(rng, 20)
    observed = 5 + observed
    observed[:20] += 60
    observed[20:40] -= 60
    found = permutation_test(observed, random)
    assert (found.q_value[:40] < 0.05).all()
    assert (found.z[:20] > 0).all()
    assert (found.z[20:40] < 0).all()


def test_z_is_that_of_a_plain_loop():
    rng = np.random.default_rng(4)
    random, observed = rng.normal(size=(6, 30)), rng.normal(size=30)
    found = permutation_test(observed, random)
    everybody = np.concatenate([observed[None], random])
    floor = 0.25 * np.median(everybody.std(axis=0))
    z = []
    for row in range(7):
        others = np.delete(everybody, row, axis=0)
        spread = np.sqrt((1 + 1 / 6) * (others.var(axis=0, ddof=1) + floor**2))
        z.append((everybody[row] - others.mean(axis=0)) / spread)
    np.testing.assert_allclose(found.z, z[0])
    chance = np.abs(z[1:]).ravel()
    expected = [(1 + (chance >= abs(z)).sum()) / (1 + 180) for z in found.z]
    np.testing.assert_allclose(found.p_value, expected, atol=1.5 / 181)


def test_bins_without_any_reads_are_not_tested():
    random = np.zeros((6, 3))
    random[:, 0] = np.arange(6)
    found = permutation_test(np.array([9.0, 9.0, 0.0]), random)
    assert np.isnan(found.p_value).tolist() == [False, False, True]
    assert np.isnan(permutation_test(np.zeros(2), np.zeros((5, 2))).q_value).all()


def test_too_few_random_groups_are_refused():
    with pytest.raises(InputError, match="at least 5 random groups; got 4"):
        permutation_test(np.zeros(3), np.zeros((4, 3)))


def test_a_random_group_that_stands_out_would_call_bins_and_the_others_none():
    rng = np.random.default_rng(5)
    random = rng.normal(size=(20, 3_000))
    random[7, :40] += 40
    found = permutation_test(rng.normal(size=3_000), random)
    assert found.random.n_called[7] >= 35
    assert np.delete(found.random.n_called, 7).max() <= 1
    np.testing.assert_allclose(found.random.p_shares.sum(axis=1), 1)


def test_nine_tenths_of_random_groups_lie_within_the_band():
    rng = np.random.default_rng(6)
    random = rng.normal(size=(40, 500))
    found = permutation_test(rng.normal(size=500), random)
    inside = ((random >= found.low) & (random <= found.high)).mean()
    assert inside == pytest.approx(0.9, abs=0.01)
