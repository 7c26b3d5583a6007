"""Akita: how often the parts of a long sequence meet, predicted from the sequence.

::

    sequence        4 x 1,048,576 bp
       |  convolution 96 x 11, norm, max-pool 2
       |  10 x: ReLU, convolution 96 x 5, norm, max-pool 2            -> 96 x 512 bins of 2,048 bp
       |  8 x: x + (ReLU, dilated convolution 48 x 3, norm,
       |            ReLU, convolution 96 x 1, norm, dropout)
       |  ReLU, convolution 64 x 5, norm, ReLU
    bins            64 x 512
       |  pairs of bins (their mean), and their distance              -> 65 x 512 x 512
       |  ReLU, convolution 48 x 3 x 3, norm, made symmetric
       |  6 x: x + made symmetric (ReLU, dilated convolution 24 x 3 x 3, norm,
       |                           ReLU, convolution 48 x 1 x 1, norm, dropout)
       |  32 bins less on each side                                   -> 48 x 448 x 448
    contacts        dense, from the second diagonal on                -> one per map and pair of bins

The square is symmetric to the last bit before its upper triangle is taken. The likelihood of a pair is a normal
distribution of ln(observed/expected), the same for all pairs.

References
----------
Fudenberg, Kelley and Pollard (2020), Predicting 3D genome folding from DNA sequence with Akita, Nature Methods 17: the
form ``AkitaConfig.published()``, with 746,149 weights for five maps (751,653 numbers with those of the norms).
"""

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from cisgram.errors import ConfigError, InputError
from cisgram.nn.dilated import (
    ConvolutionBlock,
    DilatedResidual,
    PairDilatedResidual,
    dilations,
)
from cisgram.nn.first_pairs import FirstPairBlock
from cisgram.nn.pairs import (
    Distance,
    PairOperator,
    n_pairs,
    square_of,
    symmetrise,
    turned_places,
    upper_places,
)
from cisgram.nn.tensors import Hidden, OneHot, PairValues, PerTrack, SquareValues

ReverseComplement: TypeAlias = Literal["none", "average"]


@dataclass(frozen=True)
class AkitaConfig:
    """The form of an Akita; :meth:`published` is that of the paper, and the default.

    :meth:`small` is one for thousands of windows of about 256 bins, :meth:`tiny` one for windows of 64 bins that
    learns on two cores in minutes.

    Raises
    ------
    ConfigError
        Where sizes do not fit together; the message says which do.
    """

    input_length: int = 1_048_576
    """Sequence that the model reads, in bp; a multiple of ``bin_size``."""
    bin_size: int = 2048
    """Width of a bin of the map in bp."""
    largest_pool: int = 2
    """Most positions of which a max-pool keeps one: pools are the prime factors of ``bin_size``, neighbours multiplied
    where the product is not above this."""
    crop: int = 32
    """Bins at either end that are read, but not predicted."""
    diagonal_offset: int = 2
    """Pairs nearer than so many bins are not predicted."""
    stem_filters: int = 96
    """Filters of the first convolution."""
    stem_width: int = 11
    """Their width in bp; odd."""
    tower_filters: int = 96
    """Filters of every further convolution with a pool."""
    tower_width: int = 5
    """Their width in positions of their input; odd."""
    dilated_filters: int = 48
    """Filters of the dilated convolutions along the sequence."""
    n_dilated: int = 8
    """Dilated residual blocks along the sequence; the dilation of block i is ``dilation_rate`` to the power of i."""
    dilation_rate: float = 1.75
    """Growth of the dilation from block to block, of bins and of pairs."""
    dropout: float = 0.4
    """Share of what a block along the sequence adds that a training step leaves out."""
    bin_filters: int = 64
    """Features of a bin of which those of pairs are made."""
    bin_width: int = 5
    """Width of the convolution that gives them, in bins; odd."""
    operator: PairOperator = "mean"
    """How two bins become a pair, see :func:`cisgram.nn.pairs.one_to_two`."""
    distance: Distance = "bins"
    """Distance of a pair as one more feature: ``bins``, or ``log``: ln(1 + bins)."""
    pair_filters: int = 48
    """Features of a pair."""
    pair_dilated_filters: int = 24
    """Filters of the dilated convolutions of pairs."""
    n_pair_blocks: int = 6
    """Dilated residual blocks of pairs."""
    pair_dropout: float = 0.1
    """Share of what such a block adds that a training step leaves out."""
    residual_gain: float = 0.0
    """What residual blocks add is multiplied with this at first; weights learn it."""
    reverse_complement: ReverseComplement = "none"
    """``none``: the strand that is given is read (train on both); ``average``: the mean of both strands' maps."""

    @classmethod
    def published(cls) -> "AkitaConfig":
        """The form of Fudenberg et al. (2020): 1 Mb, 512 bins of 2,048 bp, of which 448 are predicted."""
        return cls()

    @classmethod
    def small(cls, *, input_length: int = 262_144, bin_size: int = 1024) -> "AkitaConfig":
        """A form for thousands of windows of a few hundred bins: half as wide, pools of 4."""
        return cls(
            input_length=input_length,
            bin_size=bin_size,
            largest_pool=4,
            crop=max(input_length // bin_size // 16, 0),
            stem_filters=48,
            tower_filters=64,
            dilated_filters=32,
            n_dilated=6,
            dropout=0.2,
            bin_filters=96,
            pair_filters=32,
            pair_dilated_filters=16,
            n_pair_blocks=5,
            operator="left_right",
            distance="log",
        )

    @classmethod
    def tiny(cls, *, input_length: int = 8192, bin_size: int = 128) -> "AkitaConfig":
        """A form for thousands of windows of 64 bins, which learns in minutes on two cores."""
        return cls(
            input_length=input_length,
            bin_size=bin_size,
            largest_pool=8,
            crop=0,
            stem_filters=32,
            stem_width=19,
            tower_filters=32,
            dilated_filters=32,
            n_dilated=5,
            dropout=0.1,
            bin_filters=64,
            bin_width=3,
            pair_filters=32,
            pair_dilated_filters=16,
            n_pair_blocks=4,
            pair_dropout=0.0,
            operator="left_right",
            distance="log",
        )

    @property
    def pools(self) -> tuple[int, ...]:
        """Positions of which each max-pool keeps one; their product is ``bin_size``."""
        pools = [1]
        for factor in _prime_factors(self.bin_size):
            if pools[-1] * factor <= max(self.largest_pool, 1) or pools[-1] == 1:
                pools[-1] *= factor
            else:
                pools.append(factor)
        return tuple(pools)

    @property
    def n_bins(self) -> int:
        """Bins on a side of the predicted square."""
        return self.input_length // self.bin_size - 2 * self.crop

    @property
    def output_length(self) -> int:
        """Stretch that a prediction is about, in bp: all but the crop."""
        return self.n_bins * self.bin_size

    @property
    def n_pairs(self) -> int:
        """Pairs of bins that are predicted."""
        return n_pairs(self.n_bins, self.diagonal_offset)

    def __post_init__(self) -> None:
        self._require_sizes()
        for name in ("stem_width", "tower_width", "bin_width"):
            if getattr(self, name) % 2 == 0:
                raise ConfigError(f"{name} must be odd, so that a filter has a middle; got {getattr(self, name)}")
        for name in ("dropout", "pair_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 0 and below 1; got {getattr(self, name)}")
        if not (math.isfinite(self.dilation_rate) and self.dilation_rate >= 1):
            raise ConfigError(f"dilation_rate must be a number of at least 1; got {self.dilation_rate}")
        if not math.isfinite(self.residual_gain):
            raise ConfigError(f"residual_gain must be a number; got {self.residual_gain}")
        choices = (("operator", PairOperator), ("distance", Distance), ("reverse_complement", ReverseComplement))
        for name, known in choices:
            if getattr(self, name) not in get_args(known):
                raise ConfigError(f"{name} must be one of {', '.join(get_args(known))}; got {getattr(self, name)!r}")
        if self.operator == "left_right" and self.bin_filters % 2:
            raise ConfigError(f"bin_filters must be even with operator 'left_right'; got {self.bin_filters}")

    def _require_sizes(self) -> None:
        """Refuse sizes below their least, and windows that leave nothing to predict."""
        least = {"crop": 0, "n_dilated": 0, "n_pair_blocks": 0, "diagonal_offset": 0}
        sizes = ("input_length", "bin_size", "largest_pool", "stem_filters", "tower_filters", "dilated_filters")
        sizes += ("bin_filters", "pair_filters", "pair_dilated_filters", "stem_width", "tower_width", "bin_width")
        for name in (*least, *sizes):
            if getattr(self, name) < least.get(name, 1):
                raise ConfigError(f"{name} must be at least {least.get(name, 1)}; got {getattr(self, name)}")
        if self.input_length % self.bin_size:
            nearest = max(round(self.input_length / self.bin_size), 1) * self.bin_size
            raise ConfigError(
                f"input_length must be a multiple of bin_size; got {self.input_length} and {self.bin_size} "
                f"(nearest: {nearest})"
            )
        if self.n_bins <= self.diagonal_offset:
            raise ConfigError(
                f"nothing is left to predict: {self.input_length // self.bin_size} bins less a crop of {self.crop} at "
                f"either end have no pairs at a distance of diagonal_offset = {self.diagonal_offset} or more"
            )


class AkitaOutput(NamedTuple):
    """What Akita predicts."""

    contacts: PairValues
    """ln(observed/expected) of the pairs of bins from ``diagonal_offset`` on, row by row. Never less precise than
    float32."""


class PairHead(nn.Module):
    """From features of bins to the contacts of pairs: the lower half of the figure.

    Parameters
    ----------
    config
        Form of the model.
    n_tracks
        Maps.
    """

    def __init__(self, config: AkitaConfig, *, n_tracks: int) -> None:
        super().__init__()
        self.crop = config.crop
        self.pairs = FirstPairBlock(
            config.bin_filters, config.pair_filters, operator=config.operator, distance=config.distance
        )
        self.blocks = nn.Sequential(
            *(
                PairDilatedResidual(
                    config.pair_filters,
                    config.pair_dilated_filters,
                    dilation=dilation,
                    dropout=config.pair_dropout,
                    gain=config.residual_gain,
                )
                for dilation in dilations(config.dilation_rate, config.n_pair_blocks)
            )
        )
        self.linear = nn.Linear(config.pair_filters, n_tracks)

    def forward(self, bins: Hidden) -> SquareValues:
        """Give the contacts of all pairs but those of the crop, in float32 at least; symmetric to the last bit."""
        square = self.blocks(symmetrise(self.pairs(bins)))
        n_bins = square.shape[-1]
        inside = square[..., self.crop : n_bins - self.crop, self.crop : n_bins - self.crop]
        with torch.autocast(bins.device.type, enabled=False):
            # batch channel bin bin -> batch bin bin channel; and back
            exact = inside.permute(0, 2, 3, 1).to(self.linear.weight.dtype)
            return self.linear(exact).permute(0, 3, 1, 2)


class Akita(nn.Module):
    """The network of the figure above; :func:`build` makes one from a config.

    Parameters
    ----------
    config
        Its form.
    n_tracks
        Maps that it predicts.
    """

    def __init__(self, config: AkitaConfig, *, n_tracks: int) -> None:
        super().__init__()
        self.config, self.n_tracks = config, n_tracks
        first, *others = config.pools
        stem = ConvolutionBlock(4, config.stem_filters, config.stem_width, pool=first, is_first=True)
        channels = (config.stem_filters, *[config.tower_filters] * len(others))
        tower = nn.Sequential(
            *(
                ConvolutionBlock(n_in, config.tower_filters, config.tower_width, pool=pool)
                for n_in, pool in zip(channels, others, strict=False)
            )
        )
        dilated = nn.Sequential(
            *(
                DilatedResidual(
                    channels[-1],
                    config.dilated_filters,
                    dilation=dilation,
                    dropout=config.dropout,
                    gain=config.residual_gain,
                )
                for dilation in dilations(config.dilation_rate, config.n_dilated)
            )
        )
        bins = ConvolutionBlock(channels[-1], config.bin_filters, config.bin_width)
        # Left and right features are added before they are cut off at 0: a pair can ask for both.
        activation = nn.Identity() if config.operator == "left_right" else nn.ReLU()
        self.trunk = nn.Sequential(
            OrderedDict(stem=stem, tower=tower, dilated=dilated, bins=bins, activation=activation)
        )
        self.head = PairHead(config, n_tracks=n_tracks)

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
        """Bins on a side of the predicted square."""
        return self.config.n_bins

    @property
    def diagonal_offset(self) -> int:
        """Least distance of a predicted pair in bins."""
        return self.config.diagonal_offset

    @property
    def n_pairs(self) -> int:
        """Pairs of bins that are predicted."""
        return self.config.n_pairs

    def forward(self, sequences: OneHot) -> AkitaOutput:
        """Predict the contacts of one-hot sequences, ``input_length`` long; zeros are seen beyond their ends."""
        if sequences.shape[-1] != self.input_length:
            raise InputError(f"this model reads {self.input_length} bp; got sequences of {sequences.shape[-1]} bp")
        contacts = self._contacts(sequences)
        if self.config.reverse_complement == "average":
            other = self._contacts(sequences.flip(1, 2))
            turned = turned_places(self.n_bins, self.diagonal_offset, other.device)
            contacts = (contacts + other.index_select(2, turned)) / 2
        return AkitaOutput(contacts)

    def _contacts(self, sequences: OneHot) -> PairValues:
        """Predict from the strand that is given."""
        square = self.head(self.trunk(sequences))
        places = upper_places(self.n_bins, self.diagonal_offset, square.device)
        return square.flatten(2).index_select(2, places)

    def square(self, output: AkitaOutput) -> SquareValues:
        """The same as symmetric squares; NaN on the diagonals nearer than ``diagonal_offset``."""
        return square_of(output.contacts, self.diagonal_offset)


def build(config: AkitaConfig, *, n_tracks: int, n_controls: int = 0, seed: int = 0) -> Akita:
    """Make an Akita with random weights; torch's random state stays as it was.

    Parameters
    ----------
    config
        Its form.
    n_tracks
        Maps that it predicts.
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
    >>> model = build(AkitaConfig.published(), n_tracks=5)
    >>> sum(parameter.numel() for parameter in model.parameters())
    746149
    >>> model.n_bins, model.n_pairs
    (448, 99681)
    """
    if n_tracks < 1:
        raise ConfigError(f"a model predicts at least 1 track; got n_tracks = {n_tracks}")
    if n_controls:
        raise ConfigError(f"Akita reads nothing but the sequence; got {n_controls} control tracks")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Akita(config, n_tracks=n_tracks)


class LossTerms(NamedTuple):
    """The loss and its parts."""

    total: Float[Tensor, ""]
    """What is minimised: the mean of the others."""
    per_track: PerTrack
    """Mean squared error of each map over the pairs that are known."""


def loss_terms(output: AkitaOutput, targets: PairValues) -> LossTerms:
    """Mean squared error of a batch: twice minus the natural log of the Gaussian density, constants left out.

    Parameters
    ----------
    output
        What the model predicts.
    targets
        ln(observed/expected), in the same order. NaN is a pair that is not known: it counts nothing. A map of which
        the batch knows nothing has the error 0.

    Examples
    --------
    >>> nan = float("nan")
    >>> loss_terms(AkitaOutput(torch.tensor([[[1.0, 2.0]]])), torch.tensor([[[0.0, nan]]])).total
    tensor(1.)
    """
    exact = torch.promote_types(output.contacts.dtype, torch.float32)
    contacts, targets = output.contacts.to(exact), targets.to(exact)
    known = ~targets.isnan()
    # Unknown pairs become the prediction itself: where() after a square would still pass NaN to the gradient.
    errors = (contacts - targets.where(known, contacts)).square().sum((0, 2))
    per_track = errors / known.sum((0, 2)).clamp(min=1)
    return LossTerms(per_track.mean(), per_track)


def loss(output: AkitaOutput, targets: PairValues) -> Float[Tensor, ""]:
    """The total of :func:`loss_terms`."""
    return loss_terms(output, targets).total


def _prime_factors(number: int) -> list[int]:
    """From the smallest on, each as often as it divides the number."""
    factors, divisor = [], 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            factors.append(divisor)
            number //= divisor
        divisor += 1
    return [*factors, number] if number > 1 else factors
