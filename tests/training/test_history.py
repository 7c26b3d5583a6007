"""Metrics as files."""

import sys

import pytest

from cisgram.errors import MissingExtraError
from cisgram.training.history import TensorBoardWriter, read_metrics, write_metrics

HISTORY = [
    {"epoch": 1, "learning_rate": 1e-3, "train_loss": 0.1 + 0.2, "valid_loss": 1 / 3},
    {"epoch": 2, "learning_rate": 1e-3, "train_loss": 1e-17, "valid_loss": 12345678.9},
]


def test_reading_gives_back_the_very_numbers(tmp_path):
    write_metrics(tmp_path / "metrics.csv", HISTORY)
    assert read_metrics(tmp_path / "metrics.csv") == HISTORY
    assert [list(row) for row in read_metrics(tmp_path / "metrics.csv")] == [list(row) for row in HISTORY]


def test_writing_again_replaces_the_rows(tmp_path):
    for n in (0, 2, 1):
        write_metrics(tmp_path / "metrics.csv", HISTORY[:n])
        assert read_metrics(tmp_path / "metrics.csv") == HISTORY[:n]


def test_tensorboard_reads_every_epoch_once_after_a_new_start(tmp_path):
    accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    for rows in (HISTORY[:1], HISTORY):
        writer = TensorBoardWriter(tmp_path)
        for row in rows:
            writer.add(row)
        writer.close()
    events = accumulator.EventAccumulator(str(tmp_path)).Reload()
    assert set(events.Tags()["scalars"]) == {"learning_rate", "train/loss", "valid/loss"}
    assert [(event.step, event.value) for event in events.Scalars("valid/loss")] == [
        (1, pytest.approx(1 / 3)),
        (2, pytest.approx(12345678.9)),
    ]


def test_without_tensorboard_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(MissingExtraError, match=r"cisgram\[tensorboard\]"):
        TensorBoardWriter(tmp_path)
