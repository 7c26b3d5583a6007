"""BPNet: where reads fall around a sequence, base by base and strand by strand, and how many there are.

::

    sequence        4 x input_length
       |  stem: convolution (stem_width), ReLU
       |  tower: n_dilated_layers x [ x <- x + ReLU(convolution of width 3, dilation 2, 4, 8, ...) ]
    hidden          n_filters channels
       |-- profile head: convolution (profile_width) [+ control]           -> profile_logits
       |-- counts head: mean over positions, linear map [+ control]        -> log_counts
       |   or (summed): linear map, e^x, sum over positions, ln(1 + x)

The likelihood of a window is a multinomial for the shape and a normal distribution for ln(1 + total).

References
----------
Avsec et al. (2021), Base-resolution models of transcription-factor binding reveal soft motif syntax,
Nature Genetics 53: the form ``BPNetConfig.paper()``. The form ``BPNetConfig.modern()`` is the one of
bpnet-lite and ChromBPNet: no padding, longer input, both strands in one multinomial.
"""

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias, get_args

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from cisgram import arrays
from cisgram.errors import ConfigError, InputError
from cisgram.nn.blocks import DilatedTower, centre, reach_of_tower
from cisgram.nn.convolutions import Conv1d, Padding
from cisgram.nn.heads import ConcatenatedControl, CountsHead, ProfileHead, SmoothedControl, SummedCountsHead
from cisgram.nn.losses import log_count_mse, multinomial_nll
from cisgram.nn.tensors import Controls, Counts, LogCounts, OneHot, ProfileLogits

Strands: TypeAlias = Literal["separate", "joint"]
ControlUse: TypeAlias = Literal["none", "smoothed", "concatenated"]
CountsForm: TypeAlias = Literal["pooled", "summed"]


@dataclass(frozen=True)
class BPNetConfig:
    """The form of a BPNet; :meth:`paper` and :meth:`modern` are the two published ones.

    Raises
    ------
    ConfigError
        Where lengths do not fit together; the message names the nearest that do.
    """

    input_length: int = 2114
    """Sequence that the model reads, in bp."""
    output_length: int = 1000
    """Middle of it for which the profile is predicted, in bp."""
    n_filters: int = 64
    """Channels of all hidden layers."""
    n_dilated_layers: int = 8
    """Layers of the tower; layer i = 1, 2, ... has the dilation 2^i."""
    stem_width: int = 21
    """Width of the first convolution in bp; odd."""
    profile_width: int = 75
    """Width of the profile head's convolution in bp; odd unless the padding is ``same``."""
    padding: Padding = "valid"
    """``valid``: layers shorten the sequence, no prediction depends on padding. ``same``: zeros are put around."""
    counts: CountsForm = "summed"
    """``summed``: the total is the sum of a rate at every position, so that reads of independent sites add up;
    ``pooled``: ln(1 + total) is linear in the mean over positions (the paper), so that what sites add multiplies."""
    strands: Strands = "joint"
    """``joint``: one multinomial and one total for both strands; ``separate``: one per strand."""
    n_strands: int = 2
    """Strands per track: 2, or 1 for data without strand."""
    control: ControlUse = "none"
    """``none``; ``smoothed``: control reads and their moving sum are added to the logits (the paper);
    ``concatenated``: they are further channels of the heads (bpnet-lite)."""
    control_window_bp: int = 50
    """Width of the moving sum of ``smoothed``."""

    @classmethod
    def paper(cls, *, control: ControlUse = "smoothed") -> "BPNetConfig":
        """The form of Avsec et al. (2021); for ChIP-seq they set ``profile_width`` to 50."""
        return cls(
            input_length=1000,
            n_dilated_layers=9,
            stem_width=25,
            profile_width=25,
            padding="same",
            counts="pooled",
            strands="separate",
            control=control,
        )

    @classmethod
    def modern(cls, *, control: ControlUse = "concatenated") -> "BPNetConfig":
        """The form of bpnet-lite: 2,114 bp in, 1,000 bp out, no padding."""
        return cls(counts="pooled", control=control)

    @property
    def context_bp(self) -> int:
        """How much longer than the output the sequence is that the profile depends on, in bp."""
        return self.stem_width - 1 + 2 * reach_of_tower(self.n_dilated_layers) + self.profile_width - 1

    def __post_init__(self) -> None:
        for name in ("output_length", "n_filters", "n_dilated_layers", "profile_width", "control_window_bp"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1; got {getattr(self, name)}")
        for name, kinds in (
            ("padding", Padding),
            ("counts", CountsForm),
            ("strands", Strands),
            ("control", ControlUse),
        ):
            if getattr(self, name) not in get_args(kinds):
                raise ConfigError(f"{name} must be one of {', '.join(get_args(kinds))}; got {getattr(self, name)!r}")
        if self.n_strands not in (1, 2):
            raise ConfigError(f"n_strands must be 1 or 2; got {self.n_strands}")
        if self.stem_width < 1 or self.stem_width % 2 == 0:
            raise ConfigError(f"stem_width must be odd, so that it has a middle; got {self.stem_width}")
        if self.padding == "valid" and self.profile_width % 2 == 0:
            raise ConfigError(f"profile_width must be odd where padding is 'valid'; got {self.profile_width}")
        self._check_lengths()

    def _check_lengths(self) -> None:
        """The sequence must reach evenly beyond the output, without padding as far as the context."""
        least = self.output_length + (self.context_bp if self.padding == "valid" else 0)
        if self.input_length < least:
            raise ConfigError(
                f"with padding {self.padding!r}, {self.n_dilated_layers} dilated layers and output_length "
                f"{self.output_length}, input_length must be at least {least}; got {self.input_length}. "
                + self._ways_out(least)
            )
        if (self.input_length - self.output_length) % 2:
            raise ConfigError(
                "input_length and output_length must differ by an even number, so that the output is in the middle; "
                f"got {self.input_length} and {self.output_length} (nearest input_length: {self.input_length - 1} "
                f"or {self.input_length + 1})"
            )

    def _ways_out(self, least: int) -> str:
        """What to change where the sequence is too short."""
        ways = [f"set input_length = {least}"]
        longest_output = self.output_length - (least - self.input_length)
        if longest_output >= 1:
            ways.append(f"output_length = {longest_output}")
        if self.padding == "valid":
            fixed = self.output_length + self.stem_width - 1 + self.profile_width - 1
            fitting = [n for n in range(1, self.n_dilated_layers) if fixed + 2 * reach_of_tower(n) <= self.input_length]
            ways += [f"n_dilated_layers = {max(fitting)}"] if fitting else []
            ways.append("padding = 'same'")
        return "Either " + ", or ".join(ways)


class BPNetOutput(NamedTuple):
    """What BPNet predicts.

    Profiles are ``softmax`` of the logits over the positions of a strand (or of both, where strands are
    joint); expected reads are the profile times ``exp(log_counts) - 1``. Never less precise than float32.
    """

    profile_logits: ProfileLogits
    log_counts: LogCounts


class BPNet(nn.Module):
    """The network of the figure above; :func:`build` puts one together from a config.

    Parameters
    ----------
    stem, tower, profile_head, counts_head, control
        Its parts; ``control`` is None for a model without control.
    input_length
        See :class:`BPNetConfig`.
    """

    def __init__(
        self,
        stem: Conv1d,
        tower: DilatedTower,
        profile_head: ProfileHead,
        counts_head: CountsHead | SummedCountsHead,
        control: SmoothedControl | ConcatenatedControl | None,
        *,
        input_length: int,
    ) -> None:
        super().__init__()
        self.input_length = input_length
        self.stem, self.stem_activation, self.tower = stem, nn.ReLU(), tower
        self.profile_head, self.counts_head, self.control = profile_head, counts_head, control

    @property
    def output_length(self) -> int:
        """Middle of the sequence for which the profile is predicted, in bp."""
        return self.profile_head.output_length

    @property
    def bin_size(self) -> int:
        """Base pairs per predicted position: 1."""
        return 1

    @property
    def n_tracks(self) -> int:
        """Predicted tracks."""
        return self.profile_head.n_tracks

    def forward(self, sequences: OneHot, controls: Controls | None = None) -> BPNetOutput:
        """Predict the profile and log counts around the middle of sequences.

        Parameters
        ----------
        sequences
            One-hot, ``input_length`` long.
        controls
            Control reads per base, at least as long as the output and with the same middle; where the model
            looks beyond their ends it sees zero reads. None, and a model without control, means no control
            reads at all, which is how the sequence's own part is interpreted.
        """
        self._check(sequences, controls)
        hidden = self.tower(self.stem_activation(self.stem(sequences)))
        # Positions that the profile head does not see say nothing about its window: the mean leaves them out.
        reach = 2 * (self.profile_head.width // 2)
        hidden = centre(hidden, min(hidden.shape[-1], self.output_length + reach))
        logits, log_counts = self.profile_head(hidden), self.counts_head(hidden)
        if self.control is not None and controls is not None:
            added = self.control(controls)
            logits, log_counts = logits + added.logits, log_counts + added.log_counts
        return BPNetOutput(logits, log_counts)

    def _check(self, sequences: OneHot, controls: Controls | None) -> None:
        """Refuse input of another length, and controls that would be ignored."""
        if sequences.shape[-1] != self.input_length:
            raise InputError(f"this model reads {self.input_length} bp; got sequences of {sequences.shape[-1]} bp")
        if controls is None:
            return
        if self.control is None:
            raise InputError("this model was built without control tracks; got controls: leave them out")
        if controls.shape[1] != self.control.n_controls:
            raise InputError(f"this model reads {self.control.n_controls} control tracks; got {controls.shape[1]}")


def build(config: BPNetConfig, *, n_tracks: int, n_controls: int = 0, seed: int = 0) -> BPNet:
    """Make a BPNet with random weights; torch's random state stays as it was.

    Parameters
    ----------
    config
        Its form.
    n_tracks
        Tracks that it predicts.
    n_controls
        Control tracks (strands count) that it is given; 0 exactly where ``config.control`` is ``none``.
    seed
        Of the weights.

    Raises
    ------
    ConfigError
        Where ``n_controls`` does not fit ``config.control``.

    Examples
    --------
    >>> model = build(BPNetConfig(input_length=500, output_length=200, n_dilated_layers=4), n_tracks=1)
    >>> model(torch.zeros(2, 4, 500)).profile_logits.shape
    torch.Size([2, 1, 2, 200])
    """
    if n_tracks < 1:
        raise ConfigError(f"a model predicts at least 1 track; got n_tracks = {n_tracks}")
    if (config.control == "none") != (n_controls == 0):
        raise ConfigError(
            f"control = {config.control!r} does not fit {n_controls} control tracks: "
            "it is 'none' for data without control, and only for these"
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return _build(config, n_tracks, n_controls)


def _build(config: BPNetConfig, n_tracks: int, n_controls: int) -> BPNet:
    """The same, with torch's own random state."""
    n_groups = 1 if config.strands == "joint" else config.n_strands
    control = None
    if config.control == "smoothed":
        control = SmoothedControl(
            n_controls, n_tracks=n_tracks, window_bp=config.control_window_bp, output_length=config.output_length
        )
    if config.control == "concatenated":
        control = ConcatenatedControl(
            n_controls,
            n_tracks=n_tracks,
            n_strands=config.n_strands,
            n_groups=n_groups,
            n_filters=config.n_filters,
            width=config.profile_width,
            output_length=config.output_length,
        )
    return BPNet(
        Conv1d(4, config.n_filters, config.stem_width, padding=config.padding, fold=2),
        DilatedTower(config.n_filters, config.n_dilated_layers, padding=config.padding),
        ProfileHead(
            config.n_filters,
            width=config.profile_width,
            output_length=config.output_length,
            n_tracks=n_tracks,
            n_strands=config.n_strands,
        ),
        _counts_head(config, n_tracks, n_groups),
        control,
        input_length=config.input_length,
    )


def _counts_head(config: BPNetConfig, n_tracks: int, n_groups: int) -> CountsHead | SummedCountsHead:
    if config.counts == "pooled":
        return CountsHead(config.n_filters, n_tracks=n_tracks, n_groups=n_groups)
    return SummedCountsHead(config.n_filters, n_positions=config.output_length, n_tracks=n_tracks, n_groups=n_groups)


class LossTerms(NamedTuple):
    """The loss and its parts per track, as means over the windows of a batch."""

    total: Float[Tensor, ""]
    """What is minimised: the sum over tracks of ``profile + counts_weight x counts``."""
    profile: Float[Tensor, "track"]
    """Minus ln of the multinomial probability of the reads, summed over groups (strands, where separate)."""
    counts: Float[Tensor, "track"]
    """Squared error of ln(1 + total), mean over groups."""


def loss_terms(
    output: BPNetOutput, targets: Counts, *, counts_weight: float | Tensor, max_profile_counts: float = math.inf
) -> LossTerms:
    """Minus the log-likelihood of a batch, in parts.

    Parameters
    ----------
    output
        What the model predicts.
    targets
        Reads per base.
    counts_weight
        Weight of the squared error of log counts, one for all tracks or one per track;
        see :func:`natural_counts_weight`.
    max_profile_counts
        A group with more reads weighs in the profile term as if it had this many: a few strong windows would
        rule otherwise. The counts term sees all reads.
    """
    n_groups = output.log_counts.shape[2]
    # batch track strand position -> batch track group (strands that share a multinomial, position)
    logits, reads = (values.unflatten(2, (n_groups, -1)).flatten(3) for values in (output.profile_logits, targets))
    totals = reads.sum(-1)
    weights = (max_profile_counts / totals).clamp(max=1)
    profile = (weights * multinomial_nll(logits, reads)).sum(2).mean(0)
    counts = log_count_mse(output.log_counts, totals).mean((0, 2))
    return LossTerms((profile + counts_weight * counts).sum(), profile, counts)


def loss(
    output: BPNetOutput, targets: Counts, *, counts_weight: float | Tensor, max_profile_counts: float = math.inf
) -> Float[Tensor, ""]:
    """Minus the log-likelihood of a batch per window: ``total`` of :func:`loss_terms`, which see."""
    return loss_terms(output, targets, counts_weight=counts_weight, max_profile_counts=max_profile_counts).total


def natural_counts_weight(counts: arrays.Counts) -> float:
    """The weight of the counts term that makes the loss a Poisson likelihood: median total / 2.

    Reads that fall independently are a multinomial times a Poisson distribution of their number N. Near its
    maximum, minus the logarithm of the latter is ``N/2 (ln predicted - ln N)^2``, so the weight is N/2. As in
    Avsec et al. (2021), the median over windows and tracks stands for N, the reads of both strands together.
    (They then trained with 10, where the median was 130; a mean in its place is more easily carried away by
    few strong windows.)

    Parameters
    ----------
    counts
        Reads of the training windows; those without any read are left out.

    Raises
    ------
    InputError
        Where no window has a read.

    Examples
    --------
    >>> natural_counts_weight(np.ones((3, 1, 2, 50)))
    50.0
    """
    totals = counts.sum(axis=(2, 3), dtype=np.float64)
    if not (totals > 0).any():
        raise InputError(f"the weight of counts follows from the reads of the windows; {len(counts)} windows have none")
    return float(np.median(totals[totals > 0])) / 2
