"""Interval tables against a brute-force twin."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.errors import InputError
from cisgram.genomics import interval
from cisgram.genomics.interval import Interval, interval_table

rows = st.lists(st.tuples(st.sampled_from(["I", "II"]), st.integers(0, 40), st.integers(1, 12)), max_size=12)


def table_of(values):
    return (
        interval_table(*(list(column) for column in zip(*[(c, s, s + n) for c, s, n in values], strict=True)))
        if (values)
        else interval_table([], [], [])
    )


def covered(table):
    return {(row.chrom, at) for row in table.itertuples() for at in range(row.start, row.end)}


@given(rows, rows)
def test_overlaps_agrees_with_sets_of_bases(first, second):
    table, others = table_of(first), table_of(second)
    expected = [bool(covered(table.iloc[[i]]) & covered(others)) for i in range(len(table))]
    assert interval.overlaps(table, others).tolist() == expected


@given(rows)
def test_merged_intervals_cover_the_same_bases_and_are_apart(values):
    table = table_of(values)
    merged = interval.merge(table)
    assert covered(merged) == covered(table)
    for _, block in merged.groupby("chrom"):
        assert (block["start"].to_numpy()[1:] > block["end"].to_numpy()[:-1]).all()


@given(st.integers(1, 50), st.integers(1, 20))
def test_tiles_cover_all_but_a_rest(size, length):
    tiles = interval.tile({"I": size}, length_bp=length)
    assert len(covered(tiles)) == size // length * length


@given(st.integers(0, 10**9), st.integers(1, 10**6))
def test_locus_is_read_as_it_is_written(start, length):
    one = Interval("chr1", start, start + length)
    assert Interval.parse(str(one)) == one


@pytest.mark.parametrize(("start", "end"), [(-1, 5), (5, 5), (6, 5)])
def test_impossible_coordinates_are_refused(start, end):
    with pytest.raises(InputError, match="0 <= start < end"):
        Interval("I", start, end)
    with pytest.raises(InputError, match="0 <= start < end"):
        interval_table(["I"], [start], [end])


@pytest.mark.parametrize("locus", ["chr1", "chr1:5", "chr1:a-b"])
def test_a_malformed_locus_is_refused(locus):
    with pytest.raises(InputError, match="looks like"):
        Interval.parse(locus)


def test_resize_keeps_the_index_and_the_centre():
    table = interval_table(["I", "I"], [10, 30], [20, 40]).set_index(pd.Index([7, 3]))
    resized = interval.resize(table, 6, center=[12, 33])
    assert resized.index.tolist() == [7, 3]
    assert (resized["start"] + 3).tolist() == [12, 33]


def test_beyond_contig_counts_unknown_contigs_as_beyond():
    table = interval_table(["I", "I", "X"], [0, 5, 0], [10, 11, 1])
    np.testing.assert_array_equal(interval.beyond_contig(table, {"I": 10}), [False, True, True])
