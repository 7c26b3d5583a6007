"""Labelled examples on disk: a sequence and one number per track for each, as memory-mapped arrays.

::

    windows.tsv.gz    every window that was proposed; kept ones have their row of the arrays in ``row``, others -1
    layout.json       lengths, names, and the shape and type of every array
    sequences.npy     uint8    row, input_length + 2 jitter_bp      codes A C G T N = 0..4
    labels.npy        uint8    row, track                           0, 1, or 255 where it is not known
                      float32  row, track                           where labels are measurements; NaN not known
"""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram import __version__
from cisgram.arrays import Labels, Mask, Positions, StoredSequences
from cisgram.data.gather import Gathered, gather_sequences
from cisgram.data.npy import RowWriter, open_array
from cisgram.data.store_files import (
    LAYOUT,
    kept_windows,
    layout_of,
    read_windows,
    replacing_folder,
    rows_of,
    write_windows,
)
from cisgram.data.windows import Kind, Split
from cisgram.errors import ConfigError, FormatError, InputError, RunFolderError
from cisgram.io.files import write_json_atomic

FORMAT = "cisgram labelled store"
VERSION = 1
UNKNOWN = 255
"""What stands for a label that is not known, where labels are 0 and 1."""


@dataclass(frozen=True)
class LabelledLayout:
    """Geometry and names of a store; the same for all its rows."""

    input_length: int
    """Length of the sequence that a model reads, in bp."""
    jitter_bp: int
    """Room on both sides of the stored sequences."""
    track_names: tuple[str, ...]
    """In the order of the track axis: cell types, factors, or what else was measured."""
    genome_sha256: str = ""
    """Of the genome's FASTA; empty where sequences came without a genome."""

    def __post_init__(self) -> None:
        if self.input_length < 1 or self.jitter_bp < 0:
            raise ConfigError(
                f"input_length must be at least 1 and jitter_bp not negative; got {self.input_length}, {self.jitter_bp}"
            )
        if not self.track_names or len(set(self.track_names)) < len(self.track_names):
            raise ConfigError(f"labels need tracks, each with a name of its own; got {', '.join(self.track_names)}")

    @property
    def wide_input(self) -> int:
        """Length of the stored sequences, in bp."""
        return self.input_length + 2 * self.jitter_bp


class LabelledBlock(NamedTuple):
    """Some rows of a store, in their order."""

    sequences: StoredSequences
    """With room for jitter."""
    labels: Labels
    """float; NaN where a label is not known."""


@dataclass(frozen=True, eq=False)
class LabelledStore:
    """Labelled examples that can be read without loading them; made by :func:`open_labelled_store`.

    It may be sent to another process, which opens the files anew.
    """

    folder: Path
    layout: LabelledLayout
    candidates: pd.DataFrame
    """Every window that was proposed, with ``dropped`` and ``row``."""
    windows: pd.DataFrame
    """The kept windows; the index is the row of the arrays."""
    sequences: StoredSequences
    stored_labels: np.ndarray
    """As in the file; :meth:`labels` says what they mean."""

    def __len__(self) -> int:
        return len(self.windows)

    def __reduce__(self) -> tuple[object, tuple[Path, tuple[str, ...]]]:
        return _open_tracks, (self.folder, self.track_names)

    @property
    def track_names(self) -> tuple[str, ...]:
        """In the order of the track axis."""
        return self.layout.track_names

    @property
    def input_length(self) -> int:
        """Length of the sequence that a model reads, in bp."""
        return self.layout.input_length

    @property
    def jitter_bp(self) -> int:
        """Farthest that a window can be moved."""
        return self.layout.jitter_bp

    def rows(self, split: Split | None = None, kind: Kind | None = None) -> Positions:
        """Rows of one split and kind (of all where these are None), ascending; possibly none."""
        return rows_of(self.windows, split, kind)

    def select_tracks(self, names: Sequence[str]) -> "LabelledStore":
        """The same examples with the labels of some tracks, in the given order; these are held in memory.

        Raises
        ------
        InputError
            Where a name is unknown; similar names are suggested.
        """
        for name in names:
            if name not in self.track_names:
                near = get_close_matches(name, self.track_names, n=3) or self.track_names[:5]
                raise InputError(f"there is no track {name!r}; there are {', '.join(near)} and others")
        columns = [self.track_names.index(name) for name in names]
        layout = replace(self.layout, track_names=tuple(names))
        return replace(self, layout=layout, stored_labels=np.ascontiguousarray(self.stored_labels[:, columns]))

    def labels(self, rows: Positions) -> Labels:
        """Labels of some rows, float32; NaN where one is not known."""
        stored = self.stored_labels[rows]
        labels = stored.astype(np.float32)
        if stored.dtype == np.uint8:
            labels[stored == UNKNOWN] = np.nan
        return labels

    def centred(self, rows: Positions) -> StoredSequences:
        """Codes of some rows, windows where the table says they are."""
        return self.sequences[rows, self.jitter_bp : self.jitter_bp + self.input_length]

    def gather(self, rows: Positions, offsets: Positions, reverse: Mask) -> Gathered:
        """Copy examples: see :meth:`cisgram.data.store.ExampleStore.gather`; labels stay as they are when turned."""
        sequences = gather_sequences(self.sequences, rows, offsets, reverse, length=self.input_length)
        return Gathered(sequences, None, self.labels(rows))


def write_labelled_store(
    folder: str | os.PathLike[str], windows: pd.DataFrame, layout: LabelledLayout, blocks: Iterable[LabelledBlock]
) -> LabelledStore:
    """Write a store; it appears complete or not at all, and takes the place of an older store.

    Labels that are all 0, 1 or NaN take a byte each, others four. Memory: one block of sequences, and all labels.

    Parameters
    ----------
    folder
        Where; it must not hold anything but an example store.
    windows
        A windows table; its kept rows, in order, are rows 0, 1, 2, ... of the arrays.
    layout
        Geometry and names.
    blocks
        The examples of the kept windows in that order, in blocks of any number of rows.

    Raises
    ------
    EmptySetError
        If no window is kept.
    InputError
        If a block has another shape than the layout says, or there are more or fewer rows than kept windows.
    RunFolderError, OutputError
        As :func:`cisgram.data.store_files.replacing_folder` does.
    """
    n_rows, n_tracks = int(kept_windows(windows).sum()), len(layout.track_names)
    with replacing_folder(Path(folder), n_bytes=n_rows * (layout.wide_input + n_tracks)) as partial:
        dtype = _write_arrays(partial, layout, n_rows, blocks)
        write_windows(partial, windows)
        head = {
            "format": FORMAT,
            "version": VERSION,
            "cisgram": __version__,
            "input_length": layout.input_length,
            "jitter_bp": layout.jitter_bp,
            "track_names": list(layout.track_names),
            "genome_sha256": layout.genome_sha256,
            "n_rows": n_rows,
            "labels": dtype,
        }
        write_json_atomic(partial / LAYOUT, head)
    return open_labelled_store(folder)


def open_labelled_store(folder: str | os.PathLike[str]) -> LabelledStore:
    """Open a store and check that its files are complete and fit each other.

    Raises
    ------
    RunFolderError
        If there is no store.
    FormatError
        If a file is missing, damaged, truncated, or does not fit the layout.
    """
    folder = Path(folder)
    path = folder / LAYOUT
    if not path.is_file():
        raise RunFolderError(f"{folder} is no example store: it has no {LAYOUT}; prepare the examples first")
    try:
        head = json.loads(path.read_text(encoding="utf-8"))
        if head["format"] != FORMAT or head["version"] != VERSION:
            raise FormatError(path, f"must say {FORMAT!r}, version {VERSION}; it says {head['format']!r}")
        layout = layout_of(LabelledLayout, {one.name: head[one.name] for one in fields(LabelledLayout)})
        n_rows, dtype = int(head["n_rows"]), str(head["labels"])
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError(path, f"is damaged ({error}); make the store again") from error
    candidates = read_windows(folder, n_rows)
    return LabelledStore(
        folder=folder,
        layout=layout,
        candidates=candidates,
        windows=candidates[candidates["row"] >= 0].set_index("row"),
        sequences=open_array(folder / "sequences.npy", shape=(n_rows, layout.wide_input), dtype="uint8"),
        stored_labels=open_array(folder / "labels.npy", shape=(n_rows, len(layout.track_names)), dtype=dtype),
    )


def _open_tracks(folder: Path, names: tuple[str, ...]) -> LabelledStore:
    """A store with some of its tracks, as another process opens it."""
    store = open_labelled_store(folder)
    return store if names == store.track_names else store.select_tracks(names)


def _write_arrays(folder: Path, layout: LabelledLayout, n_rows: int, blocks: Iterable[LabelledBlock]) -> str:
    """Write both arrays; returns the type of the labels. Bytes are written until a label is no byte."""
    shapes = {"sequences": (n_rows, layout.wide_input), "labels": (n_rows, len(layout.track_names))}
    labels: list[np.ndarray] = []
    n_written = 0
    with RowWriter(folder / "sequences.npy", shapes["sequences"], "uint8") as sequences:
        for block in blocks:
            n_written += len(block.sequences)
            is_right = block.sequences.shape[1] == layout.wide_input and block.labels.shape[1] == shapes["labels"][1]
            if not is_right or len(block.sequences) != len(block.labels) or n_written > n_rows:
                raise InputError(
                    f"blocks must add up to sequences of shape {shapes['sequences']} and labels of shape "
                    f"{shapes['labels']}; got {block.sequences.shape} and {block.labels.shape}"
                )
            sequences.append(block.sequences)
            labels.append(_as_bytes(block.labels))
        if n_written != n_rows:
            raise InputError(f"{n_rows} windows are kept, but examples of {n_written} came")
    dtype = "uint8" if all(one.dtype == np.uint8 for one in labels) else "float32"
    with RowWriter(folder / "labels.npy", shapes["labels"], dtype) as file:
        for one in labels:
            file.append(one if dtype == "uint8" else _as_numbers(one))
    return dtype


def _as_bytes(labels: Labels) -> np.ndarray:
    """Labels as bytes where all are 0, 1 or unknown, else as they are."""
    is_unknown = np.isnan(labels)
    if not (is_unknown | (labels == 0) | (labels == 1)).all():
        return labels.astype(np.float32)
    return np.where(is_unknown, UNKNOWN, np.nan_to_num(labels)).astype(np.uint8)


def _as_numbers(labels: np.ndarray) -> np.ndarray:
    """Bytes back as numbers with NaN."""
    if labels.dtype != np.uint8:
        return labels
    return np.where(labels == UNKNOWN, np.nan, labels).astype(np.float32)
