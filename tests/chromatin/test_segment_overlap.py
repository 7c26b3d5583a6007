"""Bases that states share with intervals: the same numbers as painting every base."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.chromatin.segment_overlap import bases_in_states, contigs_as_in, joint_pieces, states_at
from cisgram.errors import CisgramWarning, ContigError
from cisgram.genomics.interval import interval_table
from cisgram.genomics.segmentation import Segmentation

LENGTH, BIN = 60, 5
INTERVALS = st.lists(st.tuples(st.integers(0, LENGTH + 20), st.integers(1, 25)), min_size=1, max_size=8)
STATES = st.lists(st.integers(-1, 3), min_size=LENGTH // BIN, max_size=LENGTH // BIN)


def segmentation_of(states, cell="cell"):
    return Segmentation.from_states(cell, {"I": np.array(states)}, n_states=4, bin_size=BIN)


@given(STATES, INTERVALS, st.booleans())
def test_overlaps_are_those_of_painting_every_base(states, intervals, is_multiple):
    depth = np.zeros(LENGTH + 60, dtype=int)
    for start, length in intervals:
        depth[start : start + length] += 1
    weight = depth if is_multiple else np.minimum(depth, 1)
    painted = np.repeat(states, BIN)
    expected = [float(weight[: len(painted)][painted == state].sum()) for state in range(4)]
    table = interval_table(["I"] * len(intervals), [s for s, _ in intervals], [s + n for s, n in intervals])
    found = bases_in_states(segmentation_of(states).segments, table, n_states=4, is_multiple=is_multiple)
    assert found.tolist() == expected


@given(STATES)
def test_states_at_positions_are_those_of_the_bins(states):
    segments = segmentation_of(states).segments
    found = states_at(segments, np.arange(LENGTH + 10))
    assert found.tolist() == [*np.repeat(states, BIN), *[-1] * 10]


@given(STATES, STATES)
def test_joint_pieces_hold_the_states_of_every_cell_type(first, second):
    cells = [segmentation_of(first, "a"), segmentation_of(second, "b")]
    if max(first) < 0 and max(second) < 0:
        return
    pieces = joint_pieces(cells, "I")
    painted = np.full((LENGTH, 2), -1)
    for start, length, states in zip(pieces.start, pieces.length, pieces.states, strict=True):
        painted[start : start + length] = states
    assert painted.tolist() == [[a, b] for a, b in zip(np.repeat(first, BIN), np.repeat(second, BIN), strict=True)]


def test_intervals_on_other_contigs_do_not_count():
    segments = segmentation_of([0] * 12).segments
    assert bases_in_states(segments, interval_table(["II"], [0], [10]), n_states=4).sum() == 0


def test_contigs_get_the_names_of_the_segments_where_no_name_agrees():
    one = Segmentation.from_states("one", {"chr1": np.array([0])}, n_states=1)
    with pytest.warns(CisgramWarning, match="1 contigs are matched under different names"):
        assert contigs_as_in(one, interval_table(["1", "1"], [0, 1], [5, 6])["chrom"], "x").tolist() == ["chr1"] * 2
    with pytest.raises(ContigError, match="no contig of genes"):
        contigs_as_in(one, interval_table(["scaffold"], [0], [5])["chrom"], "genes")
