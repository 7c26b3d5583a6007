"""Contigs of files against those of the genome."""

import pytest

from cisgram.doctor.contigs import FileContigs, check_contigs, check_map_contigs, check_named_contigs

GENOME = {"I": 1000, "II": 800, "III": 600, "Mito": 90}
PARTS = {"train": ["I"], "valid": ["II"], "test": ["III"]}


def judged(lengths, **options):
    weights, ends = options.pop("weights", {}), options.pop("ends", {})
    return check_contigs(GENOME, FileContigs(lengths, weights, ends), subject="a.bw", parts=PARTS, **options)


def test_the_same_contigs_are_fine():
    found = judged(GENOME)
    assert found.level == "ok"
    assert found.figures["n_matched"] == 4
    assert found.figures["mapping"] == ""


def test_other_names_of_the_same_lengths_are_fine_and_said():
    found = judged({"chrI": 1000, "chrII": 800, "chrIII": 600, "chrM": 90})
    assert found.level == "ok"
    assert found.figures["mapping"] == "chrI = I, chrII = II, chrIII = III, chrM = Mito"
    assert "chrI = I" in found.evidence


def test_another_length_is_an_error():
    found = judged({**GENOME, "II": 801})
    assert found.level == "error"
    assert "801" in found.evidence


def test_names_that_mean_nothing_are_an_error_with_the_likely_mapping_by_length():
    found = judged({"NC_1.1": 1000, "NC_2.1": 800, "NC_3.1": 600})
    assert found.level == "error"
    assert found.figures["mapping"] == "NC_1.1 = I, NC_2.1 = II, NC_3.1 = III"
    assert "NC_2.1 = II" in found.remedy


def test_lengths_that_come_twice_are_not_mapped():
    found = check_contigs({"a": 100, "b": 100}, FileContigs({"x": 100, "y": 70}), subject="a.bw")
    assert found.level == "error"
    assert found.figures["mapping"] == ""


def test_a_part_of_the_split_without_anything_is_an_error():
    found = judged({"I": 1000, "II": 800})
    assert found.level == "error"
    assert "test" in found.evidence


def test_a_contig_that_is_left_out_may_be_missing_and_a_large_one_is_a_warning():
    parts = {"train": ["I", "II"]}
    small = check_contigs(GENOME, FileContigs({"I": 1000, "II": 800, "III": 600}), subject="a", parts=parts)
    assert small.level == "ok", "Mito is 3.6 % of the genome"
    large = check_contigs(GENOME, FileContigs({"I": 1000, "II": 800}), subject="a", parts=parts)
    assert large.level == "warning"
    left_out = check_contigs(GENOME, FileContigs({"I": 1000, "II": 800}), subject="a", parts=parts, left_out=["III"])
    assert left_out.level == "ok"


def test_records_on_contigs_that_the_genome_lacks_are_weighed():
    names = dict.fromkeys(["I", "II", "III", "plasmid"])
    few = judged(names, weights={"I": 500, "II": 300, "III": 160, "plasmid": 40})
    many = judged(names, weights={"I": 500, "II": 300, "III": 100, "plasmid": 100})
    assert (few.level, many.level) == ("ok", "warning")
    assert "10% of its records" in many.evidence
    assert judged(names, weights={"I": 1, "II": 1, "III": 1, "plasmid": 97}, is_whole=False).level == "ok"


@pytest.mark.parametrize("level", ["warning", "error"])
def test_records_beyond_the_end_of_a_contig_are_found_under_any_name(level):
    names = dict.fromkeys(["chrI", "chrII", "chrIII"])
    fine = judged(names, ends={"chrI": 1000, "chrII": 800, "chrIII": 10}, beyond=level)
    beyond = judged(names, ends={"chrI": 1000, "chrII": 801, "chrIII": 10}, beyond=level)
    assert (fine.level, beyond.level) == ("ok", level)
    assert "chrII at 801 of 800 bp" in beyond.evidence


def test_a_map_may_round_to_bins_and_no_more():
    rounded = {"I": 1000, "II": 850, "III": 600, "Mito": 100}
    fine = check_map_contigs(GENOME, rounded, bin_size=50, slack_bins=1, subject="a.cool")
    other = check_map_contigs(GENOME, {**rounded, "II": 1500}, bin_size=50, slack_bins=1, subject="a.cool")
    assert (fine.level, other.level) == ("ok", "error")


def test_contigs_of_the_settings_are_found_under_the_genome_s_names():
    assert check_named_contigs(GENOME, ["I", "III"], subject="[split]").level == "ok"
    found = check_named_contigs(GENOME, ["I", "chrIII", "chrM"], subject="[split]")
    assert found.level == "error"
    assert found.remedy == "write III for chrIII, write Mito for chrM"
    unlike = check_named_contigs(GENOME, ["scaffold_9"], subject="loci of exclude", level="warning")
    assert (unlike.level, unlike.figures["mapping"]) == ("warning", "")
