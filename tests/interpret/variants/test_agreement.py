"""Predicted beside measured effects: the numbers of scipy, and intervals that know about groups."""

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import roc_auc_score

from cisgram.errors import InputError
from cisgram.interpret.variants.agreement import effect_agreement


@pytest.fixture
def effects():
    rng = np.random.default_rng(5)
    measured = rng.normal(size=300)
    return measured, measured + rng.normal(size=300)


def value(table, predictor, metric, what="value"):
    return table[(table["predictor"] == predictor) & (table["metric"] == metric)][what].iloc[0]


def test_metrics_are_those_of_public_tools(effects):
    measured, predicted = effects
    table = effect_agreement(measured, {"m": predicted}, n_resamples=50)
    assert value(table, "m", "pearson") == pytest.approx(pearsonr(measured, predicted)[0])
    assert value(table, "m", "spearman") == pytest.approx(spearmanr(measured, predicted)[0])
    assert value(table, "m", "size_spearman") == pytest.approx(spearmanr(np.abs(measured), np.abs(predicted))[0])
    assert value(table, "m", "sign_auroc") == pytest.approx(roc_auc_score(measured > 0, predicted))


def test_intervals_hold_the_value_and_widen_where_rows_are_copies(effects):
    measured, predicted = effects
    alone = effect_agreement(measured, {"m": predicted}, n_resamples=300)
    copies, groups = np.tile(measured, 4), np.tile(np.arange(300), 4)
    grouped = effect_agreement(copies, {"m": np.tile(predicted, 4)}, groups=groups.tolist(), n_resamples=300)
    ignored = effect_agreement(copies, {"m": np.tile(predicted, 4)}, n_resamples=300)

    def width(table):
        return value(table, "m", "pearson", "high") - value(table, "m", "pearson", "low")

    assert value(alone, "m", "pearson", "low") < value(alone, "m", "pearson") < value(alone, "m", "pearson", "high")
    assert width(grouped) == pytest.approx(width(alone), rel=0.25)
    assert width(ignored) < 0.7 * width(grouped)


def test_all_predictors_are_judged_on_the_variants_that_all_know(effects):
    measured, predicted = effects
    some = predicted.copy()
    some[:100] = np.nan
    table = effect_agreement(measured, {"all": predicted, "some": some}, n_resamples=5)
    assert set(table["n"]) == {200}
    assert value(table, "all", "pearson") == pytest.approx(pearsonr(measured[100:], predicted[100:])[0])


def test_predictors_without_a_sign_are_judged_by_size_alone(effects):
    table = effect_agreement(effects[0], {"m": np.abs(effects[1])}, unsigned=["m"], n_resamples=5)
    assert table["metric"].tolist() == ["size_spearman"]


def test_too_few_variants_give_no_number():
    table = effect_agreement(np.arange(4.0), {"m": np.arange(4.0)})
    assert table["value"].isna().all()


def test_arrays_of_different_lengths_are_refused():
    with pytest.raises(InputError, match="same variants"):
        effect_agreement(np.zeros(3), {"m": np.zeros(4)})
