"""``cisgram states enrich`` and ``compare``: what a user types, the files, and one line for what is wrong."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.genomics.segmentation import Segmentation
from cisgram.genomics.state_model import StateModel
from cisgram.io.chromhmm.model import write_state_model
from cisgram.io.chromhmm.segments import write_segments
from cisgram.io.tables import read_provenance, read_table

RNG = np.random.default_rng(6)


def invoke(*arguments):
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def folder(tmp_path):
    """Two cell types, a model and its mirror, sets and anchors."""
    model = StateModel(
        ("H3K4me3", "H3K27me3"), np.array([1.0, 0.0]), np.full((2, 2), 0.5), np.array([[0.0, 0.1], [0.9, 0.0]])
    )
    write_state_model(tmp_path / "model_2.txt", model)
    write_state_model(tmp_path / "turned_2.txt", model.reordered([1, 0]))
    for cell in ("a", "b"):
        states = {"chr1": RNG.integers(0, 2, 100)}
        write_segments(tmp_path / f"{cell}_2_segments.bed", Segmentation.from_states(cell, states, n_states=2))
    (tmp_path / "sets").mkdir()
    (tmp_path / "sets" / "tss.bed").write_text("chr1\t500\t900\n")
    (tmp_path / "sets" / ".hidden").write_text("not a set")
    (tmp_path / "starts.txt").write_text("chr1\t5000\t+\nchr1\t9000\t-\n")
    return tmp_path


def segments_of(folder):
    return [folder / "a_2_segments.bed", folder / "b_2_segments.bed"]


def test_enrich_writes_tables_pictures_and_a_page(folder):
    out = folder / "out"
    code, stdout, stderr = invoke(
        "states", "enrich", segments_of(folder)[0], "--sets", folder / "sets", "--anchors", folder / "starts.txt",
        "--model", folder / "model_2.txt", "--out", out, "--json",
    )  # fmt: skip
    assert code == 0, stderr
    said = json.loads(stdout)
    assert (said["cells"], said["states"], said["sets"]) == (["a"], 2, ["tss.bed"])
    table = read_table(out / "enrichment.tsv")
    assert table.groupby("cell")["overlap_bp"].sum().tolist() == [400]
    theirs = pd.read_csv(out / "a_overlap.txt", sep="\t", index_col=0)
    assert theirs.index.tolist() == ["1_ReprPCWk", "2_TssA", "Base"]
    assert theirs["tss.bed"].iloc[:2].to_numpy() == pytest.approx(table["fold"].iloc[:2].to_numpy(), abs=1e-5)
    assert read_table(out / "neighborhood.tsv")["n"].sum() == 2 * 21
    assert read_provenance(out / "names.tsv")["bin_size"] == "200"
    assert {"report.html", "a_starts_neighborhood.txt", "emissions.png"} <= {path.name for path in out.iterdir()}


def test_p_values_come_with_centres(folder):
    arguments = ["states", "enrich", segments_of(folder)[0], "--sets", folder / "sets", "--out", folder / "out"]
    assert invoke(*arguments, "--center")[0] == 0
    table = read_table(folder / "out" / "enrichment.tsv")
    assert table["minus_log10_p"].notna().all()
    assert table["overlap_bp"].sum() == 1


def test_compare_tells_agreement_switches_and_partners(folder):
    code, stdout, stderr = invoke(
        "states", "compare", folder / "model_2.txt", folder / "turned_2.txt", *segments_of(folder), "--out",
        folder / "out", "--min-difference", 0, "--min-bp", 200, "--locus", "chr1:1-4,000", "--json",
    )  # fmt: skip
    assert code == 0, stderr
    said = json.loads(stdout)
    assert said["tables"] == ["matches", "correlations", "agreement", "stability", "switches", "regions"]
    assert read_table(folder / "out" / "matches.tsv")["partner"].tolist() == [2, 1]
    assert abs(said["agreement"][0]["adjusted_rand"]) < 0.1
    regions = read_table(folder / "out" / "regions.tsv")
    assert (regions["a"] != regions["b"]).all()


def test_segments_of_other_models_have_only_an_agreement(folder):
    states = {"chr1": RNG.integers(0, 5, 100)}
    write_segments(folder / "a_5_segments.bed", Segmentation.from_states("a", states, n_states=5))
    arguments = [segments_of(folder)[0], folder / "a_5_segments.bed", "--other-states", "--out", folder / "out"]
    code, stdout, stderr = invoke("states", "compare", *arguments, "--json")
    assert code == 0, stderr
    assert json.loads(stdout)["tables"] == ["agreement"]


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["enrich", "a_2_segments.bed", "--out", "out"], "say what states are compared with"),
        (["enrich", "nowhere.bed", "--sets", "sets", "--out", "out"], "there is no file"),
        (["enrich", "a_2_segments.bed", "--sets", "sets", "--sets", "sets/tss.bed", "--out", "out"], "given twice"),
        (["compare", "a_2_segments.bed", "--out", "out"], "two models or two segmentations"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(folder, monkeypatch, arguments, problem):
    monkeypatch.chdir(folder)
    code, _, stderr = invoke("states", *arguments)
    assert code == 1
    assert problem in stderr.strip().splitlines()[-1]
