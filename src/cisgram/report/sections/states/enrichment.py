"""The question: in which known places do states lie more often than by chance."""

from functools import partial

from matplotlib.figure import Figure

from cisgram.chromatin.enrichment import StateEnrichment
from cisgram.chromatin.names import StateName
from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number, picture
from cisgram.report.state_plots import plot_enrichment, short_set_name, state_label
from cisgram.report.state_results import StateResults

_LEAD = (
    "Fold enrichment: the share of a set's bases that is in a state over the share of the genome that is. 1 is what "
    "chance gives; overlapping intervals of a set count once."
)
_MOST = 6


def enrichment(results: StateResults) -> Section | None:
    """A heat map of folds per cell type, and how much of each set was used."""
    if not results.enrichments:
        return None
    names = results.names
    shown = [_heat_map(one, names) for one in results.enrichments[:_MOST]]
    first = results.enrichments[0]
    columns = [Column("set"), Column("bases in states", numeric=True), Column("share of the genome", numeric=True)]
    columns.append(Column("intervals on other contigs", numeric=True, hint="left out: no states were given there"))
    rows = [
        [
            Cell(name, "whole"),
            Cell(number(float(bp)), "n"),
            Cell(f"{bp / first.state_bp.sum():.3%}", "n"),
            Cell(f"{outside:,}", "n"),
        ]
        for name, bp, outside in zip(first.sets, first.set_bp, first.n_outside, strict=True)
    ]
    left = len(results.enrichments) - len(shown)
    lead = _LEAD + (
        f" The first {_MOST} cell types are drawn; the table in the folder has {left} more." if left else ""
    )
    table = Table(columns, rows, title=f"Sets, in {first.cell}", is_folded=True)
    return Section("Where states lie", lead, [*shown, table], [_finding(first, names)])


def _heat_map(one: StateEnrichment, names: tuple[StateName, ...]) -> Picture:
    return picture(
        partial(_draw, one=one, names=names),
        width=3.4 + 0.46 * min(len(one.sets), 22),
        height=1.3 + 0.27 * len(names),
        caption=f"Fold enrichments in {one.cell}; red above 1, blue below. Shades end at 32-fold.",
        title=one.cell,
    )


def _draw(figure: Figure, one: StateEnrichment, names: tuple[StateName, ...]) -> None:
    plot_enrichment(one, names, ax=figure.subplots())


def _finding(one: StateEnrichment, names: tuple[StateName, ...]) -> str:
    """The most enriched state of every set, of up to five sets."""
    fold = one.fold
    parts = []
    for column, name in enumerate(one.sets[:5]):
        best = int(
            max(range(len(fold)), key=lambda state: (fold[state, column] == fold[state, column], fold[state, column]))
        )
        parts.append(f"{short_set_name(name)} in {state_label(names[best])} ({fold[best, column]:.1f}-fold)")
    return f"Most enriched in {one.cell}: {', '.join(parts)}."
