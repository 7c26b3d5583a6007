"""The question: how do the reads of every track lie around every motif, and does the model say the same."""

from collections.abc import Mapping
from functools import partial
from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgram.motifs.grammar.footprint_tables import ALL, HELD_OUT, footprint_from
from cisgram.motifs.grammar.footprints import Footprint
from cisgram.motifs.grammar.recruitment import DIRECT, RECRUITED
from cisgram.report.blocks import Cell, Column, Picture, Table, number, picture
from cisgram.report.grammar_plots import plot_footprint
from cisgram.report.profile_results import ProfileResults
from cisgram.report.style import ACCENT, FLOOR, OBSERVED, PREDICTED

_LEAST_SHARE = 0.05
"""A panel's scale ends at this share of its track's highest panel at least, so that it does not magnify noise."""
_LONGEST_NAME = 14
_COLORS = {DIRECT: PREDICTED, RECRUITED: ACCENT}
_WORDS = {DIRECT: "direct", RECRUITED: "indirect (recruited)"}

Panels = Mapping[tuple[str, str], Footprint]


def footprint_blocks(results: ProfileResults, relations: pd.DataFrame) -> list[Picture | Table]:
    """Pictures and sharpness of the footprints at the motifs whose relations are known; none without footprints."""
    table, sharpness = (results.table("grammar", name) for name in ("footprints.tsv.gz", "sharpness.tsv"))
    if table is None or sharpness is None:
        return []
    words = {(str(row["pattern"]), str(row["track"])): str(row["relation"]) for row in relations.to_dict("records")}
    motifs, tracks = (list(dict.fromkeys(relations[name].astype(str))) for name in ("pattern", "track"))
    which = HELD_OUT if (table["hits"] == HELD_OUT).any() else ALL
    found = {
        (motif, track): one
        for motif in motifs
        for track in tracks
        if (one := footprint_from(table, motif, track, hits=which)) is not None
    }
    blocks: list[Picture | Table] = [_picture(found, words, motifs, tracks, which)] if found else []
    rows = _rows(sharpness[sharpness["pattern"].astype(str).isin(motifs)], words)
    return [*blocks, _table(rows)] if rows else blocks


def _picture(
    found: Panels, words: Mapping[tuple[str, str], str], motifs: list[str], tracks: list[str], which: str
) -> Picture:
    """Rows are motifs, columns are tracks."""
    shown = [motif for motif in motifs if any((motif, track) in found for track in tracks)]
    where = "held-out windows" if which == HELD_OUT else "explained windows (nothing was predicted)"
    caption = (
        f"Mean reads around the instances of motifs in {where}, in the direction of the motif: along its strand "
        "upwards, on the other one downwards. Grey: observed; blue line: predicted at the same instances. Scales "
        f"differ, but none ends below {_LEAST_SHARE:.0%} of the highest of its track. Direct: the track's own "
        "footprint is sharp; indirect: many reads, but diffuse, as where another protein holds it; beside: the reads "
        "come from another motif near."
    )
    draw = partial(_draw, found=found, words=words, motifs=shown, tracks=tracks)
    size = {"width": 1.0 + 2.45 * len(tracks), "height": 0.8 + 1.35 * len(shown)}
    return picture(draw, **size, caption=caption, title="Footprints")


def _draw(
    figure: Figure, *, found: Panels, words: Mapping[tuple[str, str], str], motifs: list[str], tracks: list[str]
) -> None:
    axes = figure.subplots(len(motifs), len(tracks), squeeze=False)
    for column, track in enumerate(tracks):
        highest = max((_height(found[motif, track]) for motif in motifs if (motif, track) in found), default=0.0)
        for row, motif in enumerate(motifs):
            ax, one = axes[row, column], found.get((motif, track))
            if one is None:
                ax.set_axis_off()
                continue
            _panel(one, words.get((motif, track), ""), _LEAST_SHARE * highest, ax=ax)
            if row == 0:
                ax.annotate(track, (0.5, 1.28), xycoords="axes fraction", ha="center", fontweight="bold")
            if row == len(motifs) - 1:
                ax.set_xlabel("bp from the motif's middle")
            if column == 0:
                # The full name of a pattern without a match is longer than a panel is high.
                name = motif if len(motif) <= _LONGEST_NAME else motif.replace(".", "\n")
                ax.set_ylabel(f"{name}\n{one.n_hits} hits")


def _panel(footprint: Footprint, word: str, least: float, *, ax: Axes) -> None:
    """One motif and track; the title says how the track gets there."""
    plot_footprint(footprint, ax=ax)
    if (legend := ax.get_legend()) is not None:
        legend.remove()
    limit = max(ax.get_ylim()[1], least)
    ax.set_ylim(-limit, limit)
    ax.set_xlabel("")
    ax.set_ylabel("")
    ax.set_title(_WORDS.get(word, word), color=_COLORS.get(word, OBSERVED if word else FLOOR), fontsize=7.5)


def _height(footprint: Footprint) -> float:
    values = [footprint.observed] if footprint.predicted is None else [footprint.observed, footprint.predicted]
    return max(float(np.max(one)) for one in values)


def _rows(sharpness: pd.DataFrame, words: Mapping[tuple[str, str], str]) -> list[list[Cell]]:
    """One row per motif and track with a score: all instances, then those held out."""
    keyed = {(str(row["pattern"]), str(row["track"]), str(row["hits"])): row for row in sharpness.to_dict("records")}
    rows = []
    for motif, track in dict.fromkeys((key[0], key[1]) for key in keyed):
        whole, held = keyed.get((motif, track, ALL)), keyed.get((motif, track, HELD_OUT))
        scores = [_score(whole, "observed"), _score(held, "observed"), _score(held, "predicted")]
        if not any(scores):
            continue
        word = words.get((motif, track), "")
        style: Literal["yes", "no", "soft"] = "yes" if word == DIRECT else "no" if word == RECRUITED else "soft"
        cells = [Cell(motif, "whole"), Cell(track), Cell(_WORDS.get(word, word), style)]
        cells += [Cell(_count(whole), "n"), Cell(scores[0] or "-", "n"), Cell(_count(held), "n")]
        rows.append([*cells, *(Cell(text or "-", "n") for text in scores[1:])])
    return rows


def _table(rows: list[list[Cell]]) -> Table:
    columns = [
        *(Column("motif"), Column("track"), Column("how"), Column("all instances", numeric=True)),
        *(Column("sharpness observed", numeric=True), Column("held out", numeric=True)),
        *(Column("sharpness observed there", numeric=True), Column("sharpness predicted there", numeric=True)),
    ]
    caption = (
        "Share of a footprint's energy that a running mean over two turns of the helix takes away, with 95 % intervals "
        "from drawing instances with replacement: near 1 for a few sharp stops, near 0 for a diffuse hump. A dash: no "
        "footprint rises above the noise, or fewer than 5 instances lie far enough inside windows."
    )
    return Table(columns, rows, title="Sharpness of footprints", caption=caption, is_folded=len(rows) > 16)


def _score(row: Mapping | None, name: str) -> str:
    """A score with its interval; nothing where there is none."""
    if row is None or np.isnan(row[name]):
        return ""
    ends = [number(row[f"{name}_{end}"], 2) for end in ("low", "high")]
    return f"{row[name]:.2f} ({ends[0]} to {ends[1]})"


def _count(row: Mapping | None) -> str:
    return "-" if row is None else f"{row['n_hits']:,}"
