"""Hits of motifs as BED, narrowPeak or a table, written as they come."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cisgram.errors import InputError
from cisgram.io.packing import write_chunks
from cisgram.io.tables.columns import lines_of, require_cells

HIT_COLUMNS = ("chrom", "start", "end", "name", "score", "strand", "p_value", "q_value", "sequence")
"""Columns of a table of hits: ``name`` is the motif's, ``score`` is in bits, ``sequence`` is as the motif reads it."""


def write_hits(
    path: str | os.PathLike[str], tables: Iterable[pd.DataFrame], *, provenance: Mapping[str, object] | None = None
) -> int:
    """Write hits table by table, packed with bgzip where the name ends in ``.gz``; complete or not at all.

    Parameters
    ----------
    path
        The suffix decides: ``.bed`` (the columns of :data:`HIT_COLUMNS`, without a header), ``.narrowPeak`` (score
        from 0 to 1000: ten per bit; signal in bits; minus log10 of the p-value and the q-value; the summit is the
        middle) or ``.tsv`` (with a header, as :func:`cisgram.io.tables.write_table` writes it).
    tables
        Columns :data:`HIT_COLUMNS`.
    provenance
        Lines ``# key: value`` on top of a ``.tsv``.

    Returns
    -------
    int
        Number of rows.

    Raises
    ------
    InputError
        The suffix is another one; a name has a tab or a line break in it.
    OutputError
        Writing fails.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> hit = dict(zip(HIT_COLUMNS, (["I"], [3], [6], ["m"], [6.0], ["+"], [0.015625], [1.0], ["ACG"])))
    >>> with TemporaryDirectory() as folder:
    ...     n = write_hits(Path(folder) / "hits.bed", [pd.DataFrame(hit)])
    ...     n, (Path(folder) / "hits.bed").read_text().split()
    (1, ['I', '3', '6', 'm', '6', '+', '0.015625', '1', 'ACG'])
    """
    write_rows = _writer(path)
    notes = {str(key): str(value).strip() for key, value in (provenance or {}).items()}
    require_cells("provenance", [*notes, *notes.values()])
    n_rows = 0

    def chunks() -> Iterator[bytes]:
        nonlocal n_rows
        if write_rows is _table_lines:
            yield "".join(f"# {key}: {value}\n" for key, value in notes.items()).encode()
            yield ("\t".join(HIT_COLUMNS) + "\n").encode()
        for table in tables:
            n_rows += len(table)
            yield write_rows(table)

    write_chunks(path, chunks())
    return n_rows


def check_hits_path(path: str | os.PathLike[str]) -> None:
    """Make sure, before any work, that the suffix of a file says how to write hits."""
    _writer(path)


def _writer(path: str | os.PathLike[str]) -> Callable[[pd.DataFrame], bytes]:
    """What turns rows into lines, by the suffix."""
    suffix = Path(Path(path).name.lower().removesuffix(".gz")).suffix
    writers = {".bed": _table_lines_bare, ".narrowpeak": _narrowpeak_lines, ".tsv": _table_lines}
    if suffix not in writers:
        raise InputError(f"hits are written as .bed, .narrowPeak or .tsv, with or without .gz; got {Path(path).name!r}")
    return writers[suffix]


def _table_lines(table: pd.DataFrame) -> bytes:
    """Rows with all columns."""
    return _joined([_cells(table[name]) for name in HIT_COLUMNS])


def _table_lines_bare(table: pd.DataFrame) -> bytes:
    """The same columns, in a file without a header."""
    return _table_lines(table)


def _narrowpeak_lines(table: pd.DataFrame) -> bytes:
    """Rows of a narrowPeak file."""
    bits = table["score"].to_numpy(dtype=np.float64)
    places = [_cells(table[name]) for name in ("chrom", "start", "end", "name")]
    score = np.clip(np.rint(10 * bits), 0, 1000).astype(np.int64)
    surprise = [-np.log10(table[name].to_numpy(dtype=np.float64)) + 0.0 for name in ("p_value", "q_value")]
    summit = ((table["end"] - table["start"]) // 2).to_numpy()
    numbers = (bits, *surprise)
    return _joined(
        [
            *places,
            list(map(str, score.tolist())),
            _cells(table["strand"]),
            *([f"{value:.6g}" for value in values.tolist()] for values in numbers),
            list(map(str, summit.tolist())),
        ]
    )


def _cells(column: pd.Series) -> list[str]:
    """Cells of a column; numbers with six digits."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        names = np.array([str(name) for name in column.cat.categories], dtype=object)
        require_cells(f"column {column.name!r}", names.tolist())
        return names[column.cat.codes.to_numpy()].tolist() if len(names) else []
    if column.dtype == np.float64:
        return [f"{value:.6g}" for value in column.tolist()]
    return list(map(str, column.tolist()))


def _joined(columns: list[list[str]]) -> bytes:
    """Lines of cells."""
    return b"".join(lines_of(columns))
