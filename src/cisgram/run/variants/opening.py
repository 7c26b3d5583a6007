"""A trained model, or the folds of one, from run folders, ready to be asked about variants."""

from collections.abc import Sequence
from pathlib import Path

from cisgram.errors import CheckpointError
from cisgram.interpret.variants.model import VariantModel
from cisgram.interpret.variants.outputs import OUTPUTS
from cisgram.io.files import sha256_of
from cisgram.training.checkpoint import load_checkpoint
from cisgram.training.load import best_checkpoint, load_model


def open_variant_model(paths: Sequence[str | Path]) -> VariantModel:
    """Open a trained model, or the folds of one.

    Parameters
    ----------
    paths
        Run folders, whose best checkpoints are taken, or checkpoints. Several are folds: networks of one form that
        predict the same tracks.

    Raises
    ------
    CheckpointError
        Where there is none, one is damaged, or folds differ in model, form or tracks.
    """
    files = [best_checkpoint(path) for path in paths]
    if not files:
        raise CheckpointError("name at least one run folder or checkpoint")
    identities = [load_checkpoint(file).identity for file in files]
    first = identities[0]
    n_tracks = int(first.settings.get("n_tracks", 0))
    names = tuple(str(name) for name in first.context.get("tracks", ()))
    for file, other in zip(files, identities, strict=True):
        if other.name not in OUTPUTS:
            raise CheckpointError(f"{file} holds the model {other.name!r}; variants are asked of {', '.join(OUTPUTS)}")
        if other.name != first.name or other.context.get("tracks") != first.context.get("tracks"):
            raise CheckpointError(
                f"{file} and {files[0]} must be folds of one model with the same tracks; they are not"
            )
        if other.settings != first.settings:
            raise CheckpointError(f"{file} and {files[0]} must be folds of one form; their settings differ")
    if len(names) != n_tracks:
        names = tuple(f"track_{number + 1}" for number in range(n_tracks))
    return VariantModel(
        tuple(load_model(file) for file in files),
        first.name,
        names,
        tuple(int(one) for one in first.context.get("strand_pairs", ())),
        tuple(sha256_of(file) for file in files),
    )
