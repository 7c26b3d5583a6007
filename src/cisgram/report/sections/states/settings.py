"""The question: what was this made of, so that somebody can make it again."""

from cisgram.report.blocks import Cell, Column, Section, Table, mapping_table
from cisgram.report.state_results import StateResults


def settings(results: StateResults) -> Section | None:
    """What was asked, and the files with their hashes."""
    if not results.settings and not results.inputs:
        return None
    files = [[Cell(name), Cell(digest, "mono")] for name, digest in results.inputs.items()]
    blocks = [mapping_table(results.settings, names=("setting", "value"))] if results.settings else []
    if files:
        blocks.append(Table([Column("input"), Column("sha256")], files, title="Input files"))
    return Section("Settings and inputs", blocks=blocks)
