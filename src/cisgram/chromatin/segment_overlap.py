"""Stretches in which nothing changes: segments cut by intervals, or by the segments of other cell types."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import JointStates, PerState, Rows
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.segmentation import Segmentation


class JointPieces(NamedTuple):
    """Stretches of one contig on which every cell type keeps its state."""

    start: Rows
    """0-based, in bp."""
    length: Rows
    """In bp."""
    states: JointStates
    """State of every cell type; -1 where it has none."""


def bases_in_states(
    segments: pd.DataFrame, intervals: pd.DataFrame, *, n_states: int, is_multiple: bool = False
) -> PerState:
    """Count the bases that each state shares with intervals, contig by contig.

    Parameters
    ----------
    segments
        Columns of :data:`cisgram.genomics.segmentation.SEGMENT_COLUMNS`, sorted, without overlaps.
    intervals
        Interval table, in any order; what lies on other contigs or outside of all segments is not counted.
    n_states
        How many states there are.
    is_multiple
        Whether a base in several intervals counts once for each of them, and not once in all.

    Examples
    --------
    >>> from cisgram.genomics.interval import interval_table
    >>> segments = interval_table(["I", "I"], [0, 200], [200, 400]).assign(state=[0, 1])
    >>> intervals = interval_table(["I", "I"], [150, 190], [210, 220])
    >>> bases_in_states(segments, intervals, n_states=2).tolist()
    [50.0, 20.0]
    >>> bases_in_states(segments, intervals, n_states=2, is_multiple=True).tolist()
    [60.0, 30.0]
    """
    totals = np.zeros(n_states)
    by_contig = dict(list(segments.groupby("chrom", sort=False)))
    for chrom, wanted in intervals.groupby("chrom", sort=False):
        part = by_contig.get(chrom)
        if part is None:
            continue
        starts, ends = (np.sort(wanted[name].to_numpy(dtype=np.int64)) for name in ("start", "end"))
        borders = np.unique(np.concatenate([part["start"], part["end"], starts, ends]).astype(np.int64))
        left, length = borders[:-1], np.diff(borders)
        depth = np.searchsorted(starts, left, side="right") - np.searchsorted(ends, left, side="right")
        weight = length * (depth if is_multiple else np.minimum(depth, 1))
        states = states_at(part, left)
        inside = states >= 0
        totals += np.bincount(states[inside], weights=weight[inside], minlength=n_states)
    return totals


def states_at(segments: pd.DataFrame, positions: Rows) -> Rows:
    """States at positions of one contig; -1 where no segment lies.

    Parameters
    ----------
    segments
        The segments of this contig, sorted, without overlaps.
    positions
        0-based positions in bp.

    Examples
    --------
    >>> segments = pd.DataFrame({"start": [0, 400], "end": [200, 600], "state": [3, 5]})
    >>> states_at(segments, np.array([-1, 0, 199, 200, 599, 600])).tolist()
    [-1, 3, 3, -1, 5, -1]
    """
    if segments.empty:
        return np.full(len(positions), -1)
    start, end, state = (segments[name].to_numpy(dtype=np.int64) for name in ("start", "end", "state"))
    row = np.searchsorted(start, positions, side="right") - 1
    return np.where((row >= 0) & (positions < end[row]), state[row], -1)


def joint_pieces(segmentations: Sequence[Segmentation], chrom: str) -> JointPieces:
    """Cut a contig wherever a segment of any cell type begins or ends.

    Parameters
    ----------
    segmentations
        One per cell type.
    chrom
        A contig; a cell type that lacks it has no state there.

    Examples
    --------
    >>> one = Segmentation.from_states("one", {"I": np.array([0, 0, 1])}, n_states=2)
    >>> two = Segmentation.from_states("two", {"I": np.array([0, 1, 1])}, n_states=2)
    >>> pieces = joint_pieces([one, two], "I")
    >>> pieces.length.tolist(), pieces.states.tolist()
    ([200, 200, 200], [[0, 0], [0, 1], [1, 1]])
    """
    parts = [one.segments[one.segments["chrom"] == chrom] for one in segmentations]
    borders = np.unique(np.concatenate([part[name].to_numpy(dtype=np.int64) for part in parts for name in _BORDERS]))
    left = borders[:-1]
    states = np.empty((len(left), len(parts)), dtype=np.int16)
    for number, part in enumerate(parts):
        states[:, number] = states_at(part, left)
    return JointPieces(left, np.diff(borders), states)


_BORDERS = ("start", "end")


def contigs_as_in(segmentation: Segmentation, chroms: pd.Series, what: str) -> pd.Series:
    """Give contigs the names that they have in a segmentation, where none of the names agrees (1 and chr1).

    Parameters
    ----------
    segmentation
        States of one cell type.
    chroms
        Names of contigs, one per interval or anchor.
    what
        What they belong to, for messages.

    Raises
    ------
    ContigError
        Contigs have other names altogether.
    """
    if chroms.empty or chroms.isin(segmentation.chroms).any():
        return chroms
    ends = segmentation.segments.groupby("chrom", sort=False)["end"].max()
    sizes = {str(chrom): int(end) for chrom, end in ends.items()}
    return chroms.replace(dict(match_contigs(sizes, chroms.unique().tolist(), what=what).to_genome))
