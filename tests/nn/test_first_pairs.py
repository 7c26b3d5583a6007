"""The first layer of pairs: computed from bins, it is the convolution of the square of pairs."""

from typing import get_args

import pytest
import torch

from cisgram.nn.first_pairs import FirstPairBlock
from cisgram.nn.pairs import PairOperator


def block(operator, distance="bins"):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return FirstPairBlock(6, 5, operator=operator, distance=distance)


def bins(n_bins, dtype=torch.float64):
    return torch.rand(2, 6, n_bins, generator=torch.Generator().manual_seed(1), dtype=dtype)


def plainly(layer, features):
    """The same as written in the paper: the square of pairs, convolved."""
    return layer.norm(layer.convolution(layer.activation(layer.pairs_of(features))))


@pytest.mark.parametrize("operator", list(get_args(PairOperator)))
@pytest.mark.parametrize("distance", ["bins", "log"])
@pytest.mark.parametrize("n_bins", [1, 2, 3, 9])
def test_it_is_the_convolution_of_the_square_at_edges_too(operator, distance, n_bins):
    layer = block(operator, distance).double().eval()
    torch.testing.assert_close(layer(bins(n_bins)), plainly(layer, bins(n_bins)))


@pytest.mark.parametrize("operator", ["mean", "concat"])
def test_its_gradients_are_those_of_the_convolution_of_the_square(operator):
    def gradients(function):
        layer, features = block(operator).double(), bins(7).requires_grad_()
        values = function(layer, features)
        values.backward(torch.randn(values.shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64))
        return [features.grad, *(parameter.grad for parameter in layer.parameters())]

    for own, plain in zip(gradients(lambda layer, x: layer(x)), gradients(plainly), strict=True):
        torch.testing.assert_close(own, plain)


@pytest.mark.parametrize("operator", ["mean", "concat"])
def test_in_bfloat16_distances_of_hundreds_are_normed_exactly(operator):
    layer, features = block(operator), bins(300, torch.float32).bfloat16()
    exact = layer(features.float())
    with torch.autocast("cpu", torch.bfloat16):
        mixed, plain = layer(features), plainly(layer, features)
    assert mixed.dtype == torch.bfloat16
    error, plain_error = ((values - exact).abs().mean() for values in (mixed, plain))
    assert error < 0.5 * plain_error


@pytest.mark.parametrize("operator", ["mean", "concat"])
def test_second_derivatives_exist(operator):
    layer = block(operator).double().eval()
    assert torch.autograd.gradgradcheck(layer, bins(4).requires_grad_())
