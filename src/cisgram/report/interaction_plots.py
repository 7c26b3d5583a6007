"""Pictures of who helps whom: the directed map, and help by distance."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch

from cisgram.errors import EmptySetError
from cisgram.genomics.helix import HELICAL_BP
from cisgram.motifs.grammar.interaction_map import HELPS, HINDERS
from cisgram.report.style import ACCENT, OBSERVED, PREDICTED

_COLORS = {HELPS: PREDICTED, HINDERS: ACCENT}
_ARROWS = {HELPS: "-|>", HINDERS: "-["}
_FILL = "#f2f2f2"


def plot_interaction_map(table: pd.DataFrame, *, ax: Axes) -> Axes:
    """Draw motifs on a circle and an arrow from each to those it helps; the wider, the more it does.

    Parameters
    ----------
    table
        From :func:`cisgram.motifs.grammar.interaction_map.interaction_map`. Of several tracks that are read at a motif,
        the one that changes most is drawn. The number on an arrow is the fold; a wave says that help has the period of
        the helix. Arrows that end in a bar stand for hindrance. Help of a motif for itself is not drawn.
    ax
        Where to draw; it is made square and loses its axes.

    Raises
    ------
    EmptySetError
        There are no motifs.
    """
    names = list(dict.fromkeys([*table["helper"].astype(str), *table["helped"].astype(str)]))
    if not names:
        raise EmptySetError("motifs to draw", dropped={})
    angles = np.pi / 2 - 2 * np.pi * np.arange(len(names)) / len(names)
    places = {name: (float(np.cos(at)), float(np.sin(at))) for name, at in zip(names, angles, strict=True)}
    for row in _drawn(table).to_dict("records"):
        _draw_arrow(ax, places[str(row["helper"])], places[str(row["helped"])], row)
    for name, (x, y) in places.items():
        box = {"boxstyle": "round,pad=0.4", "facecolor": _FILL, "edgecolor": OBSERVED, "linewidth": 0.9}
        ax.text(x, y, name, ha="center", va="center", fontsize=8, bbox=box, zorder=3)
    shown = [one for one in (HELPS, HINDERS) if (table["relation"] == one).any()]
    lines = [Line2D([], [], color=_COLORS[one], linewidth=2, label=one) for one in shown]
    if (table["helical"].fillna("") != "").any():
        lines.append(Line2D([], [], color="none", marker="$\\sim$", markeredgecolor=OBSERVED, label="helical"))
    if lines:
        ax.legend(handles=lines, loc="upper center", bbox_to_anchor=(0.5, 0.02), ncols=len(lines))
    ax.set_xlim(-1.4, 1.4)
    ax.set_ylim(-1.3, 1.3)
    ax.set_aspect("equal")
    ax.axis("off")
    return ax


def _drawn(table: pd.DataFrame) -> pd.DataFrame:
    """Of every pair that interacts, the track that changes most."""
    own = table[table["relation"].isin([HELPS, HINDERS]) & (table["helper"] != table["helped"])]
    strength = np.abs(np.log(own["fold"].clip(lower=0.05).to_numpy(dtype=np.float64)))
    order = np.argsort(-strength, kind="stable")
    return own.iloc[order].drop_duplicates(["helper", "helped"])


def _draw_arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], row: dict) -> None:  # type: ignore[type-arg]
    """One arrow with its fold, bent so that the way back has room."""
    strength = abs(float(np.log2(max(float(row["fold"]), 0.05))))
    color = _COLORS[str(row["relation"])]
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle=_ARROWS[str(row["relation"])],
            mutation_scale=14 if row["relation"] == HELPS else 4,
            connectionstyle="arc3,rad=0.16",
            linewidth=0.8 + 2.2 * min(strength, 2),
            color=color,
            shrinkA=20,
            shrinkB=24,
            zorder=1,
        )
    )
    # the middle of an arc3 with rad 0.16 lies 0.08 of its length to the right of the straight way
    dx, dy = end[0] - start[0], end[1] - start[1]
    x, y = start[0] + 0.42 * dx + 0.08 * dy, start[1] + 0.42 * dy - 0.08 * dx
    wave = " \u223f" if row["helical"] else ""
    box = {"boxstyle": "round,pad=0.12", "facecolor": "white", "edgecolor": "none", "alpha": 0.85}
    text = f"{row['fold']:.1f}\u00d7{wave}"
    ax.text(x, y, text, ha="center", va="center", fontsize=7, color=color, bbox=box, zorder=2)


def plot_help(curve: pd.DataFrame, *, ax: Axes, every_turn: bool = True) -> Axes:
    """Draw how much one motif helps another at every distance; bold, the mean over 3 neighbouring distances.

    Layers of even dilation alone see every other base, so a model may zigzag from one distance to the next.

    Parameters
    ----------
    curve
        ``distance_bp log2_fold`` of one pair and track, by distance.
    ax
        Where to draw.
    every_turn
        Mark multiples of 10.5 bp.

    Raises
    ------
    EmptySetError
        There are no distances.
    """
    if curve.empty:
        raise EmptySetError("distances to draw", dropped={})
    x = curve["distance_bp"].to_numpy(dtype=np.float64)
    if every_turn:
        for turn in np.arange(np.ceil(x.min() / HELICAL_BP), x.max() // HELICAL_BP + 1) * HELICAL_BP:
            ax.axvline(turn, color="#e3e3e3", linewidth=0.8, zorder=0)
    ax.axhline(0, color=OBSERVED, linewidth=0.6, linestyle=":")
    y = curve["log2_fold"].to_numpy(dtype=np.float64)
    ax.plot(x, y, color=PREDICTED, linewidth=0.6, alpha=0.5)
    ends = np.pad(y, 1, mode="edge")
    ax.plot(x, (ends[:-2] + ends[1:-1] + ends[2:]) / 3, color=PREDICTED, linewidth=1.5)
    ax.set_xlabel("distance between centres (bp)")
    ax.set_ylabel("corrected fold (log2)")
    return ax
