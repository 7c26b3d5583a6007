"""Blocks of models as layers through which a change can be followed."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cisgram.interpret.variants.local_layers import LocalLayer, Pool
from cisgram.models.basenji import BinCrop, BinHead
from cisgram.nn.convolutions import Conv1d, DilatedConv1d
from cisgram.nn.dilated import ConvolutionBlock, DilatedDense, DilatedResidual
from cisgram.nn.strands import PairedConv1d
from cisgram.nn.wide import WideConv1d, convolve_wide

_POINTWISE = (nn.ReLU, nn.GELU, nn.Identity, nn.Dropout, BinHead)


def layers_of(module: nn.Module) -> list[LocalLayer] | None:
    """The layers of a block, or of blocks in a row; None where one of them is of an unknown kind.

    Known are the blocks along the sequence of :mod:`cisgram.nn.dilated`, layers of a Basset, and what a Basenji has at
    its end.
    """
    if isinstance(module, _POINTWISE):
        return [LocalLayer(module, module, 0, 0)]
    if isinstance(module, BinCrop):
        # Output j is the input j + n_bins.
        return [LocalLayer(module, nn.Identity(), -module.n_bins, module.n_bins, is_padded=False)]
    if isinstance(module, ConvolutionBlock):
        return [_block_layer(module)]
    if isinstance(module, DilatedResidual | DilatedDense):
        return [_added_layer(module)]
    if isinstance(module, nn.Sequential):
        if isinstance(getattr(module, "convolution", None), PairedConv1d | WideConv1d):
            return [_basset_layer(module)]
        found = [layers_of(child) for child in module]
        return None if None in found else [layer for layers in found for layer in layers or []]
    return None


def _block_layer(block: ConvolutionBlock) -> LocalLayer:
    """Activation, convolution, norm and pool."""
    size = block.pool.width

    def inside(hidden: Tensor) -> Tensor:
        return _convolved(block, hidden)

    return LocalLayer(block, inside, *_reach(block), pool=Pool(size, size))


def _added_layer(block: DilatedResidual | DilatedDense) -> LocalLayer:
    """The input, and what a dilated convolution makes of it, added or below it."""
    left, right = _reach(block.dilated)

    def inside(hidden: Tensor) -> Tensor:
        kept, made = hidden[..., left : hidden.shape[-1] - right], _convolved(block.dilated, hidden)
        return torch.cat([kept, made], dim=1) if isinstance(block, DilatedDense) else kept + block.back(made)

    return LocalLayer(block, inside, left, right)


def _convolved(block: ConvolutionBlock, hidden: Tensor) -> Tensor:
    """A block without padding and pool."""
    return block.norm(block.convolution.inside(block.activation(hidden)))


def _reach(block: ConvolutionBlock) -> tuple[int, int]:
    """Positions that a block's convolution sees to the left and to the right."""
    width, (dilation,) = block.convolution.weight.shape[-1], block.convolution.dilation
    return dilation * ((width - 1) // 2), dilation * (width // 2)


def _basset_layer(layer: Any) -> LocalLayer:
    """Convolution, norm, activation and pool."""
    half = layer.convolution.weight.shape[-1] // 2

    def inside(hidden: Tensor) -> Tensor:
        return layer.activation(layer.norm(layer.convolution.inside(hidden)))

    sizes = (layer.pool.kernel_size, layer.pool.stride, layer.pool.padding)
    return LocalLayer(layer, inside, half, half, pool=Pool(*(one if isinstance(one, int) else one[0] for one in sizes)))


def profile_layer(convolution: Conv1d) -> LocalLayer:
    """The convolution of a profile head, with zeros beyond the ends."""
    width = convolution.weight.shape[-1]
    left, right = width // 2, (width - 1) // 2

    def whole(hidden: Tensor) -> Tensor:
        return convolution.inside(functional.pad(hidden, (left, right)))

    return LocalLayer(whole, convolution.inside, left, right)


def stem_layer(convolution: Conv1d, activation: nn.Module) -> LocalLayer:
    """A first convolution and its activation, with either padding."""
    width = convolution.weight.shape[-1]
    left = (width - 1) // 2 if convolution.same else 0

    def whole(hidden: Tensor) -> Tensor:
        return activation(convolution(hidden))

    def inside(hidden: Tensor) -> Tensor:
        return activation(convolution.inside(hidden))

    return LocalLayer(whole, inside, left, width - 1 - left, is_padded=convolution.same)


def tower_layer(convolution: nn.Module, activation: nn.Module) -> LocalLayer:
    """A layer of a dilated tower, ``x + activation(convolution(x))``, with either padding."""
    assert isinstance(convolution, DilatedConv1d)
    (dilation,), same = convolution.dilation, convolution.padding == "same"

    def whole(hidden: Tensor) -> Tensor:
        update, kept = convolution(hidden)
        return kept + activation(update)

    def inside(hidden: Tensor) -> Tensor:
        update = convolve_wide(hidden, convolution.weight, convolution.bias, is_padded=False, dilation=dilation)
        return hidden[..., dilation : hidden.shape[-1] - dilation] + activation(update)

    return LocalLayer(whole, inside, dilation if same else 0, dilation if same else 2 * dilation, is_padded=same)
