"""Barcodes of cells: numbers for them while fragments are read, and tables of which cell belongs to which group."""

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from numba import njit

from cisgram.errors import EmptySetError, FormatError
from cisgram.io.reads.hashing import hash_bytes
from cisgram.io.reads.records import LinePlaces
from cisgram.io.tables.columns import read_columns

BarcodeGroups: TypeAlias = Mapping[str, tuple[str, ...]]
"""Barcodes of every group, groups and barcodes in the order of the file."""

_HEADERS = frozenset({"barcode", "barcodes", "cell", "cell_id", "cell_barcode"})


class BarcodeNumbers:
    """Gives every barcode a number, in the order in which they come."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._numbers: dict[int, int] = {}

    def numbers_of(self, lines: LinePlaces) -> np.ndarray:
        """Number of the barcode of every line (int32); -1 where a line has no column 4."""
        hashes = _hashes(lines.text, lines.places)
        found, first, inverse = np.unique(hashes, return_index=True, return_inverse=True)
        numbers = np.empty(found.size, dtype=np.int32)
        # In the order of the lines, so that numbers do not depend on how hashes sort.
        for i in np.argsort(first).tolist():
            start, end = lines.places[first[i], 2:].tolist()
            if start == end:
                numbers[i] = -1
                continue
            number = self._numbers.setdefault(int(found[i]), len(self.names))
            if number == len(self.names):
                self.names.append(lines.text[start:end].tobytes().decode("utf-8", "replace"))
            numbers[i] = number
        return numbers[inverse.reshape(-1)]


def read_barcode_groups(path: str | os.PathLike[str]) -> BarcodeGroups:
    r"""Read a table of cells: barcode in column 1, group in column 2, with or without a header.

    Parameters
    ----------
    path
        Tab-separated, plain or gzip; further columns are not looked at.

    Returns
    -------
    mapping
        Group to barcodes.

    Raises
    ------
    FormatError
        With the line: a barcode or group is missing, or a barcode stands in two groups.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> path = Path(tempfile.mkdtemp()) / "cells.tsv"
    >>> _ = path.write_text("barcode\tgroup\nAAC-1\tNK\nAAG-1\tB\nAAT-1\tNK\n")
    >>> read_barcode_groups(path)
    {'NK': ('AAC-1', 'AAT-1'), 'B': ('AAG-1',)}
    """
    columns = read_columns(path, "barcodes and groups")
    if columns.n_columns < 2:
        raise columns.error(0, "a barcode and its group are needed, separated by a tab; got one column")
    if columns.cell(0, 0).lower() in _HEADERS:
        columns = columns.without_first_row()
    for column, what in enumerate(("barcode", "group")):
        columns.require(~columns.is_cell(column, ""), f"the {what} (column {column + 1}) is empty")
    groups: dict[str, dict[str, None]] = {}
    group_of: dict[str, str] = {}
    for row, (barcode, group) in enumerate(zip(columns.strings(0), columns.strings(1), strict=True)):
        if group_of.setdefault(barcode, group) != group:
            raise columns.error(row, f"barcode {barcode!r} is in two groups, {group_of[barcode]!r} and {group!r}")
        groups.setdefault(group, {})[barcode] = None
    if not groups:
        raise FormatError(path, "there is no barcode in this file, only a header")
    return {group: tuple(barcodes) for group, barcodes in groups.items()}


def read_barcodes(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Read a list of barcodes: column 1 of a file, each once; a header is passed over.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read or holds no barcode, or one is empty (with the line).
    """
    columns = read_columns(path, "barcodes")
    if columns.cell(0, 0).lower() in _HEADERS:
        columns = columns.without_first_row()
    if not columns.n_rows:
        raise FormatError(path, "there is no barcode in this file, only a header")
    columns.require(~columns.is_cell(0, ""), "the barcode (column 1) is empty")
    return tuple(dict.fromkeys(columns.strings(0)))


def none_matches(wanted: Iterable[str], known: Sequence[str], *, what: str) -> EmptySetError:
    """The error for barcodes that are not in a file, with examples of both."""
    wanted = list(wanted)
    if not known:
        return EmptySetError(
            f"cells of {what}", dropped={"asked for": len(wanted)}, hint="its column 4 has no barcodes"
        )
    hint = (
        f"none of the barcodes, such as {', '.join(wanted[:2])}, is in {what}, which has {', '.join(known[:2])}, ...; "
        "do they differ in an ending such as -1, or in the name of the sample?"
    )
    return EmptySetError("cells", dropped={"asked for": len(wanted), "in the file": 0}, hint=hint)


@njit(cache=True)
def _hashes(text, places):
    """A number for column 4 of every line."""
    hashes = np.empty(places.shape[0], dtype=np.uint64)
    for i in range(places.shape[0]):
        hashes[i] = hash_bytes(text, places[i, 2], places[i, 3])
    return hashes
