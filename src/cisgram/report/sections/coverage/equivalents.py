"""The question: how many more reads, or cells, is denoising worth."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

from cisgram.report.blocks import Cell, Column, Section, Table
from cisgram.report.coverage_results import METRIC_NAMES, CoverageResults, depth_name
from cisgram.report.sections.coverage.figures import HELD_OUT

_LEAD = (
    "Read off the curves of raw coverage: the depth at which raw coverage agrees with deep coverage as well as "
    "denoised coverage does, as a multiple of the depth that went in, with its 95 % interval. > is beyond the deepest "
    "raw coverage that was compared, and is not guessed; < is before the shallowest."
)


def equivalents(results: CoverageResults) -> Section | None:
    """A row per depth, a column per metric, on contigs never trained on."""
    table = results.table("evaluation", "equivalents.tsv")
    if table is None or table.empty:
        return None
    own = table[table["scope"] == HELD_OUT]
    metrics = [name for name in METRIC_NAMES if name in set(own["metric"])]
    rows, findings = [], []
    for (pair, _), group in own.groupby(["pair", "track"], sort=False):
        by_metric = {str(row["metric"]): row for row in group.to_dict("records")}
        first = group.iloc[0]
        depth = float(first["depth"])
        shown = {name: _times(by_metric[name], depth) for name in metrics if name in by_metric}
        name = depth_name(str(first["level"]), depth)
        rows.append([Cell(str(pair)), Cell(name), *(Cell(shown.get(metric, "-"), "n") for metric in metrics)])
        if not findings and "auprc" in shown:
            unit = "cells" if first["level"] == "cells" else "reads"
            findings.append(
                f"Worth: {name} of {pair}, denoised, equal {shown['auprc'].replace('x', ' times')} as many {unit} by "
                "the auPRC of peaks."
            )
    columns = [Column("cells"), Column("depth"), *(Column(f"by {METRIC_NAMES[one]}", numeric=True) for one in metrics)]
    title = f"Denoised coverage equals so many times the depth, on {', '.join(results.held_out)}"
    return Section("What it is worth", _LEAD, [Table(columns, rows, title=title)], findings)


def _times(row: Mapping[Hashable, Any], depth: float) -> str:
    """A multiple and its interval."""
    value, low, high = (_multiple(row, name, depth) for name in ("equals", "low", "high"))
    return f"{value}x" if value == low == high else f"{value}x ({low} to {high})"


def _multiple(row: Mapping[Hashable, Any], name: str, depth: float) -> str:
    """One number as a multiple of a depth."""
    if np.isinf(row[name]):
        return f"> {row['deepest'] / depth:.1f}"
    return f"{row[name] / depth:.1f}" if row[name] > 0 else f"< {row['shallowest'] / depth:.1f}"
