"""Sections on where discovered motifs lie in their sequences, and on how their search converged."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.denovo.discover import Discovery
from cisgram.report.blocks import Picture, Section, picture
from cisgram.report.site_plots import motif_colors, plot_convergence, plot_distance_to_summit, plot_sites

N_STRIPS = 30
_PANELS_PER_ROW = 3
_BINS = 40
"""About so many bins span the longest sequence."""


def sites_section(discovery: Discovery, sequences: SequenceSet) -> list[Section]:
    """Where sites lie: distances to the middle, and the first sequences as strips; none without sites.

    Parameters
    ----------
    discovery
        What was found.
    sequences
        What was given to the search.
    """
    found = [one for one in discovery.motifs if len(one.sites)]
    if not found:
        return []
    sites = {one.motif.name: one.sites.assign(motif=one.motif.name) for one in found}
    lead = (
        "Sites in all sequences, also in those that the motif was learnt from. In peaks, the motif of the protein that "
        "was pulled down lies near the middle; one that is spread evenly is there for another reason."
    )
    return [Section("Sites", lead, [_distances(sites, sequences), _strips(sites, sequences)])]


def convergence_section(discovery: Discovery) -> Section | None:
    """How the likelihood of the motifs found rose; None where there are none."""
    traces = {one.motif.name: one.trace for one in discovery.motifs if len(one.trace)}
    if not traces:
        return None

    def draw(figure: Figure) -> None:
        plot_convergence(traces, ax=figure.subplots())

    lead = (
        "Log-likelihood (natural log) per sequence, relative to the background alone, from the first word to the "
        "motif. It never falls while width and sequences stay the same; a step down is where columns were cut off or "
        "all sequences came in. A line that still climbs at its end was stopped too early."
    )
    block = picture(draw, width=6.0, height=2.6, caption="One line per motif, over the iterations of its refinement.")
    return Section("Convergence", lead, [block])


def _distances(sites: Mapping[str, pd.DataFrame], sequences: SequenceSet) -> Picture:
    colors = motif_colors(list(sites))
    bin_bp = max(1, round(float(np.max(sequences.lengths)) / _BINS / 5) * 5)
    n_columns = min(len(sites), _PANELS_PER_ROW)
    n_rows = -(-len(sites) // _PANELS_PER_ROW)

    def draw(figure: Figure) -> None:
        axes = figure.subplots(n_rows, n_columns, squeeze=False)
        for ax in axes.flat[len(sites) :]:
            ax.axis("off")
        for (name, table), ax in zip(sites.items(), axes.flat, strict=False):
            lengths = sequences.lengths[table["sequence"].to_numpy()]
            start, end = table["start"].to_numpy(), table["end"].to_numpy()
            reach = np.maximum((lengths - (end - start)) / 2, 0.0)
            plot_distance_to_summit((start + end - lengths) / 2, reach, ax=ax, bin_bp=bin_bp, color=colors[name])
            ax.set_title(f"{name}: {len(table):,} sites")

    caption = (
        f"Centres of sites relative to the middle of their sequence, in bins of {bin_bp} bp; the line is what sites "
        "spread evenly over the same sequences would give."
    )
    return picture(
        draw, width=3.5 * max(n_columns, 2), height=2.3 * n_rows, caption=caption, title="Distance to the middle"
    )


def _strips(sites: Mapping[str, pd.DataFrame], sequences: SequenceSet) -> Picture:
    n = min(N_STRIPS, len(sequences))
    colors, table = motif_colors(list(sites)), pd.concat(sites.values(), ignore_index=True)
    names = [str(name) for name in sequences.names[:n]]

    def draw(figure: Figure) -> None:
        plot_sites(names, sequences.lengths[:n], table, ax=figure.subplots(), colors=colors)

    caption = f"The first {n} sequences with their sites; arrows point in the direction of the motif."
    return picture(draw, width=10.4, height=0.19 * n + 0.8, caption=caption, title="Sites in sequences")
