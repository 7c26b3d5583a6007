"""How much of the planted chromatin states a segmentation gives back."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from cisgram.arrays import CrossTable
from cisgram.errors import InputError
from cisgram.genomics.segmentation import Segmentation

STATE_COLUMNS = ("state", "share", "found_as", "recall", "precision", "floor_recall")
"""Columns of :attr:`StateRecovery.states`: planted state, its share of all bins, the found state that is matched to it
(empty where there are fewer found states), share of its bins in that state, share of that state's bins in it, and the
recall that bins dealt at random would have: the share of the found state."""


class StateRecovery(NamedTuple):
    """Planted states beside found ones, all cell types together."""

    adjusted_rand: float
    """Adjusted Rand index of bins: 1 for the same partition, about 0 for one that has nothing to do with it."""
    by_cell: dict[str, float]
    """The same in each cell type."""
    states: pd.DataFrame
    """One row per planted state, :data:`STATE_COLUMNS`."""
    overlap: pd.DataFrame
    """Bins by planted (rows) and found state (columns, numbered as in ChromHMM's files)."""

    @property
    def accuracy(self) -> float:
        """Share of bins whose found state is matched to their planted one."""
        return float((self.states["share"] * self.states["recall"]).sum())


def state_recovery(planted: Mapping[str, Segmentation], found: Mapping[str, Segmentation]) -> StateRecovery:
    """Compare segmentations with the planted ones, bin by bin.

    States are matched one to one so that as many bins as possible agree (Hungarian method, all cell types together).
    Bins that one of the two has no state for are left out, such as contigs without reads.

    Parameters
    ----------
    planted
        Truth by cell type; bins and states of all must be alike.
    found
        What a method says, by cell type; states may be more or fewer, bins must be as wide.

    Returns
    -------
    StateRecovery
        Over the cell types that both have.

    Raises
    ------
    InputError
        Where no cell type, or no bin of one, is in both, or bins are of another width.

    Examples
    --------
    >>> planted = Segmentation.from_states("a", {"chr1": np.array([0, 0, 1, 1])}, n_states=2)
    >>> found = Segmentation.from_states("a", {"chr1": np.array([2, 2, 0, 0])}, n_states=3)
    >>> recovery = state_recovery({"a": planted}, {"a": found})
    >>> recovery.adjusted_rand, recovery.states["found_as"].tolist()
    (1.0, ['3', '1'])

    References
    ----------
    Hubert & Arabie (1985), Comparing partitions, Journal of Classification 2: 193.
    """
    cells = [cell for cell in planted if cell in found]
    if not cells:
        raise InputError(f"no cell type is in both; planted are {', '.join(planted)}, found {', '.join(found)}")
    tables = {cell: _overlap(planted[cell], found[cell]) for cell in cells}
    first = planted[cells[0]]
    if any(one.shape != tables[cells[0]].shape for one in tables.values()):
        raise InputError("all cell types must have the same number of states")
    overlap = np.sum(list(tables.values()), axis=0)
    columns = found[cells[0]].names
    return StateRecovery(
        adjusted_rand(overlap),
        {cell: adjusted_rand(table) for cell, table in tables.items()},
        _matched(overlap, first.names, columns),
        pd.DataFrame(overlap, index=pd.Index(first.names, name="planted"), columns=list(columns)),
    )


def adjusted_rand(overlap: CrossTable) -> float:
    """Adjusted Rand index of two partitions from the table of how many items are in both of each pair of parts.

    1 where the partitions are the same, also where both put everything into one part.

    Examples
    --------
    >>> adjusted_rand(np.array([[5, 0], [0, 5]]))
    1.0
    """
    pairs = [
        float((counts * (counts - 1.0) / 2).sum()) for counts in (overlap, overlap.sum(axis=1), overlap.sum(axis=0))
    ]
    both, rows, columns = pairs
    n = float(overlap.sum())
    expected = rows * columns / max(n * (n - 1) / 2, 1.0)
    most = (rows + columns) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def _overlap(planted: Segmentation, found: Segmentation) -> np.ndarray:
    """Bins by planted and found state in one cell type."""
    if planted.bin_size != found.bin_size:
        raise InputError(f"{planted.cell}: bins of {planted.bin_size} and {found.bin_size} bp cannot be compared")
    table = np.zeros((planted.n_states, found.n_states), dtype=np.int64)
    for chrom in set(planted.chroms) & set(found.chroms):
        both = (planted.states(chrom), found.states(chrom))
        n_bins = min(map(len, both))
        true, other = (states[:n_bins].astype(np.int64) for states in both)
        known = (true >= 0) & (other >= 0)
        pair = true[known] * found.n_states + other[known]
        table += np.bincount(pair, minlength=table.size).reshape(table.shape)
    if not table.any():
        raise InputError(f"{planted.cell}: no bin has a planted and a found state; are these of the same genome?")
    return table


def _matched(overlap: np.ndarray, planted: tuple[str, ...], found: tuple[str, ...]) -> pd.DataFrame:
    """Planted states with the found ones that are matched to them."""
    match = dict(zip(*(one.tolist() for one in linear_sum_assignment(-overlap)), strict=True))
    n_bins, of_found = overlap.sum(), overlap.sum(axis=0)
    rows = []
    for row, name in enumerate(planted):
        n_planted, column = overlap[row].sum(), match.get(row)
        if column is None:
            rows.append((name, n_planted / n_bins, "", 0.0, 0.0, 0.0))
            continue
        n_both = overlap[row, column]
        recall, precision = n_both / max(n_planted, 1), n_both / max(of_found[column], 1)
        rows.append((name, n_planted / n_bins, found[column], recall, precision, of_found[column] / n_bins))
    return pd.DataFrame(rows, columns=list(STATE_COLUMNS))
