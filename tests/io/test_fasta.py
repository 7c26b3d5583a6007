"""FASTA: read as a plain parser and the public tools read it, and refused with the line where it is none."""

import gzip
import logging
import tracemalloc
from functools import partial

import numpy as np
import pysam
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgram.errors import FormatError, InputError
from cisgram.genomics.sequence import N, decode, encode
from cisgram.io import fasta
from cisgram.io.fasta import read_fasta_pieces, read_genome, write_fasta
from cisgram.io.packing import read_chunks

names = st.text("abcXYZ019_.|>:-", min_size=1, max_size=8)
sequences = st.text("ACGTNacgtnRYSWKMBDHVXryx", min_size=1, max_size=120)


def texts_of(genome):
    return {name: decode(genome.codes(name, 0, size)) for name, size in genome.sizes.items()}


def read(folder, content):
    """Write bytes and read them as a genome, with a cache of its own."""
    path = folder / "genome.fa"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_genome(path, cache_folder=folder / "cache")


@st.composite
def layouts(draw):
    """A FASTA file in one of the many ways to lay it out, and what it says."""
    records = draw(st.dictionaries(names, sequences, min_size=1, max_size=4))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    text = end * draw(st.integers(0, 2))
    for name, sequence in records.items():
        text += f">{name}" + draw(st.sampled_from(["", " a description > of it", "\tlength=3"])) + end
        width = draw(st.integers(1, 130))
        for start in range(0, len(sequence), width):
            text += sequence[start : start + width] + draw(st.sampled_from(["", "", " ", "\t"]))
            text += end * draw(st.sampled_from([1, 1, 1, 2]))
    if draw(st.booleans()):
        text = text.removesuffix(end)
    return text, records


@settings(max_examples=80)
@given(layouts(), st.sampled_from([1, 2, 3, 7, 64, 1 << 22]), st.booleans())
def test_every_layout_is_read_alike_whatever_the_size_of_the_pieces(tmp_path_factory, layout, chunk_bytes, is_packed):
    text, records = layout
    path = tmp_path_factory.mktemp("fasta") / "genome"
    path.write_bytes(gzip.compress(text.encode()) if is_packed else text.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fasta, "read_chunks", partial(read_chunks, chunk_bytes=chunk_bytes))
        genome = read_genome(path, cache_folder=path.parent)
    expected = {
        name: "".join(letter if letter in "ACGT" else "N" for letter in sequence.upper())
        for name, sequence in records.items()
    }
    assert texts_of(genome) == expected
    assert list(genome.sizes) == list(records)
    assert genome.n_ambiguous == sum(letter.upper() in "RYSWKMBDHVX" for s in records.values() for letter in s)


@settings(max_examples=60)
@given(
    st.dictionaries(names, st.lists(st.integers(0, N), min_size=1, max_size=300), min_size=1, max_size=4),
    st.integers(1, 100),
    st.sampled_from(["genome.fa", "genome.fa.gz"]),
)
def test_what_is_written_is_read_back(tmp_path_factory, contigs, letters_per_line, file_name):
    folder = tmp_path_factory.mktemp("fasta")
    codes = {name: np.array(values, dtype=np.uint8) for name, values in contigs.items()}
    write_fasta(folder / file_name, codes, letters_per_line=letters_per_line)
    genome = read_genome(folder / file_name, cache_folder=folder)
    assert list(genome.sizes) == list(codes)
    for name, values in codes.items():
        np.testing.assert_array_equal(genome.codes(name, 0, values.size), values)


def test_a_written_file_has_lines_of_the_length_asked_for(tmp_path):
    write_fasta(tmp_path / "x.fa", {"I": encode("ACGTN"), "II": encode("ACGT")}, letters_per_line=4)
    assert (tmp_path / "x.fa").read_text() == ">I\nACGT\nN\n>II\nACGT\n"


def test_contigs_longer_than_a_block_of_lines_are_written_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(fasta, "_LINES_AT_ONCE", 2)
    text = "ACGTTGCAAC" * 5
    write_fasta(tmp_path / "x.fa", {"I": encode(text)}, letters_per_line=7)
    assert texts_of(read_genome(tmp_path / "x.fa", cache_folder=tmp_path)) == {"I": text}


def test_a_packed_file_can_be_indexed_and_read_by_samtools(tmp_path):
    contigs = {"I": encode("ACGTN" * 30_000), "II": encode("TTGAC")}
    path = tmp_path / "x.fa.gz"
    write_fasta(path, contigs)
    pysam.faidx(str(path))
    with pysam.FastaFile(str(path)) as reference:
        assert {name: reference.fetch(name) for name in reference.references} == {
            name: decode(codes) for name, codes in contigs.items()
        }


def test_samtools_and_we_read_the_same_from_a_masked_file(tmp_path):
    rng = np.random.default_rng(1)
    letters = rng.choice(np.frombuffer(b"ACGTacgtNn", dtype=np.uint8), 5000).tobytes().decode()
    content = (
        ">chr1 first\n" + "\n".join(letters[start : start + 70] for start in range(0, 5000, 70)) + "\n>chr2\nacgt\n"
    )
    genome = read(tmp_path, content)
    with pysam.FastaFile(str(tmp_path / "genome.fa")) as reference:
        expected = {name: reference.fetch(name).upper() for name in reference.references}
    assert texts_of(genome) == expected


def test_the_yeast_genome_agrees_with_its_table_of_lengths_and_with_plain_reading(data_folder, tmp_path):
    path = data_folder / "yeast" / "R64-1-1.fa.gz"
    genome = read_genome(path, cache_folder=tmp_path)
    sizes = (data_folder / "yeast" / "R64-1-1.chrom.sizes").read_text().split()
    assert dict(genome.sizes) == {name: int(size) for name, size in zip(sizes[::2], sizes[1::2], strict=True)}
    records = gzip.decompress(path.read_bytes()).decode().split(">")[1:]
    for record in records:
        name, _, sequence = record.partition("\n")
        np.testing.assert_array_equal(
            genome.codes(name, 0, genome.sizes[name]), encode(sequence.replace("\n", "")), strict=True
        )
    assert (genome.path, genome.n_ambiguous, len(records)) == (str(path), 0, 17)


def test_ambiguous_letters_are_counted_and_said_in_the_log(tmp_path, caplog):
    with caplog.at_level(logging.INFO):
        genome = read(tmp_path, ">I\nACNnRyX\n")
    assert genome.n_ambiguous == 3
    assert "genome.fa: 3 letters other than A, C, G, T and N were read as N" in caplog.text
    assert read_genome(tmp_path / "genome.fa", cache_folder=tmp_path / "cache").n_ambiguous == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("I\nACGT\n", r"line 1: FASTA begins with a header, '>name'; this begins with b'I"),
        ("\n\r\n  \nACGT\n", r"line 4: FASTA begins with a header"),
        ("@read\nACGT\n+\nIIII\n", r"line 1: .*FASTQ holds reads"),
        ("\n \n", r"there is nothing but blank lines"),
        (">I\nACGT\n>II\nAC\n>I x\nAC\n", r"line 5: a second record is named 'I'"),
        (">I\nACGT\n\n>II\n>III\nAC\n", r"line 4: record 'II' has no sequence"),
        (">I\nACGT\n>II\n", r"line 3: record 'II' has no sequence"),
        (">I\nACGT\n>II", r"line 3: record 'II' has no sequence"),
        (">I\n\n", r"line 1: record 'I' has no sequence"),
        (">\nACGT\n", r"line 1: a header must begin with '>' and, without a blank, the record's name"),
        ("> I\nACGT\n", r"line 1: a header must begin with '>' and, without a blank"),
        (">I\nAC\nACG>II\nA\n", r"line 3: '>' stands inside a line"),
        (">I\nACGT\nMKVLEF\n", r"line 3: b'L' is not a base;.*is this a protein"),
        (">I\nACGT\r\n\r\nAC1\n", r"line 4: b'1' is not a base"),
        (">I\nACGU\n", r"line 2: b'U' is not a base;.*write T for U"),
        (">I\nAC-GT\n", r"line 2: b'-' is not a base;.*remove the gaps"),
        (b">I\nACGT\n\x00\xfe\n", r"line 3: b'\\x00' is not a base"),
        (b">\xff\xfe\nACGT\n", r"line 1: the record's name is no text"),
        (b">I\x01\nACGT\n", r"line 1: the record's name is not printable"),
        (b"\x7fELF\x00\x01\x02", r"line 1: FASTA begins with a header, '>name'; this begins with b'\\x7f"),
    ],
)
@pytest.mark.parametrize("chunk_bytes", [1, 5, 1 << 22])
def test_what_is_no_fasta_is_refused_with_its_line(tmp_path, monkeypatch, content, message, chunk_bytes):
    monkeypatch.setattr(fasta, "read_chunks", partial(read_chunks, chunk_bytes=chunk_bytes))
    with pytest.raises(FormatError, match=message):
        read(tmp_path, content)
    assert not list((tmp_path / "cache").rglob("*.*"))


def test_lines_are_counted_across_packed_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(fasta, "read_chunks", partial(read_chunks, chunk_bytes=100))
    with pytest.raises(FormatError, match=r"line 502: b'!' is not a base"):
        read(tmp_path, gzip.compress(b">I\n" + b"ACGT\n" * 500 + b"AC!\n"))


def test_lines_are_counted_behind_a_header_that_lies_in_two_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(fasta, "read_chunks", partial(read_chunks, chunk_bytes=50))
    with pytest.raises(FormatError, match=r"line 2: b'!' is not a base"):
        read(tmp_path, ">" + "x" * 60 + "\nA!\n" + "ACGT\n" * 20)


def test_a_header_that_never_ends_is_refused_before_it_fills_the_memory(tmp_path):
    with pytest.raises(FormatError, match=r"line 1: a header line of more than 1 MB; lines must end in"):
        read(tmp_path, b">I\rACGT\r" * 200_000)


@pytest.mark.parametrize("kind", ["gzip", "bgzip"])
def test_a_truncated_packed_file_is_refused(tmp_path, kind):
    whole = tmp_path / "whole.fa.gz"
    write_fasta(whole, {"I": np.random.default_rng(1).integers(0, 4, 300_000, dtype=np.uint8)})
    if kind == "gzip":
        whole.write_bytes(gzip.compress(gzip.decompress(whole.read_bytes())))
    with pytest.raises(FormatError, match=r"(ends too early|cut short)"):
        read(tmp_path, whole.read_bytes()[:-40])
    assert not list((tmp_path / "cache").rglob("*.*"))


def test_missing_and_empty_files_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"genome: there is no file"):
        read_genome(tmp_path / "none.fa", cache_folder=tmp_path)
    with pytest.raises(FormatError, match=r"is empty \(0 bytes\); genome expected"):
        read(tmp_path, "")


def test_a_file_that_changes_while_it_is_read_is_refused_and_not_kept(tmp_path, monkeypatch):
    path = tmp_path / "genome.fa"

    def reading_while_it_grows(path):
        yield from read_fasta_pieces(path)
        with path.open("a") as file:
            file.write("ACGT\n")

    monkeypatch.setattr(fasta, "read_fasta_pieces", reading_while_it_grows)
    with pytest.raises(FormatError, match="changed while it was read"):
        read(tmp_path, ">I\nACGT\n")
    assert not list((tmp_path / "cache").rglob("*.*"))
    monkeypatch.undo()
    assert texts_of(read_genome(path, cache_folder=tmp_path / "cache")) == {"I": "ACGTACGT"}


@pytest.mark.parametrize(
    ("contigs", "message"),
    [
        ({}, "got 0 and 60"),
        ({"a b": encode("A")}, "one printable word; got 'a b'"),
        ({"": encode("A")}, "one printable word; got ''"),
        ({"a": encode("")}, "'a' must be one row of at least one code"),
        ({"a": np.array([5], dtype=np.uint8)}, "codes? from 0 to 4"),
    ],
)
def test_contigs_that_could_not_be_read_back_are_not_written(tmp_path, contigs, message):
    with pytest.raises(InputError, match=message):
        write_fasta(tmp_path / "x.fa", contigs)
    assert not (tmp_path / "x.fa").exists()


@pytest.mark.parametrize("letters_per_line", [60, 1 << 30], ids=["lines of 60", "one line"])
def test_a_genome_never_lies_in_memory_as_a_whole(tmp_path, letters_per_line):
    contigs = {"I": np.random.default_rng(1).integers(0, 4, 30_000_000, dtype=np.uint8)}
    write_fasta(tmp_path / "x.fa", contigs, letters_per_line=letters_per_line)
    tracemalloc.start()
    genome = read_genome(tmp_path / "x.fa", cache_folder=tmp_path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20_000_000
    np.testing.assert_array_equal(genome.joined, contigs["I"])
