"""A motif's scores as whole numbers: how much more likely each base is in a site than in the background."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cisgram.arrays import ColumnScores, Matrix
from cisgram.errors import InputError
from cisgram.genomics.background import Background
from cisgram.genomics.motif import Motif

FINEST_UNITS = 1 << 20
"""Units per bit of the finest grid. A whole number of 32 bits then reaches two thousand bits."""

_MOST_BITS = 1000.0


@dataclass(frozen=True, eq=False)
class MotifScores:
    """What each base adds to the score of a window, column by column.

    Parameters
    ----------
    bits
        ``column context base``, float64: log2 likelihood ratio of a base at a column, given up to ``order`` bases
        before it within the window (the context, a number to the base 4 in which the nearest is the last digit). The
        first columns have fewer bases before them and use the first ``4 ** column`` rows.
    order
        How many bases back the background looks.

    Raises
    ------
    InputError
        The score of a window may be infinite.
    """

    bits: ColumnScores
    order: int

    def __post_init__(self) -> None:
        if not np.isfinite(self.bits).all() or np.abs(self.bits).max(axis=(1, 2)).sum() > _MOST_BITS:
            raise InputError(
                "the score of a window must be a number, at most 1000 bits; a base that never occurs scores minus "
                "infinity unless the pseudocount is above 0"
            )

    @classmethod
    def from_motif(cls, motif: Motif, background: Background, *, pseudocount: float = 0.1) -> "MotifScores":
        """Log2 of how likely a base is in a site, less that in the background after the bases before it.

        Parameters
        ----------
        motif
            What is to be scored.
        background
            Where nothing binds. Memory begins at the first base of a window, so that a window's probability is that
            of its word alone.
        pseudocount
            Number of sites added in the proportions of the background's bases, as in
            :func:`cisgram.genomics.motif.ppm_to_pwm`; above 0.

        Examples
        --------
        >>> MotifScores.from_motif(Motif.from_consensus("m", "AC"), Background.from_bases()).bits.shape
        (2, 1, 4)
        """
        if not pseudocount > 0:
            raise InputError(
                f"pseudocount must be above 0, or a base that never occurs scores minus infinity; got {pseudocount}"
            )
        total = motif.n_sites + pseudocount
        smoothed = (motif.n_sites * motif.ppm + pseudocount * background.bases[:, None]) / total
        bits = np.zeros((len(motif), 4**background.order, 4))
        for column, in_sites in enumerate(np.log2(smoothed).T):
            table = np.log2(background.conditionals[min(column, background.order)])
            bits[column, : len(table)] = in_sites - table
        return cls(bits, background.order)

    @classmethod
    def from_pwm(cls, pwm: Matrix) -> "MotifScores":
        """Take the numbers of a PWM as they stand, in bits."""
        return cls(np.ascontiguousarray(pwm.T[:, None, :], dtype=np.float64), 0)

    def __len__(self) -> int:
        """Number of columns, in bp."""
        return len(self.bits)

    def units(self, units_per_bit: int) -> np.ndarray:
        """The same as whole numbers of a grid (int32); a window's score is then off by at most half a unit per column.

        Numbers that differ by noise of the arithmetic only, such as those of the two halves of a palindrome, become
        the same number.
        """
        return np.rint(np.round(self.bits * units_per_bit, 4)).astype(np.int32)

    @cached_property
    def n_contexts(self) -> np.ndarray:
        """Number of contexts that each column has."""
        return 4 ** np.minimum(np.arange(len(self)), self.order)


def next_contexts(order: int) -> np.ndarray:
    """The context behind a base, for every context and base (``context base``)."""
    return (np.arange(4**order)[:, None] * 4 + np.arange(4)) % 4**order


def best_completions(units: np.ndarray, order: int) -> np.ndarray:
    """Largest score that the columns from one on can still add, given the context (``column + 1 context``)."""
    follows = next_contexts(order)
    best = np.zeros((len(units) + 1, units.shape[1]), dtype=np.int64)
    for column in range(len(units) - 1, -1, -1):
        best[column] = (units[column] + best[column + 1][follows]).max(axis=1)
    return best
