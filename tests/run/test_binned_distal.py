"""The step distal of a run on tracks in bins: genes of held-out contigs, and planted links where there are some."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import ConfigError
from cisgram.io.tables import read_table, write_table
from cisgram.models.basenji import BasenjiConfig
from cisgram.report.page import truth_findings
from cisgram.run import Run
from cisgram.run.config import config_text
from cisgram.run.demo_expression import expression_run_config
from cisgram.run.registry import finish, step_of
from cisgram.run.settings.distal import DistalRunConfig
from cisgram.run.steps.binned.planted_links import ALL_CELLS, link_figures, scored_links
from cisgram.simulate.expression_cells import ExpressionConfig, simulate_expression

MODEL = BasenjiConfig(
    input_length=8192, filters=(8, 8), widths=(9, 3), pools=(16, 8), trunk_filters=8, n_trunk_blocks=3, crop=4,
    dilation_rate=2.0, head_filters=8,
)  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return simulate_expression(ExpressionConfig.preset("tiny"), tmp_path_factory.mktemp("cell"))


@pytest.fixture
def run(files, tmp_path, monkeypatch):
    monkeypatch.setenv("CISGRAM_CACHE", str(tmp_path / "cache"))
    config = expression_run_config(files)
    config = replace(
        config,
        model=MODEL,
        training=replace(config.training, epochs=1, precision="32-true"),
        evaluation=replace(config.evaluation, n_bootstrap=10, word_bp=2),
        distal=DistalRunConfig(n_genes=4, jitters_bp=(0, 2), n_draws=1, n_controls=3, min_z=2.0),
    )
    path = tmp_path / "config.toml"
    path.write_text(config_text(config))
    return Run.start(path, folder=tmp_path / "run", data_folder=files.folder)


@pytest.mark.slow
def test_a_run_asks_about_its_strongest_held_out_genes_and_shows_them(run, files):
    done = finish(run)
    assert done[-3:] == ["distal", "recover", "report"]
    folder = run.folder / "distal"
    bins, known = read_table(folder / "bins.tsv.gz"), read_table(folder / "known.tsv")
    genes = read_table(files.promoters)
    held_out = set(genes.loc[genes["chrom"].isin(run.config.split.test), "gene"])
    assert bins["gene"].nunique() == 4
    assert set(bins["gene"]) <= held_out
    assert set(known["gene"]) <= set(bins["gene"])
    strands = genes.set_index("gene")["strand"]
    wrong = {"+": "minus", "-": "plus"}
    assert not any(wrong[strands[gene]] in track for gene, track in zip(bins["gene"], bins["track"], strict=True))
    summary = json.loads((folder / "summary.json").read_text())
    assert summary["n_promoters"] == 4
    page = run.report.read_text()
    assert "Elements that promoters use" in page
    assert {one["score"] for one in summary["links"]} == {"saliency", "deletion"}
    assert "Enhancers and genes" in page
    assert "links of enhancers and genes" in truth_findings(run.folder)[0]
    assert finish(run) == []


def test_without_genes_or_with_none_wanted_nothing_is_asked(run):
    step = step_of(run, "distal")
    assert step.is_wanted(run)
    for changed in ({"distal": DistalRunConfig(n_genes=0)}, {"evaluation": replace(run.config.evaluation, genes="")}):
        assert not step.is_wanted(Run(run.folder, replace(run.config, **changed), data_folder=run.data_folder))


def scored(files, *, noise=0.0):
    """What a perfect model would write of known elements, and a noisy one."""
    links, rng = read_table(files.links, types={"gene": "text", "enhancer": "text"}), np.random.default_rng(1)
    cells = [name.removeprefix("share_") for name in links if name.startswith("share_")]
    parts = []
    for cell in cells:
        share = links[f"share_{cell}"].to_numpy() * (1 - noise) + noise * rng.uniform(0, 1, len(links))
        parts.append(
            pd.DataFrame(
                {
                    "gene": links["gene"],
                    "track": np.where(links["strand"] == "+", f"CAGE_plus_{cell}", f"CAGE_minus_{cell}"),
                    "name": links["enhancer"],
                    "relative": share,
                    "deletion_log2": np.log2(1 - np.minimum(share, 0.99)),
                }
            )
        )
    parts.append(parts[0].assign(track=f"ATAC_{cells[0]}", relative=9.0))
    return pd.concat(parts, ignore_index=True), cells


def test_planted_links_are_told_perfectly_by_their_true_shares_and_by_chance_by_noise(files, tmp_path):
    perfect, cells = scored(files)
    write_table(tmp_path / "known.tsv", perfect)
    found = {(one["cell"], one["score"]): one for one in link_figures(tmp_path, files)}
    assert {cell for cell, _ in found} == {*cells, ALL_CELLS, f"{ALL_CELLS}, beyond 5 kb"}
    assert found[ALL_CELLS, "saliency"]["right_cell"] == 1
    assert found[ALL_CELLS, "saliency"]["pearson"] == pytest.approx(1)
    assert all(one["auroc"] == 1 for one in found.values())
    assert found[ALL_CELLS, "saliency"]["correlation"] == pytest.approx(1)
    assert set(found[ALL_CELLS, "deletion"]["floors"]) == {"distance", "activity", "activity x distance"}
    assert len(read_table(tmp_path / "links.tsv.gz")) == found[ALL_CELLS, "saliency"]["n_pairs"]
    noise, _ = scored(files, noise=1.0)
    write_table(tmp_path / "known.tsv", noise)
    by_chance = {(one["cell"], one["score"]): one["auroc"] for one in link_figures(tmp_path, files)}
    assert abs(by_chance[ALL_CELLS, "saliency"] - 0.5) < 0.1


def test_pairs_take_only_tracks_of_transcription_and_leave_out_what_has_no_number(files):
    perfect, cells = scored(files)
    pairs = scored_links(perfect, files)
    assert len(pairs) == len(cells) * len(read_table(files.links))
    assert pairs["saliency"].max() <= 1
    np.testing.assert_allclose(pairs["deletion"], np.minimum(pairs["saliency"], 0.99), atol=1e-6)
    holes = perfect.assign(relative=perfect["relative"].where(perfect.index > 4))
    assert len(scored_links(holes, files)) == len(pairs) - 5


def test_wrong_settings_are_refused(files):
    with pytest.raises(ConfigError, match="n_draws at least 1"):
        DistalRunConfig(n_draws=0)
    with pytest.raises(ConfigError, match="each once"):
        DistalRunConfig(jitters_bp=(1, 1))
    with pytest.raises(ConfigError, match="below half of"):
        replace(expression_run_config(files), distal=DistalRunConfig(jitters_bp=(0, 64)))
