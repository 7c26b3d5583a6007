"""The question: does it hold for other cells and other protocols than those it was trained on."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number, picture
from cisgram.report.change_plots import plot_changes
from cisgram.report.coverage_results import METRIC_NAMES, CoverageResults, depth_name
from cisgram.report.sections.coverage.figures import HELD_OUT, verdict

_METRICS = ("auprc", "pearson", "spearman")
_FAR = 2.0
"""Depths that differ by more than this factor are said to differ."""
_MISCALLED = 0.5
"""Called peaks are said to fail below this share of raw coverage's harmonic mean of recall and precision."""
_VERDICTS = {"better than": "better", "worse than": "worse", "not told apart from": "not told apart"}
_LEAD = (
    "A model of shallow coverage learns what deep coverage of one kind of library looks like. Here it is judged on "
    "cells and libraries that it was not trained on: an arrow goes from raw coverage, which went in, to what the model "
    "makes of it. Blue: better; orange: worse; grey: the 95 % interval of the difference holds 0. Coverage is given as "
    "a multiple of that in training, since a model has its depth built in: given coverage that is twice as deep, it "
    "sees peaks that are twice as sure."
)


class _Case(NamedTuple):
    """One judged pair at one depth."""

    pair: str
    track: str
    protocol: str
    depth: str
    n_depth: float
    shallow: float
    deep: float
    changes: Mapping[str, Mapping[str, Any]]


def transfer(results: CoverageResults) -> Section | None:
    """Raw to denoised at every judged depth, where libraries are of several protocols or the model is another run's."""
    table = results.depths
    if table is None or table.empty or not _is_asked(results):
        return None
    trained, cases = results.trained_on, _cases(results, table)
    if not cases:
        return None
    return Section(
        "Other cells, other protocols",
        f"{_LEAD} {_origin(results, trained)}",
        [_picture(cases), _table(cases, trained)],
        [line for pair in dict.fromkeys(one.pair for one in cases) for line in _findings(results, cases, pair)],
    )


def _is_asked(results: CoverageResults) -> bool:
    """Whether the model was trained in another run, or libraries are of several protocols."""
    return results.is_adopted or len({pair.get("protocol", "") for pair in results.config["pairs"]}) > 1


def _origin(results: CoverageResults, trained: Mapping[str, Any]) -> str:
    """What the model was trained on, and whether contigs of the figures may be among it."""
    names, protocols = (", ".join(trained.get(key, ())) for key in ("pairs", "protocols"))
    what = f"It was trained on {names or 'cells that its checkpoint does not name'}"
    text = f"{what} ({protocols or 'protocol not named'})."
    if not results.is_adopted:
        return text
    seen = [name for name in results.held_out if name in trained.get("contigs", ())]
    if seen:
        return (
            f"{text} Its contigs had the names {', '.join(seen)}, too: if it is the same genome, it knows the places."
        )
    if not trained.get("contigs"):
        return f"{text} Its checkpoint does not say on which contigs."
    return text


def _cases(results: CoverageResults, table: pd.DataFrame) -> list[_Case]:
    """Judged pairs at their depths, shallow ones first."""
    tracks = results.table("examples", "tracks.tsv")
    coverage = {} if tracks is None or "mean_coverage" not in tracks else dict(_coverage(tracks))
    protocols = {pair["name"]: pair.get("protocol", "") for pair in results.config["pairs"]}
    own = table[(table["scope"] == HELD_OUT) & (table["method"] == "raw")]
    cases = []
    for (pair, track), group in own.groupby(["pair", "track"], sort=False):
        first = group.iloc[0]
        cases.append(
            _Case(
                str(pair),
                str(track),
                str(protocols.get(str(pair)) or "not named"),
                depth_name(str(first["level"]), float(first["depth"])),
                float(first["depth"]),
                coverage.get(str(track), np.nan),
                coverage.get(f"{pair}.clean", np.nan),
                {metric: _change(results, table, str(track), metric) for metric in _METRICS},
            )
        )
    order = list(dict.fromkeys(one.pair for one in cases))
    return sorted(cases, key=lambda one: (order.index(one.pair), one.n_depth))


def _coverage(tracks: pd.DataFrame) -> list[tuple[str, float]]:
    """Mean coverage by track."""
    return [(str(row["track"]), float(row["mean_coverage"])) for row in tracks.to_dict("records")]


def _change(results: CoverageResults, table: pd.DataFrame, track: str, metric: str) -> Mapping[str, Any]:
    """One metric before and after, and what is known of the difference."""
    own = table[(table["track"] == track) & (table["metric"] == metric) & (table["scope"] == HELD_OUT)]
    values = {str(row["method"]): float(row["value"]) for row in own.to_dict("records")}
    before, after = values.get("raw", np.nan), values.get("denoised", np.nan)
    known = verdict(results.table("evaluation", "differences.tsv"), track, "raw", metric)
    return {"before": before, "after": after, "verdict": _VERDICTS.get(known, "not told apart")}


def _picture(cases: Sequence[_Case]) -> Picture:
    """An arrow per case and metric."""
    names = [f"{one.pair}, {one.depth}" for one in cases]

    def draw(figure: Figure) -> None:
        axes = figure.subplots(1, len(_METRICS), sharey=True)
        for ax, metric in zip(axes, _METRICS, strict=True):
            changes = [{"name": name, **one.changes[metric]} for name, one in zip(names, cases, strict=True)]
            plot_changes(changes, ax=ax, metric_name=METRIC_NAMES[metric])

    return picture(
        draw, width=9.0, height=1.0 + 0.26 * len(cases), caption="From raw coverage (dot) to denoised coverage (arrow)."
    )


def _table(cases: Sequence[_Case], trained: Mapping[str, Any]) -> Table:
    """The same as numbers, with how deep the libraries are."""
    rows = []
    for one in cases:
        cells = [Cell(one.pair), Cell(one.protocol), Cell(one.depth)]
        for mean, kind in ((one.shallow, "shallow"), (one.deep, "deep")):
            ratio = _ratio(mean, trained.get(kind))
            shown = f"{number(mean, 3)} (x {number(ratio, 2)})" if ratio == ratio else number(mean, 3)
            cells.append(Cell(shown, "n strong" if _is_far(ratio) else "n"))
        for metric in _METRICS:
            change = one.changes[metric]
            text = f"{_figure(change['before'])} to {_figure(change['after'])}, {change['verdict']}"
            cells.append(Cell(text, "no" if change["verdict"] == "worse" else ""))
        rows.append(cells)
    columns = [
        Column("cells"),
        Column("protocol"),
        Column("depth"),
        Column("coverage in (x training)", numeric=True, hint="mean, reads per base; bold: more than 2 times off"),
        Column("deep coverage (x training)", numeric=True, hint="mean, reads per base; bold: more than 2 times off"),
        *(Column(f"{METRIC_NAMES[metric]}, raw to denoised") for metric in _METRICS),
    ]
    return Table(
        columns, rows, title="Raw to denoised, and how deep it is beside the training", is_folded=len(rows) > 16
    )


def _findings(results: CoverageResults, cases: Sequence[_Case], pair: str) -> list[str]:
    """What holds of one pair, what fails, and whether its depth is that of training."""
    own, trained = [one for one in cases if one.pair == pair], results.trained_on
    first = own[0]
    is_other = not results.is_adopted and first.protocol not in (trained.get("protocols") or ["not named"])
    kind = ", another protocol than in training" if is_other else ""
    parts = []
    for metric in _METRICS:
        change = first.changes[metric]
        if change["after"] == change["after"]:
            name = METRIC_NAMES[metric]
            parts.append(f"{change['verdict']} by {name} ({_figure(change['before'])} to {_figure(change['after'])})")
    found = [
        f"Transfer: {pair} ({first.protocol}{kind}), {first.depth}: against raw coverage, denoised is {_listed(parts)}."
    ]
    if fails := [_failed(own, metric) for metric in _METRICS if _n_worse(own, metric)]:
        found.append(f"Fails: denoising {pair} makes it worse {_listed(fails)}.")
    found += _miscalled(results, own)
    if far := [_off(one, trained) for one in own if _is_far(_ratio(one.shallow, trained.get("shallow")))]:
        found.append(
            f"Depth: the shallow coverage of {pair} is {far[0]} that of training; the model is made for another depth."
        )
    return found


def _miscalled(results: CoverageResults, cases: Sequence[_Case]) -> list[str]:
    """Where the ranking of bases may be good and the probability is not: peaks called at one half are mostly wrong."""
    table = results.table("evaluation", "called.tsv")
    if table is None:
        return []
    found = []
    for case in cases:
        own = table[(table["track"] == case.track) & (table["scope"] == HELD_OUT)]
        of = {str(row["method"]): row for row in own.to_dict("records")}
        if {"raw", "denoised"} <= of.keys() and _balance(of["denoised"]) < _MISCALLED * _balance(of["raw"]):
            now, before = of["denoised"], of["raw"]
            found.append(
                f"Fails: of the {now['n_called']:,} peaks called in denoised {case.pair}, {case.depth}, "
                f"{now['precision']:.0%} are right, and they find {now['recall']:.0%} of the deep ones (raw coverage: "
                f"{before['precision']:.0%} and {before['recall']:.0%}); the probability does not hold here."
            )
    return found


def _balance(row: Mapping[Any, Any]) -> float:
    """Harmonic mean of recall and precision; 0 where nothing is right."""
    total = row["precision"] + row["recall"]
    return 2 * row["precision"] * row["recall"] / total if total > 0 else 0.0


def _failed(cases: Sequence[_Case], metric: str) -> str:
    """By which metric, and at how many depths."""
    where = f" at {_n_worse(cases, metric)} of {len(cases)} depths" if len(cases) > 1 else ""
    return f"by {METRIC_NAMES[metric]}{where}"


def _n_worse(cases: Sequence[_Case], metric: str) -> int:
    """Number of depths at which denoised coverage is worse than raw coverage."""
    return sum(one.changes[metric]["verdict"] == "worse" for one in cases)


def _off(case: _Case, trained: Mapping[str, Any]) -> str:
    """How many times the depth of training, of one case."""
    return f"{_ratio(case.shallow, trained['shallow']):.2g} times ({case.depth})"


def _ratio(mean: float, trained: float | None) -> float:
    """Mean coverage as a multiple of that in training; NaN where one is not known."""
    return mean / trained if trained else np.nan


def _is_far(ratio: float) -> bool:
    """Whether depths differ by more than twice, either way."""
    return ratio > _FAR or ratio < 1 / _FAR


def _figure(value: float) -> str:
    """Three decimals; a dash where there is no value."""
    return f"{value:.3f}" if value == value else "-"


def _listed(parts: Sequence[str]) -> str:
    """Parts as a sentence has them: a, b and c."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
