"""Layers for many channels give what torch's give, in a layout that the next one need not copy."""

import pytest
import torch
from torch import nn

from cisgram.nn.wide import WideBatchNorm1d, WideConv1d


@pytest.mark.parametrize(("n_in", "n_out", "width"), [(4, 40, 19), (40, 3, 7), (5, 5, 1)])
def test_convolution_and_its_gradients_are_those_of_torch(n_in, n_out, width):
    own = WideConv1d(n_in, n_out, width).double()
    torchs = nn.Conv1d(n_in, n_out, width, padding=width // 2).double()
    torchs.load_state_dict(own.state_dict())
    hidden = torch.randn(3, n_in, 30, dtype=torch.float64, requires_grad=True)
    other = hidden.detach().clone().requires_grad_()
    gradient = torch.randn(3, n_out, 30, dtype=torch.float64)
    ours, theirs = own(hidden), torchs(other)
    torch.testing.assert_close(ours, theirs)
    ours.backward(gradient)
    theirs.backward(gradient)
    torch.testing.assert_close(hidden.grad, other.grad)
    torch.testing.assert_close(own.weight.grad, torchs.weight.grad)
    torch.testing.assert_close(own.bias.grad, torchs.bias.grad)


def test_channels_of_a_position_stay_together_through_layers_and_back():
    seen = []
    layers = nn.Sequential(WideConv1d(4, 32, 5), WideBatchNorm1d(32), nn.ReLU(), nn.MaxPool1d(3), WideConv1d(32, 8, 3))
    for layer in layers:
        layer.register_full_backward_hook(lambda _m, given, _o: seen.extend(g for g in given if g is not None))
    hidden = torch.randn(2, 4, 31, requires_grad=True)
    for layer in layers:
        hidden = layer(hidden)
        seen.append(hidden)
    hidden.square().sum().backward()
    assert len(seen) > len(layers) + 2
    assert all(tensor.transpose(1, 2).is_contiguous() for tensor in seen)


@pytest.mark.parametrize("shape", [(6, 5), (6, 5, 12)], ids=["dense", "with length"])
def test_norm_is_that_of_torch_in_training_and_after_it(shape):
    own, torchs = WideBatchNorm1d(5), nn.BatchNorm1d(5)
    for _ in range(3):
        hidden = torch.randn(shape)
        torch.testing.assert_close(own(hidden), torchs(hidden))
    for name, value in torchs.state_dict().items():
        torch.testing.assert_close(own.state_dict()[name], value)
    hidden = torch.randn(shape)
    torch.testing.assert_close(own.eval()(hidden), torchs.eval()(hidden))


def test_a_frozen_norm_and_one_of_a_single_example_rest():
    norm = WideBatchNorm1d(5)
    norm(torch.randn(6, 5) + 3)
    state = {name: value.clone() for name, value in norm.state_dict().items()}
    hidden = torch.randn(6, 5)
    expected = (hidden - norm.running_mean) / (norm.running_var + norm.eps).sqrt()
    torch.testing.assert_close(norm(hidden[:1]), expected[:1])
    norm.weight.requires_grad = False
    torch.testing.assert_close(norm(hidden), expected)
    assert all(torch.equal(value, state[name]) for name, value in norm.state_dict().items())


def test_inside_is_the_middle_of_the_padded_convolution():
    layer = WideConv1d(4, 6, 5)
    hidden = torch.randn(2, 4, 20, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(layer.inside(hidden), layer(hidden)[..., 2:-2])
