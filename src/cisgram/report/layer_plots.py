"""Pictures of spacing curves of a model of which layers are skipped."""

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.errors import EmptySetError
from cisgram.report.style import OBSERVED

_ARROWS = {"+": "\u2192", "-": "\u2190"}


def draw_layer_curves(
    figure: Figure, curves: pd.DataFrame, *, names: tuple[str, str] = ("A", "B"), unit: str = "response"
) -> None:
    """Fill a figure with the interaction over distances, one panel per pair of strands, one line per model.

    The whole model's line is black, with its 95 % interval; with layers skipped, lines go from dark to light.

    Parameters
    ----------
    figure
        An empty one.
    curves
        Rows of one track: spacing tables with the columns ``removed``, ``n_removed`` and ``reach_bp``.
    names
        Of A and B.
    unit
        Of the response.

    Raises
    ------
    EmptySetError
        Where there is nothing to draw.
    """
    if curves.empty:
        raise EmptySetError("curves to draw", dropped={})
    strands = curves[["strand_a", "strand_b"]].drop_duplicates().to_numpy().tolist()
    n_columns = 2 if len(strands) > 1 else 1
    axes = figure.subplots(-(-len(strands) // n_columns), n_columns, sharex=True, sharey=True, squeeze=False)
    models = curves[["removed", "n_removed", "reach_bp"]].drop_duplicates().to_numpy().tolist()
    shades = mpl.colormaps["viridis"](np.linspace(0.15, 0.92, max(len(models) - 1, 1)))
    is_from_top = max(n for _, n, _ in models) > 1
    for ax, (a, b) in zip(axes.ravel(), strands, strict=False):
        panel = curves[(curves["strand_a"] == a) & (curves["strand_b"] == b)]
        for number, (removed, n, reach) in enumerate(models):
            color = OBSERVED if number == 0 else shades[number - 1]
            skipped = "whole model" if not n else (f"top {n} skipped" if is_from_top else f"layer {removed} skipped")
            label = f"{skipped} (reach \u00b1{reach} bp)"
            for order, own in panel[panel["removed"] == removed].groupby("order"):
                own = own.sort_values("distance_bp")
                x = own["distance_bp"].to_numpy(dtype=np.float64) * (1 if order == "AB" else -1)
                if number == 0:
                    ax.fill_between(x, own["interaction_low"], own["interaction_high"], color=color, alpha=0.2, lw=0)
                ax.plot(x, own["interaction"], color=color, linewidth=1.6 if number == 0 else 1.1, label=label)
                label = "_nolegend_"
        ax.axhline(0, color=OBSERVED, linewidth=0.6, linestyle=":")
        ax.set_title(f"A {_ARROWS[a]}   B {_ARROWS[b]}")
    for ax in axes.ravel()[len(strands) :]:
        ax.set_visible(False)
    axes[0, 0].xaxis.set_major_formatter(lambda place, _: f"{abs(place):g}")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center")
    figure.supylabel(f"interaction ({unit})", fontsize=8.5)
    orders = set(curves["order"])
    sides = {"AB": "B right of A", "BA": "B left of A"}
    where = f", {sides[next(iter(orders))]}" if len(orders) == 1 else "; left: B left of A, right: B right of A"
    figure.supxlabel(f"distance between centres (bp){where}", fontsize=8.5)
    figure.suptitle(f"A = {names[0]}, B = {names[1]}; track {curves['track'].iloc[0]}", fontsize=9)
