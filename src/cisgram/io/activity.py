r"""Tables of activity: one row per interval, one 0/1 column per cell type, as Basset writes and reads them.

The header holds the names of the cell types behind an empty cell; a row begins with its interval as bedtools writes
it, 0-based and half-open: ``chr1:1000-1600(+)``. Cells are separated by tabs.
"""

import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import SiteLabels
from cisgram.errors import FormatError, InputError
from cisgram.genomics.interval import interval_table
from cisgram.io.packing import read_chunks, require_short_line, write_chunks
from cisgram.io.tables.columns import require_cells

_PLACE = re.compile(r"(\S[^\t\n]*):(\d{1,18})-(\d{1,18})\(([+.-])\)")
_BLOCK = 1 << 15
_TAB, _ZERO = b"\t0"


class Activity(NamedTuple):
    """Intervals, and which cell types have them."""

    intervals: pd.DataFrame
    """Interval table with ``strand``."""
    labels: SiteLabels
    """``site cell_type``, 0 or 1."""
    names: tuple[str, ...]
    """Cell types, one per column."""


def write_activity(
    path: str | os.PathLike[str], intervals: pd.DataFrame, labels: SiteLabels, *, names: Sequence[str]
) -> None:
    """Write a table of activity, packed with bgzip where the name ends in ``.gz``; complete or not at all.

    Parameters
    ----------
    path
        The file to write.
    intervals
        Interval table; the strand is written as ``+`` where there is none, as Basset has it.
    labels
        0 or 1, one row per interval.
    names
        Cell types.

    Raises
    ------
    InputError
        Where rows and columns do not fit together, a label is neither 0 nor 1, or a name cannot stand in a table.
    OutputError
        Where writing fails.
    """
    if labels.shape != (len(intervals), len(names)) or not len(names):
        raise InputError(
            f"labels need one row for each of {len(intervals)} intervals and one column for each of {len(names)} names "
            f"(at least one); got {labels.shape}"
        )
    if labels.size and labels.max() > 1:
        raise InputError(f"labels must be 0 or 1; got {int(labels.max())}")
    if "" in names or len(set(names)) < len(names):
        raise InputError("names of cell types must differ and not be empty")
    require_cells("names of cell types", list(names))
    write_chunks(path, _lines(intervals, labels, names))


def read_activity(path: str | os.PathLike[str]) -> Activity:
    r"""Read a table of activity, plain or gzip.

    Time and memory are linear in its cells: one byte for each.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read, the header has no names or one twice, a row has another number of cells, its
        interval is none, or a cell is neither 0 nor 1, with the line.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "sites_act.txt"
    ...     labels = np.array([[1, 0]], dtype=np.uint8)
    ...     write_activity(path, interval_table(["I"], [100], [700]), labels, names=["liver", "blood"])
    ...     path.read_text().splitlines(), read_activity(path).labels.tolist()
    (['\tliver\tblood', 'I:100-700(+)\t1\t0'], [[1, 0]])
    """
    names: tuple[str, ...] = ()
    places: list[tuple[str, str, str, str]] = []
    labels: list[np.ndarray] = []
    rest, line = b"", 1
    for chunk in read_chunks(path, "a table of activity", is_kept=True):
        block, newline, rest = (rest + chunk.replace(b"\r", b"")).rpartition(b"\n")
        require_short_line(path, rest)
        if not newline:
            continue
        if not names:
            header, _, block = block.partition(b"\n")
            names, line = _names(path, header), 2
        line = _read_block(path, block, line, len(names), places, labels)
    if rest.strip() and not names:
        names, rest = _names(path, rest), b""
    if rest:
        _read_block(path, rest, line, len(names), places, labels)
    if not places:
        raise FormatError(path, "there is no site in this file, only a header")
    chrom, start, end, strand = zip(*places, strict=True)
    bounds = np.array(start, dtype=np.int64), np.array(end, dtype=np.int64)
    wrong = np.flatnonzero(bounds[0] >= bounds[1])
    if wrong.size:
        raise FormatError(path, "the interval's end must lie after its start", line=int(wrong[0]) + 2)
    return Activity(interval_table(list(chrom), *bounds, strand=list(strand)), np.concatenate(labels), names)


def _lines(intervals: pd.DataFrame, labels: SiteLabels, names: Sequence[str]) -> Iterator[bytes]:
    """The header, then the rows in blocks."""
    yield ("\t" + "\t".join(names) + "\n").encode()
    strands = intervals["strand"].replace(".", "+") if "strand" in intervals else pd.Series(["+"] * len(intervals))
    columns = [column.tolist() for column in (intervals["chrom"], intervals["start"], intervals["end"], strands)]
    for begin in range(0, len(intervals), _BLOCK):
        cells = np.full((len(labels[begin : begin + _BLOCK]), 2 * len(names)), _TAB, dtype=np.uint8)
        cells[:, 1::2] = labels[begin : begin + _BLOCK] + _ZERO
        rows = zip(*(column[begin : begin + _BLOCK] for column in columns), strict=True)
        text, width = cells.tobytes(), cells.shape[1]
        yield b"".join(
            f"{chrom}:{start}-{end}({strand})".encode() + text[row * width : (row + 1) * width] + b"\n"
            for row, (chrom, start, end, strand) in enumerate(rows)
        )


def _names(path: str | os.PathLike[str], header: bytes) -> tuple[str, ...]:
    """Cell types that the header names."""
    cells = header.decode("utf-8", "replace").split("\t")
    if len(cells) < 2 or "" in cells[1:]:
        raise FormatError(
            path,
            f"the header must name the cell types behind a tab; got {header[:60].decode(errors='replace')!r}",
            line=1,
        )
    if twice := sorted({name for name in cells[1:] if cells.count(name) > 1}):
        raise FormatError(path, f"cell types need different names; {', '.join(twice[:5])} come twice", line=1)
    return tuple(cells[1:])


def _read_block(
    path: str | os.PathLike[str],
    block: bytes,
    line: int,
    n_names: int,
    places: list[tuple[str, str, str, str]],
    labels: list[np.ndarray],
) -> int:
    """Read whole lines, the first of which has a number; returns the number of the line after them."""
    lines = block.split(b"\n") if block else []
    width = 2 * n_names
    tails = np.frombuffer(b"".join(row[-width:].rjust(width) for row in lines), dtype=np.uint8)
    cells = tails.reshape(len(lines), width)
    is_right = (cells[:, 0::2] == _TAB).all(axis=1) & ((cells[:, 1::2] - np.uint8(_ZERO)) <= 1).all(axis=1)
    for number, row in enumerate(lines):
        place = _PLACE.fullmatch(row[:-width].decode("utf-8", "replace")) if is_right[number] else None
        if place is None:
            _refuse(path, row, line + number, n_names)
        else:
            places.append((place[1], place[2], place[3], place[4]))
    labels.append(cells[:, 1::2] - np.uint8(_ZERO))
    return line + len(lines)


def _refuse(path: str | os.PathLike[str], row: bytes, line: int, n_names: int) -> None:
    """Say what is wrong with a row."""
    first, *cells = row.decode("utf-8", "replace").split("\t")
    if len(cells) != n_names:
        raise FormatError(path, f"{len(cells)} labels, but the header names {n_names} cell types", line=line)
    if wrong := [cell for cell in cells if cell not in ("0", "1")]:
        raise FormatError(path, f"a label must be 0 or 1; got {wrong[0]!r}", line=line)
    raise FormatError(path, f"a row begins with its interval, such as chr1:1000-1600(+); got {first[:60]!r}", line=line)
