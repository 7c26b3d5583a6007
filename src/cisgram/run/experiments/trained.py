"""A trained model with what its checkpoint says about it: the names of its tracks, and the scores that fit it."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

from torch import nn

from cisgram import __version__
from cisgram.errors import CheckpointError, ConfigError
from cisgram.interpret.experiments.responses import ONE_STRAND, Asking
from cisgram.interpret.scores import SCORES, SCORES_OF_MODEL, Score
from cisgram.io.files import sha256_of
from cisgram.training.checkpoint import load_checkpoint
from cisgram.training.load import load_model

_MOST_SHOWN = 12


@dataclass(frozen=True)
class Question:
    """What is asked of a model."""

    tracks: tuple[str, ...] = ()
    """Names of tracks; all, if none is given."""
    score: str = ""
    """Name of a score in :data:`cisgram.interpret.scores.SCORES`; the first that fits the model, if not given."""
    asking: Asking = ONE_STRAND
    """Strands and batches."""


class Scored(NamedTuple):
    """Tracks and their scores."""

    tracks: list[str]
    scores: list[Score]

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
    """

    module: nn.Module
    name: str
    track_names: tuple[str, ...]
    path: Path
    sha256: str

    @property
    def input_length(self) -> int:
        """Sequence that it reads, in bp."""
        length = self.module.input_length
        assert isinstance(length, int)
        return length

    def scored(self, question: Question) -> Scored:
        """The tracks that are asked for, in that order, with their scores.

        Raises
        ------
        ConfigError
            Where a track is not known (near ones are listed) or comes twice, or the score does not fit the model.
        """
        tracks = question.tracks or self.track_names
        for name in tracks:
            if name not in self.track_names:
                raise ConfigError(f"this model has no track {name!r}; {self._hint(name)}")
        if len(set(tracks)) < len(tracks):
            raise ConfigError(f"name every track once; got {', '.join(tracks)}")
        fitting = SCORES_OF_MODEL[self.name]
        if question.score and question.score not in fitting:
            raise ConfigError(f"a {self.name} has the scores {' and '.join(fitting)}; got {question.score!r}")
        make = SCORES[question.score or fitting[0]]
        return Scored(list(tracks), [make(self.track_names.index(name)) for name in tracks])

    def provenance(self, scored: Scored, **more: object) -> dict[str, object]:
        """What a file of results says about where it comes from."""
        about = {"cisgram": __version__, "model": self.path, "model_sha256": self.sha256, "score": scored.name}
        return {**about, **more}

    def settings(self, scored: Scored, question: Question) -> dict[str, object]:
        """What a page says about model and question."""
        strands = "mean of both" if question.asking.both_strands else "as given"
        return {
            "model": f"{self.path} ({self.name}, reads {self.input_length} bp)",
            "score": scored.scores[0].definition,
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
    path = Path(path)
    if path.is_dir():
        candidates = [path / "checkpoints" / "best.safetensors", path / "best.safetensors"]
        found = next((one for one in candidates if one.is_file()), None)
        if found is None:
            raise CheckpointError(f"{path} holds no checkpoints/best.safetensors; train the run first: cisgram train")
        path = found
    identity = load_checkpoint(path).identity
    module = load_model(path)
    if identity.name not in SCORES_OF_MODEL:
        raise CheckpointError(f"{path} holds the model {identity.name!r}, for which no score is known here")
    n_tracks = int(identity.settings["n_tracks"])
    names = [str(name) for name in identity.context.get("tracks", ())]
    if len(names) != n_tracks:
        names = [f"track_{number + 1}" for number in range(n_tracks)]
    return TrainedModel(module, identity.name, tuple(names), path, sha256_of(path))
