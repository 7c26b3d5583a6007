"""Logos: matrices of motifs as stacked letters, alone or aligned above each other."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection
from matplotlib.font_manager import FontProperties
from matplotlib.path import Path
from matplotlib.textpath import TextPath
from matplotlib.ticker import MaxNLocator

from cisgram.arrays import Matrix, PerBase
from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import ALPHABET
from cisgram.report.style import BASES, OBSERVED

CONTRIBUTION_LABEL = "contribution"
BITS_LABEL = "information (bits)"
LOG_ODDS_LABEL = "log odds (bits)"


class LogoRow(NamedTuple):
    """One of several logos that are aligned."""

    motif: Motif
    label: str = ""
    offset: int = 0
    """Column under which its first column stands."""
    is_reversed: bool = False
    """Whether its reverse complement is drawn."""


def plot_logo(matrix: Matrix, *, ax: Axes, ylabel: str = "", start: int = 0) -> Axes:
    """Draw a logo: every letter as high as its value; negative values hang below the axis, upside down.

    Parameters
    ----------
    matrix
        Values in the order A C G T, ``(4, length)``: contributions, or information content in bits. A column of
        zeros, or of NaN, as N has it, stays empty.
    ax
        Where to draw.
    ylabel
        What the height means, with its unit.
    start
        Number of the first position on the axis.

    Raises
    ------
    InputError
        A value is infinite.
    """
    matrix = _finite(matrix)
    _add_letters(matrix, ax=ax, start=start)
    high, low = (
        np.clip(matrix, 0, None).sum(axis=0).max(initial=0.0),
        np.clip(matrix, None, 0).sum(axis=0).min(initial=0.0),
    )
    span = max(high - low, 1e-9)
    ax.set_xlim(start - 0.5, start + matrix.shape[1] - 0.5)
    ax.set_ylim(low - 0.04 * span if low < 0 else 0.0, high + 0.04 * span)
    ax.axhline(0, color=OBSERVED, linewidth=0.5)
    ax.set_ylabel(ylabel)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    return ax


def bit_heights(motif: Motif, *, background: PerBase | None = None) -> Matrix:
    """Letter heights of a sequence logo: the share of every base in the information of its column, in bits."""
    return motif.ppm * np.clip(motif.information_content(background), 0, None)


def plot_bits(motif: Motif, *, ax: Axes, background: PerBase | None = None, start: int = 1) -> Axes:
    """Draw a motif as a sequence logo: columns as high as their information, on a scale that ends at 2 bits.

    Parameters
    ----------
    motif
        The motif.
    ax
        Where to draw.
    background
        Proportions of A, C, G and T; ``None`` means uniform. With a background a rare base can have more than 2
        bits, and the scale ends where the highest column does.
    start
        Number of the first column on the axis.

    References
    ----------
    Schneider and Stephens (1990), Sequence logos: a new way to display consensus sequences.
    """
    heights = bit_heights(motif, background=background)
    plot_logo(heights, ax=ax, ylabel=BITS_LABEL, start=start)
    ax.set_ylim(0, max(2.0, float(heights.sum(axis=0).max())))
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4))
    return ax


def plot_log_odds(motif: Motif, *, ax: Axes, background: PerBase | None = None, start: int = 1) -> Axes:
    """Draw a motif's PWM: what every base adds to the score of a site, or takes from it.

    Parameters
    ----------
    motif, ax, start
        As in :func:`plot_bits`.
    background
        Proportions of A, C, G and T; ``None`` means uniform.
    """
    return plot_logo(motif.pwm(background), ax=ax, ylabel=LOG_ODDS_LABEL, start=start)


def plot_aligned_logos(rows: Sequence[LogoRow], *, ax: Axes) -> Axes:
    """Draw motifs in bits below each other, each shifted and turned so that like columns stand above each other.

    Columns that all of them have stand on a grey band.

    Parameters
    ----------
    rows
        From the uppermost to the lowest; the first one is usually the query, with offset 0.
    ax
        Where to draw; labels stand left of the logos, where its width allows.

    Raises
    ------
    InputError
        If there are no rows.
    """
    if not rows:
        raise InputError("aligned logos need at least one motif; got none")
    first, last = min(row.offset for row in rows), max(row.offset + len(row.motif) for row in rows)
    common = max(row.offset for row in rows), min(row.offset + len(row.motif) for row in rows)
    if len(rows) > 1 and common[0] < common[1]:
        ax.axvspan(common[0] - 0.5, common[1] - 0.5, color="#f1f3f5", linewidth=0, zorder=0)
    for place, row in enumerate(rows):
        motif = row.motif.reverse_complement() if row.is_reversed else row.motif
        floor = float(len(rows) - 1 - place)
        _add_letters(bit_heights(motif) * 0.45, ax=ax, start=row.offset, floor=floor)
        ax.plot([row.offset - 0.5, row.offset + len(motif) - 0.5], [floor] * 2, color=OBSERVED, linewidth=0.5)
        if row.label:
            ax.annotate(
                row.label, (first - 0.9, floor + 0.35), ha="right", va="center", fontsize=7, annotation_clip=False
            )
    ax.set_xlim(first - 0.5, last - 0.5)
    ax.set_ylim(-0.03, len(rows))
    ax.axis("off")
    return ax


def _finite(matrix: Matrix) -> Matrix:
    if np.isinf(matrix).any():
        raise InputError("a logo needs finite heights; log odds are infinite without a pseudocount")
    return np.nan_to_num(np.asarray(matrix, dtype=np.float64))


def _add_letters(matrix: Matrix, *, ax: Axes, start: int, floor: float = 0.0) -> None:
    letters = _stacked(matrix, start=start, floor=floor)
    colors = [color for _, color in letters]
    ax.add_collection(PathCollection([path for path, _ in letters], facecolors=colors, linewidths=0), autolim=False)


def _stacked(matrix: Matrix, *, start: int, floor: float) -> list[tuple[Path, str]]:
    """Outline and colour of every letter that is high enough to be seen; in a column, the highest ends on top."""
    smallest = 0.02 * float(np.abs(matrix).max(initial=0.0))
    letters = []
    for position in range(matrix.shape[1]):
        column = matrix[:, position]
        above = below = floor
        for channel in np.argsort(np.abs(column), kind="stable"):
            height = float(column[channel])
            if abs(height) <= smallest:
                continue
            outline = _outline(ALPHABET[channel])
            corner = (start + position - 0.47, above if height > 0 else below)
            letters.append(
                (Path(np.asarray(outline.vertices) * (0.94, height) + corner, outline.codes), BASES[ALPHABET[channel]])
            )
            above, below = (above + height, below) if height > 0 else (above, below + height)
    return letters


@cache
def _outline(letter: str) -> Path:
    """A letter that fills the unit square."""
    path = TextPath((0, 0), letter, size=1, prop=FontProperties(family="DejaVu Sans", weight="bold"))
    box = path.get_extents()
    return Path((np.asarray(path.vertices) - (box.x0, box.y0)) / (box.width, box.height), path.codes)
