"""Pictures of what an edit does to a predicted map: before, after and their difference, with sites beneath."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgram.arrays import Contacts, SquareContacts
from cisgram.genomics.interval import Interval
from cisgram.report.blocks import Picture
from cisgram.report.contact_figure import MapView, contact_figure
from cisgram.report.contact_plots import ContactScale, plot_color_bar, plot_contact_triangle, ratio_scale
from cisgram.report.contact_tracks import IntervalRow, TrackRow
from cisgram.report.style import ACCENT, OBSERVED, house_style, png_uri

_UNIT = "ln observed / expected"


@dataclass(frozen=True, eq=False)
class FoldingPicture:
    """Maps of one stretch, one above the other.

    Parameters
    ----------
    title
        What is shown.
    caption
        What it says, for people.
    maps
        Titles with squares: ln observed/expected, NaN where nothing is predicted; all on one scale.
    chrom
        Contig, or a name of the sequence.
    start_bp, bin_size
        Where the first bin begins and the width of a bin, in bp.
    difference
        Title and square of a difference of maps, drawn last on a scale of its own; none if None.
    sites
        Interval table of ``chrom``; those with a strand are drawn as wedges that point along it.
    edited
        The stretch that was edited, 0-based half-open in bp; none if None.
    edited_name
        What stands to the left of it.
    rows
        What else stands beneath.
    unit
        Of the maps.
    """

    title: str
    caption: str
    maps: Sequence[tuple[str, SquareContacts]] = field(repr=False)
    chrom: str = "sequence"
    start_bp: int = 0
    bin_size: int = 1
    difference: tuple[str, SquareContacts] | None = field(default=None, repr=False)
    sites: pd.DataFrame | None = field(default=None, repr=False)
    edited: tuple[int, int] | None = None
    edited_name: str = "edited"
    rows: Sequence[TrackRow] = ()
    unit: str = _UNIT


def draw_folding(shown: FoldingPicture, *, max_distance: int | None = None) -> Figure:
    """Compose the maps and rows of one picture.

    Parameters
    ----------
    shown
        The picture.
    max_distance
        Height of the triangles in bp; two thirds of the stretch if None.
    """
    n_bins = len(shown.maps[0][1])
    start = max(shown.start_bp, 0)
    locus = Interval(shown.chrom, start, max(shown.start_bp + n_bins * shown.bin_size, start + 1))
    scale = ratio_scale(*(_off_diagonal(square) for _, square in shown.maps), unit=shown.unit)
    views = [_view(shown, title, square, scale) for title, square in shown.maps]
    if shown.difference is not None:
        title, square = shown.difference
        views.append(_view(shown, title, square, ratio_scale(_off_diagonal(square), unit=f"change of {_UNIT}")))
    rows: list[TrackRow] = []
    if shown.edited is not None:
        edited = pd.DataFrame({"chrom": [shown.chrom], "start": [shown.edited[0]], "end": [shown.edited[1]]})
        rows.append(IntervalRow(shown.edited_name, edited, color=ACCENT))
    if shown.sites is not None:
        rows.append(IntervalRow("sites", shown.sites, color=OBSERVED))
    height = max_distance or round(2 * len(locus) / 3)
    return contact_figure(views, locus, rows=[*rows, *shown.rows], max_distance=height, width=6.5)


def folding_picture(shown: FoldingPicture) -> Picture:
    """The picture as a block of a page."""
    with house_style():
        figure = draw_folding(shown)
        return Picture(png_uri(figure), shown.caption, shown.title, width=round(80 * figure.get_size_inches()[0]))


def plot_mean_changes(
    names: Sequence[str],
    changes: Sequence[SquareContacts],
    *,
    bin_size: int,
    places: tuple[int, int],
    figure: Figure,
) -> Figure:
    """Small triangles side by side on one scale: mean changes of the map, and the places of sites beneath.

    Parameters
    ----------
    names
        Titles.
    changes
        Squares, as many.
    bin_size
        Width of a bin in bp.
    places
        Middles of the two places from the start of the map, in bp.
    figure
        Where to draw.
    """
    scale = ratio_scale(*(_off_diagonal(one) for one in changes), unit=f"change of {_UNIT}")
    axes = figure.subplots(1, len(names) + 1, width_ratios=[*[1.0] * len(names), 0.04])
    for name, change, ax in zip(names, changes, axes, strict=False):
        _small_triangle(change, bin_size=bin_size, places=places, scale=scale, ax=ax)
        ax.set_title(name, loc="center")
    plot_color_bar(scale, ax=axes[-1])
    return figure


def _small_triangle(
    change: SquareContacts, *, bin_size: int, places: tuple[int, int], scale: ContactScale, ax: Axes
) -> None:
    """One of the triangles."""
    length = len(change) * bin_size
    plot_contact_triangle(change, start_bp=0, bin_size=bin_size, ax=ax, scale=scale, max_distance=length * 2 // 3)
    ax.set_aspect(0.5)
    ax.set_yticks([])
    ax.set_xticks(list(places), [f"{place / 1000:g}" for place in places])
    ax.set_xlabel("kb")


def _view(shown: FoldingPicture, title: str, square: SquareContacts, scale: ContactScale) -> MapView:
    return MapView(title, square, shown.start_bp, shown.bin_size, scale)


def _off_diagonal(square: Contacts) -> Contacts:
    """The upper triangle: each pair once."""
    return np.where(np.triu(np.ones(square.shape, dtype=bool)), square, np.nan)
