"""A score beside null changes: p-values that hold their promise, by kind and track."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest

from cisgram.errors import InputError
from cisgram.interpret.variants.null import FEWEST_NULL, KINDS, empirical_p, judge_by_null, kind_of, null_quantiles


def table_of(scores, *, track="x", ref="A", alt="G"):
    n = len(scores)
    return pd.DataFrame({"index": range(n), "track": track, "ref": ref, "alt": alt, "score": scores})


@pytest.mark.parametrize(
    ("ref", "alt", "kind"),
    [
        ("A", "C", KINDS[0]),
        ("GA", "GC", KINDS[0]),
        ("AAA", "CAC", KINDS[1]),
        ("A", "ATT", KINDS[2]),
        ("ACGT", "A", KINDS[3]),
        ("A", "A" * 11, KINDS[4]),
    ],
)
def test_kinds_are_told_by_what_changes(ref, alt, kind):
    assert kind_of(ref, alt) == kind


def test_p_values_are_those_that_counting_one_by_one_gives():
    rng = np.random.default_rng(1)
    scores, null = rng.normal(size=40), np.round(rng.normal(size=57), 1)
    scores[:10] = null[:10]  # ties count as far
    counted = [(1 + sum(abs(other) >= abs(one) for other in null)) / (1 + len(null)) for one in scores]
    np.testing.assert_allclose(empirical_p(scores, null), counted)


def test_p_is_never_above_1_nor_0():
    null = np.linspace(-1, 1, 30)
    p = empirical_p(np.array([0.0, 1e9, -1e9]), null)
    assert p.max() == 1
    assert p.min() == pytest.approx(1 / 31)


def test_p_values_of_null_scores_are_evenly_spread():
    rng = np.random.default_rng(2)
    p = empirical_p(rng.standard_t(3, size=2000), rng.standard_t(3, size=5000))
    assert kstest(p, "uniform").pvalue > 0.001


def test_too_few_null_scores_give_no_p_value():
    few = np.ones(FEWEST_NULL - 1)
    assert np.isnan(empirical_p(np.array([1.0]), few)).all()
    assert np.isnan(null_quantiles(np.array([1.0]), few)).all()


def test_a_quantile_is_the_share_of_smaller_null_scores_with_ties_by_half():
    null = np.array([-3.0, 1.0, 1.0, 2.0] * 5)
    assert null_quantiles(np.array([0.5, -1.0, 2.5, 9.0]), null).tolist() == [0.0, 0.25, 0.75, 1.0]


def test_each_track_and_kind_has_its_own_null():
    null = pd.concat([table_of(np.full(99, 1.0)), table_of(np.full(99, 10.0), track="y"),
                      table_of(np.full(49, 100.0), alt="AC")])  # fmt: skip
    table = pd.concat([table_of([5.0]), table_of([5.0], track="y"), table_of([5.0], alt="AC")])
    judged = judge_by_null(table, null, scores=["score"])
    assert judged["score_p"].tolist() == [0.01, 1.0, 1.0]
    assert judged["n_null"].tolist() == [99, 99, 49]
    assert judged["kind"].tolist() == [KINDS[0], KINDS[0], KINDS[2]]


def test_a_kind_without_null_and_a_variant_without_score_have_no_p_value():
    judged = judge_by_null(
        pd.concat([table_of([1.0, np.nan]), table_of([1.0], ref="AC", alt="GT")]),
        table_of(np.zeros(50)),
        scores=["score"],
    )
    assert judged["score_p"].isna().tolist() == [False, True, True]
    assert judged["n_null"].tolist() == [50, 50, 0]


def test_q_values_bound_false_findings_over_variants_of_a_track():
    rng = np.random.default_rng(3)
    scores = np.concatenate([rng.normal(size=900), rng.normal(size=100) + 8])
    judged = judge_by_null(table_of(scores), table_of(rng.normal(size=5000)), scores=["score"])
    found = judged["score_q"].to_numpy() <= 0.1
    assert found[900:].mean() > 0.95
    assert found[:900].sum() / found.sum() < 0.2


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="null changes needs the columns score"):
        judge_by_null(table_of([1.0]), table_of([1.0]).drop(columns="score"), scores=["score"])
