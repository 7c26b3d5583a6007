"""Pictures of a grammar: distances of pairs, helical periods, footprints, company, and who is found at whose motif."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.helix import HELICAL_BP
from cisgram.motifs.grammar.cooccurrence import odds_matrix
from cisgram.motifs.grammar.footprints import Footprint
from cisgram.motifs.grammar.periodicity import Periodicity
from cisgram.motifs.grammar.recruitment import BESIDE, DIRECT, RECRUITED
from cisgram.report.effect_heat_map import plot_effect_heat_map
from cisgram.report.plots import plot_strands
from cisgram.report.style import ACCENT, FLOOR, OBSERVED, PREDICTED

_SIGNIFICANT = 0.05
_TRACK_FILL, _PATTERN_FILL = "#dbe9f4", "#f2f2f2"


def plot_spacing(histogram: pd.DataFrame, *, ax: Axes, orientation: str = "any", every_turn: bool = False) -> Axes:
    """Draw how many pairs lie at each distance, over what chance gives.

    Parameters
    ----------
    histogram
        Of one pair, :attr:`cisgram.motifs.grammar.spacing.PairSpacing.histogram`.
    ax
        Where to draw.
    orientation
        Which of its orientations.
    every_turn
        Mark multiples of 10.5 bp.

    Raises
    ------
    InputError
        The table has no such orientation.
    """
    own = histogram.loc[histogram["orientation"] == orientation]
    if own.empty:
        known = ", ".join(pd.unique(histogram["orientation"]))
        raise InputError(f"there are no pairs of orientation {orientation!r}; there are {known}")
    x = own["distance_bp"].to_numpy(dtype=np.float64)
    bin_bp = float(x[1] - x[0]) if len(x) > 1 else 1.0
    x += (bin_bp - 1) / 2
    if every_turn:
        for turn in np.arange(np.ceil(x[0] / HELICAL_BP), x[-1] // HELICAL_BP + 1) * HELICAL_BP:
            ax.axvline(turn, color="#e3e3e3", linewidth=0.8, zorder=0)
    ax.fill_between(
        x, own["null_low"], own["null_high"], step="mid", color=FLOOR, alpha=0.5, linewidth=0, label="95 % of chance"
    )
    is_clear = (own["q_value"] < _SIGNIFICANT).to_numpy()
    colors = np.where(is_clear, ACCENT, PREDICTED)
    ax.bar(x, own["observed"], width=0.8 * bin_bp, color=colors.tolist(), label="pairs")
    if is_clear.any():
        ax.plot([], [], color=ACCENT, linewidth=4, label=f"q < {_SIGNIFICANT:g}")
    ax.plot(x, own["expected"], color=OBSERVED, linewidth=0.9, label="expected")
    ax.set_xlim(x[0] - bin_bp, x[-1] + bin_bp)
    ax.set_ylim(0, max(float(own[["observed", "null_high"]].to_numpy().max()), 1) * 1.15)
    ax.set_xlabel("distance between centres (bp)")
    ax.set_ylabel("pairs" if bin_bp == 1 else f"pairs per {bin_bp:g} bp")
    signs = ("", "") if orientation == "any" else (f" ({one})" for one in orientation)
    ax.set_title(
        " and ".join(f"{own[name].iloc[0]}{sign}" for name, sign in zip(("first", "second"), signs, strict=True))
    )
    ax.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=4, borderaxespad=0.1, columnspacing=1.0, handlelength=1.2)
    return ax


def plot_spectrum(periodicity: Periodicity, *, ax: Axes, period_bp: float = HELICAL_BP) -> Axes:
    """Draw the power spectrum over what chance gives, and mark the helical period.

    Parameters
    ----------
    periodicity
        What :mod:`cisgram.motifs.grammar.periodicity` found.
    ax
        Where to draw.
    period_bp
        The period that is marked.
    """
    period, scale = periodicity.period_bp, len(periodicity.power)
    ax.axvline(period_bp, color=ACCENT, linewidth=1.2, linestyle="--", label=f"{period_bp:g} bp")
    ax.fill_between(
        period, 0, scale * periodicity.null_high, color=FLOOR, alpha=0.5, linewidth=0, label="95 % of chance"
    )
    ax.plot(period, scale * periodicity.null_mean, color=OBSERVED, linewidth=0.9, label="mean of chance")
    ax.plot(period, scale * periodicity.power, color=PREDICTED, linewidth=1.4, label="data")
    ax.set_xlim(float(period.min()), float(period.max()))
    ax.set_ylim(0, None)
    ax.set_xlabel("period (bp)")
    ax.set_ylabel("power (1 = even spectrum)")
    ax.set_title(f"p = {periodicity.p_value:.3g}, {periodicity.n_observations} observations")
    ax.legend(loc="upper right")
    return ax


def plot_periodic_signal(periodicity: Periodicity, *, ax: Axes, period_bp: float = HELICAL_BP) -> Axes:
    """Draw the detrended signal; lines stand one period apart, on the crests of its best wave of that period.

    Parameters
    ----------
    periodicity
        What :mod:`cisgram.motifs.grammar.periodicity` found.
    ax
        Where to draw.
    period_bp
        The period.
    """
    x = periodicity.position_bp
    first = np.ceil((x[0] - periodicity.crest_bp) / period_bp)
    for turn in np.arange(first, (x[-1] - periodicity.crest_bp) // period_bp + 1):
        ax.axvline(turn * period_bp + periodicity.crest_bp, color="#e3e3e3", linewidth=0.8, zorder=0)
    shown = np.where(np.isnan(periodicity.signal), np.nan, periodicity.detrended)
    ax.axhline(0, color=OBSERVED, linewidth=0.5)
    ax.plot(x, shown, color=PREDICTED, linewidth=1.1)
    ax.set_xlim(float(x[0]), float(x[-1]))
    ax.set_xlabel("position (bp)")
    ax.set_ylabel("signal without its trend")
    return ax


def plot_footprint(footprint: Footprint, *, ax: Axes, title: str = "") -> Axes:
    """Draw mean reads at the hits of a motif: along its strand upwards, on the other one downwards.

    Parameters
    ----------
    footprint
        Of one track at one pattern; with predictions, these are drawn as lines.
    ax
        Where to draw.
    title
        What it is; the number of hits is added.

    Raises
    ------
    EmptySetError
        The pattern has no hits.
    """
    if footprint.n_hits == 0:
        raise EmptySetError("hits to draw a footprint of", dropped={})
    start = int(footprint.offset_bp[0])
    ax.axvline(0, color="#e3e3e3", linewidth=0.8, zorder=0)
    plot_strands(footprint.observed, ax=ax, color=FLOOR, label="observed", start=start)
    limit = ax.get_ylim()[1]
    if footprint.predicted is not None:
        plot_strands(footprint.predicted, ax=ax, color=PREDICTED, label="predicted", start=start, fill=False)
        limit = max(limit, ax.get_ylim()[1])
        ax.legend(loc="upper right")
    ax.set_ylim(-limit, limit)
    ax.set_xlabel("distance from the middle of the motif (bp)")
    ax.set_ylabel("reads per hit")
    ax.set_title(f"{title}, {footprint.n_hits} hits".removeprefix(", "))
    return ax


def plot_company(cooccurrence: pd.DataFrame, patterns: Sequence[str], *, ax: Axes) -> Axes:
    """Draw log2 odds ratios of all pairs as a heat map: red where two patterns seek each other's company.

    Parameters
    ----------
    cooccurrence
        From :func:`cisgram.motifs.grammar.cooccurrence.cooccurrence`.
    patterns
        Which ones.
    ax
        Where to draw.
    """
    matrix = odds_matrix(cooccurrence, patterns)
    return plot_effect_heat_map(matrix, patterns, patterns, ax=ax, label="log2 odds ratio of meeting in a window")


def plot_recruitment(table: pd.DataFrame, *, ax: Axes, with_beside: bool = False) -> Axes:
    """Draw whose reads lie at whose motif, on a circle: motifs as boxes, tracks as discs.

    Parameters
    ----------
    table
        From :func:`cisgram.motifs.grammar.recruitment.recruitment`.
    ax
        Where to draw; it is made square and loses its axes. Solid lines join a track with the motifs it binds
        directly; a dashed arrow leads from a motif to a track that is recruited there. Lines are the wider the more
        reads there are at hits that are alone.
    with_beside
        Also draw, thin and grey, who is only beside whose motif.

    Raises
    ------
    EmptySetError
        There is nothing to draw.
    """
    if table.empty:
        raise EmptySetError("patterns and tracks to draw", dropped={})
    places = _on_circle(table)
    heights = table["mean_reads_alone"].fillna(table["mean_reads"])  # a motif that is never alone has all its reads
    strongest = max(float(heights.max()), 1e-9)
    styles: dict[str, tuple[str, Any, str]] = {
        BESIDE: (FLOOR, ":", "-"),
        DIRECT: (PREDICTED, "-", "-"),
        RECRUITED: (ACCENT, "--", "-|>"),
    }
    for relation, (color, line, arrow) in styles.items():
        if relation == BESIDE and not with_beside:
            continue
        own = table.loc[table["relation"] == relation]
        reads = heights[own.index].to_numpy(dtype=np.float64)
        for pattern, track, height in zip(own["pattern"], own["track"], reads, strict=True):
            width = 0.7 if relation == BESIDE else 0.9 + 2.6 * height / strongest
            ends = places["pattern", pattern], places["track", track]
            bent = FancyArrowPatch(
                *ends,
                arrowstyle=arrow,
                mutation_scale=13,
                connectionstyle=f"arc3,rad={_bend(*ends)}",
                linewidth=width,
                linestyle=line,
                color=color,
                shrinkA=2,
                shrinkB=20 if relation == RECRUITED else 2,
                zorder=1,
            )
            ax.add_patch(bent)
    for (kind, name), (x, y) in places.items():
        shape = "circle,pad=0.45" if kind == "track" else "round,pad=0.35"
        face, edge = (_TRACK_FILL, PREDICTED) if kind == "track" else (_PATTERN_FILL, OBSERVED)
        box = {"boxstyle": shape, "facecolor": face, "edgecolor": edge, "linewidth": 0.9}
        ax.text(x, y, name, ha="center", va="center", fontsize=7.5, bbox=box, zorder=2)
    shown = [(DIRECT, "track binds the motif"), (RECRUITED, "motif recruits the track")]
    shown += [(BESIDE, "track is near the motif")] if with_beside else []
    lines = [Line2D([], [], color=styles[one][0], linestyle=styles[one][1], label=label) for one, label in shown]
    ax.legend(handles=lines, loc="upper center", bbox_to_anchor=(0.5, 0.02), ncols=len(lines))
    ax.set_xlim(-1.35, 1.35)
    ax.set_ylim(-1.3, 1.3)
    ax.set_aspect("equal")
    ax.axis("off")
    return ax


def _bend(start: tuple[float, float], end: tuple[float, float]) -> float:
    """How a line on the circle bends: towards the middle, so that it does not run behind the nodes between its ends."""
    turn = start[0] * end[1] - start[1] * end[0]
    return -0.3 * float(np.sign(turn)) if abs(turn) > 1e-9 else 0.0


def _on_circle(table: pd.DataFrame) -> dict[tuple[str, str], tuple[float, float]]:
    """Places of tracks and patterns: every track is followed by the motifs that it binds first of all."""
    direct = table.loc[table["relation"] == DIRECT].sort_values("mean_reads_alone", ascending=False, kind="stable")
    owner = dict(zip(direct["pattern"][::-1], direct["track"][::-1], strict=True))
    patterns = list(dict.fromkeys(table["pattern"]))
    order: list[tuple[str, str]] = []
    for track in dict.fromkeys(table["track"]):
        own = [pattern for pattern in patterns if owner.get(pattern) == track]
        middle = len(own) // 2
        order += [("pattern", one) for one in own[:middle]]
        order += [("track", track), *(("pattern", one) for one in own[middle:])]
    order += [("pattern", one) for one in patterns if one not in owner]
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(order)) / len(order)
    return {node: (float(np.cos(angle)), float(np.sin(angle))) for node, angle in zip(order, angles, strict=True)}
