"""The question: what does it look like along the genome."""

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.genomics.interval import Interval
from cisgram.report.binned_results import BinnedResults, ShownAssay
from cisgram.report.binned_stretch import MeasuredAndPredicted, draw_stretch, stretch_height
from cisgram.report.blocks import Picture, Section, number, picture

_LEAD = (
    "Test windows: measured signal in grey, predicted signal in blue below it, on the same scale, at whose end very "
    "high measured peaks are cut off. Where an assay knows strands, the minus strand points downwards; numbers at "
    "the right are Pearson r. The windows are those that are predicted best, in the middle and worst (mean r of the "
    "tracks shown), among the half of windows with most signal; none was in training. What was not measured is "
    "shaded."
)
_RANKS = ("best", "median", "worst")


def stretches(results: BinnedResults) -> Section | None:
    """Best, median and worst window."""
    table = results.windows
    if table is None or results.store is None or results.predictions is None:
        return None
    chosen = _chosen(table)
    if not chosen:
        return None
    return Section("Tracks", _LEAD, [_panel(results, rank, window) for rank, window in chosen.items()])


def _chosen(table: pd.DataFrame) -> dict[str, int]:
    """Numbers of windows by what they stand for."""
    means = table.assign(share=table["mean"] / table.groupby("track")["mean"].transform("mean"))
    by_window = means.groupby("window").agg(r=("pearson", "mean"), signal=("share", "mean")).dropna()
    strong = by_window[by_window["signal"] >= by_window["signal"].median()]
    order = strong.sort_values("r", ascending=False, kind="stable").index
    if order.empty:
        return {}
    places = {"best": 0, "median": len(order) // 2, "worst": len(order) - 1}
    return {rank: int(order[at]) for rank, at in places.items() if len(order) >= len(_RANKS) or rank == "best"}


def _panel(results: BinnedResults, rank: str, window: int) -> Picture:
    """One window."""
    assert results.store is not None, "sections look before they draw"
    table = results.windows
    assert table is not None
    layout, row = results.store.layout, results.store.rows("test")[window]
    of_window = table[table["window"] == window].set_index("track")
    first: Any = of_window.iloc[0]
    stretch = Interval(str(first["chrom"]), int(first["start"]), int(first["end"]))
    assays = [_assay(results, one, window, int(row), of_window) for one in results.shown]
    genes = results.table("evaluation", "annotation.tsv.gz")

    def draw(figure: Figure) -> None:
        draw_stretch(figure, assays, stretch=stretch, bin_size=layout.bin_size, genes=genes)

    caption = (
        f"{rank.capitalize()} window: {stretch.chrom}:{stretch.start + 1:,}-{stretch.end:,}; mean r "
        f"{number(float(of_window['pearson'].mean()))}."
    )
    return picture(draw, width=9.4, height=stretch_height(assays, genes, stretch), caption=caption)


def _assay(
    results: BinnedResults, one: ShownAssay, window: int, row: int, of_window: pd.DataFrame
) -> MeasuredAndPredicted:
    """Both signals of one assay, and how well they agree."""
    assert results.store is not None, "sections look before they draw"
    assert results.predictions is not None
    tracks = list(one.tracks)
    measured, predicted = (
        np.asarray(source[at], dtype=np.float64)[tracks]
        for source, at in ((results.store.targets, row), (results.predictions, window))
    )
    names = [results.store.layout.track_names[track] for track in tracks]
    r = float(of_window["pearson"].reindex(names).mean())
    title = results.descriptions[names[0]]
    note = f"{r:.2f}" if r == r else ""
    return MeasuredAndPredicted(_short(one.name), measured, predicted, note, "" if title in names else title)


def _short(name: str) -> str:
    """A name that fits beside a row."""
    return name if len(name) <= 16 else name[:15] + "\u2026"
