"""One stretch of a genome in one figure: contact maps above, tracks beneath, aligned to the pixel."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from cisgram.arrays import SquareContacts
from cisgram.errors import InputError
from cisgram.genomics.interval import Interval
from cisgram.report.contact_marks import mark_boundaries, mark_domains, mark_loops
from cisgram.report.contact_plots import (
    ContactScale,
    contact_scale,
    distance_label,
    label_positions,
    plot_color_bar,
    plot_contact_triangle,
    plot_contacts,
)
from cisgram.report.contact_tracks import SignalRow, TrackRow, plot_row, row_height
from cisgram.report.style import FLOOR

_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP = 1.5, 0.85, 0.3, 0.45, 0.07
"""Margins and the gap between rows, in inches."""


@dataclass(frozen=True, eq=False)
class MapView:
    """A map as it is drawn, with what is marked upon it.

    Parameters
    ----------
    title
        What stands above it.
    matrix
        Contacts, or natural logarithms of observed over expected; it may reach beyond the stretch that is shown, on
        both sides, so that triangles are filled up to their corners.
    start_bp, bin_size
        Where the first bin begins and the width of a bin, in bp.
    scale
        Of the colours; one of contacts for this matrix where None.
    domains
        Interval table.
    loops
        Pairs: ``chrom1``, ``start1``, ``end1``, ``chrom2``, ``start2``, ``end2``.
    boundaries_bp
        Positions.
    """

    title: str
    matrix: SquareContacts = field(repr=False)
    start_bp: int
    bin_size: int
    scale: ContactScale | None = None
    domains: pd.DataFrame | None = field(default=None, repr=False)
    loops: pd.DataFrame | None = field(default=None, repr=False)
    boundaries_bp: tuple[float, ...] = ()


def contact_figure(
    views: Sequence[MapView],
    locus: Interval,
    *,
    rows: Sequence[TrackRow] = (),
    shape: Literal["triangle", "square"] = "triangle",
    max_distance: int | None = None,
    width: float = 7.5,
    is_mirrored: bool = False,
) -> Figure:
    """Compose maps and tracks of one stretch.

    Parameters
    ----------
    views
        Maps, one above the other (triangles) or the first above and the second below the diagonal of one square.
    locus
        The stretch that is shown.
    rows
        What stands beneath, from top to bottom.
    shape
        ``triangle`` or ``square``.
    max_distance
        Height of triangles in bp; the length of the stretch if None.
    width
        Of the maps themselves in inches, without labels.
    is_mirrored
        Whether of two triangles the second hangs from the first, as its mirror image.

    Returns
    -------
    matplotlib.figure.Figure
        Draw and save it within :func:`cisgram.report.style.house_style`.

    Raises
    ------
    InputError
        Where there is no map, or a square is asked for of more than two.
    """
    if not views or (shape == "square" and len(views) > 2):
        raise InputError(f"a figure needs one map or more, a square one or two; got {len(views)} for a {shape}")
    distance = len(locus) if max_distance is None else min(max_distance, len(locus))
    one = width if shape == "square" else width * distance / (2 * len(locus))
    n_pictures = 1 if shape == "square" else len(views)
    with_axis = 0.4
    heights = [one] * n_pictures + [row_height(row, locus) for row in rows]
    gaps = [0.3 if n + 1 < n_pictures and not is_mirrored else _GAP for n in range(len(heights) - 1)]
    if n_pictures < len(heights):
        gaps[n_pictures - 1] = with_axis + 0.12
    if n_pictures == 2 and is_mirrored:
        gaps[0] = 0.0
    total = _TOP + sum(heights) + sum(gaps) + (_BOTTOM if n_pictures == len(heights) else 0.15)
    figure = Figure(figsize=(_LEFT + width + _RIGHT, total))
    axes = stack_axes(figure, heights, gaps, width)
    if shape == "square":
        _draw_square(figure, axes[0], views, locus)
    else:
        _draw_triangles(figure, axes[:n_pictures], views, locus, distance, is_mirrored=is_mirrored)
    gap = label_gap(rows)
    for row, ax in zip(rows, axes[n_pictures:], strict=True):
        plot_row(row, locus, ax=ax, label_gap=gap)
    for place in {place for view in views for place in view.boundaries_bp if locus.start < place < locus.end}:
        for ax in axes[n_pictures:]:
            ax.axvline(place, color=FLOOR, linewidth=0.6, linestyle=(0, (2, 2)), zorder=0)
    return figure


def rows_figure(rows: Sequence[TrackRow], locus: Interval, *, width: float = 7.5) -> Figure:
    """Compose tracks of one stretch without a map; positions stand beneath.

    Parameters
    ----------
    rows
        From top to bottom, one or more.
    locus
        The stretch that is shown.
    width
        Of the rows in inches, without labels.

    Returns
    -------
    matplotlib.figure.Figure
        Draw and save it within :func:`cisgram.report.style.house_style`.
    """
    if not rows:
        raise InputError("a figure needs one row or more; got none")
    heights, gaps = [row_height(row, locus) for row in rows], [_GAP] * (len(rows) - 1)
    figure = Figure(figsize=(_LEFT + width + _RIGHT, 0.1 + _TOP + sum(heights) + sum(gaps) + _BOTTOM))
    axes = stack_axes(figure, heights, gaps, width)
    gap = label_gap(rows)
    for row, ax in zip(rows, axes, strict=True):
        plot_row(row, locus, ax=ax, label_gap=gap)
    axes[-1].tick_params(axis="x", bottom=True, labelbottom=True)
    axes[-1].spines["bottom"].set_visible(True)
    label_positions(axes[-1], locus.chrom)
    return figure


def label_gap(rows: Sequence[TrackRow]) -> int:
    """Points between the rows and what stands to their left: room for numbers where a row has an axis of them."""
    return 36 if any(isinstance(row, SignalRow) for row in rows) else 4


def stack_axes(figure: Figure, heights: Sequence[float], gaps: Sequence[float], width: float) -> list[Axes]:
    """Axes of given heights one below the other, all exactly as wide and at the same place: in inches."""
    across, down = figure.get_size_inches()
    tops = _TOP + np.concatenate([[0.0], np.cumsum(np.add(heights[:-1], gaps))])
    return [
        figure.add_axes((_LEFT / across, 1 - (top + height) / down, width / across, height / down))
        for top, height in zip(tops, heights, strict=True)
    ]


def _draw_triangles(
    figure: Figure, axes: Sequence[Axes], views: Sequence[MapView], locus: Interval, distance: int, *, is_mirrored: bool
) -> None:
    """Every map in an axes of its own; positions are written once, beneath the last."""
    for number, (view, ax) in enumerate(zip(views, axes, strict=True)):
        scale = view.scale or contact_scale(view.matrix)
        is_downward = is_mirrored and number == 1
        plot_contact_triangle(
            view.matrix,
            start_bp=view.start_bp,
            bin_size=view.bin_size,
            ax=ax,
            scale=scale,
            max_distance=distance,
            is_downward=is_downward,
        )
        _mark_view(view, scale, locus, ax=ax, is_triangle=True)
        ax.set_xlim(locus.start, locus.end)
        ax.set_ylim((distance, 0) if is_downward else (0, distance))
        ax.set_yticks([])
        ax.text(
            0.004,
            0.03 if is_downward else 0.97,
            view.title,
            transform=ax.transAxes,
            va="bottom" if is_downward else "top",
            fontsize=9,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 1.5},
        )
        _add_bar(figure, ax, scale, share=0.8)
        _height_axis(ax, distance)
        is_last = number + 1 == len(views)
        if is_last:
            label_positions(ax, locus.chrom)
        if is_downward or not is_last:
            ax.spines["bottom"].set_visible(is_downward)
        if not is_last:
            ax.tick_params(axis="x", bottom=False, labelbottom=False)


def _draw_square(figure: Figure, ax: Axes, views: Sequence[MapView], locus: Interval) -> None:
    """One map, or two: the first above the diagonal, the second below it."""
    scales = [view.scale or contact_scale(view.matrix) for view in views]
    for number, (view, scale) in enumerate(zip(views, scales, strict=True)):
        matrix = view.matrix
        image = plot_contacts(matrix, start_bp=view.start_bp, bin_size=view.bin_size, ax=ax, scale=scale)
        if len(views) == 2:
            s, e = locus.start, locus.end
            corners = [(s, s), (e, s), (e, e)] if number == 0 else [(s, s), (s, e), (e, e)]
            image.set_clip_path(Polygon(corners, transform=ax.transData))
        if number == 0:
            _mark_view(view, scale, locus, ax=ax, is_triangle=False)
    ax.set_xlim(locus.start, locus.end)
    ax.set_ylim(locus.end, locus.start)
    label_positions(ax, locus.chrom, axis="both")
    above = "" if len(views) == 1 else "above: "
    below = "" if len(views) == 1 else f"      below: {views[1].title}"
    ax.set_title(f"{above}{views[0].title}{below}", fontsize=9, pad=4)
    _add_bar(figure, ax, scales[0], share=0.3)
    if len(views) == 2 and scales[1] != scales[0]:
        _add_bar(figure, ax, scales[1], share=0.3, is_low=True)


def _mark_view(view: MapView, scale: ContactScale, locus: Interval, *, ax: Axes, is_triangle: bool) -> None:
    """Domains, loops and boundaries upon a map."""
    if view.domains is not None:
        own = view.domains
        near = (own["chrom"] == locus.chrom) & (own["end"] > locus.start) & (own["start"] < locus.end)
        mark_domains(own[near], ax=ax, is_triangle=is_triangle, color=scale.ink)
    if view.loops is not None:
        own = view.loops
        near = (own["chrom1"] == locus.chrom) & (own["chrom2"] == locus.chrom)
        radius = max(1.5 * view.bin_size, 0.009 * len(locus))
        mark_loops(own[near], ax=ax, is_triangle=is_triangle, radius_bp=radius, color=scale.ink)
    inside = np.array([place for place in view.boundaries_bp if locus.start < place < locus.end])
    if inside.size:
        mark_boundaries(inside, ax=ax, is_triangle=is_triangle, color=scale.ink)


def _height_axis(ax: Axes, distance: int) -> None:
    """Say how far apart the bins at the top of a triangle are."""
    ax.set_ylabel(f"0 to {distance_label(distance)}\napart", rotation=0, ha="right", va="center", fontsize=7.5)


def _add_bar(figure: Figure, ax: Axes, scale: ContactScale, *, share: float, is_low: bool = False) -> None:
    """A colour bar to the right of a map, at its top or bottom."""
    across, down = figure.get_size_inches()
    box = ax.get_position()
    height = max(min(share * box.height, 1.8 / down), 0.55 / down)
    y0 = box.y0 if is_low else box.y1 - height
    plot_color_bar(scale, ax=figure.add_axes((box.x1 + 0.08 / across, y0, 0.11 / across, height)))
