"""Cutting windows out of a genome, against plain text slicing."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.errors import ContigError, InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import interval_table
from cisgram.genomics.sequence import decode, encode

contigs = st.dictionaries(st.sampled_from(["I", "II", "chrX", "Mito"]), st.text("ACGTN", min_size=1, max_size=40))


def genome_of(texts):
    return Genome.from_codes({name: encode(text) for name, text in texts.items()})


def table_of(rows, length):
    """Windows as a data frame; unlike an interval table, they may begin before 0."""
    return pd.DataFrame(
        {
            "chrom": pd.Series([chrom for chrom, _ in rows], dtype=str),
            "start": np.array([start for _, start in rows], dtype=np.int64),
            "end": np.array([start + length for _, start in rows], dtype=np.int64),
        }
    )


@given(st.data())
def test_windows_are_slices_of_a_text_padded_with_n(data):
    texts = data.draw(contigs.filter(bool))
    length = data.draw(st.integers(0, 60))
    rows = data.draw(st.lists(st.tuples(st.sampled_from(list(texts)), st.integers(-150, 150)), min_size=1, max_size=8))
    windows = genome_of(texts).windows(table_of(rows, length))
    padding = "N" * 250
    padded = {name: padding + text + padding for name, text in texts.items()}
    assert [decode(window) for window in windows] == [
        padded[name][start + 250 : start + 250 + length] for name, start in rows
    ]


@given(contigs.filter(bool))
def test_every_contig_comes_back_as_it_went_in(texts):
    genome = genome_of(texts)
    assert dict(genome.sizes) == {name: len(text) for name, text in texts.items()}
    assert {name: decode(genome.codes(name, 0, size)) for name, size in genome.sizes.items()} == texts


@given(st.data())
def test_codes_and_windows_agree_inside_a_contig(data):
    genome = genome_of(data.draw(contigs.filter(bool)))
    chrom = data.draw(st.sampled_from(list(genome.sizes)))
    start = data.draw(st.integers(0, genome.sizes[chrom] - 1))
    end = data.draw(st.integers(start + 1, genome.sizes[chrom]))
    np.testing.assert_array_equal(
        genome.codes(chrom, start, end), genome.windows(interval_table([chrom], [start], [end]))[0]
    )


def test_windows_ignore_the_index_the_strand_and_further_columns():
    genome = genome_of({"I": "ACGTTT"})
    table = interval_table(["I", "I"], [0, 3], [3, 6], strand=["-", "+"], name=["a", "b"]).set_index(pd.Index([9, 9]))
    assert [decode(window) for window in genome.windows(table)] == ["ACG", "TTT"]


@pytest.mark.parametrize("dtype", [object, "category"])
def test_contig_names_may_be_of_any_text_type(dtype):
    genome = genome_of({"I": "AC", "II": "GT"})
    table = interval_table(["II", "I"], [0, 0], [2, 2]).astype({"chrom": dtype})
    assert [decode(window) for window in genome.windows(table)] == ["GT", "AC"]


def test_no_windows_are_an_empty_array():
    assert genome_of({"I": "ACGT"}).windows(interval_table([], [], [])).shape == (0, 0)


def test_windows_of_different_lengths_are_refused():
    with pytest.raises(InputError, match=r"have 2 to 3 bp; resize"):
        genome_of({"I": "ACGT"}).windows(interval_table(["I", "I"], [0, 0], [2, 3]))


def test_windows_that_end_before_they_start_are_refused():
    with pytest.raises(InputError, match="one length"):
        genome_of({"I": "ACGT"}).windows(table_of([("I", 2)], -1))


def test_an_unknown_contig_is_named_with_those_there_are_and_the_nearest():
    genome = genome_of({"chrI": "ACGT", "chrII": "ACGT"})
    with pytest.raises(ContigError, match=r"no contig 'chrIII'; it has chrI, chrII; did you mean 'chrII'"):
        genome.windows(interval_table(["chrI", "chrIII"], [0, 0], [1, 1]))
    with pytest.raises(ContigError, match=r"no contig 'Z'; it has chrI, chrII; genomics"):
        genome.codes("Z", 0, 1)


def test_a_window_without_a_contig_is_refused():
    table = interval_table(["I"], [0], [1])
    table["chrom"] = pd.Series([None], dtype=object)
    with pytest.raises(ContigError, match="some have none"):
        genome_of({"I": "ACGT"}).windows(table)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (0, 5), (3, 2), (5, 5)])
def test_codes_outside_a_contig_are_refused(start, end):
    with pytest.raises(InputError, match=rf"contig I has 4 bp; start {start}, end {end}"):
        genome_of({"I": "ACGT", "II": "ACGT"}).codes("I", start, end)


def test_nobody_can_write_into_a_genome():
    codes = encode("ACGT")
    genome = Genome.from_codes({"I": codes})
    with pytest.raises(ValueError, match="read-only"):
        genome.codes("I", 0, 4)[0] = 3
    codes[0] = 3
    assert decode(genome.codes("I", 0, 4)) == "ACGT"
    assert genome.windows(interval_table(["I"], [0], [4])).flags.writeable


@pytest.mark.parametrize(
    "codes",
    [np.zeros(0, np.uint8), np.array([5], np.uint8), np.zeros((2, 2), np.uint8)],
    ids=["empty", "code 5", "two rows"],
)
def test_contigs_that_are_none_are_refused(codes):
    with pytest.raises(InputError, match="contig 'II' must be one row"):
        Genome.from_codes({"I": encode("A"), "II": codes})


def test_a_genome_without_contigs_is_refused():
    with pytest.raises(InputError, match="got 0 contigs"):
        Genome.from_codes({})


def test_sizes_that_do_not_add_up_are_refused():
    with pytest.raises(InputError, match="2 contigs of 5 bp in all and 4 codes"):
        Genome(sizes={"I": 4, "II": 1}, joined=encode("ACGT"), sha256="")


def test_the_hash_of_a_genome_in_memory_tells_contents_names_and_cuts_apart():
    genomes = [{"I": "ACGT"}, {"I": "ACGA"}, {"II": "ACGT"}, {"I": "AC", "II": "GT"}, {"I": "ACG", "II": "T"}]
    assert len({genome_of(texts).sha256 for texts in genomes}) == len(genomes)
    assert genome_of(genomes[0]).sha256 == genome_of(genomes[0]).sha256
    assert genome_of(genomes[0]).sha256 == hashlib.sha256(b"I\t4\n\x00\x01\x02\x03").hexdigest()


def test_repr_does_not_list_thousands_of_contigs():
    assert len(repr(genome_of({f"scaffold_{number}": "A" for number in range(5000)}))) < 120
