"""The question: what was this made of, so that somebody can make it again."""

from cisgram.report.blocks import Cell, Column, Section, Table, mapping_table
from cisgram.report.map_results import MapResults


def settings(results: MapResults) -> Section:
    """What was asked, and the files with their hashes."""
    files = [[Cell(name), Cell(digest, "mono")] for name, digest in results.inputs.items()]
    blocks = [mapping_table(results.settings, names=("setting", "value"))]
    if files:
        blocks.append(Table([Column("input"), Column("sha256")], files, title="Input files"))
    return Section("Settings and inputs", blocks=blocks)
