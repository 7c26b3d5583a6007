"""One stretch of the genome with measured and predicted tracks in bins one below the other, and genes beneath."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgram.arrays import TrackRates
from cisgram.genomics.interval import Interval
from cisgram.report.contact_plots import MINUS, label_positions
from cisgram.report.contact_tracks import GeneRow, plot_genes_below, row_height
from cisgram.report.style import OBSERVED, PREDICTED

_ROW_INCHES = {1: 0.36, 2: 0.52}
"""Height of a row without and with strands."""
_CUT_OFF = 0.4


@dataclass(frozen=True, eq=False)
class MeasuredAndPredicted:
    """Signal of one assay along a stretch.

    Parameters
    ----------
    label
        What stands to the left.
    measured, predicted
        One row for an assay that knows no strand; two for one that does, the plus strand first. NaN is shaded.
    note
        What stands at the right, such as how well they agree.
    title
        What stands in small letters upon the measured signal.
    """

    label: str
    measured: TrackRates = field(repr=False)
    predicted: TrackRates = field(repr=False)
    note: str = ""
    title: str = ""


def stretch_height(assays: Sequence[MeasuredAndPredicted], genes: pd.DataFrame | None, stretch: Interval) -> float:
    """Height in inches of :func:`draw_stretch`."""
    return 2 * sum(_ROW_INCHES[len(one.measured)] for one in assays) + _genes_inches(genes, stretch) + 0.65


def draw_stretch(
    figure: Figure,
    assays: Sequence[MeasuredAndPredicted],
    *,
    stretch: Interval,
    bin_size: int,
    genes: pd.DataFrame | None = None,
) -> list[Axes]:
    """Draw the assays, measured in grey and predicted in blue below it on the same scale; minus strands downwards.

    The scale ends at the highest predicted value, or at 40 % of the highest measured one where that is more: few
    measured peaks are so high that beside them nothing else would be seen.

    Parameters
    ----------
    figure
        Where to draw.
    assays
        At least one; all of the same bins.
    stretch
        What the bins cover.
    bin_size
        Width of a bin in bp.
    genes
        Interval table with ``name`` and ``strand``; None for no row of genes.
    """
    heights = [_ROW_INCHES[len(one.measured)] for one in assays for _ in range(2)]
    if genes is not None:
        heights.append(_genes_inches(genes, stretch))
    axes = list(figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights, sharex=True)[:, 0])
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.set(h_pad=0.012, hspace=0.0)  # type: ignore[call-arg]
    for number, assay in enumerate(assays):
        top = _top(assay)
        pair = axes[2 * number : 2 * number + 2]
        for ax, values, color in zip(pair, (assay.measured, assay.predicted), (OBSERVED, PREDICTED), strict=True):
            _draw_strands(values, ax=ax, start=stretch.start, bin_size=bin_size, color=color, top=top)
        paper = {"facecolor": "white", "edgecolor": "none", "alpha": 0.75, "pad": 0.5}  # words stay clear of bars
        place = {"transform": pair[0].transAxes, "va": "top", "zorder": 5}
        pair[0].text(0.004, 0.97, assay.title, fontsize=6, color="#666666", bbox=paper, **place)
        beside = {"xycoords": "axes fraction", "annotation_clip": False, "va": "center", "textcoords": "offset points"}
        pair[0].annotate(assay.label, (0, 0.0), xytext=(-34, 0), ha="right", fontsize=7.5, **beside)
        pair[0].annotate(assay.note, (1, 0.0), xytext=(4, 0), ha="left", fontsize=7, color="#666666", **beside)
    if genes is not None:
        plot_genes_below(genes, stretch, ax=axes[-1])
        axes[-1].annotate(
            "genes",
            (0, 0.5),
            xycoords="axes fraction",
            xytext=(-34, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=7.5,
            annotation_clip=False,
        )
    for ax in axes:
        ax.set_xlim(stretch.start, stretch.end)
        ax.spines["bottom"].set_visible(ax is axes[-1])
        ax.tick_params(axis="x", bottom=ax is axes[-1], labelbottom=ax is axes[-1])
    label_positions(axes[-1], stretch.chrom)
    return axes


def _draw_strands(values: np.ndarray, *, ax: Axes, start: int, bin_size: int, color: str, top: float) -> None:
    """One row: a strand upwards, the other one downwards."""
    edges = start + bin_size * np.arange(values.shape[1] + 1)
    for strand, sign in zip(values, (1, -1), strict=False):
        ax.stairs(sign * strand.astype(np.float64), edges, fill=True, color=color, linewidth=0)
    unknown = np.flatnonzero(np.diff(np.concatenate([[0], np.isnan(values).all(axis=0), [0]])))
    for first, last in unknown.reshape(-1, 2):
        ax.axvspan(edges[first], edges[last], color="#ececec", linewidth=0)
    ax.axhline(0, color=OBSERVED, linewidth=0.4)
    is_mirrored = len(values) == 2
    ax.set_ylim(-1.05 * top if is_mirrored else 0, 1.05 * top)
    ax.set_yticks([-top, top] if is_mirrored else [top])
    ax.yaxis.set_major_formatter(lambda value, _: f"{abs(value):.3g}".replace("-", MINUS))
    ax.tick_params(axis="y", labelsize=5.5, length=2)


def _top(assay: MeasuredAndPredicted) -> float:
    """Upper end of the scale of both rows."""
    measured, predicted = (float(np.nanmax(np.abs(one), initial=0)) for one in (assay.measured, assay.predicted))
    return max(predicted, _CUT_OFF * measured) or 1.0


def _genes_inches(genes: pd.DataFrame | None, stretch: Interval) -> float:
    return 0.0 if genes is None else row_height(GeneRow(genes), stretch)
