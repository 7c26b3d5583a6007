"""A training that was stopped, killed or finds a broken folder goes on as if nothing had happened, or says why not."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from toy_training import PlainModel, ToyBatches, ToyModel, fingerprint, fit_toy

from cisgram.errors import CheckpointError, OutputError, RunFolderError
from cisgram.training import checkpoint as checkpoints
from cisgram.training.checkpoint import ModelIdentity, load_checkpoint
from cisgram.training.signals import TrainingStopped

PROGRAM = Path(__file__).parent / "toy_training.py"
SETTINGS = {
    "epochs": 4,
    "average_decay": 0.9,
    "clip_norm": 1.0,
    "max_row_norm": 0.5,
    "schedule": "cosine",
    "warmup_steps": 3,
}


class PowerCutError(Exception):
    """The program ends here."""


class Cut(ToyBatches):
    """Batches that fail once, at one step of one epoch."""

    def __init__(self, epoch, step):
        super().__init__()
        self.at = (epoch, step)

    def epoch(self, number, *, start_batch=0):
        for k, batch in enumerate(super().epoch(number, start_batch=start_batch), start_batch):
            if (number, k) == self.at:
                raise PowerCutError
            yield batch


class Untouchable(ToyBatches):
    def epoch(self, number, *, start_batch=0):
        raise AssertionError(f"nothing is left to train in epoch {number} after {start_batch}")


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    model = ToyModel()
    fit_toy(folder, model=model, **SETTINGS)
    return fingerprint(folder), model.state_dict()


def run_program(folder, *options):
    command = [sys.executable, "-W", "error", PROGRAM, folder, *map(str, options)]
    return subprocess.run(command, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})


@pytest.mark.parametrize(("epoch", "step"), [(0, 0), (0, 1), (0, 3), (1, 0), (2, 2), (3, 3)])
@pytest.mark.parametrize("every", [0, 1, 3])
def test_a_training_that_died_at_a_step_ends_in_the_same_bytes(tmp_path, uninterrupted, epoch, step, every):
    with pytest.raises(PowerCutError):
        fit_toy(tmp_path, batches=Cut(epoch, step), checkpoint_every_steps=every, **SETTINGS)
    # Where there is a checkpoint, it does not matter which weights the model comes with.
    model = ToyModel(seed=99 if (tmp_path / "last.safetensors").exists() else 0)
    fit_toy(tmp_path, model=model, **SETTINGS)
    assert fingerprint(tmp_path) == uninterrupted[0]
    assert all(torch.equal(model.state_dict()[name], tensor) for name, tensor in uninterrupted[1].items())


@pytest.mark.parametrize("settings", [{"optimizer": "sgd"}, {"optimizer": "sgd", "accumulate": 3}, {"accumulate": 2}])
@pytest.mark.parametrize(("epoch", "batch"), [(0, 3), (1, 1), (2, 0)])
def test_other_steps_go_on_in_the_same_bytes_too(tmp_path, settings, epoch, batch):
    fit_toy(tmp_path / "whole", **SETTINGS, **settings)
    with pytest.raises(PowerCutError):
        fit_toy(tmp_path / "cut", batches=Cut(epoch, batch), checkpoint_every_steps=1, **SETTINGS, **settings)
    fit_toy(tmp_path / "cut", **SETTINGS, **settings)
    assert fingerprint(tmp_path / "cut") == fingerprint(tmp_path / "whole")


def test_checkpoints_from_before_a_setting_was_there_are_gone_on_with(tmp_path):
    fit_toy(tmp_path, epochs=1)
    kept = load_checkpoint(tmp_path / "last.safetensors").progress["conditions"]["training"]
    assert not kept.keys() & {"optimizer", "momentum", "accumulate", "recompute"}
    with pytest.raises(RunFolderError, match="accumulate is 'not set' there and 2 now"):
        fit_toy(tmp_path, epochs=2, accumulate=2)


@pytest.mark.parametrize("written", range(1, 13))
def test_a_training_that_died_between_two_writes_ends_in_the_same_bytes(tmp_path, uninterrupted, monkeypatch, written):
    replace, left = Path.replace, iter(range(written - 1))

    def replace_or_die(path, target):
        if next(left, None) is None:
            raise PowerCutError
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", replace_or_die)
    with pytest.raises(PowerCutError):
        fit_toy(tmp_path, **SETTINGS)
    monkeypatch.undo()
    fit_toy(tmp_path, **SETTINGS)
    assert fingerprint(tmp_path) == uninterrupted[0]


def test_kill_9_at_any_moment_changes_nothing(tmp_path):
    fit_toy(tmp_path / "whole", epochs=6, average_decay=0.9, clip_norm=1.0)
    options = ("--epochs", 6, "--average", 0.9, "--every-steps", 3, "--wait", 0.01)
    killed = run_program(tmp_path / "killed", *options, "--kills", 10)
    assert killed.stdout.endswith("done\n"), killed.stderr
    assert int(killed.stdout.split()[1]) >= 10  # the moments of the second kind are certain to come
    assert fingerprint(tmp_path / "killed") == fingerprint(tmp_path / "whole")
    names = sorted(path.name for path in (tmp_path / "killed").iterdir())
    assert names == ["best.safetensors", "last.safetensors", "metrics.csv"]


@pytest.mark.slow
def test_kill_9_at_many_moments_changes_nothing(tmp_path):
    fit_toy(tmp_path / "whole", epochs=100, patience=0, clip_norm=1.0)
    killed = run_program(tmp_path / "killed", "--epochs", 100, "--every-steps", 1, "--wait", 0.02, "--kills", 100)
    assert int(killed.stdout.split()[1]) >= 100  # of 200 at most
    assert fingerprint(tmp_path / "killed") == fingerprint(tmp_path / "whole")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_stop_signal_saves_says_so_and_ends(tmp_path, number, code):
    command = [sys.executable, "-W", "error", PROGRAM, tmp_path, "--epochs", "200", "--wait", "0.05"]
    program = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    while not (tmp_path / "last.safetensors").exists():
        time.sleep(0.02)
        assert program.poll() is None
    program.send_signal(number)
    _, said = program.communicate(timeout=20)
    assert program.returncode in (code, -number)  # Python dies of a KeyboardInterrupt by the signal itself
    message = f"training stopped by {number.name}; its state is in {tmp_path / 'last.safetensors'}"
    assert f"{message}: the same command goes on from there" in said
    if number == signal.SIGTERM:
        assert "Traceback" not in said
    stood = load_checkpoint(tmp_path / "last.safetensors").progress
    n_epochs = len(stood["history"]) + 2
    fit_toy(tmp_path, epochs=n_epochs, clip_norm=1.0, patience=0)
    fit_toy(tmp_path / "whole", epochs=n_epochs, clip_norm=1.0, patience=0)
    assert fingerprint(tmp_path) == fingerprint(tmp_path / "whole")


@pytest.mark.parametrize("during", ["steps", "validation"])
def test_a_signal_within_a_program_is_an_exception_after_saving(tmp_path, uninterrupted, during):
    class Signalling(ToyModel):
        calls = 0

        def forward(self, sequences, controls=None):
            self.calls += 1
            if self.calls == {"steps": 2, "validation": 5}[during]:
                signal.raise_signal(signal.SIGTERM)
            return super().forward(sequences, controls)

    with pytest.raises(TrainingStopped, match="the same command goes on from there"):
        fit_toy(tmp_path, model=Signalling(), **SETTINGS)
    stood = load_checkpoint(tmp_path / "last.safetensors").progress
    assert (stood["step"], stood["history"]) == ({"steps": 2, "validation": 4}[during], [])
    fit_toy(tmp_path, **SETTINGS)
    assert fingerprint(tmp_path) == uninterrupted[0]


def test_a_signal_at_the_very_end_is_not_lost(tmp_path, uninterrupted):
    class AtTheEnd:
        def on_step(self, step):
            pass

        def on_epoch(self, metrics):
            if metrics["epoch"] == 4:
                signal.raise_signal(signal.SIGTERM)

        def close(self):
            pass

    with pytest.raises(TrainingStopped):
        fit_toy(tmp_path, progress=AtTheEnd(), **SETTINGS)
    assert fingerprint(tmp_path) == uninterrupted[0]


def test_a_finished_training_is_only_loaded(tmp_path, uninterrupted):
    first = fit_toy(tmp_path, **SETTINGS)
    model = ToyModel(seed=7)
    again = fit_toy(tmp_path, model=model, batches=Untouchable(), **SETTINGS)
    assert again == first
    assert all(torch.equal(model.state_dict()[name], tensor) for name, tensor in uninterrupted[1].items())


def test_more_epochs_go_on_as_if_they_had_been_asked_for_at_once(tmp_path):
    fit_toy(tmp_path / "grown", epochs=2)
    result = fit_toy(tmp_path / "grown", epochs=5)
    fit_toy(tmp_path / "whole", epochs=5)
    assert result.stopped_by == "epochs"
    assert fingerprint(tmp_path / "grown") == fingerprint(tmp_path / "whole")


def test_a_checkpoint_is_saved_by_the_clock(tmp_path):
    with pytest.raises(PowerCutError):
        fit_toy(tmp_path, batches=Cut(0, 2), checkpoint_every_minutes=1e-9)
    assert load_checkpoint(tmp_path / "last.safetensors").progress["step"] >= 1
    with pytest.raises(PowerCutError):
        fit_toy(tmp_path / "never", batches=Cut(0, 2), checkpoint_every_minutes=0.0)
    assert not (tmp_path / "never" / "last.safetensors").exists()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"learning_rate": 0.5}, "training learning_rate is 0.02 there and 0.5 now"),
        ({"seed": 8}, "training seed is 5 there and 8 now"),
        ({"batches": ToyBatches(n=90)}, "steps per epoch is 4 there and 6 now"),
        ({"identity": ModelIdentity("other", {"dropout": 0.2})}, "the model is 'toy' there and 'other' now"),
        ({"identity": ModelIdentity("toy", {"dropout": 0.5})}, "model dropout is 0.2 there and 0.5 now"),
        ({"identity": ModelIdentity("toy", {"dropout": 0.2}, {"genome": "b"})}, "context genome is 'not set' there"),
    ],
)
def test_another_training_is_not_continued(tmp_path, changed, said):
    fit_toy(tmp_path, epochs=1)
    before = fingerprint(tmp_path)
    with pytest.raises(RunFolderError, match=f"last.safetensors belongs to .*{said}.*remove last.safetensors"):
        fit_toy(tmp_path, **{"epochs": 2, **changed})
    assert fingerprint(tmp_path) == before


def test_settings_that_json_changes_in_kind_are_still_the_same(tmp_path):
    identity = ModelIdentity("toy", {"widths": (3, 4), "inner": {1: (2,)}})
    fit_toy(tmp_path, epochs=1, identity=identity)
    fit_toy(tmp_path, epochs=2, identity=identity)


def test_another_architecture_of_the_same_name_is_not_continued(tmp_path):
    fit_toy(tmp_path, epochs=1)
    with pytest.raises(CheckpointError, match=r"does not fit this model.*unexpected: frozen, norm\.bias"):
        fit_toy(tmp_path, epochs=2, model=PlainModel())


def test_a_damaged_checkpoint_is_an_error_and_without_it_the_training_starts_anew(tmp_path, uninterrupted):
    fit_toy(tmp_path, **SETTINGS)
    last = tmp_path / "last.safetensors"
    content = bytearray(last.read_bytes())
    content[-5] ^= 0xFF
    last.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"is damaged.*remove it and train anew"):
        fit_toy(tmp_path, **SETTINGS)
    last.unlink()
    fit_toy(tmp_path, **SETTINGS)
    assert fingerprint(tmp_path) == uninterrupted[0]


def test_a_full_disk_stops_the_training_and_space_lets_it_go_on(tmp_path, uninterrupted, monkeypatch):
    write, left = Path.write_bytes, iter(range(4))

    def fill_up(path, data):
        if next(left, None) is None:
            write(path, data[:100])
            raise OSError(28, "No space left on device")
        return write(path, data)

    monkeypatch.setattr(Path, "write_bytes", fill_up)
    with pytest.raises(OutputError, match="safetensors cannot be written: No space left on device; free some space"):
        fit_toy(tmp_path, **SETTINGS)
    assert not list(tmp_path.glob(".partial-*"))
    monkeypatch.undo()
    fit_toy(tmp_path, **SETTINGS)
    assert fingerprint(tmp_path) == uninterrupted[0]


def test_a_checkpoint_whose_place_the_metrics_lost_makes_them_again(tmp_path, uninterrupted):
    fit_toy(tmp_path, **SETTINGS)
    for name in ("metrics.csv", "best.safetensors"):
        (tmp_path / name).unlink()
    fit_toy(tmp_path, **SETTINGS)
    assert fingerprint(tmp_path) == uninterrupted[0]


def test_the_description_is_plain_json(tmp_path):
    fit_toy(tmp_path, epochs=1)
    data = (tmp_path / "last.safetensors").read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    content = json.loads(json.loads(header["__metadata__"]["cisgram"])["content"])
    assert content["format"] == checkpoints.FORMAT
    assert content["identity"]["name"] == "toy"
