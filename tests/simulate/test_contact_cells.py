"""Simulated contact maps: the same for the same seed, with counts, weights, sites and loops as they were planted."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cisgram.errors import ConfigError, FormatError, InputError, RunFolderError
from cisgram.genomics.sequence import gc_fraction
from cisgram.io.bigwig import read_bigwig_contig
from cisgram.io.cool import open_cool
from cisgram.io.fasta import read_genome
from cisgram.io.meme import read_meme
from cisgram.io.tables import read_chrom_sizes, read_intervals, read_table
from cisgram.simulate.compartments import CompartmentConfig, draw_compartments, gc_along
from cisgram.simulate.contact_cells import ContactConfig, find_contacts, simulate_contacts
from cisgram.simulate.contact_edits import (
    fold_sites,
    insert_site,
    invert_span,
    planted_change,
    shuffle_span,
    simulate_locus,
)
from cisgram.simulate.contact_files import ContactFiles
from cisgram.simulate.contacts import ContactExperiment, ContactField, barriers_of, draw_cis, draw_trans, seen_contacts
from cisgram.simulate.insulators import SiteLayout, bound_sites, plant_insulators


@pytest.fixture(scope="module")
def tiny():
    return ContactConfig.preset("tiny", seed=3)


@pytest.fixture(scope="module")
def files(tiny, tmp_path_factory):
    return simulate_contacts(tiny, tmp_path_factory.mktemp("contacts") / "tiny")


def pixels(path):
    source = open_cool(path)
    return *(np.concatenate(part) for part in zip(*source.pixels(), strict=True)), source.weights


def test_the_same_seed_gives_the_same_contents_and_another_does_not(tiny, files, tmp_path):
    again = simulate_contacts(tiny, tmp_path / "again")
    for one, other in zip(files.paths(), again.paths(), strict=True):
        if one.suffix == ".cool":
            for part, same in zip(pixels(one), pixels(other), strict=True):
                np.testing.assert_array_equal(part, same)
        else:
            assert one.read_bytes() == other.read_bytes(), one.name
    assert find_contacts(tiny, tmp_path / "again") == ContactFiles.in_folder(tmp_path / "again")
    assert find_contacts(replace(tiny, seed=4), tmp_path / "again") is None
    again.sites.unlink()
    assert find_contacts(tiny, tmp_path / "again") is None
    with pytest.raises(RunFolderError, match=r"sites\.bed"):
        ContactFiles.load(tmp_path / "again")


def test_files_agree_with_each_other(files, tiny, tmp_path):
    sizes = read_chrom_sizes(files.chrom_sizes)
    genome = read_genome(files.genome, cache_folder=tmp_path)
    truth = json.loads(files.truth.read_text())
    assert sizes == dict(genome.sizes) == truth["contigs"]
    bins = read_table(files.bins)
    for path in (files.contacts, *files.replicates, files.expected):
        source = open_cool(path)
        assert dict(source.bins.sizes) == sizes
        assert source.bins.n_bins == len(bins)
    np.testing.assert_allclose(open_cool(files.contacts).weights, bins["weight"])
    assert (np.isnan(bins["weight"]) == (bins["visibility"] == 0)).all()
    for intervals in (read_table(files.boundaries), read_intervals(files.domains), read_intervals(files.compartments)):
        assert (intervals["end"] <= intervals["chrom"].map(sizes)).all()
        assert (intervals["start"] < intervals["end"]).all()
    stretches = read_intervals(files.compartments)
    assert (stretches["end"] - stretches["start"]).sum() == sum(sizes.values())
    assert [motif.name for motif in read_meme(files.motifs)] == ["CTCF"]
    assert tiny.folding.bin_size == truth["bin_size"]


def test_sites_follow_from_the_letters_alone_and_the_track_peaks_at_them(files, tmp_path):
    genome, table = read_genome(files.genome, cache_folder=tmp_path), read_intervals(files.sites)
    for chrom in genome.sizes:
        own = table[(table["chrom"] == chrom) & (table["score"] > 0)]
        found = bound_sites(genome.codes(chrom, 0, genome.sizes[chrom]))
        assert found["start"].tolist() == own["start"].tolist()
        assert found["strand"].tolist() == own["strand"].tolist()
        np.testing.assert_allclose(1000 * found["occupancy"], own["score"], atol=0.5)
        track = read_bigwig_contig(files.ctcf, chrom)
        strong = own[own["score"] > 800]
        assert track[((strong["start"] + strong["end"]) // 2).to_numpy()].mean() > 20 * np.median(track)


def test_the_sum_is_the_sum_of_the_replicates_and_their_depth_is_as_told(files, tiny):
    pooled, *singles = (open_cool(path) for path in (files.contacts, *files.replicates))
    n_bins = pooled.bins.n_bins
    whole = slice(0, n_bins)
    blocks = [one.block(whole, whole, balanced=False) for one in (pooled, *singles)]
    np.testing.assert_array_equal(blocks[0], blocks[1] + blocks[2])
    for block in blocks[1:]:
        assert np.triu(block).sum() == pytest.approx(tiny.experiment.contacts_per_bin * n_bins, rel=0.01)
        of_contig = np.repeat(np.arange(3), [pooled.bins.count(chrom) for chrom in pooled.bins.chroms])
        trans = np.triu(block)[of_contig[:, None] != of_contig].sum()
        assert trans / np.triu(block).sum() == pytest.approx(tiny.experiment.trans_share, rel=0.1)


def test_planted_weights_make_what_is_expected_out_of_what_was_counted(files):
    counted, expected = open_cool(files.contacts), open_cool(files.expected)
    measured, planted = [], []
    for chrom in counted.bins.chroms:
        balanced, truth = counted.cis(chrom).dense(), expected.cis(chrom).dense()
        near = np.subtract.outer(np.arange(len(truth)), np.arange(len(truth)))
        chosen = (near >= 2) & (near < 20) & np.isfinite(balanced)
        measured.append(balanced[chosen])
        planted.append(truth[chosen])
    measured, planted = np.concatenate(measured), np.concatenate(planted)
    assert np.corrcoef(np.sqrt(measured), np.sqrt(planted))[0, 1] > 0.9
    by_size = np.array_split(np.argsort(planted), 10)
    scale = measured.sum() / planted.sum()
    for part in by_size:  # no bias at any level, not only on the whole
        assert measured[part].mean() == pytest.approx(scale * planted[part].mean(), rel=0.05)


def test_planted_loops_are_convergent_and_stand_out_of_what_is_expected(files):
    loops = read_table(files.loops)
    sites = read_intervals(files.sites)
    assert len(loops) > 50
    for loop in loops.itertuples():
        own = sites[(sites["chrom"] == loop.chrom1) & (sites["score"] > 0)]
        middle = (own["start"] + own["end"]) // 2
        assert "+" in set(own["strand"][middle.between(loop.start1, loop.end1 - 1)])
        assert "-" in set(own["strand"][middle.between(loop.start2, loop.end2 - 1)])
    assert loops["enrichment"].median() > 1.5
    assert np.corrcoef(np.log(loops["held"]), np.log(loops["enrichment"]))[0, 1] > 0.4


def test_gc_content_follows_compartments_only_where_it_is_told_to():
    length_bp = 400_000
    for difference in (0.1, 0.0):
        config = CompartmentConfig(gc_difference=difference)
        own = draw_compartments(length_bp, config=config, rng=np.random.default_rng(1))
        gc = gc_along(own, length_bp=length_bp, config=config)
        profile = own.profile(length_bp // 100, 100)
        assert gc[profile > 0.9].mean() - gc[profile < -0.9].mean() == pytest.approx(difference, abs=0.003)
        assert np.diff(own.ends).min() > config.mean_bp / 5


def test_contacts_beyond_the_band_go_on_with_the_distance_and_others_join_contigs():
    n_bins, width = 600, 20
    band = np.tile((1.0 + np.arange(width)) ** -1.5, (n_bins, 1))
    band[np.arange(n_bins)[:, None] + np.arange(width) >= n_bins] = np.nan
    side = np.where(np.arange(n_bins) < 300, 1.0, -1.0)
    field = ContactField(band, side, np.ones(n_bins), 0.5, has_far=True)
    experiment = ContactExperiment(dispersion=0, blind_share=0)
    drawn = draw_cis(field, depth=2_000, experiment=experiment, rng=np.random.default_rng(1))
    distance = drawn.bin2 - drawn.bin1
    assert drawn.counts.sum() == pytest.approx(2_000 * seen_contacts(field), rel=0.1)
    alike = side[drawn.bin1] == side[drawn.bin2]
    for low, high in ((25, 50), (100, 200)):
        own = alike & (distance >= low) & (distance < high)
        pairs = np.subtract.outer(np.arange(n_bins), np.arange(n_bins))
        pairs = (pairs >= low) & (pairs < high) & (side[:, None] == side)
        expected = 2_000 * np.exp(0.5) * np.mean((1.0 + np.arange(low, high)) ** -1.5)
        assert drawn.counts[own].sum() / pairs.sum() == pytest.approx(expected, rel=0.1)
    between = draw_trans([field, field], n_contacts=20_000, rng=np.random.default_rng(2))
    assert between.counts.sum() == 20_000
    assert ((between.bin1 < n_bins) & (between.bin2 >= n_bins)).all()
    kind = side[between.bin1] == side[between.bin2 - n_bins]
    assert between.counts[kind].sum() / between.counts[~kind].sum() == pytest.approx(np.exp(1.0), rel=0.06)
    assert not draw_trans([field], n_contacts=10, rng=np.random.default_rng(3)).counts.size


def test_turning_one_site_removes_the_loop_and_turning_it_back_restores_it():
    letters = np.random.default_rng(1).integers(0, 4, size=64 * 128).astype(np.uint8)
    codes = insert_site(insert_site(letters, 15 * 128 + 40, strand="+"), 45 * 128 + 40, strand="-")
    at = (15 * 128 + 40, 15 * 128 + 59)
    whole = simulate_locus(codes)
    turned = simulate_locus(invert_span(codes, *at))
    deleted = simulate_locus(shuffle_span(codes, *at))
    assert planted_change(whole, turned)[15, 45] < -0.3
    assert planted_change(whole, deleted)[15, 45] < -0.3
    assert np.array_equal(
        planted_change(whole, simulate_locus(invert_span(invert_span(codes, *at), *at))), 0 * whole[1]
    )
    insulated = simulate_locus(insert_site(insert_site(codes, 30 * 128, strand="-"), 30 * 128 + 40, strand="+"))
    assert planted_change(whole, insulated)[18:28, 33:43].mean() < -0.2
    sites = whole.sites.assign(strand=["+", "+"])
    again = fold_sites(sites, length_bp=codes.size, config=replace(ContactConfig().folding, n_snapshots=2_000))
    assert planted_change(whole, again)[15, 45] < -0.3


def test_half_sites_are_not_bound_and_chance_sites_are_rare():
    letters = np.random.default_rng(2).integers(0, 4, size=400_000).astype(np.uint8)
    codes, sites = plant_insulators(letters, layout=SiteLayout(), seed=1, chrom="chr1")
    counts = sites["kind"].value_counts()
    assert counts["boundary"] > 150
    assert counts.get("chance", 0) < 5
    assert (sites.loc[sites["kind"] == "half", "occupancy"] == 0).all()
    assert sites.loc[sites["kind"] == "boundary", "occupancy"].min() > 0.8
    assert 0.01 < (codes != letters).mean() < 0.03
    assert abs(gc_fraction(codes) - 0.5) < 0.05


def test_two_sites_of_one_bin_catch_more_than_either(files):
    sites = read_intervals(files.sites).assign(occupancy=0.5)[:2].assign(start=[10, 60], end=[29, 79], strand="+")
    assert barriers_of(sites, n_bins=2, bin_size=100).leftward.tolist() == [0.75, 0.0]
    assert barriers_of(sites, n_bins=2, bin_size=100).rightward.tolist() == [0.0, 0.0]


def test_impossible_settings_and_foreign_folders_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="no preset"):
        ContactConfig.preset("huge")
    with pytest.raises(ConfigError, match="100 bins"):
        ContactConfig(genome_bp=30_000)
    with pytest.raises(ConfigError, match="trans_share"):
        ContactExperiment(trans_share=1.5)
    with pytest.raises(ConfigError, match="border_gap_bp"):
        SiteLayout(domain_bp=400, border_gap_bp=300)
    with pytest.raises(InputError, match="ten bins"):
        simulate_locus(np.zeros(500, dtype=np.uint8))
    with pytest.raises(InputError, match="not inside"):
        invert_span(np.zeros(500, dtype=np.uint8), 490, 510)
    with pytest.raises(InputError, match="strand"):
        insert_site(np.zeros(500, dtype=np.uint8), 10, strand="x")
    (tmp_path / "own.txt").write_text("mine")
    with pytest.raises(RunFolderError, match=r"own\.txt"):
        simulate_contacts(ContactConfig.preset("tiny"), tmp_path)
    (tmp_path / "truth.json").write_text("{}")
    with pytest.raises(FormatError, match="simulated contact maps"):
        ContactFiles.load(tmp_path)
