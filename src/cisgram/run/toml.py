"""TOML to frozen dataclasses and back; a key that is unknown, misspelt or of the wrong kind is an error."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from pydantic import TypeAdapter, ValidationError

from cisgram.errors import ConfigError, InputError
from cisgram.io.files import require_file

Section = TypeVar("Section")


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file as nested dictionaries.

    Raises
    ------
    ConfigError
        Where the file is not TOML; the message gives the line.
    """
    require_file(path, "the config")
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error


def section_from(section: type[Section], values: Any, *, where: str) -> Section:
    """Make one frozen dataclass, with all dataclasses in it, from nested dictionaries.

    Parameters
    ----------
    section
        The dataclass. Types are checked; nothing is converted but lists to tuples and whole numbers to floats.
    values
        Keys and values, as TOML or JSON give them.
    where
        What the values are called in messages, e.g. ``[training]``.

    Raises
    ------
    ConfigError
        For an unknown key (with the nearest known one), a missing one, a value of the wrong kind, or values
        that contradict each other.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class Speed:
    ...     limit: float = 1.0
    >>> section_from(Speed, {"limit": 2}, where="[speed]")
    Speed(limit=2.0)
    >>> section_from(Speed, {"limt": 2}, where="[speed]")
    Traceback (most recent call last):
    cisgram.errors.ConfigError: [speed] has no key 'limt'; did you mean 'limit'? It has: limit
    """
    if not isinstance(values, Mapping):
        raise ConfigError(f"{where} must be a table of keys and values; got {values!r}")
    known = fields(section)  # type: ignore[arg-type]
    refuse_unknown(values, [field.name for field in known], where=where)
    required = [field.name for field in known if field.default is MISSING and field.default_factory is MISSING]
    if missing := [name for name in required if name not in values]:
        raise ConfigError(f"{where} needs {', '.join(map(repr, missing))}")
    hints = get_type_hints(section)
    values = {**values, **_completed(section, values)}
    given = {key: _checked(hints[key], value, where=_inside(where, key)) for key, value in values.items()}
    try:
        return section(**given)
    except InputError as error:
        raise ConfigError(f"{where}: {error}") from error


def _completed(section: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """Tables that were given in part: what they lack is of the section's own default for them."""
    defaults = {
        field.name: field.default_factory()
        for field in fields(section)
        if field.default_factory is not MISSING and isinstance(values.get(field.name), Mapping)
    }
    return {name: {**vars(one), **values[name]} for name, one in defaults.items() if is_dataclass(one)}


def refuse_unknown(values: Mapping[str, Any], known: Sequence[str], *, where: str) -> None:
    """Raise a ConfigError for the first key that is not known, with the nearest known one."""
    for key in values:
        if key not in known:
            near = get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            raise ConfigError(f"{where} has no key {key!r}; {hint}It has: {', '.join(known)}")


def _checked(hint: Any, value: Any, *, where: str) -> Any:
    """The value as the type says, dataclasses built; one that is built already is taken as it is."""
    if is_dataclass(value):
        return value
    if is_dataclass(hint):
        return section_from(hint, value, where=where)  # type: ignore[arg-type]
    inner = [one for one in get_args(hint) if is_dataclass(one)]
    if inner and get_origin(hint) is tuple:
        if not isinstance(value, list | tuple):
            raise ConfigError(f"{where} is a list: write [{where}] with two brackets on each side")
        return tuple(section_from(inner[0], one, where=f"{where} {n}") for n, one in enumerate(value, 1))  # type: ignore[arg-type]
    if inner:
        return None if value is None else section_from(inner[0], value, where=where)  # type: ignore[arg-type]
    try:
        # Strict, as JSON: a list may become a tuple and 2 may become 2.0, but "2" stays a string and is refused.
        return TypeAdapter(hint).validate_json(json.dumps(value, default=str), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{where}: {first['msg'].lower()}; got {value!r}") from error


def _inside(where: str, key: str) -> str:
    """How a key of a section is called: ``[training] epochs``; sections of a file by their own name."""
    return f"{where} {key}" if where.startswith("[") else f"[{key}]"


def values_of(section: Any) -> Any:
    """Turn a dataclass with all that it holds into plain values for TOML or JSON; None is left out."""
    if is_dataclass(section):
        pairs = ((field.name, values_of(getattr(section, field.name))) for field in fields(section))
        return {name: value for name, value in pairs if value is not None}
    if isinstance(section, list | tuple):
        return [values_of(item) for item in section]
    return section
