"""Figures of how tracks in bins are predicted: track by track, by kind, beside replicates, by width, at genes."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from cisgram.arrays import PerRow
from cisgram.errors import InputError
from cisgram.report.contact_plots import distance_label
from cisgram.report.style import CEILING, FLOOR, OBSERVED, PREDICTED, SERIES

GREYS = ("#8c8c8c", "#b8a06a", "#c4c4c4", "#a7a0b8")
"""Colours of floors, in their order."""

_ACCURACY = ("track", "family", "value", "low", "high", "ceiling", "floor")


def plot_track_accuracy(table: pd.DataFrame, *, ax: Axes, metric_name: str) -> Axes:
    """Draw one metric of every track: the model with its interval, the ceiling, and the best floor; families apart.

    Up to 40 tracks have a line and their name each; more are points in the order of their values.

    Parameters
    ----------
    table
        Columns ``track``, ``family``, ``value``, ``low``, ``high``, ``ceiling`` and ``floor``; NaN is not drawn.
    ax
        Where to draw.
    metric_name
        Label of the axis of values.

    Raises
    ------
    InputError
        Where a column is missing.
    """
    _require(table, _ACCURACY)
    order = list(dict.fromkeys(table["family"]))
    table = table.assign(rank=table["family"].map(order.index)).sort_values(
        ["rank", "value"], ascending=[True, False], kind="stable"
    )
    places = np.arange(len(table)) + 0.8 * table["rank"].to_numpy()
    is_named = len(table) <= 40
    size = 5.0 if is_named else 2.4
    floor, ceiling, value = (table[name].to_numpy(dtype=float) for name in ("floor", "ceiling", "value"))
    spread = np.abs(table[["low", "high"]].to_numpy(dtype=float).T - value)
    xs = [(floor, places), (ceiling, places), (value, places)]
    if not is_named:
        xs = [(y, x) for x, y in xs]
    mark = "|" if is_named else "_"
    sizes = (9, 11) if is_named else (3, 4)
    ax.plot(*xs[0], linestyle="none", marker=mark, color="#808080", markersize=sizes[0], markeredgewidth=1.6)
    ax.plot(*xs[1], linestyle="none", marker=mark, color=CEILING, markersize=sizes[1], markeredgewidth=2.2)
    error = {"xerr" if is_named else "yerr": spread}
    ax.errorbar(*xs[2], **error, fmt="o", color=PREDICTED, markersize=size, linewidth=1.6 if is_named else 0.5)
    if is_named:
        ax.set_yticks(places, [str(one) for one in table["track"]])
        ax.set_ylim(places[-1] + 0.7, -0.7)
        ax.set_xlabel(metric_name)
        ax.set_xlim(min(0.0, np.nanmin([np.nanmin(value), 0.0])), 1.0)
        ax.grid(axis="x", color="#eeeeee", linewidth=0.8)
    else:
        middles = [places[table["family"].to_numpy() == name].mean() for name in order]
        ax.set_xticks(middles, order)
        ax.tick_params(axis="x", length=0)
        ax.set_ylabel(metric_name)
        ax.set_ylim(top=1.0)
        ax.grid(axis="y", color="#eeeeee", linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def accuracy_legend(*, has_ceiling: bool) -> list[Line2D]:
    """Handles of a legend for :func:`plot_track_accuracy`."""
    found = [Line2D([], [], marker="o", color=PREDICTED, markersize=5, label="model, 95 % interval")]
    if has_ceiling:
        style = {"marker": "|", "color": CEILING, "linestyle": "none", "markersize": 11, "markeredgewidth": 2.2}
        found.append(Line2D([], [], label="ceiling: a second experiment", **style))
    style = {"marker": "|", "color": "#808080", "linestyle": "none", "markersize": 9, "markeredgewidth": 1.6}
    return [*found, Line2D([], [], label="best floor", **style)]


def plot_against_replicates(table: pd.DataFrame, *, ax: Axes) -> Axes:
    """Draw Pearson's r of the model against that of one replicate with the other, a point per track.

    On the line the model is to the experiment what one replicate is to the other. The dashed curve is what a
    prediction without any error would reach against both replicates together: sqrt(2 r / (1 + r)).

    Parameters
    ----------
    table
        Columns ``track``, ``family``, ``value``, ``between`` (of replicates); NaN is not drawn.
    ax
        Where to draw.
    """
    _require(table, ("track", "family", "value", "between"))
    grid = np.linspace(0, 1, 101)
    ax.plot([0, 1], [0, 1], color=FLOOR, linewidth=0.9, zorder=0)
    ax.plot(grid, np.sqrt(2 * grid / (1 + grid)), color=CEILING, linewidth=1.0, linestyle=(0, (4, 2)), zorder=0)
    known = table.dropna(subset=["value", "between"])
    for number, (family, own) in enumerate(known.groupby("family", sort=False)):
        color = SERIES[number % len(SERIES)]
        size = 26 if len(known) <= 40 else 9
        ax.scatter(own["between"], own["value"], s=size, color=color, label=str(family), linewidths=0, alpha=0.85)
    named = _apart(known)
    if len(known) <= 12 and named["up"].max() <= 24:  # else names would stand far from their points
        for row in named.to_dict("records"):
            near_right = row["between"] > 0.7
            place = {"xytext": (-5 if near_right else 5, -2.5 + row["up"]), "textcoords": "offset points"}
            look = {"fontsize": 6.5, "color": OBSERVED, "ha": "right" if near_right else "left"}
            ax.annotate(str(row["track"]), (row["between"], row["value"]), **place, **look)
    low = min(0.0, float(np.nanmin(known[["value", "between"]].to_numpy(), initial=0.0)))
    ax.set_xlim(low, 1.02)
    ax.set_ylim(low, 1.02)
    ax.set_aspect("equal")
    ax.set_xlabel("one replicate with the other, Pearson r")
    ax.set_ylabel("prediction with experiment, Pearson r")
    return ax


def _apart(points: pd.DataFrame) -> pd.DataFrame:
    """Points with how far up, in typographic points, their names are moved so that they do not cover each other."""
    ordered = points.sort_values("value", kind="stable")
    up, last = [], -np.inf
    for at in ordered["value"].to_numpy(dtype=float) * 230:  # points of height per unit of r
        last = max(at, last + 7)
        up.append(last - at)
    return ordered.assign(up=up)


def plot_by_width(table: pd.DataFrame, *, ax: Axes, names: Mapping[str, str], metric_name: str) -> Axes:
    """Draw the mean of one metric over tracks by the width of bins, one line per method.

    Parameters
    ----------
    table
        Columns ``method``, ``bin_bp`` and ``value``, a row per track.
    ax
        Where to draw.
    names
        Methods that are drawn, in order, and what they are called; ``model`` is blue, ``replicates`` green.
    metric_name
        Label of the vertical axis.
    """
    _require(table, ("method", "bin_bp", "value"))
    greys = iter(GREYS * (1 + len(names)))
    for method, name in names.items():
        own = table[table["method"] == method].dropna(subset=["value"]).groupby("bin_bp")["value"].mean()
        color = {"model": PREDICTED, "replicates": CEILING}.get(method) or next(greys)
        if not own.empty:
            width = 1.8 if method == "model" else 1.2
            ax.plot(own.index, own.to_numpy(), marker="o", markersize=4, color=color, linewidth=width, label=name)
    ax.set_xscale("log", base=2)
    widths = np.unique(table["bin_bp"])
    ax.xaxis.set_major_locator(FixedLocator(list(widths)))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(lambda value, _: distance_label(round(value)))
    ax.set_xlim(widths[0] / 1.2, widths[-1] * 1.2)
    ax.set_ylim(min(0.0, ax.get_ylim()[0]), 1.0)
    ax.grid(axis="y", color="#eeeeee", linewidth=0.8)
    ax.set_xlabel("width of a bin")
    ax.set_ylabel(metric_name)
    return ax


def plot_genes(measured: PerRow, predicted: PerRow, *, ax: Axes, title: str) -> Axes:
    """Draw predicted against measured signal where genes begin, a dot per gene, both as ln(1 + x), on one scale."""
    x, y = np.log1p(np.maximum(measured, 0)), np.log1p(np.maximum(predicted, 0))
    high = 1.04 * max(float(x.max(initial=0.1)), float(y.max(initial=0.1)))
    ax.plot([0, high], [0, high], color=FLOOR, linewidth=0.8, zorder=0)
    alpha = min(1.0, 60 / max(x.size, 1) ** 0.6 + 0.1)
    ax.plot(x, y, marker=".", markersize=3.5, linestyle="none", color=PREDICTED, alpha=alpha, markeredgewidth=0)
    ax.set_xlim(-0.02 * high, high)
    ax.set_ylim(-0.02 * high, high)
    ax.set_aspect("equal")
    ax.set_title(title, fontsize=8)
    return ax


def plot_methods(
    table: pd.DataFrame, *, ax: Axes, groups: Sequence[str], names: Mapping[str, str], metric_name: str
) -> Axes:
    """Draw a metric as bars, methods side by side within each group.

    Parameters
    ----------
    table
        Columns ``group``, ``method`` and ``value``; what is missing or NaN is left out.
    ax
        Where to draw.
    groups
        In their order.
    names
        Methods, in their order, and what they are called.
    metric_name
        Label of the vertical axis.
    """
    _require(table, ("group", "method", "value"))
    values = {(row["group"], row["method"]): row["value"] for row in table.to_dict("records")}
    greys = iter(GREYS * (1 + len(names)))
    width = 0.8 / max(1, len(names))
    for number, (method, name) in enumerate(names.items()):
        color = {"model": PREDICTED, "replicates": CEILING}.get(method) or next(greys)
        heights = np.array([values.get((group, method), np.nan) for group in groups], dtype=float)
        at = np.arange(len(groups)) + width * (number - (len(names) - 1) / 2)
        ax.bar(at, np.nan_to_num(heights), width=0.92 * width, color=color, label=name)
    ax.set_xticks(range(len(groups)), [str(one) for one in groups])
    ax.tick_params(axis="x", length=0)
    ax.axhline(0, color=OBSERVED, linewidth=0.6)
    ax.grid(axis="y", color="#eeeeee", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.set_ylabel(metric_name)
    return ax


def _require(table: pd.DataFrame, columns: Sequence[str]) -> None:
    if lacking := [name for name in columns if name not in table]:
        raise InputError(f"the table needs the columns {', '.join(columns)}; it lacks {', '.join(lacking)}")
