"""A background: how likely each base is after the bases before it (a Markov chain), where nothing binds."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numba import njit

from cisgram.arrays import Conditionals, PerBase, SequenceCodes, Values
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.motif import UNIFORM
from cisgram.genomics.sequence import reverse_complements_of_words

MAX_ORDER = 5
"""Longest memory of a chain, in bases; there are 4 ** 6 words to count."""

_PRIOR_COUNT = 4.0


@dataclass(frozen=True, eq=False)
class Background:
    """A Markov chain of bases.

    Parameters
    ----------
    conditionals
        One table for every order up to that of the chain, ``4 ** k`` rows (the ``k`` bases before, as a number to
        the base 4 in which the nearest one is the last digit) and 4 columns (the base), float64. Rows sum to 1. The
        tables of lower order stand for the first bases of a sequence, which have fewer bases before them.

    Raises
    ------
    InputError
        A table has another shape, or a row that is no distribution of which every base has a share.

    Examples
    --------
    >>> Background.from_bases(np.array([0.3, 0.2, 0.2, 0.3])).order
    0
    """

    conditionals: tuple[Conditionals, ...]

    def __post_init__(self) -> None:
        for order, table in enumerate(self.conditionals):
            if table.shape != (4**order, 4) or not ((table > 0).all() and np.allclose(table.sum(axis=1), 1, atol=1e-6)):
                raise InputError(
                    f"a background of order {order} has {4**order} rows of 4 shares above 0 that sum to 1; "
                    f"got {table.tolist() if order == 0 else table.shape}"
                )
        if not self.conditionals:
            raise InputError("a background needs at least the shares of the four bases; got none")

    @classmethod
    def from_bases(cls, shares: PerBase | None = None) -> "Background":
        """The chain without memory; uniform if no shares of A, C, G and T are given."""
        return cls(((UNIFORM if shares is None else np.asarray(shares, dtype=np.float64) / np.sum(shares))[None, :],))

    @classmethod
    def from_word_counts(cls, counts: Values) -> "Background":
        """Make the chain whose words are as common as they were counted.

        Parameters
        ----------
        counts
            Number of every word of ``order + 1`` bases, in alphabetical order (``4 ** (order + 1)``). Every table is
            smoothed by four words distributed as the table of the order below says, the lowest by four of uniform
            bases.
        """
        order = round(np.log(len(counts)) / np.log(4)) - 1
        lower: np.ndarray = UNIFORM[None, :]
        tables = []
        for k in range(order + 1):
            of_words = counts.reshape(-1, 4 ** (k + 1)).sum(axis=0).reshape(-1, 4)  # the last k + 1 bases
            prior = np.tile(lower, (len(of_words) // len(lower), 1))
            lower = (of_words + _PRIOR_COUNT * prior) / (of_words.sum(axis=1, keepdims=True) + _PRIOR_COUNT)
            tables.append(lower)
        return cls(tuple(tables))

    @property
    def order(self) -> int:
        """How many bases back the chain looks."""
        return len(self.conditionals) - 1

    @property
    def bases(self) -> PerBase:
        """Shares of A, C, G and T."""
        return self.conditionals[0][0]

    @cached_property
    def log2_joined(self) -> Conditionals:
        """Log2 of all tables, one below the other: that of order k begins in row ``(4 ** k - 1) / 3``."""
        return np.log2(np.concatenate(self.conditionals))

    def log2_probabilities(self, codes: SequenceCodes) -> Values:
        """Log2 probability of every base of a sequence, given those before it; 0 for N.

        Bases that follow the start of the sequence, or an N, have a memory that begins there.

        Examples
        --------
        >>> Background.from_bases().log2_probabilities(np.array([0, 4, 3], dtype=np.uint8)).tolist()
        [-2.0, 0.0, -2.0]
        """
        out = np.zeros(codes.size)
        _log2_along(codes, self.log2_joined, self.order, out)
        return out


def estimate_background(codes: SequenceCodes, *, order: int = 0, is_stranded: bool = False) -> Background:
    """Estimate a background from sequence.

    Parameters
    ----------
    codes
        One sequence, or many put end to end with an N between them; words with N are not counted.
    order
        How many bases back the chain looks, 0 to 5.
    is_stranded
        Count the given strand only. Otherwise both are counted, so that a word is as likely as its reverse
        complement.

    Raises
    ------
    ConfigError
        If the order is none of 0 to 5.
    InputError
        If there is no word of ``order + 1`` known bases.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> estimate_background(encode("AAAAAAAAAAAAAAAAAAAACG")).bases.round(2).tolist()
    [0.44, 0.06, 0.06, 0.44]
    """
    if not 0 <= order <= MAX_ORDER:
        raise ConfigError(f"the order of a background must be 0 to {MAX_ORDER}; got {order}")
    counts = np.zeros(4 ** (order + 1))
    _count_words(codes, order + 1, counts)
    if not counts.any():
        raise InputError(f"there is no stretch of {order + 1} known bases to estimate a background of order {order}")
    if not is_stranded:
        counts = counts + counts[reverse_complements_of_words(order + 1)]
    return Background.from_word_counts(counts)


@njit(cache=True)
def _count_words(codes, length, counts):
    """Add 1 for every word of known bases."""
    n_words = counts.size
    word, known = 0, 0
    for i in range(codes.size):
        if codes[i] > 3:
            word, known = 0, 0
            continue
        word = (word * 4 + codes[i]) % n_words
        known += 1
        if known >= length:
            counts[word] += 1


@njit(cache=True)
def _log2_along(codes, tables, order, out):
    """Log2 probability of each base after up to ``order`` bases that are known."""
    context, known = 0, 0
    n_contexts = 4**order
    for i in range(codes.size):
        base = codes[i]
        if base > 3:
            context, known = 0, 0
            out[i] = 0.0
            continue
        first = (4**known - 1) // 3
        out[i] = tables[first + context, base]
        context = context * 4 + base
        known += 1
        if known > order:
            known = order
            context %= n_contexts
