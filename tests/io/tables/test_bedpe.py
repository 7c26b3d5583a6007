"""BEDPE: round trips, what people's files look like, broken rows."""

import pandas as pd
import pytest

from cisgram.errors import FormatError
from cisgram.genomics.site_pairs import PAIR_COLUMNS
from cisgram.io.tables.bedpe import is_bedpe, read_bedpe, write_bedpe


def test_pairs_come_back_as_written(tmp_path):
    columns = [*PAIR_COLUMNS, "name", "score", "strand1", "strand2"]
    pairs = pd.DataFrame([("I", 0, 10, "I", 50, 60, "a", 2.5, "+", "-")], columns=columns)
    write_bedpe(tmp_path / "a.bedpe.gz", pairs)
    pd.testing.assert_frame_equal(read_bedpe(tmp_path / "a.bedpe.gz"), pairs, check_dtype=False)


def test_header_and_missing_columns_are_understood(tmp_path):
    path = tmp_path / "a.bedpe"
    path.write_text("chrom1\tx1\tx2\tchrom2\ty1\ty2\tcolor\nI\t50\t60\tI\t0\t10\t0,0,0\n")
    pairs = read_bedpe(path)
    assert pairs["start1"].tolist() == [0]
    assert is_bedpe(path)


def test_a_bed_file_is_none(tmp_path):
    path = tmp_path / "a.bed"
    path.write_text("I\t50\t60\tname\t0\t+\n")
    assert not is_bedpe(path)
    path.write_text("I\t50\t60\n")
    assert not is_bedpe(path)
    with pytest.raises(FormatError, match="at least 6 columns"):
        read_bedpe(path)


def test_broken_rows_are_named_by_line(tmp_path):
    path = tmp_path / "a.bedpe"
    path.write_text("I\t5\t6\tI\t7\t8\nI\t9\t6\tI\t7\t8\n")
    with pytest.raises(FormatError, match="line 2"):
        read_bedpe(path)


def test_measured_loops_are_read(data_folder):
    assert len(read_bedpe(data_folder / "hic" / "rao2014_chr11_loops.bedpe")) == 15
