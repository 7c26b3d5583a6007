"""The question: which sites do tracks share, which are their own, and which tracks are alike."""

from matplotlib.figure import Figure

from cisgram.report.blocks import Section, picture
from cisgram.report.cell_type_plots import (
    cell_type_order,
    cell_type_similarity,
    plot_cell_type_similarity,
    plot_site_heat_map,
    plot_sites_by_number,
)
from cisgram.report.label_results import LabelResults

_LEAD = (
    "Peaks of all tracks were merged into sites; a site belongs to every track that has a peak in it. Tracks that are "
    "alike stand side by side."
)


def cell_types(results: LabelResults) -> Section | None:
    """Heat map of sites by tracks, sites by the number of their tracks, similarity of tracks."""
    labels = results.site_labels
    if labels is None or not len(labels):
        return None
    names = results.track_names
    similarity = cell_type_similarity(labels)
    order = cell_type_order(similarity)

    def overview(figure: Figure) -> None:
        left, right = figure.subplots(1, 2, width_ratios=[3, 2])
        plot_site_heat_map(labels, names, ax=left, order=order)
        plot_sites_by_number(labels, ax=right)

    blocks = [
        picture(
            overview,
            width=10.0,
            height=5.6,
            caption="Left: every site is in a row, those of most tracks on top; dark where a track has it. Right: "
            "share of sites by the number of tracks that have them, beside what independent tracks would give.",
        )
    ]
    if len(names) > 2:
        size = min(9.0, 4.0 + 0.08 * len(names))
        blocks.append(
            picture(
                lambda figure: plot_cell_type_similarity(similarity, names, ax=figure.subplots(), order=order),
                width=size,
                height=0.8 * size,
                caption="How alike tracks are: sites of both over sites of either.",
            )
        )
    n_tracks = labels.sum(axis=1)
    own, shared = int((n_tracks == 1).sum()), int((n_tracks > len(names) / 2).sum())
    finding = (
        f"Sites: {len(labels):,}; {own / len(labels):.0%} belong to a single track, {shared:,} to more than half of "
        f"the {len(names)} tracks."
    )
    return Section("Sites and tracks", _LEAD, blocks, findings=[finding] if len(names) > 1 else [])
