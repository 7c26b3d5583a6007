"""Contributions against bound sites."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.interval import interval_table
from cisgram.simulate.recovery import contribution_recovery, ranking

RNG = np.random.default_rng(0)
WINDOWS = interval_table(["I"] * 40, np.arange(40) * 1_000, np.arange(40) * 1_000 + 400)
AT = np.sort(RNG.integers(0, 390, 40)) + np.arange(40) * 1_000
SITES = interval_table(["I"] * 40, AT, AT + 10, name=["A", "B"] * 20)


def truth():
    values = np.zeros((40, 400))
    for row, start in enumerate(AT - np.arange(40) * 1_000):
        values[row, start : start + 10] = 1.0
    return values


def score(values, windows=WINDOWS, sites=SITES):
    return contribution_recovery(values, windows, sites, rng=np.random.default_rng(1)).set_index("name")


def test_truth_itself_scores_one_whatever_its_sign():
    for values in (truth(), -3 * truth()):
        table = score(values)
        assert table.index.tolist() == ["A", "B", "all"]
        assert (table[["auroc", "auprc"]] == 1).all(axis=None)
        np.testing.assert_allclose(table["floor_auroc"], 0.5, atol=0.06)
        assert (table["floor_auprc"] < 0.2).all()
        np.testing.assert_allclose(table["share"], [200 / 15_800, 200 / 15_800, 400 / 16_000])


def test_noise_scores_like_its_floor():
    table = score(RNG.normal(size=(40, 400)))
    np.testing.assert_allclose(table["auroc"], table["floor_auroc"], atol=0.06)
    np.testing.assert_allclose(table["auprc"], table["share"], atol=0.02)


def test_one_name_is_not_blamed_for_the_other():
    values = truth()
    values[1::2] = 0  # B is missed altogether
    table = score(values)
    assert table.loc["A", "auroc"] == 1
    assert table.loc["B", "auroc"] == pytest.approx(0.5)
    assert 0.5 < table.loc["all", "auroc"] < 1


@pytest.mark.parametrize("seed", range(3))
def test_ranking_agrees_with_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    is_true, values = rng.random(500) < 0.2, rng.integers(0, 12, 500).astype(float)
    found = ranking(is_true, values)
    assert found.auroc == pytest.approx(roc_auc_score(is_true, values))
    assert found.auprc == pytest.approx(average_precision_score(is_true, values))


def test_ranking_without_true_or_without_false_ones_is_unknown():
    for is_true in (np.zeros(3, dtype=bool), np.ones(3, dtype=bool)):
        assert np.isnan(ranking(is_true, np.arange(3.0))).all()


def test_sites_over_the_edge_count_with_what_is_inside():
    values = np.zeros((1, 400))
    values[0, :4] = 1
    sites = interval_table(["I"], [996], [1_004], name=["A"])
    windows = interval_table(["I"], [1_000], [1_400])
    table = score(values, windows, sites)
    assert table.loc["A", "n_bases"] == 4
    assert table.loc["A", "auprc"] == 1


def test_what_does_not_fit_is_refused():
    with pytest.raises(InputError, match="as many and"):
        score(np.zeros((39, 400)))
    with pytest.raises(InputError, match="as many and"):
        score(np.zeros((40, 300)))
    with pytest.raises(InputError, match="finite"):
        score(np.full((40, 400), np.nan))
    with pytest.raises(EmptySetError, match="40 outside the windows"):
        score(truth(), sites=SITES.assign(chrom="II"))
