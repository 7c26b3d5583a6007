"""Pages of questions about folding: what was asked, tables, triangles before and after, and findings in plain words."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number
from cisgram.report.experiments.page import settings_section, write_page
from cisgram.report.folding_plots import FoldingPicture, folding_picture
from cisgram.report.matches import small

MOST_FOLDED = 8
"""Sets of triangles on a page; the files hold all maps."""

_MOST_ROWS = 200

HINTS = {
    "scd": "square root of the sum of squared changes over all pairs of bins",
    "ssd": "by how much the map became stronger (square roots of sums of squares, after - before)",
    "root_mean_square": "root of the mean squared change of a pair of bins, natural-log units",
    "mean_absolute": "mean absolute change of a pair of bins, natural-log units",
    "random_root_mean_square": "what the same edit does at places of the window by chance",
    "insulation_before": "mean ln observed/expected of contacts across the site",
    "insulation_after": "higher than before: the boundary is weaker",
    "insulation_change": "below 0: the site insulates",
    "corner": "change of the corner of the two places: 3 x 3 pixels less those within the loop",
    "corner_beyond_singles": "the corner less those that each of the two sites makes alone, where stripes cross",
    "corner_before": "3 x 3 pixels at the two sites less those within the loop, natural-log units",
    "variance_given_back": "1 - squared differences / variance of the whole map; below 0: worse than a flat map",
    "strength": "standard deviation of the map relative to that of the whole sequence",
    "ratio": "mean disruption by instances over that by stretches by chance",
    "q_value": "Mann-Whitney, Benjamini and Hochberg over the motifs",
    "crossing_before": "mean contacts between the bins left and right of the variant",
    "pearson": "r of predicted and measured change over pairs of bins",
    "ceiling": "the most that r could be, as two replicates (or random halves) measure the change",
    "other_variants": "mean r with what is predicted for the other variants: a floor",
    "predicted_size": "root of the mean squared predicted change, natural-log units",
    "measured_size": "the same of the measured change, noise included",
    "crossing_predicted": "predicted change of contacts between the bins left and right of the variant",
    "crossing_measured": "the same as measured",
}
"""What columns of these tables mean, for people."""


def write_folding_report(
    path: str | os.PathLike[str],
    tables: Mapping[str, pd.DataFrame],
    pictures: Sequence[FoldingPicture | Picture],
    *,
    title: str,
    lead: str,
    findings: Sequence[str],
    settings: Mapping[str, object],
) -> Path:
    """Write the page of one question.

    Parameters
    ----------
    path
        The HTML file.
    tables
        Titles with tables; of long ones the first rows are shown.
    pictures
        The first :data:`MOST_FOLDED` are drawn.
    title, lead
        Of the page, and what was done.
    findings
        What came out, a sentence each.
    settings
        What to state about the question.
    """
    drawn = [one if isinstance(one, Picture) else folding_picture(one) for one in pictures[:MOST_FOLDED]]
    blocks = [frame_table(table, title=name) for name, table in tables.items()]
    sections = [
        Section("What came out", lead, [*blocks], findings),
        *([Section("Maps", "", drawn)] if drawn else []),
        settings_section(settings, shown=len(drawn), of=len(pictures), what="maps"),
    ]
    return write_page(path, sections, title=title, subtitle="Questions to a model of contact maps")


def frame_table(table: pd.DataFrame, *, title: str) -> Table:
    """A data frame as a block; numbers flush right, p- and q-values short, long tables folded and cut."""
    shown = table.head(_MOST_ROWS)
    is_number = [bool(pd.api.types.is_numeric_dtype(table[name])) for name in table]
    columns = [
        Column(str(name).replace("_", " "), numeric, HINTS.get(str(name), ""))
        for name, numeric in zip(table, is_number, strict=True)
    ]
    rows = [
        [_cell(str(name), value, numeric) for name, value, numeric in zip(table, row, is_number, strict=True)]
        for row in shown.itertuples(index=False, name=None)
    ]
    caption = f"The first {_MOST_ROWS} of {len(table):,} rows; the file holds all." if len(table) > _MOST_ROWS else ""
    return Table(columns, rows, title=title, caption=caption, is_folded=len(rows) > 40)


def _cell(name: str, value: object, numeric: bool) -> Cell:  # noqa: FBT001 - of a table, not of an interface
    if not numeric or isinstance(value, bool | np.bool_):
        return Cell(str(value), "whole")
    amount = float(str(value))
    return Cell(small(amount) if name.endswith(("p_value", "q_value")) else number(amount), "n")
