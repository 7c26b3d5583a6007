"""Pictures of in-silico experiments: effects of motifs as violins, maps of mutations."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator

from cisgram.arrays import TrackEffects
from cisgram.errors import EmptySetError
from cisgram.genomics.sequence import ALPHABET
from cisgram.interpret.experiments.maps import MutationMap
from cisgram.report.logos import plot_logo
from cisgram.report.style import ACCENT, FLOOR, OBSERVED, PREDICTED

_SHADES = "RdBu_r"
_MOST_DOTS = 260
_LEAST_SCALE = 0.1
"""No scale ends before this, so that a picture does not magnify nothing (as in Basset)."""


def plot_effect_violins(
    effects: TrackEffects,
    tracks: Sequence[str],
    *,
    ax: Axes,
    scrambled: TrackEffects | None = None,
    unit: str = "response",
) -> Axes:
    """Draw what a motif does in each of many backgrounds, one violin per track, with its mean.

    Parameters
    ----------
    effects
        Response with the motif minus response without, backgrounds by tracks.
    tracks
        Names of the tracks.
    ax
        Where to draw.
    scrambled
        The same for the motif's bases in another order: grey, behind.
    unit
        Of the response.

    Raises
    ------
    EmptySetError
        Where there are no backgrounds or no tracks.
    """
    if not effects.size:
        raise EmptySetError("effects to draw", dropped={}, hint=f"they are {effects.shape[0]} by {effects.shape[1]}")
    places = np.arange(len(tracks))
    if scrambled is not None:
        _violins(scrambled, places + 0.2, ax=ax, color=FLOOR, label="same bases, scrambled")
    shift = 0.0 if scrambled is None else -0.2
    _violins(effects, places + shift, ax=ax, color=PREDICTED, label="motif")
    ax.axhline(0, color=OBSERVED, linewidth=0.6, linestyle=":")
    is_crowded = max(map(len, tracks)) * len(tracks) > 60
    ax.set_xticks(places, list(tracks), rotation=90 if is_crowded else 0)
    ax.set_xlim(-0.6, len(tracks) - 0.4)
    ax.set_ylabel(f"change of {unit}")
    if scrambled is not None:
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    return ax


def _violins(values: TrackEffects, places: np.ndarray, *, ax: Axes, color: str, label: str) -> None:
    """Violins of one kind; a dot is the mean. Where all values are the same, only the dot shows."""
    width = 0.36
    for place, column in zip(places, values.T.astype(np.float64), strict=True):
        if np.ptp(column) > 1e-9 * max(1.0, float(np.abs(column).max())):
            (body,) = ax.violinplot([column], [float(place)], widths=width, showextrema=False)["bodies"]  # pyright: ignore
            body.set(facecolor=color, alpha=0.55, edgecolor=color, linewidth=0.6)
            low, high = np.quantile(column, [0.25, 0.75])
            ax.plot([place, place], [low, high], color=color, linewidth=2.2, solid_capstyle="butt")
    means = values.mean(axis=0)
    ax.plot(places, means, "o", color=color, markeredgecolor="white", markersize=5, label=label, zorder=4)


def plot_mutation_map(
    mutations: MutationMap, *, ax: Axes, start: int | None = None, limit: float | None = None
) -> AxesImage:
    """Draw the effects of all substitutions: a row per base, red where the response rises, blue where it falls.

    Parameters
    ----------
    mutations
        What to draw.
    ax
        Where to draw.
    start
        Number of the first position on the axis; by default the map's own.
    limit
        Where the scale ends, both ways; by default at the largest effect, and at 0.1 at least.

    Returns
    -------
    matplotlib.image.AxesImage
        For a bar of shades. The base that is there has a dot.
    """
    first = mutations.start if start is None else start
    length = mutations.codes.size
    end = mutations.limit if limit is None else limit
    extent = (first - 0.5, first + length - 0.5, 3.5, -0.5)
    image = ax.imshow(
        mutations.effects, cmap=_SHADES, vmin=-end, vmax=end, aspect="auto", extent=extent, interpolation="nearest"
    )
    if length <= _MOST_DOTS:
        known = np.flatnonzero(mutations.codes < 4)
        size = 4 if length <= 120 else 1.5
        ax.scatter(known + first, mutations.codes[known], s=size, color=OBSERVED, linewidths=0)
    ax.set_yticks(range(4), list(ALPHABET))
    ax.tick_params(axis="y", length=0)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
    return image


def plot_loss_and_gain(mutations: MutationMap, *, ax: Axes, start: int | None = None) -> Axes:
    """Draw, per position, how far the worst substitution takes the response down and the best one takes it up."""
    first = mutations.start if start is None else start
    x = np.arange(mutations.codes.size) + first
    ax.fill_between(x, 0, -mutations.loss, step="mid", color=PREDICTED, linewidth=0, alpha=0.75, label="loss")
    ax.fill_between(x, 0, mutations.gain, step="mid", color=ACCENT, linewidth=0, alpha=0.75, label="gain")
    ax.axhline(0, color=OBSERVED, linewidth=0.5)
    ax.set_xlim(x[0] - 0.5, x[-1] + 0.5)
    low, high = ax.get_ylim()
    ax.set_ylim(min(low, -_LEAST_SCALE), max(high, _LEAST_SCALE))
    ax.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4))
    ax.legend(loc="lower right", bbox_to_anchor=(1, 0.96), ncols=2)
    return ax


def draw_saturation(
    figure: Figure,
    mutations: MutationMap,
    *,
    gradient: MutationMap | None = None,
    unit: str = "response",
    start: int | None = None,
    xlabel: str = "position (bp)",
) -> None:
    """Fill a figure with one mutation map: logo of the loss, gain and loss, effects; the gradient's estimate below.

    Parameters
    ----------
    figure
        An empty one.
    mutations
        What to draw.
    gradient
        First-order estimates of the same effects.
    unit
        Of the response.
    start
        Number of the first position on the axis.
    xlabel
        What positions are.
    """
    heights = [1.1, 1.0, 1.0] + ([1.1, 1.0] if gradient is not None else [])
    axes = figure.subplots(len(heights), 1, sharex=True, gridspec_kw={"height_ratios": heights})
    first = mutations.start if start is None else start
    plot_logo(mutations.letters, ax=axes[0], ylabel="loss", start=first)
    axes[0].set_ylim(0, max(1.04 * float(mutations.loss.max()), _LEAST_SCALE))
    axes[0].set_title("saturation mutagenesis: letters as high as the worst substitution takes the response down")
    plot_loss_and_gain(mutations, ax=axes[1], start=first)
    axes[1].set_ylabel("loss, gain")
    image = plot_mutation_map(mutations, ax=axes[2], start=first)
    axes[2].set_ylabel("put there")
    figure.colorbar(image, ax=axes[2], label=f"change of\n{unit}", aspect=8, pad=0.01)
    if gradient is not None:
        plot_logo(_gradient_letters(gradient), ax=axes[3], ylabel="gradient x input", start=first)
        low, high = axes[3].get_ylim()
        axes[3].set_ylim(low, max(high, low + _LEAST_SCALE))
        axes[3].set_title("estimate from the gradient: letters as high as the base is better than the mean of all four")
        image = plot_mutation_map(gradient, ax=axes[4], start=first)
        axes[4].set_ylabel("put there")
        figure.colorbar(image, ax=axes[4], label="estimated\nchange", aspect=8, pad=0.01)
    axes[-1].set_xlabel(xlabel)
    axes[-1].set_xlim(first - 0.5, first + mutations.codes.size - 0.5)


def _gradient_letters(gradient: MutationMap) -> np.ndarray:
    """Input x gradient, the mean of the four bases taken off: minus the mean effect, for the base that is there."""
    is_there = gradient.codes[None] == np.arange(4)[:, None]
    return np.where(is_there, -gradient.effects.mean(axis=0), 0.0)


def draw_disruption(
    figure: Figure,
    ref: MutationMap,
    alt: MutationMap,
    *,
    alleles: tuple[str, str],
    unit: str = "response",
    start: int = 0,
) -> None:
    """Fill a figure with the mutation maps around a variant: the reference sequence above, the alternative below.

    Both have the same scales, so that what the variant takes away or makes can be read off.

    Parameters
    ----------
    figure
        An empty one.
    ref, alt
        Maps of the same place with either allele.
    alleles
        Letters of the two; they are marked.
    unit
        Of the response.
    start
        Position of the first base relative to the first base of the variant.
    """
    axes = figure.subplots(4, 1, sharex=True, gridspec_kw={"height_ratios": [1.2, 1, 1.2, 1]})
    limit = max(ref.limit, alt.limit)
    top = max(float(ref.loss.max(initial=0)), float(alt.loss.max(initial=0)), _LEAST_SCALE)
    for number, (mutations, allele, name) in enumerate(
        zip((ref, alt), alleles, ("reference", "alternative"), strict=True)
    ):
        logo, heat = axes[2 * number], axes[2 * number + 1]
        plot_logo(mutations.letters, ax=logo, ylabel="loss", start=start)
        logo.set_ylim(0, 1.08 * top)
        logo.set_title(f"{name}, {_shortened(allele)}: {unit} {mutations.reference:.3g}")
        image = plot_mutation_map(mutations, ax=heat, start=start, limit=limit)
        heat.set_ylabel("put there")
        logo.axvspan(-0.5, len(allele) - 0.5, color=ACCENT, alpha=0.18, linewidth=0, zorder=0)
        for ax in (logo, heat):
            for edge in (-0.5, len(allele) - 0.5):
                ax.axvline(edge, color=ACCENT, linewidth=0.9)
        figure.colorbar(image, ax=heat, label=f"change of\n{unit}", aspect=8, pad=0.01)
    axes[-1].set_xlabel("bp from the first base of the variant (between the orange lines)")
    axes[-1].set_xlim(start - 0.5, start + ref.codes.size - 0.5)


def _shortened(allele: str) -> str:
    return allele if len(allele) <= 20 else f"{allele[:17]}... ({len(allele)} bp)"
