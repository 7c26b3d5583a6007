"""Which states lie before, at and behind anchors such as starts of genes, strand by strand."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from cisgram.arrays import AnchorOffsets, OffsetCounts, PerState
from cisgram.chromatin.segment_overlap import contigs_as_in, states_at
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.segmentation import Segmentation

ANCHOR_COLUMNS = ("chrom", "position", "strand")
"""Columns of a table of anchors: 0-based positions; a strand of ``.`` is taken for ``+``."""

NEIGHBORHOOD_COLUMNS = ("cell", "anchors", "state", "name", "offset_bp", "n", "fold")
"""Columns of a table of states around anchors; states are numbered from 1."""


@dataclass(frozen=True, eq=False)
class Neighborhood:
    """States of one cell type around anchors.

    Parameters
    ----------
    cell
        The cell type.
    anchors
        What the anchors are.
    names
        Names of the states.
    offsets_bp
        Distances from the anchors; below 0 is upstream.
    counts
        How many anchors have each state at each distance.
    share
        Share of the genome in each state.
    n_anchors
        Anchors on contigs with states.
    n_outside
        Anchors on other contigs.
    """

    cell: str
    anchors: str
    names: tuple[str, ...]
    offsets_bp: AnchorOffsets
    counts: OffsetCounts
    share: PerState
    n_anchors: int
    n_outside: int

    @property
    def fold(self) -> OffsetCounts:
        """Share of anchors with a state at a distance over the state's share of the genome; NaN where it has none."""
        totals = self.counts.sum(axis=0)
        in_state = np.divide(self.counts, totals, out=np.full(self.counts.shape, np.nan), where=totals > 0)
        share = self.share[:, None]
        return np.divide(in_state, share, out=np.full(in_state.shape, np.nan), where=share > 0)

    def table(self) -> pd.DataFrame:
        """One row per state and distance, columns ``NEIGHBORHOOD_COLUMNS``."""
        n_states, n_offsets = self.counts.shape
        values = (
            [self.cell] * self.counts.size,
            [self.anchors] * self.counts.size,
            np.repeat(np.arange(1, n_states + 1), n_offsets),
            np.repeat(np.array(self.names, dtype=object), n_offsets),
            np.tile(self.offsets_bp, n_states),
            self.counts.astype(np.int64).ravel(),
            self.fold.ravel(),
        )
        return pd.DataFrame(dict(zip(NEIGHBORHOOD_COLUMNS, values, strict=True)))


def neighborhood_enrichment(
    segmentation: Segmentation,
    anchors: pd.DataFrame,
    *,
    name: str = "anchors",
    n_left: int = 10,
    n_right: int = 10,
    spacing_bp: int = 200,
) -> Neighborhood:
    """Compute fold enrichments of states around anchors, as ChromHMM's NeighborhoodEnrichment does.

    Parameters
    ----------
    segmentation
        States of one cell type.
    anchors
        A table with ``ANCHOR_COLUMNS``; without ``strand`` all are taken to point to the right.
    name
        What the anchors are.
    n_left, n_right
        How many places are looked at upstream and downstream of the anchor.
    spacing_bp
        Distance between places.

    Returns
    -------
    Neighborhood
        At every distance, the fold is taken over the anchors that have a state there. Places before the first base
        of a contig have none (ChromHMM counts those of the last 199 bases for its first bin).

    Raises
    ------
    InputError
        A column is missing, or a strand is none of ``+ - .``.
    EmptySetError
        No anchor lies on a contig with states.
    ContigError
        Contigs have other names altogether.

    Examples
    --------
    >>> segmentation = Segmentation.from_states("K562", {"chr1": np.array([0, 0, 1, 0])}, n_states=2)
    >>> starts = pd.DataFrame({"chrom": ["chr1", "chr1"], "position": [450, 50], "strand": ["-", "+"]})
    >>> neighborhood_enrichment(segmentation, starts, n_left=1, n_right=1).counts.tolist()
    [[1.0, 1.0, 2.0], [0.0, 1.0, 0.0]]
    """
    if missing := [column for column in ANCHOR_COLUMNS[:2] if column not in anchors]:
        raise InputError(f"a table of anchors needs the columns chrom and position; it lacks {', '.join(missing)}")
    if spacing_bp < 1 or n_left < 0 or n_right < 0:
        raise InputError(f"spacing_bp must be at least 1 and n_left, n_right 0; got {spacing_bp}, {n_left}, {n_right}")
    strand = anchors["strand"] if "strand" in anchors else pd.Series("+", index=anchors.index)
    if not strand.isin(["+", "-", "."]).all():
        raise InputError(f"strands of anchors must be +, - or .; got {sorted(set(strand) - set('+-.'))[:3]}")
    placed = contigs_as_in(segmentation, anchors["chrom"], f"anchors {name!r}")
    offsets = spacing_bp * np.arange(-n_left, n_right + 1)
    counts = np.zeros((segmentation.n_states, len(offsets)))
    direction = np.where(strand == "-", -1, 1)
    positions = anchors["position"].to_numpy(dtype=np.int64)
    n_anchors = 0
    for chrom, part in segmentation.segments.groupby("chrom", sort=False):
        here = np.flatnonzero(placed.to_numpy() == chrom)
        n_anchors += len(here)
        for column, offset in enumerate(offsets):
            states = states_at(part, positions[here] + direction[here] * offset)
            counts[:, column] += np.bincount(states[states >= 0], minlength=segmentation.n_states)
    n_outside = len(anchors) - n_anchors
    if not n_anchors:
        raise EmptySetError(f"anchors of {name!r}", dropped={"on contigs without states": n_outside})
    share = segmentation.share
    return Neighborhood(segmentation.cell, name, segmentation.names, offsets, counts, share, n_anchors, n_outside)
