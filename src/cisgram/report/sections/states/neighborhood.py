"""The question: which states lie before, at and behind anchors such as starts of genes."""

from functools import partial

from matplotlib.figure import Figure

from cisgram.chromatin.names import StateName
from cisgram.chromatin.neighborhood import Neighborhood
from cisgram.report.blocks import Section, picture
from cisgram.report.state_plots import plot_neighborhood, plot_neighborhood_profiles
from cisgram.report.state_results import StateResults

_LEAD = (
    "At every distance from an anchor, the share of anchors with a state over the state's share of the genome; "
    "anchors on the minus strand are turned round."
)
_MOST = 6


def neighborhood(results: StateResults) -> Section | None:
    """Heat map and profiles per cell type and kind of anchors."""
    if not results.neighborhoods:
        return None
    shown = [
        picture(
            partial(_draw, one=one, names=results.names),
            width=11.0,
            height=1.2 + 0.26 * len(results.names),
            caption=f"{one.n_anchors:,} {one.anchors} in {one.cell}"
            + (f"; {one.n_outside:,} on other contigs were left out." if one.n_outside else "."),
            title=f"{one.cell}: {one.anchors}",
        )
        for one in results.neighborhoods[:_MOST]
    ]
    return Section("Around anchors", _LEAD, shown)


def _draw(figure: Figure, one: Neighborhood, names: tuple[StateName, ...]) -> None:
    left, right = figure.subplots(1, 2)
    plot_neighborhood(one, names, ax=left)
    plot_neighborhood_profiles(one, names, ax=right)
