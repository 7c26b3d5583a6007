"""Variants of a genome that folds and their known effects on contacts."""

import numpy as np
import pandas as pd
import pytest

from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import encode, reverse_complement
from cisgram.genomics.variant import Variant, matches_genome, normalize
from cisgram.simulate.contact_contig import FoldingConfig
from cisgram.simulate.contact_variants import (
    CONTACT_EFFECT_COLUMNS,
    CONTACT_KIND_SHARES,
    contact_effects,
    draw_contact_variants,
)
from cisgram.simulate.insulators import bound_sites

SITE = encode("TGGCCACCAGGGGGCGCTA")
FOLDING = FoldingConfig(n_snapshots=100)
LENGTH = 128 * 400


@pytest.fixture(scope="module")
def genome():
    """Convergent pairs of sites every 5,000 bp in a contig of A, C, A, C, ..."""
    codes = np.tile(encode("AC"), LENGTH // 2)
    for start in range(10_000, LENGTH - 10_000, 5_000):
        codes[start : start + 19] = SITE
        codes[start + 2_500 : start + 2_519] = reverse_complement(SITE)
    return Genome.from_codes({"I": codes})


def effect_of(genome, *variants):
    drawn = pd.DataFrame({"variant": variants, "kind": "breaks a site"})
    return contact_effects(drawn, genome, folding=FOLDING, seed=1)


def test_breaking_a_site_changes_the_map_and_a_base_beside_it_changes_nothing(genome):
    inside, beside = effect_of(genome, Variant("I", 25_008, "A", "C"), Variant("I", 26_000, "A", "G")).to_dict(
        "records"
    )
    assert inside["occupancy_ref"] == pytest.approx(0.95, abs=0.01)
    assert inside["occupancy_alt"] < 0.5
    assert inside["root_mean_square"] > 0.05
    assert (beside["root_mean_square"], beside["diff_mean"], beside["insulation_change"]) == (0, 0, 0)
    assert beside["occupancy_ref"] == 0


def test_losing_a_border_site_raises_the_contacts_across_it(genome):
    row = effect_of(genome, Variant("I", 25_003, "CCACCAG", "C")).iloc[0]
    assert row["occupancy_alt"] < 0.1
    assert row["insulation_change"] > 0.1


def test_bases_moved_by_an_insertion_between_sites_change_nothing(genome):
    row = effect_of(genome, Variant("I", 26_001, "C", "CTTTTT")).iloc[0]
    assert row["root_mean_square"] == 0


def test_drawn_variants_fit_the_genome_lie_inside_and_are_the_same_again(genome):
    sites = {"I": bound_sites(np.array(genome.codes("I", 0, LENGTH)))}

    def draw(seed):
        rng = np.random.default_rng(seed)
        return draw_contact_variants(sites, genome, n_variants=30, bin_size=128, rng=rng)

    drawn = draw(1)
    assert len(drawn) > 15
    assert set(drawn["kind"]) <= set(CONTACT_KIND_SHARES)
    for one, kind in zip(drawn["variant"], drawn["kind"], strict=True):
        assert matches_genome(one, genome)
        assert normalize(one, genome) == one
        assert 80 * 128 < one.start < LENGTH - 80 * 128
        is_inside = ((sites["I"]["start"] < one.end) & (sites["I"]["end"] > one.start)).any()
        assert is_inside == (kind != "background")
    assert draw(1)["variant"].tolist() == drawn["variant"].tolist() != draw(2)["variant"].tolist()


def test_without_variants_the_table_is_empty_and_has_its_columns(genome):
    rng = np.random.default_rng(1)
    drawn = draw_contact_variants({}, genome, n_variants=0, bin_size=128, rng=rng)
    assert tuple(contact_effects(drawn, genome, folding=FOLDING, seed=1).columns) == CONTACT_EFFECT_COLUMNS
