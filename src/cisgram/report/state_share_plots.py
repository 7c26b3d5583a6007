"""How much of a genome each chromatin state takes, how stable it is, and how a model came about."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from cisgram.arrays import PerState
from cisgram.chromatin.names import StateName, biological_order
from cisgram.chromatin.switches import Switches
from cisgram.errors import EmptySetError, InputError
from cisgram.report.state_plots import state_label
from cisgram.report.style import FLOOR, OBSERVED, PREDICTED, SERIES

CHOICE_COLUMNS = ("n_states", "log_likelihood", "bic")
"""What a table of models of several sizes needs; further numeric columns are drawn on their own."""

_LEAST_SHARE = 1e-5
_MARKERS = "osD^vP*X"


def plot_genome_share(shares: Mapping[str, PerState], names: Sequence[StateName], *, ax: Axes) -> Axes:
    """Draw the share of the genome in each state on a log scale, one mark per cell type.

    Parameters
    ----------
    shares
        By cell type; up to eight have marks of their own, of more the range and the median are drawn.
    names
        One per state.
    ax
        Where to draw. Shares below 0.001 % stand at the left end.
    """
    if not shares:
        raise EmptySetError("shares to draw", dropped={})
    rows = biological_order(names)
    values = np.maximum(np.stack(list(shares.values())), _LEAST_SHARE) * 100
    middle = np.median(values, axis=0)
    for place, row in enumerate(rows):
        ax.plot([values[:, row].min(), values[:, row].max()], [place, place], color="#c8c8c8", linewidth=1.2, zorder=1)
        if len(shares) > 8:
            ax.plot(middle[row], place, "o", color=names[row].color, markeredgecolor=OBSERVED, markersize=7)
    if len(shares) <= 8:
        for number, (cell, marker) in enumerate(zip(shares, _MARKERS, strict=False)):
            for place, row in enumerate(rows):
                ax.plot(
                    values[number, row], place, marker, color=names[row].color, markeredgecolor=OBSERVED,
                    markeredgewidth=0.6, markersize=6.5, label=cell if place == 0 else None, zorder=2,
                )  # fmt: skip
        legend = ax.legend(loc="lower right", title="cell type", bbox_to_anchor=(1.0, 1.0), ncols=min(len(shares), 4))
        for handle in legend.legend_handles:
            if handle is not None:
                handle.set_color("white")  # pyright: ignore[reportAttributeAccessIssue]
                handle.set_markeredgecolor(OBSERVED)  # pyright: ignore[reportAttributeAccessIssue]
    for place, row in enumerate(rows):
        ax.annotate(
            f"{middle[row]:.2g} %", (values[:, row].max(), place), xytext=(7, 0), textcoords="offset points",
            va="center", fontsize=7, color=OBSERVED,
        )  # fmt: skip
    ax.set_xscale("log")
    ax.set_xlim(float(values.min()) / 1.6, max(160.0, 2 * float(values.max())))
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    _name_places(names, rows, ax)
    ax.set_xlabel("share of the genome (%)")
    return ax


def plot_stability(switches: Switches, names: Sequence[StateName], *, ax: Axes) -> Axes:
    """Draw how much of a state is in the same state in another cell type, beside what chance would give.

    Parameters
    ----------
    switches
        Of two or more cell types.
    names
        One per state.
    ax
        Where to draw.
    """
    rows = biological_order(names)
    for place, row in enumerate(rows):
        ax.barh(
            place, switches.kept[row], height=0.72, color=names[row].color, edgecolor="#909090", linewidth=0.5, zorder=1
        )
        ax.plot(
            [switches.kept_by_chance[row]] * 2, [place - 0.36, place + 0.36], color=OBSERVED, linewidth=1.6, zorder=2,
            label="by chance" if place == 0 else None,
        )  # fmt: skip
    ax.set_xlim(0, 1)
    ax.xaxis.set_major_formatter(lambda value, _: f"{100 * value:.0f}")
    _name_places(names, rows, ax)
    ax.set_xlabel("in the same state in another cell type (% of bases)")
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0))
    return ax


def plot_likelihood_trace(traces: Mapping[str, Sequence[float]], *, ax: Axes) -> Axes:
    """Draw how far below its last value the log-likelihood lies after each iteration, one line per start.

    Parameters
    ----------
    traces
        Log-likelihoods (natural log) by start. Differences are taken from the best value of all.
    ax
        Where to draw.
    """
    if not traces or not all(len(values) for values in traces.values()):
        raise EmptySetError("iterations to draw", dropped={})
    best = max(max(values) for values in traces.values())
    for number, (name, values) in enumerate(traces.items()):
        below = np.maximum(best - np.asarray(values, dtype=np.float64), 1e-3)
        ax.plot(np.arange(1, len(below) + 1), below, color=SERIES[number % len(SERIES)], label=name)
    ax.set_yscale("log")
    ax.set_xlabel("iteration")
    ax.set_ylabel("nats below the best")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(traces) > 1:
        ax.legend(loc="upper right")
    return ax


def plot_model_choice(choice: pd.DataFrame, measure: str, *, ax: Axes, chosen: int | None = None) -> Axes:
    """Draw a measure of models against their numbers of states; the dot is the chosen one.

    Parameters
    ----------
    choice
        One row per model, with ``n_states`` and the measure; several models of one size (restarts) are dots, and the
        line goes through the best of each size by log-likelihood.
    measure
        A column.
    ax
        Where to draw.
    chosen
        The number of states that was taken.
    """
    if missing := [name for name in ("n_states", measure) if name not in choice]:
        raise InputError(f"the table of models lacks the columns {', '.join(missing)}")
    ordered = choice.sort_values([name for name in ("n_states", "log_likelihood") if name in choice], kind="stable")
    best = ordered.groupby("n_states").tail(1)
    if len(best) < len(choice):
        ax.plot(choice["n_states"], choice[measure], ".", color=FLOOR, markersize=4)
    ax.plot(best["n_states"], best[measure], color=PREDICTED, marker="o", markersize=3)
    at = best[best["n_states"] == chosen]
    if len(at):
        ax.plot(at["n_states"], at[measure], "o", color="#d55e00", markersize=7, label=f"taken: {chosen} states")
        ax.legend(loc="best")
    ax.set_xlabel("number of states")
    ax.set_ylabel(measure.replace("_", " "))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    return ax


def _name_places(names: Sequence[StateName], rows: np.ndarray, ax: Axes) -> None:
    """States along the y axis, the first on top."""
    ax.set_yticks(range(len(rows)), [state_label(names[row]) for row in rows])
    ax.set_ylim(len(rows) - 0.4, -0.6)
    ax.tick_params(axis="y", length=0)
