"""Which assembly a genome is, and whether other files are of the same one."""

import pytest

from cisgram.doctor.assembly import check_assembly
from cisgram.genomics.assemblies import ASSEMBLIES, assembly_in_name, guess_assembly
from cisgram.io.cool import cool_resolutions, open_cool
from cisgram.io.tables import read_chrom_sizes

HG38 = {f"chr{chrom}": length for length, chrom in ASSEMBLIES["hg38"].items()}
HG19 = {f"chr{chrom}": length for length, chrom in ASSEMBLIES["hg19"].items()}
SIMULATED = {"chr1": 100_000, "chr2": 90_000}


def levels(verdicts):
    return [(one.subject, one.level) for one in verdicts]


def test_no_two_assemblies_share_a_length():
    lengths = [length for known in ASSEMBLIES.values() for length in known]
    assert len(set(lengths)) == len(lengths)


@pytest.mark.parametrize("name", list(ASSEMBLIES))
def test_one_chromosome_under_any_name_is_enough(name):
    for length in ASSEMBLIES[name]:
        found = guess_assembly({"contig_1": length, "contig_2": 12_345})
        assert (found.name, found.n_found) == (name, 1)


def test_measured_files_are_what_they_are_known_to_be(data_folder):
    sizes = read_chrom_sizes(data_folder / "atac_hsc" / "hg19.chrom.sizes")
    assert guess_assembly(sizes)[:3] == ("hg19", 3, 24), "the file lists three"
    assert guess_assembly(read_chrom_sizes(data_folder / "yeast" / "R64-1-1.chrom.sizes"))[:3] == ("sacCer3", 16, 16)
    fly = data_folder / "hic" / "dmel_dm6_40-640kb.mcool"
    assert guess_assembly(open_cool(fly, resolution=min(cool_resolutions(fly)), weight=None).bins.sizes).name == "dm6"


def test_a_name_with_two_assemblies_says_nothing():
    assert assembly_in_name("peaks/hg19/K562.bed") == "hg19"
    assert assembly_in_name("GRCm38_liftover_mm10.bed") == "mm10"
    assert assembly_in_name("hg19_to_hg38.bed") is None
    assert assembly_in_name("nothg19.bed") is None


def test_files_of_one_assembly_are_fine():
    found = check_assembly(HG38, {"a.bw": HG38}, genome_name="GRCh38.fa", file_names=["a.bw", "peaks.hg38.bed"])
    assert levels(found) == [("GRCh38.fa", "ok")]
    assert found[0].figures["assembly"] == "hg38"


def test_a_file_of_another_assembly_is_an_error_by_its_lengths_and_a_warning_by_its_name():
    found = check_assembly(HG38, {"a.bw": HG38, "hg19.bw": HG19}, file_names=["hg19.bw", "peaks.hg19.bed"])
    assert levels(found) == [("the genome", "ok"), ("hg19.bw", "error"), ("peaks.hg19.bed", "warning")]


def test_a_genome_that_is_not_what_its_name_says_is_a_warning():
    assert levels(check_assembly(HG38, {}, genome_name="hg19.fa")) == [("hg19.fa", "warning")]


def test_a_mixture_of_assemblies_is_a_warning():
    mixed = {**HG38, "mouse_1": next(iter(ASSEMBLIES["mm10"]))}
    assert levels(check_assembly(mixed, {})) == [("the genome", "warning")]


def test_a_simulated_genome_is_no_known_one_and_nothing_else_is_asked():
    assert levels(check_assembly(SIMULATED, {"a.bw": SIMULATED}, file_names=["a.bw"])) == [("the genome", "skipped")]


def test_the_name_of_a_part_of_a_genome_is_what_names_are_compared_with():
    found = check_assembly(SIMULATED, {}, genome_name="hg38_parts.fa", file_names=["a.hg38.bed", "b.hg19.bed"])
    assert levels(found) == [("hg38_parts.fa", "skipped"), ("b.hg19.bed", "warning")]
