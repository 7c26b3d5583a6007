"""The question: what is this map, and what could not be done with it."""

from cisgram.report.blocks import Cell, Column, Section, Table, mapping_table
from cisgram.report.map_results import MapResults


def overview(results: MapResults) -> Section:
    """What the map is, and the steps that were left out with the reason."""
    blocks = [mapping_table(results.facts, names=("", ""))]
    if results.features.skipped:
        rows = [[Cell(step), Cell(reason, "wide")] for step, reason in results.features.skipped.items()]
        blocks.append(Table([Column("left out"), Column("because")], rows, title="What could not be done"))
    lead = "Every figure below stands beside what chance gives and what the map itself repeats" + (
        f": {results.second}." if results.agreement is not None else ", where a second measurement is known."
    )
    findings = [f"Weights: {results.facts['warning']}."] if "warning" in results.facts else []
    return Section("The map", lead, blocks, findings)
