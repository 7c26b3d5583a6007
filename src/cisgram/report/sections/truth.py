"""The question, for a simulated cell: how much of the planted truth came back."""

from collections.abc import Mapping
from typing import Any

from cisgram.report.blocks import Cell, Column, Section, Table, number
from cisgram.report.results import RunResults


def truth(results: RunResults) -> Section | None:
    """Planted motifs, instances and bases against what was found."""
    recovery = results.recovery
    if recovery is None:
        return None
    motifs = recovery["motifs"]
    n_found = sum(one["found"] for one in motifs)
    blocks = [_table(motifs, title="Planted motifs")]
    blocks += [_table(recovery[key], title=title) for key, title in _TABLES.items() if recovery.get(key)]
    lead = (
        "This cell was simulated, so the answer is known: which motifs were planted, where they are bound, and which "
        "bases matter. A method that looks fine and recovers little here is broken."
    )
    findings = [f"Truth recovered: {n_found} of {len(motifs)} planted motifs came out of the model by themselves."]
    return Section("Planted truth", lead, blocks, findings=findings)


_TABLES = {
    "instances": "Bound motif instances",
    "bases": "Bases that matter",
}


def _table(rows: list[Mapping[str, Any]], *, title: str) -> Table:
    """A table with one column per key."""
    columns = [
        Column(name.replace("_", " "), numeric=isinstance(value, int | float) and not isinstance(value, bool))
        for name, value in rows[0].items()
    ]
    return Table(columns, [[_cell(value) for value in row.values()] for row in rows], title=title)


def _cell(value: Any) -> Cell:
    if isinstance(value, bool):
        return Cell("yes" if value else "no", "yes" if value else "no")
    if value is None or isinstance(value, int | float):
        return Cell(number(value), "n")
    return Cell(str(value))
