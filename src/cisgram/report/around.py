"""The page of motifs and words around anchors: where they lie over chance, and which come back with the helix."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from cisgram.io.files import write_text_atomic
from cisgram.motifs.grammar.anchored_counts import ANY, OPPOSITE, SAME
from cisgram.motifs.grammar.around import MotifPositions
from cisgram.motifs.grammar.periodicity import Periodicity
from cisgram.report.around_plots import plot_positions, plot_words
from cisgram.report.blocks import Cell, Column, Picture, Section, Table, mapping_table, number, picture
from cisgram.report.document import page_html
from cisgram.report.grammar_plots import plot_spectrum
from cisgram.report.matches import small

_LEVEL = 0.05
_MOST_PICTURES = 40
_MOST_FINDINGS = 12
_STRANDS = {SAME: "same", OPPOSITE: "opposite", ANY: "either"}


@dataclass(frozen=True)
class AroundResults:
    """What was found around anchors."""

    motifs: MotifPositions | None
    """Positions of motifs; None where none was asked for."""
    words: MotifPositions | None
    """Positions of words."""
    periods: Mapping[str, Periodicity]
    """Periodicity of each word."""
    n_anchors: int
    """How many anchors there are."""
    anchor: str = "anchor"
    """What they are called."""


def write_around_report(
    path: str | os.PathLike[str], results: AroundResults, *, title: str, settings: Mapping[str, object]
) -> Path:
    """Write the page of motifs and words around anchors.

    Parameters
    ----------
    path
        The HTML file.
    results
        What was found.
    title
        Of the page.
    settings
        What to state about files and settings.

    Returns
    -------
    pathlib.Path
        The file: one HTML page with all pictures inside.
    """
    sections = []
    for what, positions in (("Motifs", results.motifs), ("Words", results.words)):
        if positions is not None:
            sections.append(_positions(what, positions, results))
    if results.periods:
        sections.append(_periods(results))
    sections.append(Section("Settings", blocks=[mapping_table(settings, names=("setting", "value"))]))
    subtitle = f"{results.n_anchors:,} anchors"
    path = Path(path)
    write_text_atomic(path, page_html(sections, title=title, subtitle=subtitle))
    return path


def _positions(what: str, positions: MotifPositions, results: AroundResults) -> Section:
    """Curves and a table of peaks."""
    lead = (
        f"How many sites lie at each distance from the {results.anchor}, upstream to the left. Chance: every "
        f"{results.anchor} moved along its contig for itself. p counts all distances that were looked at; q "
        "all rows of the table."
    )
    if positions.is_read_both_ways:
        lead += (
            f" Some have no strand, so all are read in both directions and averaged: the curves are mirror-symmetric, "
            f"and a motif on the same strand at a positive distance points away from the {results.anchor}."
        )
    summary = positions.summary
    names = list(dict.fromkeys(summary["motif"]))
    blocks: list[Table | Picture] = [_table(summary)]
    for name in names[:_MOST_PICTURES]:
        own = positions.curves[positions.curves["motif"] == name]
        blocks.append(
            picture(partial(_draw_positions, own, positions, results), width=7.5, height=2.7, caption="", title=name)
        )
    if len(names) > _MOST_PICTURES:
        lead += f" Pictures of the first {_MOST_PICTURES} of {len(names)}; the files hold all."
    return Section(what, lead, blocks, _findings(summary, results.anchor))


def _draw_positions(curves: pd.DataFrame, positions: MotifPositions, results: AroundResults, figure: Figure) -> None:
    known = set(curves["strand"])
    wanted = {SAME, OPPOSITE} if {SAME, OPPOSITE} <= known and not positions.is_read_both_ways else {ANY, SAME}
    shown = curves[curves["strand"].isin([ANY] if ANY in known and ANY in wanted else sorted(wanted))]
    ax = figure.add_subplot()
    plot_positions(shown, ax=ax, n_anchors=positions.n_anchors, anchor=results.anchor)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))


def _table(summary: pd.DataFrame) -> Table:
    columns = [
        *(Column("motif"), Column("strand", hint="relative to the anchor's"), Column("sites", numeric=True)),
        Column("most at (bp)", numeric=True, hint="where the running mean is highest over chance"),
        Column("half height", numeric=True, hint="stretch around it where the excess stays above half"),
        *(Column("times chance", numeric=True), Column("95 % interval", numeric=True), Column("q", numeric=True)),
        *(Column("fewest at (bp)", numeric=True), Column("times chance", numeric=True), Column("q", numeric=True)),
    ]
    rows = []
    for row in summary.to_dict("records"):
        high = f"{number(row['enrichment_low'], 2)} to {number(row['enrichment_high'], 2)}"
        rows.append(
            [
                *(Cell(str(row["motif"])), Cell(_STRANDS[str(row["strand"])]), Cell(number(row["n_near"], 0), "n")),
                Cell(f"{row['peak_bp']:+d}", "n strong"),
                Cell(f"{row['peak_from_bp']:+d} to {row['peak_to_bp']:+d}", "n"),
                *(Cell(number(row["enrichment"], 2), "n strong"), Cell(high, "n"), Cell(small(row["q_value"]), "n")),
                Cell(f"{row['trough_bp']:+d}", "n"),
                *(Cell(number(row["depletion"], 2), "n"), Cell(small(row["trough_q_value"]), "n")),
            ]
        )
    return Table(columns, rows, title="Where there are most and fewest")


def _findings(summary: pd.DataFrame, anchor: str) -> list[str]:
    """For each motif, its clearest strand: where it lies, or where it is missing."""
    found = []
    for name, own in summary.groupby("motif", sort=False):
        shown = _clearest(own)
        high, low = shown[shown["q_value"] < _LEVEL], shown[shown["trough_q_value"] < _LEVEL]
        said = []
        if len(high):
            best = high.iloc[0]
            where = "" if best["strand"] == ANY else f" on the {_STRANDS[best['strand']]} strand"
            said.append(
                f"{best['enrichment']:.2g} times chance {best['peak_bp']:+d} bp from the {anchor}{where} "
                f"(q = {small(best['q_value'])})"
            )
        if len(low):
            worst = low.iloc[0]
            said.append(f"{worst['depletion']:.2g} times at {worst['trough_bp']:+d} bp")
        if said:
            found.append(f"{name}: {', '.join(said)}.")
    return found[:_MOST_FINDINGS]


def _clearest(rows: pd.DataFrame) -> pd.DataFrame:
    """Both strands together, or the one strand that has a peak where the other has none, or a clearly lower one."""
    of = {row["strand"]: row for row in rows.to_dict("records")}
    chosen = ANY if ANY in of else next(iter(of))
    if {SAME, OPPOSITE} <= of.keys():
        for one, other in ((SAME, OPPOSITE), (OPPOSITE, SAME)):
            is_alone = of[one]["q_value"] < _LEVEL <= of[other]["q_value"]
            if is_alone or of[one]["enrichment_low"] > of[other]["enrichment_high"]:
                chosen = one
    return rows[rows["strand"] == chosen]


def _periods(results: AroundResults) -> Section:
    """Words that come back with the turns of the helix."""
    lead = (
        f"How often each word stands at each distance from the {results.anchor}, and its power spectrum. Chance: every "
        f"{results.anchor} moved by -10 to +10 bp for itself, which takes away whatever is in phase with it."
    )
    blocks: list[Table | Picture] = [_period_table(results)]
    if len(results.periods) > 1:
        draw = partial(_draw_words, results.periods, results.anchor)
        blocks.append(picture(draw, width=8.5, height=3.0, caption="", title="All words"))
    for name, found in list(results.periods.items())[:_MOST_PICTURES]:
        draw = partial(_draw_period, {name: found}, results.anchor)
        blocks.append(picture(draw, width=9.5, height=2.7, caption="", title=name))
    findings = [
        f"{name} comes back every {found.peak_bp:.1f} bp around the {results.anchor} ({found.share:.0%} of the power "
        f"at 10 to 11 bp, {found.null_share:.0%} by chance; p = {small(found.p_value)})."
        for name, found in results.periods.items()
        if found.p_value < _LEVEL
    ]
    return Section("Turns of the helix", lead, blocks, findings[:_MOST_FINDINGS])


def _draw_words(words: Mapping[str, Periodicity], anchor: str, figure: Figure) -> None:
    plot_words(words, ax=figure.add_subplot(), anchor=anchor)


def _draw_period(words: Mapping[str, Periodicity], anchor: str, figure: Figure) -> None:
    left, right = figure.subplots(1, 2)
    plot_words(words, ax=left, anchor=anchor)
    left.get_legend().remove()
    for found in words.values():
        plot_spectrum(found, ax=right)


def _period_table(results: AroundResults) -> Table:
    columns = [
        *(Column("word"), Column("highest power at (bp)", numeric=True)),
        Column("power at 10 to 11 bp", numeric=True, hint="share of the power at periods of 5 to 25 bp"),
        Column("by chance", numeric=True),
        Column("crest at (bp)", numeric=True, hint="of a wave of 10.5 bp, from the anchor"),
        *(Column("p", numeric=True), Column("anchors", numeric=True)),
    ]
    rows = [
        [
            Cell(name),
            Cell(f"{found.peak_bp:.1f}", "n strong"),
            Cell(f"{found.share:.0%}", "n"),
            Cell(f"{found.null_share:.0%}", "n"),
            Cell(f"{found.crest_bp:.1f}", "n"),
            Cell(small(found.p_value), "n"),
            Cell(f"{found.n_observations:,}", "n"),
        ]
        for name, found in results.periods.items()
    ]
    return Table(columns, rows)
