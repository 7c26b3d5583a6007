"""HDF5 files as such: opened with errors that name the file, and how large arrays are packed in them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import h5py
import numpy as np

from cisgram import __version__
from cisgram.errors import FormatError, InputError
from cisgram.io.files import atomic_path, require_file

PACKED: Mapping[str, Any] = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
"""Options of a large dataset: filters that every HDF5 library has."""


@contextmanager
def reading_hdf5(path: str | os.PathLike[str], what: str) -> Iterator[h5py.File]:
    """Open an HDF5 file for reading.

    Parameters
    ----------
    path
        The file.
    what
        What it is, for messages.

    Raises
    ------
    FormatError
        If it is no HDF5 file, was cut off, or a read inside the block fails or finds a dataset missing.
    """
    file_path = require_file(path, what)
    try:
        with h5py.File(file_path, "r") as file:
            yield file
    except (OSError, KeyError, RuntimeError) as error:
        raise FormatError(file_path, f"{what} expected, but it cannot be read as such: {error}") from error


@contextmanager
def writing_hdf5(path: str | os.PathLike[str], *, attributes: Mapping[str, object]) -> Iterator[h5py.File]:
    """Open a new HDF5 file that appears complete or not at all; it names the version that wrote it."""
    with atomic_path(path) as temporary, h5py.File(temporary, "w") as file:
        file.attrs["cisgram_version"] = __version__
        set_attributes(file, attributes)
        yield file


def set_attributes(place: h5py.Group, attributes: Mapping[str, object]) -> None:
    """Write attributes: text, numbers and truth values."""
    for name, value in attributes.items():
        if not isinstance(value, str | int | float | bool | np.generic):
            raise InputError(f"an attribute is text, a number or a truth value; {name} is {type(value).__name__}")
        place.attrs[name] = value


def dataset_in(place: h5py.Group, name: str) -> h5py.Dataset:
    """A dataset by its name; KeyError if there is none."""
    found = place[name]
    if not isinstance(found, h5py.Dataset):
        raise KeyError(f"{name} in {place.name} is not a dataset")
    return found


def group_in(place: h5py.Group, name: str) -> h5py.Group:
    """A group by its name; KeyError if there is none."""
    found = place[name]
    if not isinstance(found, h5py.Group):
        raise KeyError(f"{name} in {place.name} is not a group")
    return found


def named_group(file: h5py.File, track: str, score: str) -> h5py.Group:
    """Make the group of a track and a score.

    Raises
    ------
    InputError
        If a name cannot be one of a group, or the group is there already.
    """
    for name in (track, score):
        if not name or "/" in name or name in (".", ".."):
            raise InputError(f"names of tracks and scores must not be empty or hold '/'; got {name!r}")
    if f"{track}/{score}" in file:
        raise InputError(f"{track}/{score} is written twice to {file.filename}")
    return file.create_group(f"{track}/{score}")


def groups_with(file: h5py.File, *, child: str | None = None) -> list[tuple[str, str]]:
    """Tracks and scores of a file, in the order they were written; of these, groups that have a child."""
    order = [text.split("/") for text in str(file.attrs.get("groups", "")).splitlines()]
    return [(track, score) for track, score in order if child is None or f"{track}/{score}/{child}" in file]


def chosen_group(file: h5py.File, track: str | None, score: str | None) -> h5py.Group:
    """The group of a track and a score; the first that fits where one is not given.

    Raises
    ------
    InputError
        If the file has no such group; the message names those it has.
    """
    there = groups_with(file)
    for one in there:
        if track in (None, one[0]) and score in (None, one[1]):
            return group_in(file, "/".join(one))
    have = ", ".join("/".join(one) for one in there) or "none"
    raise InputError(f"{file.filename} has no group {track or 'any'}/{score or 'any'}; it has {have}")
