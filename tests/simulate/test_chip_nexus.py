"""Reads of the simulated ChIP-nexus: against expectation, between strands and replicates, direct against held."""

from dataclasses import replace

import numpy as np
import pytest

from cisgram.errors import ConfigError
from cisgram.genomics.sequence import encode, reverse_complement
from cisgram.io.bigwig import read_bigwig_windows
from cisgram.simulate.assays.chip_nexus import ChipNexus, ChipNexusConfig
from cisgram.simulate.assays.landscape import draw_background, expected_background, landscape_of
from cisgram.simulate.streams import named_stream

CLEAN = ChipNexusConfig(background_per_kb=0.0, heterogeneity=0.0, dispersion=0.0)


def factor_of(grammar, name):
    return next(factor for factor in grammar.factors if factor.name == name)


@pytest.fixture(scope="module")
def small_contig(contig_of):
    codes = np.random.default_rng(8).integers(4, size=3_000, dtype=np.uint8)
    for start, word in ((1_000, "TTTGCATAACAA"), (1_040, "AGCCATCA"), (1_900, "TGATGGCT"), (2_400, "TCTCAGCAGGTAGCA")):
        codes[start : start + len(word)] = encode(word)
    return contig_of(codes)


@pytest.mark.parametrize("strand", ["+", "-"])
def test_mean_of_many_replicates_is_the_expected_profile(grammar, small_contig, strand):
    config = ChipNexusConfig(heterogeneity=0.0, reads_per_site=200.0, background_per_kb=20.0)
    assay, nanog = ChipNexus(grammar, config, seed=1), factor_of(grammar, "Nanog")
    n = 150
    counts = np.array([assay.counts(small_contig, nanog, replicate=r, strand=strand) for r in range(1, n + 1)])
    expected = assay.expected(small_contig, nanog, 0, small_contig.length, strand=strand)
    assert counts.sum() / n == pytest.approx(expected.sum(), rel=0.03)
    # In bins of 10 bp, in standard errors: those of Poisson counts plus the spread between replicates.
    seen, wanted = (values.reshape(-1, 10).sum(axis=1) for values in (counts.mean(axis=0), expected))
    z = (seen - wanted) / np.sqrt((wanted + config.dispersion * wanted**2) / n)
    assert np.abs(z).max() < 5
    assert 0.7 < z.std() < 1.4


def test_other_strand_reads_mirrored(grammar, contig_of, small_contig):
    assay = ChipNexus(grammar, CLEAN, seed=1)
    mirrored = contig_of(reverse_complement(small_contig.codes))
    for name in ("Oct4", "Sox2", "Nanog"):
        factor = factor_of(grammar, name)
        plus = assay.expected(small_contig, factor, 0, 3_000, strand="+")
        minus = assay.expected(mirrored, factor, 0, 3_000, strand="-")
        np.testing.assert_allclose(plus, minus[::-1], rtol=1e-9, atol=1e-12)
        assert plus.sum() > 10


def test_ends_pile_up_just_outside_the_motif(grammar, small_contig):
    assay = ChipNexus(grammar, replace(CLEAN, reads_per_site=5_000.0), seed=3)
    for name, start, end in (("Oct4", 1_000, 1_012), ("Nanog", 1_900, 1_908)):
        factor = factor_of(grammar, name)
        plus, minus = (
            assay.counts(small_contig, factor, replicate=1, strand=strand)[start - 25 : end + 25]
            for strand in ("+", "-")
        )
        assert -12 <= int(plus.argmax()) - 25 <= -3
        assert 2 <= int(minus.argmax()) - 25 - (end - start) <= 11


def test_dispersion_spreads_replicates_and_heterogeneity_spreads_places(grammar, contig_of):
    codes = np.tile(encode("G" * 300 + "CCACGCCC" + "G" * 300), 60)
    contig, klf4 = contig_of(codes), factor_of(grammar, "Klf4")
    assert contig.sites.start.size == 60

    def logs(config):
        assay = ChipNexus(grammar, replace(config, reads_per_site=50_000.0, background_per_kb=0.0), seed=2)
        counts = [assay.counts(contig, klf4, replicate=r, strand="+").reshape(60, -1).sum(axis=1) for r in (1, 2)]
        return np.log(counts)

    between = logs(ChipNexusConfig(dispersion=0.04, heterogeneity=0.0))
    assert np.std(between[0] - between[1]) == pytest.approx(np.sqrt(2 * 0.04), rel=0.3)
    places = logs(ChipNexusConfig(dispersion=0.0, heterogeneity=0.3))
    assert np.std(places[0]) == pytest.approx(0.3, rel=0.3)
    assert np.corrcoef(places)[0, 1] > 0.99


def test_strands_and_replicates_and_factors_are_drawn_apart(grammar, small_contig):
    assay = ChipNexus(grammar, ChipNexusConfig(), seed=1)
    nanog, sox2 = factor_of(grammar, "Nanog"), factor_of(grammar, "Sox2")
    drawn = [
        assay.counts(small_contig, nanog, replicate=1, strand="+"),
        assay.counts(small_contig, nanog, replicate=2, strand="+"),
        assay.counts(small_contig, nanog, replicate=1, strand="-"),
        assay.counts(small_contig, sox2, replicate=1, strand="+"),
        assay.control_counts(small_contig, strand="+"),
    ]
    for number, one in enumerate(drawn):
        assert not any(np.array_equal(one, other) for other in drawn[number + 1 :])
    np.testing.assert_array_equal(drawn[0], assay.counts(small_contig, nanog, replicate=1, strand="+"))


@pytest.mark.parametrize("is_reverse", [False, True])
def test_background_follows_its_landscape(contig_of, is_reverse):
    contig = contig_of(np.random.default_rng(1).integers(4, size=400_000, dtype=np.uint8))
    landscape = landscape_of(contig, seed=1)
    assert landscape.hot_spots.size > 0
    reads = draw_background(contig, landscape, reads_per_bp=2.0, is_reverse=is_reverse, rng=named_stream(1, "test"))
    expected = 2.0 * expected_background(contig, landscape, np.arange(contig.length), is_reverse=is_reverse)
    seen = np.bincount(reads, minlength=contig.length).reshape(-1, 100).sum(axis=1)
    wanted = expected.reshape(-1, 100).sum(axis=1)
    z = (seen - wanted) / np.sqrt(wanted)
    assert np.abs(z.mean()) < 0.1
    assert 0.95 < z.std() < 1.05
    assert 0.9 < expected.mean() / 2.0 < 1.15


def test_no_read_falls_where_none_can_be_placed(grammar, small_contig):
    hidden = replace(small_contig, unmappable=np.array([[0, 990], [500, 600], [1_005, 1_100]]))
    assay = ChipNexus(grammar, ChipNexusConfig(background_per_kb=500.0), seed=1)
    for strand in ("+", "-"):
        counts = assay.counts(hidden, factor_of(grammar, "Oct4"), replicate=1, strand=strand)
        assert counts[:990].sum() == 0
        assert counts[1_005:1_100].sum() == 0
        assert counts[1_100:].sum() > 0


def mean_footprint(cell, factor, motif, reach=60):
    """Mean reads per base around bound sites, in the direction of the motif: same strand, other strand."""
    own = cell.instances[(cell.instances["name"] == motif) & (cell.instances["occupancy"] > 0.3)]
    windows = own[["chrom", "start", "end"]].copy()
    windows["start"], windows["end"] = (
        (own["start"] + own["end"]) // 2 - reach,
        (own["start"] + own["end"]) // 2 + reach,
    )
    plus, minus = (
        sum(read_bigwig_windows(cell.files.track(factor, replicate=r, strand=strand), windows) for r in (1, 2))
        for strand in ("+", "-")
    )
    is_reverse = (own["strand"] == "-").to_numpy()[:, None]
    same = np.where(is_reverse, minus[:, ::-1], plus)
    other = np.where(is_reverse, plus[:, ::-1], minus)
    return same.mean(axis=0), other.mean(axis=0)


def test_direct_footprints_are_sharp_and_held_ones_are_diffuse_in_the_files(cell):
    def sharpness(factor, motif):
        same, _ = mean_footprint(cell, factor, motif)
        return same.max() / same.mean()

    direct, held = sharpness("Nanog", "Nanog"), sharpness("Nanog", "Zic3")
    assert direct > 10
    assert direct > 2 * held
    same, other = mean_footprint(cell, "Nanog", "Zic3")
    assert same.sum() + other.sum() > 20  # there is binding at Zic3's motif all the same
    same, other = mean_footprint(cell, "Klf4", "Zic3")
    assert same.sum() + other.sum() < 10


def test_replicates_agree_but_are_not_the_same(cell):
    peaks = cell.instances[(cell.instances["reads_Sox2"] > 5) & (cell.instances["start"] > 400)]
    windows = peaks[["chrom", "start"]].assign(start=peaks["start"] - 250, end=peaks["start"] + 250)
    totals = [
        sum(
            read_bigwig_windows(cell.files.track("Sox2", replicate=r, strand=s), windows).sum(axis=1)
            for s in ("+", "-")
        )
        for r in (1, 2)
    ]
    assert 0.8 < np.corrcoef(np.log1p(totals))[0, 1] < 0.999
    assert (totals[0] != totals[1]).mean() > 0.8


@pytest.mark.parametrize(
    "values", [{"reads_per_site": 0.0}, {"n_replicates": 0}, {"dispersion": -1.0}, {"background_per_kb": -1.0}]
)
def test_impossible_experiments_are_refused(values):
    with pytest.raises(ConfigError, match="must be"):
        ChipNexusConfig(**values)
