"""Company of patterns, against scipy."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact
from scipy.stats.contingency import odds_ratio

from cisgram.errors import InputError
from cisgram.motifs.grammar.cooccurrence import COOCCURRENCE_COLUMNS, cooccurrence, odds_matrix


def hits_of(has):
    """Hits from a table of truth, some twice."""
    pattern, window = np.nonzero(has)
    table = pd.DataFrame({"pattern": np.array(list("abc"))[pattern], "window": window})
    return pd.concat([table, table.iloc[::3]], ignore_index=True)


@pytest.fixture(scope="module")
def has():
    rng = np.random.default_rng(1)
    first = rng.random(900) < 0.3
    return np.stack([first, np.where(first, rng.random(900) < 0.5, rng.random(900) < 0.2), rng.random(900) < 0.25])


def test_odds_ratios_p_values_and_intervals_are_those_of_scipy(has):
    table = cooccurrence(hits_of(has), 900)
    assert tuple(table.columns) == COOCCURRENCE_COLUMNS
    assert table[["first", "second"]].to_numpy().tolist() == [["a", "b"], ["a", "c"], ["b", "c"]]
    for row, (i, j) in zip(table.itertuples(index=False), ((0, 1), (0, 2), (1, 2)), strict=True):
        counts = [
            [(has[i] & has[j]).sum(), (has[i] & ~has[j]).sum()],
            [(~has[i] & has[j]).sum(), (~has[i] & ~has[j]).sum()],
        ]
        tested = fisher_exact(counts)
        assert (row.odds_ratio, row.p_value) == (tested.statistic, tested.pvalue)
        # Woolf's interval; half a window in each cell hardly matters where counts are large
        low, high = odds_ratio(np.array(counts), kind="sample").confidence_interval(0.95)
        assert row.low == pytest.approx(low, rel=0.02)
        assert row.high == pytest.approx(high, rel=0.02)
        assert row.expected_both == pytest.approx(has[i].sum() * has[j].sum() / 900)
    assert table.loc[0, "q_value"] < 1e-6 < table.loc[1, "q_value"]


def test_intervals_cover_the_truth_as_often_as_they_say():
    rng = np.random.default_rng(2)
    covered = []
    for _ in range(150):
        first = rng.random(120) < 0.3
        second = np.where(first, rng.random(120) < 0.5, rng.random(120) < 0.25)
        row = cooccurrence(hits_of(np.stack([first, second])), 120).iloc[0]
        covered.append(row["low"] <= 3.0 <= row["high"])
    assert 0.9 <= np.mean(covered) <= 1


def test_patterns_that_lie_nowhere_everywhere_or_only_together_have_finite_intervals():
    has = np.zeros((3, 20), dtype=bool)
    has[0, :5], has[1, :5], has[2] = True, True, True
    table = cooccurrence(hits_of(has), 20, patterns=["a", "b", "c", "d"]).set_index(["first", "second"])
    assert table.loc[("a", "b"), "odds_ratio"] == np.inf
    assert np.isfinite(table[["log2_odds_ratio", "low", "high"]]).all(axis=None)
    assert table.loc[[("a", "c"), ("a", "d")], ["odds_ratio", "p_value", "q_value"]].isna().all(axis=None)


def test_the_matrix_is_symmetric_and_in_the_order_asked(has):
    table = cooccurrence(hits_of(has), 900)
    matrix = odds_matrix(table, ["c", "a", "b"])
    np.testing.assert_array_equal(matrix, matrix.T)
    assert matrix[1, 2] == table.loc[0, "log2_odds_ratio"]
    assert (np.diag(matrix) == 0).all()


def test_a_coverage_out_of_range_is_refused(has):
    with pytest.raises(InputError, match="coverage"):
        cooccurrence(hits_of(has), 900, coverage=1.0)
