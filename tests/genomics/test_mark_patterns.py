"""Patterns of marks and their runs: nothing is lost on the way from bins and back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.mark_patterns import ContigRuns, MarkPatterns

MARKS = ["H3K4me3", "H3K27me3", "CTCF"]


def calls_of(seed, n_bins=200, n_marks=3):
    draws = np.random.default_rng(seed)
    return np.repeat(draws.integers(0, 3, (n_bins, n_marks), np.uint8), draws.integers(1, 5, n_bins), axis=0)


@settings(max_examples=40)
@given(st.lists(st.lists(st.integers(0, 2), min_size=2, max_size=2), min_size=1, max_size=30))
def test_bins_come_back_as_they_were_given(rows):
    calls = np.array(rows, np.uint8)
    patterns = MarkPatterns.from_calls(["a", "b"], {("cell", "chr1"): calls})
    assert np.array_equal(patterns.calls("cell", "chr1"), calls)


def test_patterns_come_once_and_in_the_order_of_the_bins():
    calls = np.array([[1, 0], [1, 0], [0, 0], [2, 1], [1, 0]], np.uint8)
    patterns = MarkPatterns.from_calls(["a", "b"], {("cell", "chr1"): calls, ("other", "chr1"): calls[::-1].copy()})
    assert patterns.patterns.tolist() == [[1, 0], [0, 0], [2, 1]]
    assert patterns.contigs[0].pattern.tolist() == [0, 1, 2, 0]
    assert patterns.contigs[0].length.tolist() == [2, 1, 1, 1]
    assert patterns.n_bins == 10


def test_neighbouring_runs_differ():
    runs = MarkPatterns.from_calls(MARKS, {("cell", "chr1"): calls_of(1)}).contigs[0]
    assert (runs.pattern[1:] != runs.pattern[:-1]).all()
    assert runs.n_bins == len(runs.indices())


def test_contigs_may_come_one_by_one():
    items = {("a", "chr1"): calls_of(1), ("b", "chr1"): calls_of(2)}
    one, other = MarkPatterns.from_calls(MARKS, items), MarkPatterns.from_calls(MARKS, iter(items.items()))
    assert np.array_equal(one.patterns, other.patterns)
    assert other.cells == ("a", "b")


def test_cell_types_and_contigs_can_be_chosen():
    patterns = MarkPatterns.from_calls(MARKS, {(c, f"chr{n}"): calls_of(n) for c in "ab" for n in (1, 2)})
    part = patterns.only(cells=["b"], chroms=["chr2"])
    assert [(runs.cell, runs.chrom) for runs in part.contigs] == [("b", "chr2")]
    assert np.array_equal(part.calls("b", "chr2"), patterns.calls("b", "chr2"))
    with pytest.raises(InputError, match="no contig 'chr9'"):
        patterns.only(chroms=["chr9"])
    with pytest.raises(EmptySetError, match="no contigs left"):
        patterns.only(cells=[])
    with pytest.raises(InputError, match="no contig 'chr1' of cell type 'z'"):
        patterns.calls("z", "chr1")


def test_marks_can_be_reordered_dropped_and_added_as_not_measured():
    calls = calls_of(5)
    patterns = MarkPatterns.from_calls(MARKS, {("cell", "chr1"): calls})
    changed = patterns.with_marks(["CTCF", "H2A.Z", "H3K4me3"])
    assert np.array_equal(changed.calls("cell", "chr1")[:, [0, 2]], calls[:, [2, 0]])
    assert (changed.calls("cell", "chr1")[:, 1] == 2).all()
    assert len(np.unique(changed.patterns, axis=0)) == len(changed.patterns)
    assert patterns.with_marks(MARKS) is patterns


@pytest.mark.parametrize(
    ("marks", "calls", "message"),
    [
        (["a", "a"], [[0, 1]], "mark must come once; a comes twice"),
        (["a", "b"], [[0, 3]], "0 .absent., 1 .present. or 2"),
        (["a"], [[0, 1]], "got 1 bins and 2 columns"),
    ],
)
def test_what_is_no_table_of_marks_is_refused(marks, calls, message):
    with pytest.raises(InputError, match=message):
        MarkPatterns.from_calls(marks, {("cell", "chr1"): np.array(calls, np.uint8)})


def test_contigs_without_bins_and_repeated_ones_are_refused():
    with pytest.raises(InputError, match="got 0 bins"):
        MarkPatterns.from_calls(["a"], {("cell", "chr1"): np.zeros((0, 1), np.uint8)})
    calls = np.ones((2, 1), np.uint8)
    with pytest.raises(InputError, match="cell chr1 comes twice"):
        MarkPatterns.from_calls(["a"], [(("cell", "chr1"), calls), (("cell", "chr1"), calls)])


def test_runs_of_patterns_that_there_are_not_are_refused():
    runs = ContigRuns("cell", "chr1", np.array([1], np.int32), np.array([4], np.int32))
    with pytest.raises(InputError, match="a pattern that there is not"):
        MarkPatterns(("a",), 200, np.zeros((1, 1), np.uint8), (runs,))
