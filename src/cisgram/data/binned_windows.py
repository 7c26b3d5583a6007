"""Windows along a whole genome for models of tracks in bins, and which of them are held out.

The genome is cut into pieces, each for one part of the split: whole contigs, regions of a file, or long contigs
broken and drawn at random. A window's sequence, with its crop and its jitter, stays inside one piece; two parts
therefore never see the same base.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cisgram.data.contact_windows import free_stretches
from cisgram.data.windows import Split, require_kept
from cisgram.errors import ConfigError, EmptySetError

BINNED_WINDOW_COLUMNS = ("chrom", "start", "end", "name", "kind", "split", "dropped")
"""Columns of a table of such windows; ``kind`` is ``tile``, ``dropped`` is empty or why a window is not used."""


@dataclass(frozen=True)
class BinnedWindowConfig:
    """Where windows lie."""

    stride_train_bp: int = 0
    """Training windows begin every so many bp; 0: half of what is predicted of a window."""
    stride_held_out_bp: int = 0
    """The same of windows for validation and testing; 0: as much as is predicted, so that no bin is predicted twice."""
    jitter_bp: int = 3
    """The sequence of a training window is moved by up to this much, its bins are not: a small part of one. Windows
    keep so far away from other parts of the split."""
    beyond_ends: bool = False
    """Let windows begin before a contig and end after it, by their crop, with N there: bins up to its ends are
    predicted. False: the sequence of a window lies on its contig."""
    exclude: tuple[str, ...] = ()
    """Regions that no window may touch, such as assembly gaps: BED files, or loci such as ``XII:451,000-469,000``."""
    max_unknown_bases: float = 0.1
    """Windows with a larger share of N in what is predicted are left out."""

    def __post_init__(self) -> None:
        lengths = (self.stride_train_bp, self.stride_held_out_bp, self.jitter_bp)
        if min(lengths) < 0 or not 0 <= self.max_unknown_bases <= 1:
            raise ConfigError(
                "windows: strides and jitter_bp must not be negative and max_unknown_bases lies in 0..1; got "
                f"{', '.join(map(str, lengths))} and {self.max_unknown_bases}"
            )


@dataclass(frozen=True)
class WindowGeometry:
    """Lengths of a window in bp."""

    length_bp: int
    """Of the sequence that is read."""
    crop_bp: int
    """What is read on either side of the bins, and not predicted."""
    bin_size: int
    """Width of a bin; windows begin at multiples of it, so that the bins of all windows agree."""
    jitter_bp: int = 0
    """How far the sequence of a window may be moved."""

    def __post_init__(self) -> None:
        lengths = (self.length_bp, self.crop_bp)
        if self.bin_size < 1 or self.crop_bp < 0 or self.jitter_bp < 0 or any(one % self.bin_size for one in lengths):
            raise ConfigError(
                f"windows of {self.length_bp:,} bp and their crop of {self.crop_bp:,} bp must be multiples of the bins "
                f"of {self.bin_size:,} bp; jitter_bp must not be negative"
            )
        if self.length_bp <= 2 * self.crop_bp:
            raise ConfigError(f"a crop of {self.crop_bp:,} bp on either side leaves nothing of {self.length_bp:,} bp")


def lay_windows(
    pieces: pd.DataFrame,
    geometry: WindowGeometry,
    *,
    sizes: Mapping[str, int],
    strides_bp: tuple[int, int],
    excluded: pd.DataFrame | None = None,
    beyond_ends: bool = False,
) -> pd.DataFrame:
    """Lay windows along the pieces of a genome; those that would touch an excluded region are laid around it.

    Parameters
    ----------
    pieces
        Interval table with the column ``split``: ``train``, ``valid`` or ``test``; no two share a base. See
        :mod:`cisgram.data.binned_split`.
    geometry
        Lengths of a window.
    sizes
        Contigs and their lengths in bp.
    strides_bp
        From one window to the next, for training and for what is held out; rounded up to a multiple of a bin.
    excluded
        Interval table of regions that no window may touch, such as gaps.
    beyond_ends
        Let windows reach over the ends of contigs by their crop.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`BINNED_WINDOW_COLUMNS`, by contig and start; start and end are those of the sequence that is
        read. What lies between two gaps and is shorter than a window is there as one row with its reason.

    Raises
    ------
    EmptySetError
        Where a part that has pieces has no window.

    Examples
    --------
    >>> pieces = pd.DataFrame({"chrom": ["I", "I"], "start": [0, 60], "end": [60, 90], "split": ["train", "test"]})
    >>> windows = lay_windows(pieces, WindowGeometry(30, 10, 10), sizes={"I": 90}, strides_bp=(10, 10))
    >>> windows[["start", "end", "split"]].to_numpy().tolist()
    [[0, 30, 'train'], [10, 40, 'train'], [20, 50, 'train'], [30, 60, 'train'], [60, 90, 'test']]
    """
    rows = []
    for chrom, size in sizes.items():
        here = None if excluded is None else excluded[excluded["chrom"] == chrom]
        own = pieces[pieces["chrom"] == chrom].sort_values("start")
        for begin, last, part in zip(own["start"].tolist(), own["end"].tolist(), own["split"].tolist(), strict=True):
            stride = strides_bp[0 if part == "train" else 1]
            for start, end in free_stretches(last, here):
                if end <= begin:
                    continue
                stretch = (max(start, begin), end)
                starts = _starts(stretch, geometry, size=size, stride_bp=stride, beyond_ends=beyond_ends)
                rows += [(chrom, int(at), int(at) + geometry.length_bp, part, "") for at in starts]
                if not starts.size:
                    rows.append((chrom, *stretch, part, "shorter than a window"))
    if not rows:
        raise EmptySetError("windows", dropped={}, hint="the split and the excluded regions leave nothing")
    windows = pd.DataFrame(rows, columns=["chrom", "start", "end", "split", "dropped"])
    name = windows["chrom"] + ":" + (windows["start"].clip(lower=0) + 1).astype(str) + "-" + windows["end"].astype(str)
    windows = windows.assign(name=name, kind="tile")[list(BINNED_WINDOW_COLUMNS)]
    require_parts(windows, pieces, hint=f"windows are {geometry.length_bp:,} bp long ([model] input_length)")
    return windows


def require_parts(windows: pd.DataFrame, pieces: pd.DataFrame, *, hint: str) -> None:
    """Make sure that every part of the split that has pieces has windows.

    Raises
    ------
    EmptySetError
        Naming the part, and why its windows were dropped.
    """
    parts: tuple[Split, ...] = ("train", "valid", "test")
    for part in parts:
        if pieces["split"].eq(part).any():
            require_kept(windows, split=part, hint=hint)


def _starts(
    stretch: tuple[int, int], geometry: WindowGeometry, *, size: int, stride_bp: int, beyond_ends: bool
) -> np.ndarray:
    """Where windows begin in a free stretch of a contig of that size."""
    over = geometry.crop_bp if beyond_ends else 0
    # Jitter needs room where something else follows; beyond the ends of a contig there is nothing to be seen.
    low = stretch[0] + geometry.jitter_bp if stretch[0] > 0 else -over
    high = stretch[1] - geometry.jitter_bp if stretch[1] < size else size + over
    snap = geometry.bin_size
    first, stride = -(-low // snap) * snap, max(snap, -(-stride_bp // snap) * snap)
    return np.arange(first, high - geometry.length_bp + 1, stride)
