"""A trained model from its checkpoint alone."""

from pathlib import Path

from torch import nn

from cisgram.errors import CheckpointError, ConfigError
from cisgram.models import MODELS
from cisgram.training.checkpoint import load_checkpoint, restore_weights


def best_checkpoint(path: str | Path) -> Path:
    """The checkpoint that is meant by a run folder, a folder of checkpoints, or a checkpoint itself.

    Raises
    ------
    CheckpointError
        Where a folder holds none.
    """
    path = Path(path)
    if not path.is_dir():
        return path
    candidates = [path / "checkpoints" / "best.safetensors", path / "best.safetensors"]
    found = next((one for one in candidates if one.is_file()), None)
    if found is None:
        raise CheckpointError(f"{path} holds no checkpoints/best.safetensors; train the run first: cisgram train")
    return found


def load_model(path: str | Path, *, expect_model: str | None = None) -> nn.Module:
    """Build the model that a checkpoint belongs to and give it its weights.

    Parameters
    ----------
    path
        A checkpoint of one of :data:`cisgram.models.MODELS`, whose settings hold its config and the numbers
        ``n_tracks`` and ``n_controls``.
    expect_model
        Name that the model must have; any, if not given.

    Returns
    -------
    torch.nn.Module
        On the CPU, in evaluation mode.

    Raises
    ------
    CheckpointError
        Where the file is damaged, or its model is not known here or cannot be built.
    """
    checkpoint = load_checkpoint(path, expect_model=expect_model)
    identity = checkpoint.identity
    if identity.name not in MODELS:
        raise CheckpointError(
            f"{path} holds the model {identity.name!r}, and only {', '.join(MODELS)} can be built by name; "
            "build it yourself and use restore_weights"
        )
    entry = MODELS[identity.name]
    # JSON has no tuples; settings have no lists.
    settings = {name: tuple(value) if isinstance(value, list) else value for name, value in identity.settings.items()}
    try:
        n_tracks, n_controls = settings.pop("n_tracks"), settings.pop("n_controls", 0)
        model = entry.build(entry.config(**{**entry.earlier, **settings}), n_tracks=n_tracks, n_controls=n_controls)
    except (KeyError, TypeError, ConfigError) as error:
        raise CheckpointError(
            f"{path}: {identity.name} cannot be built from the settings {dict(identity.settings)} ({error!r}); "
            "use the version of cisgram that wrote it"
        ) from error
    restore_weights(model, checkpoint, path=path)
    return model.eval()
