"""Convolutions with the parameters of torch's, computed in the order that suits few channels and deep towers."""

from typing import Literal, NamedTuple, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

from cisgram.nn.tensors import Hidden, Weight

Padding: TypeAlias = Literal["same", "valid"]
"""``same``: zeros are put around a layer's input, lengths stay; ``valid``: none are, lengths shrink."""

_LANES = 16  # numbers of 32 bits in a vector register


class Conv1d(nn.Conv1d):
    """``nn.Conv1d`` for few channels in or out, as a product of matrices.

    Torch's own is made for many channels, since vector units work on 16 numbers at once; with 32 or more in
    and out it is what is called. With fewer, ``fold`` neighbouring positions are folded into the channels of
    one, and the weights become a band of shifted copies of themselves. With few channels in, the taps are put
    beside each other before the product; with few out, they are summed after it. On a CPU, 64 channels in and
    2 out, 75 wide, train 10 times as fast in float32 and 20 times in bfloat16. (A folded convolution would be
    as fast, but its threads wait for each other at every example, spinning, which is slow wherever they share
    a core.) Parameters, and results but for rounding, are those of ``nn.Conv1d``.

    Parameters
    ----------
    in_channels, out_channels, width
        As in ``nn.Conv1d``.
    padding
        ``same`` or ``valid``.
    fold
        Positions that become one.
    bias
        Whether a constant is added per channel.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        width: int,
        *,
        padding: Padding = "valid",
        fold: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__(in_channels, out_channels, width, bias=bias)
        self.same, self.fold = padding == "same", fold

    def forward(self, hidden: Hidden) -> Hidden:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Convolve; valid padding shortens by ``width - 1``."""
        width = self.kernel_size[0]
        return self._convolved(hidden, *(((width - 1) // 2, width // 2) if self.same else (0, 0)))

    def inside(self, hidden: Hidden) -> Hidden:
        """Convolve without padding, whatever the layer does else."""
        return self._convolved(hidden, 0, 0)

    def _convolved(self, hidden: Hidden, left: int, right: int) -> Hidden:
        """The convolution of an input with so many zeros at its ends."""
        width, fold = self.kernel_size[0], self.fold
        many = min(self.in_channels, self.out_channels) >= 2 * _LANES
        if many or torch.compiler.is_compiling():  # compilers and graph readers know the plain form best
            return functional.conv1d(functional.pad(hidden, (left, right)), self.weight, self.bias)
        padded = left + hidden.shape[-1] + right
        length = padded - width + 1
        n_blocks, n_taps = -(-length // fold), -(-(width + fold - 1) // fold)
        missing = (n_blocks + n_taps - 1) * fold - padded
        # batch channel length -> batch block (position channel)
        by_position = functional.pad(hidden.transpose(1, 2), (0, 0, left, right + missing)).contiguous()
        blocks = by_position.view(len(hidden), -1, fold * self.in_channels)
        multiply = _gather_then_multiply if self.in_channels < self.out_channels else _multiply_then_sum
        bias = None if self.bias is None else self.bias.repeat(fold)
        convolved = multiply(blocks, _band(self.weight, fold, n_taps), bias)
        # batch block (position channel) -> batch channel length
        by_position = convolved.reshape(len(hidden), n_blocks * fold, self.out_channels)[:, :length]
        return by_position.transpose(1, 2)


def _band(weight: Weight, fold: int, n_taps: int) -> Tensor:
    """Weights between blocks of ``fold`` positions: ``position_out channel_out tap position_in channel_in``.

    The output at position i of a block is the convolution shifted by i.
    """
    n_out, n_in, width = weight.shape
    span = n_taps * fold
    # Rows of span + 1 read as rows of span: each starts one position further to the left than the one before.
    rows = functional.pad(weight, (0, span + 1 - width))[:, :, None].expand(n_out, n_in, fold, span + 1)
    shifted = rows.reshape(n_out, n_in, fold * (span + 1))[..., : fold * span]
    return shifted.view(n_out, n_in, fold, n_taps, fold).permute(2, 0, 3, 4, 1)


def _gather_then_multiply(blocks: Tensor, band: Tensor, bias: Tensor | None) -> Tensor:
    """Convolve ``batch block channel``, all taps of a block in one row: cheap where few channels come in."""
    n_taps = band.shape[2]
    n_blocks = blocks.shape[1] - n_taps + 1
    taps = torch.cat([blocks[:, tap : tap + n_blocks] for tap in range(n_taps)], dim=2)
    return functional.linear(taps, band.flatten(2).flatten(0, 1), bias)


def _multiply_then_sum(blocks: Tensor, band: Tensor, bias: Tensor | None) -> Tensor:
    """Convolve ``batch block channel``, every tap apart, then summed: cheap where few channels go out."""
    fold, n_out, n_taps = band.shape[:3]
    taps = functional.linear(blocks, band.permute(2, 0, 1, 3, 4).flatten(3).flatten(0, 2)).contiguous()
    batch, n_seen, width = taps.shape
    n_channels, n_blocks = fold * n_out, n_seen - n_taps + 1
    # Tap k of block t adds to block t - k: the addends lie on diagonals.
    diagonals = taps.as_strided((batch, n_blocks, n_taps, n_channels), (n_seen * width, width, width + n_channels, 1))
    summed = diagonals.sum(2, dtype=torch.promote_types(taps.dtype, torch.float32))
    return summed if bias is None else summed + bias


class Convolved(NamedTuple):
    """A layer's input, convolved, and the input itself at the same positions."""

    update: Hidden
    kept: Hidden


class DilatedConv1d(nn.Conv1d):
    """A dilated convolution of width 3 beside the input that it is to be added to.

    Both come from one step of automatic differentiation, which then adds their gradients in place: with
    two, the gradient of cropping would be padded, copied and added, as much memory traffic as the
    convolution itself.

    Parameters
    ----------
    n_filters
        Channels in and out.
    dilation
        Distance of the outer taps from the middle.
    padding
        With ``valid``, ``dilation`` positions go at either end.
    """

    def __init__(self, n_filters: int, *, dilation: int, padding: Padding) -> None:
        super().__init__(n_filters, n_filters, 3, dilation=dilation, padding=padding)

    def forward(self, hidden: Hidden) -> Convolved:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Give the convolution and what of the input lies at its positions."""
        (dilation,) = self.dilation
        crop = dilation if self.padding == "valid" else 0
        if torch.compiler.is_compiling():
            return Convolved(super().forward(hidden), hidden[..., crop : hidden.shape[-1] - crop])
        assert self.bias is not None
        device, dtype = hidden.device.type, hidden.dtype
        if torch.is_autocast_enabled(device):  # it does not look into functions with a derivative of their own
            dtype = torch.get_autocast_dtype(device)
        hidden, weight, bias = _channels_together(hidden).to(dtype), self.weight.to(dtype), self.bias.to(dtype)
        return Convolved(*_ConvolveAndCrop.apply(hidden, weight, bias, dilation, crop))


class _ConvolveAndCrop(torch.autograd.Function):
    """The convolution of width 3, and the cropped input.

    A second length of 1 is put in, since torch can keep the channels of four axes next to each other.
    """

    @staticmethod
    def forward(ctx, hidden, weight, bias, dilation, crop):
        ctx.save_for_backward(hidden, weight)
        ctx.crop, ctx.dilation = crop, dilation
        update = functional.conv2d(
            hidden[:, :, None], weight[:, :, None], bias, padding=(0, dilation - crop), dilation=(1, dilation)
        )
        return update[:, :, 0], hidden[..., crop : hidden.shape[-1] - crop]

    @staticmethod
    def backward(ctx, of_update, of_kept):
        hidden, weight = ctx.saved_tensors
        of_hidden, of_weight, of_bias = torch.ops.aten.convolution_backward(
            _channels_together(of_update)[:, :, None],
            hidden[:, :, None],
            weight[:, :, None],
            [weight.shape[0]],
            stride=(1, 1),
            padding=(0, ctx.dilation - ctx.crop),
            dilation=(1, ctx.dilation),
            transposed=False,
            output_padding=(0, 0),
            groups=1,
            output_mask=ctx.needs_input_grad[:3],
        )
        if of_hidden is not None:
            of_hidden = of_hidden[:, :, 0]
            of_hidden[..., ctx.crop : of_hidden.shape[-1] - ctx.crop] += of_kept
        return of_hidden, None if of_weight is None else of_weight[:, :, 0], of_bias, None, None


def _channels_together(hidden: Hidden) -> Hidden:
    """The same values, those of a position next to each other in memory."""
    return hidden.transpose(1, 2).contiguous().transpose(1, 2)
