"""The question: how good is the prediction of every track, between simple floors and what the experiment repeats."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.report.binned_plots import accuracy_legend, plot_track_accuracy
from cisgram.report.binned_results import BinnedResults
from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number, picture
from cisgram.report.contact_plots import distance_label

NAMES = {"pearson": "Pearson r", "pearson_log1p": "r of ln(1 + x)", "spearman": "Spearman r", "r2": "R2"}
"""Metrics as the page calls them."""

_LEAD = (
    "All figures are of stretches of the genome that the model never saw, over all bins of {bin} together. Blue: the "
    "model, with its 95 % confidence interval (resampled blocks of the genome). Grey: floors, learnt from training "
    "windows: {floors}. {ceiling}"
)
_FLOORS = {
    "mean signal": "the mean of each track (it has no correlation; its R2 is about 0)",
    "GC content": "a linear model of the GC content of a bin and its surroundings",
    "k-mers": "the same with all k-mers in and around the bin",
    "gene starts": "the average track by distance to the nearest annotated gene start, which the model is not told",
}
_CEILING = (
    "Green: the ceiling, what a second experiment of the same depth is expected to reach, estimated from replicates "
    "by the formula of Spearman and Brown. Such an experiment has noise of its own, so that a very good model can "
    "pass it: a prediction without any error would reach about what stands under 'without error'."
)
_NO_CEILING = "No track comes with replicates, so that it is not known how much of the signal can be predicted at all."
_FOLDED_ABOVE = 12
_FEWEST_OF_KIND = 4


def accuracy(results: BinnedResults) -> Section | None:
    """Every track, the families, and the definitions."""
    records = results.records("pearson")
    if not records or results.store is None:
        return None
    table = accuracy_table(results)
    lead = _LEAD.format(
        bin=distance_label(results.store.layout.bin_size),
        floors="; ".join(_FLOORS.get(name, name) for name in results.floor_names),
        ceiling=_CEILING if table["ceiling"].notna().any() else _NO_CEILING,
    )
    blocks: list[Table | Picture] = [_picture(table)]
    if table["family"].value_counts().max() >= _FEWEST_OF_KIND:
        blocks.append(_family_table(table, results.floor_names))
    blocks += [_track_table(results, table), _definitions(results)]
    return Section("Accuracy", lead, blocks, findings=_findings(table, results))


def accuracy_table(results: BinnedResults) -> pd.DataFrame:
    """Pearson's r of every track with its interval, ceiling, what replicates reach, and floors.

    Returns
    -------
    pandas.DataFrame
        Columns ``track``, ``family``, ``value``, ``low``, ``high``, ``ceiling``, ``between``, ``floor`` (the best
        one), and one per floor by its name.
    """
    rows = []
    for one in results.records("pearson"):
        floors = {str(name): value for name, value in _mapping(one["floors"]).items()}
        limit, interval = _mapping(one["ceiling"]), one["interval"] or (None, None)
        known = [value for value in floors.values() if value is not None]
        rows.append(
            {
                "track": str(one["track"]),
                "family": results.families[str(one["track"])],
                "value": one["value"],
                "low": interval[0],  # type: ignore[index]
                "high": interval[1],  # type: ignore[index]
                "ceiling": limit.get("value"),
                "between": limit.get("between_single_replicates"),
                "floor": max(known, default=None),
                **floors,
            }
        )
    table = pd.DataFrame(rows)
    numeric = table.columns.difference(["track", "family"])
    return table.astype(dict.fromkeys(numeric, float))


def without_error(ceiling: float) -> float:
    """What a prediction without any error would reach in Pearson's r, from what a second experiment would.

    Examples
    --------
    >>> without_error(0.49)
    0.7
    """
    return float(np.round(np.sqrt(ceiling), 10)) if ceiling > 0 else float("nan")


def _picture(table: pd.DataFrame) -> Picture:
    """All tracks."""
    is_named = len(table) <= 40
    height = 0.9 + 0.22 * (len(table) + table["family"].nunique()) if is_named else 3.4
    has_ceiling = bool(table["ceiling"].notna().any())

    def draw(figure: Figure) -> None:
        ax = plot_track_accuracy(table, ax=figure.subplots(), metric_name="Pearson r")
        handles = accuracy_legend(has_ceiling=has_ceiling)
        figure.legend(handles=handles, loc="outside upper left", ncols=3)
        if not is_named:
            ax.set_xlabel("tracks of each kind, the best first")

    caption = "One line per track." if is_named else "One point per track."
    return picture(draw, width=7.6, height=height, caption=f"{caption} Best floor: the one with the highest r.")


def _family_table(table: pd.DataFrame, floors: Sequence[str]) -> Table:
    """Means and quartiles of every kind of experiment."""
    shown = [name for name in floors if name in table and table[name].notna().any()]
    has_ceiling = bool(table["ceiling"].notna().any())
    columns = [Column("kind"), Column("tracks", numeric=True), Column("mean r", numeric=True)]
    columns += [Column("quartiles", numeric=True)]
    columns += [Column("ceiling", numeric=True, hint="mean over tracks")] if has_ceiling else []
    columns += [Column(name, numeric=True, hint="mean over tracks") for name in shown]
    columns.append(Column("above best floor", numeric=True, hint="tracks whose r is higher than that of every floor"))
    rows = []
    for family, own in table.groupby("family", sort=False):
        low, middle, high = np.nanquantile(own["value"], [0.25, 0.5, 0.75])
        cells = [Cell(str(family), "whole"), Cell(number(len(own)), "n"), Cell(number(own["value"].mean()), "n strong")]
        quartiles = f"{low:.3f} / {middle:.3f} / {high:.3f}" if len(own) >= _FEWEST_OF_KIND else "-"
        cells.append(Cell(quartiles, "n"))
        cells += [Cell(number(own["ceiling"].mean()), "n")] if has_ceiling else []
        cells += [Cell(number(own[name].mean()), "n") for name in shown]
        cells.append(Cell(f"{int((own['value'] > own['floor']).sum())} of {len(own)}", "n"))
        rows.append(cells)
    return Table(columns, rows, title="By kind of experiment", caption="Pearson r; quartiles over tracks.")


def _track_table(results: BinnedResults, table: pd.DataFrame) -> Table:
    """All metrics of every track."""
    has_ceiling = bool(table["ceiling"].notna().any())
    floors = [name for name in results.floor_names if name in table and table[name].notna().any()]
    others = ["pearson_log1p", "spearman", "r2"]
    values = {(str(one["track"]), str(one["metric"])): one["value"] for one in results.metrics}
    columns = [Column("track"), Column("r", numeric=True)]
    columns.append(Column("95 %", numeric=True, hint="confidence interval"))
    if has_ceiling:
        columns += [
            Column("ceiling", numeric=True, hint="a second experiment of this depth"),
            Column("without error", numeric=True, hint="a prediction of the signal without this experiment's noise"),
            Column("replicates", numeric=True, hint="one against the other"),
        ]
    columns += [Column(name, numeric=True) for name in floors]
    columns += [Column(NAMES[name], numeric=True) for name in others]
    rows = []
    for row in table.to_dict("records"):
        cells = [Cell(str(row["track"]), "whole"), Cell(number(row["value"]), "n strong"), Cell(_interval(row), "n")]
        if has_ceiling:
            cells += [Cell(number(one), "n") for one in (row["ceiling"], without_error(row["ceiling"]), row["between"])]
        cells += [Cell(number(row[name]), "n") for name in floors]
        cells += [Cell(number(values.get((row["track"], name))), "n") for name in others]  # type: ignore[arg-type]
        rows.append(cells)
    caption = "Floors: Pearson r. Everything, for all widths of bins, is in evaluation/tracks.tsv."
    return Table(columns, rows, title=f"All {len(rows)} tracks", caption=caption, is_folded=len(rows) > _FOLDED_ABOVE)


def _definitions(results: BinnedResults) -> Table:
    """How each metric is measured."""
    found = {NAMES[str(one["metric"])]: str(one["definition"]) for one in results.metrics if one["metric"] in NAMES}
    rows = [[Cell(name), Cell(text)] for name, text in found.items()]
    return Table([Column("metric"), Column("definition")], rows, title="How each is measured", is_folded=True)


def _interval(row: Mapping[Any, Any]) -> str:
    return "-" if row["low"] != row["low"] else f"{row['low']:.3f} to {row['high']:.3f}"


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _findings(table: pd.DataFrame, results: BinnedResults) -> list[str]:
    """A sentence per kind of experiment, at most four."""
    assert results.store is not None, "sections look before they draw"
    width = distance_label(results.store.layout.bin_size)
    found = []
    for family, own in list(table.groupby("family", sort=False))[:4]:
        n = len(own)
        what = f"{family}" + (f" ({n} tracks)" if n > 1 else "")
        text = (
            f"{what}: predicted and measured signal in bins of {width} correlate with r = {number(own['value'].mean())}"
        )
        text += " on average" if n > 1 else ""
        beside = []
        if own["ceiling"].notna().any():
            beside.append(f"a second experiment about {number(own['ceiling'].mean())}")
            errorless = own["ceiling"].map(without_error).mean()
            beside.append(f"a prediction without error {number(float(errorless))}")
        names = [name for name in results.floor_names if name in own and own[name].notna().any()]
        beside += [f"{name} {number(own[name].mean())}" for name in names]
        text += f" ({', '.join(beside)})" if beside else ""
        n_below = int((own["low"] <= own["floor"]).sum())
        if n_below:
            which = f"{n_below} of {n} tracks" if n > 1 else "this"
            text += f"; not shown to be better than the best floor (95 % interval): {which}"
        found.append(f"{text}.")
    return found
