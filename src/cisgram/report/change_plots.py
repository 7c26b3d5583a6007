"""What a treatment changes in a figure: an arrow from before to after, one line per case."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes

from cisgram.report.style import ACCENT, FLOOR, OBSERVED, PREDICTED

VERDICT_COLORS = {"better": PREDICTED, "worse": ACCENT, "not told apart": FLOOR}
"""Colour of an arrow by what is known of the difference."""


def plot_changes(changes: Sequence[Mapping[str, Any]], *, ax: Axes, metric_name: str) -> Axes:
    """Draw one metric before and after as arrows, from top to bottom in the given order.

    Parameters
    ----------
    changes
        Per case: ``name``, ``before``, ``after`` and ``verdict``, one of :data:`VERDICT_COLORS`; a case whose numbers
        are NaN keeps its line and has no arrow.
    ax
        Where to draw.
    metric_name
        Label of the horizontal axis.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> one = {"name": "NK", "before": 0.4, "after": 0.6, "verdict": "better"}
    >>> plot_changes([one], ax=Figure().subplots(), metric_name="Pearson r").get_xlabel()
    'Pearson r'
    """
    shown = [value for one in changes for value in (one["before"], one["after"]) if value == value]
    for row, one in enumerate(changes):
        before, after = one["before"], one["after"]
        if before == before and after == after:
            color = VERDICT_COLORS[one["verdict"]]
            style = {"arrowstyle": "-|>", "color": color, "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0}
            ax.annotate("", xy=(after, row), xytext=(before, row), arrowprops=style)
            ax.plot(before, row, "o", color=OBSERVED, markersize=3.5)
    low, high = (min(shown), max(shown)) if shown else (0.0, 1.0)
    pad = max(0.08 * (high - low), 0.01)
    ax.set_xlim(low - pad, high + pad)
    ax.set_ylim(len(changes) - 0.5, -0.5)
    ax.set_yticks(range(len(changes)), [str(one["name"]) for one in changes])
    ax.tick_params(axis="y", length=0)
    ax.grid(axis="x", color="#eeeeee", linewidth=0.8)
    ax.set_axisbelow(True)
    ax.set_xlabel(metric_name)
    return ax
