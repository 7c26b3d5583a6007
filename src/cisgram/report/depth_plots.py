"""Agreement against depth as curves, coverage tracks one above the other, and coverage around starts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, NullFormatter, NullLocator

from cisgram.arrays import CoverageValues
from cisgram.errors import InputError
from cisgram.report.style import ACCENT, CEILING, FLOOR, OBSERVED, PREDICTED

METHOD_COLORS = {
    "raw": OBSERVED,
    "denoised": PREDICTED,
    "macs3": ACCENT,
    "replicate": CEILING,
    "deep": FLOOR,
}
"""Colour of every method."""
_COLUMNS = ("method", "scope", "depth", "value", "low", "high")


def plot_depth_curves(
    figures: pd.DataFrame, *, ax: Axes, names: Mapping[str, str], dashed: str, metric_name: str, unit: str = "reads"
) -> Axes:
    """Draw one metric against depth, one line per method; a replicate, which has no depth, is a level.

    Parameters
    ----------
    figures
        Rows of one metric: ``method``, ``scope``, ``depth``, ``value``, ``low``, ``high``. Solid lines are of all
        scopes but ``dashed``, and carry intervals.
    ax
        Where to draw.
    names
        What methods are called.
    dashed
        The scope whose lines are dashed.
    metric_name
        Label of the vertical axis.
    unit
        What depth counts.

    Raises
    ------
    InputError
        Where a column is missing.
    """
    if lacking := [name for name in _COLUMNS if name not in figures]:
        raise InputError(f"figures by depth need the columns {', '.join(_COLUMNS)}; they lack {', '.join(lacking)}")
    for (method, scope), own in figures.groupby(["method", "scope"], sort=False):
        own = own.sort_values("depth")
        color, is_dashed = METHOD_COLORS.get(str(method), FLOOR), scope == dashed
        style: dict[str, Any] = {"color": color, "linestyle": (0, (4, 2)) if is_dashed else "-"}
        label = None if is_dashed else names.get(str(method), str(method))
        if method in ("replicate", "deep"):
            ax.axhline(float(own["value"].iloc[0]), linewidth=1.2, label=label, **style)
            continue
        ax.plot(own["depth"], own["value"], marker="o", markersize=3, linewidth=1.5, label=label, **style)
        if not is_dashed:
            ax.fill_between(own["depth"], own["low"], own["high"], color=color, alpha=0.15, linewidth=0)
    set_depth_axis(ax, figures.loc[~figures["method"].isin(["replicate", "deep"]), "depth"], unit=unit)
    ax.set_ylabel(metric_name)
    ax.grid(axis="y", color="#eeeeee", linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def plot_coverage(
    values: CoverageValues,
    *,
    ax: Axes,
    start: int,
    label: str,
    color: str = OBSERVED,
    peaks: Sequence[tuple[int, int]] = (),
    top: float | None = None,
) -> Axes:
    """Draw coverage along a stretch as a filled line, with peaks as bars below it.

    Parameters
    ----------
    values
        One per base.
    ax
        Where to draw.
    start
        0-based position of the first value.
    label
        What it is, written at the left.
    color
        Of the track.
    peaks
        Half-open stretches, in places on the contig.
    top
        Upper end of the axis; the maximum, if not given.
    """
    step = max(1, values.size // 2000)
    # A screen has fewer columns than a stretch has bases: the highest base of each column is what is seen.
    shown = np.maximum.reduceat(values, np.arange(0, values.size, step))
    x = start + step * np.arange(shown.size)
    ax.fill_between(x, shown, color=color, linewidth=0)
    ax.set_xlim(start, start + values.size)
    top = max(float(values.max(initial=0)), 1e-9) if top is None else top
    ax.set_ylim(-0.14 * top if peaks else 0, 1.05 * top)
    for left, right in peaks:
        ax.fill_between([left, right], -0.12 * top, -0.04 * top, color=OBSERVED, linewidth=0)
    ax.set_yticks([0, top], ["0", f"{top:.3g}"])
    ax.set_xticks([])
    ax.set_ylabel(label, rotation=0, ha="right", va="center", labelpad=18)
    return ax


def plot_start_profiles(
    profiles: Mapping[str, pd.Series], *, distance: pd.Series, ax: Axes, names: Mapping[str, str] | None = None
) -> Axes:
    """Draw mean coverage around transcription starts, over that 1 to 2 kb away, one line per method.

    Parameters
    ----------
    profiles
        By method; the last is drawn on top.
    distance
        From the start in bp, downstream positive.
    ax
        Where to draw.
    names
        What methods are called.
    """
    for method, values in profiles.items():
        label = (names or {}).get(method, method)
        ax.plot(distance, values, color=METHOD_COLORS.get(method, FLOOR), linewidth=1.4, label=label)
    ax.axhline(1, color=FLOOR, linewidth=0.8, linestyle="--")
    ax.set_xlabel("bp from the start, downstream to the right")
    ax.set_ylabel("coverage / flanks")
    ax.set_ylim(bottom=0)
    return ax


def set_depth_axis(ax: Axes, depths: pd.Series, *, unit: str) -> None:
    """Make the horizontal axis one of depth: logarithmic, with a short number at every depth that there is."""
    ax.set_xscale("log")
    ax.set_xticks(sorted(set(depths)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda depth, _: short_number(float(depth))))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel(unit)


def short_number(value: float) -> str:
    """A number of reads in few letters.

    Examples
    --------
    >>> short_number(15_000), short_number(2.5e6), short_number(50)
    ('15k', '2.5M', '50')
    """
    for unit, letter in ((1e6, "M"), (1e3, "k")):
        if value >= unit:
            return f"{value / unit:.3g}{letter}"
    return f"{value:g}"
