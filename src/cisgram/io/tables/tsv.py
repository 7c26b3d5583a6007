"""Our own tables: tab-separated text with a header, read back as they were written, and told where they come from."""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import closing
from itertools import chain
from typing import Literal, get_args

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_float_dtype, is_integer_dtype

from cisgram.errors import FormatError, InputError
from cisgram.io.packing import read_chunks, require_short_line, write_chunks
from cisgram.io.tables.columns import TextColumns, lines_of, read_columns, require_cells

Kind = Literal["text", "integer", "number", "truth"]

_ALWAYS_TEXT = frozenset({"chrom", "contig", "name", "strand"})
_TYPES = "types"
_LONGEST_SHOWN = 300
"""Letters of a list of columns in a message."""
_WHOLE = re.compile(r"(?:-?(?:0|[1-9]\d{0,17})\n)+")
_NAME_LIKE = re.compile(r"^(?:[ +]|-?0\d|-?\d{19})|_", re.MULTILINE)
"""What float() takes for a number although it names something: ``007``, or more digits than a float keeps."""
_LARGEST = 10**18


def write_table(
    path: str | os.PathLike[str], table: pd.DataFrame, *, provenance: Mapping[str, object] | None = None
) -> None:
    """Write a table as tab-separated text, packed with bgzip where the name ends in ``.gz``; complete or not at all.

    Lines ``# key: value`` may stand on top. A line ``# types: {...}`` is added only where :func:`read_table` would
    otherwise take a column for something else, such as names that are all digits. The index is not written.

    Parameters
    ----------
    path
        The file to write.
    table
        Columns of text, whole numbers, numbers or truth values, with names that are unique. Missing numbers are
        written as ``nan``, missing whole numbers as nothing; missing text is written as nothing and read back as
        empty text. Categories are written as text.
    provenance
        What to say about where the table comes from; one line per entry.

    Raises
    ------
    InputError
        Where text has a tab or a line break in it, a column has no name or that of another, or a whole number has more
        than 18 digits.
    OutputError
        Where writing fails.
    """
    names = [str(name) for name in table.columns]
    if len(set(names)) < len(names) or not names or "" in names or names[0].startswith("#"):
        raise InputError(f"columns need unique names, the first not beginning with #; got {names}")
    require_cells("names of columns", names)
    kinds, cells = [], []
    for number, name in enumerate(names):
        kind, texts = _cells(table.iloc[:, number])
        require_cells(f"column {name!r}", texts)
        kinds.append(kind)
        cells.append(texts)
    unlike = {name: kind for name, kind, texts in zip(names, kinds, cells, strict=True) if kind != _guess(name, texts)}
    notes = {str(key): str(value).strip() for key, value in (provenance or {}).items()}
    require_cells("provenance", [*notes, *notes.values()])
    if _TYPES in notes or any(":" in key or key.split() != [key] for key in notes):
        raise InputError(f"keys of provenance are words other than {_TYPES!r}, without ':'; got {list(notes)}")
    if unlike:
        notes[_TYPES] = json.dumps(unlike)
    write_chunks(
        path, chain(_note_lines(notes), lines_of([[name, *texts] for name, texts in zip(names, cells, strict=True)]))
    )


def read_table(path: str | os.PathLike[str], *, types: Mapping[str, Kind] | None = None) -> pd.DataFrame:
    """Read a tab-separated table with a header, such as :func:`write_table` writes.

    Parameters
    ----------
    path
        The file, plain or gzip. Lines on top that begin with ``#`` are comments.
    types
        Columns whose kind is known: ``text``, ``integer``, ``number`` or ``truth``. Of others the file may say it;
        else ``chrom``, ``contig``, ``name`` and ``strand`` are text, and what a column holds decides: whole numbers
        (int64; ``Int64`` where some are missing), numbers (float64), ``True`` and ``False``, text. Digits with a
        leading zero are text.

    Returns
    -------
    pandas.DataFrame
        The rows in their order; without rows where there is only a header.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read, names of columns repeat, rows differ in their number of columns, or a cell is
        not of the kind that ``types`` or the file demands (with the line).

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "windows.tsv.gz"
    ...     write_table(path, pd.DataFrame({"chrom": ["1"], "start": [5], "gc": [0.4]}), provenance={"seed": 1})
    ...     read_table(path).to_dict("list"), read_provenance(path)
    ({'chrom': ['1'], 'start': [5], 'gc': [0.4]}, {'seed': '1'})
    """
    columns = read_columns(path, "a table", comments="on top")
    names = [columns.cell(0, column) for column in range(columns.n_columns)]
    if len(set(names)) < len(names):
        raise columns.error(0, f"names of columns must be unique; got {str(names)[:_LONGEST_SHOWN]}")
    known: dict[str, Kind] = {**_types_in_file(path), **(types or {})}
    if known.keys() - set(names):
        lacking = str(sorted(known.keys() - set(names)))[:_LONGEST_SHOWN]
        raise InputError(f"{path} has no columns {lacking}; it has {str(names)[:_LONGEST_SHOWN]}")
    rows = columns.without_first_row()
    return pd.DataFrame({name: _values(rows, number, name, known.get(name)) for number, name in enumerate(names)})


def read_column_names(path: str | os.PathLike[str]) -> list[str]:
    """Names of the columns of a table, of which only the first lines are read.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read.
    """
    comments, text = _top(path)
    header = text[len(comments) :].partition(b"\n")[0]
    return header.rstrip(b"\r").decode("utf-8", "replace").split("\t")


def read_provenance(path: str | os.PathLike[str]) -> dict[str, str]:
    """What the ``# key: value`` lines on top of a table say; empty where there are none.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read.
    """
    return {key: value for key, value in _notes(path).items() if key != _TYPES}


def _cells(column: pd.Series) -> tuple[Kind, list[str]]:
    """What a column holds, and its cells as text."""
    column = column.infer_objects()
    if is_bool_dtype(column.dtype) and not column.hasnans:
        return "truth", list(map(str, column.astype(bool).tolist()))
    if is_integer_dtype(column.dtype):
        if (column.abs() >= _LARGEST).any():
            raise InputError(f"whole numbers of more than 18 digits cannot be written; column {column.name!r} has some")
        return "integer", ["" if value is pd.NA else str(value) for value in column.tolist()]
    if is_float_dtype(column.dtype):
        return "number", list(map(repr, column.to_numpy(dtype=np.float64, na_value=np.nan).tolist()))
    return "text", column.astype(object).where(column.notna(), "").astype(str).tolist()


def _guess(name: str, cells: list[str]) -> Kind:
    """What a column of text holds; by its name for some."""
    filled = [cell for cell in cells if cell]
    if name in _ALWAYS_TEXT or not filled:
        return "text"
    if len(filled) == len(cells) and set(cells) <= {"True", "False"}:
        return "truth"
    text = "\n".join(filled) + "\n"
    if _WHOLE.fullmatch(text):
        return "integer"
    try:
        np.fromiter(map(float, filled), dtype=np.float64)
    except ValueError:
        return "text"
    return "text" if _NAME_LIKE.search(text) else "number"


def _values(rows: TextColumns, number: int, name: str, kind: Kind | None) -> object:
    """The values of a column, of the kind that is known, else of the one it looks like."""
    cells = rows.strings(number)
    kind = kind or _guess(name, cells)
    if kind == "integer":
        is_missing = rows.is_cell(number, "")
        if not is_missing.any():
            return rows.integers(number, name)
        filled = rows.where(~is_missing).integers(number, name)
        values = np.zeros(rows.n_rows, dtype=np.int64)
        values[~is_missing] = filled
        return pd.arrays.IntegerArray(values, is_missing)
    if kind == "number":
        return rows.numbers(number, name)
    if kind == "truth":
        truth = np.array([cell == "True" for cell in cells], dtype=bool)
        rows.require(
            truth | np.array([cell == "False" for cell in cells], dtype=bool),
            f"{name} must be True or False",
            column=number,
        )
        return truth
    return pd.Series(cells, dtype=str)


def _types_in_file(path: str | os.PathLike[str]) -> dict[str, Kind]:
    """The kinds of columns that the file itself names."""
    text = _notes(path).get(_TYPES, "{}")
    try:
        types = json.loads(text)
        if not isinstance(types, dict) or not set(types.values()) <= set(get_args(Kind)):
            raise ValueError(f"each of {get_args(Kind)}")
    except ValueError as error:
        raise FormatError(path, f"the line '# {_TYPES}: ...' is damaged ({error}): {text[:60]!r}") from error
    return types


def _notes(path: str | os.PathLike[str]) -> dict[str, str]:
    """All ``# key: value`` lines on top."""
    comments, _ = _top(path)
    pairs = (line[1:].decode(errors="replace").partition(":") for line in comments.split(b"\n"))
    return {key.strip(): value.strip() for key, colon, value in pairs if colon}


def _top(path: str | os.PathLike[str]) -> tuple[bytes, bytes]:
    """The lines on top that begin with ``#``; and they with what follows, at least the first line that does not."""
    text, end = b"", 0
    with closing(read_chunks(path, "a table", chunk_bytes=1 << 16)) as chunks:
        for chunk in chunks:
            text += chunk
            require_short_line(path, text, longest=1 << 24)
            while text.startswith(b"#", end) and (newline := text.find(b"\n", end)) >= 0:
                end = newline + 1
            if b"\n" in text[end:] and not text.startswith(b"#", end):
                break
    if text.startswith(b"#", end):
        end = len(text)  # a last comment without a line end
    return text[:end], text


def _note_lines(notes: Mapping[str, str]) -> Iterator[bytes]:
    """Provenance as lines."""
    return (f"# {key}: {value}\n".encode() for key, value in notes.items())
