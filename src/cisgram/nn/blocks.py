"""Building stones of sequence models: one-hot input, crops, a dilated tower, sliding sums.

All of them take and return tensors with the length last, hold no state but their parameters, and keep
every activation as a module of its own, so that attribution methods can hook it.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from cisgram.errors import InputError
from cisgram.nn.convolutions import DilatedConv1d, Padding
from cisgram.nn.tensors import Codes, Features, Hidden, OneHot


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


class Exponential(nn.Module):
    """The activation e^x, for a first layer: it lets through what stands far above the rest, and little else.

    Filters then have to match their motif as a whole, and noise below a good match counts for nothing.

    Parameters
    ----------
    limit
        Greater x count as this much; none by default. float32 overflows from 88 on.

    References
    ----------
    Koo and Ploenzke (2021), Improving representations of genomic sequence motifs in convolutional networks with
    exponential activations, Nature Machine Intelligence 3.
    """

    def __init__(self, limit: float = math.inf) -> None:
        super().__init__()
        self.limit = limit

    def forward(self, hidden: Features) -> Features:
        """Apply it to every number."""
        return (hidden if self.limit == math.inf else hidden.clamp(max=self.limit)).exp()


class Log1p(nn.Module):
    """ln(1 + x) as a module, so that attribution sees the step."""

    def forward(self, hidden: Features) -> Features:
        """Apply it to every number."""
        return hidden.log1p()


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
