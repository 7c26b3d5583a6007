"""The question: what does it look like."""

import numpy as np
from matplotlib.figure import Figure

from cisgram.report.blocks import Picture, Section, Text, number, picture
from cisgram.report.contact_agreement_plots import draw_two_maps
from cisgram.report.contact_plots import ratio_scale
from cisgram.report.contact_results import HALVES, MODEL, ContactResults

_LEAD = (
    "Measured contacts above the line, predicted ones below it, as natural logarithms of observed over expected: red "
    "is more contact than the distance lets expect, blue less; grey was not measured. The windows are those on which "
    "the model does best, in the middle and worst, among those with at least half of their pairs measured; none was in "
    "training."
)
_RANKS = ("best", "median", "worst")


def windows(results: ContactResults) -> Section | None:
    """Best, median and worst window of every map."""
    table = results.by_window
    if table is None or results.store is None or results.predictions is None:
        return None
    blocks: list[Picture | Text] = []
    for track, name in enumerate(results.store.layout.track_names):
        own = table[(table["track"] == name) & (table["method"] == MODEL)].reset_index(drop=True)
        usable = own[own["pearson"].notna() & (own["n_pairs"] >= results.store.layout.n_pairs / 2)]
        if usable.empty:
            blocks.append(Text(f"{name}: no test window has half of its pairs measured."))
            continue
        order = usable.sort_values("pearson", ascending=False, kind="stable").index
        chosen = dict(zip(_RANKS, (order[0], order[len(order) // 2], order[-1]), strict=True))
        blocks += [_panel(results, int(window), track, rank) for rank, window in chosen.items()]
    return Section("Windows", _LEAD, blocks)


def _panel(results: ContactResults, window: int, track: int, rank: str) -> Picture:
    """One window."""
    assert results.store is not None, "sections look before they draw"
    assert results.by_window is not None
    layout = results.store.layout
    place = results.store.windows.iloc[results.store.rows("test")[window]]
    measured, predicted = results.measured(window, track), results.predicted(window, track)
    start = int(place["start"]) + layout.crop_bp
    rows = results.by_window[results.by_window["track"] == layout.track_names[track]]
    figures = {str(name): own["pearson"].to_numpy()[window] for name, own in rows.groupby("method", sort=False)}
    scale = ratio_scale(limit=max(0.25, float(np.nanquantile(np.abs(measured), 0.98))))

    def draw(figure: Figure) -> None:
        draw_two_maps(
            figure,
            measured,
            predicted,
            names=("measured", "predicted"),
            chrom=str(place["chrom"]),
            start_bp=start,
            bin_size=layout.bin_size,
            scale=scale,
        )

    between = "replicate against replicate" if layout.ceiling == "replicates" else "half against half"
    shown = {between if name == HALVES else name: value for name, value in figures.items() if name != MODEL}
    shown = {name: value for name, value in shown.items() if value == value}
    others = ", ".join(f"{name} {number(value)}" for name, value in shown.items())
    end = start + layout.n_bins * layout.bin_size
    caption = (
        f"{layout.track_names[track]}, {rank} window: {place['chrom']}:{start + 1:,}-{end:,}. Pearson r of the model "
        f"{number(figures[MODEL])}; {others}."
    )
    return picture(draw, width=6.4, height=4.3, caption=caption)
