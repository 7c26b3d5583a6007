"""The page of a saturation mutagenesis: maps of single sequences, and what they cost."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pandas as pd

from cisgram.interpret.experiments.maps import MutationMap
from cisgram.report.blocks import Cell, Column, Picture, Section, Table, mapping_table, number, picture
from cisgram.report.experiment_plots import draw_saturation
from cisgram.report.experiments.page import MOST_PICTURES, count, settings_section, write_page


@dataclass(frozen=True, eq=False)
class SequencePicture:
    """One mutation map for a page."""

    name: str
    track: str
    mutations: MutationMap
    gradient: MutationMap | None = None
    start: int = 1
    """Number of its first position on the axis."""
    xlabel: str = "position (bp)"
    correlation: float | None = None
    """Of the gradient's estimates with the effects."""


def write_saturation_report(
    path: str | os.PathLike[str],
    table: pd.DataFrame,
    pictures: Sequence[SequencePicture],
    *,
    unit: str,
    costs: Mapping[str, object],
    settings: Mapping[str, object],
) -> Path:
    """Write the page of a saturation mutagenesis.

    Parameters
    ----------
    path
        The HTML file.
    table
        One row per sequence and track: ``sequence``, ``track``, ``reference``, ``max_loss``, ``max_loss_position``,
        ``max_gain``, ``max_gain_position`` and ``gradient_correlation`` (NaN where it was not asked).
    pictures
        Maps to draw; the first :data:`MOST_PICTURES` are.
    unit
        Of the response.
    costs
        What mutagenesis and gradient took.
    settings
        What to state about the question.
    """
    columns = [
        Column("sequence"),
        Column("track"),
        Column(unit, numeric=True, hint="response to the sequence as it is"),
        Column("largest loss", numeric=True),
        Column("at", numeric=True),
        Column("largest gain", numeric=True),
        Column("at", numeric=True),
        Column("gradient r", numeric=True, hint="Pearson correlation of the gradient's estimates with the effects"),
    ]
    rows = [
        [
            Cell(str(row["sequence"])),
            Cell(str(row["track"])),
            Cell(number(row["reference"]), "n"),
            Cell(number(row["max_loss"]), "n strong"),
            Cell(f"{row['max_loss_position']:,}", "n"),
            Cell(number(row["max_gain"]), "n"),
            Cell(f"{row['max_gain_position']:,}", "n"),
            Cell(number(row["gradient_correlation"]), "n"),
        ]
        for row in table.to_dict("records")
    ]
    drawn = [_saturation_picture(one, unit) for one in pictures[:MOST_PICTURES]]
    lead = (
        "Every base was replaced by each of the other three. Loss: how far the worst replacement takes the response "
        "down, which marks bases the model relies on. Gain: how far the best one takes it up, which marks places one "
        "base away from something better."
    )
    findings = [
        f"{row['sequence']}, {row['track']}: {unit} {row['reference']:.3g}; the most costly base is at "
        f"{row['max_loss_position']:,} (loss {row['max_loss']:.3g}), the largest gain is {row['max_gain']:.3g}."
        for row in table.head(6).to_dict("records")
    ]
    if (table["gradient_correlation"].notna()).any():
        middle = float(table["gradient_correlation"].median())
        findings.append(f"The gradient's estimates correlate with the measured effects by {middle:.2f} (median).")
    is_flat = table[["max_loss", "max_gain"]].max(axis=1) < 0.1
    is_saturated = is_flat & ((table["reference"] - 0.5).abs() > 0.45)
    if unit == "probability" and is_saturated.any():
        findings.append(
            f"In {count(int(is_saturated.sum()), 'map')} the probability is so near 0 or 1 that no single base moves "
            "it; the logit shows what the bases are worth there."
        )
    sections = [
        Section("Maps", lead, drawn, findings),
        Section("Sequences", "", [Table(columns, rows, title=count(len(rows), "map"), is_folded=len(rows) > 60)]),
        Section("Cost", "", [mapping_table(costs, names=("what", "how much"))]),
        settings_section(settings, shown=len(drawn), of=len(pictures), what="maps"),
    ]
    return write_page(
        path, sections, title="Saturation mutagenesis", subtitle=count(table["sequence"].nunique(), "sequence")
    )


def _saturation_picture(one: SequencePicture, unit: str) -> Picture:
    caption = "Dots: the base that is there. Red: putting this base there raises the response; blue: it lowers it."
    if one.correlation is not None:
        caption += f" The gradient's estimates correlate with the effects by {one.correlation:.2f}."
    return picture(
        partial(
            draw_saturation,
            mutations=one.mutations,
            gradient=one.gradient,
            unit=unit,
            start=one.start,
            xlabel=one.xlabel,
        ),
        width=11,
        height=4.4 if one.gradient is None else 7.2,
        title=f"{one.name}, {one.track}: {unit} {one.mutations.reference:.3g}",
        caption=caption,
    )
