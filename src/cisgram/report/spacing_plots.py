"""Pictures of how motifs work together: over distances, by pairs, by copies, and with layers of the model skipped."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.helix import HELICAL_BP
from cisgram.report.effect_heat_map import plot_effect_heat_map
from cisgram.report.style import OBSERVED, PREDICTED, SERIES

_ARROWS = {"+": "\u2192", "-": "\u2190"}
_MIDDLE = {"log2_fold": 0.0, "fold": 1.0, "interaction": 0.0}
_LABEL = {"log2_fold": "corrected fold of A (log2)", "fold": "corrected fold of A", "interaction": "interaction"}
_ENDS = {
    "log2_fold": ("log2_low", "log2_high"),
    "fold": ("fold_low", "fold_high"),
    "interaction": ("interaction_low", "interaction_high"),
}
_LEAST_SPAN = 0.1
_MOST_NUMBERS = 12


def plot_spacing_curve(
    table: pd.DataFrame, *, ax: Axes, value: str = "log2_fold", every_turn: bool = False, unit: str = "response"
) -> Axes:
    """Draw a curve over distances with its interval; to the right where B is right of A, to the left where it is left.

    Parameters
    ----------
    table
        Rows of :func:`cisgram.interpret.experiments.spacing.spacing_table` of one track and pair of strands.
    ax
        Where to draw.
    value
        ``log2_fold``, ``fold`` or ``interaction``.
    every_turn
        Mark multiples of 10.5 bp.
    unit
        Of the response, which that of the interaction is.

    Raises
    ------
    EmptySetError
        Where there is nothing to draw.
    InputError
        Where the value is unknown, or rows are those of several curves.
    """
    if table.empty:
        raise EmptySetError("distances to draw", dropped={})
    if value not in _ENDS:
        raise InputError(f"value must be one of {', '.join(_ENDS)}; got {value!r}")
    if len(table[["track", "strand_a", "strand_b"]].drop_duplicates()) > 1:
        raise InputError("a picture shows one track and pair of strands; select rows first")
    low, high = _ENDS[value]
    longest = int(table["distance_bp"].max())
    if every_turn:
        for turn in np.arange(1, longest // HELICAL_BP + 1) * HELICAL_BP:
            for place in (turn, -turn):
                ax.axvline(place, color="#e3e3e3", linewidth=0.8, zorder=0)
    for order, own in table.groupby("order"):
        own = own.sort_values("distance_bp")
        x = own["distance_bp"].to_numpy(dtype=np.float64) * (1 if order == "AB" else -1)
        ax.fill_between(x, own[low], own[high], color=PREDICTED, alpha=0.25, linewidth=0)
        ax.plot(x, own[value], color=PREDICTED, linewidth=1.2, marker="o", markersize=2 if len(x) < 60 else 0)
    ax.axhline(_MIDDLE[value], color=OBSERVED, linewidth=0.6, linestyle=":")
    ax.axvline(0, color=OBSERVED, linewidth=0.6)
    first = table.iloc[0]
    ax.set_title(f"A {_ARROWS[str(first['strand_a'])]}   B {_ARROWS[str(first['strand_b'])]}")
    ax.set_ylabel(_LABEL[value] + (f" ({unit})" if value == "interaction" else ""))
    return ax


def draw_spacing(
    figure: Figure,
    table: pd.DataFrame,
    *,
    names: tuple[str, str] = ("A", "B"),
    value: str = "log2_fold",
    every_turn: bool = True,
    unit: str = "response",
) -> None:
    """Fill a figure with the curves of all pairs of strands of one track, all on one scale.

    Parameters
    ----------
    figure
        An empty one.
    table
        Rows of :func:`cisgram.interpret.experiments.spacing.spacing_table` of one track.
    names
        Of A and B.
    value, every_turn, unit
        As in :func:`plot_spacing_curve`.
    """
    strands = table[["strand_a", "strand_b"]].drop_duplicates().to_numpy().tolist()
    n_columns = 2 if len(strands) > 1 else 1
    n_rows = -(-len(strands) // n_columns)
    axes = figure.subplots(n_rows, n_columns, sharex=True, sharey=True, squeeze=False)
    for ax, (a, b) in zip(axes.ravel(), strands, strict=False):
        own = table[(table["strand_a"] == a) & (table["strand_b"] == b)]
        plot_spacing_curve(own, ax=ax, value=value, every_turn=every_turn, unit=unit)
        ax.set_ylabel("")
    for ax in axes.ravel()[len(strands) :]:
        ax.set_visible(False)
    low, high = axes[0, 0].get_ylim()
    if high - low < _LEAST_SPAN:
        axes[0, 0].set_ylim(_MIDDLE[value] - _LEAST_SPAN / 2, _MIDDLE[value] + _LEAST_SPAN / 2)
    axes[0, 0].xaxis.set_major_formatter(lambda place, _: f"{abs(place):g}")
    figure.supylabel(_LABEL[value] + (f" ({unit})" if value == "interaction" else ""), fontsize=8.5)
    figure.supxlabel("B left of A    \u2013    distance between centres (bp)    \u2013    B right of A", fontsize=8.5)
    figure.suptitle(f"A = {names[0]}, B = {names[1]}; track {table['track'].iloc[0]}", fontsize=9)


def plot_epistasis(table: pd.DataFrame, *, ax: Axes, unit: str = "response", distance: str = "all") -> Axes:
    """Draw the epistasis of pairs of motifs on tracks: red where they need each other.

    Parameters
    ----------
    table
        From :func:`cisgram.interpret.experiments.epistasis.epistasis_table`.
    ax
        Where to draw.
    unit
        Of the response.
    distance
        Which of the distance bins.
    """
    own = table[table["distance"] == distance]
    pairs = own["name_a"].astype(str) + " \u2013 " + own["name_b"].astype(str)
    wide = _wide(own.assign(pair=pairs), ("pair", "track", "epistasis"))
    rows, columns = [str(one) for one in wide.index], [str(one) for one in wide.columns]
    values = wide.to_numpy(dtype=np.float64)
    return plot_effect_heat_map(values, rows, columns, ax=ax, label=f"epistasis ({unit})")


def plot_dependence(
    table: pd.DataFrame, *, track: str, ax: Axes, unit: str = "response", distance: str = "all"
) -> Axes:
    """Draw who depends on whom: rows are deleted, the response is read at columns; blue where it falls.

    Parameters
    ----------
    table
        From :func:`cisgram.interpret.experiments.epistasis.dependence_table`.
    track
        Which track.
    ax
        Where to draw.
    unit
        Of the response.
    distance
        Which of the distance bins.
    """
    own = table[(table["distance"] == distance) & (table["track"] == track)]
    wide = _wide(own, ("deleted", "at", "effect"))
    names = sorted({*map(str, wide.index), *map(str, wide.columns)})
    effects = wide.reindex(index=names, columns=names).to_numpy(dtype=np.float64)
    limit = max(float(np.nanmax(np.abs(effects))), 1e-9)
    image = ax.imshow(effects, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest")
    ax.set_facecolor("#eeeeee")  # what no pair of instances tells
    for (row, column), value in np.ndenumerate(effects):
        if len(names) <= _MOST_NUMBERS and np.isfinite(value):
            color = "white" if abs(value) > 0.6 * limit else OBSERVED
            ax.text(column, row, f"{value:+.2f}", ha="center", va="center", fontsize=7, color=color)
    ax.set_xticks(range(len(names)), names, rotation=90 if len(names) > 5 else 0)
    ax.set_yticks(range(len(names)), names)
    ax.tick_params(length=0)
    if ax.figure is not None:
        ax.figure.colorbar(image, ax=ax, label=f"change of {unit}", shrink=0.8)
    ax.set_xlabel("at the place of")
    ax.set_ylabel("deleted")
    ax.set_title(track)
    return ax


def _wide(table: pd.DataFrame, names: tuple[str, str, str]) -> pd.DataFrame:
    """Rows by columns; NaN where there is nothing."""
    row, column, value = names
    if table.empty:
        raise EmptySetError("pairs to draw", dropped={}, hint="is there such a distance bin, and such a track?")
    return table.pivot_table(index=row, columns=column, values=value)


def plot_dose(table: pd.DataFrame, *, ax: Axes, unit: str = "response") -> Axes:
    """Draw the effect of copies of a motif, with intervals; dashed, the sum of what they do alone.

    Parameters
    ----------
    table
        From :func:`cisgram.interpret.experiments.dose.dose_table`.
    ax
        Where to draw.
    unit
        Of the response.
    """
    if table.empty:
        raise EmptySetError("copies to draw", dropped={})
    for number, (track, own) in enumerate(table.groupby("track", sort=False)):
        color = SERIES[number % len(SERIES)]
        x = own["copies"].to_numpy(dtype=np.float64)
        effect = own["effect"].to_numpy(dtype=np.float64)
        ax.fill_between(x, own["low"], own["high"], color=color, alpha=0.2, linewidth=0)
        ax.plot(x, effect, "o-", color=color, linewidth=1.2, markersize=3.5, label=str(track))
        ax.plot(x, effect - own["beyond_sum"].to_numpy(dtype=np.float64), "--", color=color, linewidth=0.9)
    ax.plot([], [], "--", color=OBSERVED, linewidth=0.9, label="sum of the copies alone")
    ax.axhline(0, color=OBSERVED, linewidth=0.6, linestyle=":")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("copies")
    ax.set_ylabel(f"change of {unit}")
    ax.legend(loc="best")
    return ax


def plot_layers(
    table: pd.DataFrame, *, ax: Axes, value: str = "kept", by: Sequence[str] = ("track",), label: str = ""
) -> Axes:
    """Draw what remains when layers of the model are skipped, with the reach that is left below.

    Parameters
    ----------
    table
        From :func:`cisgram.interpret.experiments.layers.spacing_layer_table` or ``layer_table``.
    ax
        Where to draw.
    value
        Column to draw, such as ``kept`` or ``correlation``.
    by
        Columns that tell curves apart.
    label
        Of the value; its name, if not given.
    """
    if table.empty:
        raise EmptySetError("layers to draw", dropped={})
    about = table[["removed", "reach_bp", "n_removed"]].drop_duplicates()
    places = {str(name): place for place, name in enumerate(about["removed"])}
    for number, (key, own) in enumerate(table.groupby(list(by), sort=False)):
        name = " ".join(map(str, key)) if isinstance(key, tuple) else str(key)
        color = SERIES[number % len(SERIES)]
        x = [places[str(one)] for one in own["removed"]]
        ax.plot(x, own[value], "o-", color=color, linewidth=1.2, markersize=3.5, label=name)
    is_from_top = bool((about["n_removed"] > 1).any())
    ticks = [
        f"{'none' if not n else (f'top {n}' if is_from_top else removed)}\n\u00b1{reach}"
        for removed, reach, n in about.to_numpy().tolist()
    ]
    ax.set_xticks(range(len(ticks)), ticks)
    ax.axhline(0, color=OBSERVED, linewidth=0.6, linestyle=":")
    ax.axhline(1, color=OBSERVED, linewidth=0.6, linestyle=":")
    ax.set_xlabel("layers skipped, and how far the others reach (bp)")
    ax.set_ylabel(label or value)
    ax.legend(loc="best")
    return ax
