"""Figures: data and axes in, axes out; nothing is read from disk and no style is changed."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float, Num
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from cisgram.errors import InputError
from cisgram.report.style import ACCENT, CEILING, FLOOR, OBSERVED, PREDICTED

StrandValues = Num[np.ndarray, "strand length"]


def plot_strands(
    values: StrandValues, *, ax: Axes, color: str = OBSERVED, label: str = "", start: int = 0, fill: bool = True
) -> Axes:
    """Draw counts or probabilities per base: the plus strand upwards, the minus strand downwards."""
    x = np.arange(values.shape[1]) + start
    for strand, sign in zip(values, (1, -1), strict=False):
        y = sign * strand.astype(float)
        if fill:
            ax.fill_between(x, y, step="mid", color=color, linewidth=0.4, label=label if sign == 1 else None)
        else:
            ax.plot(x, y, color=color, linewidth=0.9, label=label if sign == 1 else None)
    ax.axhline(0, color=OBSERVED, linewidth=0.5)
    ax.set_xlim(x[0], x[-1])
    limit = max(float(np.abs(values).max(initial=0)), 1e-9) * 1.08
    ax.set_ylim(-limit if values.shape[0] == 2 else 0, limit)
    ax.yaxis.set_major_locator(MaxNLocator(nbins=4))
    ax.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    return ax


def plot_learning_curves(
    history: pd.DataFrame, *, ax: Axes, best_epoch: int | None = None, unit: str = "nats per window"
) -> Axes:
    """Draw training and validation loss by epoch, and mark the epoch whose weights were kept.

    Parameters
    ----------
    history
        Columns ``epoch``, ``train_loss`` and ``valid_loss``.
    ax
        Where to draw.
    best_epoch
        The epoch whose weights were kept.
    unit
        What the loss is measured in.
    """
    _need_columns(history, ("epoch", "train_loss", "valid_loss"))
    ax.plot(history["epoch"], history["train_loss"], color=FLOOR, label="training")
    ax.plot(history["epoch"], history["valid_loss"], color=PREDICTED, label="validation")
    if best_epoch is not None and best_epoch in set(history["epoch"]):
        best = history.loc[history["epoch"] == best_epoch, "valid_loss"].to_numpy()[0]
        ax.plot(
            [best_epoch],
            [best],
            marker="o",
            color=ACCENT,
            markersize=4,
            linestyle="none",
            label=f"kept: epoch {best_epoch}",
        )
    ax.set_xlabel("epoch")
    ax.set_ylabel(f"loss ({unit})")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.legend(loc="upper right")
    return ax


def plot_metric_strip(
    value: float | None,
    *,
    ax: Axes,
    interval: tuple[float, float] | None,
    floors: Mapping[str, float],
    ceiling: float | None,
    limits: tuple[float, float],
) -> Axes:
    """Draw one metric on a line between its floors (grey) and its ceiling (green), with its confidence interval.

    What is None is not drawn.
    """
    ax.axhline(0, color="#e3e3e3", linewidth=5, solid_capstyle="round", zorder=0)
    for floor in floors.values():
        ax.plot([floor], [0], marker="|", color="#808080", markersize=9, markeredgewidth=1.6, linestyle="none")
    if ceiling is not None:
        ax.plot([ceiling], [0], marker="|", color=CEILING, markersize=11, markeredgewidth=2.2, linestyle="none")
    if interval is not None:
        ax.plot(interval, [0, 0], color=PREDICTED, linewidth=2.4, solid_capstyle="butt")
    if value is not None:
        ax.plot([value], [0], marker="o", color=PREDICTED, markersize=5.5, linestyle="none")
    pad = 0.04 * (limits[1] - limits[0])
    ax.set_xlim(limits[0] - pad, limits[1] + pad)
    ax.set_ylim(-1, 1)
    ax.axis("off")
    return ax


def plot_observed_against_predicted(
    observed: Float[np.ndarray, "n"], predicted: Float[np.ndarray, "n"], *, ax: Axes, unit: str = "ln(1 + counts)"
) -> Axes:
    """Draw predicted against observed totals, one dot per window, with the line of equality."""
    ax.plot(
        observed,
        predicted,
        marker=".",
        markersize=3,
        linestyle="none",
        color=PREDICTED,
        alpha=min(1.0, 60 / max(len(observed), 1) ** 0.6 + 0.1),
    )
    low = float(min(observed.min(initial=0), predicted.min(initial=0)))
    high = float(max(observed.max(initial=1), predicted.max(initial=1)))
    ax.plot([low, high], [low, high], color=FLOOR, linewidth=0.8, zorder=0)
    ax.set_xlabel(f"observed, {unit}")
    ax.set_ylabel(f"predicted, {unit}")
    ax.set_aspect("equal")
    return ax


def _need_columns(table: pd.DataFrame, columns: Sequence[str]) -> None:
    if missing := [name for name in columns if name not in table]:
        raise InputError(f"the table needs the columns {', '.join(columns)}; it lacks {', '.join(missing)}")
