"""Marks in bins as text files: back as written, and every way in which such files are wrong."""

import gzip
import shutil
import subprocess

import numpy as np
import pytest

from cisgram.errors import CisgramWarning, EmptySetError, FormatError, InputError
from cisgram.io.chromhmm import binarised
from cisgram.io.chromhmm.binarised import read_binarised, write_binarised

MARKS = ["H3K4me3", "H3K27me3"]
CALLS = np.array([[0, 0], [1, 0], [1, 2], [0, 1]], np.uint8)


@pytest.mark.parametrize("is_packed", [True, False])
def test_what_was_written_is_read_back(tmp_path, is_packed):
    for cell in ("K562", "GM12878"):
        write_binarised(tmp_path, cell, "chr1", MARKS, CALLS, is_packed=is_packed)
    patterns = read_binarised(tmp_path)
    assert patterns.marks == tuple(MARKS)
    assert patterns.cells == ("GM12878", "K562")
    assert np.array_equal(patterns.calls("K562", "chr1"), CALLS)


def test_a_file_looks_as_chromhmm_has_it(tmp_path):
    path = write_binarised(tmp_path, "K562", "chr1", MARKS, CALLS, is_packed=False)
    assert path.name == "K562_chr1_binary.txt"
    assert path.read_text() == "K562\tchr1\nH3K4me3\tH3K27me3\n0\t0\n1\t0\n1\t2\n0\t1\n"


def test_files_in_many_pieces_are_read_whole(tmp_path, monkeypatch):
    calls = np.random.default_rng(1).integers(0, 2, (5000, 2), np.uint8)
    path = write_binarised(tmp_path, "K562", "chr1", MARKS, calls, is_packed=False)
    whole = binarised.read_chunks

    def small_pieces(file, what, **_):
        return whole(file, what, chunk_bytes=7)

    monkeypatch.setattr(binarised, "read_chunks", small_pieces)
    assert np.array_equal(read_binarised(path).calls("K562", "chr1"), calls)


@pytest.mark.parametrize(
    "text",
    [
        "K562\tchr1\na\tb\n1\t0\n0\t1",
        "K562\tchr1\r\na\tb\r\n1\t0\r\n0\t1\r\n",
        "K562\tchr1\na\tb\n1 0\n0 1\n",
        "K562\tchr1\na\tb\n1\t0\n0\t1\n\n",
    ],
)
def test_other_line_ends_and_spaces_are_read_too(tmp_path, text):
    (tmp_path / "K562_chr1_binary.txt").write_bytes(text.encode())
    assert read_binarised(tmp_path).calls("K562", "chr1").tolist() == [[1, 0], [0, 1]]


def test_marks_in_another_order_are_brought_into_that_of_the_first_file(tmp_path):
    write_binarised(tmp_path, "A", "chr1", MARKS, CALLS)
    write_binarised(tmp_path, "B", "chr1", MARKS[::-1], CALLS[:, ::-1])
    with pytest.warns(CisgramWarning, match=r"1 files have their marks in another order \(B_chr1"):
        patterns = read_binarised(tmp_path)
    assert np.array_equal(patterns.calls("B", "chr1"), CALLS)


def test_a_mark_that_one_cell_type_lacks_counts_as_not_measured_there(tmp_path):
    write_binarised(tmp_path, "A", "chr1", MARKS, CALLS)
    write_binarised(tmp_path, "B", "chr1", MARKS[1:], CALLS[:, 1:])
    with pytest.warns(CisgramWarning, match="H3K4me3 is missing in B and counts as not measured"):
        patterns = read_binarised(tmp_path)
    assert patterns.calls("B", "chr1")[:, 0].tolist() == [2, 2, 2, 2]
    assert np.array_equal(patterns.calls("B", "chr1")[:, 1], CALLS[:, 1])


def test_cell_types_with_different_bins_are_refused_with_both_files(tmp_path):
    write_binarised(tmp_path, "A", "chr1", MARKS, CALLS)
    write_binarised(tmp_path, "B", "chr1", MARKS, CALLS[:3])
    with pytest.raises(FormatError, match=r"B_chr1_binary.txt.gz: 3 bins on chr1, and 4 in .*A_chr1_binary.txt.gz"):
        read_binarised(tmp_path)


def test_one_contig_in_two_files_is_refused_with_both(tmp_path):
    path = write_binarised(tmp_path, "A", "chr1", MARKS, CALLS)
    shutil.copy(path, tmp_path / "copy_binary.txt.gz")
    with pytest.raises(FormatError, match=r"copy_binary.*A chr1 came before, in .*A_chr1_binary"):
        read_binarised(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("K562\tchr1\na\tb\n0\t1\n0\t3\n", "line 4: .*got '3'"),
        ("K562\tchr1\na\tb\n0\t1\n0\tx\n", "line 4: .*got 'x'"),
        ("K562\tchr1\na\tb\n0\t1\n0\n", "line 4: .*got 1 values"),
        ("K562\tchr1\na\tb\n0\t1\n\n0\t0\n", "line 4: .*got 0 values"),
        ("K562\tchr1\na\tb\n0\t-1\n", "line 3: .*got '-1'"),
        ("K562 chr1\na\tb\n0\t1\n", "line 1: the first line must be cell type and contig"),
        ("K562\tchr1\na\ta\n0\t1\n", "line 2: every mark must come once; a comes twice"),
        ("K562\tchr1\n\n0\t1\n", "line 2: the second line must name the marks"),
        ("K562\tchr1\na\tb\n", "there are no bins"),
        ("K562\tchr1\na\tb", "there are no bins"),
        ("", "empty"),
    ],
)
def test_files_that_break_the_format_are_refused_with_the_line(tmp_path, text, message):
    (tmp_path / "K562_chr1_binary.txt").write_text(text)
    with pytest.raises(FormatError, match=message):
        read_binarised(tmp_path)


def test_the_line_is_told_right_far_into_a_file(tmp_path, monkeypatch):
    whole = binarised.read_chunks
    monkeypatch.setattr(binarised, "read_chunks", lambda file, what, **_: whole(file, what, chunk_bytes=64))
    lines = ["K562\tchr1", "a\tb", *["0\t1"] * 500]
    lines[321] = "0\t9"
    (tmp_path / "K562_chr1_binary.txt").write_text("\n".join(lines))
    with pytest.raises(FormatError, match=r"line 322: .*got '9'"):
        read_binarised(tmp_path)


def test_data_without_any_mark_are_refused(tmp_path):
    write_binarised(tmp_path, "A", "chr1", MARKS, np.zeros((5, 2), np.uint8))
    with pytest.raises(EmptySetError, match="5 bins without any mark"):
        read_binarised(tmp_path)


def test_a_folder_without_such_files_and_no_files_at_all_are_refused(tmp_path):
    with pytest.raises(InputError, match="no files with '_binary'"):
        read_binarised(tmp_path)
    with pytest.raises(InputError, match="no files"):
        read_binarised([])


def test_names_that_would_break_the_file_are_refused(tmp_path):
    with pytest.raises(InputError, match="tabs"):
        write_binarised(tmp_path, "K\t562", "chr1", MARKS, CALLS)
    with pytest.raises(InputError, match="one column of 0, 1 or 2"):
        write_binarised(tmp_path, "K562", "chr1", MARKS, CALLS + 1)


@pytest.mark.skipif(shutil.which("ChromHMM") is None, reason="the ChromHMM program is not installed")
def test_the_chromhmm_program_reads_what_we_write(tmp_path):
    calls = np.random.default_rng(0).integers(0, 2, (400, 3), np.uint8)
    write_binarised(tmp_path / "in", "K562", "chr1", ["a", "b", "c"], calls)
    options = ["-noautoopen", "-nobrowser", "-noenrich", "-noimage", "-r", "2", "-p", "1"]
    command = ["ChromHMM", "LearnModel", *options, str(tmp_path / "in"), str(tmp_path / "out"), "2", "hg19"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (tmp_path / "out" / "model_2.txt").exists(), done.stdout + done.stderr


def test_gzip_is_told_by_content_and_not_by_name(tmp_path):
    text = b"K562\tchr1\na\tb\n1\t0\n"
    (tmp_path / "K562_chr1_binary.txt").write_bytes(gzip.compress(text))
    assert read_binarised(tmp_path).n_bins == 1
