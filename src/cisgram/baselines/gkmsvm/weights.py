"""How much a pair of words counts, by the number of its mismatches."""

from fractions import Fraction
from math import comb

import numpy as np

from cisgram.arrays import PerMismatch
from cisgram.genomics.gkm_model import GkmKernel


def mismatch_weights(kernel: GkmKernel) -> PerMismatch:
    """Weight ``c_m`` of a pair of words with ``m`` mismatches, for m = 0 to ``max_mismatches``.

    Examples
    --------
    >>> mismatch_weights(GkmKernel()).round(8).tolist()
    [0.22000499, 0.06041188, 0.01331924, 0.00177483]
    """
    length, n_informative, last = kernel.word_bp, kernel.informative_bp, kernel.max_mismatches
    if kernel.filter == "gapped":
        return np.array([comb(length - m, n_informative) for m in range(last + 1)], dtype=np.float64)
    smoothing = _projection(length, n_informative)
    if kernel.filter == "truncated":
        end = next((m for m, value in enumerate(smoothing) if value < 0), length + 1)
        smoothing = [value if m < end else Fraction(0) for m, value in enumerate(smoothing)]
        return np.array([_applied_twice(smoothing, m) for m in range(last + 1)], dtype=np.float64)
    return np.array(smoothing[: last + 1], dtype=np.float64)  # a projection applied twice is itself


def smoothing_filter(word_bp: int, informative_bp: int) -> PerMismatch:
    """How a word's count is spread over words with m = 0 to ``word_bp`` mismatches by the full filter.

    It is the projection of counts onto what interactions of up to ``informative_bp`` positions can express: the sum
    of Krawtchouk polynomials ``K_j(m)``, j = 0 to k, over 4 to the power l (the minimum-norm estimate of word counts
    from gapped k-mer counts, Ghandi et al. 2014).

    Examples
    --------
    >>> smoothing_filter(11, 7)[:4].round(8).tolist()
    [0.28669548, 0.06257057, 0.00417137, -0.00231743]
    """
    return np.array(_projection(word_bp, informative_bp), dtype=np.float64)


def subset_weights(weights: PerMismatch, word_bp: int) -> PerMismatch:
    """Turn weights per mismatch into weights per shared subset of positions.

    Two words with m mismatches agree on ``C(l - m, s)`` subsets of s positions, so that weights ``w_s`` with
    ``sum over s of C(l - m, s) w_s = c_m`` give the same kernel. Element i belongs to ``s = l - d + i``.

    Examples
    --------
    >>> subset_weights(np.array([3.0, 1.0]), 3).tolist()
    [1.0, 0.0]
    """
    last = len(weights) - 1
    found = np.zeros(last + 1)
    for m in range(last, -1, -1):
        size = word_bp - m
        already = sum(comb(size, word_bp - last + i) * found[i] for i in range(last - m))
        found[last - m] = weights[m] - already
    return found


def _projection(length: int, n_informative: int) -> list[Fraction]:
    """The full filter for m = 0 to ``length``, exactly."""
    return [
        Fraction(sum(_krawtchouk(j, m, length) for j in range(n_informative + 1)), 4**length) for m in range(length + 1)
    ]


def _krawtchouk(j: int, m: int, length: int) -> int:
    """Sum of the characters of order j at distance m, over words of four letters."""
    return sum((-1) ** i * 3 ** (j - i) * comb(m, i) * comb(length - m, j - i) for i in range(j + 1))


def _applied_twice(smoothing: list[Fraction], m: int) -> Fraction:
    """Sum over all words of the filter from one word times the filter from another, m mismatches away.

    Of the m positions where the two differ, a third word shares ``a`` with the first, ``b`` with the second, none on
    the others; of the rest it differs from both on ``r``.
    """
    rest = len(smoothing) - 1 - m
    total = Fraction(0)
    for a in range(m + 1):
        for b in range(m - a + 1):
            ways = comb(m, a) * comb(m - a, b) * 2 ** (m - a - b)
            for r in range(rest + 1):
                total += ways * comb(rest, r) * 3**r * smoothing[m - a + r] * smoothing[m - b + r]
    return total
