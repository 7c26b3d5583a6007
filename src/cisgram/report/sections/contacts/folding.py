"""The question: what do sites do for the predicted maps."""

from typing import Any

import pandas as pd

from cisgram.report.blocks import Section, Table, Text
from cisgram.report.contact_results import ContactResults
from cisgram.report.experiments.folding import frame_table
from cisgram.report.results import json_or_none

_LEAD = (
    "Sites of held-out windows are edited in the sequence and the model asked again. Deleted: random bases over "
    "one site at a time; inverted: its reverse complement; alone: all else shuffled; inserted: into random "
    "sequences without structure. What comes out is the model's opinion, as good as its predictions are. Tables, "
    "maps and pictures: the pages in the folder folding/."
)
_TITLES = {"deleted": "Deleted", "inverted": "Inverted", "alone": "Alone", "inserted": "Inserted"}


def folding(results: ContactResults) -> Section | None:
    """Findings of every question, and the tables that are short."""
    summary: Any = json_or_none(results.folder / "folding" / "summary.json")
    if summary is None:
        return None
    if not summary["n_sites"]:
        return Section("What sites do", _LEAD, [Text("No site lies in the windows that were asked about.")])
    findings = [
        f"{_TITLES.get(name, name)}: {line}" for name, lines in summary["findings"].items() for line in lines[:1]
    ]
    blocks: list[Table | Text] = [
        Text(f"{_TITLES.get(name, name)}: {line}") for name, lines in summary["findings"].items() for line in lines[1:]
    ]
    inserted, edited = results.table("folding", "inserted", "results.tsv"), _sizes(results)
    if edited is not None:
        blocks.append(frame_table(edited, title=f"Means over {summary['n_sites']} sites"))
    if inserted is not None:
        blocks.append(frame_table(inserted, title="Two sites in backgrounds"))
    return Section("What sites do", _LEAD, blocks, findings)


def _sizes(results: ContactResults) -> pd.DataFrame | None:
    """Mean effects of deletion and inversion, by map."""
    columns = ["root_mean_square", "random_root_mean_square", "insulation_before", "insulation_after"]
    tables = [results.table("folding", name, "results.tsv") for name in ("deleted", "inverted")]
    means = [
        one.groupby(["edit", "track"], sort=False)[columns].mean().reset_index() for one in tables if one is not None
    ]
    return pd.concat(means, ignore_index=True) if means else None
