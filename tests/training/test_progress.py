"""What people see of a training."""

import io
import logging
import pickle
import sys

import pytest
from rich.console import Console

from cisgram.training.progress import (
    LogProgress,
    NoProgress,
    Pace,
    TerminalProgress,
    TrainingStep,
    epoch_line,
    progress_for,
)

METRICS = {"epoch": 2, "train_loss": 1.25, "valid_loss": 1.5, "valid_profile": 9.0, "examples_per_second": 80.0}


def step(number):
    return TrainingStep(epoch=2, epochs=3, step=number, steps=10, n_examples=8, loss=1.25)


def test_the_pace_of_even_steps_is_exact():
    pace = Pace()
    assert (pace.examples_per_second, pace.time_left(100)) == (0.0, "?")
    for second in range(5):
        pace.update(8, now=100.0 + second)
    assert pace.examples_per_second == pytest.approx(8)
    assert pace.time_left(8 * 3725) == "1:02:05"


def test_the_pace_forgets_what_is_long_ago():
    pace = Pace(memory_s=30.0)
    now = 0.0
    for seconds in [1.0] * 50 + [4.0] * 60:
        now += seconds
        pace.update(8, now=now)
    assert pace.examples_per_second == pytest.approx(2, rel=0.01)


def test_without_a_terminal_there_are_plain_lines(caplog):
    caplog.set_level(logging.INFO, logger="cisgram")
    progress = LogProgress(every_s=0.0)
    for number in (1, 2):
        progress.on_step(step(number))
    progress.on_epoch(METRICS)
    progress.close()
    assert "epoch 2/3, step 2/10: loss 1.25, " in caplog.messages[1]
    assert "left at most" in caplog.messages[1]
    assert caplog.messages[-1] == "epoch 2: train_loss 1.25, valid_loss 1.5, 80 examples/s"


def test_lines_are_not_written_at_every_step(caplog):
    caplog.set_level(logging.INFO, logger="cisgram")
    progress = LogProgress(every_s=3600.0)
    for number in range(10):
        progress.on_step(step(number))
    assert caplog.messages == []


def test_on_a_terminal_there_is_a_bar_and_a_line_per_epoch():
    screen = io.StringIO()
    progress = TerminalProgress(Console(file=screen, force_terminal=True, width=120))
    progress.on_step(step(1))
    progress.on_step(step(10))
    progress.on_epoch(METRICS)
    progress.close()
    progress.close()
    shown = screen.getvalue()
    assert "epoch 2/3" in shown
    assert "10/10" in shown
    assert epoch_line(METRICS) in shown


def test_who_is_told_is_chosen_by_where_one_is(monkeypatch):
    assert isinstance(progress_for(quiet=True), NoProgress)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert isinstance(progress_for(), LogProgress)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert isinstance(progress_for(), TerminalProgress)


@pytest.mark.parametrize("progress", [NoProgress(), LogProgress(), TerminalProgress()])
def test_it_can_be_sent_to_the_process_of_a_device(progress):
    assert type(pickle.loads(pickle.dumps(progress))) is type(progress)
