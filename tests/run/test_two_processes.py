"""The training of a whole run of every kind over two processes is that over one with the same batches."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import fields, replace

import pytest
import torch
from tests.faults.smallest import KINDS, QUICK, write_smallest

from cisgram.run import Run, run_steps, step_of
from cisgram.run.config import config_text, read_config
from cisgram.run.settings.binned import BinnedRunConfig
from cisgram.run.settings.contacts import ContactRunConfig
from cisgram.run.settings.coverage import CoverageRunConfig
from cisgram.run.settings.labels import LabelRunConfig
from cisgram.run.settings.profiles import ProfileRunConfig
from cisgram.training.checkpoint import load_checkpoint
from cisgram.training.history import read_metrics

pytestmark = pytest.mark.slow

TOLERANCE = 1e-4
"""Of losses, as a share: sums are taken in another order, and every step builds on the one before."""
ACCUMULATED = 1e-2
"""The same for tracks in bins whose steps are added up from two batches: their last batch is of one example, which two
processes cannot share; it goes into the batch before, so that norms meet 11 batches an epoch instead of 12."""
LEARNING_RATE = {
    ProfileRunConfig: 1e-5,  # its loss is a sum over hundreds of reads
    LabelRunConfig: 0.05,
    CoverageRunConfig: 0.01,
    ContactRunConfig: 0.01,
    BinnedRunConfig: 0.01,
}
TIMES = {"seconds", "examples_per_second"}
PROGRAM = "from cisgram.cli.main import main; main()"


def write_config(path, *, devices, accumulate=1, **training):
    """Settings of a run whose steps have the same examples, however many processes share them."""
    config = read_config(path)
    # Each process draws what it drops out by itself.
    dropouts = {field.name: 0.0 for field in fields(config.model) if field.name.endswith("dropout")}
    training = {"epochs": 2, "accelerator": "cpu", "precision": "32-true"} | training
    # Some gradients before norms, and behind norms that begin with a gain of 0, are 0 but for rounding; Adam would make
    # whole steps of that.
    training |= {"optimizer": "sgd", "learning_rate": LEARNING_RATE[type(config)]}
    changed = replace(
        config,
        model=replace(config.model, **dropouts),
        training=replace(config.training, devices=devices, accumulate=accumulate, **training),
        batches=replace(config.batches, size=8 // devices // accumulate),
    )
    target = path.with_name(f"devices{devices}.toml")
    target.write_text(config_text(changed), encoding="utf-8")
    return target


def trained(config, folder):
    """Do the steps up to training; the checkpoints."""
    run = Run.start(config, folder=folder)
    run_steps(run, [step_of(run, "prepare"), step_of(run, "train")])
    return run.checkpoints


def stopped_in_training(config, folder):
    """Start a training in a program of its own, and stop it when it has left something; what it says."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    run = Run.start(config, folder=folder)
    run_steps(run, [step_of(run, "prepare")])
    command = [sys.executable, "-c", PROGRAM, "train", str(folder)]
    program = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment, cwd=config.parent
    )
    while not (run.checkpoints / "last.safetensors").exists():
        time.sleep(0.01)
        assert program.poll() is None
    program.send_signal(signal.SIGTERM)
    _, said = program.communicate(timeout=300)
    assert program.returncode == 143, said
    return said


def rows_without_times(checkpoints):
    return [
        {name: value for name, value in row.items() if name not in TIMES}
        for row in read_metrics(checkpoints / "metrics.csv")
    ]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != QUICK])
@pytest.mark.parametrize("accumulate", [1, 2])
def test_two_processes_train_as_one_does(tmp_path, kind, accumulate):
    path = write_smallest(kind, tmp_path)
    one, two = (
        trained(write_config(path, devices=devices, accumulate=accumulate), tmp_path / f"run{devices}")
        for devices in (1, 2)
    )
    rows, others = rows_without_times(one), rows_without_times(two)
    assert len(rows) == 2
    tolerance = ACCUMULATED if (kind, accumulate) == ("binned", 2) else TOLERANCE
    for row, other in zip(rows, others, strict=True):
        assert other == pytest.approx(row, rel=tolerance, abs=1e-6)
    if tolerance == ACCUMULATED:
        return  # other batches, other weights
    weights, found = (load_checkpoint(folder / "best.safetensors").weights for folder in (one, two))
    for name, weight in weights.items():
        torch.testing.assert_close(found[name], weight, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != QUICK])
def test_two_processes_go_on_after_sigterm_and_end_in_the_same_bytes(tmp_path, kind):
    path = write_smallest(kind, tmp_path)
    config = write_config(path, devices=2, epochs=4, checkpoint_every_steps=2)
    assert "training stopped by SIGTERM" in stopped_in_training(config, tmp_path / "cut")
    last = load_checkpoint(tmp_path / "cut" / "checkpoints" / "last.safetensors")
    assert len(last.progress["history"]) < 4
    cut, whole = (trained(config, tmp_path / name) for name in ("cut", "whole"))
    assert (cut / "best.safetensors").read_bytes() == (whole / "best.safetensors").read_bytes()
    assert rows_without_times(cut) == rows_without_times(whole)
    last, expected = (load_checkpoint(folder / "last.safetensors") for folder in (cut, whole))
    for part, others in ((last.weights, expected.weights), (last.state, expected.state)):
        assert part.keys() == others.keys()
        assert not [name for name, tensor in part.items() if not torch.equal(tensor, others[name])]
