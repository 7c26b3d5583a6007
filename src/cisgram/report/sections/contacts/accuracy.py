"""The question: how good are predicted maps, between what simple rules reach and what the experiment itself repeats."""

from collections.abc import Mapping, Sequence
from typing import Any

from cisgram.report.blocks import Cell, Column, Section, Table, number, picture_cell
from cisgram.report.contact_results import ContactResults
from cisgram.report.plots import plot_metric_strip

_LEAD = (
    "All figures are of natural logarithms of observed over expected contacts, in windows on contigs that the model "
    "never saw, bins that were not measured left out. Blue: the model, with its 95 % confidence interval (resampled "
    "blocks of the genome). Green: the ceiling, what a second experiment of the same depth is expected to reach, from "
    "two {kind} by the formula of Spearman and Brown; it is an estimate, as targets of fewer contacts are smoothed "
    "more. Such an experiment has noise of its own, so that a very good model can pass it: a prediction without any "
    "error would reach about what stands under 'without error'. Grey: floors, learnt from training windows: their "
    "average map, the mean of each distance{sites}."
)
_SITES = (
    ", and boosted trees that know nothing but where the given sites lie, how strong they are and which way they point"
)
_HALVES = {"replicates": "replicates", "pseudo-replicates": "halves that its contacts were dealt into at random"}
NAMES = {
    "pearson": "Pearson r",
    "spearman": "Spearman r",
    "scc": "stratum-adjusted r",
    "window_pearson": "Pearson r in a window",
    "mse": "mean squared error",
}
"""Metrics as the page calls them."""


def accuracy(results: ContactResults) -> Section | None:
    """Every figure of every map, with its ceiling and floors."""
    if not results.metrics:
        return None
    kind = next((one["ceiling"]["kind"] for one in results.metrics if one["ceiling"]), "pseudo-replicates")
    floors = list(dict.fromkeys(name for one in results.metrics for name in one["floors"]))
    columns = [
        Column("map"),
        Column("metric"),
        Column("model", numeric=True),
        Column("95 %", numeric=True, hint="confidence interval"),
        Column("ceiling", numeric=True, hint="a second experiment of this depth"),
        Column("without error", numeric=True, hint="a prediction of the contacts without the noise of this experiment"),
        Column("replicates" if kind == "replicates" else "halves", numeric=True, hint="one against the other"),
        *(Column(name, numeric=True) for name in floors),
        Column(""),
    ]
    rows = [_row(one, floors) for one in results.metrics]
    definitions = {NAMES[str(one["metric"])]: str(one["definition"]) for one in results.metrics}
    explained = [[Cell(name), Cell(text)] for name, text in definitions.items()]
    blocks = [
        Table(columns, rows),
        Table([Column("metric"), Column("definition")], explained, title="How each is measured", is_folded=True),
    ]
    lead = _LEAD.format(kind=_HALVES[kind], sites=_SITES if "sites alone" in floors else "")
    tracks = list(dict.fromkeys(one["track"] for one in results.metrics))
    return Section("Accuracy", lead, blocks, findings=[_finding(name, results.metrics) for name in tracks])


def without_error(record: Mapping[str, Any]) -> float | None:
    """What a prediction of the contacts without noise would reach, from what a second experiment would.

    A second experiment has noise of its own, as much as the first: half of the squared error is each one's, and a
    correlation has the product of both reliabilities under the root.

    Examples
    --------
    >>> without_error({"metric": "pearson", "ceiling": {"value": 0.49}})
    0.7
    """
    ceiling = record["ceiling"]["value"] if record["ceiling"] else None
    if ceiling is None:
        return None
    if record["metric"] == "mse":
        return ceiling / 2
    return round(ceiling**0.5, 10) if ceiling > 0 else None


def _row(record: Mapping[str, Any], floors: Sequence[str]) -> list[Cell]:
    """One metric of one map."""
    known = {name: value for name, value in record["floors"].items() if value is not None}
    interval = tuple(record["interval"]) if record["interval"] else None
    ceiling = record["ceiling"]["value"] if record["ceiling"] else None
    between = record["ceiling"]["between_single_replicates"] if record["ceiling"] else None
    values = [one for one in (record["value"], ceiling, *(interval or ()), *known.values()) if one is not None]
    limits = (min(0.0, *values), max(1.0 if record["better"] == "higher" else 0.0, *values)) if values else (0.0, 1.0)
    strip = picture_cell(
        lambda ax: plot_metric_strip(
            record["value"], ax=ax, interval=interval, floors=known, ceiling=ceiling, limits=limits
        ),
        text="model between floors and ceiling",
        width=1.1,
        height=0.24,
    )
    return [
        Cell(record["track"]),
        Cell(NAMES[record["metric"]], "whole"),
        Cell(number(record["value"]), "n strong"),
        Cell(f"{number(interval[0])} to {number(interval[1])}" if interval else "-", "n"),
        Cell(number(ceiling), "n"),
        Cell(number(without_error(record)), "n"),
        Cell(number(between), "n"),
        *(Cell(number(record["floors"].get(name)), "n") for name in floors),
        strip,
    ]


def _finding(track: str, records: Sequence[Mapping[str, Any]]) -> str:
    """What the figure that matters most says of one map."""
    record = next(one for one in records if one["track"] == track and one["metric"] == "pearson")
    known = {name: value for name, value in record["floors"].items() if value is not None}
    beside = [f"{name} {number(value)}" for name, value in known.items()]
    if record["ceiling"] and record["ceiling"]["value"] is not None:
        beside.insert(0, f"a second experiment about {number(record['ceiling']['value'])}")
        beside.insert(1, f"a prediction without error {number(without_error(record))}")
    text = f"{track}: predicted and measured maps correlate with r = {number(record['value'])}"
    if (best_possible := without_error(record)) and record["value"] is not None:
        text += f", {record['value'] / best_possible:.0%} of what can be reached"
    text += f" ({', '.join(beside)})"
    best = max(known, key=lambda name: known[name], default=None)
    if best is None or not record["interval"] or record["interval"][0] > known[best]:
        return f"{text}."
    verdict = "is below the floor" if record["interval"][1] < known[best] else "is not told apart from the floor"
    return f"{text}; the model {verdict} '{best}' (95 % interval)."
