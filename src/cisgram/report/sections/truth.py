"""The question, for a simulated cell: how much of the planted truth came back."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from cisgram.report.blocks import Cell, Column, Section, Table, number
from cisgram.report.results import RunResults


def truth(results: RunResults) -> Section | None:
    """Planted motifs, instances and bases against what was found."""
    recovery = results.recovery
    if recovery is None:
        return None
    motifs = recovery["motifs"]
    n_found = sum(one["is_found"] for one in motifs)
    every = [one for one in recovery["instances"] if one["name"] == "all"]
    findings = [f"Truth recovered: {n_found} of {len(motifs)} planted motifs came out of the model."]
    findings += [
        f"Of {one['n_instances']:,} bound sites in explained windows, {one['recall']:.0%} have a hit of their motif "
        f"(chance: {one['floor_recall']:.0%}); {one['precision']:.0%} of the hits are right "
        f"(chance: {one['floor_precision']:.0%})."
        for one in every
        if one["recall"] is not None and one["precision"] is not None
    ]
    return Section(
        "Planted truth",
        _LEAD,
        [_table(_worth_showing(recovery[key]), shown) for key, shown in _TABLES.items()],
        findings,
    )


class _Shown(NamedTuple):
    """Which columns of a table are shown, under which heads."""

    title: str
    columns: Mapping[str, str]
    caption: str


_LEAD = (
    "This cell was simulated, so the answer is known: which motifs were planted, where they are bound, and "
    "which bases matter. A method that looks fine and recovers little here is broken."
)
_TABLES = {
    "motifs": _Shown(
        "Planted motifs",
        {
            "planted": "planted motif",
            "is_found": "found",
            "best": "most similar pattern",
            "similarity": "similarity",
            "floor": "similarity by chance",
        },
        "Similarity: cosine of the two matrices at their best alignment, in both directions; found from 0.8 on. By "
        "chance: the same with the columns of the planted motif shuffled.",
    ),
    "instances": _Shown(
        "Bound sites and hits",
        {
            "name": "motif",
            "n_instances": "bound sites",
            "recall": "with a hit",
            "floor_recall": "by chance",
            "n_hits": "hits",
            "precision": "of them right",
            "floor_precision": "by chance",
        },
        "In the part of the explained windows that was searched. By chance: the same hits at random places.",
    ),
    "bases": _Shown(
        "Bases that matter",
        {
            "track": "track",
            "score": "score",
            "name": "bases inside sites of",
            "n_bases": "bases",
            "auroc": "AUROC",
            "floor_auroc": "by chance",
            "auprc": "auPRC",
            "floor_auprc": "by chance",
        },
        "Bases ranked by the size of their contribution: do those inside bound sites come first? By chance: the "
        "contributions of each window rotated.",
    ),
}


def _worth_showing(rows: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Rows of planted things: hits of patterns that resemble none of them are counted in the last row alone."""
    return [row for row in rows if "_pattern_" not in str(row.get("name", ""))]


def _table(rows: list[Mapping[str, Any]], shown: _Shown) -> Table:
    """The chosen columns of a table."""
    first = rows[0] if rows else {}
    columns = [
        Column(head, numeric=isinstance(first.get(key), int | float) and not isinstance(first.get(key), bool))
        for key, head in shown.columns.items()
    ]
    return Table(columns, [[_cell(row[key]) for key in shown.columns] for row in rows], shown.title, shown.caption)


def _cell(value: Any) -> Cell:
    """A value as a cell."""
    if isinstance(value, bool):
        return Cell("yes" if value else "no", "yes" if value else "no")
    if value is None or isinstance(value, int | float):
        return Cell(number(value), "n")
    return Cell(str(value))
