"""Pile-ups: cooltools' snippets, planted loops and boundaries, laws of flips and controls."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.genomics.contacts import ContactBins, ContactMap
from cisgram.hic.expected import expected_cis
from cisgram.hic.pileup import PileupConfig, pileup, random_sites, snippets_of_sites
from cisgram.hic.pileup_domains import DomainPileupConfig, pileup_domains
from cisgram.hic.pileup_strength import insulation_strength, loop_strength, loop_strength_interval
from cisgram.io.cool import open_cool
from cisgram.io.tables import read_intervals
from cisgram.io.tables.bedpe import read_bedpe

PAIRS = ["start1", "end1", "start2", "end2"]


def contact_map(square, *, bin_size=10, weights=None):
    """A map of one contig out of a dense square."""
    row, column = np.nonzero(np.triu(square))
    n = len(square)
    bins = ContactBins({"I": n * bin_size}, bin_size)
    return ContactMap(bins, row, column, square[row, column], np.ones(n) if weights is None else weights)


def decay(n):
    """Contacts that fall with distance and nothing else."""
    apart = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    return 1000.0 / (1 + apart)


def pairs_at(places, *, width=10):
    rows = [("I", a * 10, a * 10 + width, "I", b * 10, b * 10 + width) for a, b in places]
    return pd.DataFrame(rows, columns=["chrom1", "start1", "end1", "chrom2", "start2", "end2"])


@pytest.fixture(scope="module")
def reference():
    return np.load(Path(__file__).parent / "data" / "pileup_cooltools.npz")


@pytest.fixture(scope="module")
def reference_map(reference):
    bins = ContactBins({"chr1": 600, "chr2": 405}, 10)
    pixels = (reference[name].astype(np.int64) for name in ("bin1", "bin2", "counts"))
    return ContactMap(bins, *pixels, reference["weights"])


@pytest.mark.parametrize("is_ratio", [True, False])
@pytest.mark.parametrize("kind", ["places", "pairs"])
def test_snippets_are_those_of_cooltools(reference, reference_map, kind, is_ratio):
    if kind == "places":
        sites = pd.DataFrame(reference["place"], columns=["start", "end"]).assign(chrom=reference["place_chrom"])
    else:
        sites = pd.DataFrame(reference["pair"], columns=PAIRS)
        sites = sites.assign(chrom1=reference["pair_chrom"], chrom2=reference["pair_chrom"])
    config = PileupConfig(flank_bp=40, is_over_expected=is_ratio)
    theirs = reference[f"{kind}_{'ratio' if is_ratio else 'balanced'}"]
    ours = np.full_like(theirs, -1.0)
    for part in snippets_of_sites(reference_map, sites, config=config):
        ours[part.rows] = part.stack
    assert np.isfinite(theirs).any()
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)
    found = pileup(reference_map, sites, config=config)
    is_used = np.isfinite(theirs).any(axis=(1, 2))
    assert found.n_sites == is_used.sum() < len(sites) or kind == "pairs"
    known = np.isfinite(theirs).any(axis=0)
    np.testing.assert_allclose(found.mean[known], np.nanmean(theirs[:, known], axis=0), rtol=1e-10)


def test_expected_may_be_given_and_must_be_of_this_map(reference_map):
    sites = pd.DataFrame({"chrom": ["chr1"], "start": [200], "end": [210]})
    config = PileupConfig(flank_bp=40)
    table = expected_cis(reference_map)
    np.testing.assert_array_equal(
        pileup(reference_map, sites, expected=table, config=config).mean,
        pileup(reference_map, sites, config=config).mean,
    )
    with pytest.raises(InputError, match="whole contigs of this map"):
        pileup(reference_map, sites, expected=table[table["dist"] < 30], config=config)


def test_a_map_of_distance_alone_piles_up_to_one():
    found = pileup(contact_map(decay(80)), pairs_at([(20, 50), (30, 60)]), config=PileupConfig(flank_bp=50))
    np.testing.assert_allclose(found.mean, 1.0)
    assert loop_strength(found.mean).score == pytest.approx(1.0)


def test_planted_loops_stand_in_the_middle_and_are_absent_at_random_places():
    places = [(12 + 22 * k, 42 + 22 * k) for k in range(9)]
    square = decay(250)
    for a, b in places:
        square[a - 1 : a + 2, b - 1 : b + 2] *= 4
        square[b - 1 : b + 2, a - 1 : a + 2] *= 4
    found = pileup(contact_map(square), pairs_at(places), config=PileupConfig(flank_bp=80, n_controls=20))
    strength = loop_strength(found.mean)
    assert np.unravel_index(np.nanargmax(found.mean), found.mean.shape)[0] in (7, 8, 9)
    assert strength.score > 2.0 > 1.4 > loop_strength(found.control).score
    assert loop_strength(found.over_control).score > 1.5


def test_planted_boundary_insulates():
    square = decay(100)
    square[:50, 50:] /= 3
    square[50:, :50] /= 3
    site = pd.DataFrame({"chrom": ["I"], "start": [495], "end": [505]})
    known = expected_cis(contact_map(decay(100)))
    config = PileupConfig(flank_bp=100)
    found = pileup(contact_map(square), site, expected=known, config=config)
    elsewhere = pileup(contact_map(square), site.assign(start=250, end=260), expected=known, config=config)
    assert insulation_strength(found.mean, gap_bins=1) == pytest.approx(3.0)
    assert insulation_strength(elsewhere.mean) == pytest.approx(1.0)
    np.testing.assert_array_equal(found.mean, found.mean.T)


def test_turning_the_genome_round_turns_flipped_snippets_not_at_all():
    square = np.random.default_rng(0).poisson(decay(60)).astype(float)
    square = np.triu(square) + np.triu(square, 1).T
    config = PileupConfig(flank_bp=50, is_flipped=True)
    pairs = pairs_at([(10, 30), (15, 45)], width=10).assign(strand1="+", strand2="+")
    turned = pairs_at([(29, 49), (14, 44)], width=10).assign(strand1="-", strand2="-")
    one = pileup(contact_map(square), pairs, config=config)
    other = pileup(contact_map(square[::-1, ::-1].copy()), turned, config=config)
    np.testing.assert_allclose(one.mean, other.mean)
    with pytest.raises(ConfigError, match="strand1"):
        pileup(contact_map(square), pairs_at([(10, 30)]), config=config)


def test_random_pairs_keep_their_distance_and_their_contig_and_avoid_masked_bins():
    weights = np.ones(100)
    weights[:60] = np.nan
    own = contact_map(decay(100), weights=weights)
    drawn = random_sites(pairs_at([(70, 80)]), own, n_per_site=200, flank_bp=20, seed=1)
    assert set(drawn["start2"] - drawn["start1"]) == {100}
    assert (drawn["start1"] + 5).min() >= 600
    assert drawn["end2"].max() <= 1000
    assert drawn["start1"].nunique() > 50


def test_nothing_left_says_why():
    with pytest.raises(EmptySetError, match="1 at the end of a contig"):
        pileup(contact_map(decay(20)), pairs_at([(1, 15)]), config=PileupConfig(flank_bp=50))
    far = pairs_at([(1, 15)]).assign(chrom2="II")
    with pytest.raises(EmptySetError, match="1 pairs of two contigs"):
        pileup(contact_map(decay(20)), far)
    with pytest.raises(EmptySetError, match="1 nearer or farther"):
        pileup(contact_map(decay(20)), pairs_at([(1, 15)]), config=PileupConfig(max_distance_bp=100))


def test_interval_of_a_loop_holds_its_value_and_narrows_with_more_pairs():
    generator = np.random.default_rng(3)
    stack = generator.gamma(5.0, 0.2, (400, 11, 11))
    stack[:, 4:7, 4:7] *= 2
    few, many = (loop_strength_interval([stack[:n]]) for n in (25, 400))
    assert many.low < 2.0 < many.high
    assert many.value == pytest.approx(loop_strength(stack.mean(axis=0)).score)
    assert many.high - many.low < 0.5 * (few.high - few.low)
    parts = loop_strength_interval([stack[:100], stack[100:]])
    assert parts == many


def test_domains_of_several_sizes_make_one_square():
    square = decay(200)
    ends = [(40, 60), (60, 100), (100, 130)]
    for a, b in ends:
        square[a:b, a:b] *= 2
    domains = pd.DataFrame([("I", a * 10, b * 10) for a, b in ends], columns=["chrom", "start", "end"])
    known = expected_cis(contact_map(decay(200)))
    found = pileup_domains(contact_map(square), domains, expected=known, config=DomainPileupConfig(n_cells=20))
    own = slice(found.flank_cells, found.flank_cells + 20)
    inside = found.mean[own, own]
    np.testing.assert_allclose(inside[np.isfinite(inside)], 2.0)
    np.testing.assert_allclose(found.mean[own, -5:], 1.0)
    assert found.strength == pytest.approx(2.0, rel=0.02)
    assert len(found.domains) == 3


def test_domains_that_do_not_fit_are_counted():
    domains = pd.DataFrame({"chrom": ["I", "I", "I", "X"], "start": [0, 500, 400, 0], "end": [300, 530, 500, 9]})
    found = pileup_domains(contact_map(decay(100)), domains)
    assert list(found.dropped.values()) == [1, 1, 1]
    assert len(found.domains) == 1


def test_measured_yeast_borders_insulate_and_loops_stand_out_of_random_places(data_folder):
    source = open_cool(data_folder / "hic" / "yeast.10kb.cool")
    annotation = data_folder / "yeast" / "annotation"
    loops = read_bedpe(annotation / "S288C-hic-loops.bedpe")
    loops = loops.assign(chrom1="chr" + loops["chrom1"], chrom2="chr" + loops["chrom2"])
    found = pileup(source, loops, config=PileupConfig(flank_bp=50_000, n_controls=10))
    one, other = (loop_strength(mean, center_bins=1).score for mean in (found.mean, found.control))
    assert one > 1.08 > 1.02 > other > 0.93
    fine = open_cool(data_folder / "hic" / "scer_w303_g1_2kb_SRR8769554.cool")
    roman = ["I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV", "XVI"]
    names = {name: f"chr{number}" for number, name in enumerate(roman, start=1)}
    borders = read_intervals(annotation / "S288C-hic-borders.bed.gz")
    borders = borders.assign(chrom=borders["chrom"].map(names))
    found = pileup(fine, borders, config=PileupConfig(flank_bp=20_000, n_controls=3))
    assert insulation_strength(found.mean) > 1.03 > 1.01 > insulation_strength(found.control) > 0.98
