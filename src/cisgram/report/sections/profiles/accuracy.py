"""The question: how good is the model, between what simple rules reach and what the experiment itself repeats."""

from collections.abc import Mapping, Sequence
from typing import Any

from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number, picture, picture_cell
from cisgram.report.plots import plot_metric_strip, plot_observed_against_predicted
from cisgram.report.profile_results import ProfileResults

_LEAD = (
    "All figures are of windows on contigs that the model never saw; a divergence is better the lower it is, all "
    "others the higher. Blue: the model, with its 95 % confidence interval (resampled blocks of the genome). Green: "
    "the ceiling, what replicates of the experiment reach against each other; a single replicate is halved at random, "
    "and such pseudo-replicates agree too well. Grey: floors, what needs no model. A good model can pass "
    "the ceiling where reads are few: a replicate is a noisy sample, a model predicts the mean."
)


_NAMES = {
    "jsd": "profile divergence, bits",
    "auprc": "profile auPRC",
    "pearson_log_counts": "log counts, Pearson r",
    "spearman_log_counts": "log counts, Spearman r",
    "pearson_log_counts_per_strand": "log counts per strand, Pearson r",
    "spearman_log_counts_per_strand": "log counts per strand, Spearman r",
    "pearson_log_counts_with_negatives": "log counts, negatives too, Pearson r",
    "spearman_log_counts_with_negatives": "log counts, negatives too, Spearman r",
}
_HEADLINES = (("jsd", 1), ("jsd", 10), ("auprc", 1), ("auprc", 10), ("pearson_log_counts", None))


def accuracy(results: ProfileResults) -> Section | None:
    """The metrics that say most, per track; predicted against observed totals; all metrics, folded away."""
    if not results.metrics:
        return None
    tracks = list(dict.fromkeys(one["track"] for one in results.metrics))
    order = {name: place for place, name in enumerate(_NAMES)}
    records = sorted(
        results.metrics,
        key=lambda one: (tracks.index(one["track"]), order.get(one["metric"], len(order)), one["bin_bp"] or 0),
    )
    chosen = [one for one in records if (one["metric"], one["bin_bp"]) in _HEADLINES]
    definitions = {str(one["metric"]): str(one["definition"]) for one in records}
    explained = [[Cell(_NAMES.get(str(name), str(name))), Cell(text)] for name, text in definitions.items()]
    blocks: list[Table | Picture] = [_metric_table(chosen or records, title="In short")]
    blocks += _scatter(results)
    blocks.append(_metric_table(records, title=f"All {len(records)} figures", is_folded=True))
    blocks.append(
        Table([Column("metric"), Column("definition")], explained, title="How each is measured", is_folded=True)
    )
    return Section("Accuracy", _LEAD, blocks, findings=[_finding(name, records) for name in tracks])


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


def _metric_table(records: Sequence[Mapping[str, Any]], *, title: str, is_folded: bool = False) -> Table:
    kinds = dict.fromkeys(one["ceiling"]["kind"] for one in records if one["ceiling"])
    columns = [
        Column("track"),
        Column("metric"),
        Column("model", numeric=True),
        Column("95 % interval", numeric=True),
        Column(" or ".join(kinds) or "ceiling", numeric=True, hint="what they reach against each other"),
        Column("best floor", numeric=True),
        Column(
            "floor to ceiling", numeric=True, hint="0 %: no better than the best floor; 100 %: as good as a replicate"
        ),
        Column(""),
    ]
    return Table(columns, [_metric_row(one) for one in records], title=title, is_folded=is_folded)


def _metric_row(record: Mapping[str, Any]) -> list[Cell]:
    floors = {name: value for name, value in record["floors"].items() if value is not None}
    at = f", {record['bin_bp']} bp bins" if record["bin_bp"] else ""
    best = _best_floor(record)
    ceiling = record["ceiling"]["value"] if record["ceiling"] else None
    way = way_to_ceiling(record)
    interval = tuple(record["interval"]) if record["interval"] else None
    known = [one for one in (record["value"], ceiling, *(interval or ()), *floors.values()) if one is not None]
    limits = (min(0.0, *known), max(1.0, *known))
    strip = picture_cell(
        lambda ax: plot_metric_strip(
            record["value"], ax=ax, interval=interval, floors=floors, ceiling=ceiling, limits=limits
        ),
        text="model between floors and ceiling",
        width=1.9,
        height=0.24,
    )
    return [
        Cell(record["track"]),
        Cell(f"{_NAMES.get(record['metric'], record['metric'])}{at}", "whole"),
        Cell(number(record["value"]), "n strong"),
        Cell(f"{number(interval[0])} to {number(interval[1])}" if interval else "-", "n"),
        Cell(number(ceiling), "n"),
        Cell(f"{number(best[1])} ({best[0]})" if best else "-", "n"),
        Cell("-" if way is None else f"{way:.0%}", "n"),
        strip,
    ]


def _scatter(results: ProfileResults) -> list[Picture]:
    """Predicted against observed totals, one panel per track."""
    if results.predictions is None or results.store is None:
        return []
    observed, predicted = results.log_totals()
    names = results.store.track_names

    def draw(figure: Any) -> None:
        axes = figure.subplots(1, len(names), squeeze=False)[0]
        for track, (name, ax) in enumerate(zip(names, axes, strict=True)):
            plot_observed_against_predicted(observed[:, track], predicted[:, track], ax=ax)
            ax.set_title(name)

    caption = f"Total counts of {len(observed):,} held-out windows, predicted against observed; grey line: equality."
    return [picture(draw, width=min(2.9 * len(names), 11), height=3.0, caption=caption, title="Total counts")]


def _finding(track: str, records: Sequence[Mapping[str, Any]]) -> str:
    """What the two figures that matter most say of one track."""
    of_track = {(one["metric"], one["bin_bp"]): one for one in records if one["track"] == track}
    parts = []
    for key, what in (
        (("jsd", 1), "profile shape, divergence at 1 bp"),
        (("pearson_log_counts", None), "totals, Pearson r"),
    ):
        if key not in of_track or of_track[key]["value"] is None:
            continue
        record, way = of_track[key], way_to_ceiling(of_track[key])
        best, ceiling = _best_floor(record), record["ceiling"]
        beside = [f"{ceiling['kind']} {number(ceiling['value'])}"] if ceiling else ["no replicates"]
        beside += [f"{best[0]} {number(best[1])}"] if best else []
        share = f", {way:.0%} of the way from floor to ceiling" if way is not None else ""
        parts.append(f"{what} {number(record['value'])} ({', '.join(beside)}){share}")
    return f"{track}: {'; '.join(parts)}."


def _best_floor(record: Mapping[str, Any]) -> tuple[str, float] | None:
    """Name and value of the floor that is hardest to beat."""
    known = [(name, value) for name, value in record["floors"].items() if value is not None]
    choose = min if record["better"] == "lower" else max
    return choose(known, key=lambda one: one[1]) if known else None
