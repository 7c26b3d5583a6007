"""The question: which peaks does one call, and how many of them are right."""

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number, picture
from cisgram.report.called_plots import plot_called_peaks
from cisgram.report.coverage_results import METHOD_NAMES, CoverageResults, depth_name
from cisgram.report.sections.coverage.figures import HELD_OUT

_LEAD = (
    "What one works with in the end is a list of peaks. Each method calls its own, by its usual rule, and they are "
    "held against those of the deep library: recall is the share of the deep peaks that a called one overlaps, "
    "precision the share of the called ones that overlap a deep peak; two peaks overlap if they share a base. The "
    "distance is that of the summits of overlapping peaks, in the median. A lower threshold trades precision for "
    "recall: a method is ahead if it has more of both. The called peaks are in the folder evaluation, as narrowPeak."
)
_MANY = 2.0
"""Calls per deep peak above which the page warns of the threshold."""


def called(results: CoverageResults) -> Section | None:
    """Recall against precision, and a row per depth and method, on contigs never trained on."""
    table = results.table("evaluation", "called.tsv")
    if table is None:
        return None
    own = table[table["scope"] == HELD_OUT]
    if own.empty:
        return None
    blocks = [_curve(results, str(pair), group) for pair, group in own.groupby("pair", sort=False)]
    return Section("Called peaks", _LEAD, [*blocks, _table(results, own)], _findings(results, own))


def _curve(results: CoverageResults, pair: str, own: pd.DataFrame) -> Picture:
    """Recall and precision of all methods of one pair."""
    unit = "cells" if (own["level"] == "cells").any() else "reads (cut sites)"

    def draw(figure: Figure) -> None:
        ax = figure.subplots()
        plot_called_peaks(own, ax=ax, names=METHOD_NAMES, unit=unit)
        ax.legend(loc="lower left", fontsize=8)

    n_deep = int(own["n_deep"].iloc[0])
    caption = f"{pair}: {n_deep:,} deep peaks on {results.held_out_text}. Top right is best."
    return picture(draw, width=5.2, height=4.0, caption=caption)


def _table(results: CoverageResults, own: pd.DataFrame) -> Table:
    """Every method at every depth."""
    rows = []
    for row in own.to_dict("records"):
        method, style = str(row["method"]), "n strong" if row["method"] == "denoised" else "n"
        depth = "-" if method in ("replicate", "deep") else depth_name(str(row["level"]), float(str(row["depth"])))
        rows.append(
            [
                *(Cell(str(one)) for one in (row["pair"], depth, METHOD_NAMES[method], row["rule"])),
                Cell(number(row["n_called"]), "n"),
                *(Cell(_with_interval(row, name), style) for name in ("recall", "precision")),
                Cell(_distance(row), "n"),
            ]
        )
    columns = [
        Column("cells"),
        Column("depth"),
        Column("method"),
        Column("a peak is where"),
        Column("called", numeric=True),
    ]
    columns += [Column(f"{name} (95 %)", numeric=True) for name in ("recall", "precision")]
    columns.append(Column("summits apart, bp", numeric=True, hint="median over called peaks that overlap a deep one"))
    title = f"On {results.held_out_text}"
    return Table(columns, rows, title=title, is_folded=len(rows) > 16)


def _with_interval(row: Mapping[Hashable, Any], name: str) -> str:
    """A share and its interval."""
    if row[name] != row[name]:
        return "-"
    return f"{row[name]:.3f} ({number(row[f'{name}_low'])} to {number(row[f'{name}_high'])})"


def _distance(row: Mapping[Hashable, Any]) -> str:
    """A distance and its interval; nothing where nothing is called."""
    value, low, high = (row[f"summit_distance_{end}"] for end in ("bp", "low", "high"))
    return "-" if value != value else f"{value:.0f} ({number(low, 0)} to {number(high, 0)})"


def _findings(results: CoverageResults, own: pd.DataFrame) -> list[str]:
    """One sentence per pair, on the shallowest track."""
    found = []
    for pair, group in own.groupby("pair", sort=False):
        denoised = group[group["method"] == "denoised"].sort_values("depth", kind="stable")
        if denoised.empty or not denoised["n_deep"].iloc[0]:
            continue
        row = denoised.iloc[0]
        others = [
            f"{METHOD_NAMES[str(one['method'])]} {one['recall']:.0%} with {_right(one)}"
            for one in group[(group["track"] == row["track"]) & (group["method"] != "denoised")].to_dict("records")
        ]
        found.append(
            f"{pair}, {depth_name(str(row['level']), float(row['depth']))}: of {int(row['n_deep']):,} deep peaks on "
            f"{', '.join(results.held_out)}, the denoised track finds {row['recall']:.0%} with {_right(row.to_dict())}"
            f" ({'; '.join(others)})."
        )
        if row["n_called"] > _MANY * row["n_deep"]:
            found.append(
                f"{pair}: {row['n_called'] / row['n_deep']:.1f} times as many peaks are called as the deep library "
                "has: this model's probabilities are too high to be cut at one half. Train it longer, or raise "
                "--threshold of cisgram denoise."
            )
    return found


def _right(row: Mapping[Hashable, Any]) -> str:
    """How many of the called ones are right."""
    if not row["n_called"]:
        return "no call"
    return f"{int(row['n_called']):,} called, {row['precision']:.0%} of them right"
