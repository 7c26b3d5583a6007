"""Contribution files (HDF5): contributions of every base, by track and score, as the public motif tools read them.

::

    /                             attributes: format, cisgram_version, groups, and what the writer adds
    /<track>/<score>/             attributes: method, definition of the score, ...
        raw/seq                   int8    window 4 length   one-hot sequences
        shap/seq                  float32 window 4 length   hypothetical contributions
        projected_shap/seq        float32 window 4 length   contributions of the bases that are there
        chrom start end [...]     the windows, 0-based half-open
        completeness_error        float32 window            as in cisgram.interpret.contributions.Attribution
        relative_error            float32 window
    /raw /shap /projected_shap    hard links into the first group

The datasets in a group, and with the links those at the root, have the names and shapes of ChromBPNet's
contribution files, which TF-MoDISco-lite and finemo read. Tracks with the same sequences share ``raw``.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from typing import Any, NamedTuple

import h5py
import numpy as np
import pandas as pd

from cisgram.arrays import BaseValues, Codes, OneHot, PerSequence, Positions
from cisgram.errors import FormatError, InputError
from cisgram.genomics.interval import interval_table
from cisgram.genomics.sequence import one_hot
from cisgram.io.hdf5 import (
    PACKED,
    chosen_group,
    dataset_in,
    group_in,
    groups_with,
    named_group,
    reading_hdf5,
    require_written,
    set_attributes,
    writing_hdf5,
)

FORMAT = "cisgram contributions 1"
_LINKS = ("raw", "shap", "projected_shap")
_WINDOW_COLUMNS = ("chrom", "start", "end", "strand", "name", "row")
_TEXT = ("chrom", "strand", "name")
_CHUNK_BYTES = 2**19


class Contributions(NamedTuple):
    """Contributions to one score of one track; all have one row per window."""

    one_hot: OneHot
    """Sequences, int8."""
    hypothetical: BaseValues
    """What each of the four bases would add, float32."""
    windows: pd.DataFrame
    """Interval table."""
    completeness_error: PerSequence
    """Absolute; NaN where the method promises no sum."""
    relative_error: PerSequence
    """Relative to the difference of scores."""
    attributes: dict[str, Any]
    """Method, score, and whatever else was written."""

    @property
    def contributions(self) -> BaseValues:
        """What the base that is there adds; zero for the other three, and at N."""
        return self.hypothetical * self.one_hot


class ContributionGroup:
    """One group of a file that is being written; see :meth:`ContributionWriter.group`.

    As a context it is checked to be complete when its block ends; otherwise that happens when the file ends.
    """

    def __init__(
        self, file: h5py.File, group: h5py.Group, *, shape: tuple[int, int, int], one_hot_blocks: h5py.Dataset
    ) -> None:
        self._file, self._group, self._sequences = file, group, one_hot_blocks
        self._n_windows, self._n_written = shape[0], 0
        self._waiting: list[tuple[np.ndarray, np.ndarray, np.ndarray]] = []
        self._rows_per_chunk = _rows_per_chunk(shape, bytes_per_value=4)
        chunks = (self._rows_per_chunk, *shape[1:])
        for name in ("shap", "projected_shap"):
            group.create_dataset(f"{name}/seq", shape, np.float32, chunks=chunks, **PACKED)
        for name in ("completeness_error", "relative_error"):
            group.create_dataset(name, (shape[0],), np.float32)

    def __enter__(self) -> "ContributionGroup":
        return self

    def __exit__(self, failure: type[BaseException] | None, *_: object) -> None:
        if failure is None:
            self._finish()

    def append(self, hypothetical: BaseValues, *, completeness_error: PerSequence, relative_error: PerSequence) -> None:
        """Add the next windows, in the order of the table."""
        self._waiting.append((hypothetical, completeness_error, relative_error))
        if sum(len(block[0]) for block in self._waiting) >= self._rows_per_chunk:
            self._write()

    def _write(self) -> None:
        """Put what waits into the file; blocks wait until they fill a chunk, which is packed only once."""
        if not self._waiting:
            return
        values, error, relative = (np.concatenate(parts) for parts in zip(*self._waiting, strict=True))
        self._waiting = []
        rows = slice(self._n_written, self._n_written + len(values))
        if rows.stop > self._n_windows:
            raise InputError(f"{self._group.name} has {self._n_windows} windows; contributions of {rows.stop} came")
        dataset_in(self._group, "shap/seq")[rows] = values
        dataset_in(self._group, "projected_shap/seq")[rows] = values * self._sequences[rows]
        dataset_in(self._group, "completeness_error")[rows] = error
        dataset_in(self._group, "relative_error")[rows] = relative
        require_written(self._file)
        self._n_written = rows.stop

    def _finish(self) -> None:
        """Write the rest; every window must have its contributions."""
        self._write()
        if self._n_written != self._n_windows:
            raise InputError(
                f"{self._group.name} has {self._n_windows} windows, but contributions of {self._n_written} were added"
            )


class ContributionWriter:
    """A contribution file that is being written; :func:`writing_contributions` lends one."""

    def __init__(self, file: h5py.File) -> None:
        self._file = file
        self._groups: list[ContributionGroup] = []
        self._sequences: dict[bytes, h5py.Group] = {}

    def group(
        self, track: str, score: str, *, windows: pd.DataFrame, codes: Codes, attributes: Mapping[str, object]
    ) -> ContributionGroup:
        """Begin the group of a track and a score; several may be open at a time.

        Parameters
        ----------
        track, score
            Names of the group.
        windows
            Interval table; the columns ``chrom start end``, and ``strand name row`` where it has them, are kept.
        codes
            Sequences of the windows, ``batch length``.
        attributes
            What belongs to the numbers: method, definition of the score, number of references, hash of the model.
        """
        if len(windows) != len(codes) or codes.ndim != 2 or len(codes) == 0:
            raise InputError(
                f"{track}/{score}: at least one window is needed, and as many sequences; got {len(windows)} windows "
                f"and sequences of shape {codes.shape}"
            )
        if track in _LINKS:
            raise InputError(f"a track cannot be called {track!r}: the file has a dataset of that name; rename it")
        group = named_group(self._file, track, score)
        set_attributes(group, attributes)
        for name in _WINDOW_COLUMNS:
            if name in windows:
                _write_column(group, name, windows[name].to_numpy())
        sequences = self._one_hot(group, codes)
        shape = (len(codes), 4, codes.shape[1])
        opened = ContributionGroup(self._file, group, shape=shape, one_hot_blocks=sequences)
        self._groups.append(opened)
        self._file.attrs["groups"] = "\n".join(filter(None, [str(self._file.attrs["groups"]), f"{track}/{score}"]))
        return opened

    def _one_hot(self, group: h5py.Group, codes: Codes) -> h5py.Dataset:
        """Write the sequences, or link to those of an earlier group that are the same."""
        fingerprint = sha256(codes.tobytes()).digest()
        if fingerprint in self._sequences:
            group["raw"] = self._sequences[fingerprint]
        else:
            shape = (len(codes), 4, codes.shape[1])
            rows_at_a_time = _rows_per_chunk(shape, bytes_per_value=1)
            chunks = (rows_at_a_time, *shape[1:])
            written = group.create_dataset("raw/seq", shape, np.int8, chunks=chunks, **PACKED)
            for start in range(0, len(codes), rows_at_a_time):
                block = np.asarray(codes[start : start + rows_at_a_time])
                written[start : start + len(block)] = one_hot(block).astype(np.int8)
            self._sequences[fingerprint] = group_in(group, "raw")
        return dataset_in(group, "raw/seq")

    def _finish(self) -> None:
        """Complete all groups, and link the first one to the root."""
        if not self._groups:
            raise InputError("a contribution file needs at least one group; none was added")
        for opened in self._groups:
            opened._finish()
        first = "/".join(groups_with(self._file)[0])
        for name in _LINKS:
            self._file[name] = self._file[f"{first}/{name}"]


@contextmanager
def writing_contributions(
    path: str | os.PathLike[str], *, attributes: Mapping[str, object] | None = None
) -> Iterator[ContributionWriter]:
    """Write a contribution file block by block; it appears when the block ends, complete or not at all.

    Parameters
    ----------
    path
        The file.
    attributes
        Where it comes from: hashes of genome and settings, seed; the version of this package is added.

    Raises
    ------
    InputError
        If a group lacks contributions of some windows, or got too many.
    OutputError
        If it cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> windows, codes = interval_table(["I"], [0], [3]), np.array([[0, 1, 4]], dtype=np.uint8)
    >>> values, error = np.ones((1, 4, 3), dtype=np.float32), np.zeros(1, dtype=np.float32)
    >>> with TemporaryDirectory() as folder:
    ...     with writing_contributions(f"{folder}/a.h5", attributes={"seed": 1}) as writer:
    ...         group = writer.group("Reb1", "profile", windows=windows, codes=codes, attributes={"method": "ism"})
    ...         group.append(values, completeness_error=error, relative_error=error)
    ...     read_contributions(f"{folder}/a.h5", "Reb1", "profile").contributions.sum(axis=1)
    array([[1., 1., 0.]], dtype=float32)
    """
    with writing_hdf5(path, attributes={"format": FORMAT, "groups": "", **(attributes or {})}) as file:
        writer = ContributionWriter(file)
        yield writer
        writer._finish()


def read_contributions(
    path: str | os.PathLike[str],
    track: str | None = None,
    score: str | None = None,
    *,
    rows: slice | Positions | None = None,
) -> Contributions:
    """Read the contributions to one score of one track.

    Parameters
    ----------
    path
        The file.
    track, score
        Names of the group; the first that fits where one is not given.
    rows
        Which windows, in which order; all, if not given.

    Raises
    ------
    InputError
        If the file has no such group or row.
    FormatError
        If it is no contribution file of this package, or was cut off.
    """
    with _reading(path) as file:
        group = chosen_group(file, track, score)
        n_windows = _n_windows(path, group)
        wanted = np.arange(n_windows)[slice(None) if rows is None else rows]
        attributes: dict[str, Any] = {**file.attrs, **group.attrs}
        del attributes["groups"]
        hypothetical = _rows_of(group, "shap/seq", wanted)
        if hypothetical.size and not np.isfinite([hypothetical.min(), hypothetical.max()]).all():
            raise FormatError(path, f"{group.name}/shap/seq holds values that are no numbers; write the file again")
        return Contributions(
            one_hot=_rows_of(group, "raw/seq", wanted),
            hypothetical=hypothetical,
            windows=_windows_of(group, wanted),
            completeness_error=_rows_of(group, "completeness_error", wanted),
            relative_error=_rows_of(group, "relative_error", wanted),
            attributes=attributes,
        )


def read_explained_windows(
    path: str | os.PathLike[str], track: str | None = None, score: str | None = None
) -> pd.DataFrame:
    """Read the windows of a file, as in :attr:`Contributions.windows`, without the contributions themselves.

    Parameters and errors are those of :func:`read_contributions`.
    """
    with _reading(path) as file:
        group = chosen_group(file, track, score)
        return _windows_of(group, np.arange(_n_windows(path, group)))


def contribution_groups(path: str | os.PathLike[str]) -> list[tuple[str, str]]:
    """Tracks and scores of a contribution file, in the order they were written."""
    with _reading(path) as file:
        return groups_with(file)


@contextmanager
def _reading(path: str | os.PathLike[str]) -> Iterator[h5py.File]:
    """Open a contribution file of this package."""
    with reading_hdf5(path, "contributions") as file:
        if (form := file.attrs.get("format", "none")) != FORMAT:
            raise FormatError(path, f"the attribute format must be {FORMAT!r}; got {form!r}")
        yield file


def _n_windows(path: str | os.PathLike[str], group: h5py.Group) -> int:
    """How many windows a group has, once every part of it has as many and is of the kind that it must be."""
    shape = dataset_in(group, "shap/seq").shape
    columns = [name for name in _WINDOW_COLUMNS if name in group]
    shapes = {"shap/seq": shape, "raw/seq": shape}
    shapes |= dict.fromkeys((*columns, "completeness_error", "relative_error"), shape[:1])
    for name, wanted in shapes.items():
        dataset = dataset_in(group, name)
        is_text = name in _TEXT and h5py.check_string_dtype(dataset.dtype) is not None
        is_whole = name in ("start", "end", "row") and dataset.dtype.kind in "iu"
        is_number = ("/" in name and dataset.dtype.kind in "iuf") or (
            name.endswith("_error") and dataset.dtype.kind == "f"
        )
        if len(shape) != 3 or shape[1] != 4 or dataset.shape != wanted or not (is_text or is_whole or is_number):
            raise FormatError(
                path,
                f"{group.name}: shap/seq must have windows, four bases and a length, and every part as many windows; "
                f"shap/seq has {shape}, {name} has {dataset.shape} of {dataset.dtype}. Write the file again",
            )
    return shape[0]


def _windows_of(group: h5py.Group, wanted: Positions) -> pd.DataFrame:
    """Some rows of the interval table."""
    columns = {name: _rows_of(group, name, wanted) for name in _WINDOW_COLUMNS if name in group}
    try:
        return interval_table(**columns)
    except InputError as error:
        raise FormatError(group.file.filename, f"{group.name}: {error}; write the file again") from error


def _rows_of(group: h5py.Group, name: str, wanted: Positions) -> np.ndarray:
    """Some rows of a dataset in any order; text becomes str."""
    dataset = dataset_in(group, name)
    readable = dataset.asstr() if h5py.check_string_dtype(dataset.dtype) else dataset
    if len(wanted) == len(dataset) and (np.diff(wanted) == 1).all():
        return np.asarray(readable[:])
    in_order, place = np.unique(wanted, return_inverse=True)  # HDF5 reads rows in rising order, each once
    return np.asarray(readable[in_order])[place]


def _write_column(group: h5py.Group, name: str, values: np.ndarray) -> None:
    """Write a column of an interval table: text or numbers."""
    if values.dtype.kind in "iuf":
        group.create_dataset(name, data=values)
    else:
        group.create_dataset(name, data=[str(value) for value in values], dtype=h5py.string_dtype())


def _rows_per_chunk(shape: tuple[int, int, int], *, bytes_per_value: int) -> int:
    """How many windows make a chunk of about half a megabyte."""
    return int(np.clip(_CHUNK_BYTES // (shape[1] * shape[2] * bytes_per_value), 1, max(shape[0], 1)))
