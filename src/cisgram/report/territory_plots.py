"""Chromosome territories: which contigs meet more often than they should, and how much each keeps to itself."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.image import AxesImage

from cisgram.errors import InputError
from cisgram.report.style import OBSERVED, PREDICTED


def plot_territories(pairs: pd.DataFrame, *, ax: Axes, limit: float | None = None) -> AxesImage:
    """Draw contacts between contigs over those expected, as a square of log2 ratios.

    Parameters
    ----------
    pairs
        ``chrom1``, ``chrom2`` and ``log2_ratio``, a row per pair.
    ax
        Where to draw.
    limit
        Where the colours end; without it, the largest ratio that is seen, but 0.25 at least.

    Returns
    -------
    AxesImage
        For a colour bar.

    Raises
    ------
    InputError
        Where there is no pair.
    """
    if not len(pairs):
        raise InputError("there are no pairs of contigs to draw")
    names = list(dict.fromkeys([*pairs["chrom1"], *pairs["chrom2"]]))
    square = np.full((len(names), len(names)), np.nan)
    one, other = (pairs[column].map(names.index).to_numpy() for column in ("chrom1", "chrom2"))
    square[one, other] = square[other, one] = pairs["log2_ratio"]
    finite = np.abs(square[np.isfinite(square)])
    end = limit or max(0.25, float(finite.max()) if finite.size else 0.25)
    square = np.where(np.isinf(square), np.sign(square) * end, square)
    ax.set_facecolor("#e4e4e4")
    image = ax.imshow(square, cmap="RdBu_r", vmin=-end, vmax=end, interpolation="nearest")
    ax.set_xticks(range(len(names)), names, rotation=90 if len(names) > 6 else 0)
    ax.set_yticks(range(len(names)), names)
    ax.spines[["left", "bottom"]].set_visible(False)
    ax.tick_params(length=0)
    return image


def plot_cis_shares(contigs: pd.DataFrame, *, ax: Axes) -> Axes:
    """Draw the share of each contig's contacts (their ends) that stay within it, as bars; the line is of all contigs.

    Parameters
    ----------
    contigs
        ``chrom``, ``cis``, ``trans`` and ``cis_share``, a row per contig.
    ax
        Where to draw.
    """
    place = np.arange(len(contigs))
    ax.barh(place, contigs["cis_share"], color=PREDICTED, height=0.7)
    within, between = contigs["cis"].sum(), contigs["trans"].sum() / 2
    if within + between > 0:
        ax.axvline(within / (within + between), color=OBSERVED, lw=0.8, ls="--")
    ax.set_yticks(place, contigs["chrom"])
    ax.set_ylim(len(contigs) - 0.4, -0.6)
    ax.set_xlim(0, 1)
    ax.set_xlabel("share of contact ends within the contig")
    return ax
