"""Simulated genomes with distal enhancers: the same for the same seed, files that agree, truth that holds."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cisgram.errors import ConfigError, FormatError, RunFolderError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import encode
from cisgram.genomics.variant import Variant, matches_genome, normalize
from cisgram.io.bigwig import read_bigwig_contig
from cisgram.io.fasta import read_genome
from cisgram.io.tables import read_chrom_sizes, read_intervals, read_table
from cisgram.io.vcf import read_vcf
from cisgram.simulate.expression_cells import ExpressionConfig, find_expression, simulate_expression
from cisgram.simulate.expression_edits import CONTEXT_BP, expected_stretch, without_sites
from cisgram.simulate.expression_effects import EXPRESSION_READOUT_BP, expression_effects
from cisgram.simulate.expression_files import ExpressionFiles
from cisgram.simulate.expression_layout import ExpressionLayout
from cisgram.simulate.expression_rules import ExpressionRules
from cisgram.simulate.expression_tracks import ExpressionAssays, track_names
from cisgram.simulate.expression_variants import EXPRESSION_KIND_SHARES

CELLS = ("erythroid", "hepatic", "myeloid")
FLANK = 34_048


@pytest.fixture(scope="module")
def tiny():
    return ExpressionConfig.preset("tiny", seed=3)


@pytest.fixture(scope="module")
def files(tiny, tmp_path_factory):
    return simulate_expression(tiny, tmp_path_factory.mktemp("expression") / "tiny")


@pytest.fixture(scope="module")
def genome(files, tmp_path_factory):
    return read_genome(files.genome, cache_folder=tmp_path_factory.mktemp("cache"))


@pytest.fixture(scope="module")
def effects(files):
    return read_table(files.variant_effects)


def test_the_same_seed_gives_the_same_bytes_and_another_does_not(tiny, files, tmp_path):
    again = simulate_expression(tiny, tmp_path / "again")
    for one, other in zip(files.paths(), again.paths(), strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name
    assert find_expression(tiny, tmp_path / "again") == again == ExpressionFiles.load(tmp_path / "again")
    assert find_expression(replace(tiny, seed=4), tmp_path / "again") is None
    assert find_expression(replace(tiny, rules=ExpressionRules(blocking=0.5)), tmp_path / "again") is None
    again.genes.unlink()
    assert find_expression(tiny, tmp_path / "again") is None
    with pytest.raises(RunFolderError, match=r"genes\.bed"):
        ExpressionFiles.load(tmp_path / "again")


def test_files_agree_with_each_other(files, genome):
    truth, sizes = json.loads(files.truth.read_text()), read_chrom_sizes(files.chrom_sizes)
    assert sizes == dict(genome.sizes) == truth["contigs"]
    assert truth["tracks"] == list(track_names(ExpressionRules()))
    table = read_table(files.track_table)
    assert table["identifier"].tolist() == truth["tracks"]
    assert (table["strand_pair"].to_numpy()[table["strand_pair"]] == table["index"]).all()
    assert sorted(set(table["description"].str.split(":").str[0])) == ["ATAC", "CAGE", "H3K27ac"]
    for row in table.to_dict("records"):
        for path in (row["file"], *row["replicates"].split(",")):
            assert (files.folder / path).is_file()
    for intervals in (read_intervals(files.genes), read_intervals(files.enhancers), read_table(files.elements)):
        assert (intervals["start"] < intervals["end"]).all()
        assert (intervals["end"] <= intervals["chrom"].map(sizes)).all()
    genes, promoters = read_intervals(files.genes), read_table(files.promoters)
    begins = np.where(genes["strand"] == "+", genes["start"], genes["end"] - 1)
    assert begins.tolist() == promoters["tss"].tolist()
    assert genes["name"].tolist() == promoters["gene"].tolist()
    assert genes["name"].is_unique


def test_the_pooled_track_is_the_sum_of_its_replicates_and_lies_about_what_is_expected(files, genome):
    for name, track in files.tracks.items():
        for chrom in genome.sizes:
            pooled, expected = (read_bigwig_contig(path, chrom) for path in (track.pooled, track.expected))
            parts = [read_bigwig_contig(path, chrom) for path in track.replicates]
            np.testing.assert_allclose(pooled, np.sum(parts, axis=0), atol=1e-5)
            if name.startswith("CAGE"):
                np.testing.assert_array_equal(pooled, np.rint(pooled))
            n = pooled.size // 128 * 128
            counts, mean = (values[:n].reshape(-1, 128).sum(axis=1) for values in (pooled, expected))
            assert counts.sum() == pytest.approx(mean.sum(), rel=0.25)
            assert np.corrcoef(counts, mean)[0, 1] > 0.55, name  # a contig of 75 kb may have few active elements


def test_noise_is_that_of_counting_and_the_dispersion(files, genome, tiny):
    counts, mean = [], []
    for chrom in genome.sizes:
        track = files.tracks["ATAC_hepatic"]
        n = genome.sizes[chrom] // 128 * 128
        counts.append(read_bigwig_contig(track.replicates[0], chrom)[:n].reshape(-1, 128).sum(axis=1))
        mean.append(read_bigwig_contig(track.expected, chrom)[:n].reshape(-1, 128).sum(axis=1) / 2)
    counts, mean = np.concatenate(counts), np.concatenate(mean)
    for low, high in ((0, 2), (5, 30)):
        own = (mean > low) & (mean < high)
        excess = (counts - mean)[own] ** 2 - mean[own]
        spread = np.std((counts - mean)[own] ** 2) / np.sqrt(own.sum())
        assert abs(excess.mean() - tiny.assays.dispersion * (mean[own] ** 2).mean()) < 4 * spread


def test_expected_tracks_follow_from_the_letters_alone(files, genome):
    size = genome.sizes["chr1"] // 128 * 128
    again = expected_stretch(np.array(genome.codes("chr1", 0, size)))
    for name, values in zip(again.names, again.values, strict=True):
        stored = read_bigwig_contig(files.tracks[name].expected, "chr1")[:size].reshape(-1, 128).sum(axis=1)
        np.testing.assert_allclose(values[:-300], stored[:-300], atol=2e-3, rtol=1e-3)


def test_shares_of_a_gene_are_at_most_one_and_distal_enhancers_matter_to_regulated_genes(files):
    links, promoters = read_table(files.links), read_table(files.promoters)
    for cell in CELLS:
        assert links[f"share_{cell}"].between(0, 1).all()
        own = promoters[f"proximal_{cell}"] + promoters[f"distal_{cell}"]
        assert (own <= 1 + 1e-4).all()
        by_gene = links.groupby("gene")[f"share_{cell}"].sum()
        distal = promoters.set_index("gene")[f"distal_{cell}"].loc[by_gene.index]
        assert (by_gene <= distal + 1e-3).all()
        assert np.median(distal - by_gene) < 0.02
        means = promoters.groupby("core")[f"distal_{cell}"].mean()
        assert means["TATA"] > 0.4 > 0.25 > means["YY1"]


def test_shuffling_an_enhancer_takes_the_share_of_its_links_from_the_gene(files, genome):
    links = read_table(files.links)
    inside = links["chrom"].map(genome.sizes) - links["tss"]
    strong = links[(links["share_hepatic"] > 0.3) & (links["tss"] > FLANK + 2_048) & (inside > FLANK + 2_048)]
    for row in strong.iloc[:4].itertuples():
        first = (row.tss - 2_048) // 128 * 128 - FLANK
        codes = np.array(genome.codes(row.chrom, first, first + 4_096 + 2 * FLANK))
        cut = without_sites(codes, row.start - first, row.end - first)
        track = "CAGE_plus_hepatic" if row.strand == "+" else "CAGE_minus_hepatic"
        before, after = (expected_stretch(one, flank_bp=FLANK) for one in (codes, cut))
        number, place = before.names.index(track), (row.tss - first - FLANK) // 128
        near = slice(place - 1, place + 2)
        background = 2 * 0.3 * 3 * 128 / 1_000
        values = [one.values[number, near].sum() - background for one in (before, after)]
        assert 1 - values[1] / values[0] == pytest.approx(row.share_hepatic, abs=0.03)


def test_variants_fit_the_genome_and_have_the_effects_that_their_kinds_promise(files, genome, effects):
    variants = read_vcf(files.variants).variants
    assert [one.name for one in variants] == effects["name"].tolist()
    for one in variants:
        assert matches_genome(one, genome)
        assert normalize(one, genome) == one
    assert any(one.length_change for one in variants)
    assert set(effects["kind"]) <= set(EXPRESSION_KIND_SHARES)
    opened = effects[[f"log2_fold_ATAC_{cell}" for cell in CELLS]]
    assert (opened[effects["kind"] == "breaks an enhancer"].min(axis=1) < -0.002).mean() > 0.5
    is_background = effects["kind"] == "background"
    assert opened[is_background].abs().to_numpy().max() < 0.02
    of_gene = effects[[f"gene_log2_fold_{cell}" for cell in CELLS]]
    broken = of_gene[effects["kind"] == "breaks a promoter"].min(axis=1)
    assert broken.median() < -0.1
    assert broken.min() < -1


def test_the_effect_of_a_variant_is_that_of_the_edited_stretch(files, genome, effects):
    rules, assays = ExpressionRules(), ExpressionAssays()
    inner = effects[(effects["start"] > 60_000) & (effects["ref"].str.len() == effects["alt"].str.len())]
    inner = inner[inner["chrom"].map(genome.sizes) - inner["start"] > 60_000]
    if inner.empty:
        inner = effects[effects["ref"].str.len() == effects["alt"].str.len()].iloc[:2]
    names = track_names(rules)
    for row in inner.iloc[:3].itertuples():
        table = read_table(files.promoters)
        variant = Variant(row.chrom, row.start, row.ref, row.alt, row.name)
        again = expression_effects([variant], genome, table, rules=rules, assays=assays).iloc[0]
        for name in names:
            assert again[f"alt_{name}"] == pytest.approx(getattr(row, f"alt_{name}"), abs=1e-4)


def test_an_insertion_moves_what_lies_behind_it_and_adds_its_background_alone():
    codes = np.tile(encode("AC"), 60_000)
    genome = Genome.from_codes({"I": codes})
    table = read_table_like()
    row = expression_effects(
        [Variant("I", 60_000, "A", "ACACACACAC")], genome, table, rules=ExpressionRules(), assays=ExpressionAssays()
    ).iloc[0]
    per_base = 2 * 6.0 / 1_000
    assert row["ref_ATAC_hepatic"] == pytest.approx(per_base * EXPRESSION_READOUT_BP)
    assert row["alt_ATAC_hepatic"] - row["ref_ATAC_hepatic"] == pytest.approx(9 * per_base, rel=1e-6)
    assert row["gene"] == ""
    assert CONTEXT_BP > 1_000


def read_table_like():
    """Promoters of a genome without any."""
    import pandas as pd

    return pd.DataFrame({"chrom": [], "tss": np.empty(0, dtype=np.int64), "strand": [], "gene": []})


def test_a_folder_of_something_else_and_settings_that_make_no_sense_are_refused(tiny, tmp_path):
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(RunFolderError, match=r"thesis\.txt"):
        simulate_expression(tiny, tmp_path)
    (tmp_path / "truth.json").write_text("{}")
    with pytest.raises(FormatError, match="not the truth"):
        ExpressionFiles.load(tmp_path)
    with pytest.raises(ConfigError, match="huge"):
        ExpressionConfig.preset("huge")
    with pytest.raises(ConfigError, match="50000 bp"):
        ExpressionConfig(genome_bp=100_000)
    with pytest.raises(ConfigError, match="least_bp"):
        ExpressionLayout(least_bp=100)
    with pytest.raises(ConfigError, match="depths"):
        ExpressionAssays(tags_per_rate=0.0)
