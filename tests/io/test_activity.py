"""Tables of activity: Basset's form, read back as written, and errors with the line."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import FormatError, InputError
from cisgram.genomics.interval import interval_table
from cisgram.io import activity
from cisgram.io.activity import read_activity, write_activity


@pytest.fixture
def intervals():
    rng = np.random.default_rng(2)
    start = rng.integers(0, 10**8, 300)
    return interval_table(
        rng.choice(["chr1", "HLA-A*01:01", "2"], 300), start, start + 600, strand=["-", "+", "+"] * 100
    )


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
@pytest.mark.parametrize("n_names", [1, 164])
def test_a_table_comes_back_as_it_was(intervals, tmp_path, name, n_names, monkeypatch):
    monkeypatch.setattr(activity, "_BLOCK", 64)
    labels = np.random.default_rng(1).integers(0, 2, (300, n_names), dtype=np.uint8)
    names = [f"cell {n}" for n in range(n_names)]
    write_activity(tmp_path / name, intervals, labels, names=names)
    back = read_activity(tmp_path / name)
    pd.testing.assert_frame_equal(back.intervals, intervals)
    np.testing.assert_array_equal(back.labels, labels)
    assert back.names == tuple(names)


def test_pandas_reads_it_as_a_table_with_an_index(intervals, tmp_path):
    labels = np.random.default_rng(1).integers(0, 2, (300, 4), dtype=np.uint8)
    write_activity(tmp_path / "a.txt", intervals, labels, names=list("abcd"))
    table = pd.read_table(tmp_path / "a.txt", index_col=0)
    assert table.columns.tolist() == list("abcd")
    np.testing.assert_array_equal(table.to_numpy(), labels)


def test_small_pieces_of_the_file_give_the_same_table(intervals, tmp_path, monkeypatch):
    labels = np.ones((300, 3), dtype=np.uint8)
    write_activity(tmp_path / "a.txt", intervals, labels, names=list("abc"))
    text = (tmp_path / "a.txt").read_bytes()
    pieces = [text[at : at + 7] for at in range(0, len(text), 7)]
    monkeypatch.setattr(activity, "read_chunks", lambda *_, **__: iter(pieces))
    pd.testing.assert_frame_equal(read_activity("a.txt").intervals, intervals)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\ta\tb\nI:1-5(+)\t1\t0\nI:9-12(+)\t1\n", "line 3: 1 labels, but the header names 2"),
        ("\ta\nI:1-5(+)\t0.5\n", "line 2: a label must be 0 or 1; got '0.5'"),
        ("\ta\nI:1-5(+)\t1\nI:7-9\t1\n", "line 3: a row begins with its interval"),
        ("\ta\nI:1-5(+)\t1\nI:9-9(+)\t1\n", "line 3: the interval's end must lie after its start"),
        ("\ta\ta\nI:1-5(+)\t1\t1\n", "line 1: cell types need different names; a come"),
        ("I:1-5(+)\nI:1-5(+)\n", "line 1: the header must name the cell types"),
        ("\ta\n", "no site in this file"),
        ("\ta\nI:1-5(+)\t1\n\nI:5-9(+)\t1\n", "line 3: 0 labels"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path, text, message):
    path = tmp_path / "a.txt"
    path.write_text(text)
    with pytest.raises(FormatError, match=message.replace("(", r"\(")):
        read_activity(path)


def test_windows_line_ends_and_a_missing_last_one_are_fine(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes(b"\ta\r\nI:1-5(+)\t1\r\nI:3-9(-)\t0")
    back = read_activity(path)
    assert back.labels.tolist() == [[1], [0]]
    assert back.intervals["strand"].tolist() == ["+", "-"]


def test_what_cannot_be_written_is_refused(intervals, tmp_path):
    labels = np.zeros((300, 2), dtype=np.uint8)
    for bad, names in (
        (labels[1:], ["a", "b"]),
        (labels, ["a", "a"]),
        (labels, ["a", "b\t"]),
        (labels + 2, ["a", "b"]),
    ):
        with pytest.raises(InputError):
            write_activity(tmp_path / "a.txt", intervals, bad, names=names)
    assert not list(tmp_path.iterdir())
