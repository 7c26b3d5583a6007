"""Where motifs lie in sequences, and how their search went: figures of sites and of convergence."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import Num
from matplotlib.axes import Axes
from matplotlib.patches import Patch, Polygon
from matplotlib.ticker import MaxNLocator

from cisgram.errors import InputError
from cisgram.report.style import FLOOR, OBSERVED, PREDICTED, SERIES

SITE_PLOT_COLUMNS = ("sequence", "start", "end", "strand", "motif")
"""What a table of sites must hold to be drawn: row of the sequence, 0-based half-open place, strand, motif's name."""
MAX_STRIPS = 60

_FEW = 12
_HALF_HEIGHT = 0.34
_EDGE: dict[str, Any] = {"edgecolor": "white", "linewidth": 0.4, "alpha": 0.9, "zorder": 2}


def motif_colors(names: Sequence[str]) -> dict[str, str]:
    """A colour for every motif, by its place in the list.

    Examples
    --------
    >>> motif_colors(["motif_1", "motif_2"])
    {'motif_1': '#0072b2', 'motif_2': '#d55e00'}
    """
    return {name: SERIES[place % len(SERIES)] for place, name in enumerate(dict.fromkeys(names))}


def plot_sites(
    names: Sequence[str],
    lengths: Num[np.ndarray, "n"],
    sites: pd.DataFrame,
    *,
    ax: Axes,
    colors: Mapping[str, str] | None = None,
) -> Axes:
    """Draw sequences as lines, aligned by their middles, and sites on them as arrows in the direction of the motif.

    Parameters
    ----------
    names
        One per sequence, at most 60; the first one is drawn on top.
    lengths
        Length of every sequence in bp.
    sites
        :data:`SITE_PLOT_COLUMNS`; ``sequence`` is a row of ``names``. Sites of other sequences are not drawn. An
        arrow is at least so long that it is seen; its middle is that of the site.
    ax
        Where to draw.
    colors
        By the name of the motif; from :func:`motif_colors` if not given.

    Raises
    ------
    InputError
        The table lacks a column, names and lengths differ in number, there are no sequences or too many.
    """
    _need_columns(sites, SITE_PLOT_COLUMNS)
    n = len(names)
    if n != len(lengths) or not 0 < n <= MAX_STRIPS:
        raise InputError(f"strips need 1 to {MAX_STRIPS} names and as many lengths; got {n} and {len(lengths)}")
    colors = motif_colors(list(map(str, sites["motif"]))) if colors is None else colors
    middles = np.asarray(lengths) / 2
    ax.hlines(np.arange(n), -middles, middles, color=FLOOR, linewidth=0.9, zorder=1)
    ax.axvline(0, color=FLOOR, linewidth=0.6, linestyle=(0, (3, 3)), zorder=0)
    shortest = 0.014 * 2 * float(middles.max())
    shown = sites[(sites["sequence"] >= 0) & (sites["sequence"] < n)]
    for row, start, end, strand, motif in shown[list(SITE_PLOT_COLUMNS)].itertuples(index=False):
        outline = _arrow((start + end) / 2 - middles[row], max(end - start, shortest), row, is_forward=strand != "-")
        ax.add_patch(Polygon(outline, closed=True, facecolor=colors[str(motif)], **_EDGE))
    size = 7.0 if n <= 32 else 5.0
    ax.set_yticks(np.arange(n), [_short(str(name)) for name in names], fontsize=size)
    ax.set_ylim(n - 0.4, -0.6)
    ax.set_xlim(-1.01 * middles.max(), 1.01 * middles.max())
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_xlabel("bp from the middle of the sequence")
    drawn = set(map(str, shown["motif"]))
    handles = [Patch(color=color, label=name) for name, color in colors.items() if name in drawn]
    if handles:
        ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=min(len(handles), 6))
    return ax


def plot_distance_to_summit(
    distances: Num[np.ndarray, "n"],
    reach: Num[np.ndarray, "n"],
    *,
    ax: Axes,
    bin_bp: int = 10,
    color: str = PREDICTED,
) -> Axes:
    """Draw where the centres of sites lie relative to the summit or middle, beside evenly spread ones.

    Parameters
    ----------
    distances
        Centre of every site minus the summit, in bp.
    reach
        For every site, how far from the middle its centre could lie in its sequence: half the sequence without the
        motif. The expectation spreads every site evenly over its own reach.
    ax
        Where to draw.
    bin_bp
        Width of the bins; the middle one is centred on 0.
    color
        Of the bars.

    Raises
    ------
    InputError
        If ``bin_bp`` is below 1, or a reach below 0.
    """
    if bin_bp < 1 or (np.asarray(reach) < 0).any():
        raise InputError(f"bin_bp must be at least 1 and every reach 0 or more; got {bin_bp} and {np.min(reach)}")
    furthest = float(np.max(reach, initial=bin_bp))
    n_side = int(np.ceil(furthest / bin_bp - 0.5))
    edges = (np.arange(-n_side, n_side + 2) - 0.5) * bin_bp
    observed = np.histogram(distances, edges)[0]
    ax.bar(edges[:-1], observed, width=bin_bp, align="edge", color=color, linewidth=0, alpha=0.85, label="sites")
    ax.stairs(expected_by_bin(reach, edges), edges, color=OBSERVED, linewidth=1.0, label="evenly spread")
    ax.axvline(0, color=FLOOR, linewidth=0.6, linestyle=(0, (3, 3)), zorder=0)
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0, 1.35 * max(float(observed.max()), 1.0))  # room for the legend
    ax.set_xlabel("bp from the middle to the site's centre")
    ax.set_ylabel(f"sites per {bin_bp} bp")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    ax.legend(loc="upper right", ncols=2)
    return ax


def expected_by_bin(reach: Num[np.ndarray, "n"], edges: Num[np.ndarray, "_"]) -> Num[np.ndarray, "bin"]:
    """How many centres fall into each bin if every one is spread evenly over ``-reach`` to ``reach``.

    Examples
    --------
    >>> expected_by_bin(np.array([10.0, 5.0]), np.array([-10.0, -5.0, 0.0, 5.0, 10.0])).tolist()
    [0.25, 0.75, 0.75, 0.25]
    """
    half = np.maximum(np.asarray(reach, dtype=np.float64), 0.5)[:, None]  # a site that cannot move fills one base
    share = (np.clip(edges[None, :], -half, half) + half) / (2 * half)
    return np.diff(share.sum(axis=0))


def plot_convergence(traces: Mapping[str, pd.DataFrame], *, ax: Axes, colors: Mapping[str, str] | None = None) -> Axes:
    """Draw the log-likelihood by iteration, one line per motif.

    Parameters
    ----------
    traces
        By the name of the motif; columns ``iteration`` and ``log_likelihood`` (natural log, per sequence, relative
        to the background).
    ax
        Where to draw.
    colors
        By the name of the motif; from :func:`motif_colors` if not given.

    Raises
    ------
    InputError
        A table lacks a column.
    """
    colors = motif_colors(list(traces)) if colors is None else colors
    for name, trace in traces.items():
        _need_columns(trace, ("iteration", "log_likelihood"))
        marker = "o" if len(trace) <= _FEW else None
        ax.plot(
            trace["iteration"], trace["log_likelihood"], color=colors[name], label=name, marker=marker, markersize=3
        )
    ax.set_xlabel("iteration")
    ax.set_ylabel("ln likelihood ratio\nper sequence")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if traces:
        ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
    return ax


def _arrow(center: float, length: float, row: int, *, is_forward: bool) -> list[tuple[float, float]]:
    """A box that ends in a point on the side that the motif looks to."""
    sign = 1 if is_forward else -1
    tail, tip = center - sign * length / 2, center + sign * length / 2
    neck = tip - sign * 0.4 * length
    low, high = row - _HALF_HEIGHT, row + _HALF_HEIGHT
    return [(tail, low), (neck, low), (tip, row), (neck, high), (tail, high)]


def _short(name: str) -> str:
    return name if len(name) <= 28 else f"{name[:25]}..."


def _need_columns(table: pd.DataFrame, columns: Sequence[str]) -> None:
    if missing := [name for name in columns if name not in table]:
        raise InputError(f"the table needs the columns {', '.join(columns)}; it lacks {', '.join(missing)}")
