"""The question: is the signal put into the right bin, or only into the right neighbourhood."""

from matplotlib.figure import Figure

from cisgram.report.binned_plots import plot_by_width
from cisgram.report.binned_results import MODEL, REPLICATES, BinnedResults
from cisgram.report.blocks import Section, picture

_LEAD = (
    "The same predictions and measurements with neighbouring bins taken together. Noise of counting averages out in "
    "wide bins, and small errors of place no longer count; what stays wrong there is how much signal a region has."
)
_MOST_FAMILIES = 4


def widths(results: BinnedResults) -> Section | None:
    """Mean Pearson r by width of bins, kind by kind."""
    tracks = results.tracks
    if tracks is None or tracks["bin_bp"].nunique() < 2:
        return None
    own = tracks[tracks["metric"] == "pearson"]
    families = list(dict.fromkeys(own["family"]))[:_MOST_FAMILIES]
    floors = [name for name in results.floor_names if own[own["method"] == name]["value"].notna().any()]
    names = {MODEL: "model", REPLICATES: "replicate against replicate", **{name: name for name in floors}}

    def draw(figure: Figure) -> None:
        axes = figure.subplots(1, len(families), squeeze=False, sharey=True)[0]
        for ax, family in zip(axes, families, strict=True):
            plot_by_width(own[own["family"] == family], ax=ax, names=names, metric_name="mean Pearson r")
            n_tracks = own[own["family"] == family]["track"].nunique()
            ax.set_title(f"{family}, {n_tracks} tracks" if n_tracks > 1 else str(family))
        for ax in axes[1:]:
            ax.set_ylabel("")
        handles, labels = [], []
        for ax in axes:
            for handle, label in zip(*ax.get_legend_handles_labels(), strict=True):
                if label not in labels:
                    handles.append(handle)
                    labels.append(label)
        figure.legend(handles, labels, loc="outside upper left", ncols=len(labels))

    more = len(set(own["family"])) - len(families)
    caption = "Mean over tracks." + (f" {more} more kinds are in evaluation/tracks.tsv." if more else "")
    block = picture(
        draw,
        width=min(9.6, 1.6 + 2.6 * len(families) + (1.4 if len(families) == 1 else 0)),
        height=3.1,
        caption=caption,
    )
    return Section("By width of bins", _LEAD, [block])
