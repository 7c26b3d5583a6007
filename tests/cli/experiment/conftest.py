"""A small untrained BPNet in a run folder with instances, a Basset, and files to ask them about."""

import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from typer.testing import CliRunner

from cisgram.cli.main import app
from cisgram.io.contributions import writing_contributions
from cisgram.io.fasta import write_fasta
from cisgram.io.tables import write_table
from cisgram.models import basset, bpnet
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, save_checkpoint
from cisgram.training.load import load_model

FORM = bpnet.BPNetConfig(
    input_length=140, output_length=60, n_filters=8, n_dilated_layers=3, stem_width=7, profile_width=9
)
TRACKS = ["Nanog", "Sox2"]


def save(path, model, name, form, tracks):
    path.parent.mkdir(parents=True, exist_ok=True)
    settings = {
        key: list(value) if isinstance(value, tuple) else value for key, value in dataclasses.asdict(form).items()
    }
    identity = ModelIdentity(name, {**settings, "n_tracks": len(tracks), "n_controls": 0}, {"tracks": tracks})
    save_checkpoint(path, Checkpoint(identity, model.state_dict()))


def write_grammar(run, codes, starts):
    """Windows of contig I, and instances a (8 bp), b (6 bp) in the middle part of each."""
    windows = pd.DataFrame({"chrom": "I", "start": starts, "end": [one + 140 for one in starts]})
    values, error = np.zeros((len(codes), 4, 140), dtype=np.float32), np.zeros(len(codes), dtype=np.float32)
    with writing_contributions(run / "contributions.h5") as writer:
        group = writer.group("Nanog", "profile", windows=windows, codes=codes, attributes={})
        group.append(values, completeness_error=error, relative_error=error)
    rows = []
    for window, start in enumerate(starts):
        for pattern, offset, width in (("a", 50, 8), ("b", 70, 6), ("far", 5, 6)):
            rows.append(("I", start + offset, start + offset + width, "+", pattern, window))
    table = pd.DataFrame(rows, columns=["chrom", "start", "end", "strand", "pattern", "window"])
    table = table.assign(match=0.9, contribution=1.0, pwm_score=5.0)
    (run / "grammar").mkdir()
    write_table(run / "grammar" / "instances.tsv.gz", table)
    return table


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setenv("CISGRAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    model = bpnet.build(FORM, n_tracks=2, seed=3)
    with torch.no_grad():
        model.counts_head.log_rates.bias += 4  # reads near a motif need reads: a total below 0 counts as none
        model.counts_head.log_rates.weight *= 10
    save(tmp_path / "run/checkpoints/best.safetensors", model, "bpnet", FORM, TRACKS)
    form = basset.BassetConfig(40, n_filters=(8, 6), widths=(7, 3), pools=(3, 4), n_hidden=(8,))
    save(tmp_path / "basset.safetensors", basset.build(form, n_tracks=1, seed=1), "basset", form, ["liver"])
    rng = np.random.default_rng(2)
    genome = rng.integers(0, 4, 1200).astype(np.uint8)
    write_fasta(tmp_path / "genome.fa", {"I": genome})
    codes = rng.integers(0, 4, (7, 140)).astype(np.uint8)
    write_fasta(tmp_path / "s.fa", {f"s{k}": row for k, row in enumerate(codes)})
    starts = list(range(0, 980, 150))
    windows = np.stack([genome[start : start + 140] for start in starts])
    instances = write_grammar(tmp_path / "run", windows, starts)
    model = load_model(tmp_path / "run/checkpoints/best.safetensors")
    return SimpleNamespace(folder=tmp_path, codes=codes, windows=windows, instances=instances, model=model)


@pytest.fixture
def call(files):
    del files

    def run(*words):
        done = CliRunner().invoke(app, ["experiment", *words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done

    return run


@pytest.fixture
def answer(call):
    """Run a verb that must work; what it says as JSON."""

    def run(*words):
        done = call(*words, "--out", "out", "--json", "--quiet")
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    return run
