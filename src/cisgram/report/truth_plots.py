"""Agreement with planted truth against depth, and shares of planted places that methods call."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cisgram.errors import InputError
from cisgram.report.depth_plots import METHOD_COLORS, set_depth_axis, short_number
from cisgram.report.style import CEILING, FLOOR, OBSERVED, PREDICTED

_COLUMNS = ("method", "depth", "value", "low", "high")


def plot_agreement_with_truth(rows: pd.DataFrame, *, ax: Axes, metric_name: str, unit: str) -> Axes:
    """Draw raw coverage against depth as a curve, denoised coverage as a level, the deep library as the ceiling.

    Parameters
    ----------
    rows
        Of one metric: ``method`` (``raw``, ``denoised``, ``deep``), ``depth``, ``value``, ``low``, ``high``.
    ax
        Where to draw.
    metric_name
        Label of the vertical axis.
    unit
        What depth counts.

    Raises
    ------
    InputError
        Where a column is missing.
    """
    if lacking := [name for name in _COLUMNS if name not in rows]:
        raise InputError(f"agreement with the truth needs {', '.join(_COLUMNS)}; it lacks {', '.join(lacking)}")
    raw = rows[rows["method"] == "raw"].sort_values("depth")
    ax.fill_between(raw["depth"], raw["low"], raw["high"], color=OBSERVED, alpha=0.15, linewidth=0)
    ax.plot(raw["depth"], raw["value"], color=OBSERVED, marker="o", markersize=3, linewidth=1.5, label="raw coverage")
    for one in rows[rows["method"] == "denoised"].to_dict("records"):
        ax.axhline(one["value"], color=PREDICTED, linewidth=0.8, linestyle=(0, (2, 2)))
        reach = np.array([[one["value"] - one["low"]], [one["high"] - one["value"]]])
        label = f"denoised, from {short_number(one['depth'])}"
        ax.errorbar(one["depth"], one["value"], reach, color=PREDICTED, marker="o", markersize=5, label=label)
    for one in rows[rows["method"] == "deep"].to_dict("records"):
        ax.axhline(one["value"], color=CEILING, linewidth=1.2, label="deep library")
    set_depth_axis(ax, raw["depth"], unit=unit)
    ax.set_ylabel(metric_name)
    return ax


def plot_called_places(
    shares: pd.DataFrame, *, ax: Axes, places: Mapping[str, str], methods: Mapping[str, str]
) -> Axes:
    """Draw which share of planted places each method calls, as groups of bars with intervals.

    Parameters
    ----------
    shares
        ``sites``, ``method``, ``value``, ``low``, ``high``; at most one row per pair of the first two.
    ax
        Where to draw.
    places, methods
        What is drawn, in order, and what it is called.
    """
    width = 0.8 / max(1, len(methods))
    for number, (method, name) in enumerate(methods.items()):
        own = shares[shares["method"] == method].set_index("sites").reindex(list(places))
        x = np.arange(len(places)) + (number - (len(methods) - 1) / 2) * width
        color = METHOD_COLORS.get(method, FLOOR)
        ax.bar(x, own["value"], 0.9 * width, color=color, label=name)
        known = own["value"].notna() & own["low"].notna()
        reach = [own["value"] - own["low"], own["high"] - own["value"]]
        ax.errorbar(
            x[known],
            own["value"][known],
            [side[known].clip(lower=0) for side in reach],
            fmt="none",
            ecolor="#222222",
            elinewidth=0.8,
        )
    ax.set_xticks(range(len(places)), _wrapped(list(places.values())))
    ax.set_ylim(0, 1.02)
    ax.set_ylabel("share called")
    return ax


def _wrapped(names: Sequence[str]) -> list[str]:
    """Names in lines of about twenty letters."""
    lines = []
    for name in names:
        words, own = name.split(), [""]
        for word in words:
            if own[-1] and len(own[-1]) + len(word) > 20:
                own.append(word)
            else:
                own[-1] = f"{own[-1]} {word}".strip()
        lines.append("\n".join(own))
    return lines
