"""Sequences with labels: a table of ``sequence`` and ``label`` (1 bound, 0 not), as benchmarks of binding come."""

import csv
import io
import os
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cisgram.errors import FormatError
from cisgram.genomics.sequence import N
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.genomics.sequences_at import counted
from cisgram.io.fasta_text import AMBIGUOUS, CODE_OF_BYTE, FOREIGN
from cisgram.io.packing import read_bytes

_SEQUENCE, _LABEL, _NAME = ("sequence", "seq"), ("label", "y"), ("name", "id")


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
    everything, n_ambiguous = _encoded(path, names, sequences, lines)
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
    try:
        text = read_bytes(path, "labelled sequences").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(path, "labelled sequences must be text in UTF-8") from error
    first_line = text.lstrip().partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter="\t" if "\t" in first_line else ",", strict=True)
    columns: tuple[int, int, int | None] | None = None
    n_cells = 0
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if columns is None:
                columns, n_cells = _columns(path, cells, reader.line_num), len(cells)
                if columns != (0, 1, None) or not _is_data(cells):
                    continue
            if len(cells) != n_cells:
                raise FormatError(path, f"{len(cells)} cells, but the first row has {n_cells}", line=reader.line_num)
            sequence, label, name = columns
            yield (
                reader.line_num,
                cells[sequence].strip(),
                cells[label].strip(),
                "" if name is None else cells[name].strip(),
            )
    except csv.Error as error:
        raise FormatError(path, f"this is no table of cells: {error}", line=reader.line_num) from error
    if columns is None:
        raise FormatError(path, "there is no row in this file; a table with the columns sequence and label expected")


def _columns(path: str | os.PathLike[str], cells: list[str], line: int) -> tuple[int, int, int | None]:
    """Numbers of the columns of sequence, label and name, told by a header; without one the first two."""
    if _is_data(cells):
        return 0, 1, None
    header = [cell.strip().lower() for cell in cells]
    found = []
    for wanted in (_SEQUENCE, _LABEL, _NAME):
        at = [number for number, name in enumerate(header) if name in wanted]
        if len(at) > 1 or (not at and wanted is not _NAME):
            raise FormatError(
                path, f"one column must be called {wanted[0]}; the header is {', '.join(header)[:80]!r}", line=line
            )
        found.append(at[0] if at else None)
    return found[0], found[1], found[2]


def _is_data(cells: list[str]) -> bool:
    """Whether a first row is no header: two cells, bases and a label."""
    return len(cells) == 2 and cells[1].strip() in ("0", "1")


def _encoded(
    path: str | os.PathLike[str], names: list[str], sequences: list[str], lines: list[int]
) -> tuple[SequenceSet, int]:
    """All sequences as one set, and how many ambiguous letters became N."""
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
