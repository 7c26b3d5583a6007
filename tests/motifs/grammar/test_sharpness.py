"""Sharpness: of direct and of held proteins, and without the noise of few reads."""

import numpy as np
import pytest

from cisgram.errors import EmptySetError, InputError
from cisgram.motifs.grammar.sharpness import _energy, _smoothed, sharpness
from cisgram.simulate.footprint import REACH_BP, Footprint, FootprintMode

DIRECT = Footprint(
    *((FootprintMode(-5.0, 1.2, 0.6), FootprintMode(-10.0, 1.8, 0.22), FootprintMode(-32.0, 24.0, 0.18)) for _ in "+-")
)
OFFSETS = slice(REACH_BP - 60, REACH_BP + 61)


def reads(footprint, n_hits, rng, *, per_hit=60.0, background=0.02):
    sense = footprint.probabilities(is_sense=True)[OFFSETS]
    rate = np.stack([sense, sense[::-1]]) * per_hit / 2 + background
    return rng.poisson(rate * rng.gamma(4, 0.25, (n_hits, 1, 1))).astype(np.float64)


def test_energy_is_the_mean_product_of_different_hits():
    rng = np.random.default_rng(1)
    features, weights = rng.normal(size=(6, 9)), np.array([[1.0] * 6, [2, 0, 1, 1, 0, 2]])
    for row, weight in enumerate(weights):
        products = [
            weight[i] * weight[j] * features[i] @ features[j] if i != j else weight[i] * (weight[i] - weight[i]) * 0
            for i in range(6)
            for j in range(6)
        ]
        pairs = weight.sum() ** 2 - (weight**2).sum()
        assert _energy(features, weights)[row] == pytest.approx(sum(products) / pairs)


def test_the_running_mean_is_that_of_what_lies_within_ten_bases():
    values = np.random.default_rng(2).normal(size=(2, 70))
    expected = [[row[max(at - 10, 0) : at + 11].mean() for at in range(70)] for row in values]
    np.testing.assert_allclose(_smoothed(values), expected)


def test_direct_is_sharp_and_held_is_diffuse_and_the_intervals_part_them():
    rng = np.random.default_rng(3)
    direct, held = (sharpness(reads(one, 60, rng)) for one in (DIRECT, DIRECT.blurred(25.0)))
    assert direct.low > 0.5
    assert held.high < 0.2
    assert direct.low <= direct.score <= direct.high
    assert held.low <= held.score <= held.high


@pytest.mark.parametrize("per_hit", [6.0, 600.0])
def test_few_reads_do_not_look_sharp_and_many_do_not_look_sharper(per_hit):
    rng = np.random.default_rng(4)
    scores = {
        name: [sharpness(reads(one, 80, rng, per_hit=per_hit), n_draws=50).score for _ in range(20)]
        for name, one in (("direct", DIRECT), ("held", DIRECT.blurred(25.0)))
    }
    assert np.mean(scores["direct"]) == pytest.approx(0.61, abs=0.04)
    assert np.nanmean(scores["held"]) == pytest.approx(0.01, abs=0.04)


def test_without_a_footprint_there_is_no_score_and_too_little_is_refused():
    rng = np.random.default_rng(5)
    flat = rng.poisson(0.5, (50, 2, 121)).astype(np.float64)
    assert np.isnan(sharpness(flat)).all()
    assert np.isnan(sharpness(0 * flat)).all()
    with pytest.raises(EmptySetError, match="hits with reads"):
        sharpness(flat[:4])
    with pytest.raises(InputError, match="at least 63 bp"):
        sharpness(flat[..., :60])


def test_the_same_seed_gives_the_same_interval():
    values = reads(DIRECT, 30, np.random.default_rng(6))
    assert sharpness(values, seed=3) == sharpness(values, seed=3) != sharpness(values, seed=4)
