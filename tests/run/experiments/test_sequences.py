import numpy as np
import pytest

from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.genomics.sequence import decode, encode
from cisgram.io.fasta import write_fasta
from cisgram.run.experiments.sequences import SequenceSource, read_model_sequences


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("CISGRAM_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(1)
    write_fasta(tmp_path / "genome.fa", {"I": rng.integers(0, 4, 200).astype(np.uint8)})
    (tmp_path / "peaks.bed").write_text("I\t50\t60\nI\t100\t140\nI\t2\t6\nII\t5\t9\n")
    return tmp_path


def letters(files):
    return (files / "genome.fa").read_text().split("\n", 1)[1].replace("\n", "")


def test_windows_lie_around_the_middles_of_peaks_and_what_is_left_out_is_counted(files):
    source = SequenceSource(peaks=files / "peaks.bed", genome=files / "genome.fa")
    with pytest.warns(UserWarning, match="lacks 1"):
        found = read_model_sequences(source, length_bp=20)
    assert [decode(one) for one in found.codes] == [letters(files)[45:65], letters(files)[110:130]]
    assert found.remarks["left out: on contigs that the genome lacks"] == 1
    assert found.remarks["left out: windows cut by an end of their contig"] == 1


def test_loci_are_1_based_and_padded_with_n(files):
    source = SequenceSource(loci=("I:1-4", "I:101-104"), genome=files / "genome.fa")
    found = read_model_sequences(source, length_bp=10)
    assert decode(found.codes[0]) == "NNN" + letters(files)[:7]
    assert decode(found.codes[1]) == letters(files)[97:107]
    assert found.places["start"].tolist() == [-3, 97]


def test_a_locus_outside_is_refused(files):
    source = SequenceSource(loci=("I:500-600",), genome=files / "genome.fa")
    with pytest.raises(EmptySetError, match="lies outside of its contig"):
        read_model_sequences(source, length_bp=10)


def test_fasta_is_cut_around_its_middle_and_sampled_by_seed(tmp_path):
    rng = np.random.default_rng(0)
    write_fasta(tmp_path / "s.fa", {f"s{k}": rng.integers(0, 4, 30).astype(np.uint8) for k in range(9)})
    every = read_model_sequences(SequenceSource(fasta=tmp_path / "s.fa"), length_bp=20)
    assert every.codes.shape == (9, 20)
    some = read_model_sequences(SequenceSource(fasta=tmp_path / "s.fa", most=4, seed=1), length_bp=20)
    assert len(some.names) == 4
    assert some.remarks["taken by chance"] == "4 of 9 (--max)"
    assert all(np.array_equal(some.codes[k], every.codes[int(name[1:])]) for k, name in enumerate(some.names))
    with pytest.raises(InputError, match="the model reads 40 bp, and 9 of 9 sequences are shorter"):
        read_model_sequences(SequenceSource(fasta=tmp_path / "s.fa"), length_bp=40)


def test_shuffles_know_their_source(tmp_path):
    write_fasta(tmp_path / "s.fa", {"a": encode("ACGTACGTTT"), "b": encode("GGCATTACGA")})
    found = read_model_sequences(SequenceSource(fasta=tmp_path / "s.fa", shuffles=3), length_bp=10)
    assert found.sources.tolist() == [0, 0, 0, 1, 1, 1]
    assert found.names[3] == "b_shuffle_1"
    assert sorted(found.codes[1]) == sorted(encode("ACGTACGTTT"))


def test_random_sequences_have_their_number_and_length():
    assert read_model_sequences(SequenceSource(n_random=7, gc=0.4), length_bp=12).codes.shape == (7, 12)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({}, "got 0"),
        ({"n_random": 2, "loci": ("I:1-2",)}, "got 2"),
        ({"loci": ("I:1-2",)}, "need the genome"),
        ({"n_random": 2, "most": 0}, "most at least 1"),
    ],
)
def test_sources_that_contradict_themselves_are_refused(options, says):
    with pytest.raises(ConfigError, match=says):
        SequenceSource(**options)
