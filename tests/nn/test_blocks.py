"""Building stones against torch's own layers, which share their parameters."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from cisgram.errors import InputError
from cisgram.genomics import sequence
from cisgram.nn.blocks import DilatedTower, around_centre, centre, one_hot, reach_of_tower, sliding_sums

EXACT = {"rtol": 1e-12, "atol": 1e-12}


def gradients(output, *inputs):
    """Gradients of a fixed random combination of the outputs."""
    weights = torch.randn(output.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return torch.autograd.grad((output * weights.to(output.dtype)).sum(), inputs)


def tower_one_by_one(tower, hidden, padding):
    """The tower's definition, with torch's plain convolution."""
    for layer in tower.convolutions:
        (dilation,) = layer.dilation
        zeros = dilation if padding == "same" else 0
        update = functional.conv1d(hidden, layer.weight, layer.bias, dilation=dilation, padding=zeros).relu()
        crop = (hidden.shape[-1] - update.shape[-1]) // 2
        hidden = hidden[..., crop : hidden.shape[-1] - crop] + update
    return hidden


def test_one_hot_is_that_of_the_genomics_floor():
    codes = np.random.default_rng(0).integers(0, 5, (3, 50), dtype=np.uint8)
    ours = one_hot(torch.from_numpy(codes))
    assert ours.dtype == torch.float32
    np.testing.assert_array_equal(ours.numpy(), sequence.one_hot(codes))


def test_n_is_zero_in_every_channel():
    assert one_hot(torch.full((1, 5), sequence.N, dtype=torch.uint8)).sum() == 0


@pytest.mark.parametrize("length", [0, 2, 4, 6])
def test_centre_takes_as_much_from_either_end(length):
    kept = centre(torch.arange(6), length)
    assert len(kept) == length
    np.testing.assert_array_equal(kept, 5 - kept.numpy()[::-1])


@pytest.mark.parametrize("length", [5, 8])
def test_centre_refuses_what_has_no_centre(length):
    with pytest.raises(InputError, match="middle"):
        centre(torch.arange(6), length)


@pytest.mark.parametrize(("left", "right"), [(0, 0), (1, 1), (0, 2), (3, 2), (5, 0)])
def test_around_centre_is_a_slice_of_the_zero_padded_values(left, right):
    values = torch.arange(1, 9)
    padded = functional.pad(values, (10, 10))
    np.testing.assert_array_equal(around_centre(values, 4, left=left, right=right), padded[12 - left : 16 + right])


def test_around_centre_refuses_values_without_a_common_middle():
    with pytest.raises(InputError, match="nearest: 6"):
        around_centre(torch.arange(7), 4, left=0, right=0)


def test_sliding_sums_are_sums_of_slices():
    values = torch.arange(7.0)[None, None]
    assert sliding_sums(values, 4)[0, 0].tolist() == [sum(range(i, i + 4)) for i in range(4)]


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_tower_equals_its_definition_with_all_gradients(padding):
    tower = DilatedTower(5, 3, padding=padding).double()
    values = torch.randn(2, 5, 60, dtype=torch.float64, requires_grad=True)
    ours, theirs = tower(values), tower_one_by_one(tower, values, padding)
    assert ours.shape[-1] == (60 if padding == "same" else 60 - 2 * reach_of_tower(3))
    torch.testing.assert_close(ours, theirs, **EXACT)
    inputs = (values, *tower.parameters())
    for own, their in zip(gradients(ours, *inputs), gradients(theirs, *inputs), strict=True):
        torch.testing.assert_close(own, their, **EXACT)


def test_tower_sees_as_far_as_it_says():
    tower = DilatedTower(3, 3, padding="same").double()
    values = torch.randn(1, 3, 99, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(tower(values)[0, :, 49].abs().sum(), values)
    seen = gradient.abs().sum(1).nonzero()[:, 1]
    assert seen.min() >= 49 - reach_of_tower(3)
    assert seen.max() <= 49 + reach_of_tower(3)


def test_tower_can_be_differentiated_twice():
    tower = DilatedTower(2, 2, padding="valid").double()
    tower.activations = nn.ModuleList(nn.Tanh() for _ in range(2))  # ReLU has no second derivative to compare
    values = torch.randn(1, 2, 14, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(tower, values)
    assert torch.autograd.gradgradcheck(tower, values)


def test_every_activation_of_the_tower_is_called_as_a_module():
    tower, called = DilatedTower(3, 4, padding="valid"), []
    for activation in tower.activations:
        activation.register_forward_hook(lambda module, *_: called.append(module))
    tower(torch.randn(1, 3, 64, requires_grad=True)).sum().backward()
    assert called == list(tower.activations)


def test_tower_under_autocast_computes_in_bfloat16_and_learns_in_float32():
    tower = DilatedTower(16, 3, padding="valid")
    values = torch.randn(2, 16, 60)
    with torch.autocast("cpu", torch.bfloat16):
        half = tower(values)
    assert half.dtype in (torch.bfloat16, torch.float32)
    torch.testing.assert_close(half.float(), tower(values), rtol=0.05, atol=0.05)
    half.float().square().sum().backward()
    assert all(parameter.grad.dtype == torch.float32 for parameter in tower.parameters())


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_graph_readers_see_plain_convolutions_with_the_same_values():
    tower, values = DilatedTower(4, 2, padding="valid"), torch.randn(2, 4, 40)
    program = torch.export.export(tower, (values,), strict=False)
    torch.testing.assert_close(program.module()(values), tower(values))
    assert "conv1d" in str(program.graph)
