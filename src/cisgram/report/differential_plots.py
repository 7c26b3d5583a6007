"""Two groups of cells compared: every bin at once, p-values beside those of random groups, single loci."""

import numpy as np
import pandas as pd
from jaxtyping import Float, Integer
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from cisgram.errors import InputError
from cisgram.report.style import ACCENT, FLOOR, OBSERVED, PREDICTED

BIN_COLUMNS = ("chrom", "start", "end", "track", "other", "low", "high", "z", "p_value", "q_value")
"""Both tracks over their means; ``low`` and ``high`` hold nine tenths of the differences of random groups."""
_MOST_DOTS = 20_000


def plot_volcano(bins: pd.DataFrame, *, ax: Axes, max_q_value: float) -> Axes:
    """Draw p-values against differences, a dot per bin; those that differ in colour.

    Of the bins that do not differ, no more than 20,000 are drawn, evenly spaced along the genome.

    Parameters
    ----------
    bins
        ``track``, ``other``, ``p_value``, ``q_value``.
    ax
        Where to draw.
    max_q_value
        Bins up to it differ.

    Raises
    ------
    InputError
        Where a column is missing.
    """
    _need(bins, ("track", "other", "p_value", "q_value"))
    tested = bins[bins["p_value"].notna()]
    differs = (tested["q_value"] <= max_q_value).to_numpy()
    rest = tested[~differs]
    rest = rest.iloc[:: max(1, -(-len(rest) // _MOST_DOTS))]
    (rest_x, rest_y), (x, y) = (
        (one["track"] - one["other"], -np.log10(one["p_value"])) for one in (rest, tested[differs])
    )
    ax.plot(rest_x, rest_y, ".", color=FLOOR, markersize=2, label="all others")
    for chosen, color, name in ((x > 0, PREDICTED, "higher"), (x <= 0, ACCENT, "lower")):
        ax.plot(x[chosen], y[chosen], ".", color=color, markersize=3, label=f"{name}: {int(chosen.sum()):,} bins")
    ax.axvline(0, color=OBSERVED, linewidth=0.5)
    ax.set_xlabel("difference of denoised coverage (in means)")
    ax.set_ylabel("-log10 p")
    ax.set_ylim(bottom=0)
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22), ncols=3, markerscale=3, handletextpad=0.1)
    return ax


def plot_p_values(p_values: pd.Series, random_shares: Float[np.ndarray, "group part"], *, ax: Axes) -> Axes:
    """Draw the histogram of p-values over those of random groups: where nothing differs, it is flat like theirs.

    Parameters
    ----------
    p_values
        Of the bins of the group; NaN is passed over.
    random_shares
        Share of bins in each part of 0 to 1, a row per random group.
    ax
        Where to draw.
    """
    n = random_shares.shape[1]
    edges = np.linspace(0, 1, n + 1)
    known = p_values.dropna()
    shares = np.histogram(known, bins=edges)[0] / max(1, len(known))
    ax.stairs(n * shares, edges, color=PREDICTED, fill=True, alpha=0.35, label="this group")
    ax.stairs(n * shares, edges, color=PREDICTED, linewidth=1.0)
    low, middle, high = n * np.quantile(random_shares, [0.05, 0.5, 0.95], axis=0)
    at = (edges[:-1] + edges[1:]) / 2
    reach = [middle - low, high - middle]
    ax.errorbar(at, middle, reach, fmt="_", color=OBSERVED, elinewidth=1, label="random groups, 90 %")
    ax.axhline(1, color=FLOOR, linewidth=0.8, zorder=0)
    ax.set_xlabel("p-value")
    ax.set_ylabel("bins, over a flat histogram")
    ax.set_xlim(0, 1)
    ax.set_ylim(bottom=0)
    ax.legend(loc="upper right")
    return ax


def plot_called_by_chance(n_called: int, random_called: Integer[np.ndarray, "group"], *, ax: Axes) -> Axes:
    """Draw how many bins each random group would call, in order, beside those of the group."""
    ranked = np.sort(random_called)
    ax.bar(range(len(ranked)), ranked, color=FLOOR, label="random groups")
    own = ax.bar([len(ranked) + 1], [n_called], color=PREDICTED, width=1.4, label="this group")
    ax.bar_label(own, [f"{n_called:,}"])
    top = max(int(ranked.max(initial=0)), n_called, 1)
    ax.set_yscale("symlog", linthresh=10)
    ax.set_ylim(0, 1.5 * top)
    ax.set_xticks([])
    ax.set_xlabel("groups, by number")
    ax.set_ylabel("bins that differ")
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.legend(loc="upper left")
    return ax


def plot_group_tracks(bins: pd.DataFrame, *, ax: Axes, names: tuple[str, str], locus: tuple[int, int]) -> Axes:
    """Draw both denoised tracks of a stretch, bin by bin, with the locus shaded.

    Parameters
    ----------
    bins
        ``start``, ``end``, ``track``, ``other`` of neighbouring bins.
    ax
        Where to draw.
    names
        Of the two groups.
    locus
        First base and end of what is shaded.
    """
    _need(bins, ("start", "end", "track", "other"))
    edges = np.append(bins["start"].to_numpy(), bins["end"].to_numpy()[-1:])
    ax.axvspan(*locus, color="#f2f2f2", linewidth=0, zorder=0)
    ax.stairs(bins["track"], edges, color=PREDICTED, linewidth=1.3, label=names[0])
    ax.stairs(bins["other"], edges, color=ACCENT, linewidth=1.3, label=names[1])
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(bottom=0)
    ax.set_xticks([])
    ax.yaxis.set_major_locator(MaxNLocator(nbins=3))
    ax.set_ylabel("coverage\n/ mean")
    return ax


def plot_difference(bins: pd.DataFrame, *, ax: Axes, locus: tuple[int, int]) -> Axes:
    """Draw the difference of both tracks over what nine of ten random groups stay within.

    Parameters
    ----------
    bins
        ``start``, ``end``, ``track``, ``other``, ``low``, ``high`` of neighbouring bins.
    ax
        Where to draw.
    locus
        First base and end of what is shaded.
    """
    _need(bins, ("start", "end", "track", "other", "low", "high"))
    edges = np.append(bins["start"].to_numpy(), bins["end"].to_numpy()[-1:])
    ax.axvspan(*locus, color="#f2f2f2", linewidth=0, zorder=0)
    ax.stairs(bins["high"], edges, baseline=bins["low"], color=FLOOR, fill=True, label="random groups, 90 %")
    ax.stairs(bins["track"] - bins["other"], edges, color=OBSERVED, linewidth=1.2, label="difference", baseline=None)
    ax.axhline(0, color=OBSERVED, linewidth=0.5)
    ax.set_xlim(edges[0], edges[-1])
    ax.set_xticks([edges[0], edges[-1]], [f"{edges[0] + 1:,}", f"{edges[-1]:,}"])
    ax.yaxis.set_major_locator(MaxNLocator(nbins=3))
    ax.set_ylabel("difference")
    return ax


def _need(table: pd.DataFrame, columns: tuple[str, ...]) -> None:
    """Refuse a table that lacks columns."""
    if lacking := [name for name in columns if name not in table]:
        raise InputError(f"bins need the columns {', '.join(columns)}; they lack {', '.join(lacking)}")
