"""The pages of skipped layers: what remains of spacing curves, and of responses."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.report.blocks import Cell, Column, Picture, Section, Table, picture
from cisgram.report.experiments.page import MOST_PICTURES, count, settings_section, write_page
from cisgram.report.layer_plots import draw_layer_curves
from cisgram.report.spacing_plots import plot_layers

_LAYERS = (
    "A skipped layer adds nothing; all others work as before, with the weights that they have. Layer k looks 2^k bp to "
    "either side, so that what is left of the model sees only so far (the reach below each number)."
)
_HALF = 0.5


def write_spacing_layer_report(
    path: str | os.PathLike[str],
    table: pd.DataFrame,
    curves: pd.DataFrame,
    *,
    names: tuple[str, str],
    unit: str,
    settings: Mapping[str, object],
) -> Path:
    """Write the page of a spacing curve with layers skipped.

    Parameters
    ----------
    path
        The HTML file.
    table
        From :func:`cisgram.interpret.experiments.layers.spacing_layer_table`.
    curves
        The spacing tables, with the columns ``removed``, ``n_removed`` and ``reach_bp``.
    names
        Of A and B.
    unit
        Of the response.
    settings
        What to state about the question.
    """
    tracks = [str(one) for one in dict.fromkeys(table["track"])]
    lead = (
        f"Which layers of the model does the interaction of A ({names[0]}) and B ({names[1]}) need? The interaction is "
        "both - A - B + none, of responses, by distance: 0 everywhere if the two do not matter to each other. "
        f"{_LAYERS} What is left further apart than that, and is the same at all distances, comes from the total of "
        "reads, which the model takes from the mean over the whole window. Black: the whole model, with its 95 % "
        "interval over backgrounds."
    )
    kept = (
        "How much of the whole model's curve is left: 1 if the curve stays as it is, 0 if nothing of it is left, above "
        "1 if it grows. Of an arrangement without an interaction, it means nothing. No intervals: all models read the "
        "same backgrounds."
    )
    drawn = tracks[:MOST_PICTURES]
    pictures = [
        picture(
            partial(_curves, curves[curves["track"] == track], names, unit),
            width=10.5,
            height=5.0,
            title=f"{track}: interaction with layers skipped",
            caption="",
        )
        for track in drawn
    ]
    of_kept = [_layers(table[table["track"] == track], "kept", "share of the curve that is left") for track in drawn]
    findings = [_finding(table[table["track"] == track]) for track in tracks[:8]]
    sections = [
        Section("Curves", lead, pictures, findings),
        Section("What is left", kept, [*of_kept, _kept_table(table)]),
        settings_section(settings, shown=len(drawn), of=len(tracks), what="tracks"),
    ]
    subtitle = count(int(curves["n"].iloc[0]), "background")
    return write_page(path, sections, title="Spacing with layers skipped", subtitle=subtitle)


def write_layer_report(
    path: str | os.PathLike[str], table: pd.DataFrame, *, unit: str, settings: Mapping[str, object]
) -> Path:
    """Write the page of responses with layers skipped.

    Parameters
    ----------
    path
        The HTML file.
    table
        From :func:`cisgram.interpret.experiments.layers.layer_table`.
    unit
        Of the response.
    settings
        What to state about the question.
    """
    lead = (
        f"How much does the {unit} of these sequences owe to each layer? {_LAYERS} The correlation with the whole "
        "model's responses is 1 if the skipped layers do not matter, and near 0 if what is left has nothing to do "
        "with the response. No intervals: with and without a layer, the model reads the same sequences."
    )
    pictures = [
        _layers(table, "correlation", "correlation with the whole model", by=("track",)),
        _layers(table, "change", f"mean change of {unit}", by=("track",)),
    ]
    tracks = [str(one) for one in dict.fromkeys(table["track"])]
    findings = [_agreement(table[table["track"] == track]) for track in tracks[:8]]
    sections = [
        Section("Responses", lead, [*pictures, _agreement_table(table)], findings),
        settings_section(settings, shown=1, of=1, what="pages"),
    ]
    return write_page(
        path, sections, title="Responses with layers skipped", subtitle=count(int(table["n"].iloc[0]), "sequence")
    )


def _curves(own: pd.DataFrame, names: tuple[str, str], unit: str, figure: Figure) -> None:
    draw_layer_curves(figure, own, names=names, unit=unit)


def _layers(own: pd.DataFrame, value: str, label: str, by: tuple[str, ...] = ("arrangement",)) -> Picture:
    if "order" in own:
        own = own.assign(arrangement=[_arrangement(row) for row in own.to_dict("records")])
    draw = partial(_remains, own, value, by, label)
    title = f"{own['track'].iloc[0]}: {label}" if by == ("arrangement",) else label
    return picture(draw, width=6.5, height=3.4, title=title, caption="")


def _remains(own: pd.DataFrame, value: str, by: tuple[str, ...], label: str, figure: Figure) -> None:
    plot_layers(own, ax=figure.subplots(), value=value, by=by, label=label)


def _finding(table: pd.DataFrame) -> str:
    """Where the strongest curve of a track loses its half."""
    whole = table[table["n_removed"] == 0]
    strongest = whole.iloc[int(whole["rms"].to_numpy().argmax())]
    keys = ["order", "strand_a", "strand_b"]
    own = table[(table[keys] == strongest[keys]).all(axis=1)].reset_index(drop=True)
    lost = own[own["kept"] < _HALF]
    who = f"{strongest['track']}, {_arrangement(strongest.to_dict())} (its strongest curve)"
    if lost.empty:
        return f"{who}: more than half of the curve is left whichever layers are skipped."
    row = lost.iloc[0]
    kept = "nothing" if row["kept"] <= 0.005 else f"{row['kept']:.0%}"
    if (own["n_removed"] > 1).any():
        n = int(row["n_removed"])
        what = "the last layer" if n == 1 else f"the last {n} layers"
        before = own.loc[own["n_removed"] == n - 1, "kept"].iloc[0]
        more = f"; with one fewer skipped, {before:.0%}" if n > 1 else ""
        return f"{who}: with {what} skipped, so that the others reach {row['reach_bp']} bp, {kept} of it is left{more}."
    worst = own.iloc[int(np.nanargmin(own["kept"].to_numpy()))]
    return f"{who}: layer {worst['removed']} matters most; without it, {worst['kept']:.0%} of the curve is left."


def _agreement(table: pd.DataFrame) -> str:
    own = table[table["n_removed"] > 0]
    first = own.iloc[0]
    worst = own.iloc[int(np.nanargmin(own["correlation"].to_numpy()))] if own["correlation"].notna().any() else first
    return (
        f"{first['track']}: without layer {first['removed']} the correlation with the whole model is "
        f"{first['correlation']:.2f}; it is lowest without {worst['removed']}, {worst['correlation']:.2f}."
    )


def _kept_table(table: pd.DataFrame) -> Table:
    columns = [
        *(Column("track"), Column("arrangement"), Column("layers skipped"), Column("reach (bp)", numeric=True)),
        Column("left", numeric=True, hint="of the whole model's curve; 1: all of it"),
        Column("size", numeric=True, hint="root mean square of the curve, in the unit of the response"),
    ]
    rows = [
        [
            *(Cell(str(row["track"])), Cell(_arrangement(row)), Cell(str(row["removed"]))),
            *(
                Cell(f"{row['reach_bp']}", "n"),
                Cell(_fixed(row["kept"], 2), "n strong"),
                Cell(f"{row['rms']:.3f}", "n"),
            ),
        ]
        for row in table.to_dict("records")
    ]
    return Table(columns, rows, title=f"{len(rows)} curves", is_folded=True)


def _agreement_table(table: pd.DataFrame) -> Table:
    columns = [
        *(Column("track"), Column("layers skipped"), Column("reach (bp)", numeric=True)),
        Column("correlation", numeric=True, hint="Pearson, with the whole model, over sequences"),
        Column("slope", numeric=True, hint="of the line of responses on those of the whole model"),
        Column("mean change", numeric=True),
    ]
    rows = [
        [
            *(Cell(str(row["track"])), Cell(str(row["removed"])), Cell(f"{row['reach_bp']}", "n")),
            Cell(_fixed(row["correlation"], 3), "n strong"),
            *(Cell(_fixed(row["slope"], 3), "n"), Cell(f"{row['change']:+.3f}", "n")),
        ]
        for row in table.to_dict("records")
    ]
    return Table(columns, rows, title=f"{len(rows)} models and tracks", is_folded=len(rows) > 40)


def _fixed(value: float, digits: int) -> str:
    return "-" if value != value else f"{value:.{digits}f}"


def _arrangement(row: Mapping[Any, Any]) -> str:
    a, b = f"A{row['strand_a']}", f"B{row['strand_b']}"
    return f"{a} {b}" if row["order"] == "AB" else f"{b} {a}"
