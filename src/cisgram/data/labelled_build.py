"""From labels and sequence to a labelled store: windows of a genome, or sequences that come without one."""

import os
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from cisgram.arrays import Labels
from cisgram.data.labelled_store import LabelledBlock, LabelledLayout, LabelledStore, write_labelled_store
from cisgram.errors import InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import N
from cisgram.genomics.sequence_set import SequenceSet

_ROWS_AT_ONCE = 1 << 14


def store_windows(
    folder: str | os.PathLike[str],
    windows: pd.DataFrame,
    labels: Labels,
    genome: Genome,
    *,
    track_names: Sequence[str],
    jitter_bp: int = 0,
) -> LabelledStore:
    """Cut the kept windows out of a genome and write them with their labels.

    Parameters
    ----------
    folder
        Where to; see :func:`cisgram.data.labelled_store.write_labelled_store`.
    windows
        A windows table, all of one length, which becomes the input length. Bases beyond a contig's end are N.
    labels
        One row for each row of the table, also for those that are not kept; NaN where a label is not known.
    genome
        The genome.
    track_names
        What the columns of ``labels`` are.
    jitter_bp
        Room on both sides of the stored sequences.

    Raises
    ------
    InputError
        If windows differ in length, or labels do not fit them.
    """
    kept = np.flatnonzero(windows["dropped"].eq("").to_numpy())
    lengths = (windows["end"] - windows["start"]).to_numpy()[kept]
    if len(labels) != len(windows) or labels.shape[1] != len(track_names):
        raise InputError(
            f"{len(windows)} windows and {len(track_names)} tracks need labels of that shape; got {labels.shape}"
        )
    if len(lengths) and (lengths != lengths[0]).any():
        raise InputError(f"windows must have one length; these have {lengths.min()} to {lengths.max()} bp")

    def blocks() -> Iterator[LabelledBlock]:
        for first in range(0, len(kept), _ROWS_AT_ONCE):
            rows = kept[first : first + _ROWS_AT_ONCE]
            wide = windows.iloc[rows].assign(
                start=lambda table: table["start"] - jitter_bp, end=lambda table: table["end"] + jitter_bp
            )
            yield LabelledBlock(genome.windows(wide), labels[rows].astype(np.float32))

    length = int(lengths[0]) if len(lengths) else 1
    layout = LabelledLayout(length, jitter_bp, tuple(track_names), genome.sha256)
    return write_labelled_store(folder, windows, layout, blocks())


def store_sequences(
    folder: str | os.PathLike[str],
    sequences: SequenceSet,
    labels: Labels,
    *,
    split: Sequence[str],
    track_names: Sequence[str],
    dropped: Sequence[str] = (),
    jitter_bp: int = 0,
) -> LabelledStore:
    """Write sequences with their labels.

    Parameters
    ----------
    folder
        Where to.
    sequences
        All of one length, which becomes the input length.
    labels
        One row per sequence; NaN where a label is not known.
    split
        ``train``, ``valid`` or ``test``, one per sequence.
    track_names
        What the columns of ``labels`` are.
    dropped
        Why a sequence is not used, one per sequence, empty where it is; all are used if not given.
    jitter_bp
        Room on both sides of the stored sequences, filled with N: a sequence that is moved loses bases at one end.

    Raises
    ------
    InputError
        If sequences differ in length, or labels or splits do not fit them.
    """
    lengths = sequences.lengths
    n = len(sequences)
    if n and (lengths != lengths[0]).any():
        raise InputError(
            f"sequences must have one length; these have {lengths.min()} to {lengths.max()} bp, "
            f"{int((lengths != lengths[0]).sum())} another one than the first ({lengths[0]}); cut or pad them"
        )
    if labels.shape != (n, len(track_names)) or len(split) != n or len(dropped) not in (0, n):
        raise InputError(
            f"{n} sequences and {len(track_names)} tracks need labels of that shape, and as many splits; got "
            f"labels {labels.shape} and {len(split)} splits"
        )
    if strangers := sorted(set(split) - {"train", "valid", "test"}):
        raise InputError(f"a split is train, valid or test; got {', '.join(strangers)}")
    length = int(lengths[0]) if n else 1
    layout = LabelledLayout(length, jitter_bp, tuple(track_names))
    windows = pd.DataFrame({"chrom": [str(name) for name in sequences.names], "start": 0, "end": length})
    if sequences.places is not None:
        windows = sequences.places[["chrom", "start", "end"]].reset_index(drop=True)
    windows = windows.assign(name=list(sequences.names), kind="peak", split=list(split))
    windows = windows.assign(dropped=list(dropped) or "")
    kept = np.flatnonzero(windows["dropped"].eq("").to_numpy())

    def blocks() -> Iterator[LabelledBlock]:
        codes = sequences.joined.reshape(n, length + 1)[:, :length]
        for first in range(0, len(kept), _ROWS_AT_ONCE):
            part = kept[first : first + _ROWS_AT_ONCE]
            wide = np.pad(codes[part], ((0, 0), (jitter_bp, jitter_bp)), constant_values=N)
            yield LabelledBlock(wide, labels[part].astype(np.float32))

    return write_labelled_store(folder, windows, layout, blocks())
