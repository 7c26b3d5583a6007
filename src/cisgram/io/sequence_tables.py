"""Sequences in a table, one per row, with numbers beside them: labels, expression, whatever was measured."""

import csv
import io
import math
import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from cisgram.arrays import Labels
from cisgram.errors import FormatError, InputError
from cisgram.genomics.sequence import N
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.genomics.sequences_at import counted
from cisgram.io.fasta_text import AMBIGUOUS, CODE_OF_BYTE, FOREIGN
from cisgram.io.packing import read_bytes

SEQUENCE_NAMES, RECORD_NAMES = ("sequence", "seq"), ("name", "id")
_UNKNOWN = ("", "na", "nan", ".")
_CONDITION = re.compile(r"\s*([^=!]+?)\s*(!?=)\s*(.*?)\s*")


class SequenceTable(NamedTuple):
    """Sequences and their numbers."""

    sequences: SequenceSet
    """Named as the file says, else ``row_1``, ``row_2``, ..."""
    labels: Labels
    """float64; NaN where a cell is empty, ``NA``, ``NaN`` or a dot."""
    tracks: tuple[str, ...]
    """Names of the columns of ``labels``; ``label`` in a file without a header."""
    dropped: dict[str, int]
    """How many rows were left out, by reason."""
    changed: dict[str, int]
    """How many letters were altered, by what was done."""


class TableRow(NamedTuple):
    """One row of a file."""

    line: int
    cells: list[str]


def read_sequence_table(
    path: str | os.PathLike[str], *, tracks: Sequence[str] = (), where: Sequence[str] = ()
) -> SequenceTable:
    r"""Read a table of sequences with one or more columns of numbers.

    Parameters
    ----------
    path
        CSV or TSV, plain or gzip, with a header that names the column ``sequence`` (or ``seq``, in any case); or
        without a header, two columns: sequence and number. A column ``name`` or ``id`` gives the names.
    tracks
        Columns of numbers to read, in this order; by default all whose first filled cell is a number.
    where
        Only rows of which all of these hold: ``COLUMN=TEXT`` or ``COLUMN!=TEXT``.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read, a column is missing, a row has another number of cells, a cell is no finite
        number, or a letter is no base (with the line).

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     written = (Path(folder) / "a.tsv").write_text("sequence\tset\texpression\nTTACCC\tx\t11.5\nACG\ty\t\n")
    ...     read = read_sequence_table(Path(folder) / "a.tsv")
    >>> read.tracks, read.labels.tolist(), read.sequences.names
    (('expression',), [[11.5], [nan]], ['row_1', 'row_2'])
    """
    rows = list(table_rows(path))
    if not rows:
        raise FormatError(path, "there is no row in this file; a table with the column sequence expected")
    is_headless = len(rows[0].cells) == 2 and _number(rows[0].cells[1]) is not None
    header = ["sequence", "label"] if is_headless else [cell.strip() for cell in rows[0].cells]
    body = rows if is_headless else rows[1:]
    lower = [name.lower() for name in header]
    at = [place for place, name in enumerate(lower) if name in SEQUENCE_NAMES]
    if len(at) != 1:
        shown = ", ".join(header)[:80]
        raise FormatError(path, f"one column must be called sequence; the header is {shown!r}", line=rows[0].line)
    body, n_passed_over = _rows_where(path, header, body, where)
    columns = _columns(path, header, body, tracks=tracks, sequence=at[0])
    name_at = next((place for place, name in enumerate(lower) if name in RECORD_NAMES), None)
    filled = [number for number, row in enumerate(body) if row.cells[at[0]].strip()]
    names = [body[i].cells[name_at].strip() if name_at is not None else "" for i in filled]
    sequences, n_ambiguous = encoded_sequences(
        path,
        [name or f"row_{i + 1}" for name, i in zip(names, filled, strict=True)],
        [body[i].cells[at[0]].strip() for i in filled],
        [body[i].line for i in filled],
    )
    labels = np.array([[_label(path, body[i], column) for column in columns] for i in filled], dtype=np.float64)
    return SequenceTable(
        sequences,
        labels.reshape(len(filled), len(columns)),
        tuple(header[column] for column in columns),
        counted({"without sequence": len(body) - len(filled), "not asked for": n_passed_over}),
        counted({"IUPAC letters read as N": n_ambiguous}),
    )


def table_rows(path: str | os.PathLike[str]) -> Iterator[TableRow]:
    """The rows of a CSV or TSV file that have a filled cell, all with as many cells as the first one.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read or is no such table.
    """
    try:
        text = read_bytes(path, "a table of sequences").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(path, "a table of sequences must be text in UTF-8") from error
    first_line = text.lstrip().partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in first_line else ",", strict=True)
    n_cells = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            n_cells = n_cells or len(cells)
            if len(cells) != n_cells:
                raise FormatError(path, f"{len(cells)} cells, but the first row has {n_cells}", line=reader.line_num)
            yield TableRow(reader.line_num, cells)
    except csv.Error as error:
        raise FormatError(path, f"this is no table of cells: {error}", line=reader.line_num) from error


def encoded_sequences(
    path: str | os.PathLike[str], names: list[str], sequences: list[str], lines: list[int]
) -> tuple[SequenceSet, int]:
    """All sequences as one set, and how many ambiguous letters became N.

    Raises
    ------
    FormatError
        Where a letter is no base, with the line of its sequence.
    """
    text = "N".join([*sequences, ""]).encode("ascii", "replace")
    codes = np.frombuffer(text.translate(CODE_OF_BYTE), dtype=np.uint8)
    starts = np.cumsum([0, *(len(sequence) + 1 for sequence in sequences)], dtype=np.int64)
    if (codes == FOREIGN).any():
        at = int(np.argmax(codes == FOREIGN))
        row = int(np.searchsorted(starts, at, side="right")) - 1
        letter = sequences[row][at - int(starts[row])]
        raise FormatError(
            path, f"{letter!r} is not a base; A C G T N and the IUPAC letters RYSWKMBDHVX are", line=lines[row]
        )
    return SequenceSet(names, np.minimum(codes, N), starts), int((codes == AMBIGUOUS).sum())


def _rows_where(
    path: str | os.PathLike[str], header: list[str], body: list[TableRow], where: Sequence[str]
) -> tuple[list[TableRow], int]:
    """The rows of which all conditions hold, and how many others there are."""
    kept = body
    for condition in where:
        parts = _CONDITION.fullmatch(condition)
        if parts is None:
            raise InputError(f"a condition on rows looks like COLUMN=TEXT or COLUMN!=TEXT; got {condition!r}")
        name, sign, text = parts.groups()
        if name not in header:
            raise InputError(f"{path} has no column {name!r}; it has {', '.join(header)}")
        column, is_equal = header.index(name), sign == "="
        kept = [row for row in kept if (row.cells[column].strip() == text) == is_equal]
    if body and not kept:
        raise FormatError(path, f"no row has {' and '.join(where)}")
    return kept, len(body) - len(kept)


def _columns(
    path: str | os.PathLike[str], header: list[str], body: list[TableRow], *, tracks: Sequence[str], sequence: int
) -> list[int]:
    """Places of the columns of numbers."""
    if tracks:
        if unknown := [name for name in tracks if name not in header]:
            raise InputError(f"{path} has no column {unknown[0]!r}; it has {', '.join(header)}")
        return [header.index(name) for name in tracks]
    found = []
    for column, name in enumerate(header):
        if column == sequence or name.lower() in RECORD_NAMES:
            continue
        first = next((row.cells[column] for row in body if row.cells[column].strip().lower() not in _UNKNOWN), "")
        if _number(first) is not None:
            found.append(column)
    if not found:
        raise FormatError(path, f"no column holds numbers; the columns are {', '.join(header)[:80]}")
    return found


def _label(path: str | os.PathLike[str], row: TableRow, column: int) -> float:
    """A cell as a number."""
    cell = row.cells[column].strip()
    if cell.lower() in _UNKNOWN:
        return math.nan
    value = _number(cell)
    if value is None:
        raise FormatError(path, f"a label must be a number, or empty; got {cell!r}", line=row.line)
    return value


def _number(cell: str) -> float | None:
    """A finite number, or None."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
