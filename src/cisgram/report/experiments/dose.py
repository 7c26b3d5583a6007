"""The page of a dose: what copies of a motif do, beside the sum of what each does alone."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.report.blocks import Cell, Column, Section, Table, number, picture
from cisgram.report.experiments.page import MOST_PICTURES, count, settings_section, signed_interval, write_page
from cisgram.report.spacing_plots import plot_dose

_LEAD = (
    "How much do 1, 2, ... copies of {motif} raise the {unit}? Solid line: mean change over the backgrounds, with its "
    "95 % interval (shaded). Dashed line: the sum of what every copy does alone, at its own place. Where the solid "
    "line lies above the dashed one, copies help each other; where it lies below, further copies bring less and less. "
    "A motif without any effect would stay at 0.{scale}"
)


def write_dose_report(
    path: str | os.PathLike[str], table: pd.DataFrame, *, motif: str, unit: str, settings: Mapping[str, object]
) -> Path:
    """Write the page of a dose.

    Parameters
    ----------
    path
        The HTML file.
    table
        From :func:`cisgram.interpret.experiments.dose.dose_table`.
    motif
        Its name.
    unit
        Of the response.
    settings
        What to state about the question.
    """
    tracks = [str(one) for one in dict.fromkeys(table["track"])]
    pictures = [
        picture(partial(_curve, table[table["track"] == track], unit), width=5.2, height=3.2, title=track, caption="")
        for track in tracks[:MOST_PICTURES]
    ]
    findings = [_finding(table[table["track"] == track], motif, unit) for track in tracks[:8]]
    sections = [
        Section(
            "Copies", _LEAD.format(motif=motif, unit=unit, scale=_scale(unit)), [_table(table), *pictures], findings
        ),
        settings_section(settings, shown=len(pictures), of=len(tracks), what="tracks"),
    ]
    return write_page(path, sections, title=f"Copies of {motif}", subtitle=count(int(table["n"].iloc[0]), "background"))


def _scale(unit: str) -> str:
    """What a sum means where responses are logarithms."""
    return " Responses are logarithms: where they add up, reads multiply." if unit.startswith("ln(") else ""


def _curve(table: pd.DataFrame, unit: str, figure: Figure) -> None:
    plot_dose(table, ax=figure.subplots(), unit=unit)


def _finding(table: pd.DataFrame, motif: str, unit: str) -> str:
    """What one copy and all of them do, and whether that is more than a sum."""
    first, last = table.iloc[0], table.iloc[-1]
    text = f"{last['track']}: one copy of {motif} changes the {unit} by {first['effect']:+.3g}"
    if last["copies"] == 1:
        return f"{text} ({signed_interval(first['low'], first['high'])})."
    low, high = last["beyond_sum_low"], last["beyond_sum_high"]
    if low > 0:
        how = "more than the sum of what they do alone: copies help each other"
    elif high < 0:
        how = "less than the sum of what they do alone: further copies bring less"
    else:
        how = "as much as the sum of what they do alone, as far as one can tell"
    against = f"{last['beyond_sum']:+.3g} against the sum, {signed_interval(low, high)}"
    return f"{text}, {last['copies']} copies by {last['effect']:+.3g}; that is {how} ({against})."


def _table(table: pd.DataFrame) -> Table:
    columns = [
        *(Column("track"), Column("copies", numeric=True)),
        Column("effect", numeric=True, hint="mean change of the response over backgrounds"),
        Column("95 % interval", numeric=True, hint="bootstrap over backgrounds"),
        Column("the last copy adds", numeric=True),
        Column("95 % interval", numeric=True),
        Column(
            "beyond the sum", numeric=True, hint="effect minus the sum of those of the copies alone; 0: they add up"
        ),
        Column("95 % interval", numeric=True),
    ]
    rows = []
    by_track = table.iloc[np.argsort(pd.factorize(table["track"])[0], kind="stable")]
    for row in by_track.to_dict("records"):
        cells = [Cell(str(row["track"])), Cell(number(row["copies"]), "n")]
        for name, low, high in (
            ("effect", "low", "high"),
            ("step", "step_low", "step_high"),
            ("beyond_sum", "beyond_sum_low", "beyond_sum_high"),
        ):
            is_known = not np.isnan(row[low])
            ends = f"{row[low]:+.3f} to {row[high]:+.3f}" if is_known else "-"
            cells += [Cell(f"{row[name]:+.3f}", "n strong" if name == "effect" else "n"), Cell(ends, "n")]
        rows.append(cells)
    return Table(columns, rows, title="Every number of copies", is_folded=len(rows) > 24)
