"""Fragments and reads as text (10x fragments, BED with strands) as batches of records."""

import os
from collections.abc import Iterator
from typing import NamedTuple, NoReturn

import numpy as np
from numba import njit

from cisgram.errors import FormatError
from cisgram.io.packing import read_chunks, require_short_line
from cisgram.io.reads.records import REASONS, LinePlaces, RecordBatch

_CHUNK_BYTES = 1 << 22
_WHOLE, _OTHER_CONTIG, _BAD_COLUMNS, _BAD_NUMBER, _BAD_ORDER, _BAD_STRAND = range(6)
_SORT = "sort it: sort -k1,1 -k2,2n"


def scan_fragments(path: str | os.PathLike[str], *, with_lines: bool = False) -> Iterator[RecordBatch]:
    """Read a table of fragments or of reads, plain or gzip.

    With 3 to 5 columns a line is a fragment: contig, start, end, and perhaps a barcode and how many read pairs it
    was seen in; every line counts once. With 6 columns or more it is one read as BED: column 6 is its strand.
    Lines that start with ``#``, empty lines and the lines ``track`` and ``browser`` are passed over.

    Parameters
    ----------
    path
        The file.
    with_lines
        Say where in the text each record and its column 4 stand.

    Yields
    ------
    RecordBatch
        Several in a row may belong to one contig; memory is some tens of MB.

    Raises
    ------
    FormatError
        With the line: columns or numbers are wrong, start is not before end, or the lines of a contig do not stand
        together. Without: there are no lines, or the file is truncated or damaged.
    """
    layout, name, seen, n_lines, rest = None, b"", set(), 0, b""
    for chunk in _chunks_of_lines(path):
        data, at = np.frombuffer(rest + chunk, dtype=np.uint8), 0
        capacity = data.size // 6 + 1
        while True:
            starts, ends, strands = (
                np.empty(capacity, np.int64),
                np.empty(capacity, np.int64),
                np.empty(capacity, np.int8),
            )
            places = np.empty((capacity if with_lines else 0, 4), np.int64)
            key = np.frombuffer(name + b"\t", dtype=np.uint8)
            n_columns = layout or _Layout(3, 5)
            at, n, n_passed, status = _parse(data, at, key, tuple(n_columns), starts, ends, strands, places)
            n_lines += n_passed
            if n:
                lines = LinePlaces(data, places[:n]) if with_lines else None
                chrom = name.decode("utf-8", "replace")
                yield RecordBatch(chrom, starts[:n], ends[:n], strands[:n], _NONE_DROPPED, lines=lines)
            if status == _WHOLE:
                break
            line = data[at : at + 1000].tobytes().split(b"\n")[0].rstrip(b"\r")
            if status != _OTHER_CONTIG:
                _refuse(path, line, status, n_columns, n_lines + 1)
            if line.startswith((b"track ", b"browser ")):
                at, n_lines = at + data[at:].tobytes().index(b"\n") + 1, n_lines + 1
                continue
            name = line.split(b"\t")[0]
            if not name or line.count(b"\t") < 2:
                _refuse(path, line, _BAD_COLUMNS, n_columns, n_lines + 1)
            layout = layout or _layout_of(path, line, n_lines + 1)
            if name in seen:
                text = f"lines of contig {name.decode('utf-8', 'replace')} stand in several places; {_SORT}"
                raise FormatError(path, text, line=n_lines + 1)
            seen.add(name)
        rest = data[at:].tobytes()
        require_short_line(path, rest, longest=1 << 20)
    if layout is None:
        raise FormatError(path, "there is no fragment in this file")


_NONE_DROPPED = np.zeros(len(REASONS), dtype=np.int64)


class _Layout(NamedTuple):
    """How many columns a line may have; from 6 on, column 6 is the strand."""

    least: int
    most: int


def _layout_of(path: str | os.PathLike[str], line: bytes, number: int) -> _Layout:
    """What the first line says about all of them."""
    columns = line.split(b"\t")
    if len(columns) >= 6:
        if columns[5] not in (b"+", b"-"):
            raise FormatError(
                path,
                f"with {len(columns)} columns this must be BED with the strand, + or -, in column 6; got "
                f"{columns[5].decode('utf-8', 'replace')!r}; if these are fragments, keep columns 1-5: cut -f1-5",
                line=number,
            )
        return _Layout(6, 1 << 30)
    return _Layout(3, 5)


def _chunks_of_lines(path: str | os.PathLike[str]) -> Iterator[bytes]:
    """Pieces of a file, with a line end after the last line."""
    last = b"\n"
    for chunk in read_chunks(path, "fragments", chunk_bytes=_CHUNK_BYTES):
        last = chunk[-1:]
        yield chunk
    if last != b"\n":
        yield b"\n"


def _refuse(path: str | os.PathLike[str], line: bytes, status: int, layout: _Layout, number: int) -> NoReturn:
    """Say what is wrong with a line."""
    shown = line[:80].decode("utf-8", "replace")
    expected = "6 or more columns, as the first line has" if layout.least == 6 else "3 to 5 columns"
    problem = {
        _BAD_COLUMNS: f"{expected}, separated by tabs, expected; got {shown!r}",
        _BAD_NUMBER: f"columns 2 and 3 must be start and end in bp, whole numbers of 0 or more; got {shown!r}",
        _BAD_ORDER: f"start must be before end (0-based, half-open); got {shown!r}",
        _BAD_STRAND: f"column 6 must be the strand, + or -; got {shown!r}",
    }[status]
    raise FormatError(path, problem, line=number)


@njit(cache=True)
def _parse(data, at, key, n_allowed, starts, ends, strands, places):
    """Parse whole lines of one contig until another contig comes, a line is wrong, or the lines end.

    ``key`` is the name of the contig with a tab behind it, ``n_allowed`` the least and the most columns; ``places``
    (see :class:`LinePlaces`) is left alone where it has no rows. Returns where it stopped, the number of records, the
    number of lines that were passed, and why it stopped.
    """
    least, most = n_allowed
    n, n_lines = 0, 0
    while at < data.size:
        end = at
        while end < data.size and data[end] != 10:
            end += 1
        if end == data.size:
            break
        following = end + 1
        if end > at and data[end - 1] == 13:
            end -= 1
        if end == at or data[at] == 35:
            at = following
            n_lines += 1
            continue
        if not _starts_with(data, at, end, key):
            return at, n, n_lines, _OTHER_CONTIG
        n_columns, strand = 1, -1
        barcode, barcode_end = end, end
        for i in range(at, end):
            if data[i] == 9:
                n_columns += 1
                if n_columns == 4:
                    barcode = i + 1
                elif n_columns == 5:
                    barcode_end = i
                if n_columns == 6 and i + 1 < end and (i + 2 == end or data[i + 2] == 9):
                    strand = 0 if data[i + 1] == 43 else 1 if data[i + 1] == 45 else -1
        if n_columns < least or n_columns > most:
            return at, n, n_lines, _BAD_COLUMNS
        if least == 6 and strand < 0:
            return at, n, n_lines, _BAD_STRAND
        first, i = _number(data, at + key.size, end)
        last, i = _number(data, i + 1, end)
        if first < 0 or last < 0:
            return at, n, n_lines, _BAD_NUMBER
        if first >= last:
            return at, n, n_lines, _BAD_ORDER
        starts[n], ends[n] = first, last
        strands[n] = strand if least == 6 else 2
        if places.shape[0]:
            places[n, 0], places[n, 1], places[n, 2], places[n, 3] = at, following, barcode, barcode_end
        n += 1
        n_lines += 1
        at = following
    return at, n, n_lines, _WHOLE


@njit(cache=True)
def _starts_with(data, at, end, key):
    """Whether a line begins with the bytes of ``key``."""
    if key.size == 1 or at + key.size > end:
        return False
    for i in range(key.size):  # noqa: SIM110  # numba knows no all()
        if data[at + i] != key[i]:
            return False
    return True


@njit(cache=True)
def _number(data, at, end):
    """The whole number that starts at a place and the place behind it; -1 where there is none."""
    value, i = 0, at
    while i < end and data[i] != 9:
        if data[i] < 48 or data[i] > 57 or i - at >= 12:
            return -1, i
        value = 10 * value + data[i] - 48
        i += 1
    return (value if i > at else -1), i
