"""What a training step will need, told in time."""

from dataclasses import replace

import pytest

from cisgram.errors import CisgramWarning
from cisgram.models.basenji import BasenjiConfig
from cisgram.run.config import config_from
from cisgram.run.steps.binned import memory
from cisgram.run.steps.binned.memory import step_bytes, tell_memory


@pytest.fixture
def config():
    values = {
        "name": "t",
        "track_table": "tracks.tsv",
        "genome": {"fasta": "genome.fa"},
        "split": {"test": ["I"], "valid": ["II"]},
        "batches": {"size": 2},
        "training": {"precision": "32-true"},
    }
    return replace(config_from(values), model=BasenjiConfig.tiny(input_length=8192))


def test_a_step_needs_more_for_more_windows_and_longer_ones(config):
    one = step_bytes(replace(config, batches=replace(config.batches, size=1)), n_tracks=3)
    two = step_bytes(config, n_tracks=3)
    assert 1.7 * one < two < 2 * one, "weights are there once"
    long = replace(config, model=replace(config.model, input_length=65_536))
    assert 7 < step_bytes(long, n_tracks=3) / two < 8.1
    half = replace(config, training=replace(config.training, precision="bf16-mixed"))
    assert step_bytes(half, n_tracks=3) < 0.7 * two


def test_a_machine_with_less_is_warned_about(config, monkeypatch):
    assert tell_memory(config, n_tracks=3) == step_bytes(config, n_tracks=3)
    monkeypatch.setattr(memory, "_memory_of_device", lambda _: ("this machine", 1_000_000))
    with pytest.warns(CisgramWarning, match="this machine has 0.0 GB; a smaller"):
        tell_memory(config, n_tracks=3)
