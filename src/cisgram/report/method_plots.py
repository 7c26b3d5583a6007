"""One method beside another: means with intervals, and track against track."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cisgram.errors import InputError
from cisgram.report.style import FLOOR, OBSERVED, PREDICTED


def plot_means(means: pd.DataFrame, *, ax: Axes, names: Mapping[str, str], metric_name: str) -> Axes:
    """Draw the mean of one metric by method, with intervals and the floor.

    Parameters
    ----------
    means
        Rows of one metric: ``method``, ``value``, ``low``, ``high``, ``floor``.
    ax
        Where to draw.
    names
        What methods are called.
    metric_name
        Label of the axis.
    """
    if lacking := {"method", "value", "low", "high", "floor"} - set(means):
        raise InputError(f"a table of means needs the columns {', '.join(sorted(lacking))}")
    places = np.arange(len(means))[::-1]
    errors = np.abs(means[["low", "high"]].to_numpy().T - means["value"].to_numpy())
    colors = [PREDICTED, *[OBSERVED] * (len(means) - 1)]
    for place, value, error, color in zip(places, means["value"], errors.T, colors, strict=True):
        ax.errorbar([value], [place], xerr=error[:, None], fmt="o", color=color, markersize=5, linewidth=1.4)
        ax.annotate(f"{value:.3f}", (value, place), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=7)
    ax.axvline(float(means["floor"].iloc[0]), color=FLOOR, linewidth=0.9, linestyle="--")
    ax.set_yticks(places, [names.get(str(one), str(one)) for one in means["method"]])
    ax.set_ylim(-0.6, len(means) - 0.2)
    ax.set_xlabel(metric_name)
    return ax


def plot_track_against_track(
    values: Sequence[float], others: Sequence[float], *, ax: Axes, names: Sequence[str], labels: tuple[str, str]
) -> Axes:
    """Draw a metric of one method against that of another, a point per track; the most unlike are named.

    Parameters
    ----------
    values, others
        Of the method on the vertical and on the horizontal axis; NaN is left out.
    ax
        Where to draw.
    names
        Tracks.
    labels
        Of the vertical and of the horizontal axis.
    """
    y, x = np.asarray(values, dtype=np.float64), np.asarray(others, dtype=np.float64)
    known = np.flatnonzero(~np.isnan(x) & ~np.isnan(y))
    if known.size:
        low, high = min(x[known].min(), y[known].min()), max(x[known].max(), y[known].max())
        ax.plot([low, high], [low, high], color=FLOOR, linewidth=0.9, zorder=0)
        ax.scatter(x[known], y[known], s=12, color=PREDICTED, linewidths=0, alpha=0.8)
        order = known[np.argsort(y[known] - x[known], kind="stable")]
        for row in dict.fromkeys([*order[:3], *order[-3:]]):
            ax.annotate(
                str(names[int(row)]), (x[row], y[row]), xytext=(3, -2), textcoords="offset points", fontsize=6.5
            )
    ax.set_aspect("equal", adjustable="datalim")
    ax.set_ylabel(labels[0])
    ax.set_xlabel(labels[1])
    return ax
