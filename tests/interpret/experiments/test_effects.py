import numpy as np
import pytest
from scipy.stats import binomtest, wilcoxon

from cisgram.errors import InputError
from cisgram.interpret.experiments.effects import EFFECT_COLUMNS, effect_sizes


@pytest.fixture
def pair():
    rng = np.random.default_rng(0)
    before = rng.normal(size=(40, 2)).astype(np.float32)
    return before, before + rng.normal([1.0, 0.0], 1, size=(40, 2)).astype(np.float32)


def test_effects_are_means_of_differences_and_p_values_those_of_scipy(pair):
    before, after = pair
    table = effect_sizes(before, after)
    assert tuple(table.columns) == ("track", *EFFECT_COLUMNS)
    differences = (after - before).astype(float)
    np.testing.assert_allclose(table["effect"], differences.mean(axis=0), rtol=1e-5)
    np.testing.assert_allclose(table["after"] - table["before"], table["effect"])
    np.testing.assert_allclose(table["share_up"], (differences > 0).mean(axis=0))
    np.testing.assert_allclose(table["p_wilcoxon"], [wilcoxon(one).pvalue for one in differences.T], rtol=1e-6)
    signs = [binomtest(int((one > 0).sum()), 40).pvalue for one in differences.T]
    np.testing.assert_allclose(table["p_sign"], signs)
    assert table["p_wilcoxon"][0] < 0.01 < 0.05 < table["p_wilcoxon"][1]


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    before = np.zeros((30, 400), dtype=np.float32)
    table = effect_sizes(before, rng.normal(0.3, 1, size=before.shape).astype(np.float32))
    assert 0.90 < ((table["low"] < 0.3) & (table["high"] > 0.3)).mean() < 0.97


def test_the_interval_is_that_of_the_normal_distribution_for_many_sequences():
    differences = np.random.default_rng(2).normal(size=(2000, 1)).astype(np.float32)
    row = effect_sizes(np.zeros_like(differences), differences, n_resamples=4000).iloc[0]
    half = 1.96 * differences.std() / 2000**0.5
    assert row["high"] - row["effect"] == pytest.approx(half, rel=0.08)
    assert row["effect"] - row["low"] == pytest.approx(half, rel=0.08)


def test_nothing_that_changes_is_no_evidence():
    row = effect_sizes(np.ones((9, 1), np.float32), np.ones((9, 1), np.float32)).iloc[0]
    assert row[["effect", "low", "high"]].tolist() == [0, 0, 0]
    assert row[["share_up", "p_sign", "p_wilcoxon"]].tolist() == [0.5, 1, 1]


def test_a_single_sequence_has_no_interval():
    row = effect_sizes(np.zeros((1, 1), np.float32), np.ones((1, 1), np.float32)).iloc[0]
    assert np.isnan([row["low"], row["high"]]).all()


def test_shuffles_of_one_sequence_are_one_witness(pair):
    before, after = (np.repeat(one, 5, axis=0) for one in pair)
    by_source = effect_sizes(before, after, sources=np.repeat(np.arange(40), 5))
    np.testing.assert_allclose(by_source, effect_sizes(*pair), rtol=1e-6, atol=1e-9)
    few = effect_sizes(before, after, sources=np.repeat(np.arange(5), 40))
    assert (few["n"] == 200).all()


def test_the_same_seed_gives_the_same_interval(pair):
    assert effect_sizes(*pair, seed=3).equals(effect_sizes(*pair, seed=3))
    assert not effect_sizes(*pair, seed=3).equals(effect_sizes(*pair, seed=4))


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="the same sequences"):
        effect_sizes(np.zeros((0, 1), np.float32), np.zeros((0, 1), np.float32))
