"""The page of a motif insertion: effects as a table, violins and a heat map."""

import os
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.arrays import EditedResponses
from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number, picture
from cisgram.report.effect_heat_map import plot_effect_heat_map
from cisgram.report.experiment_plots import plot_effect_violins
from cisgram.report.experiments.page import MOST_PICTURES, count, settings_section, write_page
from cisgram.report.matches import small

_VIOLINS = (
    "Change in each of the backgrounds: distribution, middle half (bar) and mean (dot). Grey: the motif's bases in "
    "another order, which says what any word does there."
)


def write_insertion_report(
    path: str | os.PathLike[str],
    table: pd.DataFrame,
    effects: EditedResponses,
    scrambled: EditedResponses,
    *,
    unit: str,
    settings: Mapping[str, object],
) -> Path:
    """Write the page of a motif insertion.

    Parameters
    ----------
    path
        The HTML file.
    table
        From :func:`cisgram.interpret.experiments.insertion.insertion_table`.
    effects, scrambled
        Effects of the motifs and of their bases in another order, ``batch motif track``; names are those of the table.
    unit
        Of the response.
    settings
        What to state about the question.
    """
    motifs, tracks = ([str(one) for one in dict.fromkeys(table[name])] for name in ("motif", "track"))
    blocks: list[Table | Picture] = []
    if len(motifs) > 1:
        means = effects.mean(axis=0).astype(np.float64)
        label = f"mean change of {unit}"
        blocks.append(
            picture(
                lambda figure: plot_effect_heat_map(means, motifs, tracks, ax=figure.subplots(), label=label),
                width=min(3.5 + 0.6 * len(tracks), 11),
                height=min(1.8 + 0.32 * len(motifs), 14),
                title="All motifs",
                caption=f"Mean change of the {unit} when a motif is put into a background. Red: it rises.",
            )
        )
    for row, motif in enumerate(motifs[:MOST_PICTURES]):
        draw = partial(_violins, effects[:, row], scrambled[:, row], tracks, unit)
        caption = _VIOLINS if row == 0 else ""
        width = min(max(2.4 + 0.75 * len(tracks), 4.5), 11)
        blocks.append(picture(draw, width=width, height=3.1, title=motif, caption=caption))
    lead = (
        "A motif's effect is the mean, over backgrounds, of the response with it minus the response without. p-values "
        "(Wilcoxon, paired) only say that the mean is not zero: with enough backgrounds the slightest effect is "
        "significant, so read the size, and compare it with the scrambled motif."
    )
    findings = [_insertion_finding(str(motif), table[table["motif"] == motif], unit) for motif in motifs[:8]]
    sections = [
        Section("Effects", lead, [_insertion_table(table)], findings),
        Section("Pictures", "", [*blocks]),
        settings_section(settings, shown=min(len(motifs), MOST_PICTURES), of=len(motifs), what="motifs"),
    ]
    return write_page(path, sections, title="Motif insertion", subtitle=count(len(effects), "background"))


def _violins(own: np.ndarray, scrambled: np.ndarray, tracks: Sequence[str], unit: str, figure: Figure) -> None:
    plot_effect_violins(own, tracks, ax=figure.subplots(), scrambled=scrambled, unit=unit)


def _insertion_finding(motif: str, rows: pd.DataFrame, unit: str) -> str:
    strongest = rows.iloc[int(rows["effect"].abs().to_numpy().argmax())]
    is_beyond = strongest["low"] > strongest["scrambled_high"] or strongest["high"] < strongest["scrambled_low"]
    beyond = "" if is_beyond else "; its scrambled bases do about as much, so this is no evidence for the motif"
    where = f" most in {strongest['track']}:" if len(rows) > 1 else ""
    verb = "raises" if strongest["effect"] > 0 else "lowers"
    return (
        f"{motif} {verb} the {unit}{where} by {abs(strongest['effect']):.3g} ({_interval(strongest)}); "
        f"scrambled: {strongest['scrambled']:+.3g}{beyond}."
    )


def _interval(row: pd.Series) -> str:
    if np.isnan(row["low"]):
        return "a single background"
    return f"95 % interval {row['low']:+.3g} to {row['high']:+.3g}"


def _insertion_table(table: pd.DataFrame) -> Table:
    columns = [
        Column("motif"),
        Column("track"),
        Column("backgrounds", numeric=True),
        Column("before", numeric=True, hint="mean response of the backgrounds"),
        Column("after", numeric=True),
        Column("effect", numeric=True, hint="mean of after - before"),
        Column("95 % interval", numeric=True, hint="bootstrap over backgrounds"),
        Column("rises in", numeric=True),
        Column("scrambled", numeric=True, hint="mean effect of the same bases in another order"),
        Column("q", numeric=True, hint="Wilcoxon, paired; Benjamini and Hochberg over this table"),
        Column("p over scrambled", numeric=True, hint="Wilcoxon, paired, of motif against scrambled motif"),
    ]
    rows = [
        [
            Cell(str(row["motif"])),
            Cell(str(row["track"])),
            Cell(f"{row['n']:,}", "n"),
            Cell(number(row["before"]), "n"),
            Cell(number(row["after"]), "n"),
            Cell(f"{row['effect']:+.3f}", "n strong"),
            Cell("-" if np.isnan(row["low"]) else f"{row['low']:+.3f} to {row['high']:+.3f}", "n"),
            Cell(f"{row['share_up']:.0%}", "n"),
            Cell(f"{row['scrambled']:+.3f}", "n"),
            Cell(small(row["q_wilcoxon"]), "n"),
            Cell(small(row["p_over_scrambled"]), "n"),
        ]
        for row in table.to_dict("records")
    ]
    title = f"{len(rows)} motifs and tracks"
    return Table(columns, rows, title=title, is_folded=len(rows) > 60)
