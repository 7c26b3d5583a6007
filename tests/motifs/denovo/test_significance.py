import numpy as np
import pytest
from scipy.stats import fisher_exact
from sklearn.metrics import roc_auc_score

from cisgram.motifs.denovo.significance import Trial, best_threshold, compare_rates
from cisgram.motifs.denovo.words import log_ratios


def test_the_p_value_is_that_of_fishers_exact_test():
    scores, control = np.array([5.0, 4, 4, 1, 0, 6]), np.array([1.0, 2, 4, 0, 0, 1, 1, 3])
    found = compare_rates([Trial(scores, control, 4.0)], n_tests=3)
    expected = fisher_exact([[4, 2], [1, 7]], alternative="greater").pvalue
    assert found.p_value == pytest.approx(expected)
    assert found.q_value == pytest.approx(min(1, 3 * expected))
    assert (found.n_with, found.n, found.n_control_with, found.n_control) == (4, 6, 1, 8)


def test_folds_are_added_up_each_with_its_own_threshold():
    folds = [
        Trial(np.array([5.0, 1]), np.array([0.0, 6, 2]), 4.0),
        Trial(np.array([2.0, 3, 1]), np.array([1.0, 0, 1]), 1.5),
    ]
    found = compare_rates(folds, n_tests=1)
    assert (found.n_with, found.n, found.n_control_with, found.n_control) == (3, 5, 1, 6)
    assert found.p_value == pytest.approx(fisher_exact([[3, 2], [1, 5]], alternative="greater").pvalue)
    assert found.auroc == pytest.approx((2 * (3 / 6) + 3 * (8 / 9)) / 5)
    assert compare_rates([], n_tests=1).test == "none"


def test_sequences_of_another_length_are_tested_against_the_rate_of_that_length():
    rng = np.random.default_rng(0)
    # Twice as long: twice the chance of a site by accident. Fisher's test would call that enrichment.
    long, short = (rng.random(4000) < 0.2).astype(float), (rng.random(4000) < 0.106).astype(float)
    aware = compare_rates([Trial(long, short, 1.0)], n_tests=1, length_ratio=2.0)
    assert aware.test == "binomial"
    assert aware.p_value > 0.01
    assert compare_rates([Trial(long, short, 1.0)], n_tests=1).p_value < 1e-20


def test_the_auroc_is_that_of_scikit_learn():
    rng = np.random.default_rng(1)
    scores, control = rng.integers(0, 9, 80).astype(float), rng.integers(0, 7, 50).astype(float)
    expected = roc_auc_score(np.repeat([1, 0], [80, 50]), np.concatenate([scores, control]))
    assert compare_rates([Trial(scores, control, 3.0)], n_tests=1).auroc == pytest.approx(expected)


def test_the_threshold_is_the_best_of_all_scores():
    rng = np.random.default_rng(2)
    scores, control = rng.normal(1, 1, 60).round(1), rng.normal(0, 1, 90).round(1)
    scores[0] = -np.inf  # a sequence without a place
    every = {
        level: log_ratios(np.array([(scores >= level).sum()]), 60, np.array([(control >= level).sum()]), 90)[0]
        for level in np.concatenate([scores[1:], control])
    }
    found = best_threshold(scores, control)
    assert found.log_ratio == pytest.approx(max(every.values()))
    assert every[found.score] == pytest.approx(max(every.values()))


def test_controls_that_score_higher_leave_nothing_to_tell():
    assert best_threshold(np.zeros(5), np.ones(5)).log_ratio == 0
