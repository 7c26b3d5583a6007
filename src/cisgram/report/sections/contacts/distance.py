"""The question: how far does it see."""

from matplotlib.figure import Figure

from cisgram.report.blocks import Picture, Section, picture
from cisgram.report.contact_agreement_plots import plot_agreement_by_distance, plot_windows_against_floor
from cisgram.report.contact_results import HALVES, MODEL, ContactResults

_LEAD = (
    "Every pair of bins is compared with pairs at the same distance only, so that the fall of contacts with distance "
    "says nothing here. Where halves of the experiment do not agree with each other, no model can be shown to be right."
)


def distance(results: ContactResults) -> Section | None:
    """Pearson's r by distance, and window by window beside the best floor."""
    table, by_window = results.distances, results.by_window
    if table is None or by_window is None:
        return None
    blocks = [_panel(results, str(track)) for track in table["track"].unique()]
    return Section("By distance, and window by window", _LEAD, blocks)


def _panel(results: ContactResults, track: str) -> Picture:
    """Both figures of one map."""
    table, by_window = results.distances, results.by_window
    assert table is not None, "sections look before they draw"
    assert by_window is not None
    own, windows = table[table["track"] == track], by_window[by_window["track"] == track]
    floors = [str(one) for one in own["method"].unique() if one not in (MODEL, HALVES)]
    kind = results.metrics[0]["ceiling"]["kind"] if results.metrics else ""
    between = "replicate against replicate" if kind == "replicates" else "half against half"
    names = {MODEL: "model", HALVES: between, **{one: one for one in floors}}
    best = results.best_floor.get(track)

    def draw(figure: Figure) -> None:
        axes = figure.subplots(1, 2 if best else 1, squeeze=False, width_ratios=(1.5, 1) if best else None)[0]
        plot_agreement_by_distance(own, ax=axes[0], names=names)
        axes[0].legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3, borderaxespad=0)
        if best:
            of = {name: windows.loc[windows["method"] == name, "pearson"].to_numpy() for name in (MODEL, best)}
            plot_windows_against_floor(of[MODEL], of[best], ax=axes[1], floor_name=best)

    caption = f"{track}. Left: Pearson r of pairs of bins at the same distance."
    if best:
        caption += f" Right: one dot per test window, the model against the best floor, {best}; grey line: equality."
    return picture(draw, width=8.6 if best else 5.2, height=3.7, caption=caption)
