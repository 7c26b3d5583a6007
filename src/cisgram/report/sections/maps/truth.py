"""The question: how much of what was planted in a simulated map came back."""

from cisgram.report.blocks import Cell, Column, Section, Table, number
from cisgram.report.map_results import MapResults

_LEAD = (
    "The map is simulated, and what makes it fold is known. A call is right near a planted place, or near any site "
    "that is bound for 0.3 of the time or more, or near a border of compartments; within two "
    "bins, of both anchors of loops."
)


def truth(results: MapResults) -> Section | None:
    """Planted features beside found ones."""
    if results.truth is None:
        return None
    rows = [
        [Cell(str(row["what"]), "whole"), Cell(str(row["measure"]), "wide"), Cell(number(row["value"], 2), "n strong")]
        for row in results.truth.to_dict("records")
    ]
    findings = [_finding(results)]
    columns = [Column("what"), Column("measure"), Column("value", numeric=True)]
    return Section("Planted and found", _LEAD, [Table(columns, rows)], findings)


def _finding(results: MapResults) -> str:
    """Boundaries of the main window, and strong loops."""
    assert results.truth is not None, "sections look before they draw"
    window = f"{results.main_window:,} bp"
    shares: dict[str, list[str]] = {}
    for row in results.truth.to_dict("records"):
        what = str(row["what"]).partition(" ")[0]
        is_shown = window in str(row["what"]) or what == "loops"
        if is_shown and str(row["measure"]).startswith(("found", "right")) and row["value"] == row["value"]:
            name = (
                "of those planted are found" if str(row["measure"]).startswith("found") else "of those called are right"
            )
            shares.setdefault(what, []).append(f"{row['value']:.0%} {name}")
    told = [f"{what}: {', '.join(parts)}" for what, parts in shares.items()]
    return f"The simulation knows the answer: {'; '.join(told)}." if told else "The simulation knows the answer."
