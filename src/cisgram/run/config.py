"""What a user asks for: a run's TOML file as one of the kinds of settings, checked, and back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import tomli_w

from cisgram.errors import ConfigError, InputError
from cisgram.models import MODELS
from cisgram.run.settings.binned import BinnedRunConfig
from cisgram.run.settings.contacts import ContactRunConfig
from cisgram.run.settings.coverage import CoverageRunConfig
from cisgram.run.settings.labels import LabelRunConfig
from cisgram.run.settings.profiles import ProfileRunConfig
from cisgram.run.toml import read_toml, section_from, values_of

RunConfig: TypeAlias = ProfileRunConfig | LabelRunConfig | CoverageRunConfig | ContactRunConfig | BinnedRunConfig
"""Everything that a run depends on."""

KINDS: Mapping[str, type[RunConfig]] = {
    "bpnet": ProfileRunConfig,
    "basset": LabelRunConfig,
    "atacworks": CoverageRunConfig,
    "akita": ContactRunConfig,
    "basenji": BinnedRunConfig,
}
"""The kind of run that each model is for."""


def read_config(path: Path) -> RunConfig:
    """Read and check a run's TOML file.

    Raises
    ------
    ConfigError
        For a key that is unknown, missing, of the wrong kind, or that contradicts another.
    """
    try:
        return config_from(read_toml(path), where=str(path))
    except InputError as error:
        if str(path) in str(error):
            raise
        raise ConfigError(f"{path}: {error}") from error


def config_from(values: Mapping[str, Any], *, where: str = "the config") -> RunConfig:
    """Make a run's settings from nested dictionaries, as a TOML file gives them.

    The section ``[model]`` has the key ``name`` besides those of that model's own settings, and ``form`` where the
    model has named forms to begin with. Without a name, ``[[maps]]`` is for Akita, ``[[pairs]]`` for AtacWorks,
    ``track_table`` for Basenji, ``[sites]`` and ``[sequences]`` are for Basset, all else is for BPNet.
    """
    model = values.get("model", {})
    if not isinstance(model, Mapping):
        raise ConfigError(f"{where}: [model] must be a table of keys and values; got {model!r}")
    model = dict(model)
    name = model.pop("name", _fitting_name(values))
    if not isinstance(name, str) or name not in MODELS:
        raise ConfigError(f"{where}: [model] name must be one of {', '.join(MODELS)}; got {name!r}")
    rest = {**values, "model": _model(name, model, where=where)}
    if "control" in rest and isinstance(rest["control"], Mapping):
        rest["control"] = {"name": "control", **rest["control"]}
    return section_from(KINDS[name], rest, where=where)


def _fitting_name(values: Mapping[str, Any]) -> str:
    """The model that a file without a name is for."""
    if "maps" in values:
        return "akita"
    if "pairs" in values:
        return "atacworks"
    if "track_table" in values:
        return "basenji"
    return "basset" if {"sites", "sequences"} & values.keys() else "bpnet"


def model_name(config: RunConfig) -> str:
    """Name of the model that the settings in ``config.model`` belong to."""
    return next(name for name, entry in MODELS.items() if isinstance(config.model, entry.config))


def config_text(config: RunConfig) -> str:
    """Write settings as TOML, defaults filled in; :func:`config_from` reads the same settings back."""
    values = values_of(config)
    values["model"] = {"name": model_name(config), **values["model"]}
    return tomli_w.dumps(values)


def _model(name: str, given: dict[str, Any], *, where: str) -> Any:
    """A model's settings: those that were given, in place of those of the form that was asked for."""
    entry = MODELS[name]
    form = given.pop("form", None)
    if form is None:
        return section_from(entry.config, given, where="[model]")
    if not isinstance(form, str) or form not in entry.forms:
        known = f"one of {', '.join(entry.forms)}" if entry.forms else f"left out: {name} has none"
        raise ConfigError(f"{where}: [model] form must be {known}; got {form!r}")
    return section_from(entry.config, {**values_of(entry.forms[form]()), **given}, where="[model]")
