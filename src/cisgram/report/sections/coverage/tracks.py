"""The question: what does it look like."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cisgram.arrays import CoverageValues
from cisgram.genomics.interval import Interval
from cisgram.report.blocks import Picture, Section, picture
from cisgram.report.coverage_results import CoverageResults, depth_name
from cisgram.report.depth_plots import plot_coverage
from cisgram.report.style import CEILING, OBSERVED, PREDICTED

_LEAD = (
    "The raw coverage that went in, what the model makes of it, and the deep coverage that it never saw. Bars: where "
    "the probability of a peak is above one half, and the peaks of the deep library. Denoised and deep coverage are on "
    "one scale. "
)
_CHOSEN = (
    "The stretches are those of {} with the most, the median and the fewest bases in peaks, among those that have any."
)
_ASKED = "The settings name the stretches."
PROBABILITY = 0.5
"""Least probability of a base in a peak."""


def tracks(results: CoverageResults) -> Section | None:
    """Every example at the shallowest depth of each pair."""
    table = results.depths
    if table is None or not results.loci:
        return None
    judged = table[table["method"] == "raw"].sort_values("depth", kind="stable").drop_duplicates("pair")
    blocks = [
        block
        for row in judged.to_dict("records")
        for number in range(len(results.loci))
        if (block := _panel(results, number, row)) is not None
    ]
    is_asked = bool(results.config["evaluation"]["examples"])
    which = _ASKED if is_asked else _CHOSEN.format(results.held_out_text)
    return Section("What it looks like", _LEAD + which, blocks) if blocks else None


def _panel(results: CoverageResults, number: int, row: Mapping[Any, Any]) -> Picture | None:
    """One stretch: raw, denoised, deep."""
    pair, track = str(row["pair"]), str(row["track"])
    raw, denoised, probability = (results.example(number, track, kind) for kind in ("raw", "denoised", "probability"))
    deep, peaks = (results.example(number, pair, kind) for kind in ("deep", "peaks"))
    if raw is None or denoised is None or probability is None or deep is None or peaks is None:
        return None
    locus = Interval.parse(results.loci[number])
    top = max(float(denoised.max()), float(deep.max()), 1e-9)

    def draw(figure: Figure) -> None:
        axes = figure.subplots(3, 1)
        plot_coverage(raw, ax=axes[0], start=locus.start, label="raw", color=OBSERVED)
        called, true = (stretches(values, locus.start) for values in (probability - PROBABILITY, peaks))
        plot_coverage(denoised, ax=axes[1], start=locus.start, label="denoised", color=PREDICTED, peaks=called, top=top)
        plot_coverage(deep, ax=axes[2], start=locus.start, label="deep", color=CEILING, peaks=true, top=top)
        axes[2].set_xticks([locus.start, locus.end], [f"{locus.start + 1:,}", f"{locus.end:,}"])
        axes[2].set_xlabel(locus.chrom)

    name = depth_name(str(row["level"]), float(str(row["depth"])))
    return picture(draw, width=9.0, height=3.0, caption=f"{pair}, {name}; {locus}.")


def stretches(values: CoverageValues, start: int) -> list[tuple[int, int]]:
    """Where values are above 0, half-open, in places on the contig.

    Examples
    --------
    >>> stretches(np.array([0, 1, 1, 0, 2], np.float32), 10)
    [(11, 13), (14, 15)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], (values > 0).astype(np.int8), [0]])))
    return [(start + int(left), start + int(right)) for left, right in edges.reshape(-1, 2)]
