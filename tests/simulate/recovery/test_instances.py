"""Hits against bound sites."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.interval import interval_table
from cisgram.simulate.recovery import bound_instances, instance_recovery

NANOG = {"Nanog-taat": "Nanog", "Nanog-ggt": "Nanog"}


@pytest.fixture(scope="module")
def truth(cell):
    sites = bound_instances(cell.instances)
    starts = cell.instances["start"].to_numpy()
    windows = interval_table(cell.instances["chrom"], np.maximum(0, starts - 500), starts + 500)
    return sites, windows


def score(sites, hits, windows, **options):
    table = instance_recovery(sites, hits, windows, rng=np.random.default_rng(1), **options)
    return table.set_index("name")


def test_truth_itself_scores_one_and_its_floor_is_low(truth):
    sites, windows = truth
    table = score(sites, sites, windows)
    assert (table["recall"] == 1).all()
    assert (table["precision"] == 1).all()
    assert (table[["floor_recall", "floor_precision"]] < 0.1).all(axis=None)
    assert table.loc["all", "n_instances"] == len(sites) == table["n_instances"].iloc[:-1].sum()


def test_sites_put_elsewhere_score_near_the_floor(truth):
    sites, windows = truth
    rng = np.random.default_rng(2)
    by = rng.integers(60, 300, len(sites)) * rng.choice([-1, 1], len(sites))
    moved = sites.assign(start=np.maximum(0, sites["start"] + by), end=np.maximum(0, sites["start"] + by) + 10)
    table = score(sites, moved, windows)
    assert table.loc["all", "recall"] < 0.1
    assert table.loc["all", "precision"] < 0.1
    shuffled = sites.assign(name=rng.permutation(sites["name"]))
    assert score(sites, shuffled, windows).loc["all", "recall"] < 0.4


def test_counts_by_hand():
    windows = interval_table(["I", "I"], [0, 1_000], [500, 1_500])
    sites = interval_table(["I"] * 4, [100, 200, 300, 600], [110, 210, 310, 610], name=["A", "A", "B", "A"])
    hits = interval_table(
        ["I"] * 6, [104, 104, 206, 305, 300, 498], [114, 114, 216, 315, 310, 508], name=["A", "A", "A", "B", "A", "B"]
    )
    table = score(sites, hits, windows)
    # The site at 600 and the hit at 498 are not inside a window; the hit at 206 shares 4 of 10 bases, that at 305 five.
    assert table.loc["A", ["n_instances", "n_found", "n_hits", "n_right"]].tolist() == [2, 1, 4, 2]
    assert table.loc["B", ["n_instances", "n_found", "n_hits", "n_right"]].tolist() == [1, 1, 1, 1]
    assert table.loc["all", "recall"] == pytest.approx(2 / 3)
    assert table.loc["all", "precision"] == pytest.approx(3 / 5)


def test_groups_count_as_one(truth):
    sites, windows = truth
    confused = sites.assign(name=sites["name"].replace({"Nanog": "Nanog-taat", "Nanog-taat": "Nanog"}))
    assert score(sites, confused, windows).loc["Nanog", "recall"] < 0.1
    grouped = score(sites, confused, windows, groups=NANOG)
    assert grouped.loc["Nanog", "recall"] == 1
    assert "Nanog-taat" not in grouped.index


def test_no_hits_give_no_recall_and_no_precision(truth):
    sites, windows = truth
    table = score(sites, sites.iloc[:0], windows)
    assert (table["recall"] == 0).all()
    assert table["precision"].isna().all()


def test_no_site_in_the_windows_is_said_so(truth):
    sites, _ = truth
    with pytest.raises(EmptySetError, match=f"{len(sites)} outside the windows"):
        score(sites, sites, interval_table(["elsewhere"], [0], [10]))


def test_bound_sites_of_a_factor_are_those_that_bring_it_reads(cell):
    nanog = bound_instances(cell.instances, factor="Nanog", min_occupancy=0.3)
    assert set(nanog["name"]) == {"Nanog", "Nanog-taat", "Nanog-ggt", "Zic3"}
    assert nanog["occupancy"].min() >= 0.3
    assert "decoy" not in set(nanog["origin"])
    with pytest.raises(InputError, match="there are Oct4, Sox2, Nanog, Klf4"):
        bound_instances(cell.instances, factor="Myc")


def test_input_tables_are_left_alone(truth):
    sites, windows = truth
    before = sites.copy()
    score(sites, sites, windows, groups=NANOG)
    pd.testing.assert_frame_equal(sites, before)
