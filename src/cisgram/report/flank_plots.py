"""Pictures of flanks: what every base beside the core of a motif does, as letters and as shades."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.errors import EmptySetError
from cisgram.genomics.sequence import ALPHABET
from cisgram.report.logos import plot_logo
from cisgram.report.style import OBSERVED


def draw_flank_preferences(figure: Figure, table: pd.DataFrame, *, core: str, unit: str = "response") -> None:
    """Fill a figure with the preferences of one track: letters above (up: better than the mean), shades below.

    Parameters
    ----------
    figure
        An empty one.
    table
        Rows of :func:`cisgram.interpret.experiments.flanks.flank_preference_table` of one track.
    core
        Its letters, written in grey between the flanks.
    unit
        Of the response.

    Raises
    ------
    EmptySetError
        Where there is nothing to draw.
    """
    if table.empty:
        raise EmptySetError("preferences to draw", dropped={})
    wide = table.pivot_table(index="base", columns="place", values="effect").reindex(list(ALPHABET))
    k = wide.shape[1] // 2
    empty = np.full((4, len(core)), np.nan)
    effects = np.concatenate([wide.to_numpy()[:, :k], empty, wide.to_numpy()[:, k:]], axis=1)
    letters, shades = figure.subplots(2, 1, sharex=True)
    plot_logo(np.nan_to_num(effects), ax=letters, ylabel="change")
    low, high = letters.get_ylim()
    if high - low < 1e-6:
        letters.set_ylim(-0.01, 0.01)
    limit = max(float(np.nanmax(np.abs(effects))), 1e-9)
    image = shades.imshow(
        np.ma.masked_invalid(effects), cmap="RdBu_r", vmin=-limit, vmax=limit, aspect="auto", interpolation="nearest"
    )
    for place, letter in enumerate(core, start=k):
        letters.text(place, 0, letter, ha="center", va="bottom", fontsize=9, color="#9a9a9a")
        shades.text(place, 1.5, letter, ha="center", va="center", fontsize=9, color="#9a9a9a")
    digits = 2 if limit >= 0.1 else 3
    for (row, column), value in np.ndenumerate(effects):
        if np.isfinite(value) and effects.shape[1] <= 24:
            color = "white" if abs(value) > 0.6 * limit else OBSERVED
            shades.text(column, row, f"{value:+.{digits}f}", ha="center", va="center", fontsize=6.5, color=color)
    places = [*range(k), *range(k + len(core), 2 * k + len(core))]
    shades.set_xticks(places, [f"{place:+d}" for place in wide.columns])
    shades.set_yticks(range(4), list(ALPHABET))
    shades.tick_params(length=0)
    shades.set_xlabel("bases before the core (-) and after it (+); grey: the core")
    figure.colorbar(image, ax=[letters, shades], label=f"change of {unit}", shrink=0.8, aspect=14, pad=0.02)
