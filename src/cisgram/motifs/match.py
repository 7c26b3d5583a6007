"""Matches: which known motifs the found ones look like, and what to call them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cisgram.errors import InputError
from cisgram.genomics.motif import Motif, informative_part
from cisgram.genomics.motif_alignment import correlation_at
from cisgram.genomics.q_values import q_values
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
DATABASE_MATCH_COLUMNS = ("query", "database", *MATCH_COLUMNS[1:], "correlation")
"""Columns of a table of matches in several databases; see :func:`match_databases`."""
UNNAMED = "unnamed"
"""What a pattern is called that no known motif is like."""


def match_motifs(
    queries: Sequence[Motif], database: Sequence[Motif], *, n_best: int | None = 10, min_overlap: int = 1
) -> pd.DataFrame:
    """Compare found motifs with known ones.

    Parameters
    ----------
    queries
        Found motifs, such as :meth:`cisgram.genomics.pattern.Pattern.motif` gives them.
    database
        Known motifs: those of any MEME file, or :func:`cisgram.io.jaspar.read_jaspar`.
    n_best
        How many matches to keep per query; None keeps all.
    min_overlap
        Fewest columns that must overlap; all those of the shorter motif, where it has fewer.

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
    tables = [_matches(query, database, n_best=n_best, min_overlap=min_overlap) for query in queries]
    if not tables:
        return pd.DataFrame({name: [] for name in MATCH_COLUMNS})
    return pd.concat(tables, ignore_index=True)[list(MATCH_COLUMNS)]


def match_databases(
    queries: Sequence[Motif],
    databases: Mapping[str, Sequence[Motif]],
    *,
    n_best: int | None = 10,
    max_q_value: float = 1.0,
    min_overlap: int = 1,
    trim_bits: float = 0.0,
) -> pd.DataFrame:
    """Compare motifs with those of several databases taken together.

    Parameters
    ----------
    queries
        Motifs of any origin; at least one.
    databases
        Known motifs by the name of their database. Two databases may have motifs of the same name.
    n_best
        How many matches to keep per query; None keeps all.
    max_q_value
        Matches above it are left out.
    min_overlap
        As in :func:`match_motifs`.
    trim_bits
        Ends of queries whose columns have fewer bits take no part; offsets are those in the whole query all the same.
        A query without any such column stays as it is.

    Returns
    -------
    pandas.DataFrame
        :data:`DATABASE_MATCH_COLUMNS`: as :func:`match_motifs` gives them (the query is called ``pattern`` there),
        with the database of each match, best first, and the Pearson ``correlation`` of the columns that overlap.
        P-values and q-values are over all databases together, so that a database does not gain by being small.
        Columns without preference are alike as well: a small q-value beside a low correlation comes from those.

    Raises
    ------
    InputError
        If there are no queries or two of one name, no databases or an empty one, or ``n_best`` is less than 1.

    Examples
    --------
    >>> fungi = [Motif.from_consensus("Reb1", "TTACCCG"), Motif.from_consensus("Gal4", "CGGNNNNNNNNNNNCCG")]
    >>> human = [Motif.from_consensus("MYC", "CCACGTGG")]
    >>> found = Motif.from_consensus("motif_1", "GCACGTGC")
    >>> best = match_databases([found], {"fungi": fungi, "human": human}, n_best=1)
    >>> best[["query", "database", "motif"]].to_numpy().tolist()
    [['motif_1', 'human', 'MYC']]
    """
    if not queries:
        raise InputError("there are no motifs to match: the queries are empty")
    if len({query.name for query in queries}) < len(queries):
        raise InputError("two queries have the same name; rename one")
    if empty := [name for name, motifs in databases.items() if not motifs] or ([] if databases else ["none given"]):
        raise InputError(f"a database of motifs must hold some; empty: {', '.join(empty)}")
    known = [motif for motifs in databases.values() for motif in motifs]
    source = np.array([name for name, motifs in databases.items() for _ in motifs], dtype=object)
    tables = [_matches(_part(query, trim_bits), known, n_best=n_best, min_overlap=min_overlap) for query in queries]
    for query, one in zip(queries, tables, strict=True):
        one["offset"] += _kept(query, trim_bits).start
    table = pd.concat(tables, ignore_index=True).rename(columns={"pattern": "query"})
    table["database"] = source[table["place"].to_numpy()]
    by_name = {query.name: query for query in queries}
    table["correlation"] = [
        correlation_at(by_name[str(name)], known[place], offset=int(offset), is_reversed=orientation == "-")
        for name, place, offset, orientation in table[["query", "place", "offset", "orientation"]].itertuples(
            index=False
        )
    ]
    kept = table["q_value"] <= max_q_value
    return table.loc[kept, list(DATABASE_MATCH_COLUMNS)].reset_index(drop=True)


def _kept(query: Motif, trim_bits: float) -> slice:
    """Columns of a query that take part."""
    kept = informative_part(query.information_content(), threshold=trim_bits)
    return kept if kept.stop > kept.start else slice(0, len(query))


def _part(query: Motif, trim_bits: float) -> Motif:
    return replace(query, ppm=query.ppm[:, _kept(query, trim_bits)])


def _matches(query: Motif, database: Sequence[Motif], *, n_best: int | None, min_overlap: int) -> pd.DataFrame:
    """Matches of one query from the best on, with the ``place`` of each in the database."""
    if n_best is not None and n_best < 1:
        raise InputError(f"n_best must be at least 1, or None for all; got {n_best}")
    found = tomtom(query, database, min_overlap=min_overlap)
    order = np.argsort(found.p_value, kind="stable")[:n_best]
    columns = {
        "pattern": query.name,
        "motif": [database[place].name for place in order],
        "alternate_name": [database[place].alternate_name for place in order],
        "p_value": found.p_value[order],
        "q_value": q_values(found.p_value)[order],
        "offset": found.offset[order],
        "overlap": found.overlap[order],
        "orientation": np.where(found.is_reversed[order], "-", "+"),
        "place": order,
    }
    return pd.DataFrame(columns)


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
