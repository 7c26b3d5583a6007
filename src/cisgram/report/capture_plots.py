"""Pictures of contacts between chosen places: the matrix of a capture experiment."""

import numpy as np
from matplotlib.axes import Axes

from cisgram.hic.capture import Capture
from cisgram.report.contact_plots import MASKED, contact_scale, plot_color_bar

_MOST_NAMES = 40


def plot_capture(found: Capture, *, ax: Axes, bar: Axes | None = None) -> Axes:
    """Draw contacts between baits (rows) and other places (columns) in their order; zeros white, unknown grey.

    Parameters
    ----------
    found
        Of :func:`cisgram.hic.capture.capture`.
    ax
        Where to draw.
    bar
        Where to draw the colours and their values.
    """
    scale = contact_scale(found.values, unit="contacts" if found.kind == "counts" else "balanced contacts")
    ax.imshow(scale.shown(found.values), cmap=scale.colors, norm=scale.norm, interpolation="nearest", aspect="auto")
    ax.set_facecolor(MASKED)
    for axis, table in ((ax.xaxis, found.others), (ax.yaxis, found.baits)):
        places = zip(table["chrom"], table["start"], strict=True)
        names = table["name"].astype(str).tolist() if "name" in table else [f"{c}:{s / 1e3:,.0f}k" for c, s in places]
        step = -(-len(names) // _MOST_NAMES)
        axis.set_ticks(np.arange(0, len(names), step), names[::step], fontsize=6.5)
    ax.tick_params(axis="x", rotation=90)
    ax.tick_params(length=2)
    for spine in ax.spines.values():
        spine.set_visible(True)
    if bar is not None:
        plot_color_bar(scale, ax=bar)
    return ax
