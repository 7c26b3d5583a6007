"""Depths that are read off a curve lie where the curve says."""

import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.training.depth_curves import difference, equivalent_reads
from cisgram.training.track_agreement import Agreement


def straight(values, n=200, noise=0.0):
    """A curve that is a straight line in the logarithm of the depth, with resamples around it."""
    rng = np.random.default_rng(0)
    return {10.0**k: Agreement(v, v + noise * rng.normal(size=n)) for k, v in values.items()}


def test_a_value_on_the_curve_is_found_where_it_was_made():
    curve = straight({5: 0.2, 6: 0.4, 7: 0.6})
    for log_depth in (5.0, 5.3, 6.0, 6.9, 7.0):
        r = 0.2 * (log_depth - 4)
        found = equivalent_reads(curve, Agreement(r, np.full(200, r)))
        assert np.log10(found.n_reads) == pytest.approx(log_depth)
        assert np.log10([found.low, found.high]) == pytest.approx([log_depth] * 2)


def test_beyond_the_deepest_is_said_so_and_not_guessed():
    found = equivalent_reads(straight({5: 0.2, 6: 0.4}), Agreement(0.5, np.full(200, 0.5)))
    assert found.n_reads == np.inf
    assert found.times(1e5) == "> 10.0 (> 10.0 to > 10.0)"
    found = equivalent_reads(straight({5: 0.2, 6: 0.4}), Agreement(0.1, np.full(200, 0.1)))
    assert found.times(1e5) == "< 1.0 (< 1.0 to < 1.0)"


def test_an_interval_may_reach_beyond_the_curve_though_the_value_does_not():
    reached = Agreement(0.39, 0.39 + 0.02 * np.random.default_rng(1).normal(size=200))
    found = equivalent_reads(straight({5: 0.2, 6: 0.4}), reached)
    assert found.n_reads < 1e6 < found.high == np.inf
    assert found.low > 1e5


def test_noise_of_blocks_that_all_share_cancels():
    shared = 0.05 * np.random.default_rng(2).normal(size=500)
    curve = {10.0**k: Agreement(v, v + shared) for k, v in {5: 0.2, 6: 0.4, 7: 0.6}.items()}
    found = equivalent_reads(curve, Agreement(0.5, 0.5 + shared))
    assert found.low == pytest.approx(found.high, rel=1e-9)
    value, interval = difference(Agreement(0.5, 0.5 + shared), Agreement(0.4, 0.4 + shared))
    assert (value, *interval) == pytest.approx((0.1, 0.1, 0.1))


def test_a_curve_that_falls_counts_as_flat():
    found = equivalent_reads(straight({5: 0.4, 6: 0.3, 7: 0.5}), Agreement(0.45, np.full(200, 0.45)))
    assert 1e6 < found.n_reads < 1e7


def test_a_curve_of_one_depth_says_nothing():
    assert equivalent_reads(straight({5: 0.2}), Agreement(0.2, np.full(200, 0.2))) is None
    nothing = Agreement(float("nan"), np.full(200, np.nan))
    assert equivalent_reads(straight({5: 0.2, 6: 0.4}), nothing) is None


def test_resamples_of_other_draws_are_refused():
    with pytest.raises(InputError, match="draw blocks once for both"):
        equivalent_reads(straight({5: 0.2, 6: 0.4}), Agreement(0.3, np.zeros(7)))
