"""Ceilings: pairs of replicates, halves of a single one."""

import numpy as np
import pytest
from scipy.stats import binom, chisquare

from cisgram.errors import InputError
from cisgram.nn.metrics import jensen_shannon
from cisgram.training.ceiling import ceiling, halved, replicates_of


def divergence(truth, other):
    return float(np.nanmean(jensen_shannon(truth, other)))


def total_of_truth(truth, other):
    return float(truth.sum())


@pytest.fixture
def counts():
    return np.random.default_rng(3).poisson(2.0, (6, 3, 2, 40))


def test_two_replicates_are_compared_with_each_other(counts):
    found = ceiling(replicates_of(counts[:, :2]), divergence)
    assert found.kind == "replicates"
    assert found.value == found.between_single_replicates
    assert found.value == pytest.approx(divergence(counts[:, 0], counts[:, 1]))


def test_three_replicates_are_compared_with_the_rest_and_two_by_two(counts):
    found = ceiling(replicates_of(counts), divergence)
    rest = [divergence(counts[:, i], counts.sum(1) - counts[:, i]) for i in range(3)]
    each = [divergence(counts[:, i], counts[:, j]) for i, j in ((0, 1), (0, 2), (1, 2))]
    assert found.value == pytest.approx(np.mean(rest))
    assert found.between_single_replicates == pytest.approx(np.mean(each))
    assert found.value < found.between_single_replicates  # the rest has twice the reads


def test_a_metric_that_tells_truth_from_prediction_is_taken_both_ways(counts):
    pairs = replicates_of(counts[:, :2])
    assert ceiling(pairs, total_of_truth).value == pytest.approx(counts[:, :2].sum() / 2)
    assert ceiling(pairs, total_of_truth, symmetric=True).value in (counts[:, 0].sum(), counts[:, 1].sum())


def test_windows_with_few_reads_in_a_replicate_are_left_out(counts):
    counts[0, 0] = 0
    counts[1, 1] = 0
    counts[1, 1, 0, 0] = 20
    pairs = replicates_of(counts[:, :2])
    assert ceiling(pairs, divergence).n_windows == 5
    found = ceiling(pairs, divergence, min_reads=21)
    assert found.n_windows == 4
    assert found.value == pytest.approx(divergence(counts[2:, 0], counts[2:, 1]))


def test_without_any_window_the_ceiling_is_not_defined(counts):
    found = ceiling(replicates_of(counts * 0), divergence)
    assert (found.value, found.between_single_replicates, found.n_windows) == (None, None, 0)


def test_halves_add_up_and_are_binomial():
    counts = np.full((2000, 2, 5), 6)
    one, other = halved(counts, seed=4)
    assert (one + other == counts).all()
    seen = np.bincount(one.astype(int).ravel(), minlength=7)
    assert chisquare(seen, binom.pmf(np.arange(7), 6, 0.5) * counts.size).pvalue > 1e-4


def test_halves_depend_on_the_seed_alone():
    counts = np.random.default_rng(0).poisson(3.0, (5, 2, 30))
    assert (halved(counts, seed=1)[0] == halved(counts, seed=1)[0]).all()
    assert (halved(counts, seed=1)[0] != halved(counts, seed=2)[0]).any()


def test_counts_that_are_not_whole_are_rounded_without_bias():
    one, other = halved(np.full((4000, 1, 10), 0.25), seed=0)
    assert set(np.unique(one + other)) == {0.0, 1.0}
    assert (one + other).mean() == pytest.approx(0.25, abs=0.01)


def test_pseudo_replicates_of_deep_data_agree_better(counts):
    shallow = ceiling(replicates_of(counts[:, :1]), divergence)
    deep = ceiling(replicates_of(counts[:, :1] * 100), divergence)
    assert shallow.kind == deep.kind == "pseudo-replicates"
    assert deep.value < shallow.value / 5


def test_a_ceiling_needs_a_replicate(counts):
    with pytest.raises(InputError, match="at least one replicate"):
        replicates_of(counts[:, :0])
