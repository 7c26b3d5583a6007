"""Every architecture trains to the same bytes again, and in bfloat16 to nearly the same."""

import hashlib
import sys
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from torch import Tensor

sys.path.append(str(Path(__file__).parent))  # last: folders of tests are named as packages are
from cisgram.models import MODELS
from cisgram.training.checkpoint import load_checkpoint
from cisgram.training.fit import FitConfig, fit
from test_models import CASES, TASKS, examples

N_EXAMPLES, BATCH, EPOCHS = 24, 4, 3
OUTPUT_BOUND, LOSS_BOUND = 0.03, 0.01
"""How far bfloat16 may be from float32: outputs of the same weights, as a share of how much outputs vary; and the
validation loss after 18 steps, as a share of the loss."""


class Examples(NamedTuple):
    inputs: Tensor
    controls: Tensor | None
    targets: Tensor


class InOrder:
    """Batches of the examples of a task, in order."""

    def __init__(self, name):
        config, sizes = CASES[name][0]
        inputs, targets = examples(name, config, sizes, n=N_EXAMPLES)
        self.parts = [inputs[0], inputs[1] if len(inputs) > 1 else None, targets]

    def __len__(self):
        return N_EXAMPLES // BATCH

    def epoch(self, number, *, start_batch=0):  # noqa: ARG002 - every epoch is the same
        for k in range(start_batch, len(self)):
            here = slice(k * BATCH, (k + 1) * BATCH)
            yield Examples(*(None if part is None else part[here] for part in self.parts))


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def trained(name, folder, **settings):
    """The result of a training; a model of its own every time."""
    config, sizes = CASES[name][0]
    return fit(
        MODELS[name].build(config, **sizes),
        partial(MODELS[name].loss_terms, **TASKS[name].likelihood),
        InOrder(name),
        validation=InOrder(name),
        config=FitConfig(**{"epochs": EPOCHS, "accelerator": "cpu", "average_decay": 0.9} | settings),
        folder=folder,
    )


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("name", MODELS)
def test_two_trainings_give_the_same_bytes(tmp_path, name):
    one, other = trained(name, tmp_path / "one"), trained(name, tmp_path / "other")
    assert digest(one.best) == digest(other.best)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODELS)
def test_two_threads_give_nearly_the_same_as_one(tmp_path, name):
    # Sums over a batch are cut among threads, so the last bits differ; Adam turns noise around 0 into whole steps.
    one = trained(name, tmp_path / "one")
    torch.set_num_threads(2)
    two, again = trained(name, tmp_path / "two"), trained(name, tmp_path / "again")
    assert digest(two.best) == digest(again.best)
    assert two.history[-1]["valid_loss"] == pytest.approx(one.history[-1]["valid_loss"], rel=1e-3)


@pytest.mark.parametrize("name", MODELS)
def test_outputs_in_bfloat16_are_those_in_float32_within_a_bound(tmp_path, name):
    config, sizes = CASES[name][0]
    model = MODELS[name].build(config, **sizes).eval()
    model.load_state_dict(dict(load_checkpoint(trained(name, tmp_path).best).weights))
    inputs, _ = examples(name, config, sizes, n=N_EXAMPLES)
    with torch.inference_mode():
        exact = model(*inputs)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            coarse = model(*inputs)
    for field, one, other in zip(exact._fields, exact, coarse, strict=True):
        error = (other.float() - one).square().mean().sqrt() / one.std()
        assert 0 < error < OUTPUT_BOUND, field


@pytest.mark.parametrize("name", MODELS)
def test_a_training_in_bfloat16_comes_to_the_same_loss_within_a_bound(tmp_path, name):
    exact = trained(name, tmp_path / "float32").history[-1]["valid_loss"]
    coarse = trained(name, tmp_path / "bfloat16", precision="bf16-mixed").history[-1]["valid_loss"]
    assert coarse == pytest.approx(exact, rel=LOSS_BOUND)
    weights = load_checkpoint(tmp_path / "bfloat16" / "best.safetensors").weights
    assert not [name for name, weight in weights.items() if weight.dtype == torch.bfloat16]
