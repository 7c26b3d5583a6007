"""Segments become a run on labels whose settings are read back, and whose sites lie in their states."""

import json
import tomllib

import numpy as np
import pytest
from typer.testing import CliRunner

from cisgram.chromatin.state_sites import StateSiteConfig
from cisgram.cli.main import app
from cisgram.errors import ConfigError, EmptySetError, RunFolderError
from cisgram.genomics.segmentation import Segmentation
from cisgram.io.chromhmm.segments import write_segments
from cisgram.io.tables import read_intervals
from cisgram.run.config import config_from
from cisgram.run.state_sequences import StateSequenceConfig, write_state_sequences

LABELS = ["Quies", "EnhA", "Tx"]


def segmentation(cell="K562", chroms=("chr1", "chr2", "chr3")):
    rng = np.random.default_rng(len(cell))
    states = {name: np.repeat(rng.integers(0, 3, 200), rng.integers(1, 20, 200)) for name in chroms}
    return Segmentation.from_states(cell, states, n_states=3)


def write(folder, cells=None, **options):
    config = StateSequenceConfig(**{"min_sites": 20, **options})
    cells = cells or [segmentation()]
    return write_state_sequences(folder, cells, LABELS, genome=folder.parent / "genome.fa", config=config)


def test_the_config_is_a_run_on_labels_with_a_track_per_state(tmp_path):
    written = write(tmp_path / "out")
    read = config_from(tomllib.loads((tmp_path / "out" / "config.toml").read_text()))
    assert read == written
    sites = read_intervals(tmp_path / "out" / "sites.bed")
    assert sorted(sites["name"].unique()) == sorted(LABELS)
    assert ((sites["end"] - sites["start"]) == 600).all()
    assert set(written.split.test) | set(written.split.valid) < {"chr1", "chr2", "chr3"}


def test_states_with_few_sites_are_left_out_and_said(tmp_path):
    one = segmentation()
    rare = one.segments[(one.segments["state"] != 1) | (one.segments.index < 20)]
    write(tmp_path / "out", [Segmentation("K562", 200, 3, rare)], min_sites=100)
    record = json.loads((tmp_path / "out" / "sequences.json").read_text())
    assert record["left_out"] == ["EnhA"]
    assert record["sites"]["EnhA"] < 100
    assert "EnhA" not in read_intervals(tmp_path / "out" / "sites.bed")["name"].to_numpy()


def test_contigs_can_be_named_and_must_have_sites(tmp_path):
    run = write(tmp_path / "out", test=("chr3",), valid=("chr1",))
    assert (run.split.test, run.split.valid) == (("chr3",), ("chr1",))
    with pytest.raises(ConfigError, match="'chr9' has no sites"):
        write(tmp_path / "out", test=("chr9",), valid=("chr1",))
    with pytest.raises(ConfigError, match="both parts"):
        StateSequenceConfig(test=("chr1",))


def test_too_little_to_learn_from_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="three contigs are needed"):
        write(tmp_path / "out", [segmentation(chroms=("chr1", "chr2"))])
    with pytest.raises(EmptySetError, match="two states with sites"):
        write(tmp_path / "other", min_sites=100_000)


def test_a_folder_of_another_origin_is_refused(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "notes.txt").write_text("mine")
    with pytest.raises(RunFolderError, match=r"notes\.txt"):
        write(tmp_path / "out")


def test_the_verb_writes_the_same_and_takes_some_states(tmp_path):
    for cell in ("K562", "HepG2"):
        write_segments(tmp_path / f"{cell}_3_segments.bed", segmentation(cell))
    (tmp_path / "genome.fa").write_text(">chr1\nACGT\n")
    files = [str(tmp_path / f"{cell}_3_segments.bed") for cell in ("K562", "HepG2")]
    arguments = ["states", "sequences", *files, "--genome", tmp_path / "genome.fa", "--out", tmp_path / "out"]
    arguments += ["--states", "1,E2", "--min-sites", 20, "--width", 300, "--json"]
    done = CliRunner().invoke(app, [str(one) for one in arguments])
    assert done.exit_code == 0, done.stderr
    names = set(read_intervals(tmp_path / "out" / "sites.bed")["name"])
    assert names == {f"{cell}.{state}" for cell in ("K562", "HepG2") for state in ("E1", "E2")}
    assert json.loads((tmp_path / "out" / "sequences.json").read_text())["settings"]["sites"]["width_bp"] == 300


def test_sites_config_is_checked():
    with pytest.raises(ConfigError, match="width_bp must be at least 1"):
        StateSiteConfig(width_bp=0)
