"""The question: how much of all this would a second experiment show."""

from cisgram.report.blocks import Cell, Column, Section, Table, number
from cisgram.report.contact_plots import distance_label
from cisgram.report.map_results import MapResults

_HALVES = (
    "The contacts of the map were dealt into two halves by tossing a coin for each, and everything was done anew with "
    "each half. Halves have half the depth, so that the map itself repeats somewhat better (the last column says how "
    "much, for correlations, by the formula of Spearman and Brown); and they share the sample, the library and the "
    "visibility of bins, so that another sample repeats worse. Chance moves one of the two along its contig."
)
_REPLICATE = (
    "Everything was done anew with the replicate. Correlations are of bins, shares of calls that the other map shows "
    "too (boundaries within a bin, domains and loops within two bins at both ends). Chance moves one of the two along "
    "its contig."
)
_STRENGTH = (
    "Strengths of what one map shows, measured in the contacts that did not show it: noise that helped to find a "
    "feature does not help there. Boundaries: contacts within over contacts across; loops: middle over corners; "
    "compartments: like over unlike."
)


def agreement(results: MapResults) -> Section | None:
    """All figures of the comparison."""
    if results.agreement is None:
        return None
    columns = [Column("what"), Column("measure"), Column("value", numeric=True), Column("by chance", numeric=True)]
    columns += [Column("compared", numeric=True, hint="bins, or calls of both")]
    if results.is_halves:
        columns.append(Column("r expected at full depth", numeric=True))
    rows = []
    for row in results.agreement.to_dict("records"):
        is_r = row["measure"] != "share"
        cells = [Cell(feature_name(str(row["feature"])), "whole"), Cell(_MEASURES[str(row["measure"])])]
        cells += [Cell(number(row["value"], 2), "n strong"), Cell(number(row["by_chance"], 2), "n")]
        cells.append(Cell(f"{row['n']:,}", "n"))
        if results.is_halves:
            cells.append(Cell(number(2 * row["value"] / (1 + row["value"]), 2) if is_r else "-", "n"))
        rows.append(cells)
    blocks = [Table(columns, rows)]
    if results.held_out is not None and len(results.held_out):
        blocks.append(_strengths(results))
    lead = _HALVES if results.is_halves else _REPLICATE
    return Section("What a second experiment would show", lead, blocks)


def feature_name(feature: str) -> str:
    """A feature as people call it: ``boundaries 10000`` is ``boundaries, 10 kb``."""
    name, _, window = feature.partition(" ")
    return f"{name}, {distance_label(int(window))}" if window else name


_MEASURES = {"r": "Pearson r", "abs_r": "Pearson r, sign aside", "share": "share found again"}


def _strengths(results: MapResults) -> Table:
    columns = [Column("what"), Column("in the map itself", numeric=True), Column("in other contacts", numeric=True)]
    columns += [Column("random places", numeric=True), Column("calls or bins", numeric=True)]
    assert results.held_out is not None, "sections look before they draw"
    rows = [
        [
            Cell(str(row["feature"]), "whole"),
            Cell(number(results.strength_of(str(row["feature"])).get("value"), 2), "n"),
            Cell(number(row["value"], 2), "n strong"),
            Cell(number(row["by_chance"], 2), "n"),
            Cell(f"{row['n']:,}", "n"),
        ]
        for row in results.held_out.to_dict("records")
    ]
    return Table(columns, rows, title="Strengths", caption=_STRENGTH)
