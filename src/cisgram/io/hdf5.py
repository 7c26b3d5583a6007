"""HDF5 files as such: opened with errors that name the file, and how large arrays are packed in them."""

import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from cisgram import __version__
from cisgram.errors import FormatError, InputError, OutputError
from cisgram.io.files import atomic_path, require_file

PACKED: Mapping[str, Any] = {"compression": "gzip", "compression_opts": 1, "shuffle": True}
"""Options of a large dataset: filters that every HDF5 library has."""


_DAMAGE = (OSError, KeyError, RuntimeError, ValueError, TypeError, IndexError, AttributeError, MemoryError)
"""What comes of damage that the library notices, and of what is not the shape or the kind that it should be."""


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
    except (InputError, OutputError):
        raise
    except _DAMAGE as error:
        raise FormatError(file_path, f"{what} expected, but it cannot be read as such: {error}") from error


@contextmanager
def writing_hdf5(path: str | os.PathLike[str], *, attributes: Mapping[str, object]) -> Iterator[h5py.File]:
    """Open a new HDF5 file that appears complete or not at all; it names the version that wrote it.

    Raises
    ------
    OutputError
        Where writing fails, such as on a full disk.
    """
    with atomic_path(path) as temporary, open_to_write(temporary, "w") as file:
        file.attrs["cisgram_version"] = __version__
        set_attributes(file, attributes)
        yield file


def open_to_write(path: str | os.PathLike[str], mode: str) -> h5py.File:
    """Open an HDF5 file as :class:`h5py.File` does, so that what cannot be written is an error once it is closed.

    Parameters
    ----------
    path
        The file.
    mode
        ``w`` for a new file, ``r+`` for one that is there, ``a`` for either.

    Raises
    ------
    OSError
        Where it cannot be opened; when it is closed, the first that came of writing. Whatever else came of it in a
        ``with`` block gives way to it.
    """
    is_new = mode == "w" or (mode == "a" and not Path(path).exists())
    raw = io.FileIO(path, "w+" if is_new else "r+")
    target = _Target(raw)
    try:
        return _WrittenFile(target, "w" if is_new else "r+")
    except BaseException as error:
        raw.close()
        raise target.error or error from None


def require_written(file: h5py.File) -> None:
    """Raise where a file of :func:`writing_hdf5` could not be written so far, so that long work stops at once.

    Raises
    ------
    OSError
        The first that came; :func:`writing_hdf5` turns it into an OutputError.
    """
    if isinstance(file, _WrittenFile) and file.target.error is not None:
        raise file.target.error


class _Target(io.RawIOBase):
    """A file that HDF5 writes to through Python, so that a full disk is an error and not the end of the process.

    HDF5 cannot close a file that it cannot write to: it tries again when the process ends, which then dies of it. Here
    the first failure is kept, and from then on whatever is written is taken and forgotten; who has written looks at
    ``error`` once the file is closed.
    """

    def __init__(self, raw: io.FileIO) -> None:
        self.raw = raw
        self.error: OSError | None = None

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        return self.raw.seek(offset, whence) if self.error is None else 0

    def tell(self) -> int:
        return self.raw.tell() if self.error is None else 0

    def readinto(self, buffer: Any, /) -> int:
        piece = self.raw.read(len(buffer)) if self.error is None else bytes(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def write(self, data: Any, /) -> int:
        left = memoryview(data)
        try:
            while len(left) and self.error is None:
                left = left[self.raw.write(left) :]
        except OSError as error:
            self.error = error
        return len(data)

    def truncate(self, size: int | None = None, /) -> int:
        try:
            return self.raw.truncate(size) if self.error is None else size or 0
        except OSError as error:
            self.error = error
            return size or 0

    def flush(self) -> None:
        """Nothing is held back here."""


class _WrittenFile(h5py.File):
    """A file that knows what it is written through, and says when it is closed what could not be written."""

    def __init__(self, target: _Target, mode: str) -> None:
        self.target = target
        super().__init__(target, mode)

    def close(self) -> None:
        try:
            super().close()
        except _DAMAGE:
            if self.target.error is None:
                raise
        finally:
            self.target.raw.close()
        if (error := self.target.error) is not None:
            self.target.error = None
            raise error


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
