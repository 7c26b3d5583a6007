"""Tracks in bins on disk, and windows of a genome with them as training examples.

::

    layout.json      names of the tracks, which stand on the two strands, width and number of bins, and which genome
    windows.tsv.gz   all windows, those that are used numbered by ``row``
    targets.npy      float16, ``window track bin``: what a model is to predict; NaN where nothing was measured
    replicates.npy   float16, ``test window, 2, track, bin``: the same of two replicates or halves, for the ceiling

Sequences are not stored: windows overlap, and are cut out of the memory-mapped genome as they are asked for. Memory
does not grow with the number of windows.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from cisgram.arrays import BinnedTargets, PerTrack, Positions
from cisgram.data.npy import RowWriter, open_array
from cisgram.data.store_files import read_layout, read_windows, replacing_folder, rows_of, write_layout, write_windows
from cisgram.data.windows import Split
from cisgram.errors import ConfigError, InputError

CeilingKind: TypeAlias = Literal["replicates", "pseudo-replicates", "none"]
"""What a track's ceiling is made of: measured replicates, its reads dealt into halves, or nothing."""

_KIND = "binned"
_FORMAT = 1
_ROWS_AT_ONCE = 256


@dataclass(frozen=True)
class BinnedLayout:
    """Names and geometry of a store of tracks in bins.

    Raises
    ------
    ConfigError
        Where lengths or names do not fit together.
    """

    track_names: tuple[str, ...]
    """Tracks, in the order of the track axis."""
    descriptions: tuple[str, ...]
    """What each one is, for people; may be empty."""
    families: tuple[str, ...]
    """Kind of experiment of each one, such as ``CAGE``; may be empty."""
    strand_pairs: tuple[int, ...]
    """For each track the one that takes its place on the other strand; itself where strands are not told apart."""
    bin_size: int
    """Width of a bin in bp."""
    input_length: int
    """Length of the sequence that is read, in bp."""
    n_bins: int
    """Bins that are predicted of a window: what the crop leaves."""
    ceiling: tuple[CeilingKind, ...]
    """What ``replicates`` hold of each track."""
    genome_sha256: str
    """Of the genome's FASTA."""

    def __post_init__(self) -> None:
        n_tracks = len(self.track_names)
        if not n_tracks or len(set(self.track_names)) < n_tracks:
            raise ConfigError(f"every track needs a name of its own; got {', '.join(self.track_names)}")
        for name in ("descriptions", "families", "strand_pairs", "ceiling"):
            if len(getattr(self, name)) != n_tracks:
                raise ConfigError(f"{name} needs one entry per track: {n_tracks}; got {len(getattr(self, name))}")
        require_strand_pairs(self.strand_pairs)
        rest = self.input_length - self.n_bins * self.bin_size
        if self.bin_size < 1 or self.n_bins < 1 or rest < 0 or rest % (2 * self.bin_size):
            raise ConfigError(
                f"{self.n_bins} bins of {self.bin_size} bp, with equally many whole bins on either side, do not make "
                f"up {self.input_length} bp"
            )

    @property
    def output_length(self) -> int:
        """What is predicted of a window, in bp."""
        return self.n_bins * self.bin_size

    @property
    def crop_bp(self) -> int:
        """What a window has on either side of the bins that are predicted."""
        return (self.input_length - self.output_length) // 2


class BinnedExample(NamedTuple):
    """What is stored of one window."""

    targets: np.ndarray
    """``track bin``; NaN where nothing was measured."""
    replicates: np.ndarray | None
    """``2 track bin``, NaN for tracks that have none; None for windows that are not for testing."""


@dataclass(frozen=True, eq=False)
class BinnedStore:
    """A store that is open; made by :func:`open_binned`. It may be sent to another process, which opens it anew."""

    folder: Path
    layout: BinnedLayout
    windows: pd.DataFrame = field(repr=False)
    """The windows that are used; row ``i`` belongs to row ``i`` of the arrays. ``start`` and ``end`` are those of the
    sequence that is read: the first bin begins ``layout.crop_bp`` after ``start``, which may lie before the contig."""
    targets: np.ndarray = field(repr=False)
    """float16, ``window track bin``, memory-mapped."""
    replicates: np.ndarray = field(repr=False)
    """float16, ``test window, 2, track, bin``, memory-mapped, in the order of ``rows("test")``."""

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return open_binned, (self.folder,)

    def __len__(self) -> int:
        return len(self.windows)

    def rows(self, split: Split) -> Positions:
        """Rows of one split, ascending; possibly none."""
        return rows_of(self.windows, split, None)

    def outputs(self, rows: Positions) -> pd.DataFrame:
        """Where the predicted bins of some windows lie: their rows without the crop."""
        chosen, crop = self.windows.iloc[rows], self.layout.crop_bp
        return chosen.assign(start=chosen["start"] + crop, end=chosen["end"] - crop).reset_index(drop=True)

    def turned(self, values: BinnedTargets) -> BinnedTargets:
        """Targets as they are seen from the other strand, see :func:`turned`."""
        return turned(values, np.array(self.layout.strand_pairs))


def turned(values: BinnedTargets, strand_pairs: Positions) -> BinnedTargets:
    """Tracks in bins as they are seen from the other strand: bins backwards, the tracks of strand pairs exchanged.

    Examples
    --------
    >>> turned(np.array([[[1.0, 2.0], [3.0, 4.0]]]), np.array([1, 0])).tolist()
    [[[4.0, 3.0], [2.0, 1.0]]]
    """
    return values[:, strand_pairs, ::-1]


def require_strand_pairs(strand_pairs: Iterable[int]) -> None:
    """Refuse pairs of tracks that do not point at each other.

    Raises
    ------
    ConfigError
        Naming the first track whose partner has another one.
    """
    pairs = list(strand_pairs)
    for track, other in enumerate(pairs):
        if not 0 <= other < len(pairs) or pairs[other] != track:
            raise ConfigError(f"strand pairs must point at each other; track {track} points at {other}, in {pairs}")


def write_binned(
    folder: Path, layout: BinnedLayout, windows: pd.DataFrame, examples: Iterable[BinnedExample]
) -> BinnedStore:
    """Write a store; the folder appears complete or not at all.

    Parameters
    ----------
    folder
        Where to; a store that is there already is replaced.
    layout
        Names and geometry.
    windows
        Table of windows (``chrom start end name kind split dropped``); those with an empty ``dropped`` are used.
    examples
        One per window that is used, in order; asked for one after the other.

    Raises
    ------
    EmptySetError
        Where no window is used.
    RunFolderError, OutputError
        Where the folder holds something else, or cannot be written: the space that is needed is asked for first.
    """
    kept = windows[windows["dropped"].eq("")]
    n_rows, n_test = len(kept), int(kept["split"].eq("test").sum())
    shapes = _shapes(layout, n_rows, n_test)
    with replacing_folder(folder, n_bytes=store_bytes(layout, n_rows=n_rows, n_test=n_test)) as partial:
        write_windows(partial, windows)
        with (
            RowWriter(partial / "targets.npy", shapes["targets"], "<f2") as targets,
            RowWriter(partial / "replicates.npy", shapes["replicates"], "<f2") as replicates,
        ):
            for one in examples:
                targets.append(one.targets[None])
                if one.replicates is not None:
                    replicates.append(one.replicates[None])
        write_layout(partial, layout, kind=_KIND, version=_FORMAT, n_rows=n_rows, n_test=n_test)
    return open_binned(folder)


def open_binned(folder: str | Path) -> BinnedStore:
    """Open a store that :func:`write_binned` made.

    Raises
    ------
    FormatError
        Where a file is missing, damaged, or does not fit the layout.
    InputError
        Where the folder is no store of tracks in bins.
    """
    folder = Path(folder)
    layout, n_rows, n_test = read_layout(folder, BinnedLayout, kind=_KIND, version=_FORMAT, what="tracks in bins")
    arrays = {
        name: open_array(folder / f"{name}.npy", shape=shape, dtype="<f2")
        for name, shape in _shapes(layout, n_rows, n_test).items()
    }
    windows = read_windows(folder, n_rows)
    return BinnedStore(folder, layout, windows[windows["row"] >= 0].reset_index(drop=True), **arrays)


def store_bytes(layout: BinnedLayout, *, n_rows: int, n_test: int) -> int:
    """Bytes that the arrays of a store take on disk."""
    return sum(2 * int(np.prod(shape)) for shape in _shapes(layout, n_rows, n_test).values())


def training_mean(store: BinnedStore) -> PerTrack:
    """Mean of every track over the bins of the training windows; what was not measured is left out.

    Bins that lie in several windows count as often as that. NaN for a track of which nothing was measured.
    """
    total, known = np.zeros(len(store.layout.track_names)), np.zeros(len(store.layout.track_names))
    rows = store.rows("train")
    for first in range(0, rows.size, _ROWS_AT_ONCE):
        values = store.targets[rows[first : first + _ROWS_AT_ONCE]].astype(np.float64)
        total += np.nansum(values, axis=(0, 2))
        known += (~np.isnan(values)).sum(axis=(0, 2))
    return np.divide(total, known, out=np.full_like(total, np.nan), where=known > 0)


def require_not_negative(store: BinnedStore) -> None:
    """Refuse tracks with bins below 0 among the training windows, which no expected count explains.

    Raises
    ------
    InputError
        Naming the tracks, their lowest bins and what to do.
    """
    lowest, rows = np.zeros(len(store.layout.track_names)), store.rows("train")
    for first in range(0, rows.size, _ROWS_AT_ONCE):
        values = store.targets[rows[first : first + _ROWS_AT_ONCE]]
        lowest = np.minimum(lowest, np.nanmin(values, axis=(0, 2), initial=0.0))
    below = [
        f"{name} ({low:g})" for name, low in zip(store.layout.track_names, lowest.tolist(), strict=True) if low < 0
    ]
    if below:
        raise InputError(
            f"these tracks have bins below 0: {', '.join(below[:5])}; a Poisson likelihood needs 0 or more: give a "
            "minus strand that was written as negative scale = -1, or [likelihood] kind = 'mse'"
        )


def _shapes(layout: BinnedLayout, n_rows: int, n_test: int) -> dict[str, tuple[int, ...]]:
    """Shape of every array."""
    one = (len(layout.track_names), layout.n_bins)
    return {"targets": (n_rows, *one), "replicates": (n_test, 2, *one)}
