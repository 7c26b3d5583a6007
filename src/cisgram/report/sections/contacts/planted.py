"""The question, for a simulated genome: are planted boundaries and loops predicted, and what edits of sites do."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from cisgram.report.blocks import Cell, Column, Picture, Table, number, picture
from cisgram.report.planted_contact_plots import plot_corner_changes, plot_corners


def boundary_table(recovery: Mapping[str, Any]) -> list[Table]:
    """Planted boundaries that are found in each map."""
    if not recovery.get("boundaries"):
        return []
    columns = [Column("dips of insulation in"), Column("boundaries", numeric=True), Column("found", numeric=True)]
    columns.append(Column("by chance", numeric=True))
    rows = [
        [
            Cell(one["method"]),
            Cell(number(one["n_planted"]), "n"),
            Cell(_percent(one["share_found"]), "n strong" if one["method"] == "model" else "n"),
            Cell(_percent(one["share_by_chance"]), "n"),
        ]
        for one in recovery["boundaries"]
    ]
    caption = (
        "As many dips as boundaries were planted are called, the deepest first; a boundary is found where one lies in "
        "its bin or the next. Weak boundaries leave no dip: contacts without noise show how many can be found. Sites "
        "alone can find more, as boundaries were planted by sites: its dips lie on them, however strong they are."
    )
    return [Table(columns, rows, title="Planted boundaries", caption=caption)]


def corner_tables(recovery: Mapping[str, Any]) -> list[Table]:
    """Corners of pairs of planted sites in each map, and what edits change."""
    tables = []
    if recovery.get("corners"):
        names = list(recovery["corners"][0]["mean"])
        columns = [Column("corners in"), *(Column(name, numeric=True) for name in names)]
        columns.append(Column("r with the truth", numeric=True))
        rows = [
            [
                Cell(one["method"]),
                *(Cell(number(one["mean"][name]), "n strong" if one["method"] == "model" else "n") for name in names),
                Cell(number(one["pearson"]), "n"),
            ]
            for one in recovery["corners"]
        ]
        counts = ", ".join(f"{n} {name}" for name, n in recovery["corners"][-1]["n"].items())
        caption = (
            f"Pairs of strong sites with no other beside them: {counts}. A corner is the mean of 3 x 3 pixels around "
            "the pair less that of as many within the loop, in natural-log units."
        )
        tables.append(Table(columns, rows, title="Loops: corners of pairs of sites", caption=caption))
    if recovery.get("edits"):
        tables.append(_edit_table(recovery["edits"]))
    return tables


def corner_picture(recovery: Mapping[str, Any]) -> list[Picture]:
    """Corners by orientation, and changes by edits, side by side."""
    if not (recovery.get("corners") and recovery.get("edits")):
        return []

    def draw(figure: Figure) -> None:
        left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
        plot_corners(recovery["corners"], ax=left)
        plot_corner_changes(recovery["edits"]["edits"], ax=right)

    caption = (
        "Left: how much the corner between two sites stands out, by the way they point. Right: how much it changes "
        "when one of the sites of a loop is deleted or turned round, as predicted and as the simulation folds the "
        "edited sequence; one dot per locus."
    )
    return [picture(draw, width=7.6, height=3.2, caption=caption, title="The rule of convergent sites")]


def planted_findings(recovery: Mapping[str, Any]) -> list[str]:
    """What the page says first."""
    found = []
    boundaries = {one["method"]: one for one in recovery.get("boundaries", [])}
    if boundaries and boundaries["model"]["share_found"] is not None:
        others = ", ".join(
            f"{name} {_percent(one['share_found'])}" for name, one in boundaries.items() if name != "model"
        )
        own = boundaries["model"]
        found.append(
            f"Planted boundaries in predicted maps: {_percent(own['share_found'])} of {own['n_planted']} ({others}; by "
            f"chance {_percent(own['share_by_chance'])})."
        )
    for one in recovery.get("edits", {}).get("edits", []):
        found.append(
            f"A site {one['edit']}, in {recovery['edits']['n_loci']} loci: predicted and true changes correlate with "
            f"r = {number(one['pearson'])} (at most {number(one['ceiling'])}); {_percent(one['corner_sign'])} of "
            "corners change in the true direction."
        )
    return found


def _edit_table(edits: Mapping[str, Any]) -> Table:
    """Agreement of predicted with true changes."""
    columns = [
        Column("a site is"),
        Column("r of changes", numeric=True, hint="over all pairs of bins of all loci"),
        Column("at most", numeric=True, hint="as two runs of the simulation agree"),
        Column("median of loci", numeric=True),
        Column("r of corner changes", numeric=True),
        Column("right direction", numeric=True),
        Column("corner, true change", numeric=True),
        Column("predicted", numeric=True),
    ]
    rows = [
        [
            Cell(one["edit"]),
            Cell(number(one["pearson"]), "n strong"),
            *(Cell(number(one[name]), "n") for name in ("ceiling", "median_pearson", "corner_pearson")),
            Cell(_percent(one["corner_sign"]), "n"),
            *(Cell(number(one[name]), "n") for name in ("true_corner", "predicted_corner")),
        ]
        for one in edits["edits"]
    ]
    caption = (
        f"One site of the longest-held loop of {edits['n_loci']} windows. The truth is the simulation run again on the "
        f"edited sequence with {edits['flank_bins']} bins on either side; the model saw none of it."
    )
    return Table(columns, rows, title="Sites deleted and turned round", caption=caption)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"
