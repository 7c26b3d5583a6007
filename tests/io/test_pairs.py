import numpy as np
import pytest

from cisgram.errors import FormatError, InputError
from cisgram.genomics.read_pairs import ReadPairs
from cisgram.io.pairs import read_pairs, write_pairs

HEAD = (
    "## pairs format v1.0\n#chromsize: I 100\n#chromsize: II 50\n#columns: readID chr1 pos1 chr2 pos2 strand1 strand2\n"
)


def test_what_is_written_is_read_back(tmp_path):
    rng = np.random.default_rng(0)
    chrom = rng.integers(0, 2, (2, 50))
    place, strand = rng.integers(0, 50, (2, 50)), rng.random((2, 50)) < 0.5
    drawn = ReadPairs(("I", "II"), chrom[0], place[0], strand[0], chrom[1], place[1], strand[1]).in_order
    write_pairs(tmp_path / "a.pairs.gz", [drawn], {"I": 100, "II": 50})
    chunks = list(read_pairs(tmp_path / "a.pairs.gz", chunk_rows=7))
    for name in ("chrom1", "position1", "is_reverse1", "chrom2", "position2", "is_reverse2"):
        np.testing.assert_array_equal(
            np.concatenate([getattr(chunk.pairs, name) for chunk in chunks]), getattr(drawn, name)
        )


def test_rows_that_are_no_pairs_are_counted_by_reason(tmp_path):
    path = tmp_path / "a.pairs"
    path.write_text(HEAD + "a\tI\t1\tI\t9\t+\t-\nb\t!\t0\tI\t9\t-\t+\nc\tI\t5\tIII\t9\t-\t+\n")
    (chunk,) = read_pairs(path)
    assert len(chunk.pairs) == 1
    assert chunk.dropped == {"unmapped": 1, "other contig": 1}


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("b\tI\t0\tI\t9\t+\t-", "line 6: pos1 must be a whole number"),
        ("b\tI\t1\tI\t101\t+\t-", "line 6: pos2 must be a whole number"),
        ("b\tI\t1\tI\t9\t+\tx", "line 6: strand2 must be"),
        ("b\tI\t1\tI", "line 6|columns"),
    ],
)
def test_a_broken_row_is_named(tmp_path, row, message):
    path = tmp_path / "a.pairs"
    path.write_text(HEAD + f"a\tI\t1\tI\t9\t+\t-\n{row}\n")
    with pytest.raises(FormatError, match=message):
        list(read_pairs(path))


def test_lengths_must_come_from_somewhere(tmp_path):
    path = tmp_path / "a.pairs"
    path.write_text("a\tI\t1\tI\t9\t+\t-\n")
    with pytest.raises(InputError, match="give the contig lengths"):
        next(read_pairs(path))
    assert len(next(read_pairs(path, sizes={"I": 10})).pairs) == 1
