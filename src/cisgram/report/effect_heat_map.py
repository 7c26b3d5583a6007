"""Signed effects as a heat map: of motifs, or of filters, on tracks."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis

from cisgram.arrays import EffectTable, Rows
from cisgram.errors import EmptySetError, InputError
from cisgram.report.cell_type_plots import cell_type_order
from cisgram.report.style import OBSERVED

_MOST_NAMES = 60
_MOST_VALUES = 80
_MOST_LETTERS = 32
"""Longer names of columns do not fit side by side."""


def plot_effect_heat_map(
    effects: EffectTable, rows: Sequence[str], columns: Sequence[str], *, ax: Axes, label: str
) -> Axes:
    """Draw effects, red above 0 and blue below; similar rows, and similar columns, stand together.

    Parameters
    ----------
    effects
        ``edit track``. Where there are more than a hundred, the shades end at their 99th percentile.
    rows, columns
        Their names; up to 60 of each are written.
    ax
        Where to draw; the bar of shades takes some of its room.
    label
        What the shades are.

    Raises
    ------
    EmptySetError
        Where there is nothing to draw.
    InputError
        Where names and effects do not fit.
    """
    if effects.shape != (len(rows), len(columns)):
        raise InputError(f"effects need a row and a column per name; got {effects.shape}, {len(rows)}, {len(columns)}")
    if not effects.size:
        raise EmptySetError("effects to draw", dropped={})
    first, second = profile_order(effects), profile_order(effects.T)
    shown = effects[np.ix_(first, second)]
    is_large = effects.size > 100
    limit = max(float(np.quantile(np.abs(shown), 0.99) if is_large else np.abs(shown).max()), 1e-9)
    image = ax.imshow(shown, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest")
    _write_names(ax.yaxis, [str(rows[one]) for one in first])
    _write_names(ax.xaxis, [str(columns[one]) for one in second])
    ax.tick_params(length=0)
    if len(columns) > _MOST_NAMES:
        ax.set_xlabel(f"{len(columns)} tracks, similar ones side by side")
    elif len(columns) > 4 or sum(map(len, map(str, columns))) > _MOST_LETTERS:
        ax.tick_params(axis="x", rotation=90)
    if shown.size <= _MOST_VALUES:
        for (row, column), value in np.ndenumerate(shown):
            color = "white" if abs(value) > 0.6 * limit else OBSERVED
            ax.text(column, row, f"{value:+.2f}", ha="center", va="center", fontsize=7, color=color)
    if ax.figure is not None:
        ax.figure.colorbar(image, ax=ax, label=label, shrink=0.8, extend="both" if is_large else "neither")
    return ax


def profile_order(values: EffectTable) -> Rows:
    """Order of the rows in which those of similar profiles stand together: average linkage of distances.

    Examples
    --------
    >>> order = profile_order(np.array([[1.0, 0.0], [0.0, 1.0], [0.9, 0.1]])).tolist()
    >>> order in ([0, 2, 1], [1, 2, 0])
    True
    """
    distances = np.linalg.norm(values[:, None].astype(np.float64) - values[None], axis=-1)
    return cell_type_order(1 - distances / max(float(distances.max(initial=0.0)), 1e-12))


def _write_names(axis: Axis, names: Sequence[str]) -> None:
    """Names at the ticks, smaller where they are many; none where they are too many."""
    if len(names) > _MOST_NAMES:
        axis.set_ticks([])
    else:
        axis.set_ticks(range(len(names)), list(names), fontsize=7.5 if len(names) <= 24 else 6)
