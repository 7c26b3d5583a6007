"""Rows beneath a contact map: signals, intervals, arcs between anchors, oriented sites and genes along one stretch."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.ticker import FixedLocator, FuncFormatter

from cisgram.arrays import PerBin
from cisgram.errors import InputError
from cisgram.genomics.interval import Interval
from cisgram.report.contact_plots import MINUS
from cisgram.report.style import ACCENT, OBSERVED, PREDICTED

POSITIVE, NEGATIVE = "#b2182b", "#2166ac"
"""Colours of values above and below 0, those of the two ends of ratios in a map."""
FORWARD, REVERSE = ACCENT, PREDICTED
"""Colours of oriented sites: pointing to the right, to the left."""


@dataclass(frozen=True, eq=False)
class SignalRow:
    """Values per bin of the whole stretch that is shown.

    Parameters
    ----------
    label
        What stands to the left of it; several lines are possible.
    values
        One per bin, NaN where nothing is known (left empty).
    start_bp, bin_size
        Where the first bin begins and the width of a bin, in bp; bins may be others than the map's.
    kind
        ``filled`` from 0, ``line``, or ``signed``: filled in red above 0 and in blue below.
    color
        Of ``filled`` and ``line``.
    marks_bp
        Positions that are marked by dots upon the values, such as boundaries.
    """

    label: str
    values: PerBin = field(repr=False)
    start_bp: int
    bin_size: int
    kind: Literal["filled", "line", "signed"] = "filled"
    color: str = OBSERVED
    marks_bp: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class IntervalRow:
    """Intervals: boxes, or wedges that show the strand where a table has one.

    Parameters
    ----------
    label
        What stands to the left.
    table
        Interval table; those on the stretch are drawn.
    color
        Of intervals without a strand.
    """

    label: str
    table: pd.DataFrame = field(repr=False)
    color: str = OBSERVED


@dataclass(frozen=True, eq=False)
class ArcRow:
    """Pairs of places, as arcs.

    Parameters
    ----------
    label
        What stands to the left.
    pairs
        Columns ``chrom1``, ``start1``, ``end1``, ``chrom2``, ``start2``, ``end2``; and ``color`` and ``width`` (of the
        line, in points) where pairs differ.
    color
        Of pairs without a colour of their own.
    """

    label: str
    pairs: pd.DataFrame = field(repr=False)
    color: str = OBSERVED


@dataclass(frozen=True, eq=False)
class GeneRow:
    """Genes with names and strands.

    Parameters
    ----------
    genes
        Interval table, with ``name`` and ``strand`` where known.
    """

    genes: pd.DataFrame = field(repr=False)


_GENE = "#1f3a5f"
_MOST_LANES = 6

TrackRow = SignalRow | IntervalRow | ArcRow | GeneRow
"""What may stand beneath a map."""


def row_height(row: TrackRow, locus: Interval) -> float:
    """Height in inches that a row needs."""
    if isinstance(row, GeneRow):
        return 0.14 * (1 + max(_gene_lanes(row.genes, locus)[1], default=0)) + 0.08
    return {SignalRow: 0.52, IntervalRow: 0.2, ArcRow: 0.5}[type(row)]


def plot_row(row: TrackRow, locus: Interval, *, ax: Axes, label_gap: int = 36) -> Axes:
    """Draw one row along a stretch; the label stands to the left, so many points away, without ticks of x."""
    if isinstance(row, SignalRow):
        plot_track_below(
            row.values, start_bp=row.start_bp, bin_size=row.bin_size, ax=ax, kind=row.kind, color=row.color
        )
        _mark(row, ax=ax)
    elif isinstance(row, IntervalRow):
        plot_intervals_below(row.table, locus, ax=ax, color=row.color)
    elif isinstance(row, ArcRow):
        plot_arcs_below(row.pairs, locus, ax=ax, color=row.color)
    else:
        plot_genes_below(row.genes, locus, ax=ax)
    label = "genes" if isinstance(row, GeneRow) else row.label
    # Of all rows at one place, whatever room the numbers of an axis take.
    ax.set_ylabel("")
    place = {"xy": (0, 0.5), "xycoords": "axes fraction", "textcoords": "offset points"}
    ax.annotate(label, **place, xytext=(-label_gap, 0), ha="right", va="center", fontsize=7.5, annotation_clip=False)
    ax.set_xlim(locus.start, locus.end)
    ax.tick_params(axis="x", bottom=False, labelbottom=False)
    for side in ("top", "right", "bottom"):
        ax.spines[side].set_visible(False)
    return ax


def plot_track_below(
    values: PerBin,
    *,
    start_bp: int,
    bin_size: int,
    ax: Axes,
    kind: Literal["filled", "line", "signed"] = "filled",
    color: str = OBSERVED,
) -> Axes:
    """Draw one value per bin along the genome; ends of bins lie where those of the map lie.

    Parameters
    ----------
    values
        One per bin; NaN leaves a gap.
    start_bp, bin_size
        Where the first bin begins and the width of a bin, in bp.
    ax
        Where to draw; share its x with the map.
    kind
        ``filled`` from 0, ``line``, or ``signed``: red above 0, blue below.
    color
        Of ``filled`` and ``line``.
    """
    edges = start_bp + bin_size * np.arange(len(values) + 1)
    known = values[np.isfinite(values)]
    low, high = (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)
    if kind == "line":
        ax.stairs(values, edges, baseline=None, color=color, linewidth=1.0)
    else:
        low, high = min(low, 0.0), max(high, 0.0)
        parts: Mapping[str, PerBin] = {color: values}
        if kind == "signed":
            parts = {POSITIVE: np.maximum(values, 0.0), NEGATIVE: np.minimum(values, 0.0)}
        for own, part in parts.items():
            ax.stairs(part, edges, fill=True, color=own, linewidth=0)
        ax.axhline(0, color=OBSERVED, linewidth=0.5)
    room = 0.06 * (high - low) or 0.5
    ax.set_ylim(low - (room if low < 0 or kind == "line" else 0), high + room)
    ax.yaxis.set_major_locator(FixedLocator(_two_ticks(low, high)))
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}".replace("-", MINUS)))
    ax.tick_params(axis="y", labelsize=6.5, length=2)
    return ax


def plot_intervals_below(table: pd.DataFrame, locus: Interval, *, ax: Axes, color: str = OBSERVED) -> Axes:
    """Draw intervals as boxes, or as wedges that point along the strand where the table has one."""
    part = _on(table, locus)
    start, end = (part[name].to_numpy(np.float64) for name in ("start", "end"))
    strand = part["strand"].to_numpy() if "strand" in part else np.full(len(part), ".")
    least = 0.0022 * len(locus)  # what is narrower than a line is drawn as wide as one
    middle, half = (start + end) / 2, np.maximum(end - start, least) / 2
    none = (strand != "+") & (strand != "-")
    boxes = _boxes(middle[none] - half[none], middle[none] + half[none], 0.12, 0.88)
    ax.add_collection(PolyCollection(boxes, facecolors=color, edgecolors="none"), autolim=False)
    width = 0.0075 * len(locus)
    for sign, own, tip in (("+", FORWARD, 1.0), ("-", REVERSE, -1.0)):
        at = middle[strand == sign]
        wedge = ((at - tip * width / 2, 0.05), (at - tip * width / 2, 0.95), (at + tip * width / 2, 0.5))
        points = np.stack([np.column_stack([x, np.full(len(at), y)]) for x, y in wedge], axis=1)
        ax.add_collection(PolyCollection(list(points), facecolors=own, edgecolors="none"), autolim=False)
    return _without_values(ax)


def plot_arcs_below(pairs: pd.DataFrame, locus: Interval, *, ax: Axes, color: str = OBSERVED) -> Axes:
    """Draw pairs of places as arcs that hang from the map, the wider the deeper; only pairs that lie on the stretch."""
    inside = (pairs["chrom1"] == locus.chrom) & (pairs["chrom2"] == locus.chrom)
    part = pairs[inside & (pairs[["start1", "start2"]].min(axis=1) < locus.end)]
    part = part[part[["end1", "end2"]].max(axis=1) > locus.start]
    one, two = ((part[f"start{n}"] + part[f"end{n}"]).to_numpy(np.float64) / 2 for n in (1, 2))
    angle = np.linspace(0.0, np.pi, 61)
    deepest = max(float(np.abs(two - one).max(initial=1.0)), 1.0)
    depth = np.sqrt(np.abs(two - one) / deepest)
    x = (one + two)[:, None] / 2 + (two - one)[:, None] / 2 * np.cos(angle)
    y = -depth[:, None] * np.sin(angle)
    colors = part["color"].tolist() if "color" in part else color
    widths = part["width"].tolist() if "width" in part else 0.9
    ax.add_collection(LineCollection(list(np.stack([x, y], axis=2)), colors=colors, linewidths=widths), autolim=False)
    ax.set_ylim(-1.08, 0.02)
    return _without_values(ax, keep_limits=True)


def plot_genes_below(genes: pd.DataFrame, locus: Interval, *, ax: Axes) -> Axes:
    """Draw genes as boxes with names and arrows in up to six lanes; where these are too few, boxes by strand alone."""
    part, lanes, is_named = _gene_lanes(genes, locus)
    start, end = (part[name].to_numpy(np.float64).clip(locus.start, locus.end) for name in ("start", "end"))
    height = 0.16 if is_named else 0.3
    boxes = [
        np.array([(first, at - height), (first, at + height), (last, at + height), (last, at - height)])
        for first, last, at in zip(start, end, lanes, strict=True)
    ]
    ax.add_collection(PolyCollection(boxes, facecolors=_GENE, edgecolors="white", linewidths=0.3), autolim=False)
    if is_named:
        look = {"va": "center_baseline", "fontsize": 6, "color": _GENE, "clip_on": True}
        for row, at, last in zip(part.to_dict("records"), lanes, end, strict=True):
            arrow = {"+": " \u203a", "-": " \u2039"}.get(str(row.get("strand", ".")), "")
            ax.text(last + 0.004 * len(locus), at, _gene_name(row) + arrow, **look)
    else:
        for at, sign in enumerate(("+", MINUS)):
            ax.annotate(sign, (1.004, at), xycoords=("axes fraction", "data"), va="center", fontsize=7, color=_GENE)
    ax.set_ylim(max(lanes, default=0) + 0.6, -0.6)
    return _without_values(ax, keep_limits=True)


def _gene_lanes(genes: pd.DataFrame, locus: Interval) -> tuple[pd.DataFrame, list[int], bool]:
    """Genes of the stretch, a lane for each such that neither they nor their names touch, and whether names fit.

    Where they do not, genes of the minus strand have the second lane and all others the first.
    """
    part = _on(genes, locus).sort_values(["start", "end"], kind="stable")
    part = part.drop_duplicates([name for name in ("start", "end", "name") if name in part])
    ends: list[float] = []
    lanes = []
    for row in part.to_dict("records"):
        lane = next((number for number, taken in enumerate(ends) if taken < row["start"]), len(ends))
        ends[lane : lane + 1] = [row["end"] + (0.014 + 0.0088 * len(_gene_name(row))) * len(locus)]
        lanes.append(lane)
    if max(lanes, default=0) < _MOST_LANES:
        return part, lanes, True
    strand = part["strand"] if "strand" in part else pd.Series("+", index=part.index)
    return part, (strand == "-").astype(int).tolist(), False


def _gene_name(row: Mapping[Hashable, object]) -> str:
    """The name of a gene; nothing where it has none."""
    name = str(row.get("name", ""))
    return "" if name in (".", "nan") else name


def _mark(row: SignalRow, *, ax: Axes) -> None:
    """Dots upon the values at marked positions, and at 0 where nothing is known."""
    if not row.marks_bp:
        return
    at = np.asarray(row.marks_bp)
    bins = np.clip((at - row.start_bp) // row.bin_size, 0, len(row.values) - 1).astype(np.int64)
    heights = np.nan_to_num(row.values[bins])
    ax.plot(at, heights, marker="o", markersize=3, linestyle="none", color=ACCENT, clip_on=False)


def _two_ticks(low: float, high: float) -> list[float]:
    """The ends of the values, and 0 between them."""
    ends = [low, high] if low < high else [high]
    return sorted({*ends, 0.0}) if low < 0 < high and min(-low, high) > 0.25 * (high - low) else ends


def _on(table: pd.DataFrame, locus: Interval) -> pd.DataFrame:
    """Rows that share a base with the stretch."""
    if missing := [name for name in ("chrom", "start", "end") if name not in table]:
        raise InputError(f"a table of intervals needs chrom, start and end; it lacks {', '.join(missing)}")
    return table[(table["chrom"] == locus.chrom) & (table["start"] < locus.end) & (table["end"] > locus.start)]


def _boxes(start: np.ndarray, end: np.ndarray, low: float, high: float) -> list[np.ndarray]:
    """Rectangles as polygons."""
    corners = ((start, low), (start, high), (end, high), (end, low))
    return list(np.stack([np.column_stack([x, np.full(len(x), y)]) for x, y in corners], axis=1))


def _without_values(ax: Axes, *, keep_limits: bool = False) -> Axes:
    """A row without an axis of values."""
    if not keep_limits:
        ax.set_ylim(0, 1)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    return ax
