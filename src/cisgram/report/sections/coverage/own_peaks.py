"""The question: does it find peaks that no training cells have, or did it learn places by heart."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import pandas as pd

from cisgram.report.blocks import Cell, Column, Section, Table, number
from cisgram.report.coverage_results import METHOD_NAMES, CoverageResults, depth_name
from cisgram.report.sections.coverage.figures import HELD_OUT
from cisgram.report.sections.coverage.own_stretch import own_stretches

_TRAINED_ON = "contigs trained on"
_LEAD = (
    "A model that had learnt where peaks usually lie would look good on any cells that share them, and would be of no "
    "use: what one wants to see is what is special about the cells at hand. So two kinds of places are looked at. Own "
    "peaks are deep peaks of the cells judged that overlap no peak of any training cells; they tend to be low, and low "
    "peaks are hard to find, so that beside them stands the recall of as many shared peaks that are as high. Foreign "
    "places are peaks of training cells where the cells judged have none: a model that learnt by heart calls peaks "
    "there, above all on the contigs that it was trained on. What raw coverage calls at the same places is the floor: "
    "cells next of kin have some coverage there that just missed being a peak."
)


def own_peaks(results: CoverageResults) -> Section | None:
    """Shares of own, shared and foreign places that are called, and the highest own peak."""
    table = results.table("evaluation", "own_peaks.tsv")
    if table is None or table.empty:
        return None
    blocks = [*_tables(results, table), *own_stretches(results)]
    return Section("Peaks that no training type has", _LEAD, blocks, _findings(table))


def _tables(results: CoverageResults, table: pd.DataFrame) -> list[Table]:
    """A table of peaks that are found and one of foreign places, each with a row per depth and method."""
    others = "contigs trained on"
    found = [
        ("own peaks", "own", HELD_OUT),
        ("shared ones as high", "shared as high", HELD_OUT),
        ("all shared ones", "shared", HELD_OUT),
        (f"own, {others}", "own", _TRAINED_ON),
    ]
    foreign = [("never trained on", "foreign", HELD_OUT), (others, "foreign", _TRAINED_ON)]
    caption = (
        f"On {results.held_out_text}, unless the column says otherwise; 95 % intervals are from blocks of the genome. "
        f"{_numbers(table)} A replicate that was itself trained on has no say here and is left out."
    )
    return [
        _table(table, found, "Deep peaks that are found, as shares", caption),
        _table(table, foreign, "Foreign places at which a peak is called, as shares", ""),
    ]


def _table(table: pd.DataFrame, shown: Sequence[tuple[str, str, str]], title: str, caption: str) -> Table:
    """Shares by depth and method; ``shown`` are head of the column, kind of places, and scope."""
    columns = [Column("cells"), Column("depth"), Column("method")]
    columns += [Column(f"{name} (95 %)", numeric=True) for name, _, _ in shown]
    rows = []
    for (pair, _, method), group in table.groupby(["pair", "track", "method"], sort=False):
        first, style = group.iloc[0], "n strong" if method == "denoised" else "n"
        depth = "-" if method == "replicate" else depth_name(str(first["level"]), float(first["depth"]))
        values = [Cell(_share(group, places, scope), style) for _, places, scope in shown]
        rows.append([Cell(str(pair)), Cell(depth), Cell(METHOD_NAMES[str(method)]), *values])
    return Table(columns, rows, title=title, caption=caption, is_folded=len(rows) > 16)


def _numbers(table: pd.DataFrame) -> str:
    """How many places there are."""
    sentences = []
    for pair, group in table.groupby("pair", sort=False):
        n = {(row["scope"], row["places"]): int(row["n"]) for row in group.to_dict("records")}
        sentences.append(
            f"{pair}: {n[HELD_OUT, 'own']:,} own, {n[HELD_OUT, 'shared']:,} shared peaks and "
            f"{n[HELD_OUT, 'foreign']:,} foreign places on contigs never trained on; {n[_TRAINED_ON, 'own']:,}, "
            f"{n[_TRAINED_ON, 'shared']:,} and {n[_TRAINED_ON, 'foreign']:,} on those that were."
        )
    return " ".join(sentences)


def _row(group: pd.DataFrame, places: str, scope: str) -> Mapping[Hashable, Any]:
    """One figure of one method on one track."""
    return group[(group["places"] == places) & (group["scope"] == scope)].to_dict("records")[0]


def _share(group: pd.DataFrame, places: str, scope: str) -> str:
    """A share and its interval."""
    row = _row(group, places, scope)
    if row["value"] != row["value"]:
        return "-"
    return f"{row['value']:.2f} ({number(row['low'], 2)} to {number(row['high'], 2)})"


def _findings(table: pd.DataFrame) -> list[str]:
    """One sentence on own peaks and one on foreign places per pair, on the shallowest track."""
    found = []
    for pair, group in table.groupby("pair", sort=False):
        tracks = group[group["method"] == "denoised"].sort_values("depth", kind="stable")
        if tracks.empty:
            continue
        track, level, depth = tracks.iloc[0][["track", "level", "depth"]]
        at = group[group["track"] == track]
        denoised, raw = (at[at["method"] == method] for method in ("denoised", "raw"))
        own, alike = (_row(denoised, places, HELD_OUT) for places in ("own", "shared as high"))
        where = f"{pair}, {depth_name(str(level), float(depth))}"
        if own["n"] and alike["n"]:
            before = _row(raw, "own", HELD_OUT)["value"]
            found.append(
                f"{where}: of {own['n']:,} peaks that no training cells have, {own['value']:.0%} are found by "
                f"denoising and {before:.0%} by raw coverage; of shared peaks as high, denoising finds "
                f"{alike['value']:.0%}{_beside(own, alike)}."
            )
        there, elsewhere = (_row(denoised, "foreign", scope) for scope in (_TRAINED_ON, HELD_OUT))
        if there["n"] and elsewhere["n"]:
            before = _row(raw, "foreign", _TRAINED_ON)["value"]
            found.append(f"{where}: {_by_heart(there, elsewhere, before)}")
    return found


def _beside(own: Mapping[Hashable, Any], alike: Mapping[Hashable, Any]) -> str:
    """Whether own peaks fare otherwise than shared ones, in words; where intervals overlap, they do not."""
    if own["high"] < alike["low"]:
        return ": own peaks are found less often"
    return ": own peaks are found more often" if own["low"] > alike["high"] else ", not told apart"


def _by_heart(there: Mapping[Hashable, Any], elsewhere: Mapping[Hashable, Any], raw: float) -> str:
    """Whether places that were peaks in training are called more often where the model was trained."""
    shares = (
        f"where only training cells have a peak, one is called at {there['value']:.0%} of the places on contigs "
        f"trained on, and at {elsewhere['value']:.0%} on others (by raw coverage {raw:.0%} on contigs trained on)"
    )
    if there["low"] > elsewhere["high"]:
        return f"{shares}: a sign that places were learnt by heart."
    return f"{shares}: no sign that places were learnt by heart."
