"""Planted links of enhancers and genes against what the model says of them, for the section of truth."""

from collections.abc import Mapping, Sequence
from typing import Any

from cisgram.report.blocks import Cell, Column, Table, number

_NAMES = {"saliency": "model, saliency", "deletion": "model, enhancer shuffled"}
_FLOORS = {"distance": "distance alone", "activity": "true activity", "activity x distance": "true activity x distance"}
_TOGETHER = "all cell types"

CAPTION = (
    "Pairs of a gene and a planted enhancer (or decoy) beyond the gene's own promoter; a pair is linked where the "
    "enhancer brings a tenth of the gene's transcription or more. AUROC: chance that a linked pair scores above "
    "another; average precision: for scores by chance it is the share of linked pairs; r: with the share of the gene's "
    "transcription that the enhancer brings. Right cell type: linked pairs whose score is highest in the cell type in "
    "which the enhancer matters most. Lines without the model: distance alone, and what the simulation knows: how "
    "active the enhancer is in that cell type, over its distance, as in the activity-by-contact model. The model is "
    "told neither."
)


def link_tables(figures: Sequence[Mapping[str, Any]]) -> list[Table]:
    """The figures of ``distal/summary.json`` as tables: of all cell types together, and cell type by cell type."""
    together = [one for one in figures if str(one["cell"]).startswith(_TOGETHER)]
    apart = [one for one in figures if one not in together]
    tables = [_table(together, "Enhancers and genes", CAPTION)] if together else []
    if apart:
        tables.append(_table(apart, "Enhancers and genes, by cell type", "" if together else CAPTION, is_folded=True))
    return tables


def link_finding(figures: Sequence[Mapping[str, Any]]) -> str:
    """The pairs of all cell types in one sentence; nothing where there are none."""
    own = {one["score"]: one for one in figures if one["cell"] == _TOGETHER}
    if not own:
        return ""
    first = next(iter(own.values()))
    scores = " and ".join(f"{number(one['auroc'])} by {name}" for name, one in own.items())
    others = ", ".join(f"{_FLOORS.get(name, name)} {number(one['auroc'])}" for name, one in first["floors"].items())
    text = (
        f"Truth recovered, links of enhancers and genes: AUROC {scores} ({others}), {first['n_linked']} of "
        f"{first['n_pairs']} pairs linked."
    )
    by_deletion = own.get("deletion", first)
    if by_deletion.get("right_cell") is not None:
        text += (
            f" Shuffling an enhancer lowers its gene by what it brings in truth with r = "
            f"{number(by_deletion['pearson'])}, and most in the right cell type for {by_deletion['right_cell']:.0%}."
        )
    return text


def _table(figures: Sequence[Mapping[str, Any]], title: str, caption: str, *, is_folded: bool = False) -> Table:
    """Scores of the model, then what is said without it, group by group."""
    rows: list[list[Cell]] = []
    for cell in dict.fromkeys(one["cell"] for one in figures):
        own = [one for one in figures if one["cell"] == cell]
        pairs = f"{own[0]['n_linked']} of {own[0]['n_pairs']}"
        rows += [_row(cell, _NAMES.get(str(one["score"]), ""), pairs, one, "n strong") for one in own]
        rows += [_row(cell, _FLOORS.get(name) or str(name), pairs, one, "n") for name, one in own[0]["floors"].items()]
    heads = [Column("pairs"), Column("ranked by"), Column("linked")]
    heads += [Column(name, numeric=True) for name in ("AUROC", "average precision", "r", "right cell type")]
    return Table(heads, rows, title=title, caption=caption, is_folded=is_folded)


def _row(cell: str, name: str, pairs: str, figures: Mapping[str, Any], style: Any) -> list[Cell]:
    values = [Cell(number(figures.get(key)), style) for key in ("auroc", "auprc", "pearson")]
    right = figures.get("right_cell")
    return [Cell(cell), Cell(name), Cell(pairs), *values, Cell("-" if right is None else f"{right:.0%}", "n")]
