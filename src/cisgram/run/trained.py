"""The model of a run: as it begins, and with the weights of its best epoch."""

from pathlib import Path
from typing import Any

from torch import nn

from cisgram.models import MODELS
from cisgram.run.config import model_name
from cisgram.run.folder import Run
from cisgram.run.toml import values_of
from cisgram.training.checkpoint import ModelIdentity
from cisgram.training.load import best_checkpoint, load_model


def untrained_model(run: Run[Any], *, n_tracks: int, n_controls: int = 0) -> nn.Module:
    """The run's model with its first weights: the same for the same seed."""
    build = MODELS[model_name(run.config)].build
    return build(run.config.model, n_tracks=n_tracks, n_controls=n_controls, seed=run.config.seed)


def checkpoint_input(run: Run[Any], given: str) -> str:
    """The checkpoint that a setting means, by a file or the folder of another run, as a file of the settings.

    Parameters
    ----------
    run
        Where relative paths begin.
    given
        As written in the settings.

    Raises
    ------
    CheckpointError
        Where a folder is named that holds no checkpoint.
    """
    place = run.data_folder / Path(given).expanduser()
    return str(Path(given) / best_checkpoint(place).relative_to(place))


def identity_of(
    run: Run[Any],
    *,
    tracks: tuple[str, ...],
    n_controls: int = 0,
    genome_sha256: str,
    strand_pairs: tuple[int, ...] | None = None,
) -> ModelIdentity:
    """What a checkpoint of the run says about itself.

    Parameters
    ----------
    run
        The run.
    tracks
        What it predicts.
    n_controls
        Control tracks that it reads.
    genome_sha256
        Of the genome that it was trained on.
    strand_pairs
        For each track the one on the other strand, where tracks are told apart so.
    """
    context = {"tracks": list(tracks), "genome_sha256": genome_sha256}
    return ModelIdentity(
        name=model_name(run.config),
        settings={**values_of(run.config.model), "n_tracks": len(tracks), "n_controls": n_controls},
        context=context if strand_pairs is None else {**context, "strand_pairs": list(strand_pairs)},
    )


def trained_model(run: Run[Any]) -> nn.Module:
    """The run's model with the weights of its best epoch."""
    return load_model(run.best, expect_model=model_name(run.config))
