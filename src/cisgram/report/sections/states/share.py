"""The question: how much of the genome does each state take."""

import numpy as np

from cisgram.chromatin.names import biological_order
from cisgram.genomics.segmentation import Segmentation
from cisgram.report.blocks import Cell, Column, Section, Table, number, picture
from cisgram.report.state_plots import state_label
from cisgram.report.state_results import StateResults
from cisgram.report.state_share_plots import plot_genome_share

_LEAD = "In most maps the larger part of a genome is quiet, and promoters take about one per cent of it."


def share(results: StateResults) -> Section | None:
    """Shares of the genome by state and cell type, with the typical length of a segment."""
    if not results.segmentations:
        return None
    names, shares = results.names, {one.cell: one.share for one in results.segmentations}
    drawn = picture(
        lambda figure: plot_genome_share(shares, names, ax=figure.subplots()),
        width=6.4,
        height=1.2 + 0.26 * len(names),
        caption="Share of the genome in each state; numbers are medians over cell types. The axis is logarithmic.",
    )
    columns = [Column("state"), *(Column(cell, numeric=True) for cell in list(shares)[:12])]
    columns += [Column("median segment (bp)", numeric=True)]
    rows = []
    for row in biological_order(names):
        own = [_lengths(one, int(row)) for one in results.segmentations]
        middle = float(np.median(np.concatenate(own))) if sum(map(len, own)) else float("nan")
        cells = [Cell(f"{100 * value[row]:.2f} %", "n") for value in list(shares.values())[:12]]
        rows.append([Cell(state_label(names[row]), "whole"), *cells, Cell(number(middle), "n")])
    groups = {
        what: float(np.mean([sum(value[one.state] for one in names if one.group == what) for value in shares.values()]))
        for what in ("promoter", "enhancer", "transcribed", "polycomb", "heterochromatin", "quiescent")
        if any(one.group == what for one in names)
    }
    said = ", ".join(f"{what} {value:.1%}" for what, value in groups.items())
    findings = [f"Of the genome, by kind of state (mean of cell types): {said}."] if said else []
    return Section("Share of the genome", _LEAD, [drawn, Table(columns, rows)], findings)


def _lengths(segmentation: Segmentation, state: int) -> np.ndarray:
    """Lengths in bp of the segments in a state."""
    own = segmentation.segments[segmentation.segments["state"] == state]
    return (own["end"] - own["start"]).to_numpy()
