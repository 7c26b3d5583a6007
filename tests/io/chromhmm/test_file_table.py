"""The table of marks: read back as written, and one clear error with the line for each way it can be wrong."""

import pytest

from cisgram.errors import FormatError
from cisgram.io.chromhmm.file_table import MarkFile, read_mark_files, write_mark_files


@pytest.fixture
def folder(tmp_path):
    for name in ("a.bed", "b.bed", "input.bed"):
        (tmp_path / name).write_text("chr1\t0\t50\t.\t0\t+\n")
    return tmp_path


def table(folder, text):
    (folder / "marks.tsv").write_text(text)
    return folder / "marks.tsv"


def test_files_lie_beside_the_table_or_in_a_folder_that_is_given(folder):
    text = "# cell\tmark\tfile\n\nK562\tH3K4me3\ta.bed\tinput.bed\r\nK562\tH3K4me3\tb.bed\t\n"
    expected = (
        MarkFile("K562", "H3K4me3", folder / "a.bed", folder / "input.bed"),
        MarkFile("K562", "H3K4me3", folder / "b.bed"),
    )
    assert read_mark_files(table(folder, text)) == expected
    elsewhere = folder / "tables" / "marks.tsv"
    elsewhere.parent.mkdir()
    elsewhere.write_text(text)
    assert read_mark_files(elsewhere, folder=folder) == expected


def test_a_table_is_read_back_as_it_was_written_with_relative_names(folder):
    files = (MarkFile("a", "m", folder / "a.bed", folder / "input.bed"), MarkFile("b", "m", folder / "b.bed"))
    write_mark_files(folder / "out.tsv", files)
    assert (folder / "out.tsv").read_text() == "a\tm\ta.bed\tinput.bed\nb\tm\tb.bed\n"
    assert read_mark_files(folder / "out.tsv") == files


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("K562\tH3K4me3\n", r"line 1: a row needs cell type, mark, file"),
        ("K562 H3K4me3 a.bed\n", r"got 1 columns"),
        ("K562\tm\ta.bed\tinput.bed\tmore\n", r"got 5 columns"),
        ("# x\nK562\tH3 K4\ta.bed\n", r"line 2: the mark must be a name without blanks or slashes; got 'H3 K4'"),
        ("a/b\tm\ta.bed\n", r"the cell type must be"),
        ("K562\tm\tc.bed\n", r"line 1: .*there is no file .*c\.bed \(but "),
        ("K562\tm\ta.bed\nK562\tm\ta.bed\n", r"line 2: a\.bed comes twice for m of K562"),
        ("# nothing\n", r"no row"),
    ],
)
def test_what_is_wrong_is_said_with_the_line(folder, text, message):
    with pytest.raises(FormatError, match=message):
        read_mark_files(table(folder, text))
