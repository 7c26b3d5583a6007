"""Training begins with what another model has learnt: the trunk of an Akita, or first layers of a Basenji or Basset."""

import logging
import warnings
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from cisgram.errors import CheckpointError, CisgramWarning, ConfigError, InputError
from cisgram.models.akita import Akita
from cisgram.models.basenji import BasenjiConfig
from cisgram.models.transfer import freeze_convolutions, freeze_trunk, load_convolutions, load_layers, load_trunk
from cisgram.run.folder import ContactRun
from cisgram.run.toml import section_from, values_of
from cisgram.run.trained import checkpoint_input
from cisgram.training.checkpoint import Checkpoint, load_checkpoint

logger = logging.getLogger(__name__)

SIZES = (
    "bin_size",
    "largest_pool",
    "stem_filters",
    "stem_width",
    "tower_filters",
    "tower_width",
    "dilated_filters",
    "n_dilated",
    "dilation_rate",
    "bin_filters",
    "bin_width",
    "operator",
)
"""Settings of an Akita that its trunk depends on."""


def begin_with_other(run: ContactRun, model: Akita) -> Mapping[str, Any]:
    """Give a new model the layers that ``[transfer]`` names, and freeze them where that is asked for.

    Parameters
    ----------
    run
        For its settings.
    model
        Is changed; its head stays as it is.

    Returns
    -------
    dict
        ``model`` and ``tracks`` of the other, ``convolutions`` taken over, ``frozen`` (weights that do not learn);
        empty where nothing is asked for.

    Raises
    ------
    CheckpointError
        Where the file is damaged or holds a model that is no Akita, Basenji or Basset.
    ConfigError
        Where sizes differ; the message says which.
    """
    config = run.config.transfer
    if not config.weights:
        return {}
    path = run.input(checkpoint_input(run, config.weights))
    other = load_checkpoint(path)
    ways = {"akita": _take_trunk, "basenji": _take_layers, "basset": _take_convolutions}
    if other.identity.name not in ways:
        raise CheckpointError(
            f"{path} holds the model {other.identity.name!r}; [transfer] weights must be those of an Akita, a Basenji "
            "or a Basset"
        )
    is_akita = other.identity.name == "akita"
    n_convolutions = ways[other.identity.name](model, other, path)
    if config.freeze and is_akita:
        freeze_trunk(model)
    elif config.freeze:
        freeze_convolutions(model, n_convolutions)  # the layers behind them are random, and must learn
    n_frozen = sum(one.numel() for one in model.parameters() if not one.requires_grad)
    logger.info("%s: %d convolutions taken over, %d weights frozen", path, n_convolutions, n_frozen)
    return {
        "model": other.identity.name,
        "tracks": list(other.identity.context.get("tracks", [])),
        "convolutions": n_convolutions,
        "frozen": n_frozen,
    }


def _take_trunk(model: Akita, other: Checkpoint, path: Path) -> int:
    """All layers along the sequence; number of convolutions."""
    there, here = other.identity.settings, values_of(model.config)
    differing = [
        f"{name} is {there[name]} there and {here[name]} here"
        for name in SIZES
        if name in there and there[name] != here[name]
    ]
    try:
        load_trunk(model, other.weights)
    except InputError as error:
        told = f": {'; '.join(differing)}" if differing else f" ({error})"
        raise ConfigError(f"the Akita of {path} has another trunk than [model] asks for{told}") from error
    if differing:
        warnings.warn(
            f"the trunk of {path} fits, and was trained with other settings: {'; '.join(differing)}",
            CisgramWarning,
            stacklevel=2,
        )
    return sum(name.startswith("trunk.") and name.endswith("convolution.weight") for name in other.weights)


def _take_layers(model: Akita, other: Checkpoint, path: Path) -> int:
    """As many of the first layers of a Basenji as are the same; the number of their convolutions."""
    names = {one.name for one in fields(BasenjiConfig)}
    settings = {name: value for name, value in other.identity.settings.items() if name in names}
    form = section_from(BasenjiConfig, settings, where=f"the settings of {path}")
    try:
        return load_layers(model, other.weights, form)
    except InputError as error:
        raise ConfigError(f"{path}: {error}") from error


def _take_convolutions(model: Akita, other: Checkpoint, path: Path) -> int:
    """As many of the first ones as have the same sizes; their number."""
    activation = other.identity.settings.get("first_activation", "relu")
    if activation != "relu":
        raise ConfigError(
            f"the Basset of {path} has the first activation {activation!r}, and Akita a ReLU: take one with "
            "[model] first_activation = 'relu'"
        )
    try:
        return load_convolutions(model, other.weights)
    except InputError as error:
        raise ConfigError(f"{path}: {error}") from error
