"""Training shared by two processes on the CPU: the same mathematics, the same manners."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from toy_training import PlainModel, ToyBatches, ToyModel, correlation_loss, fingerprint, fit_toy

from cisgram.errors import InputError
from cisgram.training.checkpoint import load_checkpoint

pytestmark = pytest.mark.slow

PROGRAM = Path(__file__).parent / "toy_training.py"
TORCHRUN = ("-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2")


def command(folder, *options, launcher=()):
    return [sys.executable, "-W", "error", *launcher, PROGRAM, folder, *map(str, options)]


def run(folder, *options, launcher=()):
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command(folder, *options, launcher=launcher), capture_output=True, text=True, env=environment)


def fit_alone(folder, **settings):
    batches = ToyBatches(n=settings.pop("n"), batch_size=settings.pop("batch_size"))
    return fit_toy(folder, model=PlainModel(), batches=batches, clip_norm=1.0, patience=0, **settings)


@pytest.mark.parametrize("launcher", [(), TORCHRUN], ids=["started here", "torchrun"])
@pytest.mark.parametrize("accumulate", [1, 2])
def test_two_processes_have_the_gradient_of_one_with_twice_the_batch(tmp_path, launcher, accumulate):
    # 31 examples in one step are shared out as 15 and 16: a plain mean over processes would weigh them wrongly. Two
    # batches that make one step together hold 8 and 8, then 8 and 7.
    options = ("--plain", "--epochs", 1, "--examples", 31, "--batch-size", 16 // accumulate, "--accumulate", accumulate)
    done = run(tmp_path / "two", *options, *(() if launcher else ("--devices", 2)), launcher=launcher)
    # Two processes write to one pipe: their line ends may come in any order.
    assert (done.stdout.count("done"), done.stdout.replace("done", "").strip(), done.stderr) == (
        2 if launcher else 1,
        "",
        "",
    )
    fit_alone(tmp_path / "one", epochs=1, n=31, batch_size=32)
    two, one = (load_checkpoint(tmp_path / name / "last.safetensors") for name in ("two", "one"))
    for name in one.state:  # after one step Adam's mean is a tenth of the gradient
        torch.testing.assert_close(two.state[name], one.state[name], rtol=1e-5, atol=1e-8)
    row, expected = two.progress["history"][0], one.progress["history"][0]
    for name in ("train_loss", "valid_loss", "valid_tracks_2"):
        assert row[name] == pytest.approx(expected[name], rel=1e-4)


@pytest.mark.parametrize("accumulate", [1, 2])
def test_norms_and_losses_of_a_whole_batch_are_those_of_one_process(tmp_path, accumulate):
    settings = {"epochs": 3, "accumulate": accumulate, "optimizer": "sgd"}
    options = ("--of-the-batch", "--epochs", 3, "--accumulate", accumulate, "--examples", 61, "--batch-size", 8)
    assert run(tmp_path / "two", *options, "--devices", 2).stdout == "done\n"
    batches, model = ToyBatches(n=61, batch_size=16), ToyModel(dropout=0.0)
    one = tmp_path / "one"
    fit_toy(one, model=model, batches=batches, loss=correlation_loss, clip_norm=1.0, patience=0, **settings)
    two, one = (load_checkpoint(tmp_path / name / "last.safetensors") for name in ("two", "one"))
    for name, weight in one.weights.items():
        torch.testing.assert_close(two.weights[name], weight, rtol=1e-3, atol=1e-4)
    for row, expected in zip(two.progress["history"], one.progress["history"], strict=True):
        assert row["train_loss"] == pytest.approx(expected["train_loss"], rel=1e-4)


def test_two_processes_go_on_after_sigterm_and_end_in_the_same_bytes(tmp_path):
    options = ("--plain", "--devices", 2, "--epochs", 30, "--examples", 100, "--batch-size", 4)
    assert run(tmp_path / "whole", *options).stdout == "done\n"
    program = subprocess.Popen(
        command(tmp_path / "cut", *options, "--wait", 0.02),
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    while not (tmp_path / "cut" / "last.safetensors").exists():
        time.sleep(0.05)
        assert program.poll() is None
    program.send_signal(signal.SIGTERM)
    _, said = program.communicate(timeout=60)
    assert program.returncode == 143
    assert said.startswith("training stopped by SIGTERM; its state is in")
    assert load_checkpoint(tmp_path / "cut" / "last.safetensors").progress["step"] > 0
    assert run(tmp_path / "cut", *options).stdout == "done\n"
    assert fingerprint(tmp_path / "cut") == fingerprint(tmp_path / "whole")


def test_an_error_in_a_process_is_raised_as_it_is(tmp_path):
    done = run(tmp_path, "--plain", "--devices", 2, "--learning-rate", 1e30)
    assert done.returncode == 1
    assert "\ncisgram.errors.DivergenceError: the loss is no longer a finite number in epoch 1" in done.stderr


def test_what_cannot_be_sent_is_refused_before_anything_is_started(tmp_path):
    with pytest.raises(InputError, match=r"sent to other processes.*no lambda"):
        fit_toy(tmp_path, loss=lambda output, _: output.signal.mean(), devices=2)
