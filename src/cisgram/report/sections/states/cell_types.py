"""The question: which states stay the same from one cell type to another, and which change into which."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.chromatin.names import StateName
from cisgram.chromatin.switches import DIFFERENCE_COLUMNS, Switches
from cisgram.report.blocks import Cell, Column, Picture, Section, Table, number, picture
from cisgram.report.state_plots import plot_switches
from cisgram.report.state_results import StateResults
from cisgram.report.state_share_plots import plot_stability

_LEAD = (
    "Every place is compared between all pairs of cell types. Left: of the bases in a state, the share that is in the "
    "same state in another cell type, beside what independent cell types would give. Right: how much more often than "
    "by chance a place is in one state here and another there."
)
_MOST_REGIONS = 15


def cell_types(results: StateResults) -> Section | None:
    """Stability, switches, and the regions that differ most."""
    switches, names = results.switches, results.names
    if switches is None:
        return None

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2)
        plot_stability(switches, names, ax=left)
        plot_switches(switches.fold, names, ax=right)

    drawn = picture(
        draw,
        width=11.0,
        height=1.4 + 0.27 * len(names),
        caption="Promoters usually stay, enhancers change; a high fold off the diagonal is a switch such as an "
        "enhancer that is active in one cell type and weak in another.",
    )
    blocks: list[Picture | Table] = [drawn]
    if results.regions is not None and len(results.regions):
        blocks.append(_regions(results.regions, switches, names))
    return Section("Cell types compared", _LEAD, blocks, _findings(switches, names))


def _regions(regions: pd.DataFrame, switches: Switches, names: tuple[StateName, ...]) -> Table:
    """The regions of the highest score, with the state of each cell type."""
    cells = [cell for cell in switches.cells if cell in regions][:8]
    columns = [
        Column("region"),
        Column("difference", numeric=True, hint="how unlike the states are, in marks or bits"),
        *map(Column, cells),
    ]
    labels = dict(zip(switches.names, (one.label for one in names), strict=True))
    odd = {name for name, one in zip(switches.names, names, strict=True) if one.group == "other"}
    told = regions if len(odd) == len(names) else regions[~regions[cells].isin(odd).any(axis=1)]
    rows = [
        [
            Cell(f"{row['chrom']}:{row['start'] + 1:,}-{row['end']:,}", "whole"),
            Cell(number(row[DIFFERENCE_COLUMNS[3]], 1), "n"),
            *(Cell(_told(row[cell], labels), "whole") for cell in cells),
        ]
        for row in told.head(_MOST_REGIONS).to_dict("records")
    ]
    caption = (
        "Regions whose states are most unlike, long ones first. The difference is in marks: how many one state is "
        "expected to have and the other not (in bits, from how rarely states switch, where no model was given). "
        "States without a textbook meaning are left out here; the table in the folder has all regions."
    )
    return Table(columns, rows, title="Regions that differ most", caption=caption)


def _findings(switches: Switches, names: tuple[StateName, ...]) -> list[str]:
    """How stable promoters and enhancers are."""
    weights = switches.pair_bp.sum(axis=1)
    kept = {}
    for group in ("promoter", "enhancer", "transcribed"):
        rows = [one.state for one in names if one.group == group and weights[one.state] > 0]
        if rows:
            kept[group] = float(np.average(switches.kept[rows], weights=weights[rows]))
    if not kept:
        return []
    said = ", ".join(f"{group} {value:.0%}" for group, value in kept.items())
    return [f"Bases in the very same state in another cell type, of {len(switches.cells)} cell types: {said}."]


def _told(state: str, labels: Mapping[str, str]) -> str:
    """A state by its number and label, or by its name alone."""
    return state if labels[state] == state else f"{state} {labels[state]}"
