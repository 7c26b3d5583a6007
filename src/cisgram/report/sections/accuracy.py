"""The question: how good is the model, between what simple rules reach and what the experiment itself repeats."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number, picture, picture_cell
from cisgram.report.plots import plot_metric_strip, plot_observed_against_predicted
from cisgram.report.results import RunResults

_LEAD = (
    "All figures are of windows on contigs that the model never saw. Blue: the model, with its 95 % confidence "
    "interval (resampled blocks of the genome). Green: the ceiling, what replicates of the experiment reach against "
    "each other. Grey: floors, what needs no model."
)


def accuracy(results: RunResults) -> Section | None:
    """The table of metrics and, per track, predicted against observed totals."""
    if not results.metrics:
        return None
    records = sorted(results.metrics, key=lambda one: (one["track"], one["metric"], one["bin_bp"] or 0))
    definitions = {one["metric"]: one["definition"] for one in results.metrics}
    blocks: list[Table | Picture] = [_metric_table(records)]
    blocks += _scatter(results)
    explained = [[Cell(name), Cell(text)] for name, text in definitions.items()]
    blocks.append(Table([Column("metric"), Column("definition")], explained, title="How each is measured"))
    return Section("Accuracy", _LEAD, blocks, findings=[_finding(one) for one in records if _is_headline(one)])


def way_to_ceiling(record: Mapping[str, Any]) -> float | None:
    """Share of the way from the best floor to the ceiling; None where either is missing or they coincide.

    Examples
    --------
    >>> way_to_ceiling({"value": 0.5, "better": "lower", "floors": {"a": 0.9, "b": 0.8}, "ceiling": {"value": 0.2}})
    0.5
    """
    floors = [value for value in record["floors"].values() if value is not None]
    if not floors or record["ceiling"] is None or record["ceiling"]["value"] is None or record["value"] is None:
        return None
    floor = min(floors) if record["better"] == "lower" else max(floors)
    distance = record["ceiling"]["value"] - floor
    return round((record["value"] - floor) / distance, 10) if distance else None


def _metric_table(records: list[Mapping[str, Any]]) -> Table:
    columns = [
        Column("track"),
        Column("metric"),
        Column("bin, bp", numeric=True),
        Column("model", numeric=True),
        Column("95 % interval", numeric=True),
        Column("replicates", numeric=True, hint="ceiling"),
        Column("best floor", numeric=True),
        Column(
            "floor to ceiling", numeric=True, hint="0 %: no better than the best floor; 100 %: as good as a replicate"
        ),
        Column(""),
    ]
    return Table(columns, [_metric_row(one) for one in records])


def _metric_row(record: Mapping[str, Any]) -> list[Cell]:
    floors = {name: value for name, value in record["floors"].items() if value is not None}
    lower = record["better"] == "lower"
    best = (min if lower else max)(floors.items(), key=lambda one: one[1], default=None)
    ceiling = record["ceiling"]["value"] if record["ceiling"] else None
    way = way_to_ceiling(record)
    interval = record["interval"] or [None, None]
    known = [one for one in (record["value"], ceiling, *interval, *floors.values()) if one is not None]
    limits = (min(0.0, *known), max(1.0, *known))
    strip = picture_cell(
        lambda ax: plot_metric_strip(
            record["value"], ax=ax, interval=tuple(interval), floors=floors, ceiling=ceiling, limits=limits
        ),
        text="model between floors and ceiling",
        width=2.6,
        height=0.24,
    )
    return [
        Cell(record["track"]),
        Cell(f"{record['metric']} ({'lower' if lower else 'higher'} is better)"),
        Cell(number(record["bin_bp"]), "n"),
        Cell(number(record["value"]), "n strong"),
        Cell(f"{number(interval[0])} to {number(interval[1])}", "n"),
        Cell(number(ceiling), "n"),
        Cell(f"{number(best[1])} ({best[0]})" if best else "-", "n"),
        Cell("-" if way is None else f"{way:.0%}", "n"),
        strip,
    ]


def _scatter(results: RunResults) -> list[Picture]:
    """Predicted against observed totals, one panel per track."""
    if results.predictions is None or results.store is None:
        return []
    rows, predicted = results.predictions.rows, np.asarray(results.predictions.log_counts)
    observed = results.observed_log_counts()
    names = results.store.track_names

    def draw(figure: Any) -> None:
        axes = figure.subplots(1, len(names), squeeze=False)[0]
        for track, (name, ax) in enumerate(zip(names, axes, strict=True)):
            plot_observed_against_predicted(observed[:, track].ravel(), predicted[:, track].ravel(), ax=ax)
            ax.set_title(name)

    caption = f"Total counts of {len(rows):,} held-out windows, predicted against observed; grey line: equality."
    return [picture(draw, width=min(2.9 * len(names), 11), height=3.0, caption=caption, title="Total counts")]


def _is_headline(record: Mapping[str, Any]) -> bool:
    return (record["metric"], record["bin_bp"]) in (("jsd", 1), ("pearson_log_counts", None))


def _finding(record: Mapping[str, Any]) -> str:
    """The record as a sentence."""
    way = way_to_ceiling(record)
    ceiling = (
        f"; replicates reach {number(record['ceiling']['value'])}"
        if record["ceiling"]
        else "; no replicates to compare with"
    )
    floors = {name: value for name, value in record["floors"].items() if value is not None}
    best = (min if record["better"] == "lower" else max)(floors.items(), key=lambda one: one[1], default=None)
    floor = f", the best simple rule ({best[0]}) {number(best[1])}" if best else ""
    share = f": {way:.0%} of the way from floor to ceiling" if way is not None else ""
    what = {
        "jsd": "where reads fall (Jensen-Shannon divergence at 1 bp, lower is better)",
        "pearson_log_counts": "how many reads there are (Pearson r of log counts)",
    }[record["metric"]]
    return f"{record['track']}, {what}: {number(record['value'])}{ceiling}{floor}{share}."
