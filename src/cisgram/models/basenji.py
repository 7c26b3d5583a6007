"""Basenji: the signal of many experiments along a long sequence, in bins.

::

    sequence        4 x 131,072 bp
       |  convolution 288 x 15, norm, max-pool 2
       |  6 x: GELU, convolution (339, 399, 470, 554, 652, 768) x 5, norm, max-pool 2
    bins            768 x 1,024 of 128 bp                                      <- represent() ends here
       |  11 x: x + (GELU, dilated convolution 384 x 3, norm,
       |             GELU, convolution 768 x 1, norm, dropout)
       |  64 bins less at either end                                           -> 768 x 896
       |  GELU, convolution 1,536 x 1, norm, dropout, GELU
       |  dense, for every bin, softplus
    rates           5,313 x 896: expected signal of every experiment and bin

The likelihood of a bin is Poisson, see :mod:`cisgram.models.basenji_likelihood`. A first GELU, of the bases themselves,
would only multiply them by 0.84, which the first norm takes away again; it is left out.

On transcription initiation of yeast (benchmarks/basenji_choices.py), with few epochs, both Poisson likelihoods predict
the same, squared errors clearly worse (r per bin 0.38 to 0.45 for 0.50 to 0.60). Residual, dense and recurrent trunks
of one size predict the same; the recurrent one takes 2.5 times as long.

References
----------
Kelley (2020), Cross-species regulatory sequence activity prediction, PLOS Computational Biology 16: the form
``BasenjiConfig.published()``. Kelley et al. (2018), Sequential regulatory activity prediction across chromosomes with
convolutional neural networks, Genome Research 28: ``BasenjiConfig.dense()``, there with another link than softplus.
"""

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from cisgram.errors import ConfigError, InputError
from cisgram.models.basenji_likelihood import Likelihood, LossTerms, binned_loss_terms
from cisgram.nn.dilated import (
    Activation,
    BlockStyle,
    ConvolutionBlock,
    DilatedDense,
    DilatedResidual,
    activation_layer,
    dilations_in_turn,
)
from cisgram.nn.recompute import Stages
from cisgram.nn.recurrent import RecurrentResidual
from cisgram.nn.tensors import BinLogits, BinRates, Hidden, OneHot

N_BEFORE_BINS_MEET = 2
"""Parts of the trunk in which bins do not see each other: stem and tower."""

Trunk: TypeAlias = Literal["residual", "dense", "recurrent"]


@dataclass(frozen=True)
class BasenjiConfig:
    """The form of a Basenji; :meth:`published` is that of Kelley (2020), and the default.

    :meth:`dense` is the one of 2018, :meth:`parity` the small one of Basenji's own tutorial. :meth:`small` and
    :meth:`tiny` learn on two cores.

    Raises
    ------
    ConfigError
        Where sizes do not fit together; the message says which do.
    """

    input_length: int = 131_072
    """Sequence that the model reads, in bp; a multiple of the width of a bin."""
    filters: tuple[int, ...] = (288, 339, 399, 470, 554, 652, 768)
    """Filters of every convolution from the bases to the bins."""
    widths: tuple[int, ...] = (15, 5, 5, 5, 5, 5, 5)
    """Their widths, in positions of their input."""
    pools: tuple[int, ...] = (2, 2, 2, 2, 2, 2, 2)
    """Positions of which the max-pool after each of them keeps one; their product is the width of a bin in bp."""
    dropout: float = 0.0
    """Share of what these convolutions give that a training step leaves out."""
    trunk: Trunk = "residual"
    """How bins see each other: dilated convolutions that are added (``residual``) or put beside what they read
    (``dense``), or gated recurrent units along and against the sequence (``recurrent``, slow)."""
    trunk_filters: int = 384
    """Filters of a dilated convolution, or recurrent units of a block."""
    n_trunk_blocks: int = 11
    """Blocks of the trunk."""
    first_dilation: int = 1
    """Bins from tap to tap in the first dilated convolution."""
    dilation_rate: float = 1.5
    """Growth of the dilation from block to block; each is rounded before the next one is made of it."""
    trunk_dropout: float = 0.3
    """Share of what a block of the trunk adds that a training step leaves out."""
    residual_gain: float = 0.0
    """What residual and recurrent blocks add is multiplied with this at first; weights learn it."""
    crop: int = 64
    """Bins at either end that are read, but not predicted."""
    head_filters: int = 1536
    """Features of a bin of which its signals are made."""
    head_dropout: float = 0.05
    """Share of them that a training step leaves out."""
    activation: Activation = "gelu"
    """``gelu`` (as Basenji approximates it), ``gelu_tanh`` (as its successors do) or ``relu``."""
    norm_momentum: float = 0.1
    """Share of a batch in the running statistics of norms (Keras counts what is kept: 0.9)."""

    @classmethod
    def published(cls) -> "BasenjiConfig":
        """The form of Kelley (2020): 131 kb, 896 bins of 128 bp."""
        return cls()

    @classmethod
    def dense(cls) -> "BasenjiConfig":
        """The form of Kelley et al. (2018): every bin sees 253 others through densely connected convolutions."""
        return cls(
            filters=(312, 368, 435, 514, 607, 717),
            widths=(22, 1, 6, 6, 6, 3),
            pools=(1, 2, 4, 4, 4, 1),
            dropout=0.05,
            trunk="dense",
            trunk_filters=108,
            n_trunk_blocks=6,
            first_dilation=2,
            dilation_rate=2.0,
            trunk_dropout=0.1,
            crop=0,
            head_filters=1365,
            activation="relu",
        )

    @classmethod
    def parity(cls) -> "BasenjiConfig":
        """The small form of Basenji's tutorial, with the sequences of the published one."""
        return cls(
            filters=(64, 64, 72),
            widths=(15, 5, 5),
            pools=(8, 4, 4),
            trunk_filters=32,
            n_trunk_blocks=6,
            dilation_rate=2.0,
            trunk_dropout=0.25,
            crop=0,
            head_filters=64,
        )

    @classmethod
    def small(cls, *, input_length: int = 65_536) -> "BasenjiConfig":
        """A form for thousands of windows of 512 bins of 128 bp, of which the middle 448 are predicted."""
        return cls(
            input_length=input_length,
            filters=(64, 80, 96),
            widths=(15, 5, 5),
            pools=(8, 4, 4),
            trunk_filters=48,
            n_trunk_blocks=7,
            dilation_rate=2.0,
            trunk_dropout=0.2,
            crop=input_length // 2048,
            head_filters=128,
        )

    @classmethod
    def tiny(cls, *, input_length: int = 32_768) -> "BasenjiConfig":
        """A form for thousands of windows of 512 bins of 64 bp, which learns in minutes on two cores."""
        return cls(
            input_length=input_length,
            filters=(32, 48, 64),
            widths=(19, 7, 5),
            pools=(8, 4, 2),
            trunk_filters=32,
            n_trunk_blocks=7,
            dilation_rate=2.0,
            trunk_dropout=0.1,
            crop=input_length // 1024,
            head_filters=64,
        )

    @property
    def bin_size(self) -> int:
        """Width of a bin in bp."""
        return math.prod(self.pools)

    @property
    def n_bins(self) -> int:
        """Bins that are predicted."""
        return self.input_length // self.bin_size - 2 * self.crop

    @property
    def output_length(self) -> int:
        """Stretch that a prediction is about, in bp: all but the crop."""
        return self.n_bins * self.bin_size

    @property
    def dilations(self) -> tuple[int, ...]:
        """Bins from tap to tap of the dilated convolutions; empty with a recurrent trunk."""
        if self.trunk == "recurrent":
            return ()
        return dilations_in_turn(self.dilation_rate, self.n_trunk_blocks, first=self.first_dilation)

    def __post_init__(self) -> None:
        self._require_sizes()
        for name in ("dropout", "trunk_dropout", "head_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 0 and below 1; got {getattr(self, name)}")
        if not 0 < self.norm_momentum <= 1:
            raise ConfigError(f"norm_momentum must be above 0 and at most 1; got {self.norm_momentum}")
        if not (math.isfinite(self.dilation_rate) and self.dilation_rate >= 1):
            raise ConfigError(f"dilation_rate must be a number of at least 1; got {self.dilation_rate}")
        if not math.isfinite(self.residual_gain):
            raise ConfigError(f"residual_gain must be a number; got {self.residual_gain}")
        for name, known in (("trunk", Trunk), ("activation", Activation)):
            if getattr(self, name) not in get_args(known):
                raise ConfigError(f"{name} must be one of {', '.join(get_args(known))}; got {getattr(self, name)!r}")
        if self.trunk == "recurrent" and self.trunk_filters % 2:
            raise ConfigError(f"trunk_filters must be even with a recurrent trunk; got {self.trunk_filters}")

    def _require_sizes(self) -> None:
        """Refuse sizes below their least, and windows that leave nothing to predict."""
        if not len(self.filters) == len(self.widths) == len(self.pools) or not self.filters:
            raise ConfigError(
                "filters, widths and pools must have one number for every convolution; got "
                f"{len(self.filters)}, {len(self.widths)} and {len(self.pools)}"
            )
        least = {"crop": 0, "n_trunk_blocks": 0}
        for name in (*least, "input_length", "trunk_filters", "first_dilation", "head_filters"):
            if getattr(self, name) < least.get(name, 1):
                raise ConfigError(f"{name} must be at least {least.get(name, 1)}; got {getattr(self, name)}")
        for name in ("filters", "widths", "pools"):
            if min(getattr(self, name)) < 1:
                raise ConfigError(f"{name} must be at least 1; got {list(getattr(self, name))}")
        if self.input_length % self.bin_size:
            nearest = max(round(self.input_length / self.bin_size), 1) * self.bin_size
            raise ConfigError(
                "input_length must be a multiple of the width of a bin, the product of pools; got "
                f"{self.input_length} and {self.bin_size} (nearest: {nearest})"
            )
        if self.n_bins < 1:
            raise ConfigError(
                f"nothing is left to predict: {self.input_length // self.bin_size} bins less a crop of {self.crop} at "
                "either end"
            )


class BasenjiOutput(NamedTuple):
    """What Basenji predicts."""

    logits: BinLogits
    """Signal before the softplus, ln(1 + e^x), that makes it positive. Never less precise than float32."""

    @property
    def rates(self) -> BinRates:
        """Expected signal of every bin, in the units of the targets; above 0."""
        return functional.softplus(self.logits)


class BinCrop(nn.Module):
    """Leave out bins at either end.

    Parameters
    ----------
    n_bins
        How many at each.
    """

    def __init__(self, n_bins: int) -> None:
        super().__init__()
        self.n_bins = n_bins

    def forward(self, hidden: Hidden) -> Hidden:
        """Crop."""
        return hidden[..., self.n_bins : hidden.shape[-1] - self.n_bins]

    def extra_repr(self) -> str:
        """Bins."""
        return str(self.n_bins)


class BinHead(nn.Linear):
    """One dense layer for every bin, in float32 at least.

    Parameters
    ----------
    in_features, out_features
        Features of a bin, and tracks.
    """

    def forward(self, hidden: Hidden) -> BinLogits:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Give the logits of every bin."""
        with torch.autocast(hidden.device.type, enabled=False):
            # batch channel bin -> batch bin channel; and back
            return super().forward(hidden.transpose(1, 2).to(self.weight.dtype)).transpose(1, 2)


class Basenji(nn.Module):
    """The network of the figure above; :func:`build` makes one from a config.

    Parameters
    ----------
    config
        Its form.
    n_tracks
        Experiments that it predicts.
    """

    def __init__(self, config: BasenjiConfig, *, n_tracks: int) -> None:
        super().__init__()
        self.config, self.n_tracks = config, n_tracks
        style = BlockStyle(config.activation, config.norm_momentum)
        n_in = (4, *config.filters)
        stem, *tower = (
            ConvolutionBlock(
                n_in[i], n_in[i + 1], width, pool=pool, dropout=config.dropout, is_first=i == 0, style=style
            )
            for i, (width, pool) in enumerate(zip(config.widths, config.pools, strict=True))
        )
        dilated, n_channels = _trunk_blocks(config, style)
        bins = ConvolutionBlock(n_channels, config.head_filters, 1, dropout=config.head_dropout, style=style)
        self.trunk = Stages(
            OrderedDict(
                stem=stem,
                tower=Stages(*tower),
                dilated=Stages(*dilated),
                crop=BinCrop(config.crop),
                bins=bins,
                activation=activation_layer(config.activation),
            )
        )
        self.head = BinHead(config.head_filters, n_tracks)

    @property
    def input_length(self) -> int:
        """Sequence that the model reads, in bp."""
        return self.config.input_length

    @property
    def output_length(self) -> int:
        """Stretch that a prediction is about, in bp."""
        return self.config.output_length

    @property
    def bin_size(self) -> int:
        """Width of a bin in bp."""
        return self.config.bin_size

    @property
    def crop(self) -> int:
        """Bins at either end that are read, but not predicted."""
        return self.config.crop

    @property
    def n_bins(self) -> int:
        """Bins that are predicted."""
        return self.config.n_bins

    def forward(self, sequences: OneHot) -> BasenjiOutput:
        """Predict the signal of one-hot sequences, ``input_length`` long; zeros are seen beyond their ends."""
        return self.predict_from(self.represent(sequences))

    def represent(self, sequences: OneHot) -> Hidden:
        """Features of all bins, the cropped ones among them, before bins see each other."""
        if sequences.shape[-1] != self.input_length:
            raise InputError(f"this model reads {self.input_length} bp; got sequences of {sequences.shape[-1]} bp")
        return self.trunk.span(sequences, 0, N_BEFORE_BINS_MEET)

    def predict_from(self, hidden: Hidden) -> BasenjiOutput:
        """Predict the signal from what :meth:`represent` gave, or from another state of the bins."""
        return BasenjiOutput(self.head(self.trunk.span(hidden, N_BEFORE_BINS_MEET, len(self.trunk))))


def _trunk_blocks(config: BasenjiConfig, style: BlockStyle) -> tuple[list[nn.Module], int]:
    """The blocks through which bins see each other, and the channels that the last one gives."""
    n_channels, n_inner = config.filters[-1], config.trunk_filters
    if config.trunk == "dense":
        steps = [n_channels + i * n_inner for i in range(config.n_trunk_blocks + 1)]
        blocks = [
            DilatedDense(n_in, n_inner, dilation=dilation, dropout=config.trunk_dropout, style=style)
            for n_in, dilation in zip(steps, config.dilations, strict=False)
        ]
        return [*blocks], steps[-1]
    options = {"dropout": config.trunk_dropout, "gain": config.residual_gain, "style": style}
    if config.trunk == "recurrent":
        return [RecurrentResidual(n_channels, n_inner, **options) for _ in range(config.n_trunk_blocks)], n_channels
    return [
        DilatedResidual(n_channels, n_inner, dilation=dilation, **options) for dilation in config.dilations
    ], n_channels


def build(config: BasenjiConfig, *, n_tracks: int, n_controls: int = 0, seed: int = 0) -> Basenji:
    """Make a Basenji with random weights; torch's random state stays as it was.

    Parameters
    ----------
    config
        Its form.
    n_tracks
        Experiments that it predicts.
    n_controls
        Always 0: it reads nothing but the sequence.
    seed
        Of the weights.

    Raises
    ------
    ConfigError
        Where ``n_tracks`` is below 1, or there are controls.

    Examples
    --------
    >>> model = build(BasenjiConfig.parity(), n_tracks=3)
    >>> sum(parameter.numel() for parameter in model.parameters())
    109235
    >>> model.n_bins, model.bin_size
    (1024, 128)
    """
    if n_tracks < 1:
        raise ConfigError(f"a model predicts at least 1 track; got n_tracks = {n_tracks}")
    if n_controls:
        raise ConfigError(f"Basenji reads nothing but the sequence; got {n_controls} control tracks")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Basenji(config, n_tracks=n_tracks)


def loss_terms(
    output: BasenjiOutput, targets: BinRates, *, kind: Likelihood = "poisson", total_weight: float = 1.0
) -> LossTerms:
    """How unlikely the targets of a batch are, see :func:`cisgram.models.basenji_likelihood.binned_loss_terms`.

    Parameters
    ----------
    output
        What the model predicts.
    targets
        Signal of every bin; NaN where it was not measured, which counts nothing.
    kind, total_weight
        The likelihood.

    Examples
    --------
    >>> perfect = BasenjiOutput(torch.tensor([[[1.0]]]).expm1().log())
    >>> loss_terms(perfect, torch.tensor([[[1.0]]])).total
    tensor(1.)
    """
    return binned_loss_terms(output.logits, targets, kind=kind, total_weight=total_weight)


def loss(
    output: BasenjiOutput, targets: BinRates, *, kind: Likelihood = "poisson", total_weight: float = 1.0
) -> Float[Tensor, ""]:
    """The total of :func:`loss_terms`."""
    return loss_terms(output, targets, kind=kind, total_weight=total_weight).total
