"""Pairs of reads whose two ends lie where two pieces of DNA met."""

from dataclasses import dataclass, field

import numpy as np

from cisgram.arrays import ChosenPairs, PairEnds, PairFlags
from cisgram.errors import InputError


@dataclass(frozen=True, eq=False)
class ReadPairs:
    """Some pairs of reads, both ends mapped.

    Parameters
    ----------
    chroms
        Contigs, in order.
    chrom1, chrom2
        Number of the contig of either end.
    position1, position2
        The first base that was read of either end (its 5' end), 0-based.
    is_reverse1, is_reverse2
        Whether either end was read on the minus strand, leftwards.

    Raises
    ------
    InputError
        Where columns differ in length.
    """

    chroms: tuple[str, ...]
    chrom1: PairEnds = field(repr=False)
    position1: PairEnds = field(repr=False)
    is_reverse1: PairFlags = field(repr=False)
    chrom2: PairEnds = field(repr=False)
    position2: PairEnds = field(repr=False)
    is_reverse2: PairFlags = field(repr=False)

    def __post_init__(self) -> None:
        columns = (self.position1, self.is_reverse1, self.chrom2, self.position2, self.is_reverse2)
        if any(len(column) != len(self.chrom1) for column in columns):
            raise InputError("columns of pairs must be of one length")

    def __len__(self) -> int:
        return len(self.chrom1)

    def taken(self, rows: PairFlags | ChosenPairs) -> "ReadPairs":
        """Some of the pairs: where a flag stands, or by their numbers."""
        one = self.chrom1[rows], self.position1[rows], self.is_reverse1[rows]
        return ReadPairs(self.chroms, *one, self.chrom2[rows], self.position2[rows], self.is_reverse2[rows])

    @property
    def in_order(self) -> "ReadPairs":
        """The same pairs, the end that comes first in the genome first."""
        is_swapped = (self.chrom1 > self.chrom2) | ((self.chrom1 == self.chrom2) & (self.position1 > self.position2))
        columns = (
            (self.chrom1, self.chrom2),
            (self.position1, self.position2),
            (self.is_reverse1, self.is_reverse2),
        )
        first = [np.where(is_swapped, other, one) for one, other in columns]
        second = [np.where(is_swapped, one, other) for one, other in columns]
        return ReadPairs(self.chroms, *first, *second)
