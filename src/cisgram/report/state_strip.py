"""A stretch of a genome as a browser shows it: genes, the states of all cell types, and the marks beneath."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from cisgram.chromatin.names import StateName, biological_order
from cisgram.errors import EmptySetError
from cisgram.genomics.interval import Interval
from cisgram.genomics.mark_patterns import MarkPatterns
from cisgram.genomics.segmentation import Segmentation
from cisgram.report.state_plots import mark_order, state_label
from cisgram.report.style import OBSERVED

_MOST_GENES = 60
_INK = "#3c3c3c"


def draw_state_strip(
    figure: Figure,
    locus: Interval,
    segmentations: Sequence[Segmentation],
    names: Sequence[StateName],
    *,
    patterns: MarkPatterns | None = None,
    genes: pd.DataFrame | None = None,
) -> None:
    """Draw genes, states of every cell type, and where each mark is present, along one stretch.

    Parameters
    ----------
    figure
        Empty, about 11 inches wide; :func:`strip_height` says how high.
    locus
        What is shown.
    segmentations
        Cell types with the states of one model.
    names
        One per state.
    patterns
        Marks of the same cell types; left out where None or where a cell type is not among them.
    genes
        Interval table, with ``name`` and ``strand`` where known.
    """
    if not segmentations:
        raise EmptySetError("segmentations to draw", dropped={})
    shown = [one.cell for one in segmentations if patterns is not None and one.cell in patterns.cells]
    heights = ([0.55] if genes is not None else []) + [0.28 * len(segmentations)]
    heights += [0.13 * len(patterns.marks) for _ in shown] if patterns is not None else []
    axes = list(figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0])
    if genes is not None:
        plot_genes(genes, locus, ax=axes.pop(0))
    state_axes = axes.pop(0)
    plot_state_rows(segmentations, locus, names, ax=state_axes)
    for cell, ax in zip(shown, axes, strict=True):
        assert patterns is not None
        plot_present_marks(patterns, cell, locus, ax=ax)
    last = figure.axes[-1]
    last.set_xticks(_round_places(locus))
    last.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    last.set_xlabel(f"{locus.chrom} (bp)")
    present = {int(state) for one in segmentations for state in _within(one.segments, locus)["state"]}
    handles = [
        Patch(facecolor=names[row].color, edgecolor="#909090", linewidth=0.4, label=state_label(names[row]))
        for row in biological_order(names)
        if int(row) in present
    ]
    figure.legend(handles=handles, loc="outside lower center", ncols=min(10, max(len(handles), 1)), fontsize=7)


def strip_height(n_cells: int, n_marks: int = 0, *, has_genes: bool = True) -> float:
    """Height in inches that a strip needs."""
    return 1.15 + 0.55 * has_genes + 0.28 * n_cells + n_cells * (0.13 * n_marks + 0.12)


def plot_state_rows(
    segmentations: Sequence[Segmentation], locus: Interval, names: Sequence[StateName], *, ax: Axes
) -> Axes:
    """Draw one coloured row of states per cell type, the first on top."""
    for place, one in enumerate(segmentations):
        part = _within(one.segments, locus)
        start = part["start"].to_numpy().clip(locus.start)
        end = part["end"].to_numpy().clip(max=locus.end)
        colors = [names[state].color for state in part["state"]]
        ax.add_collection(PolyCollection(_boxes(start, end, place - 0.42, place + 0.42), facecolors=colors))
    ax.set_yticks(range(len(segmentations)), [one.cell for one in segmentations])
    ax.set_ylim(len(segmentations) - 0.5, -0.5)
    return _bare(ax, locus)


def plot_present_marks(patterns: MarkPatterns, cell: str, locus: Interval, *, ax: Axes) -> Axes:
    """Draw the bins in which each mark of a cell type is present, one row per mark; grey where it was not measured."""
    calls = patterns.calls(cell, locus.chrom)
    size, rows = patterns.bin_size, mark_order(patterns.marks)
    first, last = locus.start // size, min(-(-locus.end // size), len(calls))
    starts = np.arange(first, max(last, first)) * size
    for place, mark in enumerate(rows):
        for value, color in ((1, _INK), (2, "#d9d9d9")):
            bins = starts[calls[first : max(last, first), mark] == value]
            boxes = _boxes(bins.clip(locus.start), (bins + size).clip(max=locus.end), place - 0.4, place + 0.4)
            ax.add_collection(PolyCollection(boxes, facecolors=color))
    ax.set_yticks(range(len(rows)), [patterns.marks[mark] for mark in rows], fontsize=6)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_title(f"marks present in {cell}", fontsize=7.5, pad=2)
    return _bare(ax, locus)


def plot_genes(genes: pd.DataFrame, locus: Interval, *, ax: Axes) -> Axes:
    """Draw genes as lines with arrows along their strand, in rows so that they do not overlap; names where known."""
    part = _within(genes, locus).sort_values(["start", "end"]).drop_duplicates(["start", "end"]).head(_MOST_GENES)
    width = locus.end - locus.start
    ends: list[float] = []
    for row in part.to_dict("records"):
        name = str(row.get("name", ""))
        name = "" if name in (".", "nan") else name
        start, end = max(row["start"], locus.start), min(row["end"], locus.end)
        reach = max(end, start + 0.0085 * width * len(name)) + 0.008 * width
        lane = next((number for number, taken in enumerate(ends) if taken < start), len(ends))
        ends[lane : lane + 1] = [reach]
        ax.plot([start, end], [lane, lane], color="#1f3a5f", linewidth=3, solid_capstyle="butt")
        marker = {"+": ">", "-": "<"}.get(str(row.get("strand", ".")), "")
        if marker:
            tip = end if marker == ">" else start
            ax.plot(tip, lane, marker, color="#1f3a5f", markersize=5, clip_on=False)
        if name:
            ax.text(start, lane + 0.28, name, fontsize=6, va="bottom")
    ax.set_ylim(-0.6, max(len(ends), 1) - 0.1)
    ax.set_yticks([])
    ax.set_ylabel("genes", rotation=0, ha="right", va="center")
    return _bare(ax, locus)


def _within(table: pd.DataFrame, locus: Interval) -> pd.DataFrame:
    """Rows that share a base with the stretch."""
    is_in = (table["chrom"] == locus.chrom) & (table["start"] < locus.end) & (table["end"] > locus.start)
    return table[is_in]


def _boxes(start: np.ndarray, end: np.ndarray, low: float, high: float) -> list[np.ndarray]:
    """Rectangles as polygons: fast where there are thousands."""
    corners = ((start, low), (start, high), (end, high), (end, low))
    points = [np.column_stack([x, np.full(len(start), y)]) for x, y in corners]
    return list(np.stack(points, axis=1)) if len(start) else []


def _round_places(locus: Interval) -> np.ndarray:
    """About six round positions within the stretch."""
    step = 10 ** np.floor(np.log10((locus.end - locus.start) / 4))
    step *= 2 if (locus.end - locus.start) / step > 8 else 1
    return np.arange(np.ceil(locus.start / step) * step, locus.end, step)


def _bare(ax: Axes, locus: Interval) -> Axes:
    ax.set_xlim(locus.start, locus.end)
    ax.set_xticks([])
    ax.tick_params(length=0, colors=OBSERVED)
    for side in ("left", "right", "top", "bottom"):
        ax.spines[side].set_visible(False)
    return ax
