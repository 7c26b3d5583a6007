"""BEDPE: pairs of intervals, such as loops."""

import os

import numpy as np
import pandas as pd

from cisgram.errors import FormatError
from cisgram.genomics.site_pairs import PAIR_COLUMNS, pair_table
from cisgram.io.packing import write_chunks
from cisgram.io.tables.columns import lines_of, read_columns

_OPTIONAL = ("name", "score", "strand1", "strand2")


def read_bedpe(path: str | os.PathLike[str]) -> pd.DataFrame:
    r"""Read pairs of intervals, plain or gzip; a header line is passed over.

    Columns are contig, start and end of one site and of the other, then, where there are, name, score and the two
    strands; what follows is left out. A pair whose contigs are not known (``.``) is an error.

    Returns
    -------
    pandas.DataFrame
        Pair table (:mod:`cisgram.genomics.site_pairs`): in each pair, the left site comes first.

    Raises
    ------
    FormatError
        Where a row has fewer than six columns, or its numbers are none (with the line).

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     written = (Path(folder) / "a.bedpe").write_text("I\t50\t60\tI\t0\t10\n")
    ...     read_bedpe(Path(folder) / "a.bedpe")["start1"].tolist()
    [0]
    """
    columns = read_columns(path, "pairs of intervals")
    if columns.n_columns < len(PAIR_COLUMNS):
        raise FormatError(
            path,
            "pairs of intervals (BEDPE) have at least 6 columns parted by tabs, chrom1 start1 end1 chrom2 start2 end2; "
            f"this file has {columns.n_columns}",
            line=int(columns.lines[0]),
        )
    if not all(columns.cell(0, number).lstrip("-").isdecimal() for number in (1, 2, 4, 5)):
        columns = columns.without_first_row()
    table: dict[str, object] = {}
    for number, name in enumerate(PAIR_COLUMNS):
        is_text = name.startswith("chrom")
        table[name] = columns.strings(number) if is_text else columns.integers(number, name)
    for n in (1, 2):
        start, end = np.asarray(table[f"start{n}"]), np.asarray(table[f"end{n}"])
        columns.require((start >= 0) & (start < end), f"an interval needs 0 <= start{n} < end{n}", column=3 * n - 2)
    for number, name in enumerate(_OPTIONAL, start=len(PAIR_COLUMNS)):
        if columns.n_columns > number:
            table[name] = columns.strings(number)
    frame = pd.DataFrame(table)
    if "score" in frame:
        frame["score"] = pd.to_numeric(frame["score"], errors="coerce")
    if "strand1" in frame and not (
        "strand2" in frame and frame[["strand1", "strand2"]].isin(["+", "-", "."]).all(axis=None)
    ):
        frame = frame.drop(columns=[name for name in ("strand1", "strand2") if name in frame])
    return pair_table(frame)


def is_bedpe(path: str | os.PathLike[str]) -> bool:
    """Whether a file holds pairs of intervals: whole numbers in columns 2, 3, 5 and 6 of its last row."""
    columns = read_columns(path, "intervals")
    last = columns.n_rows - 1
    if columns.n_columns < len(PAIR_COLUMNS):
        return False
    return all(columns.cell(last, number).isdecimal() for number in (1, 2, 4, 5))


def write_bedpe(path: str | os.PathLike[str], pairs: pd.DataFrame) -> None:
    """Write a pair table as BEDPE with ten columns, without a header; complete or not at all.

    Parameters
    ----------
    path
        Where to; with ``.gz``, compressed.
    pairs
        Pair table; what it lacks of name, score and strands is written as ``.`` (the score as 0).
    """
    cells = [pairs[name].astype(str).tolist() for name in PAIR_COLUMNS]
    for name in _OPTIONAL:
        missing = "0" if name == "score" else "."
        cells.append([missing if value != value else _text(value) for value in pairs.get(name, [np.nan] * len(pairs))])
    write_chunks(path, lines_of(cells))


def _text(value: object) -> str:
    """A cell: numbers short."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
