"""Intervals and interval tables: 0-based, half-open.

An interval table is a data frame with the columns ``chrom`` (str), ``start`` and ``end`` (int64) and,
where they are known, ``name``, ``score``, ``strand`` (``+ - .``) and ``summit`` (an absolute 0-based
position, -1 where there is none). Rows keep their order and their index in every function here.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from cisgram.arrays import Mask
from cisgram.errors import InputError

Strand = Literal["+", "-", "."]

_LOCUS = re.compile(r"^(?P<chrom>[^:]+):(?P<first>[\d,]+)-(?P<last>[\d,]+)$")


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of one contig.

    Parameters
    ----------
    chrom
        Name of the contig.
    start, end
        0-based, half-open, in bp; ``0 <= start < end``.
    strand
        ``+``, ``-`` or ``.`` (none).

    Examples
    --------
    >>> Interval.parse("chrI:101-200")
    Interval(chrom='chrI', start=100, end=200, strand='.')
    >>> len(Interval("chrI", 100, 200))
    100
    """

    chrom: str
    start: int
    end: int
    strand: Strand = "."

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise InputError(f"an interval needs 0 <= start < end; got {self.chrom} start {self.start}, end {self.end}")
        if self.strand not in ("+", "-", "."):
            raise InputError(f"strand must be '+', '-' or '.'; got {self.strand!r}")

    @classmethod
    def parse(cls, locus: str) -> "Interval":
        """Read a locus such as ``chr1:1-1,000``: 1-based with both ends included, as browsers write it."""
        found = _LOCUS.match(locus.strip())
        if found is None:
            raise InputError(f"a locus looks like chr1:1-1,000; got {locus!r}")
        first, last = (int(found[key].replace(",", "")) for key in ("first", "last"))
        return cls(found["chrom"], first - 1, last)

    def __len__(self) -> int:
        return self.end - self.start

    def __str__(self) -> str:
        """The locus, 1-based with both ends included."""
        return f"{self.chrom}:{self.start + 1}-{self.end}"


def is_locus(text: str) -> bool:
    """Whether a text has the form of a locus such as ``chr1:1-1,000``.

    Examples
    --------
    >>> is_locus("chr1:1-1,000"), is_locus("peaks.bed")
    (True, False)
    """
    return _LOCUS.match(text.strip()) is not None


def interval_table(chrom: object, start: object, end: object, **columns: object) -> pd.DataFrame:
    """Make an interval table from columns, with the declared types.

    Raises
    ------
    InputError
        Where a row does not hold ``0 <= start < end``.

    Examples
    --------
    >>> interval_table(["I", "II"], [0, 5], [10, 9]).to_dict("list")
    {'chrom': ['I', 'II'], 'start': [0, 5], 'end': [10, 9]}
    """
    table = pd.DataFrame({"chrom": chrom, "start": start, "end": end, **columns})
    table = table.astype({"chrom": str, "start": np.int64, "end": np.int64})
    wrong = (table["start"] < 0) | (table["end"] <= table["start"])
    if wrong.any():
        row = table[wrong].iloc[0]
        raise InputError(
            f"intervals need 0 <= start < end; {int(wrong.sum())} do not, "
            f"the first is {row['chrom']} start {row['start']}, end {row['end']}"
        )
    return table


def resize(table: pd.DataFrame, length_bp: int, *, center: object) -> pd.DataFrame:
    """Give every interval the same length around a centre.

    Parameters
    ----------
    table
        Interval table.
    length_bp
        New length in bp; of an even length, the centre is the first base of the right half.
    center
        Absolute 0-based position per row, e.g. ``table["summit"]``.

    Returns
    -------
    pandas.DataFrame
        A copy with new ``start`` and ``end``. They may lie beyond the contig: see :func:`beyond_contig`.

    Examples
    --------
    >>> table = interval_table(["I"], [10], [20])
    >>> resize(table, 4, center=midpoints(table))[["start", "end"]].to_numpy().tolist()
    [[13, 17]]
    """
    if length_bp < 1:
        raise InputError(f"length_bp must be at least 1; got {length_bp}")
    resized = table.copy()
    resized["start"] = np.asarray(center, dtype=np.int64) - length_bp // 2
    resized["end"] = resized["start"] + length_bp
    return resized


def midpoints(table: pd.DataFrame) -> pd.Series:
    """The middle base of every interval; of an even length, the first base of the right half."""
    return (table["start"] + table["end"]) // 2


def beyond_contig(table: pd.DataFrame, sizes: Mapping[str, int]) -> Mask:
    """Which intervals reach past an end of their contig; a contig that ``sizes`` lacks has length 0."""
    ends = table["chrom"].map(dict(sizes)).fillna(0).to_numpy(dtype=np.int64)
    return (table["start"].to_numpy() < 0) | (table["end"].to_numpy() > ends)


def tile(sizes: Mapping[str, int], *, length_bp: int, stride_bp: int | None = None) -> pd.DataFrame:
    """Cut contigs into windows from their left end; a rest shorter than a window is left out.

    Examples
    --------
    >>> tile({"I": 10}, length_bp=4).to_numpy().tolist()
    [['I', 0, 4], ['I', 4, 8]]
    """
    stride_bp = length_bp if stride_bp is None else stride_bp
    if length_bp < 1 or stride_bp < 1:
        raise InputError(f"length_bp and stride_bp must be at least 1; got {length_bp} and {stride_bp}")
    starts = {chrom: np.arange(0, size - length_bp + 1, stride_bp, dtype=np.int64) for chrom, size in sizes.items()}
    chroms = [chrom for chrom, at in starts.items() for _ in range(len(at))]
    start = np.concatenate([np.zeros(0, np.int64), *starts.values()])
    return interval_table(chroms, start, start + length_bp)


def merge(table: pd.DataFrame, *, gap_bp: int = 0) -> pd.DataFrame:
    """Join intervals that overlap, touch, or lie at most ``gap_bp`` apart; sorted by contig name and start.

    Examples
    --------
    >>> merge(interval_table(["I", "I", "I"], [0, 5, 20], [6, 9, 30])).to_numpy().tolist()
    [['I', 0, 9], ['I', 20, 30]]
    """
    ordered = table[["chrom", "start", "end"]].sort_values(["chrom", "start", "end"], ignore_index=True)
    if ordered.empty:
        return ordered
    reach = ordered.groupby("chrom", sort=False)["end"].cummax()
    previous = reach.shift(1).where(ordered["chrom"].eq(ordered["chrom"].shift(1)))
    group = (previous.isna() | (ordered["start"] > previous + gap_bp)).cumsum()
    merged = ordered.groupby(group, sort=False).agg(
        chrom=("chrom", "first"), start=("start", "min"), end=("end", "max")
    )
    return merged.reset_index(drop=True)


def overlaps(table: pd.DataFrame, others: pd.DataFrame) -> Mask:
    """Which intervals of ``table`` share at least one base with any of ``others``, whatever the strand.

    Examples
    --------
    >>> overlaps(interval_table(["I", "I"], [0, 10], [10, 20]), interval_table(["I"], [19], [25])).tolist()
    [False, True]
    """
    found = np.zeros(len(table), dtype=bool)
    blocks = dict(list(merge(others).groupby("chrom", sort=False)))
    chroms = table["chrom"].to_numpy()
    for chrom, block in blocks.items():
        rows = np.flatnonzero(chroms == chrom)
        starts, ends = table["start"].to_numpy()[rows], table["end"].to_numpy()[rows]
        # Merged blocks are disjoint and sorted: the first one that ends after our start is the only candidate.
        first = np.searchsorted(block["end"].to_numpy(), starts, side="right")
        block_starts = np.append(block["start"].to_numpy(), np.iinfo(np.int64).max)
        found[rows] = block_starts[first] < ends
    return found
