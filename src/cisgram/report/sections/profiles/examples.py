"""The question: what does a prediction look like, where it is good and where it is not."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.genomics.track import expected_counts
from cisgram.io.contributions import read_contributions
from cisgram.nn.metrics import jensen_shannon
from cisgram.report.blocks import Picture, Section, number, picture
from cisgram.report.logos import plot_logo
from cisgram.report.plots import plot_strands
from cisgram.report.profile_results import ProfileResults
from cisgram.report.style import PREDICTED

_LOGO_BP = 60
_ENOUGH = 10
"""So many explained windows, and examples are chosen from them, so that their bases can be shown."""
_LEAD = (
    "Held-out windows of each track: best, middle and worst by Jensen-Shannon divergence at 1 bp, among the "
    "half with most reads (with few reads, chance alone sets the divergence) whose bases were explained. Plus strand "
    "upwards, minus strand downwards. The letters below show which bases the model takes the profile from, around the "
    "strongest."
)


class Example(NamedTuple):
    """One window of one track."""

    title: str
    observed: np.ndarray
    """Reads, ``strand length``."""
    expected: np.ndarray
    """The predicted profile times the observed total, so that shapes compare."""
    window: pd.Series
    row: int


def examples(results: ProfileResults) -> Section | None:
    """Best, median and worst window of every track, with contributions where there are any."""
    if results.predictions is None or results.store is None or len(results.predictions.rows) == 0:
        return None
    blocks = [_panel(results, track) for track in range(len(results.store.track_names))]
    return Section("Examples", _LEAD, [block for block in blocks if block is not None])


def _panel(results: ProfileResults, track: int) -> Picture | None:
    chosen = _chosen(results, track)
    if not chosen:
        return None
    name = results.store.track_names[track]  # type: ignore[union-attr]
    logos = [_logo(results, name, example) for example in chosen]
    n_rows = 3 if any(logo is not None for logo in logos) else 2

    def draw(figure: Figure) -> None:
        axes = figure.subplots(n_rows, len(chosen), squeeze=False, height_ratios=[1, 1, 0.8][:n_rows])
        for column, (example, logo) in enumerate(zip(chosen, logos, strict=True)):
            _draw_example(axes[:, column], example, logo)
        axes[0, 0].set_ylabel("observed\nreads")
        axes[1, 0].set_ylabel("predicted\nreads")

    caption = f"{name}. Observed: replicates pooled. Predicted: the profile, scaled to the observed total."
    return picture(draw, width=10.4, height=1.35 * n_rows + 0.7, caption=caption, title=name)


def _draw_example(axes: Any, example: Example, logo: tuple[np.ndarray, int] | None) -> None:
    start = int(example.window["start"] + example.window["end"]) // 2 - example.observed.shape[1] // 2
    plot_strands(example.observed, ax=axes[0], start=start)
    plot_strands(example.expected, ax=axes[1], color=PREDICTED, start=start)
    axes[0].set_title(example.title)
    for ax in axes[:2]:
        ax.set_xticks([])
    axes[1].set_xlabel(f"{example.window['chrom']}:{start + 1:,}-{start + example.observed.shape[1]:,}")
    if logo is not None:
        matrix, first = logo
        plot_logo(matrix, ax=axes[2], start=first + 1)
        axes[2].set_xticks([])
        axes[2].set_yticks([])
        axes[2].set_xlabel(f"{example.window['chrom']}:{first + 1:,}-{first + matrix.shape[1]:,}")
    elif len(axes) > 2:
        axes[2].axis("off")


def _chosen(results: ProfileResults, track: int) -> list[Example]:
    """Best, median and worst of the windows with at least the median number of reads."""
    store, predictions = results.store, results.predictions
    assert store is not None
    assert predictions is not None
    rows = np.asarray(predictions.rows)
    peaks = store.windows["kind"].to_numpy()[rows] == "peak"
    counts = results.judged_part(results.observed_counts[:, track])
    totals = counts.sum(axis=(1, 2))
    if not (totals[peaks] > 0).any():
        return []
    candidates = peaks & (totals >= np.median(totals[peaks])) & (totals > 0)
    explained = candidates & (np.isin(rows, results.explained["row"]) if results.explained is not None else False)
    usable = np.flatnonzero(explained if explained.sum() >= _ENOUGH else candidates)
    # Totals only weigh separate strands against each other here; one that is predicted to be 0 still has a shape.
    log_counts = np.maximum(predictions.log_counts[:, [track]], 1e-3)
    profiles = results.judged_part(expected_counts(predictions.profiles[:, [track]], log_counts)[:, 0])
    divergence = jensen_shannon(counts[usable], profiles[usable], bin_bp=1)
    order = np.argsort(divergence, kind="stable")
    picks = {"best": order[0], "median": order[len(order) // 2], "worst": order[-1]}
    scaled = profiles / profiles.sum(axis=(1, 2), keepdims=True) * totals[:, None, None]
    return [
        Example(
            f"{kind}: divergence {number(float(divergence[pick]))} bits",
            counts[usable[pick]],
            scaled[usable[pick]],
            store.windows.iloc[int(rows[usable[pick]])],
            int(rows[usable[pick]]),
        )
        for kind, pick in picks.items()
    ]


def _logo(results: ProfileResults, track: str, example: Example) -> tuple[np.ndarray, int] | None:
    """Contributions around the strongest base of a window, and the position of the first of them."""
    if results.contributions is None:
        return None
    found = results.explained_row(example.row)
    if found is None:
        return None
    values = read_contributions(results.contributions, track, "profile", rows=np.array([found])).contributions[0]
    strength = np.convolve(np.abs(values).sum(axis=0), np.ones(11), mode="same")
    first = int(np.clip(strength.argmax() - _LOGO_BP // 2, 0, values.shape[1] - _LOGO_BP))
    return values[:, first : first + _LOGO_BP], int(example.window["start"]) + first
