"""Changes of mutants: every one has a window or says why not, and windows carry all changes that lie in them."""

from dataclasses import replace

import numpy as np
import pytest

from cisgram.errors import CisgramWarning, ConfigError, EmptySetError, InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import decode, encode
from cisgram.genomics.variant import Variant
from cisgram.run.experiments.changes import changed_windows, changes_of
from cisgram.run.settings.mutants import MutantConfig, MutantTrack, read_mutants

TRACKS = (MutantTrack("Oct4", ("a.bw",)),)
FILE = '[[mutants]]\nname = "m"\n{}\n[[mutants.tracks]]\nname = "Oct4"\nplus = ["a.bw"]\n'


@pytest.fixture(scope="module")
def genome():
    codes = np.tile(encode("ACGT"), 100)
    codes[300] = 4
    return Genome.from_codes({"chr1": codes, "chr2": np.tile(encode("ACGT"), 100)})


def asked(*changes):
    return MutantConfig("m", TRACKS, changes=changes)


def test_changes_are_read_from_text_and_from_vcf_in_the_genome_s_names(genome, tmp_path):
    (tmp_path / "v.vcf").write_text("#CHROM\tPOS\tID\tREF\tALT\n1\t101\ta\tACG\tTTT\n")
    expected = [Variant("chr1", 100, "ACG", "TTT")]
    with pytest.warns(CisgramWarning, match="1 = chr1"):
        assert changes_of(asked("1:101:ACG:TTT"), folder=tmp_path, genome=genome) == expected
    with pytest.warns(CisgramWarning, match="1 = chr1"):
        found = changes_of(MutantConfig("m", TRACKS, variants="v.vcf"), folder=tmp_path, genome=genome)
    assert found == [replace(expected[0], name="a")]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (["chr1:101:AC:A"], r"chr1:101:AC>A changes the length by -1 bp; only substitutions"),
        (["chr1:101:ACG:TTT", "chr1:103:G:A"], r"chr1:101:ACG>TTT and chr1:103:G>A share bases"),
        (["chr1:101:A:G", "chr1:101:A:T"], r"share bases; write them as one change"),
        (["chr1-101-A-G"], r"a variant looks like chr1:12345:A:G"),
    ],
)
def test_changes_that_cannot_be_compared_base_by_base_are_errors(genome, tmp_path, changes, message):
    with pytest.raises(InputError, match=message):
        changes_of(asked(*changes), folder=tmp_path, genome=genome)


def test_a_vcf_without_variants_is_an_error(genome, tmp_path):
    (tmp_path / "v.vcf").write_text("#CHROM\tPOS\tID\tREF\tALT\n")
    with pytest.raises(EmptySetError, match="its VCF has no variants"):
        changes_of(MutantConfig("m", TRACKS, variants="v.vcf"), folder=tmp_path, genome=genome)


def test_every_change_has_a_window_or_says_why_not(genome):
    changes = [
        Variant("chr1", 100, "ACG", "TTT"),
        Variant("chr1", 120, "A", "C"),
        Variant("chr1", 5, "C", "G"),
        Variant("chr1", 280, "A", "T"),
        Variant("chr2", 100, "C", "T"),
        Variant("chr2", 110, "G", "T"),
        Variant("chr2", 900, "C", "T"),
        Variant("chr3", 9, "C", "T"),
    ]
    statuses, found = changed_windows(changes, genome, length_bp=60)
    assert statuses == [
        *("ok", "ok", "the model reads beyond the end of chr1", "N in the window", "ref differs: the genome has A"),
        *("chr2:101:C>T in the window does not fit the genome", "beyond the end of chr2 (400 bp)"),
        "the genome has no contig chr3",
    ]
    assert found.rows == [0, 1]
    assert found.windows["start"].tolist() == [71, 90]
    for start, before, after in zip(found.windows["start"], found.wild_type, found.mutant, strict=True):
        assert decode(before) == decode(genome.codes("chr1", start, start + 60))
        assert np.flatnonzero(before != after).tolist() == [100 - start, 101 - start, 102 - start, 120 - start]
        assert decode(after[100 - start : 103 - start]) == "TTT"


def test_a_change_at_the_edge_of_a_neighbour_s_window_is_cut_there(genome):
    changes = [Variant("chr1", 100, "A", "C"), Variant("chr1", 128, "ACGT", "GGGG")]
    _, found = changed_windows(changes, genome, length_bp=60)
    assert found.windows["start"].iloc[0] == 70
    assert decode(found.mutant[0][-4:]) == "GTGG"


def test_without_a_change_that_fits_there_are_no_windows(genome):
    statuses, found = changed_windows([Variant("chr2", 100, "C", "T")], genome, length_bp=60)
    assert statuses == ["ref differs: the genome has A"]
    assert found.mutant.shape == (0, 60)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('changes = ["chr1:1:A:C"]\nvariant = "v.vcf"', "has no key 'variant'; did you mean 'variants'"),
        ("", "needs either variants"),
        ('changes = ["chr1:1:A:C"]\nvariants = "v.vcf"', "needs either variants"),
        ('changes = "chr1:1:A:C"', "valid"),
    ],
)
def test_a_file_of_mutants_is_read_strictly(tmp_path, line, message):
    (tmp_path / "m.toml").write_text(FILE.format(line))
    with pytest.raises(ConfigError, match=message):
        read_mutants(tmp_path / "m.toml")


def test_a_file_of_mutants_is_read(tmp_path):
    (tmp_path / "m.toml").write_text(FILE.format('changes = ["chr1:1:A:C"]'))
    assert read_mutants(tmp_path / "m.toml").mutants == (MutantConfig("m", TRACKS, changes=("chr1:1:A:C",)),)
