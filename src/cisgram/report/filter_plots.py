"""Filters of a first layer: how informative and how needed they are."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cisgram.errors import InputError
from cisgram.report.style import FLOOR, PREDICTED

_N_LABELLED = 10


def plot_information_against_influence(filters: pd.DataFrame, *, ax: Axes) -> Axes:
    """Draw what filters look for against how much the model needs them; named ones are blue.

    Parameters
    ----------
    filters
        Columns ``information_bits``, ``influence`` and ``name`` (empty where nothing is known that is like it).
    ax
        Where to draw.
    """
    lacking = {"information_bits", "influence", "name"} - set(filters)
    if lacking:
        raise InputError(f"a table of filters needs the columns {', '.join(sorted(lacking))}")
    is_named = filters["name"].ne("").to_numpy()
    x, y = filters["information_bits"].to_numpy(), filters["influence"].to_numpy()
    for which, color, label in ((~is_named, FLOOR, "like nothing known"), (is_named, PREDICTED, "like a known motif")):
        if which.any():
            ax.scatter(x[which], y[which], s=16, color=color, label=label, linewidths=0)
    named = np.flatnonzero(is_named)
    taken: set[str] = set()
    for row in named[np.argsort(-y[named], kind="stable")]:
        name = str(filters["name"].iloc[row])
        if name in taken or len(taken) >= _N_LABELLED:
            continue
        taken.add(name)
        ax.annotate(name, (x[row], y[row]), xytext=(3, 3), textcoords="offset points", fontsize=7)
    ax.axhline(0, color=FLOOR, linewidth=0.7, zorder=0)
    ax.set_yscale("symlog", linthresh=max(float(np.quantile(np.abs(y), 0.5)), 1e-9))
    ax.set_xlabel("information of the filter's motif, bits")
    ax.set_ylabel("influence: loss without the filter minus loss with it")
    ax.legend(loc="upper left", bbox_to_anchor=(0, 1.1), ncols=2)
    return ax
