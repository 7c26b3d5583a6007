"""The question, for a simulated genome: how much of its true regulation came back."""

from collections.abc import Mapping
from typing import Any

from cisgram.report.binned_results import BinnedResults
from cisgram.report.blocks import Picture, Section, Table
from cisgram.report.results import json_or_none
from cisgram.report.sections.binned.links import link_finding, link_tables
from cisgram.report.sections.binned.planted import gene_table, planted_findings, signal_table, variant_blocks

_LEAD = (
    "This genome was simulated, so that it is known which enhancers raise which genes, by how much, and what variants "
    "do to them. Genes and variants are those of contigs that the model never saw."
)


def truth(results: BinnedResults) -> Section | None:
    """What was planted against what was found; None where nothing was planted or compared."""
    summary: Any = json_or_none(results.folder / "distal" / "summary.json")
    links = (summary or {}).get("links", [])
    recovery: Mapping[str, Any] = results.recovery or {}
    blocks: list[Table | Picture] = []
    if recovery.get("genes"):
        blocks.append(gene_table(recovery["genes"]))
    blocks += link_tables(links)
    blocks += variant_blocks(recovery, results.table("recovery", "variants.tsv.gz"))
    if recovery.get("signal"):
        blocks.append(signal_table(recovery["signal"]))
    if not blocks:
        return None
    own = [line for line in (link_finding(links),) if line]
    return Section("Planted truth", _LEAD, blocks, [*own, *planted_findings(recovery)])
