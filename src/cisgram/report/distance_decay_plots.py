"""How contacts fall with distance: P(s) on double logarithmic axes, and its slope."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import EngFormatter, NullFormatter

from cisgram.errors import InputError
from cisgram.report.style import FLOOR, SERIES

_COLUMNS = ("dist_bp", "contact_frequency", "slope")
_POINTS_PER_DECADE = 60
_FEWEST_PAIRS = 20
"""Of a stretch of distance, for its shares to be drawn."""


def plot_distance_decay(curves: Mapping[str, pd.DataFrame], *, ax: Axes, measured: pd.DataFrame | None = None) -> Axes:
    """Draw the contact frequency against distance, a line per map.

    Parameters
    ----------
    curves
        Name -> table of ``dist_bp``, ``contact_frequency`` and ``slope``, one row per distance.
    ax
        Where to draw.
    measured
        Means before smoothing, ``dist_bp`` and ``value``, as dots behind the lines; of one map.

    Raises
    ------
    InputError
        Where a column is missing, or there is nothing to draw.
    """
    _require(curves)
    if measured is not None:
        shown = measured[(measured["dist_bp"] > 0) & (measured["value"] > 0)]
        ax.plot(shown["dist_bp"], shown["value"], ".", color=FLOOR, ms=2, mec="none", rasterized=True, zorder=1)
    for number, (name, curve) in enumerate(curves.items()):
        even = _evenly(curve)
        ax.plot(even["dist_bp"], even["contact_frequency"], color=SERIES[number % len(SERIES)], lw=1.3, label=name)
    ax.set_yscale("log")
    ax.set_ylabel("contact frequency P(s)")
    _distance_axis(curves, ax)
    if len(curves) > 1:
        ax.legend()
    return ax


def plot_decay_slope(curves: Mapping[str, pd.DataFrame], *, ax: Axes) -> Axes:
    """Draw how steeply contacts fall with distance; the dashed line at -1 is that of a crumpled globule.

    Parameters
    ----------
    curves
        As for :func:`plot_distance_decay`.
    ax
        Where to draw.

    Raises
    ------
    InputError
        As :func:`plot_distance_decay` does.
    """
    _require(curves)
    ax.axhline(-1, color=FLOOR, lw=0.8, ls="--", zorder=0)
    lowest, highest = -1.5, -0.5
    for number, (name, curve) in enumerate(curves.items()):
        even = _evenly(curve)
        ax.plot(even["dist_bp"], even["slope"], color=SERIES[number % len(SERIES)], lw=1.3, label=name)
        inner = even["slope"].dropna()
        if len(inner):
            lowest, highest = min(lowest, *inner.quantile([0.02])), max(highest, *inner.quantile([0.98]))
    ax.set_ylim(max(lowest - 0.1, -4), min(highest + 0.1, 1))
    ax.set_ylabel("slope d ln P / d ln s")
    _distance_axis(curves, ax)
    return ax


def plot_orientations(by_distance: pd.DataFrame, *, ax: Axes) -> Axes:
    """Draw how the strands of pairs are shared out at each distance; far apart, each of the four has a quarter.

    Where the lines part, pairs were never cut or ligated: inward ones are uncut DNA, outward ones circles.

    Parameters
    ----------
    by_distance
        ``distance_bp`` and a column of pairs for each orientation.
    ax
        Where to draw.

    Raises
    ------
    InputError
        Where there are no pairs.
    """
    names = [name for name in by_distance.columns if name != "distance_bp"]
    total = by_distance[names].sum(axis=1)
    if not total.sum():
        raise InputError("there are no pairs within contigs to draw")
    ax.axhline(1 / len(names), color=FLOOR, lw=0.8, ls="--", zorder=0)
    for number, name in enumerate(names):
        share = by_distance[name] / total.where(total >= _FEWEST_PAIRS)
        ax.plot(by_distance["distance_bp"], share, color=SERIES[number % len(SERIES)], lw=1.2, label=name)
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(EngFormatter(unit="b", places=0))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_ylim(0, 1)
    ax.set_xlabel("distance")
    ax.set_ylabel("share of pairs")
    ax.legend()
    return ax


def _require(curves: Mapping[str, pd.DataFrame]) -> None:
    """Refuse tables that are no curves."""
    for name, curve in curves.items():
        if missing := [column for column in _COLUMNS if column not in curve]:
            raise InputError(f"the curve {name!r} lacks the column {missing[0]!r}")
    if not any(len(curve) for curve in curves.values()):
        raise InputError("there is no distance with contacts to draw")


def _evenly(curve: pd.DataFrame) -> pd.DataFrame:
    """Rows about evenly spread over the logarithm of distance: thousands of far distances would be one line."""
    steps = np.floor(np.log10(curve["dist_bp"].to_numpy()) * _POINTS_PER_DECADE)
    return curve[np.diff(steps, prepend=-np.inf) > 0]


def _distance_axis(curves: Mapping[str, pd.DataFrame], ax: Axes) -> None:
    """A logarithmic axis in bp, kb, Mb."""
    ends = [curve["dist_bp"].agg(["min", "max"]) for curve in curves.values() if len(curve)]
    ax.set_xscale("log")
    ax.set_xlim(min(end["min"] for end in ends), max(end["max"] for end in ends) * 1.001)
    ax.xaxis.set_major_formatter(EngFormatter(unit="b", places=0))
    ax.xaxis.set_minor_formatter(NullFormatter())
    ax.set_xlabel("distance s")
