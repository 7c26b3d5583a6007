"""The question, for a simulated genome: how much of its true regulation came back."""

from typing import Any

from cisgram.report.binned_results import BinnedResults
from cisgram.report.blocks import Section, Table
from cisgram.report.results import json_or_none
from cisgram.report.sections.binned.links import link_finding, link_table

_LEAD = (
    "This genome was simulated, so that it is known which enhancers raise which genes, and by how much. Genes are "
    "those of contigs that the model never saw."
)


def truth(results: BinnedResults) -> Section | None:
    """What was planted against what was found; None where nothing was planted or compared."""
    summary: Any = json_or_none(results.folder / "distal" / "summary.json")
    links = (summary or {}).get("links", [])
    if not links:
        return None
    blocks: list[Table] = [link_table(links)]
    return Section("Planted truth", _LEAD, blocks, [line for line in (link_finding(links),) if line])
