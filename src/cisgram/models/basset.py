"""Basset: in which cell types a sequence is accessible.

::

    sequence        4 x 600
       |  convolution 300 x 19, norm, ReLU, max-pool 3      -> 300 x 200
       |  convolution 200 x 11, norm, ReLU, max-pool 4      -> 200 x  50
       |  convolution 200 x  7, norm, ReLU, max-pool 4      -> 200 x  13
    flat            2600
       |  dense 1000, norm, ReLU, dropout
       |  dense 1000, norm, ReLU, dropout
    hidden          1000
       |  dense                                             -> logits, one per cell type

The likelihood of a sequence is a Bernoulli distribution per cell type (here: track); where labels are measurements,
such as expression, a normal distribution, and what is called logits is the expected label itself.

References
----------
Kelley, Snoek and Rinn (2016), Basset: learning the regulatory code of the accessible genome with deep convolutional
neural networks, Genome Research 26: the form ``BassetConfig.paper()``, with 4,735,064 parameters for 164 cell types.
Layers shared between the strands are those of :mod:`cisgram.nn.strands`.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

import torch
from jaxtyping import Float
from torch import Tensor, nn

from cisgram.errors import ConfigError, InputError
from cisgram.nn.blocks import Exponential
from cisgram.nn.losses import bernoulli_nll, gaussian_nll
from cisgram.nn.strands import PairedBatchNorm1d, PairedConv1d, PairedLinear, PairMean, paired_max_pool
from cisgram.nn.tensors import FlatFeatures, Labels, Logits, OneHot, PerTrack
from cisgram.nn.wide import WideBatchNorm1d, WideConv1d

ReverseComplement: TypeAlias = Literal["none", "average", "equivariant"]
FirstActivation: TypeAlias = Literal["relu", "exponential"]
Likelihood: TypeAlias = Literal["bernoulli", "gaussian"]


@dataclass(frozen=True)
class BassetConfig:
    """The form of a Basset; :meth:`paper` is the published one.

    :meth:`small` is one for thousands of sequences, :meth:`short` one where these are about 100 bp long.

    Raises
    ------
    ConfigError
        Where sizes do not fit together; the message says which do.
    """

    input_length: int = 600
    """Sequence that the model reads, in bp."""
    n_filters: tuple[int, ...] = (300, 200, 200)
    """Filters of every convolution; as many convolutions as numbers."""
    widths: tuple[int, ...] = (19, 11, 7)
    """Width of each convolution's filters, in positions of its input; odd."""
    pools: tuple[int, ...] = (3, 4, 4)
    """Positions of which each convolution's max-pool keeps the largest; what is left over at the end is pooled too."""
    n_hidden: tuple[int, ...] = (1000, 1000)
    """Units of every dense layer; as many layers as numbers."""
    dropout: float = 0.3
    """Share of the units of a dense layer that is left out in a training step."""
    convolution_dropout: float = 0.0
    """The same of what each convolution's layer gives, position by position; 0 in the paper."""
    reverse_complement: ReverseComplement = "none"
    """``none``: the strand that is given is read; ``average``: logits are the mean of those of both strands;
    ``equivariant``: filters and units come in pairs that see the two strands alike, half of the weights are free."""

    first_activation: FirstActivation = "relu"
    """Of the first convolution's layer: ``relu`` as in the paper, or ``exponential``, with which filters match
    whole motifs (Koo and Ploenzke 2021)."""

    @classmethod
    def paper(cls) -> "BassetConfig":
        """The form of Kelley et al. (2016), for millions of sequences."""
        return cls()

    @classmethod
    def small(cls, *, input_length: int = 600) -> "BassetConfig":
        """A form for thousands of sequences: equivariant, with fewer filters and one dense layer."""
        return cls(
            input_length=input_length,
            n_filters=(128, 64, 64),
            n_hidden=(128,),
            dropout=0.5,
            convolution_dropout=0.2,
            reverse_complement="equivariant",
        )

    @classmethod
    def short(cls, *, input_length: int = 100) -> "BassetConfig":
        """A form for 10,000 and more sequences of about 100 bp, with an exponential first layer."""
        return cls(
            input_length=input_length,
            n_filters=(128, 64, 64),
            widths=(15, 7, 5),
            pools=(4, 2, 2),
            n_hidden=(128,),
            dropout=0.5,
            convolution_dropout=0.2,
            reverse_complement="equivariant",
            first_activation="exponential",
        )

    @property
    def output_length(self) -> int:
        """Stretch that a prediction is about: the whole sequence, in bp."""
        return self.input_length

    @property
    def lengths(self) -> tuple[int, ...]:
        """Positions that are left after each max-pool."""
        lengths = [self.input_length]
        for pool in self.pools:
            lengths.append(-(-lengths[-1] // pool))
        return tuple(lengths[1:])

    def __post_init__(self) -> None:
        for name in ("n_filters", "widths", "pools", "n_hidden"):
            if not getattr(self, name) or min(getattr(self, name)) < 1:
                raise ConfigError(f"{name} must be one or more numbers of at least 1; got {getattr(self, name)}")
        if not len(self.n_filters) == len(self.widths) == len(self.pools):
            raise ConfigError(
                "n_filters, widths and pools must have one number per convolution each; "
                f"got {self.n_filters}, {self.widths} and {self.pools}"
            )
        if any(width % 2 == 0 for width in self.widths):
            raise ConfigError(f"widths must be odd, so that a filter has a middle; got {self.widths}")
        if self.input_length < 1:
            raise ConfigError(f"input_length must be at least 1; got {self.input_length}")
        for name in ("dropout", "convolution_dropout"):
            if not 0 <= getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 0 and below 1; got {getattr(self, name)}")
        for name, known in (("reverse_complement", ReverseComplement), ("first_activation", FirstActivation)):
            if getattr(self, name) not in get_args(known):
                raise ConfigError(f"{name} must be one of {', '.join(get_args(known))}; got {getattr(self, name)!r}")
        if self.reverse_complement == "equivariant" and any(n % 2 for n in (*self.n_filters, *self.n_hidden)):
            raise ConfigError(
                "with reverse_complement 'equivariant', n_filters and n_hidden must be even, for filters and units "
                f"come in pairs; got {self.n_filters} and {self.n_hidden}"
            )


class BassetOutput(NamedTuple):
    """What Basset predicts."""

    logits: Logits
    """The probability of accessibility is ``sigmoid`` of it. Of a model of measurements, the expected label, in the
    units of the labels. Never less precise than float32."""


class BassetHead(nn.Module):
    """From the last units to the logits: ``label_mean + label_scale * linear(units)``.

    The two buffers are 0 and 1 per track, unless :func:`cisgram.models.labels.standardise_labels` sets them for labels
    that are measurements; the linear map then gives standardised labels. They are saved with the weights.

    Parameters
    ----------
    n_units
        Units that come in.
    n_tracks
        Cell types.
    is_paired
        Whether units stand in pairs for the two strands; the logits are then those of the means of pairs.
    """

    def __init__(self, n_units: int, *, n_tracks: int, is_paired: bool) -> None:
        super().__init__()
        self.both_strands = PairMean() if is_paired else nn.Identity()
        self.linear = nn.Linear(n_units // 2 if is_paired else n_units, n_tracks)
        self.label_mean: Tensor
        self.label_scale: Tensor
        self.register_buffer("label_mean", torch.zeros(n_tracks))
        self.register_buffer("label_scale", torch.ones(n_tracks))

    def forward(self, hidden: FlatFeatures) -> Logits:
        """Give the logits, in float32 at least: the 8 bits of bfloat16 are few for a logit."""
        exact = torch.promote_types(hidden.dtype, torch.float32)
        with torch.autocast(hidden.device.type, enabled=False):
            return self.label_mean + self.label_scale * self.linear(self.both_strands(hidden.to(exact)))


class Basset(nn.Module):
    """The network of the figure above; :func:`build` puts one together from a config.

    Parameters
    ----------
    convolutions
        One layer each: ``convolution``, ``norm``, ``activation``, ``pool``, ``dropout``.
    dense
        One layer each: ``linear``, ``norm``, ``activation``, ``dropout``.
    head
        From the last units to the logits.
    input_length
        In bp.
    is_averaged
        Whether logits are the mean of those of both strands.
    """

    def __init__(
        self,
        convolutions: nn.Sequential,
        dense: nn.Sequential,
        head: BassetHead,
        *,
        input_length: int,
        is_averaged: bool = False,
    ) -> None:
        super().__init__()
        self.input_length, self.is_averaged = input_length, is_averaged
        self.convolutions, self.flatten, self.dense, self.head = convolutions, nn.Flatten(), dense, head

    @property
    def output_length(self) -> int:
        """Stretch that a prediction is about: the whole sequence, in bp."""
        return self.input_length

    @property
    def bin_size(self) -> int:
        """Base pairs per prediction: the whole sequence."""
        return self.input_length

    @property
    def n_tracks(self) -> int:
        """Cell types."""
        return self.head.linear.out_features

    def forward(self, sequences: OneHot) -> BassetOutput:
        """Predict the logits of one-hot sequences, ``input_length`` long; zeros are seen beyond their ends."""
        if sequences.shape[-1] != self.input_length:
            raise InputError(f"this model reads {self.input_length} bp; got sequences of {sequences.shape[-1]} bp")
        logits = self._logits(sequences)
        if self.is_averaged:
            logits = (logits + self._logits(sequences.flip(1, 2))) / 2
        return BassetOutput(logits)

    def _logits(self, sequences: OneHot) -> Logits:
        """Predict from the strand that is given."""
        return self.head(self.dense(self.flatten(self.convolutions(sequences))))


def build(config: BassetConfig, *, n_tracks: int, n_controls: int = 0, seed: int = 0) -> Basset:
    """Make a Basset with random weights; torch's random state stays as it was.

    Parameters
    ----------
    config
        Its form.
    n_tracks
        Cell types that it predicts.
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
    >>> model = build(BassetConfig.small(), n_tracks=3)
    >>> model.eval()(torch.zeros(2, 4, 600)).logits.shape
    torch.Size([2, 3])
    """
    if n_tracks < 1:
        raise ConfigError(f"a model predicts at least 1 track; got n_tracks = {n_tracks}")
    if n_controls:
        raise ConfigError(f"Basset reads nothing but the sequence; got {n_controls} control tracks")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _build(config, n_tracks)


def _build(config: BassetConfig, n_tracks: int) -> Basset:
    """The same, with torch's own random state."""
    is_paired = config.reverse_complement == "equivariant"
    shapes = zip((4, *config.n_filters), config.n_filters, config.widths, strict=False)
    lengths = (config.input_length, *config.lengths)
    first = Exponential() if config.first_activation == "exponential" else nn.ReLU()
    convolutions = [
        nn.Sequential(
            OrderedDict(
                convolution=(PairedConv1d if is_paired else WideConv1d)(n_in, n_out, width),
                norm=(PairedBatchNorm1d if is_paired else WideBatchNorm1d)(n_out),
                activation=nn.ReLU() if number else first,
                pool=paired_max_pool(length, pool) if is_paired else nn.MaxPool1d(pool, ceil_mode=True),
                dropout=nn.Dropout(config.convolution_dropout),
            )
        )
        for number, ((n_in, n_out, width), length, pool) in enumerate(zip(shapes, lengths, config.pools, strict=False))
    ]
    units = (config.n_filters[-1] * lengths[-1], *config.n_hidden)
    dense = [
        nn.Sequential(
            OrderedDict(
                linear=(PairedLinear if is_paired else nn.Linear)(n_in, n_out),
                norm=(PairedBatchNorm1d if is_paired else WideBatchNorm1d)(n_out),
                activation=nn.ReLU(),
                dropout=nn.Dropout(config.dropout),
            )
        )
        for n_in, n_out in zip(units, config.n_hidden, strict=False)
    ]
    return Basset(
        nn.Sequential(*convolutions),
        nn.Sequential(*dense),
        BassetHead(units[-1], n_tracks=n_tracks, is_paired=is_paired),
        input_length=config.input_length,
        is_averaged=config.reverse_complement == "average",
    )


class LossTerms(NamedTuple):
    """The loss and its parts per track, as means over the sequences of a batch."""

    total: Float[Tensor, ""]
    """What is minimised: the sum over tracks."""
    bernoulli: PerTrack
    """Minus ln of the probability of the labels, times the weight of the class; 0 where a label is not known."""


class GaussianTerms(NamedTuple):
    """The same where labels are measurements."""

    total: Float[Tensor, ""]
    """What is minimised: the sum over tracks."""
    gaussian: PerTrack
    """Half the squared error, in units of ``label_scale``; 0 where a label is not known."""


def loss_terms(
    output: BassetOutput,
    targets: Labels,
    *,
    likelihood: Likelihood = "bernoulli",
    positive_weight: PerTrack | None = None,
    label_scale: PerTrack | None = None,
) -> LossTerms | GaussianTerms:
    """Minus the log-likelihood of a batch, in parts.

    Parameters
    ----------
    output
        What the model predicts.
    targets
        Labels; NaN where one is not known.
    likelihood
        ``bernoulli`` where labels are 0 or 1 (or shares between them), ``gaussian`` where they are measurements.
    positive_weight
        How often a positive counts, per track, with ``bernoulli``; see
        :func:`cisgram.models.labels.natural_positive_weight`. 1 if not given, as in the paper.
    label_scale
        Standard deviation per track with ``gaussian``, in units of the labels: that of
        :func:`cisgram.models.labels.standardise_labels`, so that all tracks count alike. 1 if not given.

    Raises
    ------
    ConfigError
        Where an option belongs to the other likelihood.
    """
    if likelihood not in get_args(Likelihood):
        raise ConfigError(f"likelihood must be one of {', '.join(get_args(Likelihood))}; got {likelihood!r}")
    if positive_weight is not None and likelihood != "bernoulli":
        raise ConfigError(f"positive_weight is for labels that are 0 or 1; likelihood is {likelihood!r}")
    if label_scale is not None and likelihood != "gaussian":
        raise ConfigError(f"label_scale is for labels that are measurements; likelihood is {likelihood!r}")
    if likelihood == "gaussian":
        per_track = gaussian_nll(output.logits, targets, scale=label_scale).mean(0)
        return GaussianTerms(per_track.sum(), per_track)
    per_track = bernoulli_nll(output.logits, targets, positive_weight=positive_weight).mean(0)
    return LossTerms(per_track.sum(), per_track)


def loss(
    output: BassetOutput,
    targets: Labels,
    *,
    likelihood: Likelihood = "bernoulli",
    positive_weight: PerTrack | None = None,
    label_scale: PerTrack | None = None,
) -> Float[Tensor, ""]:
    """The total of :func:`loss_terms`."""
    return loss_terms(
        output, targets, likelihood=likelihood, positive_weight=positive_weight, label_scale=label_scale
    ).total
