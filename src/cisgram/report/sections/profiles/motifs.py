"""The question: which motifs did the model learn, and what does binding look like at them."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cisgram.genomics.motif import Motif
from cisgram.genomics.pattern import Pattern, full_name
from cisgram.io.meme import read_meme
from cisgram.io.patterns import pattern_groups, read_patterns
from cisgram.motifs.grammar.footprint_tables import HELD_OUT, footprint_from
from cisgram.motifs.grammar.footprints import Footprint
from cisgram.report.blocks import Cell, Column, Section, Table, Text, picture_cell
from cisgram.report.grammar_plots import plot_footprint
from cisgram.report.logos import plot_logo
from cisgram.report.profile_results import ProfileResults

_MAX_ROWS = 12
_LEAD = (
    "Patterns that TF-MoDISco put together from short stretches of high contribution, by track and score. The logos: "
    "mean contributions (what the model uses), the bases of the same stretches (information content), and the best "
    "match in the database. Footprints: mean reads around the motif's instances in held-out windows, in the direction "
    "of the motif; grey observed, blue predicted. Patterns that are the same motif have the same instances."
)


class _Known(NamedTuple):
    """What the database says."""

    matches: pd.DataFrame
    motifs: Mapping[str, Motif]
    max_q_value: float


def motifs(results: ProfileResults) -> Section | None:
    """One table of patterns per track and score."""
    if results.patterns is None:
        return None
    known = _Known(
        results.matches if results.matches is not None else pd.DataFrame(),
        _motifs_by_name(results.folder / "motifs" / "matched.meme"),
        results.config["motifs"]["max_q_value"],
    )
    blocks: list[Table | Text] = []
    findings = []
    around = results.table("grammar", "footprints.tsv.gz")
    for track, score in pattern_groups(results.patterns):
        search = read_patterns(results.patterns, track, score, with_values=False)
        if not search.patterns:
            blocks.append(Text(f"{track}, {score}: no pattern; {search.reason}."))
            findings.append(f"{track}, {score}: no motif was found ({search.reason}).")
            continue
        rows = [
            _row(pattern, full_name(track, score, pattern.name), known, partial(_footprint, around, track))
            for pattern in search.patterns[:_MAX_ROWS]
        ]
        more = f" ({len(search.patterns) - _MAX_ROWS} more in patterns.h5)" if len(search.patterns) > _MAX_ROWS else ""
        blocks.append(Table(_COLUMNS, rows, title=f"{track}, {score}: {len(search.patterns)} patterns{more}"))
        best = [_best_match(full_name(track, score, pattern.name), known) for pattern in search.patterns]
        named = [_name(one) for one in best if one is not None and one["q_value"] <= known.max_q_value]
        matched = f"; matched: {', '.join(dict.fromkeys(named))}" if named else ""
        findings.append(f"{track}, {score}: {len(search.patterns)} patterns{matched}.")
    return Section("Motifs", _LEAD, blocks, findings)


_COLUMNS = [
    Column("pattern"),
    Column("contributions"),
    Column("bases, bits"),
    Column("best match in the database"),
    Column("footprint at held-out hits"),
]


def _row(pattern: Pattern, name: str, known: _Known, around: Callable[[str], Footprint | None]) -> list[Cell]:
    """One pattern; logos stand in the direction in which the pattern was found."""
    motif = pattern.motif()
    best = _best_match(name, known)
    footprint = around(_name(best) if best is not None and best["q_value"] <= known.max_q_value else name)
    return [
        Cell(f"{pattern.name}, {pattern.n_seqlets:,} seqlets"),
        _logo_cell(pattern.trimmed().cwm, "contribution logo"),
        _logo_cell(_bits(motif), "information content", note=motif.consensus()),
        _match_cell(name, known),
        _footprint_cell(footprint) if footprint is not None else Cell("no held-out instance", "soft"),
    ]


def _best_match(name: str, known: _Known) -> pd.Series | None:
    """The best match of a pattern, however bad."""
    if known.matches.empty:
        return None
    own = known.matches[known.matches["pattern"] == name]
    return None if own.empty else own.iloc[int(own["q_value"].to_numpy().argmin())]


def _name(best: pd.Series) -> str:
    """What the database calls a motif: the protein where it says so."""
    return str(best["alternate_name"] or best["motif"])


def _match_cell(name: str, known: _Known) -> Cell:
    """The matched motif, turned the way in which it matches, with its name and q value."""
    best = _best_match(name, known)
    if best is None:
        return Cell("-", "soft")
    note = f"{_name(best)}, q = {best['q_value']:.1e}"
    if best["q_value"] > known.max_q_value or best["motif"] not in known.motifs:
        return Cell(f"none; nearest: {note}", "soft")
    motif = known.motifs[str(best["motif"])]
    turned = motif.reverse_complement() if best["orientation"] == "-" else motif
    return _logo_cell(_bits(turned), "matched motif", note=note)


def _bits(motif: Motif) -> np.ndarray:
    """Letter heights of a sequence logo."""
    return motif.ppm * motif.information_content()


def _logo_cell(matrix: np.ndarray, text: str, *, note: str = "") -> Cell:
    def draw(ax: Axes) -> None:
        plot_logo(matrix, ax=ax)
        ax.axis("off")

    return picture_cell(draw, text=text, width=0.11 * matrix.shape[1] + 0.1, height=0.46, note=note)


def _footprint(table: pd.DataFrame | None, track: str, motif: str) -> Footprint | None:
    """The footprint of a track at the held-out instances of a motif."""
    return None if table is None else footprint_from(table, motif, track, hits=HELD_OUT)


def _footprint_cell(footprint: Footprint) -> Cell:
    def draw(ax: Axes) -> None:
        plot_footprint(footprint, ax=ax)
        ax.axis("off")
        ax.set_title("")
        if (legend := ax.get_legend()) is not None:
            legend.remove()
        ax.annotate(f"{footprint.n_hits} hits", (0.01, 0.9), xycoords="axes fraction", fontsize=7)

    return picture_cell(draw, text="footprint", width=1.9, height=0.8)


def _motifs_by_name(path: Path) -> Mapping[str, Motif]:
    return {motif.name: motif for motif in read_meme(path)} if path.is_file() else {}
