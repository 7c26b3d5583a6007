"""The question: are the bins with clear signal ranked before all others."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cisgram.report.binned_plots import plot_methods
from cisgram.report.binned_results import MODEL, REPLICATES, BinnedResults
from cisgram.report.blocks import Cell, Column, Section, Table, number, picture

_LEAD = (
    "A bin is a peak where its measured value, read as a count, is too high for chance around the track's mean "
    "(Poisson, false discovery rate 1 %). Bins are ranked by their predicted value. AUROC is the chance that a peak "
    "ranks above another bin; average precision is stricter where peaks are rare, and a ranking at random reaches "
    "the share of bins in peaks. Tracks that are not in counts may have few peaks, or none."
)
_OF_REPLICATES = " Replicates: peaks of one, ranked by the other."
_MOST_GROUPS = 8
_FOLDED_ABOVE = 12


def peaks(results: BinnedResults) -> Section | None:
    """Both areas by kind as bars, and track by track as numbers."""
    table = results.peaks
    if table is None or not table["value"].notna().any():
        return None
    column = "track" if table["track"].nunique() <= _MOST_GROUPS else "family"
    means = table.groupby([column, "method", "metric"], sort=False)["value"].mean().reset_index()
    means = means.rename(columns={column: "group"})
    groups = list(dict.fromkeys(means["group"].astype(str)))[:_MOST_GROUPS]
    floors = [name for name in results.floor_names if name != "mean signal"]
    names = {MODEL: "model", **{name: name for name in floors}}
    if REPLICATES in set(table[table["value"].notna()]["method"]):
        names = {MODEL: "model", REPLICATES: "replicates", **{name: name for name in floors}}

    def draw(figure: Figure) -> None:
        axes = figure.subplots(2, 1)
        for ax, metric, label in zip(axes, ("auprc", "auroc"), ("average precision", "AUROC"), strict=True):
            own = means[means["metric"] == metric]
            plot_methods(own, ax=ax, groups=groups, names=names, metric_name=label)
            ax.set_ylim(0 if metric == "auprc" else 0.5, 1)
        figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=len(names))
        _mark_chance(axes[0], table, column, groups)

    what = "track" if column == "track" else "kind of experiment (mean over tracks)"
    caption = f"By {what}. Black lines: a ranking at random."
    blocks = [picture(draw, width=max(4.6, min(9.6, 2.0 + 1.15 * len(groups))), height=4.2, caption=caption)]
    lead = _LEAD + (_OF_REPLICATES if REPLICATES in names else "")
    return Section("Peaks", lead, [*blocks, _table(table, names)], findings=_findings(table, names))


def _mark_chance(ax: Axes, table: pd.DataFrame, column: str, groups: list[str]) -> None:
    """A line at the share of bins in peaks over every group."""
    own = table[(table["method"] == MODEL) & (table["metric"] == "auprc")]
    share = (own["n_peaks"] / own["n_bins"]).groupby(own[column]).mean()
    for at, group in enumerate(groups):
        ax.plot([at - 0.42, at + 0.42], [share[group]] * 2, color="black", linewidth=1.0)


def _table(table: pd.DataFrame, names: dict[str, str]) -> Table:
    """Track by track."""
    values = {(row["track"], row["method"], row["metric"]): row for row in table.to_dict("records")}
    columns = [Column("track"), Column("peaks", numeric=True), Column("share of bins", numeric=True)]
    shown = {"auprc": list(names), "auroc": [one for one in names if one in (MODEL, REPLICATES)]}
    columns += [Column(names[one], numeric=True, hint="average precision") for one in shown["auprc"]]
    columns += [Column(f"AUROC, {names[one]}", numeric=True) for one in shown["auroc"]]
    rows = []
    for track in dict.fromkeys(table["track"]):
        own = values[track, MODEL, "auprc"]
        cells = [Cell(str(track), "whole"), Cell(number(own["n_peaks"]), "n")]
        cells.append(Cell(f"{own['n_peaks'] / max(1, own['n_bins']):.1%}", "n"))
        for metric in ("auprc", "auroc"):
            for method in shown[metric]:
                one = values.get((track, method, metric))
                style = "n strong" if method == MODEL else "n"
                cells.append(Cell(number(one["value"] if one else None), style))
        rows.append(cells)
    caption = (
        "Average precision, and AUROC where it says so. With intervals, and for all floors, in evaluation/peaks.tsv."
    )
    return Table(columns, rows, title="Track by track", caption=caption, is_folded=len(rows) > _FOLDED_ABOVE)


def _findings(table: pd.DataFrame, names: dict[str, str]) -> list[str]:
    """One sentence on all tracks that have peaks."""
    means = table.groupby(["metric", "method"], sort=False)["value"].mean()
    own = table[(table["method"] == MODEL) & (table["metric"] == "auprc") & table["value"].notna()]
    share = (own["n_peaks"] / own["n_bins"]).mean()
    others = [f"{name} {means['auprc', method]:.3f}" for method, name in names.items() if method != MODEL]
    n = len(own)
    return [
        f"Peaks: average precision {means['auprc', MODEL]:.3f} and AUROC {means['auroc', MODEL]:.3f}"
        + (f" on average over {n} tracks" if n > 1 else "")
        + f" (average precision at random {share:.3f}, {', '.join(others)})."
    ]
