"""The page of measured mutants: observed against predicted changes, and the loci that change most."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number, picture
from cisgram.report.experiments.page import count, settings_section, write_page
from cisgram.report.plots import plot_strands
from cisgram.report.style import ACCENT, FLOOR, OBSERVED, PREDICTED

_OK = "ok"
_SCALES = {"window": "", "local": "local_"}
_LEAD = (
    "log2 of the mutant's reads over the wild type's. Ceiling: the folds of replicate 1 against those of replicate 2. "
    "Floor: to say that nothing changes; its mean error stands beside the model's. Reads are scaled to the same total "
    "in mutant and wild type, so a change of all places alike cannot be seen. Intervals (95 %): neighbouring loci are "
    "drawn with replacement."
)
_CASES = (
    "Loci with the largest observed change, among those with at least 20 reads. Grey: observed, the mutant's reads "
    "scaled to the wild type's depth; blue: predicted; red band: the changed bases. Plus strand upwards, minus strand "
    "downwards; wild type and mutant have one scale."
)


@dataclass(frozen=True, eq=False)
class MutantCase:
    """One changed locus for a picture."""

    title: str
    chrom: str
    start: int
    """First base of the window, 0-based."""
    changed: tuple[int, int]
    """0-based, half-open."""
    tracks: Sequence[str]
    observed: Float[np.ndarray, "track 2 strand length"]
    """Reads of wild type and mutant, on one scale."""
    predicted: Float[np.ndarray, "track 2 strand length"]
    fold: float
    """Largest observed log2 fold, by which cases are ordered."""


def write_validation_report(
    path: str | os.PathLike[str],
    table: pd.DataFrame,
    summary: pd.DataFrame,
    cases: Sequence[MutantCase],
    *,
    settings: Mapping[str, object],
) -> Path:
    """Write the page of measured mutants.

    Parameters
    ----------
    path
        The HTML file.
    table
        One row per mutant, change and track, as in ``validation.tsv``.
    summary
        From :func:`cisgram.training.fold_changes.fold_agreement`.
    cases
        Loci to draw.
    settings
        What to state about the question.
    """
    known = table[table["status"] == _OK]
    tracks = [str(one) for one in dict.fromkeys(known["track"])]
    blocks: list[Table | Picture] = [_scatters(known, summary, tracks), _summary(summary)]
    divergences = _divergences(known, tracks)
    loci = table.drop_duplicates(["mutant", "change"])
    sections = [
        Section("Observed and predicted changes", _LEAD, blocks, _findings(summary, loci)),
        Section("Loci", _CASES, [_case(one) for one in cases]),
        Section("Profiles", "", [divergences]),
    ]
    if (loci["status"] != _OK).any():
        sections.append(_not_judged(loci[loci["status"] != _OK]))
    sections.append(settings_section(settings, shown=len(cases), of=len(cases), what="loci"))
    return write_page(path, sections, title="Measured mutants", subtitle=count(len(loci), "change"))


def plot_folds(table: pd.DataFrame, *, ax: Axes, prefix: str = "") -> Axes:
    """Draw predicted against observed log2 folds, one dot per change, with the line of equality and that of no change.

    Parameters
    ----------
    table
        Columns ``observed`` and ``predicted``, with the prefix.
    ax
        Where to draw.
    prefix
        ``local_`` for the surroundings of changes.
    """
    observed, predicted = (table[f"{prefix}{name}"].to_numpy(dtype=np.float64) for name in ("observed", "predicted"))
    both = np.concatenate([observed, predicted, [-0.5, 0.5]])
    low, high = float(np.nanmin(both)), float(np.nanmax(both))
    pad = 0.05 * (high - low)
    ends = [low - pad, high + pad]
    ax.axhline(0, color=FLOOR, linewidth=0.8, linestyle=":", zorder=0)
    ax.axvline(0, color=FLOOR, linewidth=0.8, linestyle=":", zorder=0)
    ax.plot(ends, ends, color=FLOOR, linewidth=0.8, zorder=0)
    ax.plot(observed, predicted, marker="o", markersize=3.5, linestyle="none", color=PREDICTED, alpha=0.7)
    ax.set_xlim(*ends)
    ax.set_ylim(*ends)
    ax.set_aspect("equal")
    ax.set_xlabel("observed log2 fold")
    ax.set_ylabel("predicted log2 fold")
    return ax


def _scatters(known: pd.DataFrame, summary: pd.DataFrame, tracks: Sequence[str]) -> Picture:
    """One column per track: the whole window, and the surroundings of the change below."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots(2, len(tracks), squeeze=False)
        for row, (scale, prefix) in enumerate(_SCALES.items()):
            for column, track in enumerate(tracks):
                ax = plot_folds(known[known["track"] == track], ax=axes[row, column], prefix=prefix)
                own = summary[
                    (summary["track"] == track) & (summary["scale"] == scale) & (summary["loci"] == "all")
                ].iloc[0]
                ax.set_title(f"{track}, {scale}: r {number(float(own['pearson']), 2)}")

    caption = "Dotted: no change. Upper row: reads of the whole window; lower row: within 35 bp of the change."
    return picture(draw, width=0.6 + 2.7 * len(tracks), height=5.6, caption=caption)


def _summary(summary: pd.DataFrame) -> Table:
    columns = [
        *(Column("track"), Column("reads of"), Column("loci"), Column("n", numeric=True)),
        *(Column("Pearson", numeric=True), Column("ceiling", numeric=True, hint="replicate 1 against 2")),
        *(Column("Spearman", numeric=True), Column("ceiling", numeric=True)),
        Column("mean error", numeric=True, hint="mean absolute difference of log2 folds"),
        *(Column("floor", numeric=True, hint="no change predicted"), Column("ceiling", numeric=True)),
    ]
    rows = [
        [
            *(Cell(str(row[name])) for name in ("track", "scale", "loci")),
            Cell(number(row["n"], 0), "n"),
            *(cell for name in ("pearson", "spearman") for cell in _correlation(row, name)),
            Cell(number(row["error"], 2), "n strong"),
            *(Cell(number(row[name], 2), "n") for name in ("floor_error", "ceiling_error")),
        ]
        for row in summary.to_dict("records")
    ]
    return Table(columns, rows, title="Agreement")


def _correlation(row: Mapping, name: str) -> list[Cell]:
    """A correlation with its interval, and its ceiling."""
    ends = "" if np.isnan(row[f"{name}_low"]) else f" ({row[f'{name}_low']:.2f} to {row[f'{name}_high']:.2f})"
    return [Cell(number(row[name], 2) + ends, "n strong"), Cell(number(row[f"ceiling_{name}"], 2), "n")]


def _findings(summary: pd.DataFrame, loci: pd.DataFrame) -> list[str]:
    found = []
    for row in summary[(summary["scale"] == "window") & (summary["loci"] == "all")].to_dict("records"):
        if np.isnan(row["pearson"]):
            found.append(f"{row['track']}: {row['n']} loci, no correlation can be given.")
            continue
        ends = "" if np.isnan(row["pearson_low"]) else f" ({row['pearson_low']:.2f} to {row['pearson_high']:.2f})"
        ceiling = "" if np.isnan(row["ceiling_pearson"]) else f"; replicates reach {row['ceiling_pearson']:.2f}"
        found.append(
            f"{row['track']}: predicted and observed folds correlate by {row['pearson']:.2f}{ends}{ceiling}. Mean "
            f"error {row['error']:.2f}, and {row['floor_error']:.2f} for no change."
        )
    if (n_wrong := int((loci["status"] != _OK).sum())) > 0:
        found.append(f"{n_wrong} of {len(loci)} changes could not be judged; the page says why.")
    return found


def _divergences(known: pd.DataFrame, tracks: Sequence[str]) -> Table:
    """Mean divergences of profiles, wild type and mutant."""
    names = ("jsd_wild_type", "jsd_replicates_wild_type", "jsd_mutant", "jsd_mutant_unchanged", "jsd_replicates_mutant")
    rows = []
    for track in tracks:
        means = known.loc[known["track"] == track, list(names)].mean()
        rows.append([Cell(track), *(Cell(number(float(means[name])), "n") for name in names)])
    columns = [
        *(Column("track"), Column("wild type", numeric=True), Column("its replicates", numeric=True)),
        *(Column("mutant", numeric=True), Column("mutant, no change predicted", numeric=True)),
        Column("its replicates", numeric=True),
    ]
    caption = (
        "Mean Jensen-Shannon divergence (bits, 1-bp bins, both strands as one distribution) between observed and "
        "predicted profiles; lower is better. Replicates: one against the other, which have half of the reads each "
        "and so are noisier than both together. Loci without reads are left out."
    )
    return Table(columns, rows, title="Shape of the profile", caption=caption)


def _case(case: MutantCase) -> Picture:
    n_tracks = len(case.tracks)
    length = case.observed.shape[-1]
    where = f"{case.chrom}:{case.start + 1:,}-{case.start + length:,}"
    caption = f"{where}. Largest observed log2 fold: {case.fold:+.2f}."
    return picture(
        partial(_draw_case, case), width=10.4, height=0.8 + 1.25 * n_tracks, caption=caption, title=case.title
    )


def _draw_case(case: MutantCase, figure: Figure) -> None:
    axes = figure.subplots(len(case.tracks), 2, squeeze=False, sharey="row")
    for row, track in enumerate(case.tracks):
        limit = 1.08 * max(float(case.observed[row].max()), float(case.predicted[row].max()), 1e-9)
        for column, form in enumerate(("wild type", "mutant")):
            ax = axes[row, column]
            ax.axvspan(*case.changed, color=ACCENT, alpha=0.25, linewidth=0)
            plot_strands(case.observed[row, column], ax=ax, color=FLOOR, start=case.start)
            plot_strands(case.predicted[row, column], ax=ax, color=PREDICTED, start=case.start, fill=False)
            ax.set_ylim(-limit if case.observed.shape[2] == 2 else 0, limit)
            ax.set_xticks([])
            if row == 0:
                ax.set_title(form, color=OBSERVED)
        axes[row, 0].set_ylabel(f"{track}\nreads")


def _not_judged(loci: pd.DataFrame) -> Section:
    """Changes without numbers, and why."""
    rows = [
        [Cell(str(row["mutant"])), Cell(str(row["change"]), "mono"), Cell(str(row["status"]), "no")]
        for row in loci.to_dict("records")
    ]
    return Section("Not judged", "", [Table([Column("mutant"), Column("change"), Column("why")], rows)])
