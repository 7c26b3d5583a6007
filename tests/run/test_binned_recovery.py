"""The step recover of a run on tracks in bins: signal without noise, genes and variants of a simulated genome."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cisgram.data.binned_store import open_binned
from cisgram.io.fasta import read_genome
from cisgram.io.tables import read_table
from cisgram.models.basenji import BasenjiConfig
from cisgram.report.page import truth_findings
from cisgram.run import Run
from cisgram.run.config import config_text
from cisgram.run.demo_expression import expression_run_config
from cisgram.run.registry import finish, step_of
from cisgram.run.settings.distal import DistalRunConfig
from cisgram.run.steps.binned.genes import genes_of_run, genes_on_genome
from cisgram.run.steps.binned.planted_genes import gene_figures
from cisgram.run.steps.binned.planted_signal import expected_targets
from cisgram.run.steps.binned.planted_variants import EFFECT_COLUMNS, GENE_MEASURE
from cisgram.run.steps.binned.prepare import tracks_of
from cisgram.simulate.expression_cells import ExpressionConfig, simulate_expression

pytestmark = pytest.mark.slow

MODEL = BasenjiConfig(
    input_length=8192, filters=(8, 8), widths=(9, 3), pools=(16, 8), trunk_filters=8, n_trunk_blocks=3, crop=4,
    dilation_rate=2.0, head_filters=8,
)  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    config = replace(ExpressionConfig.preset("tiny"), n_variants=120)
    return simulate_expression(config, tmp_path_factory.mktemp("cell"))


def started(files, folder, **changes):
    config = replace(
        expression_run_config(files),
        model=MODEL,
        distal=DistalRunConfig(n_genes=0),
    )
    config = replace(
        config,
        training=replace(config.training, epochs=1, precision="32-true"),
        evaluation=replace(config.evaluation, n_bootstrap=10, word_bp=0),
    )
    config = replace(config, **changes)
    path = folder / "config.toml"
    path.write_text(config_text(config))
    return Run.start(path, folder=folder / "run", data_folder=files.folder)


@pytest.fixture(scope="module")
def run(files, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("run")
        patch.setenv("CISGRAM_CACHE", str(folder / "cache"))
        made = started(files, folder)
        finish(made)
        yield made


def test_every_track_every_measure_and_both_sides_are_compared_and_shown(run, files):
    found = json.loads(run.recovery.read_text())
    assert [one["track"] for one in found["signal"]] == list(files.tracks)
    assert all(one["measured"] > 0.7 for one in found["signal"])  # replicates together, against their mean
    assert [one["method"] for one in found["genes"]][:2] == ["model", "measured"]
    table = read_table(run.folder / "recovery" / "variants.tsv.gz", types={"name": "text"})
    assert tuple(table) == EFFECT_COLUMNS
    assert set(table["measure"]) == {"CAGE around", "ATAC around", "H3K27ac around", GENE_MEASURE}
    assert {one["measure"] for one in found["variants"]["by_kind"]} == set(table["measure"])
    page = run.report.read_text()
    assert all(text in page for text in ("Which genes are on in which cells", "What variants do", "Signal without"))
    assert any("variants" in line for line in truth_findings(run.folder))
    assert finish(run) == []


def test_only_variants_of_held_out_stretches_are_scored_with_their_true_effects(run, files):
    table = read_table(run.folder / "recovery" / "variants.tsv.gz", types={"name": "text"})
    effects = read_table(files.variant_effects, types={"name": "text"}).set_index("name")
    assert set(effects.loc[table["name"], "chrom"]) <= set(run.config.split.test)
    own = table[(table["measure"] == "ATAC around") & (table["cell"] == "hepatic")]
    np.testing.assert_allclose(own["true"], effects.loc[own["name"], "log2_fold_ATAC_hepatic"], atol=1e-6)
    at_gene = table[(table["measure"] == GENE_MEASURE) & (table["kind"] != "background")]
    assert (at_gene["gene"] != "").all()
    names = at_gene["name"].drop_duplicates()
    real = effects.loc[names, "gene"].dropna()
    assert (at_gene.drop_duplicates("name").set_index("name").loc[real.index, "gene"] == real).all()


def test_expected_targets_are_what_measured_ones_scatter_around(run, files):
    store, genome = open_binned(run.examples), read_genome(files.genome, cache_folder=run.folder / "cache")
    expected = expected_targets(run, store, list(tracks_of(run)), files, genome)
    measured = np.asarray(store.targets[store.rows("test")], dtype=np.float64)
    assert expected.shape == measured.shape
    atac = store.layout.track_names.index("ATAC_erythroid")
    assert measured[:, atac].mean() == pytest.approx(expected[:, atac].mean(), rel=0.1)
    assert np.corrcoef(measured[:, atac].ravel(), expected[:, atac].ravel())[0, 1] > 0.9


def test_a_perfect_prediction_of_rates_would_be_told(run, files):
    """The measured rates, from two replicates, correlate with the true ones as they should, and floors do less."""
    genome = read_genome(files.genome, cache_folder=run.folder / "cache")
    rows = {one["method"]: one for one in gene_figures(run, genes_on_genome(run, genome), files)}
    assert rows["measured"]["across_cells"] > 0.8 > rows["own promoter"]["across_cells"]
    own = genes_of_run(run, open_binned(run.examples), genes_on_genome(run, genome))
    assert rows["model"]["n_genes"] == len(own.starts.genes)
    assert gene_figures(run, None, files) == []


def test_without_truth_there_is_no_step_and_with_another_truth_nothing_is_compared(run, files, tmp_path, monkeypatch):
    without = Run(run.folder, replace(run.config, truth=""), data_folder=run.data_folder)
    assert not step_of(run, "recover").is_wanted(without)
    (tmp_path / "truth.json").write_text(json.dumps({"format": "another"}))
    other = Run(tmp_path, replace(run.config, truth=str(tmp_path / "truth.json")), data_folder=run.data_folder)
    assert step_of(run, "recover").do(other) == {"n_variants": 0}
    assert json.loads((tmp_path / "recovery.json").read_text()) == {}


def test_without_genes_variants_are_compared_by_tracks_alone(files, run, tmp_path, monkeypatch):
    monkeypatch.setenv("CISGRAM_CACHE", str(tmp_path / "cache"))
    bare = started(files, tmp_path, evaluation=replace(run.config.evaluation, genes=""))
    finish(bare)
    found = json.loads(bare.recovery.read_text())
    assert found["genes"] == []
    table = pd.DataFrame(found["variants"]["by_kind"])
    assert GENE_MEASURE not in set(table["measure"])
    assert len(table)
