"""Hit tables in the layout of finemo (``hits.tsv``), and hits of patterns as BED."""

import os
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.errors import FormatError, InputError
from cisgram.genomics.pattern import Pattern
from cisgram.io.tables import read_table, write_bed, write_table
from cisgram.io.tables.tsv import Kind, read_column_names

FINEMO_COLUMNS = (
    "chr",
    "start",
    "end",
    "start_untrimmed",
    "end_untrimmed",
    "motif_name",
    "hit_coefficient",
    "hit_coefficient_global",
    "hit_similarity",
    "hit_correlation",
    "hit_importance",
    "hit_importance_sq",
    "strand",
    "peak_name",
    "peak_id",
)
"""Columns of finemo's table, in the order in which it reads them."""
READ_COLUMNS = ("chrom", "start", "end", "strand", "pattern", "window", "match", "contribution", "coefficient")
"""Columns of a table of hits as :func:`read_finemo_hits` gives it."""

_OURS = re.compile(r"^(pos|neg)_pattern_(\d+)$")
_THEIRS = re.compile(r"^(pos|neg)_patterns\.pattern_(\d+)$")


def write_finemo_hits(
    path: str | os.PathLike[str],
    hits: pd.DataFrame,
    *,
    patterns: Sequence[Pattern] = (),
    trim_share: float = 0.3,
    window_names: Sequence[str] | None = None,
) -> None:
    """Write hits as finemo writes them, for the tools that read its tables.

    ``hit_similarity`` and ``hit_correlation`` are the match, ``hit_importance`` is the contribution. Where finemo has
    coefficients of a regression, ``hit_coefficient`` is the match too and ``hit_coefficient_global`` is match times
    contribution; ``hit_importance_sq`` is not known (NaN). Patterns ``pos_pattern_0`` are called
    ``pos_patterns.pattern_0``.

    Parameters
    ----------
    path
        The file.
    hits
        ``chrom, start, end, strand, pattern, window, match, contribution``; further columns are left out.
    patterns
        Not trimmed; with them, ``start_untrimmed`` and ``end_untrimmed`` are where the whole pattern lies, otherwise
        the hit itself.
    trim_share
        How patterns were trimmed for the hits.
    window_names
        Names of the windows; ``window_`` and the row where none are given.

    Raises
    ------
    InputError
        A pattern's informative part is not as wide as its hits.
    OutputError
        Writing fails.
    """
    before, after = _flanks(hits, patterns, trim_share)
    window = hits["window"].to_numpy(dtype=np.int64)
    names = None if window_names is None else np.asarray(window_names, dtype=object)
    match, contribution = (hits[name].to_numpy(dtype=np.float64) for name in ("match", "contribution"))
    columns = (
        hits["chrom"].to_numpy(),
        hits["start"].to_numpy(),
        hits["end"].to_numpy(),
        hits["start"].to_numpy() - before,
        hits["end"].to_numpy() + after,
        [_OURS.sub(r"\1_patterns.pattern_\2", name) for name in hits["pattern"]],
        match,
        match * contribution,
        match,
        match,
        contribution,
        np.full(len(hits), np.nan),
        hits["strand"].to_numpy(),
        [f"window_{row}" for row in window] if names is None else names[window],
        window,
    )
    write_table(path, pd.DataFrame(dict(zip(FINEMO_COLUMNS, columns, strict=True))))


def read_finemo_hits(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a table of hits that finemo, or :func:`write_finemo_hits`, wrote.

    Parameters
    ----------
    path
        The file; of any version, plain or gzip.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`READ_COLUMNS`: trimmed positions, ``window`` (its ``peak_id``), ``match`` (``hit_similarity``,
        in older files ``hit_correlation``), ``contribution`` (``hit_importance``) and ``coefficient``
        (``hit_coefficient_global``, in older files ``hit_coefficient``). ``pos_patterns.pattern_0`` is called
        ``pos_pattern_0``.

    Raises
    ------
    InputError, FormatError
        The file cannot be read, or lacks a column.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> row = {"chrom": "I", "start": 5, "end": 9, "strand": "-", "pattern": "pos_pattern_0", "window": 3}
    >>> with TemporaryDirectory() as folder:
    ...     write_finemo_hits(f"{folder}/hits.tsv", pd.DataFrame([{**row, "match": 0.5, "contribution": 2.0}]))
    ...     read_finemo_hits(f"{folder}/hits.tsv").to_numpy().tolist()
    [['I', 5, 9, '-', 'pos_pattern_0', 3, 0.5, 2.0, 1.0]]
    """
    table = read_table(path, types=_types_of(path))
    chosen = {"chrom": ("chr",), "start": ("start",), "end": ("end",), "strand": ("strand",)}
    chosen |= {"pattern": ("motif_name",), "window": ("peak_id",), "match": ("hit_similarity", "hit_correlation")}
    chosen |= {"contribution": ("hit_importance",), "coefficient": ("hit_coefficient_global", "hit_coefficient")}
    columns = {}
    for name, candidates in chosen.items():
        present = [one for one in candidates if one in table]
        if not present:
            raise FormatError(path, f"a hit table of finemo has the column {candidates[0]}; got {list(table.columns)}")
        columns[name] = table[present[0]].to_numpy()
    require_hits(path, table, start="start", end="end", others=("peak_id",))
    columns["pattern"] = [_THEIRS.sub(r"\1_pattern_\2", str(name)) for name in columns["pattern"]]
    kinds = dict.fromkeys(READ_COLUMNS, np.float64) | dict.fromkeys(("chrom", "strand", "pattern"), str)
    kinds |= dict.fromkeys(("start", "end", "window"), np.int64)
    return pd.DataFrame(columns).astype(kinds)[list(READ_COLUMNS)]


def require_hits(
    path: str | os.PathLike[str], table: pd.DataFrame, *, start: str, end: str, others: Sequence[str] = ()
) -> None:
    """Make sure that the hits of a table are intervals with a strand.

    Parameters
    ----------
    path
        The file, for messages.
    table
        The hits.
    start, end
        Names of the columns of their places.
    others
        Columns that must hold whole numbers as well.

    Raises
    ------
    FormatError
        A start, an end or one of the others is missing or no whole number; a hit does not hold ``0 <= start < end``;
        or a strand is none of ``+ - .``.
    """
    for name in (start, end, *others):
        if table[name].dtype != np.int64:
            raise FormatError(path, f"the column {name} must hold a whole number in every row")
    is_right = (table[start] >= 0) & (table[start] < table[end])
    if not is_right.all():
        row = table[~is_right].iloc[0]
        raise FormatError(path, f"hits need 0 <= start < end; got {row[start]} and {row[end]}")
    if wrong := sorted(set(table["strand"].astype(str)) - {"+", "-", "."}):
        raise FormatError(path, f"the strand of a hit must be +, - or .; got {wrong[0]!r}")


def _types_of(path: str | os.PathLike[str]) -> dict[str, Kind]:
    """What the columns of a file must hold, of those that it has."""
    names = read_column_names(path)
    whole: dict[str, Kind] = dict.fromkeys(("start", "end", "peak_id"), "integer")
    text: dict[str, Kind] = dict.fromkeys(("chr", "motif_name", "strand"), "text")
    number: dict[str, Kind] = {name: "number" for name in FINEMO_COLUMNS if name.startswith("hit_")}
    known: dict[str, Kind] = {**whole, **text, **number}
    return {name: kind for name, kind in known.items() if name in names}


def write_hits_bed(path: str | os.PathLike[str], hits: pd.DataFrame) -> None:
    """Write hits as BED with six columns: the name is the pattern, the score a thousand times the match.

    Parameters
    ----------
    path
        The file.
    hits
        ``chrom, start, end, strand, pattern, match``; without a match (hits by sequence alone) the score is 0.
    """
    score = np.clip(np.rint(1000 * hits["match"].to_numpy(dtype=np.float64)), 0, 1000)
    named = hits.assign(name=hits["pattern"], score=np.nan_to_num(score).astype(np.int64))
    write_bed(path, named[["chrom", "start", "end", "name", "score", "strand"]])


def _flanks(
    hits: pd.DataFrame, patterns: Sequence[Pattern], trim_share: float
) -> tuple[np.ndarray | int, np.ndarray | int]:
    """How far whole patterns reach to the left and to the right of their hits."""
    if not patterns:
        return 0, 0
    kept = {pattern.name: (pattern.informative_part(share=trim_share), pattern.width) for pattern in patterns}
    if missing := sorted(set(hits["pattern"]) - kept.keys()):
        raise InputError(f"there are hits of {missing[0]}, which is not among the patterns: {', '.join(kept)}")
    parts = [kept[name] for name in hits["pattern"]]
    left = np.array([part.start for part, _ in parts], dtype=np.int64)
    right = np.array([width - part.stop for part, width in parts], dtype=np.int64)
    wide = np.array([part.stop - part.start for part, _ in parts], dtype=np.int64)
    if (wrong := wide != (hits["end"] - hits["start"]).to_numpy()).any():
        name = hits["pattern"].to_numpy()[int(np.argmax(wrong))]
        raise InputError(f"the informative part of {name} is not as wide as its hits; give the trim_share of the hits")
    is_forward = (hits["strand"] == "+").to_numpy()
    return np.where(is_forward, left, right), np.where(is_forward, right, left)
