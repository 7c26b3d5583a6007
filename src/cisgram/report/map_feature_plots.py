"""What was found in a contact map, counted: strengths of boundaries, lengths of domains, the saddle of compartments."""

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm
from matplotlib.image import AxesImage
from matplotlib.ticker import EngFormatter, MaxNLocator, NullFormatter

from cisgram.arrays import ContigValues, Saddle
from cisgram.report.style import ACCENT, FLOOR, OBSERVED, PREDICTED, SERIES

_BINS = 40


def plot_boundary_strengths(strength: ContigValues, is_boundary: np.ndarray, *, ax: Axes, title: str = "") -> Axes:
    """Draw how strong the minima of insulation are, on a logarithmic axis: called boundaries in colour, others grey.

    Parameters
    ----------
    strength
        log2 units; NaN where a bin is no minimum.
    is_boundary
        Which of them were called.
    ax
        Where to draw.
    title
        What stands above, such as the window.
    """
    is_minimum = np.isfinite(strength) & (strength > 0)
    values, called = strength[is_minimum], np.asarray(is_boundary)[is_minimum]
    if values.size:
        edges = np.geomspace(max(values.min(), values.max() / 1e4), values.max() * 1.0001, _BINS + 1)
        parts = [values[called], values[~called]]
        labels = [f"boundaries ({len(parts[0]):,})", f"other minima ({len(parts[1]):,})"]
        ax.hist(parts, bins=edges.tolist(), stacked=True, color=[PREDICTED, FLOOR], label=labels)
        ax.set_xscale("log")
        ax.legend(loc="upper left")
        # Room for the legend above the bars.
        ax.set_ylim(0, ax.get_ylim()[1] * 1.3)
    ax.set_xlabel("strength (log2)")
    ax.set_ylabel("minima")
    ax.set_title(title)
    return ax


def plot_domain_lengths(domains: pd.DataFrame, *, ax: Axes) -> Axes:
    """Draw how long domains are: in no other, and inside others.

    Parameters
    ----------
    domains
        Columns ``start``, ``end`` and ``level``.
    ax
        Where to draw.
    """
    length = (domains["end"] - domains["start"]).to_numpy(np.float64)
    if length.size:
        edges = np.geomspace(length.min() * 0.95, length.max() * 1.05, 25)
        is_outer = (domains["level"] == 1).to_numpy()
        parts = [length[is_outer], length[~is_outer]]
        labels = [f"in no other ({len(parts[0]):,})", f"inside another ({len(parts[1]):,})"]
        ax.hist(parts, bins=edges.tolist(), stacked=True, color=[OBSERVED, ACCENT], label=labels)
        ax.set_xscale("log")
        ax.legend(loc="upper left")
        ax.set_ylim(0, ax.get_ylim()[1] * 1.4)
        ax.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    ax.xaxis.set_major_formatter(EngFormatter(unit="b", sep=" "))
    ax.xaxis.set_minor_formatter(
        EngFormatter(unit="b", sep=" ") if length.size and np.ptp(np.log10(length)) < 1 else NullFormatter()
    )
    ax.set_xlabel("length")
    ax.set_ylabel("domains")
    return ax


def plot_saddle(mean: Saddle, *, ax: Axes, limit: float = 2.0) -> AxesImage:
    """Draw observed over expected by the groups of the two bins, from B (low) to A (high).

    Parameters
    ----------
    mean
        Observed over expected, outliers left out.
    ax
        Where to draw.
    limit
        Ends of the colours: this ratio, and 1 over it.

    Returns
    -------
    matplotlib.image.AxesImage
        For a colour bar.
    """
    colors = colormaps["RdBu_r"].with_extremes(bad="#d9d9d9")
    shown = np.ma.masked_invalid(np.clip(mean, 1 / limit, limit))
    image = ax.imshow(shown, cmap=colors, norm=LogNorm(1 / limit, limit), interpolation="nearest")
    n = len(mean)
    ax.set_xticks([0, n - 1], ["B", "A"])
    ax.set_yticks([0, n - 1], ["B", "A"])
    ax.set_xlabel("bins by eigenvector")
    ax.set_ylabel("bins by eigenvector")
    for side in ("top", "right"):
        ax.spines[side].set_visible(True)
    return image


def plot_saddle_strength(strength: ContigValues, *, ax: Axes, label: str = "", number: int = 0) -> Axes:
    """Draw contacts within compartments over those between, against the share of bins in a corner.

    Parameters
    ----------
    strength
        One number per size of the corner in groups, from 0.
    ax
        Where to draw.
    label
        Of the line.
    number
        Of its colour.
    """
    share = np.arange(strength.size) / strength.size
    ax.plot(100 * share, strength, color=SERIES[number % len(SERIES)], label=label or None)
    ax.axhline(1, color=FLOOR, linewidth=0.7)
    ax.set_xlim(0, 50)
    ax.set_xlabel("most extreme bins on each side (%)")
    ax.set_ylabel("like over unlike contacts")
    return ax
