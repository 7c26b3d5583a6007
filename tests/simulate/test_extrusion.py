"""Loop extrusion: rings rest between convergent sites, legs never pass each other, and the same seed runs alike."""

import numpy as np
import pytest

from cisgram.errors import ConfigError, InputError
from cisgram.simulate.extrusion import Barriers, ExtrusionConfig, extrude
from cisgram.simulate.polymer import contact_band, resistances, square_of_band


def barriers(n_bins, *, leftward=(), rightward=()):
    chances = Barriers(np.zeros(n_bins), np.zeros(n_bins))
    chances.leftward[list(leftward)] = 1.0
    chances.rightward[list(rightward)] = 1.0
    return chances


def held(chances, one, other, seed=1):
    own = extrude(chances, n_snapshots=400, rng=np.random.default_rng(seed))
    return ((own.left == one) & (own.right == other)).any(axis=1).mean()


def test_rings_rest_between_convergent_sites_and_not_between_others():
    convergent = held(barriers(80, leftward=[30], rightward=[50]), 30, 50)
    assert convergent > 0.1
    for turned in (
        barriers(80, leftward=[30, 50]),
        barriers(80, rightward=[30, 50]),
        barriers(80, leftward=[50], rightward=[30]),
    ):
        assert held(turned, 30, 50) < convergent / 3


def test_legs_share_no_bin_and_loops_never_cross():
    rng = np.random.default_rng(2)
    own = extrude(Barriers(rng.random(200) / 4, rng.random(200) / 4), n_snapshots=50, rng=rng)
    for left, right in zip(own.left, own.right, strict=True):
        assert len({*left.tolist(), *right.tolist()}) == 2 * len(left)
        crosses = (left[:, None] < left) & (left < right[:, None]) & (right[:, None] < right)
        assert not crosses.any()
    assert (own.left >= 0).all()
    assert (own.right < 200).all()


def test_free_loops_are_as_long_as_their_lifetime_says_and_of_even_and_odd_length():
    config = ExtrusionConfig(spacing_bins=1_000, lifetime_steps=40, interval_steps=400)
    own = extrude(barriers(2_000), n_snapshots=4_000, rng=np.random.default_rng(3), config=config)
    lengths = (own.right - own.left).ravel()
    assert lengths.mean() == pytest.approx(1 + 2 * 0.75 * 40, rel=0.08)
    assert (lengths % 2).mean() == pytest.approx(0.5, abs=0.05)


def test_the_same_stream_gives_the_same_rings_and_bad_barriers_are_refused():
    chances = barriers(60, leftward=[10], rightward=[40])
    one, again, other = (extrude(chances, n_snapshots=5, rng=np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one.left, again.left)
    assert not np.array_equal(one.left, other.left)
    with pytest.raises(InputError, match="between 0 and 1"):
        extrude(Barriers(np.full(20, 1.5), np.zeros(20)), n_snapshots=1, rng=np.random.default_rng(1))
    with pytest.raises(InputError, match="at least 3"):
        extrude(Barriers(np.zeros(2), np.zeros(2)), n_snapshots=1, rng=np.random.default_rng(1))
    with pytest.raises(ConfigError, match="3 bins each"):
        ExtrusionConfig(spacing_bins=1)


def laplacian_resistances(left, right, n_bins, loop_resistance):
    """Effective resistances from the pseudo-inverse of the network's Laplacian: no formula of ours."""
    laplacian = np.zeros((n_bins, n_bins))
    springs = [(i, i + 1, 1.0) for i in range(n_bins - 1)]
    springs += [(a, b, 1 / loop_resistance) for a, b in zip(left, right, strict=True)]
    for a, b, conductance in springs:
        laplacian[[a, b], [a, b]] += conductance
        laplacian[[a, b], [b, a]] -= conductance
    inverse = np.linalg.pinv(laplacian)
    own = np.diag(inverse)
    return own[:, None] + own - 2 * inverse


@pytest.mark.parametrize("loop_resistance", [0.2, 1.0, 5.0])
def test_contacts_are_those_of_the_whole_network_of_springs(loop_resistance):
    rng = np.random.default_rng(4)
    own = extrude(
        Barriers(rng.random(70) / 3, rng.random(70) / 3),
        n_snapshots=40,
        rng=rng,
        config=ExtrusionConfig(spacing_bins=8),
    )
    band = contact_band(own, n_bins=70, width=70, loop_resistance=loop_resistance)
    networks = [laplacian_resistances(*legs, 70, loop_resistance) for legs in zip(own.left, own.right, strict=True)]
    np.testing.assert_allclose(square_of_band(band), np.mean([(1 + r) ** -1.5 for r in networks], axis=0), atol=1e-12)
    formula = resistances(own.left[0], own.right[0], n_bins=70, loop_resistance=loop_resistance)
    np.testing.assert_allclose(formula, networks[0], atol=1e-9)


def test_a_narrow_band_is_the_edge_of_a_wide_one_and_crossing_loops_are_refused():
    own = extrude(barriers(90, leftward=[20], rightward=[70]), n_snapshots=20, rng=np.random.default_rng(5))
    wide, narrow = (contact_band(own, n_bins=90, width=width) for width in (90, 13))
    assert np.array_equal(wide[:, :13], narrow, equal_nan=True)
    assert np.isnan(wide[80:, 10]).all()
    assert (wide[:, 0] == 1).all()
    crossing = type(own)(np.array([[2, 5]], dtype=np.int32), np.array([[7, 9]], dtype=np.int32))
    with pytest.raises(InputError, match="cross"):
        contact_band(crossing, n_bins=12, width=4)
    with pytest.raises(InputError, match="within the 8 bins"):
        contact_band(crossing, n_bins=8, width=4)
