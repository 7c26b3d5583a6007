"""What a gkm-SVM is made of: the kernel that compares two sequences, and the sequences that decide."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cisgram.arrays import PerSequence
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.sequence_set import SequenceSet

MAX_WORD_BP = 12
"""A table with one number for every word of 12 bp takes 134 MB; each base more, four times as much."""


@dataclass(frozen=True)
class GkmKernel:
    """How alike two sequences are, by the words that they share but for some mismatches.

    ``K(a, b) = sum over m <= d of c_m N_m(a, b)``, divided by ``sqrt(K(a, a) K(b, b))``, where ``N_m`` counts the
    pairs of a word of ``a`` and a word of ``b``, read on either strand, that differ in ``m`` bases. In the literature
    the first three fields are l, k and d.

    References
    ----------
    Ghandi, Lee, Mohammad-Noori and Beer (2014), Enhanced regulatory sequence prediction using gapped k-mer features,
    PLoS Computational Biology 10: e1003711. Lee (2016), LS-GKM: a new gkm-SVM for large-scale datasets,
    Bioinformatics 32: 2196 (truncated filter, RBF, centre weights).

    Examples
    --------
    >>> GkmKernel(word_bp=10, informative_bp=6).max_mismatches
    3
    """

    word_bp: int = 11
    """Length l of a word, 3 to 12 bp."""
    informative_bp: int = 7
    """Positions k of a word that are looked at together; at most ``word_bp``."""
    max_mismatches: int = 3
    """Mismatches d up to which two words count; less than ``word_bp``."""
    filter: Literal["truncated", "full", "gapped"] = "truncated"
    """``gapped``: pairs of gapped k-mers. ``full``: counts of words are first smoothed to what interactions of k
    positions explain. ``truncated``: the same, without the mismatches at which the filter is no longer above 0."""
    gamma: float | int | None = None
    """If given, ``exp(gamma (K - 1))`` takes the place of K."""
    center_weight: int | None = None
    """If given (M in the literature, 1 to 255), words near the centre of a sequence weigh more."""
    half_life_bp: float | int = 50.0
    """Distance from the centre at which that weight has halved."""
    is_stranded: bool = False
    """Whether words count on the strand that was given only."""
    unknown: Literal["skip", "A"] = "skip"
    """``skip``: a word with an unknown base is no word. ``A``: unknown bases are read as A, as LS-GKM does."""

    def __post_init__(self) -> None:
        if not 3 <= self.word_bp <= MAX_WORD_BP:
            raise ConfigError(f"word_bp must be 3 to {MAX_WORD_BP}; got {self.word_bp}")
        if not 1 <= self.informative_bp <= self.word_bp:
            raise ConfigError(f"informative_bp must be 1 to word_bp = {self.word_bp}; got {self.informative_bp}")
        if not 0 <= self.max_mismatches < self.word_bp:
            raise ConfigError(f"max_mismatches must be 0 to {self.word_bp - 1}; got {self.max_mismatches}")
        if self.filter not in ("truncated", "full", "gapped"):
            raise ConfigError(f"filter must be truncated, full or gapped; got {self.filter!r}")
        if self.gamma is not None and not 0 < self.gamma < math.inf:
            raise ConfigError(f"gamma must be above 0, or None for no RBF; got {self.gamma}")
        if self.center_weight is not None and not 1 <= self.center_weight <= 255:
            raise ConfigError(f"center_weight must be 1 to 255, or None for none; got {self.center_weight}")
        if not 0 < self.half_life_bp < math.inf:
            raise ConfigError(f"half_life_bp must be above 0; got {self.half_life_bp}")
        if self.unknown not in ("skip", "A"):
            raise ConfigError(f"unknown must be 'skip' or 'A'; got {self.unknown!r}")


@dataclass(frozen=True, eq=False)
class GkmModel:
    """A trained gkm-SVM: ``score(x) = sum over i of coefficients[i] K(support[i], x) - rho``.

    Parameters
    ----------
    kernel
        The kernel K.
    support
        Support vectors, those of the positive class with coefficients above 0, those of the other below 0.
    coefficients
        One per support vector.
    rho
        What is taken off, so that 0 divides the classes.

    Raises
    ------
    InputError
        There are no support vectors, as many coefficients are missing, or a number is not finite.
    """

    kernel: GkmKernel
    support: SequenceSet
    coefficients: PerSequence
    rho: float | int

    def __post_init__(self) -> None:
        if not len(self.support) or len(self.coefficients) != len(self.support):
            raise InputError(
                f"a gkm-SVM needs support vectors with a coefficient each; got {len(self.support)} sequences and "
                f"{len(self.coefficients)} coefficients"
            )
        if not (np.isfinite(self.coefficients).all() and math.isfinite(self.rho)):
            raise InputError("the coefficients and rho of a gkm-SVM must be finite numbers")

    def __repr__(self) -> str:
        return f"<GkmModel {len(self.support)} support vectors, {self.kernel}>"
