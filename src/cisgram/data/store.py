"""Examples on disk: a folder of memory-mapped arrays and the table of windows they belong to.

::

    windows.tsv.gz    every window that was proposed; kept ones have their row of the arrays in ``row``, others -1
    layout.json       lengths, names, and the shape and type of every array
    sequences.npy     uint8    row, input_length + 2 jitter_bp               codes A C G T N = 0..4
    counts.npy        uint16*  row, track, strand, output_length + 2 jitter_bp      replicates pooled
    controls.npy      uint16*  row, control, output_length + 2 jitter_bp            only if there are controls
    replicates.0.npy  uint16*  row, replicate, strand, output_length                one file per track

    * float32 where a count is above 65535 or not whole

Sequences and counts run left to right along the plus strand; the output lies in the middle of the input.
"""

import os
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Codes, Mask, Positions, StoredControls, StoredCounts, StoredReplicates, StoredSequences
from cisgram.data.gather import Gathered, gather_counts, gather_sequences
from cisgram.data.layout import StoreHead, StoreLayout, layout_json, read_layout
from cisgram.data.npy import RowWriter, open_array
from cisgram.data.store_files import LAYOUT, kept_windows, read_windows, replacing_folder, rows_of, write_windows
from cisgram.data.windows import Kind, Split
from cisgram.errors import RunFolderError
from cisgram.io.files import write_json_atomic


class ExampleBlock(NamedTuple):
    """Some rows of a store, in their order; shapes as in the files."""

    sequences: StoredSequences
    counts: StoredCounts
    controls: StoredControls | None
    replicates: tuple[StoredReplicates, ...]
    """One per track."""


class Examples(NamedTuple):
    """Examples without jitter."""

    sequences: Codes
    """``row input_length``."""
    counts: np.ndarray
    """float32, ``row track strand output_length``."""
    controls: np.ndarray | None
    """float32, ``row control output_length``."""


@dataclass(frozen=True, eq=False)
class ExampleStore:
    """Examples that can be read without loading them; made by :func:`open_store`.

    It may be sent to another process, which opens the files anew.
    """

    folder: Path
    layout: StoreLayout
    candidates: pd.DataFrame
    """Every window that was proposed, with ``dropped`` and ``row``."""
    windows: pd.DataFrame
    """The kept windows; the index is the row of the arrays."""
    sequences: StoredSequences
    counts: StoredCounts
    controls: StoredControls | None
    replicates: tuple[StoredReplicates, ...]
    """One array per track."""

    def __len__(self) -> int:
        return len(self.windows)

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return open_store, (self.folder,)

    @property
    def track_names(self) -> tuple[str, ...]:
        """In the order of the track axis."""
        return self.layout.track_names

    @property
    def input_length(self) -> int:
        """Length of the sequence that a model reads, in bp."""
        return self.layout.input_length

    @property
    def output_length(self) -> int:
        """Length that is predicted, in bp."""
        return self.layout.output_length

    @property
    def jitter_bp(self) -> int:
        """Farthest that a window can be moved."""
        return self.layout.jitter_bp

    def rows(self, split: Split | None = None, kind: Kind | None = None) -> Positions:
        """Rows of one split and kind (of all where these are None), ascending; possibly none."""
        return rows_of(self.windows, split, kind)

    def gather(self, rows: Positions, offsets: Positions, reverse: Mask) -> Gathered:
        """Copy examples out of the memory maps straight into new arrays.

        Parameters
        ----------
        rows
            Which.
        offsets
            Where in the stored stretch each begins: :attr:`jitter_bp` for the window as it is.
        reverse
            Which are turned to the other strand: sequence, counts and controls together.
        """
        layout, chosen = self.layout, (rows, offsets, reverse)
        sequences = gather_sequences(self.sequences, *chosen, length=layout.input_length)
        channels = np.arange(len(layout.track_names) * layout.n_strands).reshape(-1, layout.n_strands)
        shape = (rows.size, *channels.shape, layout.output_length)
        counts = gather_counts(self.counts, *chosen, on_reverse=channels[:, ::-1].ravel(), length=layout.output_length)
        controls = None
        if self.controls is not None:
            on_reverse = np.array(layout.control_on_reverse)
            controls = gather_counts(self.controls, *chosen, on_reverse=on_reverse, length=layout.output_length)
        return Gathered(sequences, controls, counts.reshape(shape))

    def centred(self, rows: Positions) -> Examples:
        """Copy the examples of some rows, windows where the table says they are."""
        margin, layout = self.layout.jitter_bp, self.layout
        inside, outside = slice(margin, margin + layout.input_length), slice(margin, margin + layout.output_length)
        return Examples(
            self.sequences[rows, inside],
            self.counts[rows, :, :, outside].astype(np.float32),
            None if self.controls is None else self.controls[rows, :, outside].astype(np.float32),
        )


def write_store(
    folder: str | os.PathLike[str], windows: pd.DataFrame, layout: StoreLayout, blocks: Iterable[ExampleBlock]
) -> ExampleStore:
    """Write a store; it appears complete or not at all, and takes the place of an older store.

    Memory: one block.

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
    RunFolderError
        If the folder holds something else.
    OutputError
        If the disk is too small or cannot be written to.
    """
    n_rows = int(kept_windows(windows).sum())
    with replacing_folder(Path(folder), n_bytes=_bytes(layout, n_rows)) as partial:
        dtypes = _write_arrays(partial, layout, n_rows, blocks)
        write_windows(partial, windows)
        write_json_atomic(partial / LAYOUT, layout_json(StoreHead(layout, n_rows, dtypes)))
    return open_store(folder)


def open_store(folder: str | os.PathLike[str]) -> ExampleStore:
    """Open a store and check that its files are complete and fit each other.

    Raises
    ------
    RunFolderError
        If there is no store.
    FormatError
        If a file is missing, damaged, truncated, or does not fit the layout.
    """
    folder = Path(folder)
    if not (folder / LAYOUT).is_file():
        raise RunFolderError(f"{folder} is no example store: it has no {LAYOUT}; prepare the examples first")
    layout, n_rows, dtypes = read_layout(folder / LAYOUT)
    shapes = layout.shapes(n_rows)
    arrays = {name: open_array(folder / f"{name}.npy", shape=shapes[name], dtype=dtypes[name]) for name in shapes}
    candidates = read_windows(folder, n_rows)
    kept = candidates[candidates["row"] >= 0]
    return ExampleStore(
        folder=folder,
        layout=layout,
        candidates=candidates,
        windows=kept.set_index("row"),
        sequences=arrays["sequences"],
        counts=arrays["counts"],
        controls=arrays.get("controls"),
        replicates=tuple(arrays[f"replicates.{track}"] for track in range(len(layout.track_names))),
    )


def _write_arrays(folder: Path, layout: StoreLayout, n_rows: int, blocks: Iterable[ExampleBlock]) -> dict[str, str]:
    """Write all arrays block by block; returns their types."""
    shapes = layout.shapes(n_rows)
    with ExitStack() as stack:
        files = {
            name: stack.enter_context(
                RowWriter(folder / f"{name}.npy", shape, "uint8" if name == "sequences" else "uint16")
            )
            for name, shape in shapes.items()
        }
        for block in blocks:
            files["sequences"].append(block.sequences)
            files["counts"].append_counts(block.counts)
            if block.controls is not None:
                files["controls"].append_counts(block.controls)
            for track, counts in enumerate(block.replicates):
                files[f"replicates.{track}"].append_counts(counts)
    return {name: file.dtype.name for name, file in files.items()}


def _bytes(layout: StoreLayout, n_rows: int) -> int:
    """Size of the arrays of a store on disk, with counts that fit into uint16."""
    return sum(int(np.prod(shape)) * (1 if name == "sequences" else 2) for name, shape in layout.shapes(n_rows).items())
