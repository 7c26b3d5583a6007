"""Cell types on one simulated genome: complete files, the same for the same seed, open where their proteins are."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from cisgram.data.sites import SiteConfig, merge_peaks
from cisgram.errors import ConfigError, FormatError, RunFolderError
from cisgram.genomics.interval import beyond_contig, interval_table, overlaps
from cisgram.io.fasta import read_genome
from cisgram.io.meme import read_meme
from cisgram.io.tables import read_chrom_sizes, read_intervals, read_table
from cisgram.simulate.accessibility import AccessibilityConfig, simulate_accessibility
from cisgram.simulate.accessibility_files import AccessibilityFiles
from cisgram.simulate.cell_types import CellType, cell_type_grammar, default_cell_types, true_specificity
from cisgram.simulate.recovery import specificity_recovery


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    config = AccessibilityConfig.preset("tiny", seed=3)
    files = simulate_accessibility(config, tmp_path_factory.mktemp("cells") / "tiny")
    peaks = {name: read_intervals(path) for name, path in files.peaks.items()}
    return SimpleNamespace(config=config, files=files, peaks=peaks, instances=read_table(files.instances))


def contents(files):
    return {str(path.relative_to(files.folder)): path.read_bytes() for path in files.paths()}


def test_the_same_seed_gives_the_same_bytes_and_another_cell_type_leaves_the_others_alone(cells, tmp_path):
    again = contents(simulate_accessibility(cells.config, tmp_path / "again"))
    assert again == contents(cells.files)
    fewer = replace(cells.config, cell_types=cells.config.cell_types[1:3])
    some = contents(simulate_accessibility(fewer, tmp_path / "fewer"))
    same = {name for name in some if again[name] == some[name]}
    assert same >= {"genome.fa.gz", "peaks/hepatic.narrowPeak", "peaks/myeloid.narrowPeak", "motifs.meme"}
    other = contents(simulate_accessibility(replace(cells.config, seed=4), tmp_path / "other"))
    assert {name for name in other if other[name] == again[name]} == {"chrom.sizes", "motifs.meme"}


def test_files_are_found_again_agree_on_contigs_and_a_missing_one_is_named(cells, tmp_path):
    assert AccessibilityFiles.load(cells.files.folder) == cells.files
    sizes = read_chrom_sizes(cells.files.chrom_sizes)
    truth = json.loads(cells.files.truth.read_text())
    assert truth["contigs"] == sizes == dict(read_genome(cells.files.genome, cache_folder=tmp_path / "cache").sizes)
    assert truth["n_peaks"] == {name: len(table) for name, table in cells.peaks.items()}
    assert [motif.name for motif in read_meme(cells.files.motifs)] == [m["name"] for m in truth["motifs"]]
    for table in (*cells.peaks.values(), cells.instances, read_intervals(cells.files.unmappable)):
        assert not beyond_contig(table, sizes).any()
    files = simulate_accessibility(replace(cells.config, cell_types=cells.config.cell_types[:1]), tmp_path / "one")
    files.peaks["erythroid"].unlink()
    with pytest.raises(RunFolderError, match=r"lacks peaks/erythroid\.narrowPeak"):
        AccessibilityFiles.load(files.folder)
    files.truth.write_text("[]")
    with pytest.raises(FormatError, match="not the truth of a 'cisgram simulated accessibility'"):
        AccessibilityFiles.load(files.folder)


def test_a_folder_with_other_things_in_it_is_refused(cells, tmp_path):
    (tmp_path / "thesis.txt").write_text("do not touch")
    with pytest.raises(RunFolderError, match="no simulation"):
        simulate_accessibility(cells.config, tmp_path)


def test_sites_of_a_protein_open_in_the_cell_types_that_have_it(cells):
    strong = cells.instances[cells.instances["occupancy"] > 0.6]
    specificity = true_specificity(cells.config.grammar, cells.config.cell_types)
    for motif, own in strong.groupby("name"):
        for name, peaks in cells.peaks.items():
            if specificity.loc[motif, name] == 1:
                bound = own[own[f"open_{name}"] > 0.6]
                assert overlaps(bound, peaks).mean() > 0.9
            elif specificity.loc[motif, name] == 0:
                assert (own[f"open_{name}"] == 0).all()


def test_closed_chromatin_has_few_peaks(cells):
    for name, peaks in cells.peaks.items():
        bound = cells.instances[cells.instances[f"open_{name}"] > 0.02]
        near = interval_table(bound["chrom"], np.maximum(bound["start"] - 250, 0), bound["end"] + 250)
        assert (~overlaps(peaks, near)).mean() < 0.1


def test_the_merged_sites_give_the_planted_specificity_back(cells):
    table = merge_peaks(
        cells.peaks, sizes=read_chrom_sizes(cells.files.chrom_sizes), config=SiteConfig(center="summit")
    )
    strong = cells.instances[(cells.instances["occupancy"] > 0.5) & (cells.instances["origin"] == "planted")]
    truth = true_specificity(cells.config.grammar, cells.config.cell_types)
    recovered = truth * 0.0
    for motif, own in strong.groupby("name"):
        has_motif = overlaps(table.sites, own)
        recovered.loc[motif] = table.labels[has_motif].mean(axis=0) - table.labels[~has_motif].mean(axis=0)
    scores = specificity_recovery(truth, recovered, rng=np.random.default_rng(1)).set_index("name")
    assert scores.loc["all", "auroc"] > 0.95
    assert scores.loc["all", "pearson"] > 0.7
    assert abs(scores.loc["all", "floor_auroc"] - 0.5) < 0.1
    assert np.isnan(scores.loc["CTCF", "auroc"])  # at work everywhere


def test_wrong_settings_are_refused():
    cell_type = default_cell_types()[0]
    for wrong, message in (
        ({"cell_types": ()}, "at least one cell type"),
        ({"cell_types": (cell_type, cell_type)}, "different names"),
        ({"cell_types": (CellType("a", {"MYC": 1.0}),)}, "a names the motif MYC"),
        ({"genome_bp": 50_000}, "every contig needs"),
        ({"seed": -1}, "seed"),
    ):
        with pytest.raises(ConfigError, match=message):
            AccessibilityConfig(**wrong)
    with pytest.raises(ConfigError, match="no preset 'huge'"):
        AccessibilityConfig.preset("huge")
    with pytest.raises(ConfigError, match="file names"):
        CellType("a/b")
    with pytest.raises(ConfigError, match="must be 0 or more"):
        CellType("a", {"CTCF": -1.0})


def test_concentrations_stand_in_the_order_of_the_grammar():
    grammar = cell_type_grammar()
    table = true_specificity(grammar, default_cell_types())
    assert table.index.tolist() == [motif.name for motif in grammar.motifs]
    assert table.loc["GATA1"].tolist() == [1, 0, 0, 0, 0]
    assert (table.loc["CTCF"] == 1).all()
    np.testing.assert_array_equal(table["stem"], default_cell_types()[4].weights(grammar))
