"""Blocks of bins and pairs: against torch's own layers in the paper's order, and what they keep symmetric or frozen."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from cisgram.nn.dilated import (
    BlockStyle,
    ConvolutionBlock,
    DilatedDense,
    DilatedResidual,
    PairConvolutionBlock,
    PairDilatedResidual,
    PositionNorm,
    SquareConv2d,
    WideMaxPool1d,
    dilations,
    dilations_in_turn,
)
from cisgram.nn.pairs import symmetrise


def random(*shape, seed=0):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def shaken(module):
    """The module in float64 with random norms, so that none of them hides anything."""
    module.double()
    for norm in (part for part in module.modules() if isinstance(part, PositionNorm)):
        n = norm.num_features
        norm.weight.data, norm.bias.data = random(n, seed=1), random(n, seed=2)
        norm.running_mean, norm.running_var = random(n, seed=3), random(n, seed=4).abs()
    return module.eval()


def normed(norm, values):
    return functional.batch_norm(values, norm.running_mean, norm.running_var, norm.weight, norm.bias, eps=1e-3)


def test_a_block_is_activation_convolution_norm_and_pool():
    block = shaken(ConvolutionBlock(4, 6, 5, pool=3, dilation=2))
    x = random(2, 4, 30)
    plain = functional.conv1d(x.relu(), block.convolution.weight, padding=4, dilation=2)
    torch.testing.assert_close(block(x), functional.max_pool1d(normed(block.norm, plain), 3))


def test_the_first_block_reads_the_sequence_as_it_is():
    block = shaken(ConvolutionBlock(4, 6, 5, is_first=True))
    x = random(2, 4, 30)
    plain = functional.conv1d(x, block.convolution.weight, padding=2)
    torch.testing.assert_close(block(x), normed(block.norm, plain))


def test_a_style_says_how_a_block_is_activated_and_normed():
    block = ConvolutionBlock(4, 6, 5, style=BlockStyle("gelu", 0.25))
    assert block.norm.momentum == 0.25
    x = random(2, 4, 30)
    plain = functional.conv1d(x * torch.sigmoid(1.702 * x), shaken(block).convolution.weight, padding=2)
    torch.testing.assert_close(block(x), normed(block.norm, plain))


def test_a_dense_block_keeps_what_it_reads_and_adds_channels():
    block = shaken(DilatedDense(6, 4, dilation=3, dropout=0.5))
    x = random(2, 6, 30)
    added = functional.conv1d(x.relu(), block.dilated.convolution.weight, padding=3, dilation=3)
    torch.testing.assert_close(block(x), torch.cat([x, normed(block.dilated.norm, added)], 1))


def test_dilations_in_turn_round_before_they_go_on():
    assert dilations_in_turn(1.5, 6) == (1, 2, 3, 4, 6, 9)  # rounded apart: 1, 2, 2, 3, 5, 8
    assert dilations_in_turn(2.0, 3, first=2) == (2, 4, 8)
    assert dilations_in_turn(2.0, 0) == ()


def test_a_residual_block_adds_a_wide_and_a_narrow_convolution():
    block = shaken(DilatedResidual(6, 4, dilation=3, dropout=0.5))
    x = random(2, 6, 30)
    inner = functional.conv1d(x.relu(), block.dilated.convolution.weight, padding=3, dilation=3)
    back = functional.conv1d(normed(block.dilated.norm, inner).relu(), block.back.convolution.weight)
    torch.testing.assert_close(block(x), x + normed(block.back.norm, back))


def test_a_residual_block_of_pairs_does_the_same_and_symmetrises_what_it_adds():
    block = shaken(PairDilatedResidual(6, 4, dilation=3, dropout=0.5))
    x = symmetrise(random(2, 6, 9, 9))
    inner = functional.conv2d(x.relu(), block.dilated.convolution.weight, padding=3, dilation=3)
    back = functional.conv2d(normed(block.dilated.norm, inner).relu(), block.back.convolution.weight)
    added = normed(block.back.norm, back)
    torch.testing.assert_close(block(x), x + (added + added.transpose(2, 3)) / 2)


@pytest.mark.parametrize("mixed", [False, True])
def test_a_symmetric_square_stays_symmetric_to_the_last_bit(mixed):
    block = PairDilatedResidual(16, 16, dilation=2, dropout=0.5, gain=1.0).train()
    x = symmetrise(random(2, 16, 9, 9).float())
    with torch.random.fork_rng(devices=[]), torch.autocast("cpu", torch.bfloat16, enabled=mixed):
        out = block(x)
    assert torch.equal(out, out.transpose(2, 3))
    assert not torch.equal(out, x)


def test_with_no_gain_residual_blocks_begin_as_nothing():
    x = random(2, 6, 30).float()
    assert torch.equal(DilatedResidual(6, 4, dilation=2, dropout=0.0)(x), x)


@pytest.mark.parametrize("shape", [(3, 5, 20), (3, 5, 6, 6), (1, 5, 20)])
def test_norms_are_those_of_torch_over_examples_and_positions(shape):
    x = random(*shape).float()
    own, plain = PositionNorm(5, momentum=0.1), (nn.BatchNorm1d if len(shape) == 3 else nn.BatchNorm2d)(5, eps=1e-3)
    torch.testing.assert_close(own(x), plain(x))
    torch.testing.assert_close(own.running_mean, plain.running_mean)
    torch.testing.assert_close(own.running_var, plain.running_var)
    assert own.num_batches_tracked == 1


def test_a_frozen_norm_rests_in_training_mode():
    norm = PositionNorm(5)
    norm.weight.requires_grad = False
    x = random(3, 5, 20).float()
    trained = norm.train()(x)
    assert torch.equal(trained, norm.eval()(x))
    assert norm.num_batches_tracked == 0


@pytest.mark.parametrize("width", [1, 2, 4])
def test_pools_are_those_of_torch_and_keep_channels_together(width):
    x = random(2, 6, 31).transpose(1, 2).contiguous().transpose(1, 2)
    x[:, :, 4:6] = 0.5  # as equal ones are
    own, plain = x.clone().requires_grad_(), x.clone().requires_grad_()
    pooled, known = WideMaxPool1d(width)(own), functional.max_pool1d(plain, width)
    assert torch.equal(pooled, known)
    assert pooled.transpose(1, 2).is_contiguous()
    for values in (pooled, known):
        values.backward(random(2, 6, 31 // width))
    assert torch.equal(own.grad, plain.grad)


def test_published_dilations_are_rounded_each_by_itself():
    assert dilations(1.75, 8) == (1, 2, 3, 5, 9, 16, 29, 50)
    assert dilations(1.75, 6) == (1, 2, 3, 5, 9, 16)


@pytest.mark.parametrize("n_channels", [16, 20, 24, 49])
@pytest.mark.parametrize("dilation", [1, 2, 5])
def test_gradients_of_dilated_filters_in_bfloat16_hold_nothing_but_the_input(n_channels, dilation):
    """Torch itself reads memory beyond the input where channels do not fill blocks of 16; here it is full of NaN."""
    layer = SquareConv2d(n_channels, 8, 3, dilation=dilation)
    x, gradient = (random(2, n, 24, 24, seed=n).float() for n in (n_channels, 8))
    layer(x).backward(gradient)
    exact, layer.weight.grad = layer.weight.grad, None
    torch.full((2, n_channels + 16, 54, 54), torch.nan, dtype=torch.bfloat16)  # freed at once, and given out again
    with torch.autocast("cpu", torch.bfloat16):
        values = layer(x)
    values.backward(gradient.bfloat16())
    assert (layer.weight.grad - exact).abs().max() < 0.03 * exact.abs().max()


def test_a_pair_block_has_no_constant_but_that_of_its_norm():
    names = {name for name, _ in PairConvolutionBlock(16, 16, 3).named_parameters()}
    assert names == {"convolution.weight", "norm.weight", "norm.bias"}
