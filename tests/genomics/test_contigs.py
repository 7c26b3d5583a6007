"""Matching contig names: what is the same, what is not, and that nothing is matched in silence."""

import warnings

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.errors import CisgramWarning, ContigError
from cisgram.genomics.contigs import match_contigs
from cisgram.io.tables import read_chrom_sizes, read_intervals

ROMAN = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI"]
YEAST = {name: 1000 + number for number, name in enumerate([*ROMAN, "Mito"])}
HUMAN = {name: 10**6 + number for number, name in enumerate([*map(str, range(1, 23)), "X", "Y", "MT"])}


def quietly(*args, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CisgramWarning)
        return match_contigs(*args, **options)


def renamed(sizes, rename):
    return {rename(name): size for name, size in sizes.items()}


def test_the_same_contigs_match_without_a_warning():
    match = match_contigs(YEAST, dict(reversed(YEAST.items())))
    assert match.to_genome == match.to_other == {name: name for name in YEAST}
    assert set(match.table["status"]) == {"same"}
    assert match.table["genome"].tolist() == list(YEAST)


@pytest.mark.parametrize("rename", ["chr{}", "Chr{}", "CHR{}", "chr_{}", "chromosome{}", "chromosome_{}"])
def test_a_prefix_makes_no_difference(rename):
    names = renamed(YEAST, rename.format)
    assert quietly(YEAST, names).to_genome == {rename.format(name): name for name in YEAST}
    assert quietly(names, YEAST).to_genome == {name: rename.format(name) for name in YEAST}


@pytest.mark.parametrize("ours", ["M", "MT", "Mito", "chrM", "chrMT", "mitochondrion", "mtDNA"])
@pytest.mark.parametrize("theirs", ["M", "MT", "Mito", "chrM", "chrMT", "MtDNA"])
def test_all_names_of_the_mitochondrion_match(ours, theirs):
    assert quietly({"1": 5, ours: 3}, {"1": 5, theirs: 3}).to_genome == {"1": "1", theirs: ours}


@pytest.mark.parametrize("prefix", ["", "chr"])
def test_roman_and_arabic_numbers_match(prefix):
    arabic = {f"{prefix}{number}": YEAST[name] for number, name in enumerate(ROMAN, start=1)}
    expected = {f"{prefix}{number}": name for number, name in enumerate(ROMAN, start=1)}
    assert quietly(YEAST, arabic).to_genome == expected
    assert quietly(arabic, YEAST).to_other == expected


def test_roman_numbers_match_where_only_some_are_there():
    arabic = {f"chr{number}": YEAST[name] for number, name in enumerate(ROMAN, start=1)}
    assert quietly(arabic, ["chrIV", "chrX"]).to_genome == {"chrIV": "chr4", "chrX": "chr10"}


def test_the_x_of_a_worm_and_of_a_mammal_is_no_ten():
    worm = {"I": 5, "II": 6, "III": 7, "IV": 8, "V": 9, "X": 10}
    arabic = {"chr1": 5, "chr2": 6, "chr3": 7, "chr4": 8, "chr5": 9, "chrX": 10}
    assert quietly(worm, arabic).to_genome["chrX"] == "X"
    only_numbers = {f"chr{number}": 10**6 for number in range(1, 23)}
    assert quietly(only_numbers, ["1", "X"]).to_genome == {"1": "chr1"}
    assert quietly(HUMAN, renamed(HUMAN, "chr{}".format)).to_genome["chrX"] == "X"


def test_a_name_as_it_stands_goes_before_one_that_means_the_same():
    both = {"chrM": 16571, "chrMT": 16569}
    assert match_contigs(both, both).to_genome == {"chrM": "chrM", "chrMT": "chrMT"}
    assert quietly(both, ["MT"]).to_genome == {"MT": "chrMT"}


def test_a_name_with_two_possible_partners_gets_none():
    match = quietly({"chr1": 9, "2": 5}, ["1", "Chr1", "2"])
    assert match.to_genome == {"2": "2"}
    assert sorted(match.table.loc[match.table["genome"] == "", "other"]) == ["1", "Chr1"]


@given(
    st.lists(st.sampled_from([*ROMAN, "chrI", "chrII", "1", "2", "10", "MT", "chrM", "s1"]), unique=True),
    st.lists(st.sampled_from([*ROMAN, "chrX", "chr1", "chr2", "2", "M", "S1", "x"]), unique=True),
)
def test_a_match_is_one_to_one_symmetric_and_loses_no_contig(ours, theirs):
    try:
        match = quietly(dict.fromkeys(ours, 7), dict.fromkeys(theirs, 7))
    except ContigError:
        with pytest.raises(ContigError):
            quietly(dict.fromkeys(theirs, 7), dict.fromkeys(ours, 7))
        return
    assert {genome: other for other, genome in match.to_genome.items()} == match.to_other
    assert quietly(dict.fromkeys(theirs, 7), dict.fromkeys(ours, 7)).to_other == match.to_genome
    assert sorted(filter(None, match.table["genome"])) == sorted(ours)
    assert sorted(filter(None, match.table["other"])) == sorted(theirs)


def test_the_table_says_what_became_of_every_contig():
    with pytest.warns(CisgramWarning):
        match = match_contigs({"1": 10, "2": 20, "MT": 30}, {"1": 10, "chrM": 31, "Un": 5}, what="bigWig x.bw")
    expected = pd.DataFrame(
        {
            "genome": ["1", "2", "MT", ""],
            "other": ["1", "", "chrM", "Un"],
            "genome_length": pd.array([10, 20, 30, None], dtype="Int64"),
            "other_length": pd.array([10, None, 31, 5], dtype="Int64"),
            "status": ["same", "only in genome", "length differs", "only in bigWig x.bw"],
        }
    )
    pd.testing.assert_frame_equal(match.table, expected)
    assert match.to_genome == {"1": "1"}


def test_a_renaming_warns_with_the_names():
    with pytest.warns(CisgramWarning, match=r"^peaks p.bed: 2 contigs are matched .* \(chrI = I, chrM = Mito\)$"):
        match_contigs(YEAST, ["chrI", "chrM", "chrI"], what="peaks p.bed")


def test_contigs_that_the_genome_lacks_are_counted():
    with pytest.warns(CisgramWarning, match=r"the genome lacks 2 of its contigs \(2micron, rDNA\)$"):
        match_contigs(YEAST, ["I", "2micron", "rDNA"])


def test_contigs_that_a_file_with_lengths_lacks_are_counted_with_their_share():
    with pytest.warns(CisgramWarning, match=r"it lacks 1 contigs of the genome \(B: 25.0% of its bases\)$"):
        match_contigs({"A": 75, "B": 25}, {"A": 75})


def test_peaks_need_not_lie_on_every_contig():
    assert match_contigs(YEAST, ["I", "II"]).to_genome == {"I": "I", "II": "II"}


def test_a_mitochondrion_of_another_length_is_left_out_with_a_warning():
    with pytest.warns(CisgramWarning, match="another length: chrM: 16571 bp, the genome's 16569"):
        match = match_contigs({"1": 5, "MT": 16569}, {"1": 5, "chrM": 16571})
    assert match.to_genome == {"1": "1"}


@pytest.mark.parametrize(
    "other", [{"chr1": 249250621, "chr2": 5}, {"1": 249250621, "2": 5}], ids=["the same name", "another name"]
)
def test_another_assembly_is_refused(other):
    with pytest.raises(ContigError, match=r"x.bw belongs to another assembly .* 249250621 bp, .*248956422 \(1 of 2"):
        match_contigs({"chr1": 248956422, "chr2": 5}, other, what="x.bw")


def test_a_mitochondrion_of_the_same_name_and_another_length_is_refused():
    with pytest.raises(ContigError, match="another assembly"):
        match_contigs({"1": 5, "chrM": 16569}, {"1": 5, "chrM": 16571})


def test_a_mitochondrion_of_another_length_alone_is_no_match():
    with pytest.raises(ContigError, match="no contig"):
        match_contigs({"MT": 16569}, {"chrM": 16571})


def test_no_match_names_both_sides():
    with pytest.raises(ContigError, match=r"x.bw has 2L, 2R, the genome has I, II, III, IV, ... 17 in all; use the"):
        match_contigs(YEAST, ["2L", "2R"], what="x.bw")


def test_no_match_suggests_contigs_of_equal_length():
    with pytest.raises(ContigError, match=r"2 have equal lengths \(NC_001133.9 = I, NC_001134.8 = II\), so rename"):
        match_contigs(YEAST, {"NC_001133.9": 1000, "NC_001134.8": 1001})


def test_no_contigs_at_all_are_no_match():
    with pytest.raises(ContigError, match="has no contigs"):
        match_contigs(YEAST, [])


def test_measured_yeast_files_match_as_their_makers_meant(data_folder):
    sizes = read_chrom_sizes(data_folder / "yeast" / "R64-1-1.chrom.sizes")
    fragments = read_intervals(data_folder / "yeast" / "atac_schep2015.fragments.bed.gz")
    with pytest.warns(CisgramWarning, match="17 contigs are matched under different names"):
        match = match_contigs(sizes, fragments["chrom"], what="fragments")
    assert match.to_genome == {"chrM": "Mito", **{f"chr{name}": name for name in ROMAN}}
    peaks = read_intervals(data_folder / "yeast" / "tss" / "slic_cage_clusters.narrowPeak")
    assert set(match_contigs(sizes, peaks["chrom"]).table["status"]) <= {"same", "only in genome"}
