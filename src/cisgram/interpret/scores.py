"""Scores: the scalar of a model's output that a question is about.

A score is any function ``output -> (batch,)``. These come with the package. Of models of labels: the logit
of a track, and its probability. Of models of tracks in bins: the signal of a track, summed over bins, and its
logarithm. Of profile models: the log counts of a track, and the profile logits of a track
weighted by the profile itself. The last needs weights that stay the same while the sequence changes; such a
score says so with ``anchor``: the values that are computed once on the sequence that is explained, and then
hold for its references and mutants as well.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias, runtime_checkable

import torch

from cisgram.errors import InputError
from cisgram.nn.tensors import Anchor, ProfileLogits, TrackSums
from cisgram.nn.tensors import Score as ScoreTensor

ScoreFunction: TypeAlias = Callable[..., ScoreTensor]
"""``score(output) -> (batch,)``."""


@runtime_checkable
class ProfileOutput(Protocol):
    """What these scores read of a model's output; :class:`cisgram.models.bpnet.BPNetOutput` has it."""

    @property
    def profile_logits(self) -> torch.Tensor:
        """``batch track strand length``."""
        ...

    @property
    def log_counts(self) -> torch.Tensor:
        """``batch track group``; one group per strand, or a single group for both strands together."""
        ...


@runtime_checkable
class AnchoredScore(Protocol):
    """A score with values that belong to the sequence that is explained, not to what it is compared with.

    DeepLIFT explains the difference of one function between a sequence and its references. A weight that
    moved with each of them would make it two functions, and contributions would no longer add up.
    """

    def anchor(self, output: Any) -> torch.Tensor:
        """The values to hold fixed, from the output of the sequences that are explained; batch comes first."""
        ...

    def __call__(self, output: Any, anchor: torch.Tensor | None = None) -> torch.Tensor:
        """The score given those values; without them, they come from ``output`` itself, detached."""
        ...


@runtime_checkable
class LabelOutput(Protocol):
    """What scores of labels read of a model's output; :class:`cisgram.models.basset.BassetOutput` has it."""

    @property
    def logits(self) -> torch.Tensor:
        """``batch track``."""
        ...


@runtime_checkable
class BinOutput(Protocol):
    """What scores of tracks in bins read of a model's output; :class:`cisgram.models.basenji.BasenjiOutput` has it."""

    @property
    def rates(self) -> torch.Tensor:
        """``batch track bin``: expected values, 0 or more."""
        ...


@runtime_checkable
class StrandedScore(Protocol):
    """A score that reads other outputs where the model was given the reverse complement."""

    def on_reverse(self) -> Callable[..., ScoreTensor]:
        """The score of the same tracks and places in the output of the reverse complement."""
        ...


@dataclass(frozen=True)
class LogitScore:
    """ln(p / (1 - p)) of the probability p that a model gives, averaged over tracks.

    Effects on it do not shrink where a probability is near 0 or 1, and add up where a model adds its evidence.

    Parameters
    ----------
    tracks
        0-based numbers of the tracks.
    """

    tracks: tuple[int, ...]
    name = "logit"
    unit = "logit"
    definition = "ln(p / (1 - p)) of the predicted probability p"

    def __call__(self, output: LabelOutput) -> ScoreTensor:
        """The score of every example."""
        return output.logits[:, list(self.tracks)].mean(dim=1)


@dataclass(frozen=True)
class ProbabilityScore:
    """The probability that a model gives, averaged over tracks.

    Parameters
    ----------
    tracks
        0-based numbers of the tracks.
    """

    tracks: tuple[int, ...]
    name = "probability"
    unit = "probability"
    definition = "predicted probability, 0 to 1"

    def __call__(self, output: LabelOutput) -> ScoreTensor:
        """The score of every example."""
        return output.logits[:, list(self.tracks)].sigmoid().mean(dim=1)


@dataclass(frozen=True)
class LogCountsScore:
    """ln(1 + total) that a model predicts, averaged over strands (where they are separate) and tracks.

    Parameters
    ----------
    tracks
        0-based numbers of the tracks.
    """

    tracks: tuple[int, ...]
    name = "counts"
    unit = "ln(1 + counts)"
    definition = "mean over strands of log_counts = ln(1 + total)"

    def __call__(self, output: ProfileOutput) -> ScoreTensor:
        """The score of every example, in natural-log units."""
        return output.log_counts[:, list(self.tracks)].mean(dim=(1, 2))


@dataclass(frozen=True)
class WeightedProfileScore:
    """Sum of p z, where z are the mean-normalised profile logits and p = softmax(z) is held fixed.

    Strands that share one softmax (a single group of counts) are one distribution over strand and position;
    separate strands are summed. Several tracks are averaged.

    Parameters
    ----------
    tracks
        0-based numbers of the tracks.

    References
    ----------
    Avsec et al. (2021), Base-resolution models of transcription-factor binding reveal soft motif syntax;
    the score that its methods call "wn".
    """

    tracks: tuple[int, ...]
    name = "profile"
    unit = "weighted profile logit"
    definition = "sum over positions (and strands) of p z; z = logits - mean(logits), p = softmax(z) of the example"

    def anchor(self, output: ProfileOutput) -> Anchor:
        """The predicted profile p of the example: ``batch track group position``."""
        return self._normalised_logits(output).softmax(dim=-1).detach()

    def __call__(self, output: ProfileOutput, anchor: Anchor | None = None) -> ScoreTensor:
        """The score of every example; dimensionless (logits are natural logarithms)."""
        weights = self.anchor(output) if anchor is None else anchor
        return (weights * self._normalised_logits(output)).sum(dim=(2, 3)).mean(dim=1)

    def _normalised_logits(self, output: ProfileOutput) -> Anchor:
        """Logits minus their mean, with strands of one softmax joined."""
        logits: ProfileLogits = output.profile_logits[:, list(self.tracks)]
        n_groups = output.log_counts.shape[2]
        joined = logits.reshape(logits.shape[0], logits.shape[1], n_groups, -1)
        return joined - joined.mean(dim=-1, keepdim=True)


@dataclass(frozen=True)
class SignalScore:
    """Signal that a model predicts, summed over bins; averaged over tracks.

    Parameters
    ----------
    tracks
        0-based numbers of the tracks.
    bins
        Numbers of predicted bins; all, if none is given.
    strand_pairs
        For every track of the model its partner on the other strand, itself where there is none; empty where no track
        has a strand.
    """

    tracks: tuple[int, ...]
    bins: tuple[int, ...] = ()
    strand_pairs: tuple[int, ...] = ()
    name = "signal"
    unit = "predicted signal"
    definition = "predicted values summed over bins"

    def on_reverse(self) -> "SignalScore":
        """Tracks become their partners; bins are counted from the other end (the first is -1)."""
        partners = tuple(self.strand_pairs[track] for track in self.tracks) if self.strand_pairs else self.tracks
        return replace(self, tracks=partners, bins=tuple(-1 - one for one in self.bins))

    def __call__(self, output: BinOutput) -> ScoreTensor:
        """The score of every example."""
        return self._sums(output).mean(dim=1)

    def _sums(self, output: BinOutput) -> TrackSums:
        """``batch track``."""
        rates = output.rates[:, list(self.tracks)]
        return (rates[..., list(self.bins)] if self.bins else rates).sum(dim=2)


@dataclass(frozen=True)
class LogSignalScore(SignalScore):
    """ln(1 + signal) of every track, averaged over tracks: :class:`SignalScore` on a scale on which folds add up."""

    name = "log_signal"
    unit = "ln(1 + signal)"
    definition = "ln(1 + predicted values summed over bins)"

    def __call__(self, output: BinOutput) -> ScoreTensor:
        """The score of every example."""
        return self._sums(output).log1p().mean(dim=1)


def log_counts(track: int | Sequence[int] = 0) -> LogCountsScore:
    """Score of the total: ln(1 + counts) of a track, or its mean over several tracks.

    Examples
    --------
    >>> log_counts(2)
    LogCountsScore(tracks=(2,))
    """
    return LogCountsScore(_as_tracks(track))


def weighted_profile(track: int | Sequence[int] = 0) -> WeightedProfileScore:
    """Score of the shape: logits of a track weighted by the profile, or its mean over several tracks.

    Examples
    --------
    >>> weighted_profile([0, 1])
    WeightedProfileScore(tracks=(0, 1))
    """
    return WeightedProfileScore(_as_tracks(track))


def logit(track: int | Sequence[int] = 0) -> LogitScore:
    """Score of a label: the logit of a track, or its mean over several tracks.

    Examples
    --------
    >>> logit(1)
    LogitScore(tracks=(1,))
    """
    return LogitScore(_as_tracks(track))


def probability(track: int | Sequence[int] = 0) -> ProbabilityScore:
    """Score of a label: the probability of a track, or its mean over several tracks.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> probability(0)(SimpleNamespace(logits=torch.zeros(1, 1))).tolist()
    [0.5]
    """
    return ProbabilityScore(_as_tracks(track))


def signal(track: int | Sequence[int] = 0) -> SignalScore:
    """Score of tracks in bins: the predicted signal of a track in all bins, or its mean over several tracks.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> signal(1)(SimpleNamespace(rates=torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]))).tolist()
    [7.0]
    """
    return SignalScore(_as_tracks(track))


def log_signal(track: int | Sequence[int] = 0) -> LogSignalScore:
    """Score of tracks in bins: ln(1 + predicted signal) of a track in all bins, or its mean over several tracks.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> log_signal(0)(SimpleNamespace(rates=torch.zeros(1, 1, 4))).tolist()
    [0.0]
    """
    return LogSignalScore(_as_tracks(track))


Score: TypeAlias = LogCountsScore | WeightedProfileScore | LogitScore | ProbabilityScore | SignalScore
"""One of the scores that come with the package."""

SCORES: dict[str, Callable[[int | Sequence[int]], Score]] = {
    "profile": weighted_profile,
    "counts": log_counts,
    "logit": logit,
    "probability": probability,
    "log_signal": log_signal,
    "signal": signal,
}
"""The scores by name, as they are called in configs and in contribution files."""

SCORES_OF_MODEL: dict[str, tuple[str, ...]] = {
    "basenji": ("log_signal", "signal"),
    "basset": ("logit", "probability"),
    "bpnet": ("counts", "profile"),
}
"""Scores that fit the output of each of :data:`cisgram.models.MODELS`; the first is what is asked unless said."""


def anchored(score: ScoreFunction, output: Any) -> Callable[[Any, int], ScoreTensor]:
    """Fix what a score keeps of the examples; returns ``f(output, n)`` for outputs with n rows per example."""
    if not isinstance(score, AnchoredScore):
        return lambda other, _: score(other)
    anchor = score.anchor(output).detach()
    return lambda other, n_repeats: score(other, anchor.repeat_interleave(n_repeats, dim=0))


def _as_tracks(track: int | Sequence[int]) -> tuple[int, ...]:
    """One number or several as a tuple."""
    tracks = (track,) if isinstance(track, int) else tuple(track)
    if not tracks or min(tracks) < 0:
        raise InputError(f"track must be one or more numbers >= 0; got {track!r}")
    return tracks
