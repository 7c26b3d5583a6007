"""Pictures of pile-ups: the mean map around sites, beside that around random places."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FixedFormatter, FixedLocator, FuncFormatter, MaxNLocator

from cisgram.arrays import SquareContacts
from cisgram.hic.pileup_domains import DomainPileup
from cisgram.report.contact_plots import MINUS, ContactScale, contact_scale, plot_color_bar, ratio_scale
from cisgram.report.style import OBSERVED

_BOX = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.2}


def draw_pileup(
    figure: Figure,
    means: Mapping[str, SquareContacts],
    *,
    bin_size: int,
    texts: Mapping[str, Mapping[str, str]] | None = None,
    is_ratio: bool = True,
) -> None:
    """Draw pile-ups side by side on one scale of colours.

    Parameters
    ----------
    figure
        Empty, about 2.7 inches per pile-up and 1 inch wide, and 2.9 high.
    means
        Means by title, such as of the sites, of random places, and the ratio of the two.
    bin_size
        Width of a bin in bp.
    texts
        By title, what :func:`plot_pileup` writes into corners.
    is_ratio
        Whether means are observed over expected, and not contacts.
    """
    scale = pileup_scale(*means.values(), is_ratio=is_ratio)
    layout = figure.add_gridspec(1, len(means) + 1, width_ratios=[*[1.0] * len(means), 0.045])
    for number, (title, mean) in enumerate(means.items()):
        ax = figure.add_subplot(layout[0, number])
        plot_pileup(mean, bin_size=bin_size, ax=ax, scale=scale, texts=(texts or {}).get(title))
        ax.set_title(title)
        if number:
            ax.set_yticklabels([])
    plot_color_bar(scale, ax=figure.add_subplot(layout[0, len(means)]))


def draw_domain_pileup(found: DomainPileup) -> Figure:
    """Draw the mean of domains of one size, with where they begin and end."""
    figure = Figure(figsize=(3.9, 3.2), layout=ConstrainedLayoutEngine(w_pad=0.07, h_pad=0.07))
    layout = figure.add_gridspec(1, 2, width_ratios=[1.0, 0.045])
    ax = figure.add_subplot(layout[0, 0])
    scale = pileup_scale(found.mean)
    texts = {"upper right": f"within / between {found.strength:.2f}"}
    plot_pileup(found.mean, bin_size=1, ax=ax, scale=scale, texts=texts)
    ends = found.n_cells / 2
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(FixedLocator([-ends, ends]))
        axis.set_major_formatter(FixedFormatter(["start", "end"]))
    ax.set_xlabel("")
    ax.set_title(f"{len(found.domains):,} domains")
    for place in (-ends, ends):
        ax.axvline(place, color=OBSERVED, linewidth=0.4, linestyle=(0, (3, 3)))
        ax.axhline(place, color=OBSERVED, linewidth=0.4, linestyle=(0, (3, 3)))
    plot_color_bar(scale, ax=figure.add_subplot(layout[0, 1]))
    return figure


def pileup_scale(*means: SquareContacts, is_ratio: bool = True) -> ContactScale:
    """One scale for several pile-ups: it ends at the strongest of all smoothed values, at least at 5 % of change."""
    if not is_ratio:
        return contact_scale(*means, unit="contacts")
    with np.errstate(divide="ignore", invalid="ignore"):
        values = [np.log(mean[np.isfinite(mean) & (mean > 0)]) for mean in means]
    largest = max((float(np.quantile(np.abs(value), 0.99)) for value in values if value.size), default=0.0)
    return ratio_scale(limit=max(largest, 0.05))


def plot_pileup(
    mean: SquareContacts, *, bin_size: int, ax: Axes, scale: ContactScale, texts: Mapping[str, str] | None = None
) -> AxesImage:
    """Draw the mean of snippets around sites, offsets from the site in kb; ratios as natural logarithms.

    Parameters
    ----------
    mean
        Mean observed over expected (no logarithm yet), the site in its middle; NaN is grey.
    bin_size
        Width of a bin in bp.
    ax
        Where to draw.
    scale
        Of ratios, see :func:`ratio_scale`.
    texts
        What stands in the corners ``upper left``, ``upper right``, ``lower left``, ``lower right``.
    """
    half = len(mean) * bin_size / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.log(mean) if scale.kind == "ratio" else mean
    image = ax.imshow(
        scale.shown(values),
        cmap=scale.colors,
        norm=scale.norm,
        extent=(-half, half, half, -half),
        interpolation="nearest",
        rasterized=True,
    )
    for spine in ax.spines.values():
        spine.set_visible(True)
    for where, text in (texts or {}).items():
        vertical, horizontal = where.split()
        place = (0.03 if horizontal == "left" else 0.97, 0.97 if vertical == "upper" else 0.03)
        va = "top" if vertical == "upper" else "bottom"
        ax.text(*place, text, ha=horizontal, va=va, transform=ax.transAxes, fontsize=7.5, color=OBSERVED, bbox=_BOX)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(nbins=4, symmetric=True))
        axis.set_major_formatter(
            FuncFormatter(lambda value, _: f"{value / 1e3:+g}".replace("-", MINUS) if value else "0")
        )
    ax.set_xlabel("offset (kb)")
    return image
