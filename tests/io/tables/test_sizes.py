"""Contig lengths: read, written, refused."""

import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgram.errors import FormatError, InputError
from cisgram.genomics.sequence import encode
from cisgram.io.fasta import write_fasta
from cisgram.io.tables import read_chrom_sizes, write_chrom_sizes


def read(folder, content):
    (folder / "chrom.sizes").write_text(content)
    return read_chrom_sizes(folder / "chrom.sizes")


def test_lengths_keep_the_order_of_the_file(tmp_path):
    assert list(read(tmp_path, "#a\nII\t20\r\nI\t10\r\n\r\n").items()) == [("II", 20), ("I", 10)]


def test_the_index_of_a_fasta_will_do(tmp_path):
    write_fasta(tmp_path / "x.fa", {"I": encode("ACGT"), "II": encode("AC")})
    pysam.faidx(str(tmp_path / "x.fa"))
    assert read_chrom_sizes(tmp_path / "x.fa.fai") == {"I": 4, "II": 2}


@settings(max_examples=40)
@given(st.dictionaries(st.text("abc019_|.", min_size=1), st.integers(1, 10**12), min_size=1))
def test_lengths_are_read_as_they_were_written(tmp_path_factory, sizes):
    path = tmp_path_factory.mktemp("sizes") / "chrom.sizes"
    write_chrom_sizes(path, sizes)
    assert list(read_chrom_sizes(path).items()) == list(sizes.items())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("I\t10\nII\t20\n#a\nI\t10\n", r"line 4: contig 'I' stands in this file twice"),
        ("I\t10\nII\t0\n", r"line 2: a contig must have at least 1 bp; got '0'"),
        ("I\t10\nII\t-5\n", r"line 2: a contig must have at least 1 bp; got '-5'"),
        ("I\t1e6\n", r"line 1: the contig's length in bp \(column 2\) must be a whole number; got '1e6'"),
        ("I 10\n", r"line 1: columns must be separated by tabs"),
        ("I\n", r"line 1: a contig's name and its length in bp are needed"),
        ("I\t10\n\t5\n", r"line 2: the contig's name \(column 1\) is empty"),
        ("#\n", r"there is no row"),
    ],
)
def test_faulty_lengths_are_refused_with_their_line(tmp_path, content, message):
    with pytest.raises(FormatError, match=message):
        read(tmp_path, content)


@pytest.mark.parametrize("sizes", [{"a b": 1}, {"": 1}, {"#a": 1}, {"a": 0}])
def test_lengths_that_could_not_be_read_back_are_not_written(tmp_path, sizes):
    with pytest.raises(InputError, match="a contig needs a name without blanks and at least 1 bp"):
        write_chrom_sizes(tmp_path / "x", sizes)
    assert not (tmp_path / "x").exists()
