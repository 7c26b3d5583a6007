"""Which stretches of the genome a model looks at, and why the others were left out.

A windows table is an interval table of equal-length input windows with these columns on top:

``name``     the peak's name, or its locus
``strand``   the peak's strand; the sequence is read along the plus strand all the same
``kind``     ``peak`` or ``negative``
``centre``   what the window is centred on: ``summit``, ``dominant``, ``middle`` (or ``tile``, for negatives;
             ``merged``, for sites of several tables of peaks)
``split``    ``train``, ``valid``, ``test``, or empty while nothing has been split
``dropped``  empty, or the one reason why the window is not used

No function removes a row: steps only fill ``dropped``, and the first reason stays.
"""

import warnings
from collections.abc import Iterable, Mapping
from typing import Literal

import numpy as np
import pandas as pd

from cisgram.arrays import ContigCounts, Mask, Positions
from cisgram.errors import CisgramWarning, ConfigError, ContigError, EmptySetError, InputError
from cisgram.genomics.interval import beyond_contig, midpoints, resize

Center = Literal["summit", "dominant", "middle", "summit or middle"]
Edge = Literal["drop", "pad", "error"]
Split = Literal["train", "valid", "test"]
Kind = Literal["peak", "negative"]

COLUMNS = ("chrom", "start", "end", "name", "strand", "kind", "centre", "split", "dropped")
"""The columns of every windows table, in order."""


def propose_windows(
    peaks: pd.DataFrame,
    *,
    sizes: Mapping[str, int],
    input_length: int,
    jitter_bp: int = 0,
    center: Center = "summit",
    edge: Edge = "drop",
    counts: Mapping[str, ContigCounts] | None = None,
) -> pd.DataFrame:
    """Put one window of ``input_length`` on every peak.

    Parameters
    ----------
    peaks
        Interval table; ``center="summit"`` needs its column ``summit``.
    sizes
        Contigs of the genome and their lengths in bp.
    input_length
        Length of a window in bp. The window's centre is the first base of its right half.
    jitter_bp
        A window must fit into its contig wherever training moves it, so this much is needed on both sides.
    center
        ``summit``: the peak's summit; ``dominant``: the position with the highest count inside the peak, strands
        added up, the leftmost of equals; ``middle``: the middle of the interval; ``summit or middle``: the middle
        for peaks without a summit. The column ``centre`` says what was taken.
    edge
        What becomes of windows that do not fit: ``drop``, ``pad`` (kept, with N and no counts beyond the end) or
        ``error``. A window whose centre itself lies outside the contig is dropped in any case.
    counts
        For ``dominant``: counts per contig (``length`` or ``strand length``), replicates pooled; read one contig
        at a time, e.g. :class:`cisgram.data.tracks.PooledCounts`.

    Returns
    -------
    pandas.DataFrame
        A windows table with one row per peak, in the order of ``peaks``. Reasons: contig not in the genome, no
        counts in the peak, beyond the end of the contig, same centre as a window before.

    Raises
    ------
    EmptySetError
        If there are no peaks, or none is kept.
    ContigError
        If no peak lies on a contig of the genome.
    InputError
        If a summit is missing or outside its peak; with ``edge="error"``, if a window does not fit.

    Examples
    --------
    >>> peaks = pd.DataFrame({"chrom": ["I", "I", "X"], "start": [40, 0, 5], "end": [60, 9, 9]})
    >>> windows = propose_windows(peaks, sizes={"I": 100}, input_length=20, center="middle")
    >>> windows[["chrom", "start", "end", "dropped"]].to_numpy().tolist()
    [['I', 40, 60, ''], ['I', -6, 14, 'beyond the end of the contig'], ['X', -3, 17, 'contig not in the genome']]
    """
    if input_length < 1 or jitter_bp < 0:
        raise ConfigError(f"input_length must be at least 1 and jitter_bp at least 0; got {input_length}, {jitter_bp}")
    if peaks.empty:
        raise EmptySetError("peaks", dropped={}, hint="the table of peaks has no rows")
    known = peaks["chrom"].isin(list(sizes)).to_numpy()
    if not known.any():
        raise ContigError(
            f"no peak lies on a contig of the genome: the peaks name {_some(peaks['chrom'].unique())}, "
            f"the genome {_some(sizes)}; rename one to fit the other"
        )
    at, centre = _centres(peaks, known, center=center, counts=counts)
    windows = resize(_named(peaks, centre), input_length, center=at)
    windows = drop(windows, ~known, "contig not in the genome")
    windows = drop(windows, centre == "", "no counts in the peak")
    windows = _fit(windows, at, sizes=sizes, jitter_bp=jitter_bp, edge=edge)
    repeated = windows.duplicated(["chrom", "start"]).to_numpy()
    windows = drop(windows, repeated, "same centre as a window before")
    return require_kept(windows)


def drop(windows: pd.DataFrame, which: Mask, reason: str) -> pd.DataFrame:
    """Give those of ``which`` that are still kept a reason for not being used; returns a copy."""
    marked = windows.copy()
    marked.loc[which & windows["dropped"].eq("").to_numpy(), "dropped"] = reason
    return marked


def drop_summary(windows: pd.DataFrame) -> dict[str, int]:
    """How many windows were dropped, by reason, the most frequent first.

    Examples
    --------
    >>> drop_summary(pd.DataFrame({"dropped": ["", "too many N", "", "too many N"]}))
    {'too many N': 2}
    """
    reasons = windows.loc[windows["dropped"].ne(""), "dropped"]
    return {str(reason): int(n) for reason, n in reasons.value_counts().items()}


def require_kept(
    windows: pd.DataFrame, *, split: Split | None = None, kind: Kind | None = None, hint: str = ""
) -> pd.DataFrame:
    """Return the table as it is if it has kept windows, of one split and kind if these are given.

    Raises
    ------
    EmptySetError
        If there are none; it says how many went for which reason.
    """
    chosen = np.ones(len(windows), dtype=bool)
    if split is not None:
        chosen &= windows["split"].eq(split).to_numpy()
    if kind is not None:
        chosen &= windows["kind"].eq(kind).to_numpy()
    if not (chosen & windows["dropped"].eq("").to_numpy()).any():
        what = " ".join(part for part in (split, kind, "windows") if part)
        raise EmptySetError(what, dropped=drop_summary(windows[chosen] if chosen.any() else windows), hint=hint)
    return windows


def _centres(
    peaks: pd.DataFrame, known: Mask, *, center: Center, counts: Mapping[str, ContigCounts] | None
) -> tuple[Positions, np.ndarray]:
    """Position and kind of every peak's centre; of kind "" where there is none."""
    middle = midpoints(peaks).to_numpy(dtype=np.int64)
    if center == "middle":
        return middle, np.full(len(peaks), "middle", dtype=object)
    if center == "dominant":
        if counts is None:
            raise ConfigError('center="dominant" needs counts: the pooled counts of every contig')
        at = _dominant(peaks, known, counts)
        return np.where(at < 0, middle, at), np.where(at < 0, "", "dominant").astype(object)
    summit = _summits(peaks, required=center == "summit")
    return np.where(summit < 0, middle, summit), np.where(summit < 0, "middle", "summit").astype(object)


def _summits(peaks: pd.DataFrame, *, required: bool) -> Positions:
    """Summit of every peak, -1 where there is none."""
    summit = peaks["summit"].to_numpy(dtype=np.int64) if "summit" in peaks else np.full(len(peaks), -1)
    missing = summit < 0
    if missing.any() and required:
        raise InputError(
            f"{int(missing.sum())} of {len(peaks)} peaks have no summit (the first is {_locus(peaks, missing)}); use "
            'center="summit or middle", "middle" or "dominant", or peaks with summits (narrowPeak, column 10)'
        )
    outside = ~missing & ((summit < peaks["start"].to_numpy()) | (summit >= peaks["end"].to_numpy()))
    if outside.any():
        raise InputError(
            f"{int(outside.sum())} of {len(peaks)} summits lie outside their peak; the first is {summit[outside][0]} "
            f"of {_locus(peaks, outside)} (a narrowPeak file counts summits from the start of the peak)"
        )
    return summit


def _locus(peaks: pd.DataFrame, which: Mask) -> str:
    """The first of some peaks, for a message."""
    row = peaks.iloc[int(which.argmax())]
    return f"{row['chrom']} start {row['start']}, end {row['end']}"


def _dominant(peaks: pd.DataFrame, known: Mask, counts: Mapping[str, ContigCounts]) -> Positions:
    """Position of the highest count inside every peak, -1 where there is none."""
    at = np.full(len(peaks), -1, dtype=np.int64)
    start, end = peaks["start"].to_numpy(), peaks["end"].to_numpy()
    for chrom, rows in peaks.reset_index(drop=True)[known].groupby("chrom").indices.items():
        contig = counts[str(chrom)]
        along = contig.sum(axis=0) if contig.ndim > 1 else contig
        for row in np.flatnonzero(known)[rows]:
            inside = along[start[row] : end[row]]
            if inside.size and inside.max() > 0:
                at[row] = start[row] + int(inside.argmax())
    return at


def _named(peaks: pd.DataFrame, centre: np.ndarray) -> pd.DataFrame:
    """The peaks with the columns of a windows table."""
    locus = peaks["chrom"] + ":" + (peaks["start"] + 1).astype(str) + "-" + peaks["end"].astype(str)
    name = peaks["name"].astype(str) if "name" in peaks else locus
    name = name.where(~name.isin(["", "."]), locus)
    strand = peaks.get("strand", ".")
    named = peaks[["chrom", "start", "end"]].assign(
        name=name, strand=strand, kind="peak", centre=centre, split="", dropped=""
    )
    return named[list(COLUMNS)].reset_index(drop=True)


def _fit(windows: pd.DataFrame, at: Positions, *, sizes: Mapping[str, int], jitter_bp: int, edge: Edge) -> pd.DataFrame:
    """Apply the policy for windows that reach beyond their contig wherever jitter moves them."""
    point = windows.assign(start=at, end=at + 1)
    windows = drop(windows, beyond_contig(point, sizes), "centre outside the contig")
    reach = windows.assign(start=windows["start"] - jitter_bp, end=windows["end"] + jitter_bp)
    beyond = beyond_contig(reach, sizes) & windows["dropped"].eq("").to_numpy()
    if not beyond.any():
        return windows
    length = int(reach["end"].iloc[0] - reach["start"].iloc[0])
    if edge == "error":
        row = windows[beyond].iloc[0]
        raise InputError(
            f"{int(beyond.sum())} windows do not fit into their contig with {jitter_bp} bp of jitter ({length} bp are "
            f'needed); the first is {row["name"]}; use edge="drop" or "pad"'
        )
    if edge == "pad":
        message = (
            f"{int(beyond.sum())} windows reach beyond the end of their contig; N and no counts are filled in there"
        )
        warnings.warn(message, CisgramWarning, stacklevel=3)
        return windows
    return drop(windows, beyond, "beyond the end of the contig")


def _some(names: Iterable[str]) -> str:
    """The first few names, for a message."""
    listed = list(names)
    return ", ".join(listed[:6]) + (", ..." if len(listed) > 6 else "")
