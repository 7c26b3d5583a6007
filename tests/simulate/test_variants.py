"""Variants of the cell and their known effects."""

import numpy as np
import pytest

from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import encode
from cisgram.genomics.variant import Variant, matches_genome, normalize
from cisgram.io.fasta import read_genome
from cisgram.io.tables import read_table
from cisgram.io.vcf import read_vcf
from cisgram.simulate.assays.chip_nexus import ChipNexus, ChipNexusConfig
from cisgram.simulate.variant_effects import variant_effects
from cisgram.simulate.variants import KIND_SHARES

OS, NANOG = "TTTGCATAACAA", "AGCCATCA"


@pytest.fixture(scope="module")
def effects(cell):
    return read_table(cell.files.variant_effects)


def effect_of(grammar, letters, at, ref, alt):
    """log2 fold of every factor for a variant in a contig of A, C, A, C, ... with words written into it."""
    codes = np.tile(encode("AC"), 2_000)
    for start, word in letters:
        codes[start : start + len(word)] = encode(word)
    assay = ChipNexus(grammar, ChipNexusConfig(background_per_kb=10.0), seed=1)
    row = variant_effects([Variant("I", at, ref, alt)], Genome.from_codes({"I": codes}), assay).iloc[0]
    return {factor.name: row[f"log2_fold_{factor.name}"] for factor in grammar.assayed}


def test_variants_fit_the_genome_and_are_written_the_shortest_way(cell, tmp_path):
    genome = read_genome(cell.files.genome, cache_folder=tmp_path)
    variants = read_vcf(cell.files.variants).variants
    assert any(variant.length_change for variant in variants)
    for variant in variants:
        assert matches_genome(variant, genome)
        assert normalize(variant, genome) == variant
    assert len({(variant.chrom, variant.start) for variant in variants}) == len(variants)


def test_kinds_have_the_effects_that_their_names_promise(effects):
    folds = effects[[name for name in effects if name.startswith("log2_fold_")]]
    assert set(effects["kind"]) <= set(KIND_SHARES)
    broken = folds[effects["kind"] == "breaks a bound site"]
    assert broken.min(axis=1).median() < -0.1
    better = folds[effects["kind"] == "improves a weak site"]
    assert better.max(axis=1).median() > 0.1
    assert folds[effects["kind"] == "background"].abs().max(axis=1).median() < 0.01


def test_breaking_a_pioneer_site_takes_its_follower_along_but_not_the_other_way(grammar):
    words = [(2_000, OS), (2_023, NANOG)]  # 21 bp between the centres: two turns
    pioneer = effect_of(grammar, words, 2_005, "A", "G")
    assert pioneer["Oct4"] < -1
    assert pioneer["Nanog"] < -0.5
    follower = effect_of(grammar, words, 2_027, "A", "G")
    assert follower["Nanog"] < -1
    assert follower["Oct4"] == pytest.approx(0, abs=0.02)
    assert follower["Klf4"] == pytest.approx(0, abs=0.02)


def test_half_a_turn_matters_more_than_a_whole_one(grammar):
    words = [(2_000, OS), (2_023, NANOG)]
    half = effect_of(grammar, words, 2_016, "A", "ACACAC")["Nanog"]
    whole = effect_of(grammar, words, 2_016, "A", "ACACACACACA")["Nanog"]
    assert half < -0.3
    assert abs(whole) < 0.5 * abs(half)


def test_effect_is_the_fold_of_closed_form_occupancies(grammar):
    """A Klf4 site alone: its weight falls by the ratio of the two bases in its motif."""
    ppm = grammar.motifs[grammar.index("Klf4")].motif.ppm
    best = grammar.motifs[grammar.index("Klf4")].max_weight
    worse = best * ppm[3, 3] / ppm[1, 3]  # C to T in the fourth column
    reads = [130 * weight / (1 + weight) + 10 for weight in (best, worse)]
    fold = effect_of(grammar, [(2_000, "CCACGCCC")], 2_003, "C", "T")["Klf4"]
    assert fold == pytest.approx(np.log2(reads[1] / reads[0]), abs=0.02)


def test_no_variants_give_an_empty_table_with_all_columns(grammar):
    genome = Genome.from_codes({"I": encode("ACGT" * 100)})
    table = variant_effects([], genome, ChipNexus(grammar, ChipNexusConfig(), seed=1))
    assert table.empty
    assert "log2_fold_Nanog" in table
