"""Blocks that begin with their activation, and dilated residual pairs of them: of bins, and of pairs of bins.

Activations keep the channels of a position next to each other in memory, see :mod:`cisgram.nn.wide`.

References
----------
Kelley (2020), Cross-species regulatory sequence activity prediction, PLOS Computational Biology 16; Fudenberg, Kelley
and Pollard (2020), Predicting 3D genome folding from DNA sequence with Akita, Nature Methods 17.
"""

from functools import partial
from typing import Any, Literal, NamedTuple, TypeAlias

import torch
from torch import nn
from torch.nn import functional

from cisgram.nn.pairs import symmetrise
from cisgram.nn.quick_layers import LogisticGELU, QuickDropout, halve
from cisgram.nn.tensors import Features, Hidden, PairFeatures
from cisgram.nn.wide import WideConv1d, norm_positions

NORM_MOMENTUM = 1 - 0.9265
"""Share of a batch in the running statistics of Akita (Keras counts what is kept)."""
_NORM_EPSILON = 1e-3  # Keras' own
_CHANNEL_BLOCK = 16

Activation: TypeAlias = Literal["relu", "gelu", "gelu_tanh"]
"""``relu``: max(0, x); the GELU, x times the normal distribution function of x, by two approximations (Hendrycks and
Gimpel 2016): ``gelu`` by a logistic function, as in Basenji, and ``gelu_tanh`` by a tanh, as in its successors."""


class BlockStyle(NamedTuple):
    """What all blocks along the sequence have in common."""

    activation: Activation = "relu"
    """What every block but the first begins with."""
    momentum: float = NORM_MOMENTUM
    """Share of a batch in the running statistics of norms."""


RELU_STYLE = BlockStyle()
"""That of Akita."""


def activation_layer(activation: Activation) -> nn.Module:
    """A new layer that applies an activation.

    Examples
    --------
    >>> activation_layer("gelu")
    LogisticGELU()
    """
    layers = {"relu": nn.ReLU, "gelu": LogisticGELU, "gelu_tanh": partial(nn.GELU, approximate="tanh")}
    return layers[activation]()


class PositionNorm(nn.BatchNorm2d):
    """Batch normalisation over examples and positions, with one length axis or two.

    With ``weight.requires_grad = False`` it norms by its running statistics and leaves them alone in training mode
    too, so that frozen layers give the same output throughout.

    Parameters
    ----------
    n_channels
        Channels.
    momentum
        Share of a batch in the running statistics.
    gain
        What every channel is multiplied with at first; 0 lets a residual block begin as nothing.
    """

    shares_statistics: bool = False
    """Whether the examples of all processes are one batch, see :func:`cisgram.nn.shared_norms.sharing_norms`."""

    def __init__(self, n_channels: int, *, momentum: float = NORM_MOMENTUM, gain: float = 1.0) -> None:
        super().__init__(n_channels, eps=_NORM_EPSILON, momentum=momentum)
        nn.init.constant_(self.weight, gain)

    def forward(self, hidden: Features) -> Features:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Norm ``batch channel length`` or ``batch channel bin bin``."""
        is_learning = self.training and self.weight.requires_grad
        return norm_positions(self, hidden, is_learning=is_learning, is_shared=self.shares_statistics)


class WideMaxPool1d(nn.Module):
    """``nn.MaxPool1d`` with windows side by side, which leaves the channels of a position together in memory.

    Parameters
    ----------
    width
        Positions of which the largest is kept.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def forward(self, hidden: Hidden) -> Hidden:
        """Pool; what does not fill a window at the end is left out."""
        if self.width == 1:
            return hidden
        if self.width == 2 and hidden.shape[-1] % 2 == 0 and hidden.device.type == "cpu":
            return halve(hidden)
        return functional.max_pool2d(hidden.unsqueeze(2), (1, self.width)).squeeze(2)

    def extra_repr(self) -> str:
        """Width."""
        return str(self.width)


class ConvolutionBlock(nn.Module):
    """Activation, convolution without a constant, norm, dropout and max-pool, along a sequence.

    Parameters
    ----------
    in_channels, out_channels
        Channels.
    width
        Of the filters; odd.
    pool
        Positions of which the largest is kept.
    dilation
        Positions from one tap of a filter to the next.
    dropout
        Share of the normed values that a training step leaves out.
    gain
        See :class:`PositionNorm`.
    is_first
        Whether it reads the sequence itself, and so begins with the convolution.
    style
        Its activation, and how slowly its norm's running statistics move.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        width: int,
        *,
        pool: int = 1,
        dilation: int = 1,
        dropout: float = 0.0,
        gain: float = 1.0,
        is_first: bool = False,
        style: BlockStyle = RELU_STYLE,
    ) -> None:
        super().__init__()
        self.activation = nn.Identity() if is_first else activation_layer(style.activation)
        self.convolution = WideConv1d(in_channels, out_channels, width, dilation=dilation, bias=False)
        nn.init.kaiming_normal_(self.convolution.weight)
        self.norm = PositionNorm(out_channels, momentum=style.momentum, gain=gain)
        self.dropout = QuickDropout(dropout)
        self.pool = WideMaxPool1d(pool)

    def forward(self, hidden: Hidden) -> Hidden:
        """Apply the block."""
        return self.pool(self.dropout(self.norm(self.convolution(self.activation(hidden)))))


class PairConvolutionBlock(nn.Module):
    """The same of pairs of bins, without a pool.

    Parameters
    ----------
    in_channels, out_channels, width, dilation, dropout, gain
        As of :class:`ConvolutionBlock`; filters are square.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        width: int,
        *,
        dilation: int = 1,
        dropout: float = 0.0,
        gain: float = 1.0,
    ) -> None:
        super().__init__()
        self.activation = nn.ReLU()
        self.convolution = SquareConv2d(in_channels, out_channels, width, dilation=dilation)
        self.norm = PositionNorm(out_channels, gain=gain)
        self.dropout = nn.Dropout(dropout)

    def forward(self, pairs: PairFeatures) -> PairFeatures:
        """Apply the block."""
        return self.dropout(self.norm(self.convolution(self.activation(pairs))))


class DilatedResidual(nn.Module):
    """``x + block(block(x))`` of bins: a dilated convolution of width 3 to few channels, and one of width 1 back.

    Parameters
    ----------
    n_channels, n_inner
        Channels outside and in between.
    dilation
        Of the first convolution.
    dropout
        Share of what is added that a training step leaves out.
    gain
        What is added is multiplied with this at first; with 0 the block begins as nothing.
    style
        As of :class:`ConvolutionBlock`.
    """

    def __init__(
        self,
        n_channels: int,
        n_inner: int,
        *,
        dilation: int,
        dropout: float,
        gain: float = 0.0,
        style: BlockStyle = RELU_STYLE,
    ) -> None:
        super().__init__()
        self.dilated = ConvolutionBlock(n_channels, n_inner, 3, dilation=dilation, style=style)
        self.back = ConvolutionBlock(n_inner, n_channels, 1, dropout=dropout, gain=gain, style=style)

    def forward(self, hidden: Hidden) -> Hidden:
        """Apply the block."""
        return hidden + self.back(self.dilated(hidden))


class DilatedDense(nn.Module):
    """The input, and below it the channels that a dilated convolution of width 3 adds to it.

    Every later layer reads all of them, each through its own activation.

    Parameters
    ----------
    n_channels, n_added
        Channels that come in, and that are added.
    dilation
        Of the convolution.
    dropout
        Share of what is added that a training step leaves out.
    style
        As of :class:`ConvolutionBlock`.

    References
    ----------
    Kelley et al. (2018), Sequential regulatory activity prediction across chromosomes with convolutional neural
    networks, Genome Research 28.
    """

    def __init__(
        self, n_channels: int, n_added: int, *, dilation: int, dropout: float, style: BlockStyle = RELU_STYLE
    ) -> None:
        super().__init__()
        self.dilated = ConvolutionBlock(n_channels, n_added, 3, dilation=dilation, dropout=dropout, style=style)

    def forward(self, hidden: Hidden) -> Hidden:
        """Apply the block."""
        return torch.cat([hidden, self.dilated(hidden)], dim=1)


class PairDilatedResidual(nn.Module):
    """The same of pairs of bins; what is added is made symmetric, so a symmetric square stays one to the last bit.

    Parameters
    ----------
    n_channels, n_inner, dilation, dropout, gain
        As of :class:`DilatedResidual`.
    """

    def __init__(self, n_channels: int, n_inner: int, *, dilation: int, dropout: float, gain: float = 0.0) -> None:
        super().__init__()
        self.dilated = PairConvolutionBlock(n_channels, n_inner, 3, dilation=dilation)
        self.back = PairConvolutionBlock(n_inner, n_channels, 1, dropout=dropout, gain=gain)

    def forward(self, pairs: PairFeatures) -> PairFeatures:
        """Apply the block."""
        return pairs + symmetrise(self.back(self.dilated(pairs)))


def dilations(rate: float, n: int) -> tuple[int, ...]:
    """The first ``n`` powers of a rate, each rounded by itself.

    Examples
    --------
    >>> dilations(1.75, 8)
    (1, 2, 3, 5, 9, 16, 29, 50)
    """
    return tuple(round(rate**power) for power in range(n))


def dilations_in_turn(rate: float, n: int, *, first: int = 1) -> tuple[int, ...]:
    """Dilations of which each is the one before times a rate, rounded (halves to the even number), from ``first`` on.

    Examples
    --------
    >>> dilations_in_turn(1.5, 11)
    (1, 2, 3, 4, 6, 9, 14, 21, 32, 48, 72)
    """
    found = [first]
    while len(found) < n:
        found.append(round(found[-1] * rate))
    return tuple(found[:n])


class SquareConv2d(nn.Conv2d):
    """A convolution of pairs with square filters, zeros around its input and no constant.

    Parameters
    ----------
    in_channels, out_channels, width, dilation
        As of :class:`PairConvolutionBlock`.
    """

    def __init__(self, in_channels: int, out_channels: int, width: int, *, dilation: int = 1) -> None:
        padding: Any = dilation * (width // 2)
        super().__init__(in_channels, out_channels, width, padding=padding, dilation=dilation, bias=False)
        nn.init.kaiming_normal_(self.weight)

    def forward(self, pairs: PairFeatures) -> PairFeatures:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Convolve."""
        weight = self.weight
        # On a CPU in bfloat16, torch (2.13) computes the gradient of dilated filters with numbers from outside of the
        # input where its channels do not fill whole blocks of 16; channels of zeros do.
        missing = -self.in_channels % _CHANNEL_BLOCK
        if missing and self.dilation[0] > 1 and pairs.device.type == "cpu":
            pairs, weight = (functional.pad(values, (0, 0, 0, 0, 0, missing)) for values in (pairs, weight))
        together = pairs.contiguous(memory_format=torch.channels_last)
        return functional.conv2d(together, weight, None, padding=self.padding, dilation=self.dilation)
