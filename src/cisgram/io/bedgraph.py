"""bedGraph: a signal as stretches of equal values, read to be asked for any stretch, written from values per base."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from cisgram.arrays import ContigValues, Values
from cisgram.errors import FormatError
from cisgram.io.packing import write_chunks
from cisgram.io.tables.columns import read_columns


class Steps(NamedTuple):
    """Stretches of equal values on one contig, from left to right."""

    starts: np.ndarray
    """int64, ``stretch``."""
    ends: np.ndarray
    """int64, ``stretch``."""
    values: np.ndarray
    """float32, ``stretch``."""


class StepTrack:
    """A signal kept as stretches; 0 where there is none.

    Parameters
    ----------
    contigs
        Stretches of every contig; they do not overlap.

    Examples
    --------
    >>> steps = Steps(np.array([2, 5]), np.array([4, 6]), np.array([1.5, 2.0], dtype=np.float32))
    >>> StepTrack({"I": steps}).read("I", 1, 7).tolist()
    [0.0, 1.5, 1.5, 0.0, 2.0, 0.0]
    """

    def __init__(self, contigs: Mapping[str, Steps]) -> None:
        self.contigs = dict(contigs)

    def read(self, chrom: str, start: int, end: int) -> Values:
        """Values of a stretch (float32, ``end - start``); 0 on contigs that are not there."""
        signal = np.zeros(end - start, dtype=np.float32)
        if chrom not in self.contigs:
            return signal
        starts, ends, values = self.contigs[chrom]
        first, last = np.searchsorted(ends, start, side="right"), np.searchsorted(starts, end, side="left")
        from_, to = (np.clip(at[first:last] - start, 0, end - start) for at in (starts, ends))
        # Stretches do not overlap, so that their bases stand in the order of the stretches.
        within = np.arange((to - from_).sum()) - np.repeat(np.cumsum(to - from_) - (to - from_), to - from_)
        signal[np.repeat(from_, to - from_) + within] = np.repeat(values[first:last], to - from_)
        return signal


def read_bedgraph(path: str | os.PathLike[str]) -> StepTrack:
    """Read a bedGraph (four columns, plain or gzip), sorted by position.

    Raises
    ------
    FormatError
        With the line: columns or numbers are wrong, or stretches overlap or go back.
    """
    columns = read_columns(path, "bedGraph")
    if columns.n_columns < 4:
        raise columns.error(0, f"bedGraph has four columns, chrom, start, end and value; got {columns.n_columns}")
    chroms, starts, ends = np.array(columns.strings(0)), columns.integers(1, "start"), columns.integers(2, "end")
    columns.require((starts >= 0) & (starts < ends), "0 <= start < end must hold", column=2)
    with np.errstate(over="ignore"):
        values = columns.numbers(3, "value").astype(np.float32)
    columns.require(np.isfinite(values), "the value must be a finite number (of 32 bits)", column=3)
    is_new = np.r_[True, chroms[1:] != chroms[:-1]]
    columns.require(is_new | np.r_[True, starts[1:] >= ends[:-1]], "stretches must be sorted and must not overlap")
    bounds = np.flatnonzero(np.r_[is_new, True])
    contigs: dict[str, Steps] = {}
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if chroms[first] in contigs:
            raise FormatError(path, f"lines of contig {chroms[first]} stand in several places; sort -k1,1 -k2,2n")
        contigs[str(chroms[first])] = Steps(starts[first:last], ends[first:last], values[first:last])
    return StepTrack(contigs)


def write_bedgraph(path: str | os.PathLike[str], pieces: Iterable[tuple[str, int, ContigValues]]) -> None:
    """Write values per base as stretches, zeros too, so that every base that came is said; one piece in memory.

    Parameters
    ----------
    path
        The file; packed with bgzip where its name ends in ``.gz``.
    pieces
        Contig, 0-based position of the first value, and values (``length``); of a contig from left to right. A stretch
        ends where its piece does.
    """
    write_chunks(path, _lines(pieces))


def _lines(pieces: Iterable[tuple[str, int, ContigValues]]) -> Iterator[bytes]:
    """One line per stretch of equal values."""
    for chrom, first, values in pieces:
        starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]]) if values.size else np.zeros(0, np.int64)
        ends = np.r_[starts[1:], values.size]
        rows = zip((starts + first).tolist(), (ends + first).tolist(), values[starts].tolist(), strict=True)
        yield "".join(f"{chrom}\t{start}\t{end}\t{value:.7g}\n" for start, end, value in rows).encode()
