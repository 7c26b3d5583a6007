"""Convolutions by Fourier transforms are torch's convolutions, there and back."""

import pytest
import torch
from torch.nn import functional

from cisgram.nn.fourier import FourierConv1d

SHAPES = [
    # channels in, out, width, length
    pytest.param(15, 15, 51, 2000, id="several frames"),
    pytest.param(1, 4, 51, 178, id="one frame, one channel"),
    pytest.param(3, 2, 51, 512 + 50, id="a frame more than full"),
    pytest.param(2, 3, 5, 462 + 4, id="narrow"),
    pytest.param(2, 3, 700, 2000, id="wider than the usual frames"),
    pytest.param(2, 3, 51, 60, id="too short for frames"),
]


@pytest.mark.parametrize(("n_in", "n_out", "width", "length"), SHAPES)
@pytest.mark.parametrize("bias", [True, False])
def test_values_and_all_gradients_are_those_of_torch(n_in, n_out, width, length, bias):
    torch.manual_seed(0)
    layer = FourierConv1d(n_in, n_out, width, bias=bias).double()
    hidden = torch.randn(2, n_in, length, dtype=torch.double, requires_grad=True)
    found, expected = layer(hidden), functional.conv1d(hidden, layer.weight, layer.bias)
    torch.testing.assert_close(found, expected)
    upstream = torch.randn_like(expected)
    wanted = [hidden, *layer.parameters()]
    for own, theirs in zip(
        torch.autograd.grad(found, wanted, upstream), torch.autograd.grad(expected, wanted, upstream), strict=True
    ):
        torch.testing.assert_close(own, theirs)


def test_in_float32_it_is_as_exact_as_float32_allows():
    torch.manual_seed(0)
    layer, hidden = FourierConv1d(15, 15, 51), torch.randn(1, 15, 3000)
    exact = functional.conv1d(hidden.double(), layer.weight.double(), layer.bias.double())
    assert (layer(hidden).double() - exact).abs().max() < 1e-6 * exact.abs().max() * 10


def test_what_needs_no_gradient_gets_none():
    layer = FourierConv1d(2, 2, 51)
    layer.weight.requires_grad = False
    layer(torch.randn(1, 2, 500)).sum().backward()
    assert layer.weight.grad is None
    assert layer.bias.grad is not None


def test_under_autocast_it_stays_in_float32():
    layer, hidden = FourierConv1d(3, 3, 51), torch.randn(1, 3, 500)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(layer(hidden), layer(hidden.float()))
        assert layer(hidden).dtype == torch.float32


def test_no_output_depends_on_what_lies_beyond_its_filter():
    layer, hidden = FourierConv1d(1, 1, 51).double(), torch.zeros(1, 1, 1500, dtype=torch.double)
    before = layer(hidden)
    hidden[..., 700] = 1.0
    changed = (layer(hidden) - before).abs()[0, 0] > 1e-12
    assert changed.nonzero().flatten().tolist() == list(range(650, 701))
