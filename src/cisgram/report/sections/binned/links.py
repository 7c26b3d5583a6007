"""Planted links of enhancers and genes against what the model says of them, for the section of truth."""

from collections.abc import Mapping, Sequence
from typing import Any

from cisgram.report.blocks import Cell, Column, Table, number

_NAMES = {"saliency": "model, saliency", "deletion": "model, enhancer shuffled"}

CAPTION = (
    "Pairs of a gene and a planted enhancer (or decoy) beyond the gene's own promoter; a pair is linked where the "
    "enhancer brings a tenth of the gene's transcription or more. AUROC: chance that a linked pair scores above "
    "another; average precision: for scores by chance it is the share of linked pairs; rank correlation with the true "
    "share. Floors know the true distance and the true activity of the enhancer, but no sequence."
)


def link_table(figures: Sequence[Mapping[str, Any]]) -> Table:
    """The figures of ``distal/summary.json`` as a table: scores of the model, then floors, by cell type."""
    rows, seen = [], set()
    for one in figures:
        pairs = f"{one['n_linked']} of {one['n_pairs']}"
        rows.append(_row(one["cell"], _NAMES.get(str(one["score"]), str(one["score"])), pairs, one, "n strong"))
    for one in figures:
        if one["cell"] not in seen:
            seen.add(one["cell"])
            pairs = f"{one['n_linked']} of {one['n_pairs']}"
            rows += [_row(one["cell"], f"floor: {name}", pairs, own, "n") for name, own in one["floors"].items()]
    order = {cell: place for place, cell in enumerate(dict.fromkeys(one["cell"] for one in figures))}
    rows.sort(key=lambda row: order[row[0].text])
    heads = [Column("cell type"), Column("ranked by"), Column("linked pairs")]
    heads += [Column(name, numeric=True) for name in ("AUROC", "average precision", "rank correlation")]
    return Table(heads, rows, title="Enhancers and genes", caption=CAPTION)


def link_finding(figures: Sequence[Mapping[str, Any]]) -> str:
    """The pairs of all cell types in one sentence; nothing where there are none."""
    own = {one["score"]: one for one in figures if one["cell"] == "all cell types"}
    if not own:
        return ""
    floors = next(iter(own.values()))["floors"]
    scores = " and ".join(f"{number(one['auroc'])} by {name}" for name, one in own.items())
    others = ", ".join(f"{name} {number(one['auroc'])}" for name, one in floors.items())
    first = next(iter(own.values()))
    return (
        f"Truth recovered, links of enhancers and genes: AUROC {scores} ({others}), {first['n_linked']} of "
        f"{first['n_pairs']} pairs linked."
    )


def _row(cell: str, name: str, pairs: str, figures: Mapping[str, Any], style: Any) -> list[Cell]:
    values = [Cell(number(figures[key]), style) for key in ("auroc", "auprc", "correlation")]
    return [Cell(cell), Cell(name), Cell(pairs), *values]
