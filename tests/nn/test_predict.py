"""Prediction in batches, and the state that it must leave alone."""

from typing import NamedTuple

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from cisgram.errors import InputError
from cisgram.nn.blocks import one_hot
from cisgram.nn.predict import evaluating, predict


class Pair(NamedTuple):
    """Two outputs."""

    doubled: Tensor
    total: Tensor


class Doubler(nn.Module):
    """Doubles its input, drops half of it in training mode, and notes the size of each batch."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.register_buffer("offset", torch.tensor(0.0))
        self.dropout, self.fixed = nn.Dropout(0.5), nn.Sequential(nn.Dropout(0.5))
        self.sizes = []

    def forward(self, values, added=None):
        self.sizes.append(len(values))
        doubled = self.fixed(self.dropout(values * self.scale + self.offset))
        return Pair(doubled, doubled.flatten(1).sum(1) + (0 if added is None else added[:, 0]))


@pytest.fixture
def model():
    """A model in a mixture of modes, with one frozen parameter and a gradient."""
    model = Doubler().train()
    model.fixed.eval()
    model.scale.requires_grad_(False)
    return model


def test_evaluating_restores_the_mode_of_every_submodule(model):
    before = [module.training for module in model.modules()]
    with evaluating(model) as same:
        assert same is model
        assert not any(module.training for module in model.modules())
    assert [module.training for module in model.modules()] == before
    assert any(before)
    assert not all(before)


def test_evaluating_restores_the_mode_after_an_error(model):
    with pytest.raises(KeyError), evaluating(model):
        raise KeyError
    assert model.training
    assert not model.fixed.training


def test_evaluating_leaves_parameters_and_recording_of_gradients_alone(model):
    parameters = list(model.parameters())
    with evaluating(model, "cpu"):
        assert torch.is_grad_enabled()
    assert all(own is before for own, before in zip(model.parameters(), parameters, strict=True))
    assert not model.scale.requires_grad


@pytest.mark.gpu
def test_evaluating_brings_parameters_buffers_and_gradients_back_from_the_device(model):
    model.scale.requires_grad_()
    model(torch.ones(1, 1)).total.sum().backward()
    with evaluating(model, "cuda"):
        assert {tensor.device.type for tensor in (model.scale, model.scale.grad, model.offset)} == {"cuda"}
    assert {tensor.device.type for tensor in (model.scale, model.scale.grad, model.offset)} == {"cpu"}


@pytest.mark.parametrize("batch_size", [1, 3, 7, 100])
def test_prediction_does_not_depend_on_the_batches(model, batch_size):
    values = torch.randn(7, 4, 5)
    output = predict(model, values, batch_size=batch_size)
    assert isinstance(output, Pair)
    assert torch.equal(output.doubled, values * 2)
    assert max(model.sizes) <= batch_size
    assert sum(model.sizes) == 7


def test_codes_become_one_hot_and_arrays_are_read_in_batches(tmp_path, model):
    codes = np.random.default_rng(0).integers(0, 5, (5, 9), dtype=np.uint8)
    np.save(tmp_path / "codes.npy", codes)
    stored = np.load(tmp_path / "codes.npy", mmap_mode="r")
    output = predict(model, stored, np.arange(5, dtype=np.float32)[:, None], batch_size=2)
    assert torch.equal(output.doubled, 2 * one_hot(torch.from_numpy(codes)))
    known = (codes < 4).sum(1)
    np.testing.assert_array_equal(output.total, 2 * known + np.arange(5))


def test_prediction_leaves_mode_random_state_and_gradients_alone(model):
    state = torch.get_rng_state()
    output = predict(model, torch.ones(3, 2))
    assert torch.equal(torch.get_rng_state(), state)
    assert model.training
    assert not model.fixed.training
    assert not output.doubled.requires_grad
    assert model.scale.grad is None
    assert torch.is_grad_enabled()


def test_a_plain_tensor_comes_back_as_one():
    assert predict(nn.Linear(2, 3), torch.ones(5, 2), batch_size=2).shape == (5, 3)


def test_progress_is_told_after_every_batch(model):
    seen = []
    predict(model, torch.ones(5, 2), batch_size=2, progress=lambda done, to_do: seen.append((done, to_do)))
    assert seen == [(2, 5), (4, 5), (5, 5)]


def test_inputs_must_agree_and_not_be_empty(model):
    with pytest.raises(InputError, match=r"\[3, 2\] rows"):
        predict(model, torch.ones(3, 2), torch.ones(2, 2))
    with pytest.raises(InputError, match="at least one example"):
        predict(model, torch.ones(0, 2))
    with pytest.raises(InputError, match="batch_size"):
        predict(model, torch.ones(1, 2), batch_size=0)
