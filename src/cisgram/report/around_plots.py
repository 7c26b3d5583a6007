"""Pictures of what lies around anchors: motifs and words by position over chance, and words with the helix's turns."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cisgram.errors import EmptySetError, InputError
from cisgram.motifs.grammar.anchored_counts import ANY, OPPOSITE, SAME
from cisgram.motifs.grammar.periodicity import Periodicity
from cisgram.report.style import ACCENT, FLOOR, OBSERVED, PREDICTED, SERIES

_COLORS = {SAME: PREDICTED, OPPOSITE: ACCENT, ANY: PREDICTED}
_LABELS = {SAME: "on the anchor's strand", OPPOSITE: "on the other strand", ANY: "on either strand"}
_PER_ANCHORS = 1000
_FLAT = 0.6
"""A curve whose lowest place is above this share of its highest would be a line if its axis began at 0."""


def plot_positions(curves: pd.DataFrame, *, ax: Axes, n_anchors: int, anchor: str = "anchor", title: str = "") -> Axes:
    """Draw how many sites lie at each distance from the anchors, one line per strand, over what chance gives.

    Parameters
    ----------
    curves
        Rows of :attr:`cisgram.motifs.grammar.around.MotifPositions.curves` of one motif and one or more strands.
    ax
        Where to draw.
    n_anchors
        How many anchors there are.
    anchor
        What they are, for the axis.
    title
        What is drawn.

    Raises
    ------
    EmptySetError
        There is nothing to draw.
    InputError
        Rows are those of several motifs.
    """
    if curves.empty:
        raise EmptySetError("positions to draw", dropped={})
    if curves["motif"].nunique() > 1:
        raise InputError("a picture of positions shows one motif; select rows first")
    scale = _PER_ANCHORS / n_anchors
    ax.axvline(0, color="#d9d9d9", linewidth=0.8, zorder=0)
    labels = iter(["95 % of chance"])
    for strand, own in curves.groupby("strand", sort=False):
        x = own["distance_bp"].to_numpy()
        low, high = scale * own["null_low"], scale * own["null_high"]
        ax.fill_between(x, low, high, color=FLOOR, alpha=0.4, linewidth=0, label=next(labels, None))
        label = _LABELS[str(strand)]
        ax.plot(x, scale * own["smoothed"], color=_COLORS[str(strand)], linewidth=1.3, label=label)
    ax.set_xlim(int(curves["distance_bp"].min()), int(curves["distance_bp"].max()))
    top, bottom = scale * float(curves["smoothed"].max()), scale * float(curves["smoothed"].min())
    if bottom < _FLAT * top:
        ax.set_ylim(0, None)
    ax.set_xlabel(f"distance from the {anchor} (bp)")
    ax.set_ylabel(f"sites per bp and {_PER_ANCHORS:,} {anchor}s")
    ax.set_title(title)
    ax.legend(loc="best")
    return ax


def plot_words(words: Mapping[str, Periodicity], *, ax: Axes, anchor: str = "anchor") -> Axes:
    """Draw how often words stand at each distance, without their trend, as shares of their mean frequency.

    Parameters
    ----------
    words
        By name, from :func:`cisgram.motifs.grammar.words.word_periodicity`.
    ax
        Where to draw.
    anchor
        What they stand around, for the axis.

    Raises
    ------
    EmptySetError
        There are no words.
    """
    if not words:
        raise EmptySetError("words to draw", dropped={})
    ax.axhline(0, color=OBSERVED, linewidth=0.5)
    ax.axvline(0, color="#d9d9d9", linewidth=0.8, zorder=0)
    for number, (name, found) in enumerate(words.items()):
        mean = float(np.nanmean(found.signal)) or 1.0
        color = SERIES[number % len(SERIES)]
        ax.plot(found.position_bp, 100 * found.detrended / mean, color=color, linewidth=1.3, label=name)
    position = next(iter(words.values())).position_bp
    ax.set_xlim(float(position[0]), float(position[-1]))
    ax.set_xlabel(f"distance of the word's middle from the {anchor} (bp)")
    ax.set_ylabel("% of the mean, without trend")
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return ax
