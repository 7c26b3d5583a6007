"""Windows along whole contigs for models of contact maps: close together for training, apart or not where held out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cisgram.arrays import Positions
from cisgram.data.splits import split_by_contig
from cisgram.data.windows import drop, require_kept
from cisgram.errors import ConfigError, EmptySetError

CONTACT_WINDOW_COLUMNS = ("chrom", "start", "end", "name", "kind", "split", "dropped")
"""Columns of a table of such windows; ``kind`` is ``tile``, ``dropped`` is empty or why a window is not used."""


@dataclass(frozen=True)
class ContactWindowConfig:
    """Where windows lie."""

    stride_train_bp: int = 0
    """Training windows begin every so many bp; 0: a quarter of a window, as in Akita."""
    stride_held_out_bp: int = 0
    """The same of windows of valid and test contigs; 0: as far as pairs of neighbouring windows share none that is
    predicted, the length that is left after the crop."""
    exclude: tuple[str, ...] = ()
    """Regions that no window may touch, such as assembly gaps: BED files, or loci such as ``XII:451,000-469,000``."""
    max_unknown_bases: float = 0.1
    """Windows with a larger share of N are left out."""

    def __post_init__(self) -> None:
        if min(self.stride_train_bp, self.stride_held_out_bp) < 0 or not 0 <= self.max_unknown_bases <= 1:
            raise ConfigError(
                "windows: strides must not be negative and max_unknown_bases lies in 0..1; got "
                f"{self.stride_train_bp}, {self.stride_held_out_bp} and {self.max_unknown_bases}"
            )


# One argument more than usual: where windows may lie, how they are laid, who sees them.
def contact_windows(
    sizes: Mapping[str, int],
    *,
    length_bp: int,
    snap_bp: int,
    strides_bp: tuple[int, int],
    valid: Collection[str],
    test: Collection[str],
    leave_out: Collection[str] = (),
    excluded: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Lay windows along contigs; those that touch an excluded region are laid around it.

    Parameters
    ----------
    sizes
        Contigs and their lengths in bp.
    length_bp
        Length of a window, a multiple of ``snap_bp``.
    snap_bp
        Windows begin at multiples of this, the width of a bin of the map, so that bins agree.
    strides_bp
        From one window to the next, for training and for held-out contigs; rounded up to a multiple of ``snap_bp``.
    valid, test, leave_out
        Contigs that are held out, and that are not used at all.
    excluded
        Interval table of regions that no window may touch, such as gaps.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`CONTACT_WINDOW_COLUMNS`, by contig and start. A contig (or what lies between two gaps) that is
        shorter than a window is there as one row with its reason.

    Raises
    ------
    EmptySetError
        Where a part of the split has no window.

    Examples
    --------
    >>> windows = contact_windows(
    ...     {"I": 50, "II": 20, "III": 20}, length_bp=20, snap_bp=10, strides_bp=(10, 20), valid=["II"], test=["III"]
    ... )
    >>> windows[["chrom", "start", "end", "split"]].to_numpy().tolist()[2:]
    [['I', 20, 40, 'train'], ['I', 30, 50, 'train'], ['II', 0, 20, 'valid'], ['III', 0, 20, 'test']]
    """
    if length_bp < 1 or snap_bp < 1 or length_bp % snap_bp:
        raise ConfigError(f"windows of {length_bp:,} bp must be a multiple of the bins of {snap_bp:,} bp")
    held_out = {*valid, *test}
    rows = []
    for chrom, size in sizes.items():
        stride = strides_bp[chrom in held_out]
        stride = max(snap_bp, -(-stride // snap_bp) * snap_bp)
        for start, end in free_stretches(size, None if excluded is None else excluded[excluded["chrom"] == chrom]):
            first = -(-start // snap_bp) * snap_bp
            starts = np.arange(first, end - length_bp + 1, stride)
            rows += [(chrom, int(at), int(at) + length_bp, "") for at in starts]
            if not starts.size:
                rows.append((chrom, start, end, "shorter than a window"))
    if not rows:
        raise EmptySetError("windows", dropped={}, hint="the excluded regions leave nothing")
    windows = pd.DataFrame(rows, columns=["chrom", "start", "end", "dropped"])
    name = windows["chrom"] + ":" + (windows["start"] + 1).astype(str) + "-" + windows["end"].astype(str)
    windows = windows.assign(name=name, kind="tile", split="")
    windows = split_by_contig(windows, valid=valid, test=test, leave_out=leave_out, sizes=sizes)
    for part in ("train", "valid", "test"):
        require_kept(windows, split=part, hint=f"windows are {length_bp:,} bp long ([model] input_length)")
    return windows[list(CONTACT_WINDOW_COLUMNS)]


def drop_by_reasons(windows: pd.DataFrame, rows: Positions, reasons: Collection[str]) -> pd.DataFrame:
    """Drop some windows, each for a reason of its own; an empty reason keeps it.

    Parameters
    ----------
    windows
        A table of windows.
    rows
        Which of its rows were looked at, by position.
    reasons
        One per row that was looked at.
    """
    of_row = np.full(len(windows), "", dtype=object)
    of_row[rows] = list(reasons)
    for reason in dict.fromkeys(one for one in reasons if one):
        windows = drop(windows, of_row == reason, reason)
    return windows


def free_stretches(size: int, excluded: pd.DataFrame | None) -> list[tuple[int, int]]:
    """What excluded regions leave of a contig.

    Parameters
    ----------
    size
        Length of the contig in bp.
    excluded
        Interval table of regions on this contig, in any order; None or without rows for none.

    Examples
    --------
    >>> free_stretches(100, pd.DataFrame({"start": [20, 90], "end": [30, 120]}))
    [(0, 20), (30, 90)]
    """
    if excluded is None or excluded.empty:
        return [(0, size)]
    stretches, at = [], 0
    for start, end in sorted(zip(excluded["start"].tolist(), excluded["end"].tolist(), strict=True)):
        if start > at:
            stretches.append((at, min(start, size)))
        at = max(at, end)
    if at < size:
        stretches.append((at, size))
    return stretches
