"""Two segmentations of one genome side by side: how often a state of one lies where a state of the other does."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from cisgram.arrays import Rows, StatePairs
from cisgram.chromatin.segment_overlap import joint_pieces
from cisgram.errors import EmptySetError
from cisgram.genomics.segmentation import Segmentation

CONFUSION_COLUMNS = ("state", "other_state", "bp", "share", "fold")
"""Columns of a table of shared bases; states are numbered from 1."""


@dataclass(frozen=True, eq=False)
class Agreement:
    """Bases that states of two segmentations share.

    Parameters
    ----------
    cells
        The two cell types.
    names, other_names
        Names of the states of both.
    confusion_bp
        Bases by state of the first (row) and of the second (column).
    bin_size
        Width in bp of the bins that count as one observation in the adjusted Rand index.
    n_only
        Bases that have a state in the first alone, and in the second alone; they are left out.
    """

    cells: tuple[str, str]
    names: tuple[str, ...]
    other_names: tuple[str, ...]
    confusion_bp: StatePairs
    bin_size: int
    n_only: tuple[int, int]

    @property
    def adjusted_rand(self) -> float:
        """Adjusted Rand index of the bins: 1 for the same partition under any names, about 0 for unrelated ones."""
        return adjusted_rand(self.confusion_bp / self.bin_size)

    @property
    def partner(self) -> Rows:
        """For each state of the first, the state of the second paired with it one to one by shared bases; else -1."""
        rows, columns = linear_sum_assignment(self.confusion_bp, maximize=True)
        partner = np.full(len(self.names), -1)
        partner[rows] = columns
        return partner

    @property
    def share_same(self) -> float:
        """Share of bases in the same state, states being paired by number where both have as many, else by bases."""
        total = self.confusion_bp.sum()
        if len(self.names) == len(self.other_names):
            return float(np.trace(self.confusion_bp) / total)
        rows = np.flatnonzero(self.partner >= 0)
        return float(self.confusion_bp[rows, self.partner[rows]].sum() / total)

    @property
    def fold(self) -> StatePairs:
        """Shared bases over those of independent segmentations; NaN where a state does not occur."""
        total = self.confusion_bp.sum()
        expected = np.outer(self.confusion_bp.sum(axis=1), self.confusion_bp.sum(axis=0)) / total
        return np.divide(self.confusion_bp, expected, out=np.full(expected.shape, np.nan), where=expected > 0)

    def table(self) -> pd.DataFrame:
        """One row per pair of states, columns ``CONFUSION_COLUMNS``; ``share`` is of the bases of ``state``."""
        n, m = self.confusion_bp.shape
        own = self.confusion_bp.sum(axis=1, keepdims=True)
        share = np.divide(self.confusion_bp, own, out=np.full((n, m), np.nan), where=own > 0)
        first, second = np.repeat(np.arange(1, n + 1), m), np.tile(np.arange(1, m + 1), n)
        values = (first, second, self.confusion_bp.astype(np.int64).ravel(), share.ravel(), self.fold.ravel())
        return pd.DataFrame(dict(zip(CONFUSION_COLUMNS, values, strict=True)))


def compare_segmentations(first: Segmentation, second: Segmentation) -> Agreement:
    """Count the bases that states of two segmentations share: of two cell types, two models or two programs.

    Parameters
    ----------
    first, second
        Segmentations of the same genome; numbers of states and widths of bins may differ. Bases with a state in only
        one of them are left out and counted.

    Raises
    ------
    EmptySetError
        They have no base in common.

    Examples
    --------
    >>> one = Segmentation.from_states("one", {"I": np.array([0, 0, 1, 1])}, n_states=2)
    >>> two = Segmentation.from_states("two", {"I": np.array([1, 1, 0, 0])}, n_states=2)
    >>> agreement = compare_segmentations(one, two)
    >>> agreement.confusion_bp.tolist(), agreement.adjusted_rand, agreement.partner.tolist()
    ([[0.0, 400.0], [400.0, 0.0]], 1.0, [1, 0])
    """
    confusion = np.zeros((first.n_states + 1, second.n_states + 1))
    for chrom in dict.fromkeys((*first.chroms, *second.chroms)):
        pieces = joint_pieces([first, second], chrom)
        # A state of -1, none, is counted in the last row or column.
        cells = pieces.states.astype(np.int64) % np.array(confusion.shape)
        index = cells[:, 0] * confusion.shape[1] + cells[:, 1]
        counted = np.bincount(index, weights=pieces.length, minlength=confusion.size)
        confusion += counted.reshape(confusion.shape)
    n_only = (int(confusion[:-1, -1].sum()), int(confusion[-1, :-1].sum()))
    if not confusion[:-1, :-1].any():
        dropped = {f"bp only in {first.cell}": n_only[0], f"bp only in {second.cell}": n_only[1]}
        raise EmptySetError("bases with a state in both segmentations", dropped=dropped, hint="is it the same genome?")
    return Agreement(
        (first.cell, second.cell),
        first.names,
        second.names,
        confusion[:-1, :-1],
        min(first.bin_size, second.bin_size),
        n_only,
    )


def adjusted_rand(confusion: StatePairs) -> float:
    """The adjusted Rand index of two partitions from the table of their common members.

    ``(sum C(n_ij, 2) - E) / (M - E)`` with E and M the expected and the largest sum (Hubert and Arabie 1985, eq. 5).
    1 where both partitions are a single class.

    Examples
    --------
    >>> round(adjusted_rand(np.array([[2.0, 0.0], [1.0, 1.0]])), 4)
    0.0
    """

    def pairs(counts: np.ndarray) -> float:
        return float((counts * (counts - 1) / 2).sum())

    total = float(confusion.sum())
    rows, columns = pairs(confusion.sum(axis=1)), pairs(confusion.sum(axis=0))
    expected = rows * columns / (total * (total - 1) / 2) if total > 1 else 0.0
    largest = (rows + columns) / 2
    return 1.0 if largest == expected else (pairs(confusion) - expected) / (largest - expected)
