"""Segments as BED files and states bin by bin."""

import numpy as np
import pytest

from cisgram.errors import FormatError, InputError
from cisgram.genomics.segmentation import Segmentation
from cisgram.io.chromhmm.segments import (
    read_segments,
    write_dense_segments,
    write_expanded_segments,
    write_posteriors,
    write_segments,
    write_states_by_line,
)

STATES = {"chr1": np.array([0, 0, 2, 2, 1]), "chr2": np.array([2, 0, 0])}


@pytest.fixture
def segmentation():
    return Segmentation.from_states("K562", STATES, n_states=3, names=("TssA", "Enh", "Quies"))


@pytest.mark.parametrize("name", ["K562_3_segments.bed", "K562_3_segments.bed.gz"])
def test_segments_are_read_back(tmp_path, segmentation, name):
    write_segments(tmp_path / name, segmentation)
    found = read_segments(tmp_path / name)
    assert found.cell == "K562"
    assert found.segments.equals(segmentation.segments)
    assert found.names == ("1", "2", "3")


def test_dense_segments_are_read_back_with_their_names(tmp_path, segmentation):
    write_dense_segments(tmp_path / "K562_3_dense.bed", segmentation, colors=[(255, 0, 0), (255, 195, 77), (9, 9, 9)])
    lines = (tmp_path / "K562_3_dense.bed").read_text().splitlines()
    assert lines[0] == 'track name="K562_3" description="K562_3 (Emission ordered)" visibility=1 itemRgb="On"'
    assert lines[1] == "chr1\t0\t400\t1_TssA\t0\t.\t0\t400\t255,0,0"
    found = read_segments(tmp_path / "K562_3_dense.bed", cell="K562")
    assert found.names == segmentation.names
    assert found.segments.equals(segmentation.segments)


def test_expanded_segments_have_a_row_per_state_and_contig(tmp_path, segmentation):
    write_expanded_segments(tmp_path / "e.bed", segmentation)
    rows = [line.split("\t") for line in (tmp_path / "e.bed").read_text().splitlines()[2:]]
    assert [(row[0], row[3]) for row in rows] == [
        ("chr1", "3_Quies"),
        ("chr2", "3_Quies"),
        ("chr1", "2_Enh"),
        ("chr1", "1_TssA"),
        ("chr2", "1_TssA"),
    ]
    assert rows[0][6:8] + rows[0][9:] == ["400", "1000", "3", "0,400,1", "0,400,999"]


def test_states_and_probabilities_stand_bin_by_bin(tmp_path):
    write_states_by_line(tmp_path / "s.txt", "K562", "chr1", np.array([0, 2], np.int16))
    assert (tmp_path / "s.txt").read_text() == "K562\tchr1\nMaxState E\n1\n3\n"
    write_posteriors(tmp_path / "p.txt", "K562", "chr1", np.array([[0.25, 0.75], [0.00001, 1]], np.float32))
    assert (tmp_path / "p.txt").read_text() == "K562\tchr1\nE1\tE2\n0.25\t0.75\n0\t1\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("chr1\t0\t400\tE1\nchr1\t400\t600\n", "line 2: a segment is"),
        ("chr1\t0\t400\tpromoter\n", "line 1: a segment is"),
        ("chr1\t0\t400\tE0\n", "line 1: a segment is"),
        ("chr1\t0\t350\tE1\n", "whole bins of 200 bp"),
        ("chr1\t0\t400\tE1\nchr1\t200\t600\tE2\n", "overlap"),
        ("track name=x\n", "no segments"),
    ],
)
def test_files_that_are_no_segments_are_refused(tmp_path, text, message):
    (tmp_path / "x.bed").write_text(text)
    with pytest.raises(FormatError, match=message):
        read_segments(tmp_path / "x.bed")


def test_colours_must_be_one_per_state(tmp_path, segmentation):
    with pytest.raises(InputError, match="3 states need as many colours"):
        write_dense_segments(tmp_path / "d.bed", segmentation, colors=[(0, 0, 0)])
