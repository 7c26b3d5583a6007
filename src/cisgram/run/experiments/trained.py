"""A trained model with what its checkpoint says about it: the names of its tracks, and the scores that fit it."""

from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple, TypeAlias

from torch import nn

from cisgram import __version__
from cisgram.errors import CheckpointError, ConfigError
from cisgram.interpret.experiments.responses import ONE_STRAND, Asking
from cisgram.interpret.local_scores import LocalCountsScore, OwnPeakHeightScore, PeakHeightScore, local_part
from cisgram.interpret.scores import SCORES, SCORES_OF_MODEL, Score, SignalScore
from cisgram.io.files import sha256_of
from cisgram.training.checkpoint import load_checkpoint
from cisgram.training.load import best_checkpoint, load_model

PlacedScore: TypeAlias = Score | LocalCountsScore | PeakHeightScore | OwnPeakHeightScore
"""Any score that can be asked by name."""

LOCAL_SCORES = ("peak_height", "local_counts")
"""Scores that are read near the place of a motif, for models of profiles."""

REACH_BP = 35
"""How far from a motif its reads are looked for, in the published analysis of BPNet."""

_MOST_SHOWN = 12


@dataclass(frozen=True)
class Question:
    """What is asked of a model."""

    tracks: tuple[str, ...] = ()
    """Names of tracks; all, if none is given."""
    score: str = ""
    """Name of a score in :data:`cisgram.interpret.scores.SCORES` or of :data:`LOCAL_SCORES`; if not given, the first
    that fits the model and the verb."""
    asking: Asking = ONE_STRAND
    """Strands and batches."""
    reach_bp: int = REACH_BP
    """How far from the place of a motif :data:`LOCAL_SCORES` are read."""


@dataclass(frozen=True)
class Place:
    """Where a verb puts its motif, and how a score that is read there is meant."""

    position: int
    """0-based place in the sequence."""
    is_held: bool = True
    """Whether the sequences that others are compared with have the motif, whose peak's position is then held."""
    is_default: bool = False
    """Whether a profile model is asked for the height of the peak there unless another score is named."""


class Scored(NamedTuple):
    """Tracks and their scores."""

    tracks: list[str]
    scores: list[PlacedScore]
    place: str = ""
    """Where the scores are read, for people; empty for scores of the whole sequence."""

    @property
    def name(self) -> str:
        """Of the score."""
        return str(self.scores[0].name)

    @property
    def unit(self) -> str:
        """Of the response."""
        return str(self.scores[0].unit)


@dataclass(frozen=True, eq=False)
class TrainedModel:
    """A model to ask.

    Parameters
    ----------
    module
        In evaluation mode, on the CPU.
    name
        Its name in :data:`cisgram.models.MODELS`.
    track_names
        One per track; ``track_1`` and so on where the checkpoint does not say.
    path
        The checkpoint.
    sha256
        Of the checkpoint.
    strand_pairs
        For every track its partner on the other strand, itself where there is none; empty where the checkpoint does
        not say.
    """

    module: nn.Module
    name: str
    track_names: tuple[str, ...]
    path: Path
    sha256: str
    strand_pairs: tuple[int, ...] = ()

    @property
    def input_length(self) -> int:
        """Sequence that it reads, in bp."""
        return _length(self.module.input_length)

    @property
    def has_profile(self) -> bool:
        """Whether it predicts reads by position, so that they can be read near a place."""
        return self.name == "bpnet"

    @property
    def margin_bp(self) -> int:
        """How much longer the sequence is than the profile, on either side; 0 without a profile."""
        return (self.input_length - _length(self.module.output_length)) // 2 if self.has_profile else 0

    def part_at(self, position: int, *, reach_bp: int = REACH_BP) -> tuple[int, int]:
        """Part of the profile near a position of the sequence, 0-based half-open.

        Raises
        ------
        InputError
            Where the position lies too far outside of the profile.
        """
        output_length = _length(self.module.output_length)
        return local_part(position, input_length=self.input_length, output_length=output_length, reach_bp=reach_bp)

    def scored(self, question: Question, *, at: Place | None = None) -> Scored:
        """The tracks that are asked for, in that order, with their scores.

        Parameters
        ----------
        question
            What is asked.
        at
            The place of the verb's motif, for :data:`LOCAL_SCORES`; None for verbs without one.

        Raises
        ------
        ConfigError
            Where a track is not known (near ones are listed) or comes twice; where the score does not fit the model,
            or needs a place and has none, or is asked of both strands and has one.
        """
        tracks = question.tracks or self.track_names
        for name in tracks:
            if name not in self.track_names:
                raise ConfigError(f"this model has no track {name!r}; {self._hint(name)}")
        if len(set(tracks)) < len(tracks):
            raise ConfigError(f"name every track once; got {', '.join(tracks)}")
        numbers = [self.track_names.index(name) for name in tracks]
        name = question.score or self._first_score(at)
        if name in LOCAL_SCORES and self.has_profile:
            return self._scored_at(list(tracks), numbers, name, question, at)
        fitting = SCORES_OF_MODEL[self.name]
        if name not in fitting:
            local = f" (and {' and '.join(LOCAL_SCORES)} near a motif)" if self.has_profile else ""
            raise ConfigError(f"a {self.name} has the scores {' and '.join(fitting)}{local}; got {name!r}")
        scores = [SCORES[name](number) for number in numbers]
        return Scored(list(tracks), [self._stranded(score) for score in scores])

    def _stranded(self, score: Score) -> Score:
        """A score that knows which tracks are those of two strands."""
        return replace(score, strand_pairs=self.strand_pairs) if isinstance(score, SignalScore) else score

    def _first_score(self, at: Place | None) -> str:
        """What is asked where no score is named."""
        is_local = self.has_profile and at is not None and at.is_default
        return LOCAL_SCORES[0] if is_local else SCORES_OF_MODEL[self.name][0]

    def _scored_at(
        self, tracks: list[str], numbers: list[int], name: str, question: Question, at: Place | None
    ) -> Scored:
        """Scores near the place of a motif."""
        whole = " or ".join(SCORES_OF_MODEL[self.name])
        if at is None:
            raise ConfigError(
                f"the score {name} is read at the place of a motif, which this question has not; insert, spacing, "
                f"dose, flanks, and layers with motifs have one. Here, take --score {whole}"
            )
        if question.asking.both_strands:
            raise ConfigError(
                f"the score {name} has a place on the strand that is given; leave out --both-strands, or take "
                f"--score {whole}"
            )
        start, end = self.part_at(at.position, reach_bp=question.reach_bp)
        height = PeakHeightScore if at.is_held else OwnPeakHeightScore
        kind = height if name == "peak_height" else LocalCountsScore
        place = f"within {question.reach_bp} bp of base {at.position + 1} of {self.input_length}"
        return Scored(tracks, [kind((number,), start, end) for number in numbers], place)

    def provenance(self, scored: Scored, **more: object) -> dict[str, object]:
        """What a file of results says about where it comes from."""
        about = {"cisgram": __version__, "model": self.path, "model_sha256": self.sha256, "score": scored.name}
        return {**about, **({"place": scored.place} if scored.place else {}), **more}

    def settings(self, scored: Scored, question: Question) -> dict[str, object]:
        """What a page says about model and question."""
        strands = "mean of both" if question.asking.both_strands else "as given"
        return {
            "model": f"{self.path} ({self.name}, reads {self.input_length} bp)",
            "score": scored.scores[0].definition,
            **({"read": scored.place} if scored.place else {}),
            "strands read by the model": strands,
        }

    def _hint(self, name: str) -> str:
        """Near names, or the first ones."""
        near = get_close_matches(name, self.track_names, n=5, cutoff=0.5)
        lower = name.lower()
        near += [one for one in self.track_names if lower in one.lower() and one not in near][:5]
        if near:
            return f"did you mean {', '.join(near)}?"
        more = ", ..." if len(self.track_names) > _MOST_SHOWN else ""
        return f"it has {', '.join(self.track_names[:_MOST_SHOWN])}{more}"


def _length(value: object) -> int:
    assert isinstance(value, int)
    return value


def open_trained(path: str | Path) -> TrainedModel:
    """Open the model of a run folder, or of a checkpoint.

    Parameters
    ----------
    path
        A run folder, whose best checkpoint is taken, a folder of checkpoints, or a ``.safetensors`` file.

    Raises
    ------
    CheckpointError
        Where there is none, it is damaged, or its model has no scores here.
    """
    path = best_checkpoint(path)
    identity = load_checkpoint(path).identity
    module = load_model(path)
    if identity.name not in SCORES_OF_MODEL:
        raise CheckpointError(f"{path} holds the model {identity.name!r}, for which no score is known here")
    n_tracks = int(identity.settings["n_tracks"])
    names = [str(name) for name in identity.context.get("tracks", ())]
    if len(names) != n_tracks:
        names = [f"track_{number + 1}" for number in range(n_tracks)]
    strand_pairs = tuple(int(one) for one in identity.context.get("strand_pairs", ()))
    return TrainedModel(module, identity.name, tuple(names), path, sha256_of(path), strand_pairs)
