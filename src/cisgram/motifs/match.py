"""Matches: which known motifs the found ones look like, and what to call them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.arrays import PerTarget
from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.motifs.tomtom import tomtom

MATCH_COLUMNS = (
    "pattern",
    "motif",
    "alternate_name",
    "p_value",
    "q_value",
    "offset",
    "overlap",
    "orientation",
)
"""Columns of a table of matches; see :func:`match_motifs`."""
UNNAMED = "unnamed"
"""What a pattern is called that no known motif is like."""


def match_motifs(queries: Sequence[Motif], database: Sequence[Motif], *, n_best: int | None = 10) -> pd.DataFrame:
    """Compare found motifs with known ones.

    Parameters
    ----------
    queries
        Found motifs, such as :meth:`cisgram.genomics.pattern.Pattern.motif` gives them.
    database
        Known motifs: those of any MEME file, or :func:`cisgram.io.jaspar.read_jaspar`.
    n_best
        How many matches to keep per query; None keeps all.

    Returns
    -------
    pandas.DataFrame
        Per query, in the given order, its matches from the best on: ``pattern`` and ``motif`` (names),
        ``alternate_name`` of the motif, ``p_value`` (of Tomtom, see :func:`cisgram.motifs.tomtom.tomtom`),
        ``q_value`` (Benjamini and Hochberg, over the whole database, per query), ``offset`` (column of the
        pattern under the first column of the motif, negative where the motif begins earlier), ``overlap`` (columns),
        ``orientation`` (``+``, or ``-`` where the motif's reverse complement fits better).

    Raises
    ------
    InputError
        If the database is empty, or ``n_best`` less than 1.

    Examples
    --------
    >>> known = [Motif.from_consensus("Reb1", "TTACCCG"), Motif.from_consensus("Gal4", "CGGNNNNNNNNNNNCCG")]
    >>> found = Motif.from_consensus("pos_pattern_0", "ACGGGTAAC")
    >>> match_motifs([found], known, n_best=1)[["motif", "offset", "overlap", "orientation"]].to_numpy().tolist()
    [['Reb1', 1, 7, '-']]
    """
    if not database:
        raise InputError("a database of motifs is needed; got none")
    if n_best is not None and n_best < 1:
        raise InputError(f"n_best must be at least 1, or None for all; got {n_best}")
    tables = []
    for query in queries:
        found = tomtom(query, database)
        order = np.argsort(found.p_value, kind="stable")[:n_best]
        columns = {
            "pattern": query.name,
            "motif": [database[place].name for place in order],
            "alternate_name": [database[place].alternate_name for place in order],
            "p_value": found.p_value[order],
            "q_value": _q_values(found.p_value)[order],
            "offset": found.offset[order],
            "overlap": found.overlap[order],
            "orientation": np.where(found.is_reversed[order], "-", "+"),
        }
        tables.append(pd.DataFrame(columns, columns=list(MATCH_COLUMNS)))
    if not tables:
        return pd.DataFrame({name: [] for name in MATCH_COLUMNS})
    return pd.concat(tables, ignore_index=True)


def best_names(matches: pd.DataFrame, patterns: Sequence[str], *, max_q_value: float = 0.05) -> dict[str, str]:
    """Give every pattern the name of its best match.

    Parameters
    ----------
    matches
        From :func:`match_motifs`.
    patterns
        Names of all patterns, also of those without a match.
    max_q_value
        A match above this gives no name.

    Returns
    -------
    dict
        Pattern to name: the alternate name of the motif where it has one (in JASPAR, that of the protein), else its
        name, else :data:`UNNAMED`. Several patterns may get the same name.
    """
    good = matches.loc[matches["q_value"] <= max_q_value]
    best = good.sort_values("p_value", kind="stable").drop_duplicates("pattern").set_index("pattern")
    names = {str(pattern): str(row["alternate_name"] or row["motif"]) for pattern, row in best.iterrows()}
    return {pattern: names.get(pattern, UNNAMED) for pattern in patterns}


def _q_values(p_values: PerTarget) -> PerTarget:
    """Benjamini and Hochberg's q-values."""
    order = np.argsort(p_values)[::-1]
    ranks = np.arange(len(p_values), 0, -1)
    q_values = np.empty(len(p_values))
    q_values[order] = np.minimum.accumulate(p_values[order] * len(p_values) / ranks)
    return np.minimum(q_values, 1.0)
