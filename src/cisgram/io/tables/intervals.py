"""Intervals: BED with three columns or more, narrowPeak and broadPeak, read and written."""

import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cisgram.errors import ContigError, FormatError, InputError
from cisgram.genomics.interval import beyond_contig
from cisgram.io.packing import write_chunks
from cisgram.io.tables.columns import TextColumns, lines_of, read_columns, require_cells

_LOG = logging.getLogger(__name__)

_BED: tuple[str, ...] = ("chrom", "start", "end", "name", "score", "strand")
_BROADPEAK = (*_BED, "signal", "p_value", "q_value")
_NARROWPEAK = (*_BROADPEAK, "summit")
_NUMBERS = frozenset({"score", "signal", "p_value", "q_value"})


def read_intervals(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read intervals from BED (three columns or more), narrowPeak or broadPeak.

    Blank lines, comments (``#``), ``track`` and ``browser`` lines are skipped, and so is a first line of column names
    (``chrom start end``), with a word in the log. Ten columns of which the last four are numbers are narrowPeak, nine
    of which the last three are numbers are broadPeak; nine that give ``thickStart`` and ``thickEnd`` inside every
    interval are BED. A file called ``.narrowPeak`` or ``.broadPeak`` must be that.

    Parameters
    ----------
    path
        The file, plain or gzip; columns separated by tabs.

    Returns
    -------
    pandas.DataFrame
        Interval table in the order of the file: ``chrom``, ``start``, ``end`` and, where the file has them, ``name``,
        ``score`` (NaN for ``.``), ``strand``; of peaks also ``signal``, ``p_value``, ``q_value`` (as they stand) and
        ``summit`` (an absolute position, -1 where there is none). Further columns of BED are text, named
        ``column_7`` and so on.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read or holds no interval, with the line; where a row does not hold
        ``0 <= start < end``, its strand is none of ``+ - .``, its summit lies outside, or a number is none. Whether
        intervals lie within their contigs is for :func:`check_within`.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "peaks.narrowPeak"
    ...     write_narrowpeak(path, pd.DataFrame({"chrom": ["I"], "start": [100], "end": [200], "summit": [140]}))
    ...     path.read_text().split(), read_intervals(path)["summit"].tolist()
    (['I', '100', '200', '.', '0', '.', '0', '-1', '-1', '40'], [140])
    """
    columns = read_columns(path, "intervals")
    if columns.n_columns < 3:
        raise columns.error(
            0, f"BED needs at least three columns, chrom, start and end, separated by tabs; got {columns.n_columns}"
        )
    if _is_header(columns):
        _LOG.info("%s, line %d: read as a header: %s", path, columns.lines[0], columns.cell(0, 0))
        columns = columns.without_first_row()
        if columns.n_rows == 0:
            raise FormatError(path, "there is no interval in this file, only a header")
    columns.require(~columns.is_cell(0, ""), "the contig's name (column 1) is empty")
    start, end = columns.integers(1, "start"), columns.integers(2, "end")
    columns.require(start >= 0, "start must be 0 or more (the first base of a contig is 0)", column=1)
    columns.require(start != end, "end must lie after start, but they are equal (BED is half-open)", column=2)
    columns.require(start < end, "end must lie after start; are the two swapped?", column=2)
    names = _names_of_columns(columns, start, end)
    values: dict[str, object] = {"chrom": columns.strings(0), "start": start, "end": end}
    for number, name in enumerate(names[3:], start=3):
        if name in _NUMBERS:
            values[name] = columns.numbers(number, name)
        elif name == "summit":
            values[name] = _summits(columns, start, end)
        else:
            values[name] = columns.strings(number)
    if "strand" in names:
        is_strand = np.logical_or.reduce([columns.is_cell(5, strand) for strand in "+-."])
        columns.require(is_strand, "strand (column 6) must be +, - or .", column=5)
    table = pd.DataFrame(values)
    return table.astype({name: str for name in names if name not in (*_NUMBERS, "start", "end", "summit")})


def check_within(table: pd.DataFrame, sizes: Mapping[str, int], path: str | os.PathLike[str]) -> None:
    """Make sure that intervals lie within their contigs.

    Parameters
    ----------
    table
        Interval table.
    sizes
        Contig lengths in bp.
    path
        Where the intervals come from, for messages.

    Raises
    ------
    ContigError
        Where ``sizes`` lacks a contig.
    FormatError
        Where an interval reaches past an end of its contig.
    """
    unknown = [name for name in table["chrom"].drop_duplicates() if name not in sizes]
    if unknown:
        raise ContigError(
            f"{path}: {len(unknown)} contigs are not in the genome, such as {unknown[0]!r}; it has "
            f"{', '.join(list(sizes)[:5])}, {len(sizes)} in all; genomics.contigs.match_contigs says which are the same"
        )
    beyond = beyond_contig(table, sizes)
    if beyond.any():
        chrom, start, end = table.loc[beyond, ["chrom", "start", "end"]].iloc[0]
        raise FormatError(
            path,
            f"{int(beyond.sum())} of {len(table)} intervals reach past an end of their contig, the first is {chrom} "
            f"start {start}, end {end}, where the contig has {sizes[chrom]} bp; is this the same assembly?",
        )


def write_bed(path: str | os.PathLike[str], table: pd.DataFrame) -> None:
    """Write an interval table as BED, packed with bgzip where the name ends in ``.gz``; complete or not at all.

    Parameters
    ----------
    path
        The file to write; of a table without rows, an empty one.
    table
        Interval table. Besides ``chrom``, ``start`` and ``end`` these columns are written where the table has them:
        ``name``, ``score``, ``strand``, ``column_7`` and so on; a missing one before the last is filled with ``.``.
        Other columns have no place in BED and are left out: see :func:`cisgram.io.tables.write_table`.

    Raises
    ------
    InputError
        Where a row is no interval, or text has a tab or a line break in it.
    OutputError
        Where writing fails.
    """
    last = max(number for number, name in enumerate(_BED) if name in (*table.columns, "end"))
    names = list(_BED if "column_7" in table else _BED[: last + 1])
    while f"column_{len(names) + 1}" in table:
        names.append(f"column_{len(names) + 1}")
    write_chunks(path, lines_of([_cells(table, name) for name in names]))


def write_narrowpeak(path: str | os.PathLike[str], table: pd.DataFrame) -> None:
    """Write an interval table as narrowPeak, packed with bgzip where the name ends in ``.gz``; complete or not at all.

    Parameters
    ----------
    path
        The file to write; of a table without rows, an empty one.
    table
        Interval table; ``summit`` is an absolute position, or -1. A missing ``name`` or ``strand`` is written as
        ``.``, a missing ``score`` or ``signal`` as 0, a missing ``p_value``, ``q_value`` or ``summit`` as -1.

    Raises
    ------
    InputError
        Where a row is no interval, a summit lies outside its peak, a number is NaN, or text has a tab or a line break.
    OutputError
        Where writing fails.
    """
    filled = table.assign(
        **{name: 0 for name in ("score", "signal") if name not in table},
        **{name: -1 for name in ("p_value", "q_value", "summit") if name not in table},
    )
    for name in _NUMBERS:
        if np.isnan(filled[name].to_numpy(dtype=np.float64)).any():
            raise InputError(f"narrowPeak has no way to write a missing {name}; fill it (p_value and q_value with -1)")
    summit, start, end = (filled[name].to_numpy(dtype=np.int64) for name in ("summit", "start", "end"))
    outside = (summit != -1) & ((summit < start) | (summit >= end))
    if outside.any():
        chrom, first, last, at = filled.loc[outside, ["chrom", "start", "end", "summit"]].iloc[0]
        raise InputError(f"a summit must lie in its peak, or be -1; {chrom} start {first}, end {last} has {at}")
    filled["summit"] = np.where(summit == -1, -1, summit - start)
    write_chunks(path, lines_of([_cells(filled, name) for name in _NARROWPEAK]))


def _is_header(columns: TextColumns) -> bool:
    """Whether the first row names the columns; a row that merely holds no numbers is an error, not a header."""
    start, end = columns.cell(0, 1).lower(), columns.cell(0, 2).lower()
    return ("start" in start or "begin" in start) and ("end" in end or "stop" in end)


def _names_of_columns(columns: TextColumns, start: np.ndarray, end: np.ndarray) -> Sequence[str]:
    """What the columns of a file mean."""
    names = Path(columns.path).name.lower().removesuffix(".gz").rpartition(".")
    for kind, expected in (("narrowpeak", _NARROWPEAK), ("broadpeak", _BROADPEAK)):
        if names[2] == kind:
            if columns.n_columns != len(expected):
                raise columns.error(
                    0, f"a {kind} file has {len(expected)} columns; got {columns.n_columns} (call BED files .bed)"
                )
            return expected
    if columns.n_columns == len(_NARROWPEAK) and _are_numbers(columns, range(6, 10)):
        return _NARROWPEAK
    if columns.n_columns == len(_BROADPEAK) and _are_numbers(columns, range(6, 9)):
        thick = [columns.numbers(column, "thick interval") for column in (6, 7)]
        if not ((thick[0] >= start) & (thick[0] <= thick[1]) & (thick[1] <= end)).all():
            return _BROADPEAK
    return (*_BED[: columns.n_columns], *(f"column_{number + 1}" for number in range(6, columns.n_columns)))


def _are_numbers(columns: TextColumns, which: Sequence[int]) -> bool:
    """Whether cells of the first row are numbers."""
    try:
        [float(columns.cell(0, column)) for column in which]
    except ValueError:
        return False
    return True


def _summits(columns: TextColumns, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Absolute positions of summits from their distance to the start; -1 stays."""
    offset = columns.integers(9, "summit")
    columns.require(
        (offset >= -1) & (offset < end - start),
        "the summit (column 10) must lie in the peak, counted from its start, or be -1 for none",
        column=9,
    )
    return np.where(offset == -1, -1, start + offset)


def _cells(table: pd.DataFrame, name: str) -> list[str]:
    """The cells of a column as BED writes them, checked."""
    if name not in table:
        if name in ("chrom", "start", "end"):
            raise InputError(f"an interval table needs the column {name}; it has {', '.join(map(str, table.columns))}")
        return ["."] * len(table)
    if name == "end":
        start, end = (table[bound].to_numpy(dtype=np.int64) for bound in ("start", "end"))
        wrong = np.flatnonzero((start < 0) | (end <= start))
        if wrong.size:
            row = table.iloc[int(wrong[0])]
            raise InputError(
                f"intervals need 0 <= start < end; got {row['chrom']} start {start[wrong[0]]}, end {end[wrong[0]]}"
            )
    if name in ("start", "end", "summit"):
        return list(map(str, table[name].astype(np.int64).tolist()))
    if name in _NUMBERS:
        return [_number_text(value) for value in table[name].astype(np.float64).tolist()]
    cells = ["." if cell == "" else cell for cell in table[name].fillna(".").astype(str)]
    require_cells(f"column {name!r}", cells)
    if name == "strand" and not set(cells) <= {"+", "-", "."}:
        raise InputError(f"strand must be +, - or .; got {sorted(set(cells) - {'+', '-', '.'})}")
    if name == "chrom" and any(cell.split() != [cell] or cell.startswith("#") for cell in set(cells)):
        raise InputError("names of contigs must be words without blanks that do not begin with #")
    return cells


def _number_text(value: float) -> str:
    """The shortest text that is read as the same number; ``.`` for NaN."""
    if np.isnan(value):
        return "."
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
