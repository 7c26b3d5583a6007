"""Called peaks as recall against precision, and coverage of several cells one above the other."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgram.arrays import CoverageValues
from cisgram.errors import InputError
from cisgram.genomics.interval import Interval
from cisgram.report.depth_plots import METHOD_COLORS, plot_coverage, short_number
from cisgram.report.style import FLOOR

_COLUMNS = ("method", "depth", "recall", "precision")
_LEVELS = ("replicate", "deep")


class StackedTrack(NamedTuple):
    """One row of a stack of tracks."""

    label: str
    values: CoverageValues
    color: str
    top: float
    """Upper end of its axis."""
    peaks: Sequence[tuple[int, int]] = ()
    """Half-open stretches, in places on the contig."""


def plot_called_peaks(figures: pd.DataFrame, *, ax: Axes, names: Mapping[str, str], unit: str = "reads") -> Axes:
    """Draw which share of the deep peaks each method finds against which share of its own are right.

    Depths of a method are joined by a line, with the shallowest and the deepest written beside it; a replicate and
    the deep coverage itself, which have no depth, are single rings.

    Parameters
    ----------
    figures
        One row per method and depth: ``method``, ``depth``, ``recall``, ``precision``.
    ax
        Where to draw.
    names
        What methods are called.
    unit
        What depth counts.

    Raises
    ------
    InputError
        Where a column is missing.
    """
    if lacking := [name for name in _COLUMNS if name not in figures]:
        raise InputError(f"figures of called peaks need the columns {', '.join(_COLUMNS)}; got no {', '.join(lacking)}")
    for method, own in figures.groupby("method", sort=False):
        own = own.dropna(subset=["recall", "precision"]).sort_values("depth", kind="stable")
        color, label = METHOD_COLORS.get(str(method), FLOOR), names.get(str(method), str(method))
        if method in _LEVELS:
            ax.plot(own["recall"], own["precision"], "o", markersize=7, mfc="none", mec=color, mew=1.6, label=label)
            continue
        ax.plot(own["recall"], own["precision"], marker="o", markersize=3.5, linewidth=1.5, color=color, label=label)
        ends = own.iloc[[0, -1]].drop_duplicates("depth") if len(own) > 1 else own.iloc[:0]
        for depth, x, y in ends[["depth", "recall", "precision"]].itertuples(index=False):
            place = {"xytext": (4, 4), "textcoords": "offset points", "fontsize": 7, "color": color}
            ax.annotate(short_number(float(depth)), (x, y), **place)
    ax.set_xlim(0, 1.03)
    ax.set_ylim(0, 1.03)
    ax.set_xlabel("recall: deep peaks that are found")
    ax.set_ylabel("precision: called peaks that are right")
    ax.set_title(f"numbers: {unit}", fontsize=8, loc="right", color="#777777")
    ax.grid(color="#eeeeee", linewidth=0.8)
    ax.set_axisbelow(True)
    return ax


def plot_stacked_tracks(
    tracks: Sequence[StackedTrack], *, figure: Figure, stretch: Interval, marked: Interval | None = None
) -> None:
    """Draw tracks along one stretch one above the other, each on its own scale, with one place shaded through all.

    Parameters
    ----------
    tracks
        From above; at least one.
    figure
        Where to draw.
    stretch
        What the values are of.
    marked
        A place on it.
    """
    axes = figure.subplots(len(tracks), 1, squeeze=False)[:, 0]
    for ax, track in zip(axes, tracks, strict=True):
        options = {"label": track.label, "color": track.color, "peaks": track.peaks, "top": track.top}
        plot_coverage(track.values, ax=ax, start=stretch.start, **options)
        if marked is not None:
            ax.axvspan(marked.start, marked.end, color="#f3e3b5", zorder=0, linewidth=0)
    axes[-1].set_xticks([stretch.start, stretch.end], [f"{stretch.start + 1:,}", f"{stretch.end:,}"])
    axes[-1].set_xlabel(stretch.chrom)
