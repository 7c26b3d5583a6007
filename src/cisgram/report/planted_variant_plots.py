"""Pictures of effects of variants that are known: predicted against true, kind by kind."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cisgram.report.style import ACCENT, CEILING, FLOOR, OBSERVED, PREDICTED, SERIES

KIND_COLORS = {
    "breaks an enhancer": PREDICTED,
    "improves an enhancer": ACCENT,
    "breaks a promoter": CEILING,
    "breaks an insulator": SERIES[3],
    "insertion or deletion": SERIES[4],
    "background": FLOOR,
}
"""Colours of the kinds of variants of a simulated genome; others are grey."""


def plot_effects(effects: pd.DataFrame, *, ax: Axes, title: str) -> Axes:
    """Draw predicted against true effects, a dot per variant and cell type.

    Parameters
    ----------
    effects
        Columns ``kind``, ``true`` and ``predicted``: log2 fold changes.
    ax
        Where to draw.
    title
        Above it.
    """
    true, predicted = (effects[name].to_numpy(np.float64) for name in ("true", "predicted"))
    both = np.abs(np.concatenate([true, predicted, [0.1]]))
    reach = 1.05 * float(both.max())
    ax.plot([-reach, reach], [-reach, reach], color=FLOOR, linewidth=0.8, zorder=0)
    ax.axhline(0, color="#e4e4e4", linewidth=0.7, zorder=-1)
    ax.axvline(0, color="#e4e4e4", linewidth=0.7, zorder=-1)
    present = set(effects["kind"])
    others = sorted(present - set(KIND_COLORS))
    for kind in (*others, *(one for one in reversed(KIND_COLORS) if one in present)):
        own = effects["kind"].eq(kind).to_numpy()
        color = KIND_COLORS.get(kind, OBSERVED)
        style = {"linestyle": "none", "marker": "o", "markersize": 3, "markeredgewidth": 0}
        ax.plot(true[own], predicted[own], **style, color=color, alpha=0.7, label=kind)
    ax.set_xlim(-reach, reach)
    ax.set_ylim(-reach, reach)
    ax.set_aspect("equal")
    ax.set_title(title)
    ax.set_xlabel("true log2 fold change")
    return ax
