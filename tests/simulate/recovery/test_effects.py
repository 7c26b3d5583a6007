"""Predicted effects of variants against known ones."""

import numpy as np
import pytest

from cisgram.errors import EmptySetError, InputError
from cisgram.simulate.recovery import effect_recovery

TRUE = np.concatenate([np.random.default_rng(1).normal(0, 1, 60), np.zeros(60)])


def score(predicted, true=TRUE):
    return effect_recovery(true, predicted, rng=np.random.default_rng(2))


def test_truth_itself_scores_one_on_any_scale():
    found = score(0.01 * TRUE)
    assert found[2:6] == pytest.approx((1, 1, 1, 1))
    assert found.n_variants == 120
    assert found.n_strong == (np.abs(TRUE) >= 0.5).sum()
    assert abs(found.floor_pearson) < 0.05
    assert found.floor_auprc < 0.5
    assert found.floor_sign_agreement < 0.4


def test_shuffled_truth_scores_near_the_floor():
    found = score(np.random.default_rng(3).permutation(TRUE))
    assert abs(found.pearson) < 0.3
    assert found.auprc == pytest.approx(found.floor_auprc, abs=0.15)


def test_swapped_alleles_show_in_the_sign():
    found = score(-TRUE)
    assert found.sign_agreement == 0
    assert found.pearson == pytest.approx(-1)
    assert found.auprc == 1


def test_constant_predictions_have_no_correlation():
    found = score(np.zeros(120))
    assert np.isnan(found.pearson)
    assert found.sign_agreement == 0


def test_what_cannot_be_scored_is_refused():
    with pytest.raises(EmptySetError, match="120 weaker"):
        score(TRUE, true=np.zeros(120))
    with pytest.raises(InputError, match="finite"):
        score(np.full(120, np.inf))
