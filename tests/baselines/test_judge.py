"""AUROC and average precision with intervals."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from cisgram.baselines import judge
from cisgram.baselines.judge import judge_scores
from cisgram.errors import EmptySetError, InputError


@pytest.fixture
def items():
    rng = np.random.default_rng(5)
    truth = rng.random(300) < 0.3
    return truth, np.round(truth + rng.normal(size=300), 1)  # with ties


def test_values_are_those_of_scikit_learn(items):
    found = judge_scores(*items)
    assert found.auroc.value == pytest.approx(roc_auc_score(*items))
    assert found.auprc.value == pytest.approx(average_precision_score(*items))
    assert (found.n_positive + found.n_negative, found.n_without_score) == (300, 0)


def test_intervals_are_those_of_a_plain_bootstrap(items):
    truth, scores = items
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(1000):
        rows = np.concatenate([rng.choice(np.flatnonzero(truth == one), (truth == one).sum()) for one in (True, False)])
        drawn.append((roc_auc_score(truth[rows], scores[rows]), average_precision_score(truth[rows], scores[rows])))
    found = judge_scores(truth, scores, n_resamples=2000)
    for estimate, values in zip((found.auroc, found.auprc), np.transpose(drawn), strict=True):
        assert (estimate.low, estimate.high) == pytest.approx(np.quantile(values, [0.025, 0.975]), abs=0.01)
        assert estimate.low < estimate.value < estimate.high


def test_intervals_hold_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(1)
    n_right = 0
    for seed in range(200):
        truth = np.repeat([True, False], 60)
        scores = rng.normal(size=120) + truth
        found = judge_scores(truth, scores, n_resamples=300, seed=seed).auroc
        n_right += found.low <= 0.7602 <= found.high  # Phi(1 / sqrt 2)
    assert 180 <= n_right <= 199


def test_parts_add_up_to_the_whole(items, monkeypatch):
    whole = judge_scores(*items, n_resamples=50, seed=2)
    assert whole == judge_scores(*items, n_resamples=50, seed=2)
    monkeypatch.setattr(judge, "_ITEMS_AT_ONCE", 500)
    assert judge_scores(*items, n_resamples=50, seed=2).auroc.low == pytest.approx(whole.auroc.low, abs=0.02)


def test_items_without_a_score_are_counted(items):
    truth, scores = items
    scores = scores.copy()
    scores[:7] = np.nan
    found = judge_scores(truth, scores)
    assert found.n_without_score == 7
    assert found.auroc.value == pytest.approx(roc_auc_score(truth[7:], scores[7:]))


def test_what_cannot_be_judged_is_refused(items):
    truth, scores = items
    with pytest.raises(EmptySetError, match="no positive items left"):
        judge_scores(np.zeros(3, bool), np.arange(3.0))
    with pytest.raises(EmptySetError, match="no negative items left"):
        judge_scores(truth, np.where(truth, scores, np.nan))
    with pytest.raises(InputError, match="must be as many"):
        judge_scores(truth[:5], scores)
