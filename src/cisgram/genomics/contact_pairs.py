"""Pairs of bins of a window: the upper triangle of a square of contacts as one row of numbers, and back."""

from typing import NamedTuple

import numpy as np

from cisgram.arrays import PairPlaces, PairValues, SquareContacts
from cisgram.errors import InputError


class PairBins(NamedTuple):
    """The bins of every pair."""

    row: PairPlaces
    """The left bin."""
    column: PairPlaces
    """The right bin; never left of ``row``."""

    @property
    def distance(self) -> PairPlaces:
        """How many bins lie between them, the right one counted."""
        return self.column - self.row


def count_pairs(n_bins: int, diagonal_offset: int) -> int:
    """Pairs of bins that lie at least ``diagonal_offset`` bins apart.

    Examples
    --------
    >>> count_pairs(448, 2)
    99681
    """
    side = max(0, n_bins - diagonal_offset)
    return side * (side + 1) // 2


def pair_bins(n_bins: int, diagonal_offset: int) -> PairBins:
    """The pairs in their order: row by row of the upper triangle, from the ``diagonal_offset``-th diagonal on.

    Examples
    --------
    >>> row, column = pair_bins(4, 2)
    >>> row.tolist(), column.tolist()
    ([0, 0, 1], [2, 3, 3])
    """
    _require(n_bins, diagonal_offset)
    return PairBins(*np.triu_indices(n_bins, diagonal_offset))


def reversed_pairs(n_bins: int, diagonal_offset: int) -> PairPlaces:
    """Where each pair of the reverse complement stands among those of the sequence: ``turned = pairs[reversed_pairs]``.

    Bin ``i`` becomes bin ``n_bins - 1 - i``, so that the square is mirrored at its other diagonal.

    Examples
    --------
    >>> reversed_pairs(4, 2).tolist()
    [2, 1, 0]
    """
    row, column = pair_bins(n_bins, diagonal_offset)
    place = np.full((n_bins, n_bins), -1, dtype=np.int64)
    place[row, column] = np.arange(row.size)
    return place[n_bins - 1 - column, n_bins - 1 - row]


def pairs_of(square: SquareContacts, diagonal_offset: int) -> PairValues:
    """The upper triangle of a square, from the ``diagonal_offset``-th diagonal on, as one row."""
    row, column = pair_bins(len(square), diagonal_offset)
    return square[row, column]


def square_of(pairs: PairValues, n_bins: int, diagonal_offset: int) -> SquareContacts:
    """A symmetric square of pairs; NaN on the diagonals that they leave out.

    Raises
    ------
    InputError
        Where there are not as many pairs as such a square has.

    Examples
    --------
    >>> square_of(np.array([1.0, 2.0, 3.0]), 4, 2)[0].tolist()
    [nan, nan, 1.0, 2.0]
    """
    row, column = pair_bins(n_bins, diagonal_offset)
    if pairs.size != row.size:
        raise InputError(f"{n_bins} bins have {row.size} pairs at least {diagonal_offset} bins apart; got {pairs.size}")
    square = np.full((n_bins, n_bins), np.nan)
    square[row, column] = square[column, row] = pairs
    return square


def _require(n_bins: int, diagonal_offset: int) -> None:
    if not 0 <= diagonal_offset < n_bins:
        raise InputError(f"diagonal_offset must lie in 0..{n_bins - 1} for {n_bins} bins; got {diagonal_offset}")
