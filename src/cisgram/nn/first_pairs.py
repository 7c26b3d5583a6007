"""The first layer of pairs of bins: a convolution of features that are sums over two bins is a sum of short ones.

With the operators ``mean`` and ``concat``, a feature of the pair (i, j) is one of bin i plus one of bin j. A square
filter then gives what a filter along the rows makes of bin i, plus what one along the columns makes of bin j; neither
the square of features nor its convolution need be computed. The distance channel is the same for all examples.
"""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from cisgram.nn.dilated import PositionNorm, SquareConv2d
from cisgram.nn.pairs import Distance, PairOperator, channels_of_pairs, one_to_two, pair_distances
from cisgram.nn.tensors import Hidden, PairFeatures, Weight

_WIDTH = 3


class FirstPairBlock(nn.Module):
    """Pairs of bins with their distance, an activation, a convolution of width 3 and a norm.

    Parameters
    ----------
    n_bin_channels, n_channels
        Channels of bins and, out, of pairs.
    operator, distance
        See :mod:`cisgram.nn.pairs`. Features of bins must not be negative, but for ``left_right``.
    """

    def __init__(self, n_bin_channels: int, n_channels: int, *, operator: PairOperator, distance: Distance) -> None:
        super().__init__()
        self.operator: PairOperator = operator
        self.distance: Distance = distance
        self.activation = nn.ReLU()
        self.convolution = SquareConv2d(channels_of_pairs(n_bin_channels, operator) + 1, n_channels, _WIDTH)
        self.norm = PositionNorm(n_channels)

    def forward(self, bins: Hidden) -> PairFeatures:
        """Apply the block."""
        if self.operator not in ("mean", "concat"):
            return self.norm(self.convolution(self.activation(self.pairs_of(bins))))
        # Of features that are not negative, an activation leaves sums as they are.
        # Distances in bins reach hundreds: they are added and normed in full precision.
        return self.norm(self._convolved(self.activation(bins))).to(bins.dtype)

    def pairs_of(self, bins: Hidden) -> PairFeatures:
        """What the convolution reads, as one square per channel: features of pairs, then the distance."""
        pairs = one_to_two(bins, self.operator)
        between = pair_distances(bins.shape[-1], self.distance, like=pairs)
        return torch.cat([pairs, between.expand(len(pairs), -1, -1, -1)], dim=1)

    def _convolved(self, bins: Hidden) -> PairFeatures:
        """The convolution, from bins."""
        weight, n_channels = self.convolution.weight, bins.shape[1]
        of_row = 0.5 * weight[:, :n_channels] if self.operator == "mean" else weight[:, :n_channels]
        of_column = of_row if self.operator == "mean" else weight[:, n_channels : 2 * n_channels]
        rows = _along(bins, of_row.permute(3, 0, 1, 2))
        columns = _along(bins, of_column.permute(2, 0, 1, 3))
        between = pair_distances(bins.shape[-1], self.distance, like=weight)
        with torch.autocast(bins.device.type, enabled=False):
            shared = functional.conv2d(between, weight[:, -1:], padding=_WIDTH // 2)
        # 1 channel bin bin -> bin bin channel
        shared = shared[0].permute(1, 2, 0)
        summed: Any = _SumOfBins.apply(rows.whole, columns.whole, rows.ends, columns.ends, shared)
        return summed.permute(0, 3, 1, 2)


class _Line(NamedTuple):
    """What filters along one axis of the square make of bins, ``batch bin channel``."""

    whole: Tensor
    """All taps across the other axis taken together."""
    ends: Tensor
    """The first and the last tap, ``batch 2 bin channel``, which lie outside at the first and at the last bin."""


def _along(bins: Hidden, weights: Tensor) -> _Line:
    """Convolve along one axis, ``weights`` being ``tap out_channel in_channel width``, with taps across it."""
    n_taps, n_out = weights.shape[:2]
    filters: Weight = weights.flatten(0, 1)
    by_tap = functional.conv1d(bins, filters, padding=_WIDTH // 2)
    # batch (tap channel) bin -> batch tap bin channel
    by_tap = by_tap.unflatten(1, (n_taps, n_out)).transpose(2, 3)
    return _Line(by_tap.sum(1), by_tap[:, [0, -1]])


class _SumOfBins(torch.autograd.Function):
    """``rows[i] + columns[j] + shared[i, j]``, less what filters do not see at the four edges.

    A function of its own because a gradient through assignments to edges copies the whole square for each.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, columns: Tensor, row_ends: Tensor, column_ends: Tensor, shared: Tensor) -> Any:
        """Add, ``batch bin bin channel``, in the precision of what is shared."""
        ctx.precision = rows.dtype
        square = rows[:, :, None] + columns.to(shared.dtype)[:, None]
        square[:, :, 0] -= row_ends[:, 0]
        square[:, :, -1] -= row_ends[:, 1]
        square[:, 0] -= column_ends[:, 0]
        square[:, -1] -= column_ends[:, 1]
        return square.add_(shared)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Sum over what each part was repeated for."""
        (square,) = grads
        row_ends = -torch.stack([square[:, :, 0], square[:, :, -1]], dim=1)
        column_ends = -torch.stack([square[:, 0], square[:, -1]], dim=1)
        of_bins = (part.to(ctx.precision) for part in (square.sum(2), square.sum(1), row_ends, column_ends))
        return *of_bins, square.sum(0)
