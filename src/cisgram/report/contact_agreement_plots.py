"""Figures of how predicted contacts agree with measured ones: by distance, window by window, and two maps in one."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from cisgram.arrays import SquareContacts
from cisgram.errors import InputError
from cisgram.report.contact_plots import (
    ContactScale,
    distance_label,
    label_positions,
    plot_color_bar,
    plot_contact_triangle,
)
from cisgram.report.style import CEILING, FLOOR, OBSERVED, PREDICTED, SERIES

_GREYS = (FLOOR, "#7a7a7a", "#d5c4a1")


def plot_agreement_by_distance(table: pd.DataFrame, *, ax: Axes, names: Mapping[str, str], n_points: int = 24) -> Axes:
    """Draw Pearson's r of each method by distance; neighbouring distances are taken together, evenly on a log scale.

    Parameters
    ----------
    table
        Columns ``method``, ``distance`` (bp), ``n_pairs`` and ``pearson``, of one map.
    ax
        Where to draw.
    names
        Methods that are drawn, in order, and what they are called; ``model`` is blue, ``halves`` green, others grey.
    n_points
        At most so many points per curve.
    """
    distances = np.unique(table["distance"].to_numpy())
    if not distances.size:
        raise InputError("there are no distances to draw")
    edges = np.unique(np.geomspace(distances[0], distances[-1] * 1.001, n_points + 1))
    greys = iter(_GREYS * (1 + len(names)))
    for method, name in names.items():
        own = table[(table["method"] == method) & table["pearson"].notna() & (table["n_pairs"] > 0)]
        if own.empty:
            continue
        group = np.searchsorted(edges, own["distance"].to_numpy(), side="right")
        weight = own["n_pairs"].to_numpy(dtype=float)
        total = np.bincount(group, weights=weight)
        used = total > 0
        mean = [np.bincount(group, weights=weight * own[one].to_numpy())[used] for one in ("distance", "pearson")]
        x, y = (one / total[used] for one in mean)
        color = {"model": PREDICTED, "halves": CEILING}.get(method) or next(greys)
        width = 1.8 if method == "model" else 1.2
        ax.plot(x, y, color=color, linewidth=width, label=name, marker="." if len(x) < 30 else "", markersize=4)
    ax.axhline(0, color=OBSERVED, linewidth=0.5)
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    ax.xaxis.set_major_formatter(lambda value, _: distance_label(value))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("distance of the two bins")
    ax.set_ylabel("Pearson r at this distance")
    return ax


def plot_windows_against_floor(model: np.ndarray, floor: np.ndarray, *, ax: Axes, floor_name: str) -> Axes:
    """Draw Pearson's r of the model against that of a floor, one dot per window, with the line of equality."""
    known = ~(np.isnan(model) | np.isnan(floor))
    x, y = floor[known], model[known]
    low = min(0.0, float(min(x.min(initial=0), y.min(initial=0)))) - 0.03
    ax.plot([low, 1], [low, 1], color=FLOOR, linewidth=0.8, zorder=0)
    alpha = min(1.0, 60 / max(x.size, 1) ** 0.6 + 0.1)
    ax.plot(x, y, marker=".", markersize=4, linestyle="none", color=PREDICTED, alpha=alpha)
    ax.set_xlim(low, 1)
    ax.set_ylim(low, 1)
    ax.set_aspect("equal")
    ax.set_xlabel(f"{floor_name}, Pearson r in the window")
    ax.set_ylabel("model, Pearson r in the window")
    return ax


# One argument more than usual: two maps, what they are called, and where they lie.
def draw_two_maps(
    figure: Figure,
    upper: SquareContacts,
    lower: SquareContacts,
    *,
    names: tuple[str, str],
    chrom: str,
    start_bp: int,
    bin_size: int,
    scale: ContactScale,
) -> tuple[Axes, Axes]:
    """Draw two maps of one stretch as triangles, one above the genome and one hanging from it, on one scale.

    Parameters
    ----------
    figure
        Where to draw.
    upper, lower
        Natural log observed over expected; NaN is grey.
    names
        What the two are called.
    chrom, start_bp, bin_size
        Where the first bin begins and how wide bins are, in bp.
    scale
        Of the colours.
    """
    grid = figure.add_gridspec(2, 2, width_ratios=(1, 0.025), hspace=0.0, wspace=0.03)
    above, below = figure.add_subplot(grid[0, 0]), figure.add_subplot(grid[1, 0])
    for ax, square, name, is_downward in ((above, upper, names[0], False), (below, lower, names[1], True)):
        plot_contact_triangle(square, start_bp=start_bp, bin_size=bin_size, ax=ax, scale=scale, is_downward=is_downward)
        at = {"y": 0.06, "va": "bottom"} if is_downward else {"y": 0.94, "va": "top"}
        ax.text(0.0, at["y"], name, va=at["va"], transform=ax.transAxes, color=SERIES[6], fontsize=8.5)
        ax.set_yticks([])
        ax.spines["bottom"].set_visible(False)
    above.set_xticks([])
    label_positions(below, chrom)
    plot_color_bar(scale, ax=figure.add_subplot(grid[:, 1]))
    return above, below
