"""The page of all variants: how many count, which stand out, and whether measured effects agree."""

import os
from collections.abc import Hashable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.report.blocks import Cell, Column, Picture, Section, Table, mapping_table, number, picture
from cisgram.report.experiments.page import count, write_page
from cisgram.report.variants.agreement import agreement_section
from cisgram.report.variants.plots import plot_p_values, plot_scores_against_null
from cisgram.report.variants.results import VariantResults

MOST_ROWS = 40
"""Variants in the table of the page; the file holds all."""

STRIKING_Q = 0.1
"""Variants up to this q-value are called striking: a tenth of them are expected to be so by chance."""

_MOST_TRACKS = 4
_TOTALS = [
    Column("reference", numeric=True, hint="total of the prediction with the reference allele"),
    Column("alternative", numeric=True, hint="total of the prediction with the alternative allele"),
]


def write_variants_report(path: str | os.PathLike[str], results: VariantResults) -> Path:
    """Write the page of all variants.

    Parameters
    ----------
    path
        The HTML file; addresses in ``results.pages`` are relative to its folder.
    results
        What to show.
    """
    sections = [_top(results)]
    if results.has_null:
        sections.append(_null(results))
    if results.agreement is not None:
        sections.append(agreement_section(results))
    sections += [_statuses(results), _scores(results)]
    sections.append(Section("Settings", "", [mapping_table(results.settings, names=("setting", "value"))]))
    n = results.table["index"].nunique()
    return write_page(path, sections, title="Variants", subtitle=f"{count(n, 'variant')}, {results.model_text}")


def strongest_rows(results: VariantResults) -> pd.DataFrame:
    """One row per scored variant, in the order of ``results.ranked``: the track in which it stands out most.

    That is the smallest p-value of the main score; without a null, and of equal p-values, the largest score.
    """
    table = results.table.assign(size=results.table[results.main].abs())
    by = [f"{results.main}_p", "size"] if results.has_null else ["size"]
    table = table.sort_values(by, ascending=[name != "size" for name in by], kind="stable", na_position="last")
    return table.drop_duplicates("index").set_index("index").loc[list(results.ranked)].reset_index()


def _top(results: VariantResults) -> Section:
    """The variants that stand out."""
    rows = strongest_rows(results)
    meaning = results.meaning
    columns = [
        Column("variant"),
        *([Column("name")] if _has_names(rows) else []),
        Column("kind"),
        Column("track", hint="the track in which the variant stands out most"),
        *(_TOTALS if _has_totals(rows) else []),
        Column(results.main, numeric=True, hint=f"{meaning.definition} ({meaning.unit})"),
    ]
    if results.has_null:
        columns += [
            Column("quantile", numeric=True, hint="share of null changes of the same kind that have a smaller score"),
            Column("p", numeric=True, hint="chance that a null change has a score as far from 0"),
            Column("q", numeric=True, hint="share of false ones expected among all variants up to this p-value"),
        ]
    if results.sites is not None:
        columns.append(Column("motif site", hint="the best motif site that changes, by the sequence alone"))
    sites = _sites_by_variant(results)
    has_names = _has_names(rows)
    has = {"has_names": has_names, "has_totals": _has_totals(rows)}
    shown = [_cells(row, results, sites, **has) for row in rows.head(MOST_ROWS).to_dict("records")]
    more = f"; the first {MOST_ROWS} of {len(rows):,}, results.tsv.gz holds all" if len(rows) > MOST_ROWS else ""
    order = "by p-value, then by size" if results.has_null else "by size"
    lead = (
        f"Each variant in the track in which it stands out most, {order}{more}. {meaning.name}: {meaning.definition}. "
        "Variants with a link have a page of their own."
    )
    table = Table(columns, shown, title=count(len(rows), "scored variant"))
    return Section("Top variants", lead, [table], _findings(rows, results))


def _has_totals(rows: pd.DataFrame) -> bool:
    """Whether the prediction has a total; that of contacts has none."""
    return bool(rows["reference"].notna().any())


def _signed(value: float, results: VariantResults) -> str:
    """A score for people; with its sign, unless it is a size."""
    return f"{value:+.3g}" if (results.table[results.main] < 0).any() else f"{value:.3g}"


def _has_names(rows: pd.DataFrame) -> bool:
    """Whether names say more than the variants themselves."""
    return bool(((rows["name"] != ".") & (rows["name"] != rows["variant"])).any())


def _cells(
    row: dict[Hashable, Any], results: VariantResults, sites: dict[int, str], *, has_names: bool, has_totals: bool
) -> list[Cell]:
    """One row of the table."""
    index, name = int(row["index"]), str(row["name"])
    cells = [
        Cell(str(row["variant"]), "whole", link=results.pages.get(index, "")),
        *([Cell("" if name == "." else name)] if has_names else []),
        Cell(str(row["kind"])),
        Cell(str(row["track"])),
        *(Cell(number(row[one]), "n") for one in (("reference", "alternative") if has_totals else ())),
        Cell(_signed(row[results.main], results), "n strong"),
    ]
    if results.has_null:
        cells += [
            Cell(number(row[f"{results.main}_quantile"]), "n"),
            *(Cell(small(row[f"{results.main}_{what}"]), "n") for what in ("p", "q")),
        ]
    if results.sites is not None:
        cells.append(Cell(sites.get(index, "")))
    return cells


def small(value: float) -> str:
    """A p-value for people.

    Examples
    --------
    >>> small(0.00012), small(0.25), small(float("nan"))
    ('0.00012', '0.25', '-')
    """
    return "-" if value != value else f"{value:.2g}"


def _sites_by_variant(results: VariantResults) -> dict[int, str]:
    """The largest change of a site of each variant, in words."""
    if results.sites is None:
        return {}
    first = results.sites.drop_duplicates("index")
    return {
        int(row["index"]): f"{row['motif_name'] or row['motif']} {row['change']}" for row in first.to_dict("records")
    }


def _findings(rows: pd.DataFrame, results: VariantResults) -> list[str]:
    n = results.table["index"].nunique()
    findings = [f"Beware: {results.warning}."] if results.warning else []
    findings.append(f"{len(rows):,} of {count(n, 'variant')} {'have' if len(rows) != 1 else 'has'} scores.")
    if results.has_null:
        q = results.table.groupby("index")[f"{results.main}_q"].min()
        n_striking = int((q <= STRIKING_Q).sum())
        who = f"{n_striking:,} of them ({n_striking / max(len(rows), 1):.0%})" if n_striking else "None of them"
        findings.append(
            f"{who} {'has' if n_striking < 2 else 'have'} a {results.main} larger than chance would give, with q up to "
            f"{STRIKING_Q} in at least one track; {results.null_text}."
        )
    for row in rows.head(3).to_dict("records"):
        p = row.get(f"{results.main}_p", np.nan)
        findings.append(
            f"{row['variant']}{_called(row)}: {results.main} "
            f"{_signed(row[results.main], results)} in {row['track']}{'' if p != p else f', p = {small(p)}'}."
        )
    return findings


def _called(row: dict[Hashable, Any]) -> str:
    """The name in brackets, where it says more."""
    return "" if row["name"] in (".", row["variant"]) else f" ({row['name']})"


def _null(results: VariantResults) -> Section:
    """Scores beside those of null changes."""
    assert results.null is not None
    main, table = results.main, results.table
    by_track = []
    for track in table["track"].drop_duplicates():
        own = table[table["track"] == track]
        q = own[f"{main}_q"]
        null = results.null.loc[results.null["track"] == track, main]
        sizes = null.abs()
        by_track.append(
            (
                int((q <= STRIKING_Q).sum()),
                [
                    Cell(str(track)),
                    Cell(f"{int(own[main].notna().sum()):,}", "n"),
                    Cell(f"{int(sizes.notna().sum()):,}", "n"),
                    Cell(number(sizes.median()), "n"),
                    Cell(number(float(sizes.quantile(0.99))), "n strong"),
                    Cell(number(own[main].abs().median()), "n"),
                    Cell(f"{int((q <= STRIKING_Q).sum()):,}", "n strong"),
                ],
            )
        )
    columns = [
        Column("track"),
        Column("variants", numeric=True),
        Column("null changes", numeric=True),
        Column("median size, null", numeric=True),
        Column("99 % of null below", numeric=True, hint="only one null change in a hundred has a larger score"),
        Column("median size, variants", numeric=True),
        Column(f"q up to {STRIKING_Q}", numeric=True),
    ]
    order = sorted(range(len(by_track)), key=lambda place: -by_track[place][0])
    tracks = [str(by_track[place][1][0].text) for place in order[:_MOST_TRACKS]]
    lead = (
        f"How large is large? {results.null_text[:1].upper()}{results.null_text[1:]}. A p-value is the share of null "
        "changes of the same kind (and track) whose score is as far from 0; the smallest that so many null changes can "
        "give is one over their number plus one."
    )
    title = count(len(by_track), "track")
    blocks = [
        _null_picture(results, tracks),
        Table(columns, [cells for _, cells in by_track], title=title, is_folded=len(by_track) > 20),
    ]
    return Section("How large is large", lead, blocks)


def _null_picture(results: VariantResults, tracks: list[str]) -> Picture:
    assert results.null is not None
    table, null, main = results.table, results.null, results.main

    def draw(figure: Figure) -> None:
        axes = figure.subplots(len(tracks), 2, squeeze=False)
        for track, (left, right) in zip(tracks, axes, strict=True):
            own = table[table["track"] == track]
            scores = own[main].dropna().to_numpy(dtype=float)
            of_null = null.loc[null["track"] == track, main].dropna().to_numpy(dtype=float)
            plot_scores_against_null(scores, of_null, ax=left, name=main)
            plot_p_values(own[f"{main}_p"].to_numpy(dtype=float), ax=right)
            left.set_title(track)

    caption = (
        "Left: the share of variants, and of null changes, whose score is at least so large; where the blue line lies "
        "above the grey one, variants do more than chance. Right: p-values; evenly spread where no variant matters."
    )
    return picture(partial(draw), width=8.6, height=2.6 * len(tracks), caption=caption)


def _statuses(results: VariantResults) -> Section:
    """What became of every variant."""
    rows = [[Cell(status), Cell(f"{n:,}", "n strong"), Cell(text, "wide")] for status, n, text in results.statuses]
    columns = [Column("status"), Column("variants", numeric=True), Column("what it says")]
    return Section("What became of every variant", "None is left out of results.tsv.gz.", [Table(columns, rows)])


def _scores(results: VariantResults) -> Section:
    columns = [Column("score"), Column("unit"), Column("what it is")]
    rows = [[Cell(score.name, "mono"), Cell(score.unit), Cell(score.definition, "wide")] for score in results.scores]
    return Section("Scores", "All are of the alternative minus the reference allele.", [Table(columns, rows)])
