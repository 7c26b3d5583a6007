"""Metrics against SciPy, scikit-learn, cases worked by hand, and laws."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.distance import jensenshannon
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import average_precision_score, roc_auc_score

from cisgram.errors import InputError
from cisgram.nn.metrics import (
    auroc,
    average_precision,
    binned_maximum,
    has_enough_reads,
    jensen_shannon,
    pearson,
    profile_labels,
    ranks,
    spearman,
)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


def sparse_counts(rng, shape):
    return rng.poisson(rng.gamma(0.1, 3.0, shape)).astype(np.uint16)


def summed(values, bin_bp):
    """The same bins, one by one."""
    length = values.shape[-1]
    return np.stack([values[..., at : at + bin_bp].sum(-1) for at in range(0, length, bin_bp)], axis=-1)


@pytest.mark.parametrize("bin_bp", [1, 2, 5, 10])
@pytest.mark.parametrize("pseudocount", [0.0, 1e-4])
def test_divergence_of_joined_strands_is_the_square_of_scipys_distance(rng, bin_bp, pseudocount):
    observed, predicted = sparse_counts(rng, (20, 2, 103)), rng.random((20, 2, 103))
    found = jensen_shannon(observed, predicted, bin_bp=bin_bp, pseudocount=pseudocount)
    for window in range(20):
        p, q = (summed(values[window].astype(float), bin_bp).ravel() for values in (observed, predicted))
        expected = jensenshannon(p / p.sum() + pseudocount, q / q.sum() + pseudocount, base=2) ** 2
        assert found[window] == pytest.approx(expected, abs=1e-6)


def test_averaged_strands_are_compared_one_by_one(rng):
    observed, predicted = sparse_counts(rng, (9, 2, 80)), rng.random((9, 2, 80))
    found = jensen_shannon(observed, predicted, strands="averaged")
    each = [[jensenshannon(observed[w, s], predicted[w, s], base=2) ** 2 for s in (0, 1)] for w in range(9)]
    assert found == pytest.approx(np.mean(each, axis=1), abs=1e-6)


def test_a_strand_without_reads_is_left_out_of_the_average(rng):
    observed, predicted = sparse_counts(rng, (1, 2, 80)), rng.random((1, 2, 80))
    plus_alone = jensen_shannon(observed[:, :1], predicted[:, :1])
    observed[:, 1] = 0
    assert jensen_shannon(observed, predicted, strands="averaged") == pytest.approx(plus_alone)


def test_divergence_worked_by_hand():
    # p = (1/2, 1/2), q = (1, 0), m = (3/4, 1/4): (1/2 log2(2/3) + 1/2 log2(2) + log2(4/3)) / 2
    expected = (0.5 * np.log2(2 / 3) + 0.5 * 1 + np.log2(4 / 3)) / 2
    assert jensen_shannon(np.array([[[4, 4]]]), np.array([[[7.0, 0.0]]]))[0] == pytest.approx(expected)


def test_windows_without_reads_are_not_a_number(rng):
    observed = sparse_counts(rng, (3, 2, 50))
    observed[1] = 0
    predicted = rng.random((3, 2, 50))
    predicted[2] = 0
    for strands in ("joined", "averaged"):
        found = jensen_shannon(observed, predicted, strands=strands)
        assert np.isnan(found).tolist() == [False, True, True]


def test_rows_choose_the_prediction_of_every_window(rng):
    observed, predicted = sparse_counts(rng, (6, 2, 40)), rng.random((3, 2, 40))
    rows = np.array([2, 0, 0, 1, 2, 1])
    assert (jensen_shannon(observed, predicted, rows=rows) == jensen_shannon(observed, predicted[rows])).all()


counts_of_windows = arrays(np.uint8, (3, 2, 24), elements=st.integers(0, 5))


@settings(deadline=None, max_examples=50)
@given(counts_of_windows, counts_of_windows)
def test_divergence_is_symmetric_between_0_and_1_and_never_rises_with_the_bin(one, other):
    before = jensen_shannon(one, other)
    assert jensen_shannon(other, one) == pytest.approx(before, nan_ok=True)
    assert np.nan_to_num(jensen_shannon(one, one)).max() <= 1e-7
    for bin_bp in (2, 4, 12):  # each width is a multiple of the one before, so bins are joined, never cut
        after = jensen_shannon(one, other, bin_bp=bin_bp)
        known = ~np.isnan(after)
        assert ((after[known] >= 0) & (after[known] <= before[known] + 1e-6) & (before[known] <= 1)).all()
        before = after


def test_divergence_does_not_depend_on_depth(rng):
    observed, predicted = sparse_counts(rng, (5, 2, 60)), rng.random((5, 2, 60))
    once, thrice = jensen_shannon(observed, predicted), jensen_shannon(observed * 3, predicted * 0.1)
    assert once == pytest.approx(thrice, abs=1e-6)


@pytest.mark.parametrize(
    ("observed", "predicted", "bin_bp", "problem"),
    [
        ((2, 2, 10), (2, 2, 11), 1, "same strands"),
        ((2, 2, 10), (1, 2, 10), 1, "give rows"),
        ((2, 2, 9),) * 2 + (0, "at least 1"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(observed, predicted, bin_bp, problem):
    with pytest.raises(InputError, match=problem):
        jensen_shannon(np.ones(observed), np.ones(predicted), bin_bp=bin_bp)


def test_labels_follow_the_shares_of_reads_of_the_own_strand():
    plus = [150, 75, 4, 25, 26, 0]  # sums to 280; shares .54 .27 .014 .089 .093 0
    minus = [992, 3, 5, 0, 0, 0]  # sums to 1000; shares .992 .003 .005 0 0 0
    labels = profile_labels(np.array([[plus, minus]]))
    assert labels.tolist() == [[[1, 1, -1, 1, 1, 0], [1, 0, 0, 0, 0, 0]]]
    # In pairs: a positive wins, then what is not clear.
    shares = np.array([[[976, 10, 0, 4, 10, 0, 0, 0]]])  # .976 .010 | 0 .004 | .010 0 | 0 0
    assert profile_labels(shares, bin_bp=2).tolist() == [[[1, 0, -1, 0]]]


def test_windows_with_few_reads_are_not_judged():
    counts = np.zeros((2, 2, 10))
    counts[0, :, 0], counts[1, 0, 0], counts[1, 1, 0] = 166, 167, 167  # 2.5 / 0.015 = 166.67
    assert has_enough_reads(counts).tolist() == [False, True]
    assert (profile_labels(counts)[0] == -1).all()


def test_labels_agree_with_a_plain_twin(rng):
    counts = sparse_counts(rng, (30, 2, 57)) * 9
    for bin_bp in (1, 2, 5):
        expected = np.empty((30, 2, -(-57 // bin_bp)), dtype=int)
        for w, s, b in np.ndindex(expected.shape):
            share = counts[w, s] / counts[w, s].sum()
            inside = share[b * bin_bp : (b + 1) * bin_bp]
            label = 1 if (inside >= 0.015).any() else -1 if (inside > 0.005).any() else 0
            expected[w, s, b] = label if counts[w].sum() / 2 > 2.5 / 0.015 else -1
        assert (profile_labels(counts, bin_bp=bin_bp) == expected).all()


def test_binned_maximum_is_the_highest_share_of_the_strand(rng):
    profiles = rng.random((4, 2, 11))
    shares = profiles / profiles.sum(2, keepdims=True)
    expected = np.stack([shares[..., at : at + 4].max(-1) for at in (0, 4, 8)], axis=-1)
    assert binned_maximum(profiles, bin_bp=4) == pytest.approx(expected)


@pytest.mark.parametrize("n_values", [2, 30, 100_000])
def test_average_precision_agrees_with_scikit_learn(rng, n_values):
    truth = rng.random(2000) < 0.07
    scores = (rng.integers(0, n_values, 2000) + truth * n_values / 5).astype(np.float32)
    assert average_precision(truth, scores) == pytest.approx(average_precision_score(truth, scores))


@pytest.mark.parametrize("n_values", [3, 1000])
def test_auroc_agrees_with_scikit_learn(n_values):
    rng = np.random.default_rng(n_values)
    truth, scores = rng.random(200) < 0.3, rng.integers(0, n_values, 200)
    assert auroc(truth, scores) == pytest.approx(roc_auc_score(truth, scores))
    assert auroc(~truth, scores) == pytest.approx(1 - auroc(truth, scores))


def test_auroc_without_one_of_the_classes_is_not_defined():
    assert np.isnan(auroc(np.zeros(5, bool), np.arange(5.0)))
    assert np.isnan(auroc(np.ones(5, bool), np.arange(5.0)))


def test_average_precision_of_equal_scores_is_the_share_of_positives():
    assert average_precision(np.array([1, 0, 0, 1, 0], bool), np.zeros(5)) == pytest.approx(0.4)
    assert np.isnan(average_precision(np.zeros(5, bool), np.arange(5.0)))


def test_correlations_agree_with_scipy(rng):
    x = rng.integers(0, 12, 300).astype(float)
    y = x + rng.integers(0, 15, 300)
    assert pearson(x, y) == pytest.approx(pearsonr(x, y).statistic)
    assert spearman(x, y) == pytest.approx(spearmanr(x, y).statistic)


def test_correlation_with_a_constant_is_not_defined():
    assert np.isnan(pearson(np.arange(4.0), np.full(4, 0.1)))
    assert np.isnan(spearman(np.arange(1.0), np.arange(1.0)))


def test_equal_values_share_their_mean_rank():
    assert ranks(np.array([5.0, 1.0, 5.0, 9.0])).tolist() == [2.5, 1.0, 2.5, 4.0]


def test_metrics_do_not_import_torch():
    code = "import sys, cisgram.nn.metrics; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
