"""Matches of motifs in databases: cells and a page that show each one aligned below its query."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes

from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.io.files import write_text_atomic
from cisgram.motifs.match import DATABASE_MATCH_COLUMNS
from cisgram.report.blocks import Cell, Column, Section, Table, Text, mapping_table, number, picture_cell
from cisgram.report.document import page_html
from cisgram.report.logos import LogoRow, plot_aligned_logos, plot_bits

Databases = Mapping[str, Sequence[Motif]]
"""Known motifs by the name of their database."""

_ALIKE = 0.5
_MAX_QUERIES = 100
"""So many queries have pictures; the page would grow too large for a browser."""
_FEW_QUERIES = 15
_LEAD = (
    "One row per match, best first. Logos in bits: above the query, below it the known motif, moved and turned to "
    "where it fits best; the columns that both have stand on grey. The q value is the expected share of wrong matches "
    "among those of this query that are as good (Tomtom's p-values over all databases together, Benjamini and "
    "Hochberg). Columns without preference are alike too: where r is low, a small q value rests on those."
)
_COLUMNS = [
    Column("match"),
    Column("query above, match below"),
    Column("database"),
    Column("q", numeric=True),
    Column("p", numeric=True),
    Column("r", numeric=True, hint="Pearson correlation of the columns that both have"),
    Column("strand", hint="- where the reverse complement of the known motif matches"),
    Column("offset", numeric=True, hint="column of the query above the first one of the known motif"),
    Column("overlap", numeric=True, hint="columns that both have"),
]


def write_match_report(
    path: str | os.PathLike[str],
    queries: Sequence[Motif],
    matches: pd.DataFrame,
    databases: Databases,
    *,
    title: str = "Motif matches",
    settings: Mapping[str, object] | None = None,
) -> Path:
    """Write a page of matches with aligned logos.

    Parameters
    ----------
    path
        The HTML file.
    queries
        What was matched, in the order of the page; also those without a match.
    matches
        From :func:`cisgram.motifs.match.match_databases`.
    databases
        What it was matched with.
    title
        Of the page.
    settings
        What to state at the end: sources, limits.

    Returns
    -------
    pathlib.Path
        The file: one HTML page with all pictures inside.

    Raises
    ------
    InputError
        The table of matches lacks a column.
    """
    if missing := [name for name in DATABASE_MATCH_COLUMNS if name not in matches]:
        raise InputError(f"a table of matches needs {', '.join(DATABASE_MATCH_COLUMNS)}; it lacks {', '.join(missing)}")
    sections = [_of_queries(queries, matches, databases)]
    if settings:
        sections.append(Section("Settings", blocks=[mapping_table(settings, names=("setting", "value"))]))
    n_known = sum(map(len, databases.values()))
    subtitle = f"{len(queries)} queries, {n_known:,} known motifs"
    path = Path(path)
    write_text_atomic(path, page_html(sections, title=title, subtitle=subtitle))
    return path


def find_motif(databases: Databases, match: pd.Series) -> Motif | None:
    """The known motif that a row of a table of matches names; None where it is not among them."""
    motifs = databases.get(str(match["database"]), ())
    return next((motif for motif in motifs if motif.name == match["motif"]), None)


def best_match(matches: pd.DataFrame, query: str, *, max_q_value: float = 0.1) -> pd.Series | None:
    """The best match of a query that is significant and does not rest on columns without preference; None without one.

    Such a match has a correlation of at least 0.5.
    """
    good = (matches["query"] == query) & (matches["q_value"] <= max_q_value) & (matches["correlation"] >= _ALIKE)
    own = matches[good]
    return None if own.empty else own.iloc[int(own["p_value"].to_numpy().argmin())]


def match_cell(query: Motif, known: Motif, match: pd.Series, *, note: str = "") -> Cell:
    """Draw a query above the known motif that it matches, at the offset and in the orientation of the match."""
    rows = [LogoRow(query), LogoRow(known, offset=int(match["offset"]), is_reversed=match["orientation"] == "-")]
    first = min(0, int(match["offset"]))
    last = max(len(query), int(match["offset"]) + len(known))

    def draw(ax: Axes) -> None:
        plot_aligned_logos(rows, ax=ax)

    text = f"{query.name} above {known.name}"
    return picture_cell(draw, text=text, width=0.115 * (last - first) + 0.1, height=0.8, note=note)


def bits_cell(motif: Motif, *, note: str = "") -> Cell:
    """Draw a motif as a small logo of which 2 bits fill the height."""

    def draw(ax: Axes) -> None:
        plot_bits(motif, ax=ax)
        ax.axis("off")

    return picture_cell(draw, text=motif.consensus(), width=0.13 * len(motif) + 0.1, height=0.5, note=note)


def known_name(match: pd.Series) -> str:
    """What to call the known motif of a match: the name for people, and the accession behind it."""
    name, alternate = str(match["motif"]), str(match["alternate_name"] or "")
    return f"{alternate} ({name})" if alternate and alternate != name else name


def small(value: float) -> str:
    """A p-value or q-value for people; a dash where there is none.

    Examples
    --------
    >>> small(0.0321), small(1.23e-9), small(0.0), small(float("nan"))
    ('0.032', '1.2e-09', '< 1e-300', '-')
    """
    if value != value:
        return "-"
    if value < 1e-300:
        return "< 1e-300"
    return f"{value:.2g}" if value >= 1e-3 else f"{value:.1e}"


def _of_queries(queries: Sequence[Motif], matches: pd.DataFrame, databases: Databases) -> Section:
    """A table of matches per query."""
    blocks: list[Table | Text] = []
    for query in queries[:_MAX_QUERIES]:
        own = matches[matches["query"] == query.name].sort_values("p_value", kind="stable")
        title = f"{query.name}: {query.consensus()}, {number(query.n_sites, 0)} sites"
        if own.empty:
            blocks.append(Table([Column("query")], [[bits_cell(query)]], title=f"{title}; no match"))
        else:
            rows = [_row(query, match, databases) for _, match in own.iterrows()]
            blocks.append(Table(_COLUMNS, rows, title=title))
    if len(queries) > _MAX_QUERIES:
        blocks.append(
            Text(f"The first {_MAX_QUERIES} of {len(queries):,} queries are shown; the table has all matches.")
        )
    return Section("Matches", _LEAD, blocks, _findings(queries, matches))


def _findings(queries: Sequence[Motif], matches: pd.DataFrame) -> list[str]:
    """What is like what, one sentence per query while they are few."""
    best = {query.name: best_match(matches, query.name) for query in queries}
    unmatched = [name for name, match in best.items() if match is None]
    findings = [f"{len(queries) - len(unmatched):,} of {len(queries):,} queries look like a known motif."]
    if len(queries) <= _FEW_QUERIES:
        findings = [
            f"{name} looks like {known_name(match)} of {match['database']}, q = {small(match['q_value'])}."
            for name, match in best.items()
            if match is not None
        ]
    if unmatched:
        said = ", ".join(unmatched[:_FEW_QUERIES]) + (", ..." if len(unmatched) > _FEW_QUERIES else "")
        findings.append(f"No known motif is like {said}: of a factor that the databases lack, or no motif.")
    return findings


def _row(query: Motif, match: pd.Series, databases: Databases) -> list[Cell]:
    known = find_motif(databases, match)
    return [
        Cell(known_name(match)),
        Cell("not among the motifs at hand", "soft") if known is None else match_cell(query, known, match),
        Cell(str(match["database"])),
        Cell(small(float(match["q_value"])), "n strong"),
        Cell(small(float(match["p_value"])), "n"),
        Cell(number(float(match["correlation"]), 2), "n"),
        Cell(str(match["orientation"])),
        Cell(str(match["offset"]), "n"),
        Cell(str(match["overlap"]), "n"),
    ]
