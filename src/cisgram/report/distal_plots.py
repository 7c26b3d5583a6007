"""Pictures of the elements that a promoter uses: predicted track, saliency by bin, arcs to the promoter, genes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgram.errors import EmptySetError
from cisgram.genomics.interval import Interval
from cisgram.genomics.promoter_study import PromoterStudy
from cisgram.report.contact_figure import MapView, contact_figure, rows_figure
from cisgram.report.contact_tracks import NEGATIVE, POSITIVE, ArcRow, GeneRow, IntervalRow, SignalRow, TrackRow
from cisgram.report.style import ACCENT, CEILING, OBSERVED, PREDICTED

MOST_TRACKS = 3
"""Tracks of one picture, those in which the promoter has most signal."""

_WIDEST_LINE, _LABEL_LETTERS = 2.6, 14


@dataclass(frozen=True, eq=False)
class PromoterPicture:
    """One promoter and what stands around it.

    Parameters
    ----------
    study
        The promoter.
    genes
        Gene or interval table with names; none if None.
    known
        Interval table of elements that are known; none if None.
    view
        A contact map of the stretch; none if None.
    promoter_bp
        Bins that reach within so many bp of the TSS are the promoter's own: saliency is drawn on the scale of all
        others, and theirs is cut.
    """

    study: PromoterStudy
    genes: pd.DataFrame | None = field(default=None, repr=False)
    known: pd.DataFrame | None = field(default=None, repr=False)
    view: MapView | None = None
    promoter_bp: int = 1000

    @property
    def tracks(self) -> list[str]:
        """Those that are drawn."""
        order = np.argsort(-self.study.signal, kind="stable")[:MOST_TRACKS]
        return [self.study.tracks[number] for number in sorted(order.tolist())]


def draw_promoter(shown: PromoterPicture) -> Figure:
    """Compose the picture of one promoter: of each track its prediction, saliency and arcs; then elements and genes."""
    study = shown.study
    locus = Interval(study.chrom, max(study.start, 0), max(study.end, 1))
    rows: list[TrackRow] = []
    for track in shown.tracks:
        rows += _rows_of(shown, track)
    asked = pd.DataFrame({"chrom": [study.chrom], "start": [max(study.asked[0], 0)], "end": [study.asked[1]]})
    rows.append(IntervalRow("promoter", asked, color=ACCENT))
    if shown.known is not None:
        rows.append(IntervalRow("elements\nknown", shown.known[["chrom", "start", "end"]], color=CEILING))
    if shown.genes is not None:
        rows.append(GeneRow(shown.genes))
    if shown.view is None:
        return rows_figure(rows, locus, width=6.5)
    return contact_figure([shown.view], locus, rows=rows, max_distance=len(locus) // 2, width=6.5)


def plot_saliency_against_deletion(elements: pd.DataFrame, *, ax: Axes) -> Axes:
    """Draw what the gradient says of elements against what their deletion does.

    Parameters
    ----------
    elements
        Columns ``relative``, ``deletion_log2`` and ``kind``; rows without numbers are left out.
    ax
        Where to draw. Elements that raise the signal lie to the right, those that it needs below.

    Raises
    ------
    EmptySetError
        There are no elements.
    """
    known = elements.dropna(subset=["relative", "deletion_log2"])
    if known.empty:
        raise EmptySetError("elements to draw", dropped={"without a number": len(elements)})
    ax.axhline(0, color=OBSERVED, linewidth=0.5, zorder=0)
    ax.axvline(0, color=OBSERVED, linewidth=0.5, zorder=0)
    for kind, color in (("promoter", ACCENT), ("distal", PREDICTED)):
        own = known[known["kind"].eq(kind)]
        if own.empty:
            continue
        ax.scatter(100 * own["relative"], own["deletion_log2"], s=12, color=color, alpha=0.7, linewidths=0, label=kind)
    if known["relative"].abs().max() > 0.5:  # promoters lie far out, most elements near 0
        ax.set_xscale("symlog", linthresh=10)
    ax.set_xlabel("saliency of the element (% of the promoter's signal)")
    ax.set_ylabel("log2 fold of the signal, element shuffled")
    ax.legend(loc="upper right")
    return ax


def distal_limit(study: PromoterStudy, number: int, promoter_bp: int) -> float:
    """Where saliency of a track is cut in pictures, as a share of the signal: a little above that of distal bins."""
    place = study.start + study.bin_size * np.arange(study.saliency.shape[1])
    is_distal = (place + study.bin_size <= study.tss - promoter_bp) | (place > study.tss + promoter_bp)
    values = np.abs(study.relative[number][is_distal])
    largest = float(np.nanmax(values, initial=0.0)) if np.isfinite(values).any() else 0.0
    return 1.15 * largest if largest > 0 else 1.0


def _label(track: str) -> str:
    """Name of a track in as many lines as the margin of a picture needs."""
    lines = [""]
    for word in re.split(r"(?<=[_ .])", track):
        if lines[-1] and len(lines[-1]) + len(word) > _LABEL_LETTERS:
            lines.append("")
        lines[-1] += word
    return "\n".join([*lines, "predicted"])


def _rows_of(shown: PromoterPicture, track: str) -> Sequence[TrackRow]:
    """Prediction, saliency and arcs of one track."""
    study = shown.study
    number = study.tracks.index(track)
    first = study.start + study.crop * study.bin_size
    limit = distal_limit(study, number, shown.promoter_bp)
    saliency = np.clip(100 * study.relative[number], -100 * limit, 100 * limit)
    links = study.links(track)
    strength = np.abs(links["score"].to_numpy(np.float64))
    widest = float(np.nanmax(strength, initial=0.0)) or 1.0
    links = links.assign(
        color=np.where(links["score"].to_numpy(np.float64) >= 0, POSITIVE, NEGATIVE),
        width=0.5 + (_WIDEST_LINE - 0.5) * np.nan_to_num(strength) / widest,
    )
    return [
        SignalRow(_label(track), study.rates[number], first, study.bin_size, color=PREDICTED),
        SignalRow("saliency\n(% of signal)", saliency, study.start, study.bin_size, kind="signed"),
        ArcRow("elements\nused", links),
    ]
