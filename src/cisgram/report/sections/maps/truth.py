"""The question: how much of what was planted in a simulated map came back."""

from cisgram.report.blocks import Cell, Column, Section, Table, number
from cisgram.report.map_results import MapResults

_LEAD = (
    "The map is simulated, and what makes it fold is known. A call is right near a planted place, or near any site "
    "that is bound for more than 0.3 of the time; boundaries within a bin, loops within two bins at both anchors."
)


def truth(results: MapResults) -> Section | None:
    """Planted features beside found ones."""
    if results.truth is None:
        return None
    rows = [
        [Cell(str(row["what"]), "whole"), Cell(str(row["measure"]), "wide"), Cell(number(row["value"], 2), "n strong")]
        for row in results.truth.to_dict("records")
    ]
    found = {(row["what"], row["measure"]): row["value"] for row in results.truth.to_dict("records")}
    parts = [
        f"{value:.0%} of planted {what}"
        for (what, measure), value in found.items()
        if measure.startswith("found") and value == value
    ]
    findings = [f"The simulation knows the answer: found are {' and '.join(parts)}."] if parts else []
    columns = [Column("what"), Column("measure"), Column("value", numeric=True)]
    return Section("Planted and found", _LEAD, [Table(columns, rows)], findings)
