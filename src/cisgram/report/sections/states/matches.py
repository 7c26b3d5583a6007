"""The question: are these the states of another model, or of another segmentation."""

from functools import partial

import numpy as np
from matplotlib.figure import Figure

from cisgram.chromatin.agreement import Agreement
from cisgram.chromatin.comparison import ModelMatch
from cisgram.report.blocks import Cell, Column, Section, Table, number, picture
from cisgram.report.state_plots import plot_state_pairs
from cisgram.report.state_results import StateResults

_MODEL_LEAD = (
    "Correlation of emission probabilities. The best state of the other model may serve several; partners are one to "
    "one. A best correlation near 1 says that the other model has the state."
)
_AGREEMENT_LEAD = (
    "Bases by state in one segmentation and in another. The adjusted Rand index is 1 for the same partition, whatever "
    "the states are called, and about 0 for unrelated ones."
)
_COLUMNS = [
    Column("state"),
    Column("best in the other"),
    Column("r", numeric=True),
    Column("partner"),
    Column("r of the partner", numeric=True),
]


def matches(results: StateResults) -> Section | None:
    """Correlations between states of models, and who is whose partner."""
    if not results.matches:
        return None
    blocks, findings = [], []
    for name, match in results.matches.items():
        blocks.append(
            picture(
                partial(_draw_correlations, match=match, name=name),
                width=2.6 + 0.42 * len(match.other_names),
                height=1.2 + 0.27 * len(match.names),
                caption=f"Correlation of the states with those of {name}.",
                title=name,
            )
        )
        blocks.append(Table(_COLUMNS, _rows(match), is_folded=len(results.matches) > 1, title=f"States of {name}"))
        best = match.correlation.max(axis=1)
        findings.append(
            f"{name} has a state with a correlation of 0.95 or more for {int((best >= 0.95).sum())} of "
            f"{len(best)} states; the least is {best.min():.2f}."
        )
    return Section("States of other models", _MODEL_LEAD, blocks, findings)


def agreements(results: StateResults) -> Section | None:
    """Shares of bases by pairs of states."""
    if not results.agreements:
        return None
    blocks, findings = [], []
    for one in results.agreements:
        first, second = one.cells
        blocks.append(
            picture(
                partial(_draw_confusion, one=one),
                width=2.8 + 0.42 * len(one.other_names),
                height=1.3 + 0.27 * len(one.names),
                caption=f"Of the bases in each state of {first} (row), the share in per cent by state of {second}.",
                title=f"{first} and {second}",
            )
        )
        findings.append(
            f"{first} and {second}: adjusted Rand index {one.adjusted_rand:.3f}, {one.share_same:.1%} of bases in the "
            "same state."
        )
    return Section("Segmentations compared", _AGREEMENT_LEAD, blocks, findings)


def _rows(match: ModelMatch) -> list[list[Cell]]:
    table = match.table()
    rows = []
    for row in table.to_dict("records"):
        partner = match.other_names[row["partner"] - 1] if row["partner"] else "none"
        rows.append(
            [
                Cell(str(row["name"])),
                Cell(match.other_names[row["best"] - 1]),
                Cell(number(row["best_correlation"]), "n"),
                Cell(partner, "" if row["partner"] == row["best"] else "soft"),
                Cell(number(row["partner_correlation"]), "n"),
            ]
        )
    return rows


def _draw_correlations(figure: Figure, match: ModelMatch, name: str) -> None:
    ax = figure.subplots()
    plot_state_pairs(match.correlation, match.names, match.other_names, ax=ax, label="correlation", is_signed=True)
    ax.set_xlabel(f"state of {name}")


def _draw_confusion(figure: Figure, one: Agreement) -> None:
    ax = figure.subplots()
    own = one.confusion_bp.sum(axis=1, keepdims=True)
    share = np.divide(one.confusion_bp, own, out=np.zeros_like(one.confusion_bp), where=own > 0)
    plot_state_pairs(share, one.names, one.other_names, ax=ax, label="share of the row", is_signed=False)
    ax.set_xlabel(f"state of {one.cells[1]}")
    ax.set_ylabel(f"state of {one.cells[0]}")
