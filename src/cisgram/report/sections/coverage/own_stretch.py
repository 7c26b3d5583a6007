"""The highest peak that no training cells have, with what training cells show at the same place."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from cisgram.arrays import CoverageValues
from cisgram.genomics.interval import Interval
from cisgram.report.blocks import Picture, picture
from cisgram.report.called_plots import StackedTrack, plot_stacked_tracks
from cisgram.report.coverage_results import CoverageResults, depth_name
from cisgram.report.sections.coverage.tracks import PROBABILITY, stretches
from cisgram.report.style import CEILING, FLOOR, OBSERVED, PREDICTED


def own_stretches(results: CoverageResults) -> list[Picture]:
    """A picture for every pair that has a peak of its own on contigs never trained on."""
    shown, depths = results.table("evaluation", "own_places.tsv"), results.depths
    if shown is None or depths is None:
        return []
    found = []
    for pair, rows in shown.groupby("pair", sort=False):
        raw = depths[(depths["pair"] == pair) & (depths["method"] == "raw")]
        row = raw.sort_values("depth", kind="stable").iloc[0]
        stack = _stack(results, str(pair), str(row["track"]), rows)
        if stack:
            name = depth_name(str(row["level"]), float(row["depth"]))
            found.append(_picture(stack, rows, f"{pair}, {name}", results.held_out_text))
    return found


def _stack(results: CoverageResults, pair: str, track: str, rows: pd.DataFrame) -> list[StackedTrack]:
    """Raw, denoised and deep coverage of the pair, and deep coverage of training pairs; empty where a track lacks."""
    first, number = rows.iloc[0], int(rows["number"].iloc[0])
    start = int(first["start"])
    raw, denoised, probability = (results.example(number, track, kind) for kind in ("raw", "denoised", "probability"))
    deep = {str(name): results.example(number, str(name), "deep") for name in rows["track"]}
    known = {name: values for name, values in deep.items() if values is not None}
    if raw is None or denoised is None or probability is None or len(known) < len(deep):
        return []
    means = dict(zip(rows["track"].astype(str), rows["mean"].astype(float), strict=True))
    top = _top(denoised, known, means, pair)
    called = stretches(probability - PROBABILITY, start)
    stack = [
        StackedTrack("raw", raw, OBSERVED, max(float(raw.max()), 1e-9)),
        StackedTrack("denoised", denoised, PREDICTED, top, called),
    ]
    for name, values in known.items():
        peaks = results.example(number, name, "peaks")
        bars = [] if peaks is None else stretches(peaks, start)
        color = CEILING if name == pair else FLOOR
        stack.append(StackedTrack(f"{name},\ndeep", values, color, max(top * means[name] / means[pair], 1e-9), bars))
    return stack


def _top(denoised: CoverageValues, deep: Mapping[str, CoverageValues], means: Mapping[str, float], pair: str) -> float:
    """Upper end of the axis of the pair, so that all deep tracks fit when scaled by their means."""
    multiple = max(float(values.max()) / means[name] for name, values in deep.items() if means[name] > 0)
    return max(multiple * means[pair], float(denoised.max()))


def _picture(stack: list[StackedTrack], rows: pd.DataFrame, name: str, held_out: str) -> Picture:
    """The stack with its caption."""
    first, learnt = rows.iloc[0], rows.loc[rows["use"] == "train", "track"].astype(str)
    stretch = Interval(str(first["chrom"]), int(first["start"]), int(first["end"]))
    marked = Interval(stretch.chrom, int(first["peak_start"]), int(first["peak_end"]))

    def draw(figure: Figure) -> None:
        plot_stacked_tracks(stack, figure=figure, stretch=stretch, marked=marked)

    caption = (
        f"{name}; {stretch}. Shaded: the highest own peak on {held_out}. Bars are peaks. Denoised and deep coverage "
        f"are on one scale, in units of the mean of each deep library. Grey: {', '.join(learnt)}, trained on."
    )
    return picture(draw, width=9.0, height=0.75 * len(stack) + 0.4, caption=caption)
