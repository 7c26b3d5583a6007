"""Figures by depth as curves and tables, which several questions share."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.report.blocks import Cell, Column, Picture, Table, number, picture
from cisgram.report.coverage_results import METHOD_NAMES, METRIC_NAMES, CoverageResults, depth_name
from cisgram.report.depth_plots import plot_depth_curves

ALL, HELD_OUT = "all contigs", "contigs never trained on"
"""The two parts of the genome that figures are of."""


def depth_curves(results: CoverageResults, pair: str, metrics: Sequence[str], methods: Sequence[str]) -> list[Picture]:
    """Curves of some metrics of one pair; none where it has a single depth."""
    table = results.depths
    assert table is not None, "sections look before they draw"
    own = table[(table["pair"] == pair) & table["metric"].isin(metrics) & table["method"].isin(methods)]
    is_all = set(results.held_out) == set(results.notes("prepare").get("known_bp_by_contig", ()))
    own = own[~((own["method"].eq("replicate") | is_all) & own["scope"].eq(HELD_OUT))]
    if own.loc[own["method"] == "raw", "depth"].dropna().nunique() < 2:
        return []
    unit = "cells" if (own["level"] == "cells").any() else "reads (cut sites)"

    def draw(figure: Figure) -> None:
        axes = figure.subplots(1, len(metrics), squeeze=False)[0]
        for ax, metric in zip(axes, metrics, strict=True):
            rows = own[own["metric"] == metric]
            name = METRIC_NAMES[metric]
            plot_depth_curves(rows, ax=ax, names=METHOD_NAMES, dashed=HELD_OUT, metric_name=name, unit=unit)
        axes[0].legend(loc="best")

    dashed = "" if is_all else f"; dashed: {results.held_out_text}"
    caption = f"{pair}. Solid: all contigs, with 95 % intervals{dashed}."
    return [picture(draw, width=4.4 * len(metrics), height=3.3, caption=caption)]


def figure_table(results: CoverageResults, metrics: Sequence[str], methods: Sequence[str]) -> Table:
    """All figures of some metrics on contigs never trained on, a row per depth and method."""
    table, differences = results.depths, results.table("evaluation", "differences.tsv")
    assert table is not None, "sections look before they draw"
    own = table[(table["scope"] == HELD_OUT) & table["metric"].isin(metrics) & table["method"].isin(methods)]
    rows = []
    for (pair, track, method), group in own.groupby(["pair", "track", "method"], sort=False):
        first = group.iloc[0]
        by_metric = {str(row["metric"]): row for row in group.to_dict("records")}
        style = "n strong" if method == "denoised" else "n"
        no_depth = method in ("replicate", "deep")
        shown = "-" if no_depth else depth_name(str(first["level"]), float(first["depth"]))
        cells = [Cell(str(pair)), Cell(shown), Cell(METHOD_NAMES[str(method)])]
        for metric in metrics:
            cells.append(Cell(with_interval(by_metric.get(metric)), style))
            cells.append(Cell(_ahead(differences, str(track), str(method), metric), "n"))
        rows.append(cells)
    columns = [Column("cells"), Column("depth"), Column("method")]
    for metric in metrics:
        columns.append(Column(f"{METRIC_NAMES[metric]} (95 %)", numeric=True))
        columns.append(Column("denoised minus it", numeric=True, hint="resampled together"))
    return Table(columns, rows, title=f"On {results.held_out_text}", is_folded=len(rows) > 16)


def with_interval(row: Mapping[Any, Any] | None) -> str:
    """A value with its interval; a dash where there is none."""
    if row is None or row["value"] != row["value"]:
        return "-"
    return f"{row['value']:.3f} ({number(row['low'])} to {number(row['high'])})"


def _ahead(differences: pd.DataFrame | None, track: str, method: str, metric: str) -> str:
    """What denoised coverage has above a method on the same track."""
    if differences is None or differences.empty:
        return ""
    own = differences[
        (differences["track"] == track)
        & (differences["other"] == method)
        & (differences["metric"] == metric)
        & (differences["scope"] == HELD_OUT)
    ]
    if own.empty:
        return ""
    row = own.iloc[0]
    if np.isnan(row["difference"]):
        return "-"
    return f"{row['difference']:+.3f} ({row['low']:+.3f} to {row['high']:+.3f})"


def verdict(differences: pd.DataFrame | None, track: str, other: str, metric: str) -> str:
    """Whether denoised coverage is better than another method, in words; empty where it is not known."""
    if differences is None or differences.empty:
        return ""
    own = differences[(differences["track"] == track) & (differences["other"] == other)]
    own = own[(own["metric"] == metric) & (own["scope"] == HELD_OUT)]
    if own.empty or np.isnan(own["difference"].iloc[0]):
        return ""
    low, high = float(own["low"].iloc[0]), float(own["high"].iloc[0])
    return "better than" if low > 0 else "worse than" if high < 0 else "not told apart from"
