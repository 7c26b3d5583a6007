"""Pairs of sites: the left one first, all pairs as brute force finds them."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import InputError
from cisgram.genomics.interval import interval_table, midpoints
from cisgram.genomics.site_pairs import PAIR_COLUMNS, all_pairs, anchors_of, pair_distances, pair_table


def test_the_left_site_comes_first_with_its_strand():
    rows = [("I", 50, 60, "I", 0, 10, "+", "-"), ("I", 0, 10, "II", 5, 6, "+", "-")]
    pairs = pair_table(pd.DataFrame(rows, columns=[*PAIR_COLUMNS, "strand1", "strand2"]))
    assert pairs["start1"].tolist() == [0, 0]
    assert pairs["strand1"].tolist() == ["-", "+"]
    assert pairs["start2"].dtype == np.int64
    assert pair_distances(pairs)[0] == 50
    assert np.isnan(pair_distances(pairs)[1])
    assert anchors_of(pairs, 2)["chrom"].tolist() == ["I", "II"]


@pytest.mark.parametrize("limits", [(0, None), (100, 300), (50, 50)])
def test_all_pairs_are_those_of_brute_force(limits):
    generator = np.random.default_rng(0)
    start = generator.integers(0, 1000, 40) * 10
    sites = interval_table(
        generator.choice(["I", "II"], 40), start, start + 10, strand=generator.choice(["+", "-"], 40)
    )
    low, high = limits
    pairs = all_pairs(sites, min_distance_bp=low, max_distance_bp=high)
    middle = midpoints(sites)
    wanted = sum(
        sites["chrom"][i] == sites["chrom"][j]
        and low <= abs(middle[i] - middle[j]) <= (high if high is not None else np.inf)
        for i in range(40)
        for j in range(i)
    )
    assert len(pairs) == wanted
    assert (pairs["chrom1"] == pairs["chrom2"]).all()
    assert (pairs["start1"] <= pairs["start2"]).all()
    assert {"strand1", "strand2"} <= set(pairs)


def test_no_sites_make_no_pairs():
    assert all_pairs(interval_table(["I"], [0], [5])).empty


def test_tables_that_hold_no_pairs_are_refused():
    with pytest.raises(InputError, match="lacks chrom2"):
        pair_table(pd.DataFrame(columns=["chrom1", "start1", "end1", "start2", "end2"]))
    with pytest.raises(InputError, match="0 <= start < end"):
        pair_table(pd.DataFrame([("I", 5, 5, "I", 7, 8)], columns=list(PAIR_COLUMNS)))
