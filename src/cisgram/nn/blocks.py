"""Building stones of sequence models: one-hot input, convolutions, a dilated tower.

All of them take and return tensors with the length last, hold no state but their parameters, and keep
every activation as a module of its own, so that attribution methods can hook it.
"""

from typing import Literal, NamedTuple, TypeAlias

import torch
from torch import Tensor, nn
from torch.nn import functional

from cisgram.errors import InputError
from cisgram.nn.tensors import Codes, Hidden, OneHot, Weight

Padding: TypeAlias = Literal["same", "valid"]
"""``same``: zeros are put around a layer's input, lengths stay; ``valid``: none are, lengths shrink."""


def one_hot(codes: Codes) -> OneHot:
    """Turn codes into float32 channels A C G T on the codes' device; N becomes zeros.

    Examples
    --------
    >>> one_hot(torch.tensor([[0, 4]], dtype=torch.uint8))[0, :, 0].tolist()
    [1.0, 0.0, 0.0, 0.0]
    >>> float(one_hot(torch.tensor([[0, 4]], dtype=torch.uint8))[0, :, 1].sum())
    0.0
    """
    channels = torch.arange(4, dtype=torch.uint8, device=codes.device)[:, None]
    return (codes[:, None, :] == channels).float()


def centre(values: Tensor, length: int) -> Tensor:
    """Keep the middle ``length`` positions; what goes from the two ends must be equally long.

    Examples
    --------
    >>> centre(torch.arange(6), 2).tolist()
    [2, 3]
    """
    surplus = values.shape[-1] - length
    if surplus < 0 or surplus % 2:
        raise InputError(f"cannot keep the middle {length} of {values.shape[-1]} positions: an even number must go")
    return values[..., surplus // 2 : surplus // 2 + length]


def around_centre(values: Tensor, length: int, *, left: int, right: int) -> Tensor:
    """The middle ``length`` positions and ``left`` and ``right`` more; zeros where there are none.

    Examples
    --------
    >>> around_centre(torch.arange(1, 5), 2, left=2, right=1).tolist()
    [0, 1, 2, 3, 4]
    """
    surplus = values.shape[-1] - length
    if surplus < 0 or surplus % 2:
        raise InputError(
            f"values that belong to {length} positions may have flanks of equal length; got {values.shape[-1]} "
            f"positions (nearest: {length + max(surplus, 0) // 2 * 2})"
        )
    left, right = left - surplus // 2, right - surplus // 2
    if left <= 0 and right <= 0:  # torch's pad would copy
        return values[..., -left : values.shape[-1] + right]
    return functional.pad(values, (left, right))


class Conv1d(nn.Conv1d):
    """``nn.Conv1d`` without strides, in the memory layout and shapes that processors like.

    Channels lie next to each other in memory, and ``fold`` neighbouring positions are folded into the
    channels of one, so that few channels in or out become a multiple of 16, which is what vector units work
    on: 64 channels in and 2 out, 75 wide, then train 12 times as fast on a CPU in float32, and 25 times in
    bfloat16. The weights become a band of shifted copies of themselves. Parameters, and results but for
    rounding, are those of ``nn.Conv1d``.

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
        width, fold = self.kernel_size[0], self.fold
        left, right = ((width - 1) // 2, width // 2) if self.same else (0, 0)
        if torch.compiler.is_compiling():  # compilers and graph readers know the plain form best
            return functional.conv1d(functional.pad(hidden, (left, right)), self.weight, self.bias)
        padded = left + hidden.shape[-1] + right
        length = padded - width + 1
        n_blocks, n_taps = -(-length // fold), -(-(width + fold - 1) // fold)
        missing = (n_blocks + n_taps - 1) * fold - padded
        # batch channel length -> batch (position channel) 1 block
        by_position = functional.pad(hidden.transpose(1, 2), (0, 0, left, right + missing)).contiguous()
        blocks = by_position.view(len(hidden), 1, -1, fold * self.in_channels).permute(0, 3, 1, 2)
        bias = None if self.bias is None else self.bias.repeat(fold)
        convolved = functional.conv2d(blocks, folded_weights(self.weight, fold, n_taps), bias)
        # batch (position channel) 1 block -> batch channel length
        by_position = convolved.permute(0, 2, 3, 1).reshape(len(hidden), n_blocks * fold, self.out_channels)
        return by_position[:, :length].transpose(1, 2)


def folded_weights(weight: Weight, fold: int, n_taps: int) -> Tensor:
    """Weights for blocks of ``fold`` positions: ``(position out) (position in) 1 tap``, channels last.

    The output at position i of a block is the convolution shifted by i.
    """
    n_out, n_in, width = weight.shape
    span = n_taps * fold
    # Rows of span + 1 read as rows of span: each starts one position further to the left than the one before.
    rows = functional.pad(weight, (0, span + 1 - width))[:, :, None].expand(n_out, n_in, fold, span + 1)
    shifted = rows.reshape(n_out, n_in, fold * (span + 1))[..., : fold * span]
    band = shifted.view(n_out, n_in, fold, n_taps, fold).permute(2, 0, 3, 4, 1)
    return band.reshape(fold * n_out, 1, n_taps, fold * n_in).permute(0, 3, 1, 2)


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
            return Convolved(super().forward(hidden), centre(hidden, hidden.shape[-1] - 2 * crop))
        parts, device = (hidden, self.weight, self.bias), hidden.device.type
        if torch.is_autocast_enabled(device):
            parts = (part.to(torch.get_autocast_dtype(device)) for part in parts if part is not None)
        hidden, weight, bias = parts
        return Convolved(*_ConvolveAndCrop.apply(_channels_together(hidden), weight, bias, dilation, crop))


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


class DilatedTower(nn.Module):
    """Residual convolutions of width 3 whose dilation doubles: ``x <- x + relu(conv(x))``.

    Layer i = 1, 2, ... n reads the positions t - 2^i, t and t + 2^i.

    Parameters
    ----------
    n_filters
        Channels.
    n_layers
        Layers.
    padding
        With ``valid``, layer i shortens its input by 2^i at either end.

    References
    ----------
    Avsec et al. (2021), Base-resolution models of transcription-factor binding reveal soft motif syntax.
    """

    def __init__(self, n_filters: int, n_layers: int, *, padding: Padding) -> None:
        super().__init__()
        self.convolutions = nn.ModuleList(
            DilatedConv1d(n_filters, dilation=2**i, padding=padding) for i in range(1, n_layers + 1)
        )
        self.activations = nn.ModuleList(nn.ReLU() for _ in range(n_layers))

    def forward(self, hidden: Hidden) -> Hidden:
        """Apply the layers in turn."""
        for convolution, activation in zip(self.convolutions, self.activations, strict=True):
            update, kept = convolution(hidden)
            hidden = kept + activation(update)
        return hidden


def reach_of_tower(n_layers: int) -> int:
    """How far a dilated tower of ``n_layers`` sees to either side, in bp: 2 + 4 + ... + 2^n."""
    return 2 ** (n_layers + 1) - 2


def sliding_sums(values: Hidden, width: int) -> Hidden:
    """Sums over all windows of ``width`` positions; the result is ``width - 1`` shorter.

    Examples
    --------
    >>> sliding_sums(torch.tensor([[[1.0, 2.0, 3.0]]]), 2).tolist()
    [[[3.0, 5.0]]]
    """
    return values.unfold(-1, width, 1).sum(-1)
