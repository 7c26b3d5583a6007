"""Specificity: a right answer scores 1 in any unit, a wrong one its floor, and what was not found counts as 0."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr
from sklearn.metrics import roc_auc_score

from cisgram.errors import InputError
from cisgram.simulate.recovery import specificity_recovery
from cisgram.simulate.recovery.specificity import SPECIFICITY_COLUMNS

TRUTH = pd.DataFrame(
    [[1.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.1, 0.0], [1.0, 1.0, 1.0, 1.0]],
    index=["GATA1", "HNF4A", "CTCF"],
    columns=["blood", "liver", "skin", "marrow"],
)


def recovery(recovered, **options):
    return specificity_recovery(TRUTH, recovered, rng=np.random.default_rng(1), **options)


def test_the_truth_in_another_unit_and_order_scores_full_marks():
    scores = recovery(5 + 0.1 * TRUTH.iloc[::-1, [2, 0, 3, 1]])
    assert tuple(scores.columns) == SPECIFICITY_COLUMNS
    assert scores["of"].tolist() == ["motif"] * 3 + ["cell type"] * 4 + ["all"]
    assert scores["n_active"].tolist() == [2, 1, 4, 2, 2, 1, 2, 7]
    informative = scores.dropna()
    assert informative["name"].tolist() == ["GATA1", "HNF4A", "blood", "liver", "skin", "marrow", "all"]
    np.testing.assert_allclose(informative[["auroc", "pearson"]], 1)
    assert np.abs(scores.iloc[-1]["floor_auroc"] - 0.5) < 0.15
    assert np.abs(scores.iloc[-1]["floor_pearson"]) < 0.3


def test_scores_are_those_of_public_functions():
    values = pd.DataFrame(np.random.default_rng(2).normal(size=(3, 4)), index=TRUTH.index, columns=TRUTH.columns)
    scores = recovery(values).set_index("name")
    is_active = TRUTH.to_numpy() >= 0.5
    assert scores.loc["all", "auroc"] == pytest.approx(roc_auc_score(is_active.ravel(), values.to_numpy().ravel()))
    assert scores.loc["liver", "auroc"] == pytest.approx(roc_auc_score(is_active[:, 1], values["liver"]))
    assert scores.loc["HNF4A", "pearson"] == pytest.approx(pearsonr(TRUTH.loc["HNF4A"], values.loc["HNF4A"])[0])


def test_motifs_that_were_not_found_count_as_nothing_and_others_are_passed_over():
    found = TRUTH.drop(index="HNF4A")
    found.loc["MYC"] = 9.0
    zeros = TRUTH.copy()
    zeros.loc["HNF4A"] = 0.0
    pd.testing.assert_frame_equal(recovery(found), recovery(zeros))
    assert np.isnan(recovery(found).set_index("name").loc["HNF4A", "pearson"])


def test_missing_cell_types_and_repeated_names_are_refused():
    with pytest.raises(InputError, match="lacks skin"):
        recovery(TRUTH.drop(columns="skin"))
    with pytest.raises(InputError, match="recovered has one twice"):
        recovery(pd.concat([TRUTH, TRUTH]))
    with pytest.raises(InputError, match="n_shuffles"):
        recovery(TRUTH, n_shuffles=0)
