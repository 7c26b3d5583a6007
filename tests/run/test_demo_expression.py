"""The run that goes with a simulated genome with distal enhancers."""

import pytest

from cisgram.data.binned_tracks import strand_pairs_of
from cisgram.errors import ConfigError
from cisgram.run.config import read_config
from cisgram.run.demo import simulate_demo, start_demo
from cisgram.run.settings.binned import BinnedRunConfig
from cisgram.simulate.expression_files import ExpressionFiles


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return simulate_demo("expression", tmp_path_factory.mktemp("expression") / "expressed", size="tiny")


def test_the_run_asks_for_every_track_with_its_replicates_and_its_partner_on_the_other_strand(made):
    config, files = read_config(made.config), ExpressionFiles.load(made.config.parent)
    assert isinstance(config, BinnedRunConfig)
    assert [track.name for track in config.tracks] == list(files.tracks)
    assert all(len(track.replicates) == 2 for track in config.tracks)
    assert strand_pairs_of(config.tracks)[:4] == (1, 0, 2, 3)
    assert {track.assay for track in config.tracks} == {"CAGE", "ATAC", "H3K27ac"}
    for path in (config.genome.fasta, config.evaluation.genes, config.truth):
        assert (made.config.parent / path).is_file()


def test_windows_hold_the_enhancers_that_matter(made):
    model = read_config(made.config).model
    assert model.crop * model.bin_size >= 4_000
    assert model.input_length >= 4 * 6_000
    assert 2 * sum(model.dilations) * model.bin_size > model.input_length / 2


def test_a_demo_lies_in_a_folder_of_its_own_and_is_kept(tmp_path, made):
    (tmp_path / "expressed").symlink_to(made.config.parent)
    before = made.truth.stat().st_mtime_ns
    run = start_demo(tmp_path, "expression", size="tiny")
    assert run.config.name == "simulated_expression"
    assert made.truth.stat().st_mtime_ns == before


def test_options_of_other_kinds_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="'binding'"):
        simulate_demo("expression", tmp_path, n_mutants=3)
    with pytest.raises(ConfigError, match="'atac'"):
        simulate_demo("expression", tmp_path, experiment={"n_cells": 3})
