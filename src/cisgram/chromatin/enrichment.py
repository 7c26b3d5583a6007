"""How much more often than the rest of the genome a state lies in genes, CpG islands or any other set of intervals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import binom, hypergeom

from cisgram.arrays import PerSet, PerState, Rows, SetOverlaps
from cisgram.chromatin.segment_overlap import bases_in_states, contigs_as_in
from cisgram.errors import EmptySetError
from cisgram.genomics.segmentation import Segmentation

ENRICHMENT_COLUMNS = ("cell", "state", "name", "set", "state_bp", "set_bp", "overlap_bp", "fold", "minus_log10_p")
"""Columns of a table of enrichments; states are numbered from 1, as files of states number them."""


@dataclass(frozen=True, eq=False)
class StateEnrichment:
    """What states of one cell type share with sets of intervals.

    Parameters
    ----------
    cell
        The cell type.
    names
        Names of the states.
    sets
        Names of the sets.
    state_bp
        Bases in each state.
    overlap_bp
        Bases (or centres of intervals) of each set in each state.
    n_outside
        How many intervals of each set lie on contigs without any state.
    minus_log10_p
        -log10 of the chance of as much overlap or more; None unless centres were counted.
    """

    cell: str
    names: tuple[str, ...]
    sets: tuple[str, ...]
    state_bp: PerState
    overlap_bp: SetOverlaps
    n_outside: Rows
    minus_log10_p: SetOverlaps | None = None

    @property
    def set_bp(self) -> PerSet:
        """Bases (or centres) of each set that have a state."""
        return self.overlap_bp.sum(axis=0)

    @property
    def share(self) -> PerState:
        """Share of the bases with a state that is in each state."""
        return self.state_bp / self.state_bp.sum()

    @property
    def fold(self) -> SetOverlaps:
        """Share of a set that is in a state over the share of the genome that is; NaN for a state that never occurs."""
        in_state = self.overlap_bp / self.set_bp
        share = self.share[:, None]
        return np.divide(in_state, share, out=np.full(in_state.shape, np.nan), where=share > 0)

    def of(self, name: str) -> PerState:
        """Folds of one set, one per state."""
        return self.fold[:, self.sets.index(name)]

    def table(self) -> pd.DataFrame:
        """One row per state and set, columns ``ENRICHMENT_COLUMNS``."""
        n_states, n_sets = self.overlap_bp.shape
        p_values = np.full(self.overlap_bp.shape, np.nan) if self.minus_log10_p is None else self.minus_log10_p
        values = (
            [self.cell] * (n_states * n_sets),
            np.repeat(np.arange(1, n_states + 1), n_sets),
            np.repeat(np.array(self.names, dtype=object), n_sets),
            list(self.sets) * n_states,
            np.repeat(self.state_bp.astype(np.int64), n_sets),
            np.tile(self.set_bp.astype(np.int64), n_states),
            self.overlap_bp.astype(np.int64).ravel(),
            self.fold.ravel(),
            p_values.ravel(),
        )
        return pd.DataFrame(dict(zip(ENRICHMENT_COLUMNS, values, strict=True)))


def overlap_enrichment(
    segmentation: Segmentation,
    sets: Mapping[str, pd.DataFrame] | Iterable[tuple[str, pd.DataFrame]],
    *,
    is_center: bool = False,
    is_multiple: bool = False,
) -> StateEnrichment:
    """Compute fold enrichments of states in sets of intervals, base by base, as ChromHMM's OverlapEnrichment does.

    The fold is ``(overlap / bases of the set) / (bases of the state / bases of the genome)``, where the genome is what
    has a state.

    Parameters
    ----------
    segmentation
        States of one cell type.
    sets
        Interval tables by name; several may come one after another, so that only one is held in memory.
    is_center
        Count the middle base of every interval (of an even length, the last one of the left half) instead of all, and
        compute p-values.
    is_multiple
        Whether a base in several intervals of a set counts once for each of them, and not once in all.

    Returns
    -------
    StateEnrichment
        P-values are those of the hypergeometric distribution (bases are in the set or not), or with ``is_multiple``
        of the binomial one. They take neighbouring intervals for independent: read them as a ranking.

    Raises
    ------
    EmptySetError
        There are no sets, or none of the intervals of a set lies where there are states.
    ContigError
        Contigs of a set have other names altogether.

    References
    ----------
    Ernst and Kellis (2017), Chromatin-state discovery and genome annotation with ChromHMM, Nature Protocols 12: 2478.

    Examples
    --------
    >>> from cisgram.genomics.interval import interval_table
    >>> segmentation = Segmentation.from_states("K562", {"chr1": np.array([0, 0, 0, 1])}, n_states=2)
    >>> islands = interval_table(["chr1"], [500], [700])
    >>> overlap_enrichment(segmentation, {"CpG islands": islands}).fold.round(2).tolist()
    [[0.67], [2.0]]
    """
    segments = segmentation.segments
    lengths = (segments["end"] - segments["start"]).to_numpy()
    state_bp = np.bincount(segments["state"], weights=lengths, minlength=segmentation.n_states).astype(np.float64)
    names, overlaps, outside = [], [], []
    for name, intervals in sets.items() if isinstance(sets, Mapping) else sets:
        if intervals.empty:
            raise EmptySetError(f"intervals of {name!r}", dropped={}, hint="leave the set out")
        placed = intervals.assign(chrom=contigs_as_in(segmentation, intervals["chrom"], f"set {name!r}"))
        counted = _centers(placed) if is_center else placed
        shared = bases_in_states(segments, counted, n_states=segmentation.n_states, is_multiple=is_multiple)
        n_outside = int((~placed["chrom"].isin(segmentation.chroms)).sum())
        if not shared.any():
            dropped = {
                "on contigs without states": n_outside,
                "beyond all segments": len(intervals) - n_outside,
            }
            raise EmptySetError(f"intervals of {name!r} in states of {segmentation.cell}", dropped=dropped)
        names.append(name)
        overlaps.append(shared)
        outside.append(n_outside)
    if not names:
        raise EmptySetError("sets of intervals", dropped={}, hint="give at least one")
    overlap_bp = np.stack(overlaps, axis=1)
    p_values = _minus_log10_p(overlap_bp, state_bp, is_multiple=is_multiple) if is_center else None
    found = np.array(outside)
    return StateEnrichment(segmentation.cell, segmentation.names, tuple(names), state_bp, overlap_bp, found, p_values)


def _centers(intervals: pd.DataFrame) -> pd.DataFrame:
    """The middle base of every interval, as ChromHMM has it: the left one of two."""
    center = (intervals["start"] + intervals["end"] - 1) // 2
    return pd.DataFrame({"chrom": intervals["chrom"], "start": center, "end": center + 1})


def _minus_log10_p(overlap: SetOverlaps, state_bp: PerState, *, is_multiple: bool) -> SetOverlaps:
    """-log10 of the chance of this overlap or a larger one, for every state and set."""
    total, in_set = state_bp.sum(), overlap.sum(axis=0)
    if is_multiple:
        log_p = binom.logsf(overlap - 1, in_set[None], (state_bp / total)[:, None])
    else:
        # Of one size: SciPy does not broadcast an argument of a single number here.
        log_p = hypergeom.logsf(*np.broadcast_arrays(overlap - 1, total, state_bp[:, None], in_set[None]))
    return np.maximum(-log_p / np.log(10), 0.0)
