"""The page of two groups of cells compared: how many places differ, how many would by chance, what they look like."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from jaxtyping import Float, Integer
from matplotlib.figure import Figure
from numpy import ndarray

from cisgram.errors import InputError
from cisgram.report.blocks import Cell, Column, Picture, Section, Table, mapping_table, number, picture
from cisgram.report.differential_plots import (
    BIN_COLUMNS,
    plot_called_by_chance,
    plot_difference,
    plot_group_tracks,
    plot_p_values,
    plot_volcano,
)
from cisgram.report.document import page_html

LOCUS_COLUMNS = ("chrom", "start", "end", "n_bins", "difference", "z", "q_value")
"""Neighbouring bins that differ in one direction; numbers are those of the bin with the largest z."""
_LEAD = (
    "Cells of a group were put together, made deep by the model, and compared in every bin. Random groups of as many "
    "cells of the same sample went the same way; how far they stray says what chance, and the model itself, make of "
    "few cells. Each random group is also held against the others, as the group was: what it would call is false."
)
_LOCI_LEAD = (
    "Above, the denoised tracks of both groups, over their means; below, their difference, and in grey what nine of "
    "ten random groups stay within. The locus is shaded."
)
_SHOWN = 6
_LISTED = 30
_SIDE_BP = 4_000


@dataclass(frozen=True, eq=False)
class DifferentialFigures:
    """What the page shows.

    Parameters
    ----------
    bins
        All bins, in order (:data:`cisgram.report.differential_plots.BIN_COLUMNS`).
    loci
        What differs, the strongest first (:data:`LOCUS_COLUMNS`).
    random_p_shares
        Share of bins in each part of 0 to 1 by p-value, a row per random group.
    random_called
        Bins that each random group would call.
    max_q_value
        Bins up to it differ.
    names
        Of the group, and of what it was compared with.

    Raises
    ------
    InputError
        Where a column is missing.
    """

    bins: pd.DataFrame
    loci: pd.DataFrame
    random_p_shares: Float[ndarray, "group part"]
    random_called: Integer[ndarray, "group"]
    max_q_value: float
    names: tuple[str, str]

    def __post_init__(self) -> None:
        for table, columns in ((self.bins, BIN_COLUMNS), (self.loci, LOCUS_COLUMNS)):
            if lacking := [name for name in columns if name not in table]:
                raise InputError(f"the page of a comparison needs {', '.join(lacking)}")

    @property
    def n_called(self) -> int:
        """Bins that differ."""
        return int((self.bins["q_value"] <= self.max_q_value).sum())


def differential_html(figures: DifferentialFigures, *, provenance: Mapping[str, Any]) -> str:
    """The page as one HTML document that opens without a network.

    Parameters
    ----------
    figures
        What was found.
    provenance
        How it was made; shown as a table.
    """
    one, other = figures.names
    made = Section("How it was made", blocks=[mapping_table(provenance, names=("what", "value"))])
    return page_html(
        [_overview(figures), _loci(figures), made],
        title=f"{one} against {other}",
        subtitle="denoised coverage of groups of cells",
    )


def _overview(figures: DifferentialFigures) -> Section:
    """Numbers, all bins at once, and what chance does."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots(1, 3, width_ratios=[1.3, 1.2, 1])
        plot_volcano(figures.bins, ax=axes[0], max_q_value=figures.max_q_value)
        plot_p_values(figures.bins["p_value"], figures.random_p_shares, ax=axes[1])
        plot_called_by_chance(figures.n_called, figures.random_called, ax=axes[2])

    caption = (
        f"Left: every bin; in colour, those that differ at q <= {figures.max_q_value:g}. Middle: p-values; bars, what "
        "random groups have. Right: bins that differ, and those that random groups would call."
    )
    return Section("What differs", _LEAD, [picture(draw, width=10.5, height=3.2, caption=caption)], _findings(figures))


def _findings(figures: DifferentialFigures) -> list[str]:
    """How many places differ, beside how many would by chance."""
    loci, random = figures.loci, figures.random_called
    tested = int(figures.bins["p_value"].notna().sum())
    higher = int((loci["z"] > 0).sum())
    q = f"q <= {figures.max_q_value:g}"
    if not figures.n_called:
        found = f"None of {tested:,} bins differs at {q}: {figures.names[0]} is not told apart from {figures.names[1]}."
    else:
        found = (
            f"{figures.n_called:,} of {tested:,} bins differ at {q}, in {len(loci):,} loci: {figures.names[0]} has "
            f"more in {higher:,} of them and less in {len(loci) - higher:,}."
        )
    by_chance = (
        f"Chance: the {len(random)} random groups would call {random.mean():.1f} bins on average, {random.max():,} at "
        "most."
    )
    return [found, by_chance]


def _loci(figures: DifferentialFigures) -> Section:
    """The strongest loci as pictures and as a table; the strongest bins where none differs."""
    loci, lead = figures.loci, _LOCI_LEAD
    if loci.empty:
        strongest = figures.bins.dropna(subset="z").sort_values("z", key=lambda z: -z.abs(), kind="stable").head(3)
        loci = strongest.assign(n_bins=1, difference=strongest["track"] - strongest["other"])
        lead = f"Nothing differs; shown are the bins that come nearest to it. {_LOCI_LEAD}"
    pictures = [_locus(figures, row) for row in loci.head(_SHOWN).to_dict("records")]
    rows = [
        [
            Cell(f"{row['chrom']}:{row['start'] + 1:,}-{row['end']:,}", "mono"),
            Cell(number(row["n_bins"]), "n"),
            Cell(f"{row['difference']:+.2f}", "n"),
            Cell(f"{row['z']:+.1f}", "n"),
            Cell(f"{row['q_value']:.2g}", "n"),
        ]
        for row in loci.head(_LISTED).to_dict("records")
    ]
    heads = ("bins", "difference", "z", "q-value")
    columns = [Column("locus"), *(Column(name, numeric=True) for name in heads)]
    title = f"The strongest {len(rows)} of {len(loci):,}" if len(loci) > _LISTED else "All of them"
    return Section("Strongest loci", lead, [*pictures, Table(columns, rows, title=title, is_folded=len(rows) > 10)])


def _locus(figures: DifferentialFigures, row: Mapping[Any, Any]) -> Picture:
    """One locus with what lies beside it."""
    bins, start, end = figures.bins, int(row["start"]), int(row["end"])
    near = (bins["end"] > start - _SIDE_BP) & (bins["start"] < end + _SIDE_BP)
    own = bins[(bins["chrom"] == row["chrom"]) & near].sort_values("start")

    def draw(figure: Figure) -> None:
        axes = figure.subplots(2, 1, height_ratios=[1.4, 1])
        plot_group_tracks(own, ax=axes[0], names=figures.names, locus=(start, end))
        plot_difference(own, ax=axes[1], locus=(start, end))
        axes[1].set_xlabel(str(row["chrom"]))
        for ax in axes:
            ax.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))

    caption = f"{row['chrom']}:{start + 1:,}-{end:,}; z {row['z']:+.1f}, q {row['q_value']:.2g}."
    return picture(draw, width=9.0, height=2.7, caption=caption)
