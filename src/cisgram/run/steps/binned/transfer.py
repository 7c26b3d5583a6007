"""Training begins with what another Basenji has learnt of other tracks: all of its layers but the head."""

import logging
from collections.abc import Mapping
from typing import Any

from cisgram.errors import CheckpointError, ConfigError, InputError
from cisgram.models.basenji import Basenji
from cisgram.models.transfer import freeze_trunk, load_trunk
from cisgram.run.folder import BinnedRun
from cisgram.run.toml import values_of
from cisgram.run.trained import checkpoint_input
from cisgram.training.checkpoint import load_checkpoint

logger = logging.getLogger(__name__)

_FREE = ("input_length", "crop", "dropout", "trunk_dropout", "head_dropout", "norm_momentum", "residual_gain")
"""Settings that may differ: no weight depends on them."""


def begin_with_other(run: BinnedRun, model: Basenji) -> Mapping[str, Any]:
    """Give a new model the trunk that ``[transfer]`` names, and freeze it where that is asked for.

    Parameters
    ----------
    run
        For its settings.
    model
        Is changed; its head stays as it is.

    Returns
    -------
    dict
        ``model`` and ``tracks`` of the other, and ``frozen``, weights that do not learn; empty where nothing is asked.

    Raises
    ------
    CheckpointError
        Where the file is damaged or holds another model.
    ConfigError
        Where sizes differ; the message says which.
    """
    config = run.config.transfer
    if not config.weights:
        return {}
    path = run.input(checkpoint_input(run, config.weights))
    other = load_checkpoint(path)
    if other.identity.name != "basenji":
        raise CheckpointError(
            f"{path} holds the model {other.identity.name!r}; [transfer] weights must be those of a Basenji"
        )
    there, here = other.identity.settings, values_of(model.config)
    differing = [
        f"{name} is {there[name]} there and {here[name]} here"
        for name in here
        if name not in _FREE and name in there and _as_json(there[name]) != _as_json(here[name])
    ]
    if differing:
        raise ConfigError(f"the Basenji of {path} has another trunk than [model] asks for: {'; '.join(differing)}")
    try:
        load_trunk(model, other.weights)
    except InputError as error:
        raise ConfigError(f"the Basenji of {path} has another trunk than [model] asks for ({error})") from error
    if config.freeze:
        freeze_trunk(model)
    n_frozen = sum(one.numel() for one in model.parameters() if not one.requires_grad)
    logger.info("%s: trunk taken over, %d weights frozen", path, n_frozen)
    return {
        "model": other.identity.name,
        "tracks": list(other.identity.context.get("tracks", [])),
        "frozen": n_frozen,
    }


def _as_json(value: object) -> object:
    """A tuple as the list that JSON makes of it; all else as it is."""
    return list(value) if isinstance(value, tuple) else value
