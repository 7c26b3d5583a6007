"""Tables of motif hits from any of the tools that make them, in one form."""

import os
from pathlib import Path

import pandas as pd

from cisgram.errors import FormatError
from cisgram.io.finemo_hits import read_finemo_hits, require_hits
from cisgram.io.packing import read_chunks
from cisgram.io.tables import read_intervals, read_table
from cisgram.io.tables.tsv import Kind

HIT_COLUMNS = ("chrom", "start", "end", "strand", "pattern")
"""Columns of :func:`read_hit_table`, 0-based half-open."""
_TYPES: dict[str, Kind] = {"start": "integer", "end": "integer", "strand": "text"}


def read_hit_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read hits: finemo's table, the instances or hits of a run, or BED with the motif's name in column 4.

    Parameters
    ----------
    path
        The file, plain or gzip. A table with a header is told by its columns: ``motif_name`` (finemo), ``pattern``
        (``grammar/instances.tsv.gz``) or ``name`` (``motifs/hits.tsv.gz``, scans); what has no header is BED.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`HIT_COLUMNS`, in the order of the file.

    Raises
    ------
    FormatError
        Where hits have no place or no name, a place is no interval, or a strand is none of ``+ - .``.
    """
    path = Path(path)
    header = _header(path)
    if "motif_name" in header:
        return read_finemo_hits(path)[list(HIT_COLUMNS)]
    if "chrom" in header:
        table = read_table(path, types={name: kind for name, kind in _TYPES.items() if name in header})
        table = table if "pattern" in table else table.rename(columns={"name": "pattern"})
    else:
        table = read_intervals(path).rename(columns={"name": "pattern"})
    if "strand" not in table:
        table = table.assign(strand=".")
    if missing := [name for name in HIT_COLUMNS if name not in table]:
        raise FormatError(path, f"hits need {', '.join(HIT_COLUMNS)}; {', '.join(missing)} is missing (BED: column 4)")
    require_hits(path, table, start="start", end="end")
    return table[list(HIT_COLUMNS)].astype({"pattern": str})


def _header(path: Path) -> list[str]:
    """Fields of the first line that is no comment; the first piece of the file holds it."""
    first = next(read_chunks(path, "table of hits"), b"").decode("utf-8", errors="replace")
    lines = (line for line in first.split("\n") if line.strip() and not line.startswith("#"))
    return next(lines, "").rstrip("\r").split("\t")
