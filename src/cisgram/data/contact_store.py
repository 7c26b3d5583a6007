"""Targets of contact maps on disk, and windows of a genome with them as training examples.

::

    layout.json      names of the maps, width and number of bins, what was cropped, and which genome it was
    windows.tsv.gz   all windows, those that are used numbered by ``row``
    targets.npy      float16, ``window track pair``: natural log observed over expected of the upper triangle
    masked.npy       bool, ``window track bin``: bins of which nothing was measured
    halves.npy       float16, ``test window, half, track, pair``: the same of two replicates or halves, for the ceiling

Sequences are not stored: windows overlap, and are cut out of the memory-mapped genome as they are asked for. Memory
does not grow with the number of windows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import PairTargets, Positions
from cisgram.data.npy import RowWriter, open_array
from cisgram.data.store_files import read_layout, read_windows, replacing_folder, rows_of, write_layout, write_windows
from cisgram.data.windows import Split
from cisgram.errors import ConfigError
from cisgram.genomics.contact_pairs import count_pairs, reversed_pairs

_KIND = "contacts"
_FORMAT = 1


@dataclass(frozen=True)
class ContactLayout:
    """Names and geometry of a store of contact maps."""

    track_names: tuple[str, ...]
    """Maps, in the order of the track axis."""
    bin_size: int
    """Width of a bin in bp."""
    input_length: int
    """Length of a window in bp."""
    n_bins: int
    """Bins of a window after the crop, one side of the square."""
    diagonal_offset: int
    """Pairs closer than so many bins are left out."""
    clip: float
    """Targets lie between minus and plus this (natural log)."""
    ceiling: str
    """What ``halves`` are: ``replicates`` or ``pseudo-replicates``."""
    genome_sha256: str
    """Of the genome's FASTA."""

    def __post_init__(self) -> None:
        if not self.track_names or len(set(self.track_names)) < len(self.track_names):
            raise ConfigError(f"every contact map needs a name of its own; got {', '.join(self.track_names)}")
        if self.n_bins * self.bin_size > self.input_length:
            raise ConfigError(f"{self.n_bins} bins of {self.bin_size} bp do not fit into {self.input_length} bp")

    @property
    def n_pairs(self) -> int:
        """Pairs of bins of a window."""
        return count_pairs(self.n_bins, self.diagonal_offset)

    @property
    def crop_bp(self) -> int:
        """What a window has on either side of the bins that are predicted."""
        return (self.input_length - self.n_bins * self.bin_size) // 2


class ContactExample(NamedTuple):
    """What is stored of one window."""

    targets: np.ndarray
    """``track pair``."""
    masked: np.ndarray
    """``track bin``."""
    halves: np.ndarray | None
    """``2 track pair``; None for windows that are not for testing."""


@dataclass(frozen=True, eq=False)
class ContactStore:
    """A store that is open; made by :func:`open_contacts`. It may be sent to another process, which opens it anew."""

    folder: Path
    layout: ContactLayout
    windows: pd.DataFrame = field(repr=False)
    """The windows that are used; row ``i`` belongs to row ``i`` of the arrays."""
    targets: np.ndarray = field(repr=False)
    """float16, ``window track pair``, memory-mapped."""
    masked: np.ndarray = field(repr=False)
    """bool, ``window track bin``, memory-mapped."""
    halves: np.ndarray = field(repr=False)
    """float16, ``test window, half, track, pair``, memory-mapped, in the order of ``rows("test")``."""

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return open_contacts, (self.folder,)

    def __len__(self) -> int:
        return len(self.windows)

    def rows(self, split: Split) -> Positions:
        """Rows of one split, ascending; possibly none."""
        return rows_of(self.windows, split, None)

    def turned(self, values: PairTargets) -> PairTargets:
        """Targets as they are seen from the other strand: squares are mirrored at their other diagonal."""
        return values[..., reversed_pairs(self.layout.n_bins, self.layout.diagonal_offset)]


def write_contacts(
    folder: Path, layout: ContactLayout, windows: pd.DataFrame, examples: Iterable[ContactExample]
) -> ContactStore:
    """Write a store; the folder appears complete or not at all.

    Parameters
    ----------
    folder
        Where to; a store that is there already is replaced.
    layout
        Names and geometry.
    windows
        Table of windows; those with an empty ``dropped`` are used.
    examples
        One per window that is used, in order; asked for one after the other.

    Raises
    ------
    EmptySetError
        Where no window is used.
    RunFolderError, OutputError
        Where the folder holds something else, or cannot be written.
    """
    kept = windows[windows["dropped"].eq("")]
    n_rows, n_test = len(kept), int(kept["split"].eq("test").sum())
    shapes = _shapes(layout, n_rows, n_test)
    n_bytes = sum(int(np.prod(shape)) * np.dtype(dtype).itemsize for shape, dtype in shapes.values())
    with replacing_folder(folder, n_bytes=n_bytes) as partial:
        write_windows(partial, windows)
        with (
            RowWriter(partial / "targets.npy", *shapes["targets"]) as targets,
            RowWriter(partial / "masked.npy", *shapes["masked"]) as masked,
            RowWriter(partial / "halves.npy", *shapes["halves"]) as halves,
        ):
            for one in examples:
                targets.append(one.targets[None])
                masked.append(one.masked[None])
                if one.halves is not None:
                    halves.append(one.halves[None])
        write_layout(partial, layout, kind=_KIND, version=_FORMAT, n_rows=n_rows, n_test=n_test)
    return open_contacts(folder)


def open_contacts(folder: str | Path) -> ContactStore:
    """Open a store that :func:`write_contacts` made.

    Raises
    ------
    FormatError
        Where a file is missing, damaged, or does not fit the layout.
    InputError
        Where the folder is no store of contact maps.
    """
    folder = Path(folder)
    layout, n_rows, n_test = read_layout(folder, ContactLayout, kind=_KIND, version=_FORMAT, what="contact maps")
    arrays = {
        name: open_array(folder / f"{name}.npy", shape=shape, dtype=dtype)
        for name, (shape, dtype) in _shapes(layout, n_rows, n_test).items()
    }
    windows = read_windows(folder, n_rows)
    return ContactStore(folder, layout, windows[windows["row"] >= 0].reset_index(drop=True), **arrays)


def training_average(store: ContactStore) -> PairTargets:
    """Mean target of the training windows, ``1 track pair``; masked pairs that were not filled are left out."""
    total = np.zeros(store.targets.shape[1:])
    known = np.zeros(store.targets.shape[1:])
    for row in store.rows("train"):
        values = store.targets[row].astype(np.float64)
        total += np.nan_to_num(values)
        known += ~np.isnan(values)
    return np.divide(total, known, out=np.zeros_like(total), where=known > 0)[None]


def _shapes(layout: ContactLayout, n_rows: int, n_test: int) -> dict[str, tuple[tuple[int, ...], str]]:
    """Shape and type of every array."""
    n_tracks, n_pairs = len(layout.track_names), layout.n_pairs
    return {
        "targets": ((n_rows, n_tracks, n_pairs), "<f2"),
        "masked": ((n_rows, n_tracks, layout.n_bins), "|b1"),
        "halves": ((n_test, 2, n_tracks, n_pairs), "<f2"),
    }
