"""Fold changes: depth does not matter, agreement is that of SciPy, and loci without numbers are left out."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from cisgram.errors import InputError
from cisgram.training.fold_changes import AGREEMENT_COLUMNS, fold_agreement, log2_fold


def folds_table(n=40, *, split="test", seed=1):
    rng = np.random.default_rng(seed)
    truth = rng.normal(-1, 1, n)
    columns = {name: truth + rng.normal(0, 0.3, n) for name in ("predicted", "observed", "observed_1", "observed_2")}
    columns |= {f"local_{name}": values for name, values in columns.items()}
    places = {"chrom": "I", "start": 20_000 * np.arange(n), "end": 20_000 * np.arange(n) + 400}
    return pd.DataFrame({**places, "track": "A", "split": split, **columns})


def test_twice_the_depth_is_no_change():
    reads = np.array([4.0, 100.0, 0.0])
    np.testing.assert_allclose(log2_fold(reads, 2 * reads, totals=(500.0, 1000.0)), 0, atol=1e-12)
    assert log2_fold(np.array([99.0]), np.array([24.0]), totals=(1e5, 1e5))[0] == pytest.approx(-2)


def test_experiments_without_reads_are_refused():
    with pytest.raises(InputError, match=r"need reads in both experiments; their totals are 5.0, 0.0"):
        log2_fold(np.array([1.0]), np.array([0.0]), totals=(5.0, 0.0))


def test_agreement_is_that_of_an_independent_implementation_with_its_ceiling_and_floor():
    table = folds_table()
    row = fold_agreement(table, tracks=["A"], n_resamples=200).iloc[0]
    assert tuple(row.index) == AGREEMENT_COLUMNS
    assert row["pearson"] == pytest.approx(np.corrcoef(table["observed"], table["predicted"])[0, 1])
    assert row["spearman"] == pytest.approx(spearmanr(table["observed"], table["predicted"]).statistic)
    assert row["ceiling_pearson"] == pytest.approx(np.corrcoef(table["observed_1"], table["observed_2"])[0, 1])
    assert row["floor_error"] == pytest.approx(table["observed"].abs().mean())
    assert row["error"] < row["floor_error"]
    assert row["pearson_low"] < row["pearson"] < row["pearson_high"]


def test_loci_on_contigs_held_out_are_summarised_apart_where_there_are_others():
    table = pd.concat([folds_table(), folds_table(split="train", seed=2).assign(chrom="II")], ignore_index=True)
    found = fold_agreement(table, tracks=["A"], n_resamples=10)
    assert found[found["scale"] == "window"][["loci", "n"]].to_numpy().tolist() == [["all", 80], ["held-out", 40]]
    assert set(fold_agreement(folds_table(), tracks=["A"], n_resamples=10)["loci"]) == {"all"}


def test_rows_without_a_fold_are_left_out_and_two_loci_have_no_correlation():
    table = folds_table(5)
    table.loc[2:, "predicted"] = np.nan
    row = fold_agreement(table, tracks=["A"], n_resamples=10).iloc[0]
    assert row["n"] == 2
    assert np.isnan(row["pearson"])
    assert not np.isnan(row["error"])
