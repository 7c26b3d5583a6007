"""Variants of simulated cell types and their known effects on open chromatin."""

import numpy as np
import pytest

from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import encode
from cisgram.genomics.variant import Variant, matches_genome
from cisgram.io.fasta import read_genome
from cisgram.io.tables import read_table
from cisgram.io.vcf import read_vcf
from cisgram.simulate.accessibility import AccessibilityConfig, simulate_accessibility
from cisgram.simulate.assays.chip_nexus import ChipNexus, ChipNexusConfig
from cisgram.simulate.cell_type_effects import OPEN_READOUT_BP, cell_type_effects
from cisgram.simulate.cell_types import cell_type_grammar, default_cell_types
from cisgram.simulate.variants import KIND_SHARES

CELLS = default_cell_types()
GATA = "AGATAAGAA"


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    config = AccessibilityConfig.preset("tiny", seed=5)
    return simulate_accessibility(config, tmp_path_factory.mktemp("cells") / "tiny")


def effect_of(at, ref, alt, site_at=2_000):
    """The row of a variant in a contig of A, C, A, C, ... with one GATA1 site."""
    codes = np.tile(encode("AC"), 2_000)
    codes[site_at : site_at + len(GATA)] = encode(GATA)
    assay = ChipNexus(cell_type_grammar(), ChipNexusConfig(background_per_kb=10.0), seed=1)
    return cell_type_effects([Variant("I", at, ref, alt)], Genome.from_codes({"I": codes}), assay, CELLS).iloc[0]


def test_a_broken_site_closes_in_the_cells_of_its_protein_alone():
    row = effect_of(2_002, "A", "C")
    assert row["log2_fold_erythroid"] < -1
    assert [row[f"log2_fold_{cell.name}"] for cell in CELLS[1:]] == [0, 0, 0, 0]
    assert row["ref_hepatic"] == pytest.approx(10 * OPEN_READOUT_BP / 1_000)
    assert row["ref_erythroid"] == pytest.approx(
        row["ref_hepatic"] + ChipNexusConfig().reads_per_site * 5 / 6, rel=0.01
    )


def test_a_site_outside_what_is_read_out_changes_nothing():
    far = effect_of(2_002 + OPEN_READOUT_BP, "A", "G")
    assert far["log2_fold_erythroid"] == 0
    assert far["ref_erythroid"] == far["ref_hepatic"]


def test_written_variants_fit_the_genome_and_have_the_effects_that_their_kinds_promise(files, tmp_path):
    genome, effects = read_genome(files.genome, cache_folder=tmp_path), read_table(files.variant_effects)
    variants = read_vcf(files.variants).variants
    assert [one.name for one in variants] == effects["name"].tolist()
    assert all(matches_genome(one, genome) for one in variants)
    assert set(effects["kind"]) <= set(KIND_SHARES)
    folds = effects[[f"log2_fold_{cell.name}" for cell in CELLS]]
    assert folds[effects["kind"] == "breaks a bound site"].min(axis=1).median() < -0.3
    assert folds[effects["kind"] == "background"].abs().to_numpy().max() < 0.2
    lineage = effects[(effects["kind"] == "breaks a bound site") & (effects["motif"] == "GATA1")]
    assert (lineage["log2_fold_erythroid"] <= lineage["log2_fold_hepatic"] + 0.01).all()
