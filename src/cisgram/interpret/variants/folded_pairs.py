"""The head of an Akita for predictions only: norms are folded into the convolutions before them, and sums are in place.

In evaluation a norm multiplies and adds per channel, which the weights before it can do. What is left moves half of
the memory. Results are those of the head, but for rounding.
"""

from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from cisgram.models.akita import PairHead
from cisgram.nn.dilated import PairConvolutionBlock, PairDilatedResidual, PositionNorm
from cisgram.nn.pairs import symmetrise, upper_places
from cisgram.nn.tensors import Hidden, PairValues


class FoldedPairHead:
    """A head's weights as they are now.

    Parameters
    ----------
    head
        In evaluation mode.
    diagonal_offset
        Least distance of a predicted pair in bins.
    """

    def __init__(self, head: PairHead, *, diagonal_offset: int) -> None:
        self._head, self._offset = head, diagonal_offset
        self._blocks = [_folded_block(block) for block in head.blocks if isinstance(block, PairDilatedResidual)]

    def contacts(self, bins: Hidden) -> PairValues:
        """What the head gives for pairs of bins; one example after the other, since a square alone fills a cache."""
        return torch.cat([self._contacts(bins[row : row + 1]) for row in range(len(bins))])

    def _contacts(self, bins: Tensor) -> Tensor:
        # 1 channel bin bin -> 1 bin bin channel: as it lies in memory.
        square = symmetrise(self._head.pairs(bins)).permute(0, 2, 3, 1).contiguous()
        for block in self._blocks:
            _add_block(square, block)
        crop, n = self._head.crop, square.shape[1]
        inside = square[0, crop : n - crop, crop : n - crop].flatten(0, 1)
        upper = inside.index_select(0, upper_places(n - 2 * crop, self._offset, square.device))
        return self._head.linear(upper).T[None]


class _Folded(NamedTuple):
    """A convolution with the norm behind it."""

    weight: Tensor
    bias: Tensor
    dilation: int


class _FoldedBlock(NamedTuple):
    dilated: _Folded
    back: _Folded
    """Of width 1, ``out_channel in_channel``, and halved: its square is added twice, once turned."""


def _folded_block(block: PairDilatedResidual) -> _FoldedBlock:
    dilated, back = _folded(block.dilated), _folded(block.back)
    return _FoldedBlock(dilated, _Folded(0.5 * back.weight[:, :, 0, 0], 0.5 * back.bias, 1))


def _folded(block: PairConvolutionBlock) -> _Folded:
    norm: PositionNorm = block.norm
    assert norm.running_mean is not None
    assert norm.running_var is not None
    gain = norm.weight * (norm.running_var + norm.eps).rsqrt()
    weight = block.convolution.weight * gain[:, None, None, None]
    return _Folded(weight, norm.bias - gain * norm.running_mean, int(block.convolution.dilation[0]))


def _add_block(square: Tensor, block: _FoldedBlock) -> None:
    """Add what a block makes of a square, ``1 bin bin channel``, to the square."""
    weight, bias, dilation = block.dilated
    # 1 bin bin channel -> 1 channel bin bin, and back
    active = functional.relu(square).permute(0, 3, 1, 2)
    made = functional.conv2d(active, weight, bias, padding=dilation * (weight.shape[-1] // 2), dilation=dilation)
    added = functional.linear(made.permute(0, 2, 3, 1).relu_(), block.back.weight, block.back.bias)
    square += added
    square += added.transpose(1, 2)
