"""The verb experiment distal, and the other experiments with a Basenji, from the command line."""

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.io.fasta import write_fasta
from cisgram.io.tables import read_table
from cisgram.models import basenji

from .conftest import save

FORM = basenji.BasenjiConfig(
    input_length=256, filters=(6, 8), widths=(7, 3), pools=(4, 4), trunk_filters=4, n_trunk_blocks=2, crop=2,
    head_filters=6, residual_gain=1.0,
)  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CISGRAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    model = basenji.build(FORM, n_tracks=2, seed=3)
    save(tmp_path / "basenji.safetensors", model, "basenji", FORM, ["cage", "dnase"])
    genome = np.random.default_rng(2).integers(0, 4, 1200).astype(np.uint8)
    write_fasta(tmp_path / "genome.fa", {"I": genome})
    write_fasta(tmp_path / "s.fa", {"one": genome[:256], "two": genome[300:556]})
    (tmp_path / "genes.bed").write_text("I\t600\t800\tABC1\t0\t+\nI\t200\t400\tABC2\t0\t-\n")
    (tmp_path / "known.bed").write_text("I\t500\t530\te1\nI\t640\t660\te2\n")
    return tmp_path


def call(*words):
    return CliRunner().invoke(app, ["experiment", *words])


def test_distal_writes_everything_it_promises(folder):
    words = "distal basenji.safetensors -g genome.fa --genes genes.bed --gene ABC1,abc2 --promoter 20 --jitter 0,1,-1 "
    words += "--elements known.bed --draws 2 --controls 3 --min-z 1.5 -o out --json"
    done = call(*words.split())
    assert done.exit_code == 0, done.output
    summary = json.loads(done.stdout)
    assert summary["n_promoters"] == 2
    written = {path.name for path in (folder / "out").iterdir()}
    assert written == {
        "elements.tsv",
        "bins.tsv.gz",
        "known.tsv",
        "links.bedpe",
        "promoters",
        "report.html",
        *(f"{what}.{track}.bw" for what in ("saliency", "bases") for track in ("cage", "dnase")),
    }
    bins = read_table(folder / "out" / "bins.tsv.gz")
    assert len(bins) == 2 * 2 * 16
    assert sorted(bins["gene"].unique()) == ["ABC1", "ABC2"]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ("basenji.safetensors -g genome.fa", "say which promoters"),
        ("basenji.safetensors -g genome.fa --gene ABC1", "--genes FILE"),
        ("basenji.safetensors -g genome.fa --at I:1-400", "longer than the 192 bp"),
        ("basenji.safetensors -g genome.fa --at I:500-520 --tracks chip", "the model has no chip; it has cage, dnase"),
        ("basenji.safetensors -g genome.fa --at I:500-520 --jitter a", "whole numbers"),
        ("basenji.safetensors -g genome.fa --at I:500-520 --jitter 8", "below half a bin of 16 bp"),
    ],
)
def test_distal_says_what_is_wrong(folder, words, problem):
    del folder
    done = call("distal", *words.split())
    assert done.exit_code != 0
    assert problem in " ".join(done.output.replace("│", " ").split())


def test_the_other_experiments_take_a_basenji(folder):
    for words in (
        "mutate basenji.safetensors -s s.fa --part 6 --both-strands -o mutated",
        "insert basenji.safetensors --motif GATTACA -s s.fa -o inserted",
    ):
        done = call(*words.split())
        assert done.exit_code == 0, done.output
    table = read_table(folder / "mutated" / "results.tsv")
    assert table["track"].unique().tolist() == ["cage", "dnase"]
    assert (table["gradient_correlation"] > 0.5).all()
