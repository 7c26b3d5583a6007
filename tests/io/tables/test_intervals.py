"""BED and peaks: what is read, what is refused and at which line, and that writing and reading agree."""

import gzip
import logging

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgram.errors import ContigError, FormatError, InputError
from cisgram.genomics.interval import interval_table
from cisgram.io.tables import check_within, read_intervals, write_bed, write_narrowpeak

NARROWPEAK = "I\t100\t200\tp1\t5\t+\t1.5\t3\t2.5\t40\nII\t0\t10\tp2\t0\t.\t2\t-1\t-1\t-1\n"


def read(folder, content, *, name="x.bed"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_intervals(path)


def test_three_columns_are_enough(tmp_path):
    table = read(tmp_path, "chr1\t0\t5\nchr2\t7\t9\n")
    pd.testing.assert_frame_equal(table, interval_table(["chr1", "chr2"], [0, 7], [5, 9]))


def test_columns_have_the_declared_types(tmp_path):
    table = read(tmp_path, "1\t0\t5\t007\t.\t-\n2\t7\t9\tb\t1e3\t.\n")
    expected = interval_table(
        ["1", "2"], [0, 7], [5, 9], name=["007", "b"], score=[np.nan, 1000.0], strand=["-", "."]
    ).astype({"name": str, "strand": str})
    pd.testing.assert_frame_equal(table, expected)


def test_the_summit_of_a_peak_is_an_absolute_position(tmp_path):
    table = read(tmp_path, NARROWPEAK)
    assert table["summit"].tolist() == [140, -1]
    assert table["signal"].tolist() == [1.5, 2.0]
    assert table["p_value"].tolist() == [3.0, -1.0]
    assert table["q_value"].tolist() == [2.5, -1.0]
    assert table.dtypes[["start", "end", "summit"]].tolist() == [np.int64] * 3


@pytest.mark.parametrize("name", ["x.bed", "x.narrowPeak", "x.NARROWPEAK", "x.txt"])
def test_a_packed_or_windows_file_of_any_name_reads_the_same(tmp_path, name):
    expected = read(tmp_path, NARROWPEAK)
    pd.testing.assert_frame_equal(read(tmp_path, gzip.compress(NARROWPEAK.encode()), name=f"{name}.gz"), expected)
    pd.testing.assert_frame_equal(read(tmp_path, NARROWPEAK.replace("\n", "\r\n"), name=name), expected)
    pd.testing.assert_frame_equal(read(tmp_path, NARROWPEAK.removesuffix("\n"), name=name), expected)


def test_comments_blank_lines_and_browser_lines_are_skipped_anywhere(tmp_path):
    text = '#made by\ntrack name="a b"\nbrowser position chr1:1-9\n\nt1\t0\t5\n \t\n#more\nbeta\t1\t2\ntrack\t3\t4\n'
    assert read(tmp_path, text).to_numpy().tolist() == [["t1", 0, 5], ["beta", 1, 2], ["track", 3, 4]]


@pytest.mark.parametrize("header", ["chrom\tstart\tend", "seqnames\tchromStart\tchromEnd", "Chr\tBEGIN\tStop"])
def test_a_line_of_column_names_is_skipped_and_said_in_the_log(tmp_path, caplog, header):
    with caplog.at_level(logging.INFO):
        table = read(tmp_path, f"# comment\n{header}\nI\t0\t5\n")
    assert table.to_numpy().tolist() == [["I", 0, 5]]
    assert "x.bed, line 2: read as a header" in caplog.text


def test_broadpeak_and_bed_of_nine_columns_are_told_apart(tmp_path):
    broad = "I\t100\t200\tp\t5\t+\t1.5\t3\t2.5\n"
    bed = "I\t100\t200\tp\t5\t+\t120\t180\t0\n"
    assert read(tmp_path, broad).columns.tolist()[6:] == ["signal", "p_value", "q_value"]
    assert read(tmp_path, bed).columns.tolist()[6:] == ["column_7", "column_8", "column_9"]
    assert read(tmp_path, bed.replace("\t0\n", "\t255,0,0\n"))["column_9"].tolist() == ["255,0,0"]
    assert read(tmp_path, bed, name="x.broadPeak").columns.tolist()[6:] == ["signal", "p_value", "q_value"]


def test_further_columns_are_kept_as_text(tmp_path):
    blocks = "I\t100\t200\tp\t5\t+\t120\t180\t0\t2\t10,20,\t0,80,\n"
    table = read(tmp_path, blocks)
    assert table[["column_7", "column_10", "column_12"]].to_numpy().tolist() == [["120", "2", "0,80,"]]
    assert read(tmp_path, "I\t1\t2\tp\t5\t+\tx\n")["column_7"].tolist() == ["x"]


def test_names_may_be_in_any_language(tmp_path):
    assert read(tmp_path, "I\t0\t5\tGen-ä\nI\t5\t9\t遺伝子\n")["name"].tolist() == ["Gen-ä", "遺伝子"]


# Every file begins with a comment and a good line, so that the faulty line is the third, or the fifth after a comment.
@pytest.mark.parametrize(
    ("good", "bad", "message"),
    [
        ("I\t0\t5", "I\t9\t7", r"end must lie after start; are the two swapped\?; got '7'"),
        ("I\t0\t5", "I\t7\t7", r"end must lie after start, but they are equal \(BED is half-open\); got '7'"),
        ("I\t0\t5", "I\t-3\t7", r"start must be 0 or more .*; got '-3'"),
        ("I\t0\t5", "I\t3\tx", r"end \(column 3\) must be a whole number; got 'x'"),
        ("I\t0\t5", "I\t3.0\t7", r"start \(column 2\) must be a whole number; got '3.0'"),
        ("I\t0\t5", "I\t1e3\t7", r"start \(column 2\) must be a whole number; got '1e3'"),
        ("I\t0\t5", "I\t1,000\t2000", r"start \(column 2\) must be a whole number; got '1,000'"),
        ("I\t0\t5", "I\t 3\t7", r"start \(column 2\) must be a whole number; got ' 3'"),
        ("I\t0\t5", "I\t\t7", r"start \(column 2\) must be a whole number; got ''"),
        ("I\t0\t5", "I\t-\t7", r"start \(column 2\) must be a whole number; got '-'"),
        ("I\t0\t5", "I\t0\t10000000000000000000", r"end \(column 3\) must be a whole number; got '1000"),
        ("I\t0\t5", "\t3\t7", r"the contig's name \(column 1\) is empty"),
        ("I\t0\t5", "I\t3\t7\tx", r"4 columns, but line 2 has 3; all must have as many, separated by tabs"),
        ("I\t0\t5", "I\t3", r"2 columns, but line 2 has 3"),
        ("I\t0\t5", "I 3 7", r"1 columns, but line 2 has 3"),
        ("I\t0\t5\ta\t1\t+", "I\t3\t7\ta\tx\t+", r"score \(column 5\) must be a number or '.'; got 'x'"),
        ("I\t0\t5\ta\t1\t+", "I\t3\t7\ta\t1\t1", r"strand \(column 6\) must be \+, - or .; got '1'"),
        ("I\t0\t5\ta\t1\t+", "I\t3\t7\ta\t1\t", r"strand \(column 6\) must be \+, - or .; got ''"),
        ("I\t0\t5\ta\t1\t+", "I\t3\t7\ta\t1\t++", r"strand \(column 6\) must be \+, - or .; got '\+\+'"),
        ("I\t0\t5\ta\t1\t+\t1\t1\t1\t4", "I\t3\t7\ta\t1\t+\t1\t1\t1\t4", r"the summit \(column 10\) .*; got '4'"),
        ("I\t0\t5\ta\t1\t+\t1\t1\t1\t4", "I\t3\t7\ta\t1\t+\t1\t1\t1\t-2", r"the summit \(column 10\) .*; got '-2'"),
        ("I\t0\t5\ta\t1\t+\t1\t1\t1\t4", "I\t3\t7\ta\t1\t+\t1\t1\t1\t3.5", r"summit \(column 10\) must be a whole"),
        ("I\t0\t5\ta\t1\t+\t1\t1\t1\t4", "I\t3\t7\ta\t1\t+\t1\tx\t1\t3", r"p_value \(column 8\) must be a number"),
    ],
)
def test_a_faulty_line_is_refused_with_its_number(tmp_path, good, bad, message):
    with pytest.raises(FormatError, match=rf"x\.bed, line 3: {message}") as caught:
        read(tmp_path, f"#a\n{good}\n{bad}\n{good}\n")
    assert caught.value.line == 3
    with pytest.raises(FormatError, match=rf"x\.bed, line 5: {message}"):
        read(tmp_path, f"#a\r\n{good}\r\n\r\n#b\r\n{bad}\r\n{good}")


def test_further_faulty_lines_are_counted(tmp_path):
    with pytest.raises(FormatError, match=r"line 2: .* got '7' \(and 2 more lines like it\)$"):
        read(tmp_path, "I\t0\t5\nI\t8\t7\nI\t9\t7\nI\t0\t5\nI\t9\t8\n")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("I 0 5\nI 7 9\n", r"line 1: columns must be separated by tabs, these are by blanks: 'I 0 5'"),
        ("I,0,5\n", r"line 1: BED needs at least three columns, .*; got 1"),
        ("I\t0\n", r"line 1: BED needs at least three columns, .*; got 2"),
        ("I\tx\ty\n", r"line 1: start \(column 2\) must be a whole number; got 'x'"),
        ("chrom\tNA\tNA\nI\t0\t5\n", r"line 1: start \(column 2\) must be a whole number; got 'NA'"),
        ("chrom\tstart\tend\n", r"x\.bed: there is no interval in this file, only a header"),
        ("#a\n\ntrack x\n", r"there is no row in this file, only comments or blank lines; intervals expected"),
        ("\n", r"there is no row in this file"),
        ("", r"the file is empty"),
        (b"I\t0\t5\n\x00\x01", r"this file is binary"),
        (b"I\t0\t5\tname\nI\t0\t5\t\xff\n", r"line 2: column 4 must be text in UTF-8"),
    ],
)
def test_a_file_that_is_no_bed_is_refused(tmp_path, content, message):
    with pytest.raises(FormatError, match=message):
        read(tmp_path, content)


@pytest.mark.parametrize(("name", "n_columns"), [("x.narrowPeak", 10), ("x.broadPeak.gz", 9)])
def test_a_peak_file_with_other_columns_is_refused(tmp_path, name, n_columns):
    with pytest.raises(
        FormatError, match=rf"line 1: a {name.split('.')[1].lower()} file has {n_columns} columns; got 3"
    ):
        read(tmp_path, "I\t0\t5\n", name=name)


def test_missing_and_truncated_files_are_refused(tmp_path):
    with pytest.raises(InputError, match="intervals: there is no file"):
        read_intervals(tmp_path / "x.bed")
    packed = gzip.compress(NARROWPEAK.encode() * 100)
    with pytest.raises(FormatError, match="ends too early"):
        read(tmp_path, packed[:-9], name="x.bed.gz")


def test_intervals_past_the_end_of_their_contig_are_refused(tmp_path):
    table = interval_table(["I", "I", "II"], [0, 5, 0], [10, 11, 3])
    check_within(table, {"I": 11, "II": 3}, "x.bed")
    with pytest.raises(FormatError, match=r"x\.bed: 2 of 3 intervals reach past .* I start 5, end 11, .* 10 bp"):
        check_within(table, {"I": 10, "II": 2}, "x.bed")
    with pytest.raises(ContigError, match=r"x\.bed: 1 contigs are not in the genome, such as 'II'; it has I, 1 in all"):
        check_within(table, {"I": 11}, "x.bed")


texts = st.text(st.characters(exclude_characters="\t\n\r\0", exclude_categories=["Cs"]), min_size=1, max_size=8)
contigs = st.sampled_from(["I", "chr1", "t", "b", "track", "1", "ä"])
numbers = st.floats(allow_nan=False, width=64)


@st.composite
def tables(draw, *, n_columns):
    n_rows = draw(st.integers(1, 6))

    def column(values):
        return draw(st.lists(values, min_size=n_rows, max_size=n_rows))

    start = np.array(column(st.integers(0, 10**9)), dtype=np.int64)
    length = np.array(column(st.integers(1, 10**6)), dtype=np.int64)
    table = interval_table(column(contigs), start, start + length)
    further = {
        "name": pd.Series(column(texts), dtype=str),
        "score": np.array(column(st.one_of(numbers, st.just(float("nan")))), dtype=np.float64),
        "strand": pd.Series(column(st.sampled_from("+-.")), dtype=str),
        "column_7": pd.Series(column(texts), dtype=str),
        "column_8": pd.Series(column(texts), dtype=str),
    }
    return table.assign(**dict(list(further.items())[: n_columns - 3]))


@settings(max_examples=60)
@given(st.integers(3, 8).flatmap(lambda n: tables(n_columns=n)), st.sampled_from(["x.bed", "x.bed.gz"]))
def test_bed_is_read_as_it_was_written(tmp_path_factory, table, name):
    path = tmp_path_factory.mktemp("bed") / name
    write_bed(path, table)
    pd.testing.assert_frame_equal(read_intervals(path), table)


@settings(max_examples=60)
@given(st.data())
def test_narrowpeak_is_read_as_it_was_written(tmp_path_factory, data):
    table = data.draw(tables(n_columns=6)).fillna({"score": 0.0})
    n = len(table)
    for column in ("signal", "p_value", "q_value"):
        table[column] = np.array(data.draw(st.lists(numbers, min_size=n, max_size=n)), dtype=np.float64)
    share = data.draw(st.lists(st.integers(-1, 100), min_size=n, max_size=n))
    offset = np.minimum(np.array(share, dtype=np.int64), table["end"] - table["start"] - 1)
    table["summit"] = np.where(offset < 0, -1, table["start"] + offset)
    path = tmp_path_factory.mktemp("peaks") / "x.narrowPeak.gz"
    write_narrowpeak(path, table)
    pd.testing.assert_frame_equal(read_intervals(path), table)


def test_missing_columns_are_filled_in_as_the_formats_want(tmp_path):
    table = interval_table(["I"], [5], [9], strand=["-"], kind=["peak"])
    write_bed(tmp_path / "x.bed", table)
    assert (tmp_path / "x.bed").read_text() == "I\t5\t9\t.\t.\t-\n"
    write_narrowpeak(tmp_path / "x.narrowPeak", table.assign(summit=7, score=3.0))
    assert (tmp_path / "x.narrowPeak").read_text() == "I\t5\t9\t.\t3\t-\t0\t-1\t-1\t2\n"


def test_a_table_without_rows_is_written_as_an_empty_file(tmp_path):
    write_bed(tmp_path / "x.bed", interval_table([], [], []))
    write_narrowpeak(tmp_path / "x.narrowPeak", interval_table([], [], []))
    assert (tmp_path / "x.bed").read_bytes() == (tmp_path / "x.narrowPeak").read_bytes() == b""


def test_writing_does_not_change_the_table(tmp_path):
    table = interval_table(["I"], [5], [9], summit=[7])
    before = table.copy()
    write_narrowpeak(tmp_path / "x.narrowPeak", table)
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "a\tb"}, "must not have a tab, a line break"),
        ({"name": "a\nb"}, "must not have a tab, a line break"),
        ({"strand": "1"}, r"strand must be \+, - or .; got \['1'\]"),
        ({"chrom": "a b"}, "words without blanks that do not begin with #"),
        ({"chrom": "#a"}, "words without blanks that do not begin with #"),
        ({"start": -1}, "0 <= start < end; got I start -1, end 9"),
        ({"end": 5}, "0 <= start < end; got I start 5, end 5"),
        ({"summit": 9}, "a summit must lie in its peak, or be -1; I start 5, end 9 has 9"),
        ({"summit": 4}, "a summit must lie in its peak"),
        ({"q_value": float("nan")}, "no way to write a missing q_value"),
    ],
)
def test_a_table_that_could_not_be_read_back_is_not_written(tmp_path, change, message):
    table = interval_table(["I"], [5], [9]).assign(**change)
    with pytest.raises(InputError, match=message):
        write_narrowpeak(tmp_path / "x.narrowPeak", table)
    if not {"summit", "q_value"} & change.keys():
        with pytest.raises(InputError, match=message):
            write_bed(tmp_path / "x.bed", table)
    assert list(tmp_path.iterdir()) == []


def test_a_table_without_coordinates_is_not_written(tmp_path):
    with pytest.raises(InputError, match="needs the column end; it has chrom, start"):
        write_bed(tmp_path / "x.bed", interval_table(["I"], [5], [9]).drop(columns="end"))


@pytest.mark.parametrize(
    ("path", "n_rows", "columns"),
    [
        ("chipexo/reb1_summits.bed", 1_078, 4),
        ("chipexo/rossi2021_summits.bed.gz", 188_489, 4),
        ("tss/slic_cage_clusters.narrowPeak", 4_134, 10),
        ("annotation/Scer_transcripts_w_verifiedORFs.bed.gz", 5_088, 6),
    ],
)
def test_measured_files_agree_with_pandas(data_folder, path, n_rows, columns):
    table = read_intervals(data_folder / "yeast" / path)
    expected = pd.read_csv(data_folder / "yeast" / path, sep="\t", header=None, dtype={0: str, 3: str})
    assert table.shape == (n_rows, columns)
    for number in range(min(columns, 9)):
        ours, theirs = table.iloc[:, number].tolist(), expected[number].tolist()
        assert ours == (pytest.approx(theirs) if isinstance(theirs[0], float) else theirs)
    if columns == 10:
        assert (table["summit"] - table["start"]).tolist() == expected[9].tolist()


def test_a_file_of_pairs_is_not_taken_for_bed(data_folder):
    with pytest.raises(FormatError, match=r"loops\.bedpe, line 1: strand"):
        read_intervals(data_folder / "yeast" / "annotation" / "S288C-hic-loops.bedpe")
