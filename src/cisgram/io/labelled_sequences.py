"""Sequences with labels: a table of ``sequence`` and ``label`` (1 bound, 0 not), as benchmarks of binding come."""

import os
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cisgram.errors import FormatError
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.genomics.sequences_at import counted
from cisgram.io.sequence_tables import RECORD_NAMES, SEQUENCE_NAMES, encoded_sequences, table_rows

_LABEL = ("label", "y")


class LabelledSequences(NamedTuple):
    """Sequences of the two labels."""

    bound: SequenceSet
    """Label 1; at least one."""
    unbound: SequenceSet
    """Label 0; at least one."""
    dropped: dict[str, int]
    """How many rows were left out, by reason."""
    changed: dict[str, int]
    """How many letters were altered, by what was done."""


def read_labelled_sequences(path: str | os.PathLike[str]) -> LabelledSequences:
    r"""Read a table of sequences with the labels 1 and 0.

    Parameters
    ----------
    path
        CSV or TSV, plain or gzip, with a header that names the columns ``sequence`` and ``label`` (in either case;
        a column ``name`` or ``id`` is used, others are passed over); or without a header, two columns in that order.

    Returns
    -------
    LabelledSequences
        In the order of the file; named as the file says, else ``row_1``, ``row_2``, ... Letters are read as in
        :func:`cisgram.io.sequences.read_sequences`; rows without a sequence are left out.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read, lacks a column, a row has another number of cells, a label is neither 1 nor 0,
        a letter is no base (with the line), or one of the labels does not occur.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     written = (Path(folder) / "a.csv").write_text("sequence,label\nTTACCC,1\nACGT,0\n")
    ...     read = read_labelled_sequences(Path(folder) / "a.csv")
    >>> read.bound.names, read.unbound.lengths.tolist()
    (['row_1'], [4])
    """
    names, sequences, labels, lines = [], [], [], []
    n_empty = 0
    for number, (line, sequence, label, name) in enumerate(_rows(path), start=1):
        if label not in ("0", "1"):
            raise FormatError(path, f"a label must be 1 or 0; got {label!r}", line=line)
        if not sequence:
            n_empty += 1
            continue
        names.append(name or f"row_{number}")
        sequences.append(sequence)
        labels.append(label == "1")
        lines.append(line)
    everything, n_ambiguous = encoded_sequences(path, names, sequences, lines)
    is_bound = np.array(labels, dtype=bool)
    for label, rows in (("1", is_bound), ("0", ~is_bound)):
        if not rows.any():
            raise FormatError(path, f"no sequence has the label {label}; both are needed, 1 for bound and 0 for not")
    return LabelledSequences(
        everything.take(np.flatnonzero(is_bound)),
        everything.take(np.flatnonzero(~is_bound)),
        counted({"without sequence": n_empty}),
        counted({"IUPAC letters read as N": n_ambiguous}),
    )


def _rows(path: str | os.PathLike[str]) -> Iterator[tuple[int, str, str, str]]:
    """Line, sequence, label and name (empty where there is none) of every row."""
    columns: tuple[int, int, int | None] | None = None
    for row in table_rows(path):
        if columns is None:
            columns = _columns(path, row.cells, row.line)
            if columns != (0, 1, None) or not _is_data(row.cells):
                continue
        sequence, label, name = columns
        cells = row.cells
        yield (
            row.line,
            cells[sequence].strip(),
            cells[label].strip(),
            "" if name is None else cells[name].strip(),
        )
    if columns is None:
        raise FormatError(path, "there is no row in this file; a table with the columns sequence and label expected")


def _columns(path: str | os.PathLike[str], cells: list[str], line: int) -> tuple[int, int, int | None]:
    """Numbers of the columns of sequence, label and name, told by a header; without one the first two."""
    if _is_data(cells):
        return 0, 1, None
    header = [cell.strip().lower() for cell in cells]
    found = []
    for wanted in (SEQUENCE_NAMES, _LABEL, RECORD_NAMES):
        at = [number for number, name in enumerate(header) if name in wanted]
        if len(at) > 1 or (not at and wanted is not RECORD_NAMES):
            raise FormatError(
                path, f"one column must be called {wanted[0]}; the header is {', '.join(header)[:80]!r}", line=line
            )
        found.append(at[0] if at else None)
    return found[0], found[1], found[2]


def _is_data(cells: list[str]) -> bool:
    """Whether a first row is no header: two cells, bases and a label."""
    return len(cells) == 2 and cells[1].strip() in ("0", "1")
