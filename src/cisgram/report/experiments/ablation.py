"""The page of an ablation: what deleting motif instances does alone, by two, and at the place of the other."""

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.report.blocks import Cell, Column, Picture, Section, Table, Text, mapping_table, number, picture
from cisgram.report.effect_heat_map import plot_effect_heat_map
from cisgram.report.experiments.page import MOST_PICTURES, count, settings_section, signed_interval, write_page
from cisgram.report.matches import small
from cisgram.report.spacing_plots import plot_dependence, plot_epistasis

_ALL = "all"
_MOST_FINDINGS = 5
_MOST_PAIRS = 20
_FEWEST_WINDOWS = 6
_SURE = 0.05


class AblationTables(NamedTuple):
    """What deletions do; the last two without rows where there were no pairs."""

    single: pd.DataFrame
    """From :func:`cisgram.interpret.experiments.single_deletions.single_table`."""
    epistasis: pd.DataFrame
    """From :func:`cisgram.interpret.experiments.epistasis.epistasis_table`."""
    dependence: pd.DataFrame
    """From :func:`cisgram.interpret.experiments.epistasis.dependence_table`."""


def write_ablation_report(
    path: str | os.PathLike[str],
    tables: AblationTables,
    *,
    unit: str,
    settings: Mapping[str, object],
    dropped: Mapping[str, int],
    is_local: bool,
) -> Path:
    """Write the page of an ablation.

    Parameters
    ----------
    path
        The HTML file.
    tables
        What came out.
    unit
        Of the response of whole windows.
    settings
        What to state about the question.
    dropped
        What was left out, by reason.
    is_local
        Whether reads at the instances were looked at; else "at the place of" means the whole window.
    """
    tracks = [str(one) for one in dict.fromkeys(tables.single["track"])]
    sections = [_single_section(tables.single, unit, is_local=is_local)]
    if len(tables.epistasis):
        local_unit = "ln(1 + local reads)" if is_local else unit
        sections += [
            _epistasis_section(tables.epistasis, unit),
            _dependence_section(tables.dependence, tracks, local_unit, is_local=is_local),
        ]
    else:
        text = "No two instances stand near enough to each other without overlapping, so that there are no pairs."
        sections.append(Section("Pairs", "", [Text(text)], [text]))
    if dropped:
        what = mapping_table(dropped, names=("left out", "number"))
        sections.append(Section("Left out", "Instances, and pairs of instances, that were not looked at.", [what]))
    sections.append(settings_section(settings, shown=min(len(tracks), MOST_PICTURES), of=len(tracks), what="tracks"))
    n = tables.single.drop_duplicates("name")["n_instances"].sum()
    return write_page(path, sections, title="Deletion of motif instances", subtitle=count(int(n), "instance"))


def _single_section(table: pd.DataFrame, unit: str, *, is_local: bool) -> Section:
    lead = (
        f"What is lost when one instance of a motif is written over, and all else stays? Change of the {unit} of its "
        "window: below 0 the instance raises it, above 0 it lowers it, and a site that does not matter has 0."
    )
    if is_local:
        lead += " At the instance: the change of ln(1 + reads) that are predicted near it."
    blocks: list[Table | Picture] = [_heat_map(table, "effect", f"change of {unit}", "Of the whole window")]
    if is_local:
        blocks.append(_heat_map(table, "local_effect", "change of ln(1 + local reads)", "At the instance"))
    columns = [
        *(Column("motif"), Column("track"), Column("instances", numeric=True), Column("windows", numeric=True)),
        Column("before", numeric=True, hint=f"{unit} with the instance"),
        Column("effect", numeric=True, hint="after minus before the deletion"),
        Column("95 % interval", numeric=True, hint="bootstrap over windows"),
        Column("q", numeric=True, hint="Wilcoxon, paired; Benjamini and Hochberg over this table"),
        *((Column("at the instance", numeric=True), Column("95 % interval", numeric=True)) if is_local else ()),
    ]
    rows = []
    for row in table.to_dict("records"):
        cells = [
            *(Cell(str(row["name"])), Cell(str(row["track"])), Cell(f"{row['n_instances']:,}", "n")),
            *(Cell(f"{row['n']:,}", "n"), Cell(number(row["intact"]), "n"), Cell(f"{row['effect']:+.3f}", "n strong")),
            *(Cell(_ends(row, "low", "high"), "n"), Cell(small(row["q_wilcoxon"]), "n")),
        ]
        if is_local:
            cells += [Cell(f"{row['local_effect']:+.3f}", "n strong"), Cell(_ends(row, "local_low", "local_high"), "n")]
        rows.append(cells)
    blocks.append(Table(columns, rows, title=f"{len(rows)} motifs and tracks", is_folded=len(rows) > 30))
    return Section("Single motifs", lead, blocks, _single_findings(table, unit))


def _single_findings(table: pd.DataFrame, unit: str) -> list[str]:
    sure = table[table["q_wilcoxon"] < _SURE]
    if sure.empty:
        return ["No motif's deletion changes a response beyond chance (q < 0.05)."]
    strongest = sure.reindex(sure["effect"].abs().sort_values(ascending=False, kind="stable").index)
    return [
        f"Deleting one {row['name']} changes the {unit} of {row['track']} by {row['effect']:+.3g} "
        f"({signed_interval(row['low'], row['high'])}; {count(row['n_instances'], 'instance')})."
        for row in strongest.drop_duplicates("name").head(_MOST_FINDINGS).to_dict("records")
    ]


def _heat_map(table: pd.DataFrame, value: str, label: str, title: str) -> Picture:
    wide = table.pivot_table(index="name", columns="track", values=value)
    rows, columns = [str(one) for one in wide.index], [str(one) for one in wide.columns]
    values = wide.to_numpy(dtype=np.float64)
    return picture(
        lambda figure: plot_effect_heat_map(values, rows, columns, ax=figure.subplots(), label=label),
        width=min(3.6 + 0.7 * len(columns), 11),
        height=min(1.8 + 0.32 * len(rows), 14),
        title=title,
        caption="Blue: the response falls when the motif goes.",
    )


def _epistasis_section(table: pd.DataFrame, unit: str) -> Section:
    lead = (
        f"Do two motifs need each other? Epistasis: what deleting both does to the {unit} minus the sum of what "
        "deleting each does. Near 0 they act independently (on this scale); above 0 the loss of one already costs what "
        "both give, as where each needs the other; below 0 one makes up for the other."
    )
    own = table[table["distance"] == _ALL]
    n_pairs = len(own[["name_a", "name_b"]].drop_duplicates())
    shown = _strongest_pairs(own)
    n_shown, n_tracks = len(shown[["name_a", "name_b"]].drop_duplicates()), own["track"].nunique()
    less = f" The {n_shown} strongest of {n_pairs} pairs of motifs; the table has all." if n_shown < n_pairs else ""
    drawing = picture(
        lambda figure: plot_epistasis(shown, ax=figure.subplots(), unit=unit),
        width=min(5.2 + 0.7 * n_tracks, 11),
        height=1.8 + 0.3 * n_shown,
        title="All distances",
        caption=f"Red: the two need each other; blue: one makes up for the other. Mean over pairs of instances.{less}",
    )
    sure = own[own["q_wilcoxon"] < _SURE]
    strongest = sure.reindex(sure["epistasis"].abs().sort_values(ascending=False, kind="stable").index)
    findings = [
        f"{row['name_a']} and {row['name_b']} {_verdict(row['epistasis'])} on {row['track']}: epistasis "
        f"{row['epistasis']:+.3g} in {unit} ({signed_interval(row['low'], row['high'])}; "
        f"{count(row['n_pairs'], 'pair')})."
        for row in strongest.drop_duplicates(["name_a", "name_b"]).head(_MOST_FINDINGS).to_dict("records")
    ]
    return Section("Epistasis", lead, [drawing, _epistasis_table(table)], findings or [_NO_EPISTASIS])


def _strongest_pairs(own: pd.DataFrame) -> pd.DataFrame:
    """Rows of the pairs of motifs with the largest epistasis on any track, of those that were seen often enough."""
    often = own[own["n"] >= _FEWEST_WINDOWS]
    judged = often if len(often) else own
    largest = judged.assign(size=judged["epistasis"].abs()).groupby(["name_a", "name_b"])["size"].max()
    names = set(largest.nlargest(_MOST_PAIRS).index)
    keys = zip(judged["name_a"], judged["name_b"], strict=True)
    return judged[[key in names for key in keys]]


_NO_EPISTASIS = "No pair of motifs departs from the sum of its parts beyond chance (q < 0.05)."


def _verdict(epistasis: float) -> str:
    return "need each other" if epistasis > 0 else "make up for each other"


def _epistasis_table(table: pd.DataFrame) -> Table:
    columns = [
        *(Column("A"), Column("B"), Column("distance (bp)"), Column("track"), Column("pairs", numeric=True)),
        *(Column("without A", numeric=True), Column("without B", numeric=True), Column("without both", numeric=True)),
        *(Column("epistasis", numeric=True), Column("95 % interval", numeric=True), Column("q", numeric=True)),
    ]
    rows = [
        [
            *(Cell(str(row["name_a"])), Cell(str(row["name_b"])), Cell(str(row["distance"])), Cell(str(row["track"]))),
            Cell(f"{row['n_pairs']:,}", "n"),
            *(Cell(f"{row[name]:+.3f}", "n") for name in ("effect_a", "effect_b", "effect_both")),
            *(Cell(f"{row['epistasis']:+.3f}", "n strong"), Cell(_ends(row, "low", "high"), "n")),
            Cell(small(row["q_wilcoxon"]), "n"),
        ]
        for row in table.to_dict("records")
    ]
    return Table(columns, rows, title=f"By distance: {len(rows)} pairs of motifs, distances and tracks", is_folded=True)


def _dependence_section(table: pd.DataFrame, tracks: list[str], unit: str, *, is_local: bool) -> Section:
    where = "the reads that are predicted near the other one" if is_local else "the response of the whole sequence"
    lead = (
        f"Who depends on whom? One motif of a pair (row) is deleted, and {where} are read (column)."
        if is_local
        else f"Who depends on whom? One motif of a pair (row) is deleted, and {where} is read. The column names the "
        "motif that stays."
    )
    fall = "they fall" if is_local else "it falls"
    lead += f" Blue: {fall} when the row's motif goes; 0: it does not matter. Grey: no pairs. "
    lead += (
        "What the deleted motif brings itself falls too; the fold in the table takes that off: above 1, the one that "
    )
    lead += "stays gives more with the other beside it."
    pictures = [
        picture(
            partial(_dependence, table, track, unit),
            width=min(3.6 + 0.55 * table["at"].nunique(), 9),
            height=min(1.9 + 0.4 * table["at"].nunique(), 8),
            caption="",
        )
        for track in tracks[:MOST_PICTURES]
    ]
    return Section("Who depends on whom", lead, [*pictures, _dependence_table(table)], _dependence_findings(table))


def _dependence(table: pd.DataFrame, track: str, unit: str, figure: Figure) -> None:
    plot_dependence(table, track=track, ax=figure.subplots(), unit=unit)


def _dependence_findings(table: pd.DataFrame) -> list[str]:
    own = table[(table["distance"] == _ALL) & (table["deleted"] != table["at"]) & (table["q_wilcoxon"] < _SURE)]
    own = own[own["fold_low"] > 1]
    strongest = own.sort_values("fold", ascending=False, kind="stable").drop_duplicates(["deleted", "at"])
    return [
        f"{row['track']} at {row['at']} is {row['fold']:.2f} times as high with {row['deleted']} beside it "
        f"(95 % interval {row['fold_low']:.2f} to {row['fold_high']:.2f}; {count(row['n_pairs'], 'pair')})."
        for row in strongest.head(_MOST_FINDINGS).to_dict("records")
    ]


def _dependence_table(table: pd.DataFrame) -> Table:
    columns = [
        *(Column("deleted"), Column("read at"), Column("distance (bp)"), Column("track")),
        *(Column("pairs", numeric=True), Column("effect", numeric=True), Column("95 % interval", numeric=True)),
        Column("q", numeric=True),
        Column("fold", numeric=True, hint="how many times as much there is with the other one; 1: it does not matter"),
        Column("95 % interval", numeric=True),
    ]
    rows = [
        [
            *(Cell(str(row[name])) for name in ("deleted", "at", "distance", "track")),
            *(Cell(f"{row['n_pairs']:,}", "n"), Cell(f"{row['effect']:+.3f}", "n strong")),
            *(Cell(_ends(row, "low", "high"), "n"), Cell(small(row["q_wilcoxon"]), "n")),
            Cell(number(row["fold"], 2), "n"),
            Cell("-" if np.isnan(row["fold_low"]) else f"{row['fold_low']:.2f} to {row['fold_high']:.2f}", "n"),
        ]
        for row in table.to_dict("records")
    ]
    return Table(columns, rows, title=f"By distance: {len(rows)} pairs of motifs, distances and tracks", is_folded=True)


def _ends(row: Mapping[Any, Any], low: str, high: str) -> str:
    return "-" if np.isnan(row[low]) else f"{row[low]:+.3f} to {row[high]:+.3f}"
