"""The page of flanks: what bases beside a core do, and the best and worst flanks."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number, picture
from cisgram.report.experiments.page import MOST_PICTURES, count, settings_section, signed_interval, write_page
from cisgram.report.flank_plots import draw_flank_preferences

_MOST_ROWS = 6
_LEAD = (
    "The core {core} stands in every background; only the {k} bp on either side of it change. Letters above the line "
    "raise the {unit} over its mean of all flanks, letters below it lower it. Flanks that do not matter would give no "
    "letters. How much of the differences between flanks the letters explain, if each base counts for itself, stands "
    "above each picture."
)


def write_flank_report(
    path: str | os.PathLike[str],
    table: pd.DataFrame,
    preferences: pd.DataFrame,
    *,
    core: str,
    unit: str,
    settings: Mapping[str, object],
) -> Path:
    """Write the page of flanks.

    Parameters
    ----------
    path
        The HTML file.
    table
        From :func:`cisgram.interpret.experiments.flanks.flank_table`.
    preferences
        From :func:`cisgram.interpret.experiments.flanks.flank_preference_table`.
    core
        Its letters.
    unit
        Of the response.
    settings
        What to state about the question.
    """
    tracks = [str(one) for one in dict.fromkeys(table["track"])]
    pictures = [_picture(preferences[preferences["track"] == track], core, unit) for track in tracks[:MOST_PICTURES]]
    findings = [_finding(table[table["track"] == track], core, unit) for track in tracks[:8]]
    lead = (
        f"Mean over backgrounds of the {unit} with a flank minus its mean over all flanks. The best of many flanks is "
        "best by chance as well, so compare the best with the worst, and their intervals."
    )
    k = int(preferences["place"].max())
    sections = [
        Section("Preferences", _LEAD.format(core=core, k=k, unit=unit), pictures, findings),
        Section("Best and worst flanks", lead, [_table(table, core, track) for track in tracks[:MOST_PICTURES]]),
        settings_section(settings, shown=len(pictures), of=len(tracks), what="tracks"),
    ]
    subtitle = count(int(table["n"].iloc[0]), "background")
    return write_page(path, sections, title=f"Flanks of {core}", subtitle=subtitle)


def _picture(own: pd.DataFrame, core: str, unit: str) -> Picture:
    explained = own["explained"].iloc[0]
    share = "" if np.isnan(explained) else f": single bases explain {explained:.0%} of the differences"
    width = min(2.6 + 0.42 * (len(core) + own["place"].nunique()), 11)
    draw = partial(_draw, own, core, unit)
    return picture(draw, width=width, height=3.4, title=f"{own['track'].iloc[0]}{share}", caption="")


def _draw(own: pd.DataFrame, core: str, unit: str, figure: Figure) -> None:
    draw_flank_preferences(figure, own, core=core, unit=unit)


def _finding(table: pd.DataFrame, core: str, unit: str) -> str:
    best, worst = table.iloc[0], table.iloc[-1]
    return (
        f"{best['track']}: best is {_word(best, core)}, {best['effect']:+.3g} against the mean of all flanks "
        f"({signed_interval(best['low'], best['high'])}), worst {_word(worst, core)}, {worst['effect']:+.3g} "
        f"({signed_interval(worst['low'], worst['high'])}), in {unit}."
    )


def _word(row: pd.Series, core: str) -> str:
    return f"{row['left']}-{core}-{row['right']}"


def _table(table: pd.DataFrame, core: str, track: str) -> Table:
    own = table[table["track"] == track]
    columns = [
        *(Column("rank", numeric=True), Column("flanks")),
        Column("response", numeric=True, hint="mean over backgrounds"),
        Column("effect", numeric=True, hint="response minus the mean of that over all flanks"),
        Column("95 % interval", numeric=True, hint="bootstrap over backgrounds"),
    ]
    is_shown = (own["rank"] <= _MOST_ROWS) | (own["rank"] > len(own) - _MOST_ROWS)
    rows = [
        [
            Cell(f"{row['rank']}", "n"),
            Cell(f"{row['left']}-{core}-{row['right']}", "mono"),
            Cell(number(row["response"]), "n"),
            Cell(f"{row['effect']:+.3f}", "n strong"),
            Cell("-" if np.isnan(row["low"]) else f"{row['low']:+.3f} to {row['high']:+.3f}", "n"),
        ]
        for row in own[is_shown].to_dict("records")
    ]
    return Table(columns, rows, title=f"{track}: best and worst of {len(own):,} flanks")
