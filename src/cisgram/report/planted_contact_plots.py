"""Figures of the rule of convergent sites: corners by orientation, and how edits of sites change them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from cisgram.errors import InputError
from cisgram.report.style import CEILING, FLOOR, OBSERVED, PREDICTED, SERIES

_ARROWS = {"convergent": "▶ ◀", "tandem": "▶ ▶", "divergent": "◀ ▶"}
_COLORS = {"model": PREDICTED, "measured map": OBSERVED, "contacts without noise": CEILING}


def plot_corners(rows: Sequence[Mapping[str, Any]], *, ax: Axes) -> Axes:
    """Draw the mean corner of pairs of sites by their orientation, one line per map.

    Parameters
    ----------
    rows
        ``method`` and ``mean``, by orientation, None where there are no pairs.
    ax
        Where to draw.

    Raises
    ------
    InputError
        Where there are no rows.
    """
    if not rows:
        raise InputError("there are no corners to draw")
    names = list(rows[0]["mean"])
    for row in rows:
        method = str(row["method"])
        values = [np.nan if row["mean"][name] is None else row["mean"][name] for name in names]
        is_known = method in _COLORS
        ax.plot(
            range(len(names)),
            values,
            color=_COLORS.get(method, FLOOR),
            marker="o",
            markersize=5 if method == "model" else 3.5,
            linewidth=1.6 if is_known else 1.0,
            linestyle="-" if is_known else "--" if method == "sites alone" else ":",
            label=method,
            zorder=3 if method == "model" else 2,
        )
    ax.axhline(0, color=OBSERVED, linewidth=0.5)
    ax.set_xticks(range(len(names)), [f"{name}\n{_ARROWS.get(name, '')}" for name in names])
    ax.set_xlim(-0.3, len(names) - 0.7)
    ax.set_ylabel("corner stands out by (ln)")
    ax.legend(loc="upper right")
    return ax


def plot_corner_changes(edits: Sequence[Mapping[str, Any]], *, ax: Axes) -> Axes:
    """Draw the predicted change of each corner against the true one, one colour per edit.

    Parameters
    ----------
    edits
        ``edit`` and ``corners``: true and predicted change of every locus.
    ax
        Where to draw.
    """
    values = np.array([pair for one in edits for pair in one["corners"]]).reshape(-1, 2)
    if not len(values):
        raise InputError("there are no changes to draw")
    margin = 0.05 * (values.max() - values.min()) + 1e-3
    limits = values.min() - margin, values.max() + margin
    ax.plot(limits, limits, color=FLOOR, linewidth=0.8, zorder=0)
    ax.axhline(0, color=FLOOR, linewidth=0.5, zorder=0)
    ax.axvline(0, color=FLOOR, linewidth=0.5, zorder=0)
    for one, color in zip(edits, (SERIES[0], SERIES[1]), strict=False):
        x, y = np.array(one["corners"]).reshape(-1, 2).T
        ax.plot(x, y, linestyle="none", marker="o", markersize=3.5, color=color, alpha=0.7, label=one["edit"])
    ax.set_xlim(*limits)
    ax.set_ylim(*limits)
    ax.set_aspect("equal")
    ax.set_xlabel("true change of the corner (ln)")
    ax.set_ylabel("predicted change (ln)")
    ax.legend(loc="upper left")
    return ax
