"""A mutation map: what every substitution in a stretch of one sequence does to one response."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from cisgram.arrays import Matrix, PerColumn, SequenceCodes
from cisgram.genomics.sequence import ALPHABET, N

MUTATION_COLUMNS = ("position", "ref", "alt", "effect")
"""Columns of :meth:`MutationMap.table`."""


@dataclass(frozen=True, eq=False)
class MutationMap:
    """Effects of all substitutions.

    Parameters
    ----------
    codes
        The stretch as it is.
    effects
        ``4 length``: response with a base put at a position minus the response as it is; 0 for the base that is
        there. At N all four count.
    reference
        The response as it is.
    start
        Number of the stretch's first position, such as its place in the sequence.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> effects = np.array([[0.0, 1.0], [-2.0, 0.0], [-1.0, 3.0], [0.5, 0.0]])
    >>> mutations = MutationMap(encode("AC"), effects, reference=0.0)
    >>> mutations.loss.tolist(), mutations.gain.tolist()
    ([2.0, 0.0], [0.5, 3.0])
    """

    codes: SequenceCodes
    effects: Matrix
    reference: float
    start: int = 0

    @cached_property
    def loss(self) -> PerColumn:
        """How far the worst substitution takes the response down, per position; 0 where none does.

        References
        ----------
        Kelley, Snoek and Rinn (2016), Basset: the response as it is minus the lowest of the four.
        """
        return np.maximum(-self.effects.min(axis=0), 0.0)

    @cached_property
    def gain(self) -> PerColumn:
        """How far the best substitution takes it up: the highest of the four minus the response as it is."""
        return np.maximum(self.effects.max(axis=0), 0.0)

    @property
    def letters(self) -> Matrix:
        """Heights of a logo: the loss, for the base that is there; nothing at N."""
        return np.where(self.codes[None] == np.arange(4)[:, None], self.loss, 0.0)

    @property
    def limit(self) -> float:
        """Largest effect of either sign, and 0.1 at least: where the scale of a picture ends (as in Basset)."""
        return max(0.1, float(np.abs(self.effects).max(initial=0.0)))

    def table(self) -> pd.DataFrame:
        """One row per substitution: :data:`MUTATION_COLUMNS`; ``position`` counts from ``start`` on."""
        bases, positions = np.nonzero(self.codes[None] != np.arange(4)[:, None])
        order = np.lexsort((bases, positions))
        bases, positions = bases[order], positions[order]
        letters = np.array(list(ALPHABET + "N"))
        return pd.DataFrame(
            {
                "position": positions + self.start,
                "ref": letters[np.minimum(self.codes[positions], N)],
                "alt": letters[bases],
                "effect": self.effects[bases, positions],
            }
        )
