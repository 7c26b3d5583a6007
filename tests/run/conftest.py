"""A whole run on a tiny simulated cell, done once for all tests that look at its results."""

from dataclasses import replace

import pytest

from cisgram.run import Run, finish
from cisgram.run.config import config_text
from cisgram.run.demo_cell import cell_run_config
from cisgram.simulate.cell import CellConfig, simulate_cell


def tiny_config(files):
    """Settings that finish in seconds; nothing of biological worth comes out."""
    config = cell_run_config(files)
    return replace(
        config,
        model=replace(config.model, n_filters=8, n_dilated_layers=3, input_length=456, output_length=300),
        training=replace(config.training, epochs=3),
        evaluation=replace(config.evaluation, n_bootstrap=20),
        contributions=replace(config.contributions, n_references=2, max_windows=60, scores=("profile", "counts")),
        patterns=replace(config.patterns, min_seqlets=20, min_cluster_size=5, max_seqlets=150, n_leiden_runs=1),
        tracks=config.tracks[:2],
        windows=replace(config.windows, peaks=config.windows.peaks[:2]),
    )


@pytest.fixture(scope="session")
def cell(tmp_path_factory):
    return simulate_cell(CellConfig.preset("tiny"), tmp_path_factory.mktemp("cell"))


@pytest.fixture(scope="session")
def config_path(cell):
    path = cell.folder / "config.toml"
    path.write_text(config_text(tiny_config(cell)))
    return path


@pytest.fixture(scope="session")
def finished(config_path, tmp_path_factory):
    run = Run.start(config_path, folder=tmp_path_factory.mktemp("runs") / "tiny")
    finish(run)
    return run
