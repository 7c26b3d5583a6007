"""The cells of a tab-separated text, found for all rows at once, each knowing the line it stands in."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Literal

import numpy as np

from cisgram.arrays import Mask
from cisgram.errors import FormatError, InputError
from cisgram.io.packing import read_bytes

_TAB, _NEWLINE, _HASH, _MINUS, _ZERO = b"\t\n#-0"
_MOST_DIGITS = 18
_ROWS_AT_ONCE = 1 << 16


@dataclass(frozen=True, eq=False)
class TextColumns:
    """Cells of a tab-separated text.

    Parameters
    ----------
    path
        The file, for messages.
    text
        The text that the cells are part of.
    starts, ends
        Where in ``text`` every cell begins and ends (``row column``).
    lines
        1-based line number of every row in the file.
    """

    path: str
    text: bytes
    starts: np.ndarray
    ends: np.ndarray
    lines: np.ndarray

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        return self.starts.shape[0]

    @property
    def n_columns(self) -> int:
        """How many columns every row has."""
        return self.starts.shape[1]

    def cell(self, row: int, column: int) -> str:
        """The text of one cell; bytes that are no UTF-8 are shown as signs of replacement."""
        return self.text[self.starts[row, column] : self.ends[row, column]].decode(errors="replace")

    def where(self, is_kept: Mask) -> "TextColumns":
        """Only the rows that are kept; they still know their lines."""
        return TextColumns(self.path, self.text, self.starts[is_kept], self.ends[is_kept], self.lines[is_kept])

    def without_first_row(self) -> "TextColumns":
        """The same without its first row, which was a header."""
        return TextColumns(self.path, self.text, self.starts[1:], self.ends[1:], self.lines[1:])

    def error(self, row: int, problem: str) -> FormatError:
        """An error that names the line of a row."""
        return FormatError(self.path, problem, line=int(self.lines[row]))

    def require(self, is_right: Mask, problem: str, *, column: int | None = None) -> None:
        """Raise an error about the first row that is not right; it quotes the cell, where a column is given."""
        wrong = np.flatnonzero(~is_right)
        if wrong.size:
            row = int(wrong[0])
            came = "" if column is None else f"; got {self.cell(row, column)!r}"
            others = f" (and {wrong.size - 1} more lines like it)" if wrong.size > 1 else ""
            raise self.error(row, f"{problem}{came}{others}")

    def is_cell(self, column: int, text: str) -> Mask:
        """Which cells of a column are just this text, of at most one letter."""
        width = self.ends[:, column] - self.starts[:, column]
        if not text:
            return width == 0
        return (width == 1) & (self._bytes[self.starts[:, column]] == ord(text))

    def strings(self, column: int) -> list[str]:
        """The cells of a column as text."""
        bounds = zip(self.starts[:, column].tolist(), self.ends[:, column].tolist(), strict=True)
        if (text := self._ascii) is not None:
            return [text[start:end] for start, end in bounds]
        try:
            return [self.text[start:end].decode() for start, end in bounds]
        except UnicodeDecodeError:
            is_utf8 = [
                _is_utf8(self.text[s:e]) for s, e in zip(self.starts[:, column], self.ends[:, column], strict=True)
            ]
            self.require(np.array(is_utf8), f"column {column + 1} must be text in UTF-8", column=column)
            raise

    @cached_property
    def _ascii(self) -> str | None:
        """The whole text, once for all columns, however many there are; None where it holds other letters."""
        return self.text.decode("ascii") if self.text.isascii() else None

    def integers(self, column: int, name: str) -> np.ndarray:
        """The cells of a column as whole numbers (int64)."""
        ends = self.ends[:, column]
        is_negative = self._bytes[self.starts[:, column]] == _MINUS
        starts = self.starts[:, column] + is_negative
        width = ends - starts
        is_number = (width > 0) & (width <= _MOST_DIGITS)
        values = np.zeros(self.n_rows, dtype=np.int64)
        for digit_at in range(min(int(width.max(initial=0)), _MOST_DIGITS)):
            is_inside = digit_at < width
            digits = self._bytes[np.minimum(starts + digit_at, ends)] - np.uint8(_ZERO)  # wraps below zero
            is_number &= ~is_inside | (digits <= 9)
            np.copyto(values, values * 10 + digits, where=is_inside)
        self.require(is_number, f"{name} (column {column + 1}) must be a whole number", column=column)
        return np.where(is_negative, -values, values)

    def numbers(self, column: int, name: str) -> np.ndarray:
        """The cells of a column as numbers (float64); ``.`` and nothing are NaN."""
        cells = self.strings(column)
        try:
            return np.fromiter(map(float, cells), dtype=np.float64, count=len(cells))
        except ValueError:
            values = [_number(cell) for cell in cells]
            is_number = np.array([value is not None for value in values], dtype=bool)
            self.require(is_number, f"{name} (column {column + 1}) must be a number or '.'", column=column)
            return np.array(values, dtype=np.float64)

    @property
    def _bytes(self) -> np.ndarray:
        """The text as an array."""
        return np.frombuffer(self.text, dtype=np.uint8)


def read_columns(
    path: str | os.PathLike[str], what: str, *, comments: Literal["anywhere", "on top"] = "anywhere"
) -> TextColumns:
    r"""Find the cells of a tab-separated file, plain or gzip; lines may end in ``\r\n``.

    Parameters
    ----------
    path
        The file.
    what
        What it holds, for messages.
    comments
        Which lines are none: ``anywhere``, blank ones and those that begin with ``#`` or, as genome browsers want
        them, with ``track`` or ``browser``; ``on top``, those that begin with ``#`` before the first that does
        not, and blank ones where there is more than one column.

    Returns
    -------
    TextColumns
        At least one row.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read, is not text, holds no row, or rows differ in their number of columns.
    """
    text = read_bytes(path, what)
    if b"\0" in text[: 1 << 20]:
        raise FormatError(path, f"{what} must be text; this file is binary")
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
    if not text.endswith(b"\n"):
        text += b"\n"
    letters = np.frombuffer(text, dtype=np.uint8)
    newlines = np.flatnonzero(letters == _NEWLINE)
    begins = np.concatenate([[0], newlines[:-1] + 1])
    is_row = _is_row_among_comments(text, begins) if comments == "anywhere" else _is_row_below_comments(text, begins)
    if not is_row.any():
        raise FormatError(path, f"there is no row in this file, only comments or blank lines; {what} expected")
    rows = _rows(str(path), text, begins, newlines, is_row)
    if comments == "anywhere" and rows.n_columns == 1 and len(rows.cell(0, 0).split()) > 1:
        raise rows.error(0, f"columns must be separated by tabs, these are by blanks: {rows.cell(0, 0)[:60]!r}")
    return rows


def whole_number(text: str) -> int | None:
    """A cell as a whole number of 0 or more; None where it is none, or has more than 18 digits."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS else None


def lines_of(columns: Sequence[Iterable[str]]) -> Iterator[bytes]:
    """Columns of text as tab-separated lines, many at once."""
    rows = zip(*columns, strict=True)
    while block := list(islice(rows, _ROWS_AT_ONCE)):
        yield ("\n".join(map("\t".join, block)) + "\n").encode()


def require_cells(what: str, texts: Sequence[str]) -> None:
    """Make sure that texts can stand in the cells of a tab-separated file.

    Raises
    ------
    InputError
        Where one has a tab, a line break or a zero byte in it, or letters that UTF-8 does not know.
    """
    joined = "".join(texts)
    try:
        joined.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{what}: {joined[error.start]!r} cannot be written as UTF-8") from error
    if any(sign in joined for sign in "\t\n\r\0"):
        bad = next(text for text in texts if any(sign in text for sign in "\t\n\r\0"))
        raise InputError(f"{what}: text in a table must not have a tab, a line break or a zero byte in it; got {bad!r}")


def _is_row_among_comments(text: bytes, begins: np.ndarray) -> Mask:
    """Which lines are not blank and neither comments nor lines for a genome browser."""
    first = np.frombuffer(text, dtype=np.uint8)[begins]
    is_row = (first != _HASH) & (first != _NEWLINE)
    # Lines that begin with these letters are looked at one by one; there are few, unless contigs are called "tig1".
    for line in np.flatnonzero(np.isin(first, np.frombuffer(b" \ttb", dtype=np.uint8))).tolist():
        begin = int(begins[line])
        is_row[line] = not (
            text.startswith((b"track ", b"browser ", b"track\n"), begin)
            or (text[begin : begin + 1].isspace() and not text[begin : text.index(b"\n", begin)].strip())
        )
    return is_row


def _is_row_below_comments(text: bytes, begins: np.ndarray) -> Mask:
    """Which lines stand below the comments and are not blank; with one column, a blank line is an empty cell."""
    first = np.frombuffer(text, dtype=np.uint8)[begins]
    is_row = np.ones(begins.size, dtype=bool)
    n_comments = int(np.argmax(np.append(first != _HASH, True)))
    is_row[:n_comments] = False
    if n_comments < begins.size:
        begin = int(begins[n_comments])
        if b"\t" in text[begin : text.index(b"\n", begin)]:
            is_row &= first != _NEWLINE
    return is_row


def _rows(path: str, text: bytes, begins: np.ndarray, newlines: np.ndarray, is_row: Mask) -> TextColumns:
    """The cells of the lines that are rows, all of which must have the same number of tabs."""
    tabs = np.flatnonzero(np.frombuffer(text, dtype=np.uint8) == _TAB)
    n_tabs = np.diff(np.searchsorted(tabs, newlines), prepend=0)
    tabs = tabs[np.repeat(is_row, n_tabs)]
    lines = np.flatnonzero(is_row) + 1
    n_tabs, begins, newlines = n_tabs[is_row], begins[is_row], newlines[is_row]
    ragged = np.flatnonzero(n_tabs != n_tabs[0])
    if ragged.size:
        row = ragged[0]
        raise FormatError(
            path,
            f"{n_tabs[row] + 1} columns, but line {lines[0]} has {n_tabs[0] + 1}; all must have as many, "
            "separated by tabs",
            line=int(lines[row]),
        )
    tabs = tabs.reshape(lines.size, n_tabs[0])
    starts = np.concatenate([begins[:, None], tabs + 1], axis=1)
    ends = np.concatenate([tabs, newlines[:, None]], axis=1)
    return TextColumns(path, text, starts, ends, lines)


def _is_utf8(text: bytes) -> bool:
    """Whether bytes are UTF-8."""
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _number(cell: str) -> float | None:
    """A cell as a number, NaN where it says that there is none, nothing where it is something else."""
    if cell in ("", "."):
        return float("nan")
    try:
        return float(cell)
    except ValueError:
        return None
