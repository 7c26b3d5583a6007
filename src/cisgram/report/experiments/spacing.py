"""The page of a spacing experiment: curves over distances, the strongest arrangements, and helical periods."""

import os
from collections.abc import Hashable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number, picture
from cisgram.report.experiments.page import MOST_PICTURES, count, settings_section, write_page
from cisgram.report.matches import small
from cisgram.report.spacing_plots import draw_spacing

_MOST_ROWS = 8


def write_spacing_report(
    path: str | os.PathLike[str],
    table: pd.DataFrame,
    periods: pd.DataFrame,
    *,
    names: tuple[str, str],
    unit: str,
    settings: Mapping[str, object],
) -> Path:
    """Write the page of a spacing experiment.

    Parameters
    ----------
    path
        The HTML file.
    table
        From :func:`cisgram.interpret.experiments.spacing.spacing_table`.
    periods
        One row per curve: ``order strand_a strand_b track peak_bp share null_share p_value``; may be empty.
    names
        Of A and B.
    unit
        Of the response.
    settings
        What to state about the question.
    """
    tracks = [str(one) for one in dict.fromkeys(table["track"])]
    pictures: list[Table | Picture] = []
    for track in tracks[:MOST_PICTURES]:
        own = table[table["track"] == track]
        for value in ("log2_fold", "interaction"):
            draw = partial(_curves, own, names, value, unit)
            title = f"{track}: {'corrected fold' if value == 'log2_fold' else 'interaction'}"
            pictures.append(picture(draw, width=9.5, height=5.2, title=title, caption="Shaded: 95 % interval."))
    lead = (
        f"A is {names[0]}, which stays in its place; B is {names[1]}. The response is {unit}{_where(unit)}. "
        "The corrected fold: (both - (B alone - none)) / "
        "A alone, of mean amounts: log2 of it is 0 where they add up. The interaction is both - A - B + none, of "
        "responses: 0 where they add up on the scale of the response. Grey lines: whole turns of the helix, 10.5 bp."
    )
    blocks: list[Table | Picture] = [_strongest(table)]
    if len(periods):
        blocks.append(_periods(periods))
    n = int(table["n"].iloc[0])
    sections = [
        Section("Curves", lead, pictures, [_finding(table[table["track"] == track], unit) for track in tracks[:8]]),
        Section("Strongest arrangements and helical periods", "", blocks),
        settings_section(settings, shown=min(len(tracks), MOST_PICTURES), of=len(tracks), what="tracks"),
    ]
    return write_page(path, sections, title="Spacing of two motifs", subtitle=count(n, "background"))


def _where(unit: str) -> str:
    """Where a response is read, if not everywhere."""
    return " of A" if "peak" in unit else " near A" if "local" in unit else ""


def _curves(table: pd.DataFrame, names: tuple[str, str], value: str, unit: str, figure: Figure) -> None:
    draw_spacing(figure, table, names=names, value=value, unit=unit)


def _finding(table: pd.DataFrame, unit: str) -> str:
    """Where a track's interaction is largest, and whether it is more than none."""
    row = table.iloc[int(table["interaction"].abs().to_numpy().argmax())].to_dict()
    low, high = row["interaction_low"], row["interaction_high"]
    ends = "a single background" if np.isnan(low) else f"95 % interval {low:+.3g} to {high:+.3g}, the largest of many"
    return (
        f"{row['track']}: the interaction is largest at {row['distance_bp']} bp ({_arrangement(row)}), "
        f"{row['interaction']:+.3g} in {unit} ({ends})."
    )


def _strongest(table: pd.DataFrame) -> Table:
    """The largest interactions of each track."""
    columns = [
        *(Column("track"), Column("arrangement"), Column("distance (bp)", numeric=True)),
        *(Column("fold", numeric=True), Column("interaction", numeric=True), Column("95 % interval", numeric=True)),
    ]
    rows = []
    for track, own in table.groupby("track", sort=False):
        order = np.argsort(-own["interaction"].abs().to_numpy(), kind="stable")[:_MOST_ROWS]
        for row in own.iloc[order].to_dict("records"):
            low, high = row["interaction_low"], row["interaction_high"]
            rows.append(
                [
                    Cell(str(track)),
                    Cell(_arrangement(row)),
                    Cell(f"{row['distance_bp']}", "n"),
                    Cell("-" if np.isnan(row["fold"]) else number(row["fold"]), "n"),
                    Cell(f"{row['interaction']:+.3f}", "n strong"),
                    Cell("-" if np.isnan(low) else f"{low:+.3f} to {high:+.3f}", "n"),
                ]
            )
    return Table(columns, rows, title=f"The {_MOST_ROWS} largest interactions of each track")


def _periods(periods: pd.DataFrame) -> Table:
    columns = [
        *(Column("track"), Column("arrangement"), Column("highest power at (bp)", numeric=True)),
        Column("power at 10 to 11 bp", numeric=True, hint="share of the power at periods of 5 to 25 bp"),
        Column("by chance", numeric=True, hint="mean of the same over permutations"),
        Column("p", numeric=True),
    ]
    rows = [
        [
            Cell(str(row["track"])),
            Cell(_arrangement(row)),
            Cell(f"{row['peak_bp']:.1f}", "n"),
            Cell(f"{row['share']:.0%}", "n strong"),
            Cell(f"{row['null_share']:.0%}", "n"),
            Cell(small(row["p_value"]), "n"),
        ]
        for row in periods.to_dict("records")
    ]
    return Table(columns, rows, title="Helical period of the interaction", is_folded=len(rows) > 40)


def _arrangement(row: Mapping[Hashable, Any]) -> str:
    a, b = f"A{row['strand_a']}", f"B{row['strand_b']}"
    return f"{a} {b}" if row["order"] == "AB" else f"{b} {a}"
