"""Anchors: ChromHMM's files, and BED files reduced to one base."""

import pytest

from cisgram.errors import FormatError
from cisgram.io.anchors import read_anchors


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("chr1\t5\t+\nchr2\t9\t-\n", [["chr1", 5, "+"], ["chr2", 9, "-"]]),
        ("chr1\t5\n", [["chr1", 5, "+"]]),
        ("chr1\t10\t20\tg\t0\t+\nchr1\t10\t20\th\t0\t-\n", [["chr1", 10, "+"], ["chr1", 19, "-"]]),
        ("chr1\t10\t20\n", [["chr1", 15, "."]]),
        ("chr1\t10\t20\tp\t0\t.\t1\t2\t3\t4\n", [["chr1", 14, "."]]),
    ],
    ids=["stranded", "plain", "genes", "intervals", "summits"],
)
def test_one_base_stands_for_every_line(tmp_path, text, rows):
    path = tmp_path / "anchors.txt"
    path.write_text(text)
    assert read_anchors(path).to_numpy().tolist() == rows


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("chr1\t5\t+\nchr1\tx\t-\n", "line 2: position .* must be a whole number"),
        ("chr1\t5\t+\nchr1\t6\t*\n", "line 2: strand .* must be"),
        ("chr1\t-5\t+\n", "line 1: positions must be 0 or more"),
    ],
)
def test_a_bad_line_is_named(tmp_path, text, problem):
    path = tmp_path / "anchors.txt"
    path.write_text(text)
    with pytest.raises(FormatError, match=problem):
        read_anchors(path)
