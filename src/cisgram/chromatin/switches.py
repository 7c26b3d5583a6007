"""The same place in several cell types: which states stay, which change into which, and where cell types differ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cisgram.arrays import JointStates, PerState, StateSwitches
from cisgram.chromatin.segment_overlap import JointPieces, joint_pieces
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.segmentation import Segmentation
from cisgram.genomics.state_model import StateModel

STABILITY_COLUMNS = ("state", "name", "share", "kept", "kept_by_chance", "fold")
"""Columns of a table of stability; states are numbered from 1."""

SWITCH_COLUMNS = ("state", "other_state", "name", "other_name", "share", "fold")
"""Columns of a table of switches; states are numbered from 1."""

DIFFERENCE_COLUMNS = ("chrom", "start", "end", "difference", "score")
"""First columns of a table of regions that differ; then one per cell type with the names of the states."""

_CHUNK = 200_000


@dataclass(frozen=True, eq=False)
class Switches:
    """How often a base is in one state in a cell type and in another state in another.

    Parameters
    ----------
    cells
        The cell types.
    names
        Names of the states.
    pair_bp
        Bases by state in one cell type (row) and in another (column), summed over all ordered pairs of cell types.
    expected_bp
        The same if the cell types' states lay independently of each other, each with its own shares of the states.
    n_dropped
        Bases that lack a state in some cell type; they are left out.
    """

    cells: tuple[str, ...]
    names: tuple[str, ...]
    pair_bp: StateSwitches
    expected_bp: StateSwitches
    n_dropped: int

    @property
    def fold(self) -> StateSwitches:
        """Observed over expected; NaN for states that never occur."""
        return _divided(self.pair_bp, self.expected_bp)

    @property
    def kept(self) -> PerState:
        """Of the bases in a state, the share that is in the same state in another cell type: its stability."""
        return _divided(np.diag(self.pair_bp), self.pair_bp.sum(axis=1))

    @property
    def kept_by_chance(self) -> PerState:
        """The same if cell types were independent."""
        return _divided(np.diag(self.expected_bp), self.expected_bp.sum(axis=1))

    @property
    def share_by_state(self) -> StateSwitches:
        """Of the bases in a state (row), the share in each state in another cell type; rows sum to 1."""
        return _divided(self.pair_bp, np.broadcast_to(self.pair_bp.sum(axis=1, keepdims=True), self.pair_bp.shape))

    @property
    def distance(self) -> StateSwitches:
        """How unlike two states are, in bits: ``log2(sqrt(p_ii p_jj) / p_ij)``, from how rarely one replaces another.

        0 on the diagonal, and where two states replace each other more often than they stay; one base is added to
        every pair, so that switches that never occur stay finite. A measure for segmentations without a model: see
        :func:`mark_distance`.
        """
        p = (self.pair_bp + 1) / (self.pair_bp + 1).sum()
        own = np.sqrt(np.outer(np.diag(p), np.diag(p)))
        return np.maximum(np.log2(own / p), 0.0)

    def stability_table(self) -> pd.DataFrame:
        """One row per state, columns ``STABILITY_COLUMNS``."""
        share = self.pair_bp.sum(axis=1) / self.pair_bp.sum()
        values = (
            np.arange(1, len(self.names) + 1),
            list(self.names),
            share,
            self.kept,
            self.kept_by_chance,
            _divided(self.kept, self.kept_by_chance),
        )
        return pd.DataFrame(dict(zip(STABILITY_COLUMNS, values, strict=True)))

    def table(self) -> pd.DataFrame:
        """One row per ordered pair of states, columns ``SWITCH_COLUMNS``; ``share`` is of the bases of ``state``."""
        n = len(self.names)
        first, second = np.repeat(np.arange(n), n), np.tile(np.arange(n), n)
        names = np.array(self.names, dtype=object)
        values = (
            first + 1,
            second + 1,
            names[first],
            names[second],
            self.share_by_state.ravel(),
            self.fold.ravel(),
        )
        return pd.DataFrame(dict(zip(SWITCH_COLUMNS, values, strict=True)))


def count_switches(segmentations: Sequence[Segmentation]) -> Switches:
    """Count in which pairs of states every base is, over all pairs of cell types.

    Contig by contig; time and memory grow with the number of stretches in which no cell type changes its state.

    Parameters
    ----------
    segmentations
        Two or more cell types, with the same states. Bases without a state in one of them are left out and counted.

    Raises
    ------
    InputError
        There are fewer than two cell types, or they have different states.
    EmptySetError
        No base has a state in all of them.

    Examples
    --------
    >>> one = Segmentation.from_states("one", {"I": np.array([0, 0, 1, 1])}, n_states=2)
    >>> two = Segmentation.from_states("two", {"I": np.array([0, 0, 1, 0])}, n_states=2)
    >>> count_switches([one, two]).kept.round(2).tolist()
    [0.8, 0.67]
    """
    _require_same_states(segmentations)
    n_states, n_cells = segmentations[0].n_states, len(segmentations)
    pairs, by_cell, n_dropped = np.zeros((n_states, n_states)), np.zeros((n_cells, n_states)), 0
    for _, pieces in _common_pieces(segmentations):
        has_all = (pieces.states >= 0).all(axis=1)
        n_dropped += int(pieces.length[~has_all].sum())
        states, length = pieces.states[has_all], pieces.length[has_all].astype(np.float64)
        for cell in range(n_cells):
            by_cell[cell] += np.bincount(states[:, cell], weights=length, minlength=n_states)
        counts = _cells_per_state(states, n_states)
        # All ordered pairs of cell types: a cell type is no pair with itself.
        pairs += (counts * length[:, None]).T @ counts
    pairs -= np.diag(by_cell.sum(axis=0))
    if not by_cell.any():
        dropped = {"bp lack a state in some cell type": n_dropped}
        raise EmptySetError("bases with a state in all cell types", dropped=dropped, hint="is it the same genome?")
    total = by_cell.sum(axis=0)
    expected = (np.outer(total, total) - by_cell.T @ by_cell) / by_cell[0].sum()
    cells = tuple(one.cell for one in segmentations)
    return Switches(cells, segmentations[0].names, pairs, expected, n_dropped)


def mark_distance(model: StateModel) -> StateSwitches:
    """How unlike two states are, in marks: how many marks one is expected to have and the other not.

    The sum over marks of the difference of their probabilities: 5 or so between an active promoter and quiescent
    chromatin where six marks are measured, well below 1 between weak states.

    Parameters
    ----------
    model
        The states.
    """
    return np.abs(model.emissions[:, None] - model.emissions[None]).sum(axis=2)


def differential_regions(
    segmentations: Sequence[Segmentation],
    distance: StateSwitches,
    *,
    min_bp: int = 400,
    min_difference: float = 1.0,
    max_rows: int | None = None,
) -> pd.DataFrame:
    """Find regions whose state differs between cell types, those of unlike states first.

    Parameters
    ----------
    segmentations
        Cell types with the same states.
    distance
        How unlike every two states are, with 0 on the diagonal: in marks (:func:`mark_distance`), or without a model
        by how rarely one stands in the place of the other (:attr:`Switches.distance`).
    min_bp
        Shortest region.
    min_difference
        Least mean distance of the states over all pairs of cell types.
    max_rows
        So many of the highest score; all by default.

    Returns
    -------
    pandas.DataFrame
        ``DIFFERENCE_COLUMNS``, then one column per cell type with the name of its state; sorted by ``score``, the
        difference times ``log2(1 + bins)``: the more unlike, then the longer. In a region no cell type changes its
        state.

    Examples
    --------
    >>> one = Segmentation.from_states("one", {"I": np.array([0, 0, 0, 0, 1, 1])}, n_states=2)
    >>> two = Segmentation.from_states("two", {"I": np.array([0, 0, 0, 0, 1, 0])}, n_states=2)
    >>> differential_regions([one, two], 1 - np.eye(2), min_bp=200).to_numpy().tolist()
    [['I', 1000, 1200, 1.0, 1.0, '2', '1']]
    """
    _require_same_states(segmentations)
    bin_size, n_pairs = segmentations[0].bin_size, len(segmentations) * (len(segmentations) - 1)
    names, cells = np.array(segmentations[0].names, dtype=object), [one.cell for one in segmentations]
    if distance.shape != (len(names), len(names)):
        raise InputError(f"{len(names)} states need a distance for every two of them; got {distance.shape}")
    parts = []
    for chrom, pieces in _common_pieces(segmentations):
        has_all = (pieces.states >= 0).all(axis=1) & (pieces.length >= min_bp)
        states, start, length = pieces.states[has_all], pieces.start[has_all], pieces.length[has_all]
        counts = _cells_per_state(states, segmentations[0].n_states)
        difference = ((counts @ distance) * counts).sum(axis=1) / n_pairs
        kept = (states != states[:, :1]).any(axis=1) & (difference >= min_difference)
        shown = {"chrom": chrom, "start": start[kept], "end": (start + length)[kept], "difference": difference[kept]}
        shown["score"] = (difference * np.log2(1 + length / bin_size))[kept]
        shown |= {cell: names[states[kept, column]] for column, cell in enumerate(cells)}
        parts.append(pd.DataFrame(shown))
    empty = pd.DataFrame(columns=[*DIFFERENCE_COLUMNS, *cells])
    table = pd.concat(parts, ignore_index=True) if parts else empty
    return table.sort_values("score", ascending=False, kind="stable", ignore_index=True).head(max_rows or len(table))


def _require_same_states(segmentations: Sequence[Segmentation]) -> None:
    if len(segmentations) < 2:
        raise InputError(f"switches need at least two cell types; got {len(segmentations)}")
    first = segmentations[0]
    for other in segmentations[1:]:
        if other.names != first.names or other.bin_size != first.bin_size:
            raise InputError(
                f"cell types need the states of one model: {first.cell} has {first.n_states} in bins of "
                f"{first.bin_size} bp, {other.cell} has {other.n_states} in bins of {other.bin_size} bp"
            )
    cells = [one.cell for one in segmentations]
    if len(set(cells)) < len(cells):
        raise InputError(f"names of cell types must be unique; got {', '.join(cells)}")


def _common_pieces(segmentations: Sequence[Segmentation]) -> Iterator[tuple[str, JointPieces]]:
    """Stretches of every contig that any cell type has, some at a time."""
    for chrom in dict.fromkeys(chrom for one in segmentations for chrom in one.chroms):
        pieces = joint_pieces(segmentations, chrom)
        for first in range(0, len(pieces.start), _CHUNK):
            part = slice(first, first + _CHUNK)
            yield chrom, JointPieces(pieces.start[part], pieces.length[part], pieces.states[part])


def _cells_per_state(states: JointStates, n_states: int) -> np.ndarray:
    """How many cell types have each state, per stretch."""
    counts = np.zeros((len(states), n_states))
    rows = np.arange(len(states))
    for cell in range(states.shape[1]):
        counts[rows, states[:, cell]] += 1  # each row once per cell type
    return counts


def _divided(over: np.ndarray, under: np.ndarray) -> np.ndarray:
    """A quotient; NaN where it is not defined."""
    return np.divide(over, under, out=np.full(over.shape, np.nan), where=under > 0)
