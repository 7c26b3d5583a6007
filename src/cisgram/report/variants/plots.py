"""Pictures of variants: scores beside null changes, and predictions with either allele."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cisgram.report.style import ACCENT, FLOOR, OBSERVED, PREDICTED
from cisgram.report.variants.results import AlleleTracks

_RISE, _FALL = "#b2182b", "#2166ac"
_MOST_LEVELS = 24


def plot_scores_against_null(
    scores: Float[np.ndarray, "_"],
    null: Float[np.ndarray, "_"],
    *,
    ax: Axes,
    name: str,
    n_null_name: str = "null changes",
) -> Axes:
    """Draw which share of variants, and of null changes, have a score at least so far from 0; both axes logarithmic."""
    least = np.inf
    for values, color, label in ((null, FLOOR, n_null_name), (scores, PREDICTED, "variants")):
        sizes = np.sort(np.abs(values[~np.isnan(values)]))
        sizes = sizes[sizes > 0]
        if not sizes.size:
            continue
        share = (sizes.size - np.arange(sizes.size)) / np.count_nonzero(~np.isnan(values))
        ax.step(sizes, share, where="pre", color=color, linewidth=1.6, label=f"{label} ({len(values):,})")
        least = min(least, float(np.quantile(sizes, 0.05)))
    ax.set_xscale("log")
    ax.set_yscale("log")
    if np.isfinite(least):
        ax.set_xlim(left=least)
    ax.set_xlabel(f"size of {name}")
    ax.set_ylabel("share at least so large")
    ax.legend(loc="lower left")
    return ax


def plot_p_values(p_values: Float[np.ndarray, "_"], *, ax: Axes) -> Axes:
    """Draw how often each p-value occurs, beside what is expected where no variant matters."""
    known = p_values[~np.isnan(p_values)]
    ax.hist(known, bins=np.linspace(0, 1, 21).tolist(), color=PREDICTED, linewidth=0, alpha=0.85)
    ax.axhline(known.size / 20, color=OBSERVED, linewidth=1.0, linestyle=(0, (4, 3)), label="if none mattered")
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.25 * ax.get_ylim()[1])  # room for the legend
    ax.set_xlabel("p-value")
    ax.set_ylabel("variants")
    ax.yaxis.set_major_locator(MaxNLocator(integer=True, nbins=4))
    ax.legend(loc="upper right")
    return ax


def plot_measured_effects(
    measured: Float[np.ndarray, "n"], predicted: Float[np.ndarray, "n"], *, ax: Axes, name: str, unit: str = ""
) -> Axes:
    """Draw predicted against measured effects, one dot per variant, with lines at 0."""
    alpha = min(1.0, 60 / max(len(measured), 1) ** 0.6 + 0.1)
    ax.plot(measured, predicted, marker=".", markersize=4, linestyle="none", color=PREDICTED, alpha=alpha, mew=0)
    ax.axhline(0, color=FLOOR, linewidth=0.8, zorder=0)
    ax.axvline(0, color=FLOOR, linewidth=0.8, zorder=0)
    ax.set_xlabel("measured effect")
    ax.set_ylabel(f"{name}{f' ({unit})' if unit else ''}")
    return ax


def plot_predictors(rows: pd.DataFrame, *, ax: Axes, name: str, colors: Mapping[str, str]) -> Axes:
    """Draw one metric of several predictors with their 95 % intervals: ``predictor``, ``value``, ``low``, ``high``."""
    rows = rows.iloc[::-1].reset_index(drop=True)
    for place, row in enumerate(rows.to_dict("records")):
        color = colors.get(str(row["predictor"]), FLOOR)
        ax.plot(
            [row["low"], row["high"]], [place, place], color=color, linewidth=2.2, solid_capstyle="butt", alpha=0.55
        )
        ax.plot(row["value"], place, marker="o", markersize=5, color=color)
    ax.set_yticks(range(len(rows)), [str(one) for one in rows["predictor"]])
    ax.set_ylim(-0.6, len(rows) - 0.4)
    is_chance = "AUROC" in name
    ax.axvline(0.5 if is_chance else 0.0, color=FLOOR, linewidth=0.8, zorder=0)
    ax.set_xlim(0.0 if is_chance else min(-0.15, ax.get_xlim()[0]), 1.03)
    ax.set_xlabel(name)
    return ax


def plot_levels(levels: pd.DataFrame, *, ax: Axes, unit: str) -> Axes:
    """Draw predictions of tracks with either allele, joined by a line: ``track``, ``ref`` and ``alt``.

    Of many tracks, those that change most.
    """
    change = (levels["alt"] - levels["ref"]).abs()
    shown = levels.loc[change.sort_values(ascending=False, kind="stable").index[:_MOST_LEVELS]].iloc[::-1]
    for place, (ref, alt) in enumerate(zip(shown["ref"], shown["alt"], strict=True)):
        ax.plot([ref, alt], [place, place], color=_RISE if alt > ref else _FALL, linewidth=1.6, alpha=0.7, zorder=1)
    places = np.arange(len(shown))
    ax.scatter(shown["ref"], places, s=30, color=OBSERVED, label="reference", zorder=2)
    ax.scatter(shown["alt"], places, s=30, color=ACCENT, label="alternative", zorder=3)
    ax.set_yticks(places, [str(one) for one in shown["track"]])
    ax.set_ylim(-0.7, len(shown) - 0.3)
    low, high = ax.get_xlim()
    if high - low < 0.1:  # nothing happens: do not magnify it
        middle = (low + high) / 2
        ax.set_xlim(middle - 0.05, middle + 0.05)
    ax.set_xlabel(f"predicted {unit}")
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2)
    return ax


def draw_allele_tracks(figure: Figure, tracks: Sequence[AlleleTracks], *, alleles: tuple[str, str]) -> None:
    """Fill a figure with predictions of some tracks: both alleles on one another, and below what changes.

    A second strand is drawn downwards. The variant is at 0; what rises is red, what falls is blue.
    """
    axes = figure.subplots(2 * len(tracks), 1, sharex=True, squeeze=False, height_ratios=[1.5, 1] * len(tracks))[:, 0]
    for number, one in enumerate(tracks):
        _both_alleles(one, axes[2 * number], alleles)
        _difference(one, axes[2 * number + 1])
    axes[0].legend(loc="upper right", ncols=2)
    axes[-1].set_xlabel("bp from the variant")
    last = tracks[0].first + tracks[0].step_bp * (tracks[0].ref.shape[1] - 1)
    axes[-1].set_xlim(tracks[0].first - tracks[0].step_bp / 2, last + tracks[0].step_bp / 2)


def _both_alleles(one: AlleleTracks, ax: Axes, alleles: tuple[str, str]) -> None:
    x = one.first + one.step_bp * np.arange(one.ref.shape[1])
    for strand in range(one.ref.shape[0]):
        sign = -1 if strand else 1
        label = ("", "") if strand else (f"reference {_short(alleles[0])}", f"alternative {_short(alleles[1])}")
        ax.fill_between(
            x, 0, sign * one.ref[strand], step="mid", color=OBSERVED, alpha=0.35, linewidth=0, label=label[0]
        )
        ax.step(x, sign * one.alt[strand], where="mid", color=ACCENT, linewidth=1.0, label=label[1])
    ax.axhline(0, color=OBSERVED, linewidth=0.5)
    ax.axvline(0, color=FLOOR, linewidth=0.8, zorder=0)
    ax.set_title(one.track)
    ax.set_ylabel(one.unit.replace(" per ", "\nper "))
    ax.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    ax.yaxis.set_major_locator(MaxNLocator(nbins=5))


def _difference(one: AlleleTracks, ax: Axes) -> None:
    x = one.first + one.step_bp * np.arange(one.ref.shape[1])
    change = np.nan_to_num(one.alt - one.ref)
    for strand in range(one.ref.shape[0]):
        sign = -1 if strand else 1
        for color, part in ((_RISE, np.maximum(change[strand], 0)), (_FALL, np.maximum(-change[strand], 0))):
            ax.fill_between(x, 0, sign * part, step="mid", color=color, linewidth=0)
    top = max(float(np.abs(change).max(initial=0)), 0.05 * float(np.nanmax(one.ref, initial=0)))
    ax.set_ylim(-1.08 * top if one.ref.shape[0] > 1 else 0, 1.08 * top or 1)
    ax.axhline(0, color=OBSERVED, linewidth=0.5)
    ax.axvline(0, color=FLOOR, linewidth=0.8, zorder=0)
    ax.set_ylabel("change")
    ax.yaxis.set_major_formatter(lambda value, _: f"{abs(value):g}")
    ax.yaxis.set_major_locator(MaxNLocator(nbins=3))


def _short(allele: str) -> str:
    return allele if len(allele) <= 12 else f"{allele[:10]}... ({len(allele)} bp)"
