r"""How well contributions fit a CWM at every place: the continuous Jaccard similarity, and their total.

With :math:`a` the contributions of a stretch and :math:`b` the CWM, both scaled so that their absolute values add up
to 1,

.. math:: J(a, b) = \frac{\sum_i \min(|a_i|, |b_i|)\,\mathrm{sign}(a_i b_i)}{\sum_i \max(|a_i|, |b_i|)}

is 1 where they are equal, about 0 where they have nothing to do with each other, and -1 for opposite signs. Since
:math:`\min + \max = |a| + |b|`, the denominator is 2 minus the unsigned sum of the minima: only the base that is
there has to be looked at.

References
----------
Avsec et al. (2021), Base-resolution models of transcription-factor binding reveal soft motif syntax. Nature Genetics.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, UInt8
from numba import njit, prange

from cisgram.arrays import BaseScores, SomeMatrix
from cisgram.threads import threads_for


class PlaceMatches(NamedTuple):
    """Fit of one CWM at every place where it lies wholly inside a window."""

    match: Float[np.ndarray, "window 2 place"]
    """Continuous Jaccard similarity, on the forward and on the reverse strand; -2 where the total is too low."""
    total: Float[np.ndarray, "window place"]
    """Sum of the absolute contributions of the stretch; 0 where it is too low."""


def match_everywhere(
    values: BaseScores, codes: UInt8[np.ndarray, "window length"], cwm: SomeMatrix, *, min_total: float = 0.0
) -> PlaceMatches:
    """Compare contributions with a CWM at every place and on both strands.

    Parameters
    ----------
    values
        Contribution of the base that is there.
    codes
        Bases; N counts as a contribution of 0.
    cwm
        Mean contributions of a pattern; not all zero.
    min_total
        Places whose absolute contributions add up to less are passed over. Places without any contribution always
        are.

    Examples
    --------
    >>> cwm = np.array([[2.0, 0.0], [0.0, 1.0], [0.0, 0.0], [0.0, 0.0]])
    >>> found = match_everywhere(np.array([[0.0, 4.0, 2.0]]), np.array([[3, 0, 1]], dtype=np.uint8), cwm)
    >>> found.match[0, 0].round(3).tolist(), found.total[0].tolist()
    ([0.0, 1.0], [4.0, 6.0])
    """
    width = cwm.shape[1]
    n_places = max(values.shape[1] - width + 1, 0)
    match = np.full((len(values), 2, n_places), -2.0)
    total = np.zeros((len(values), n_places))
    scaled = np.zeros((2, 5, width))  # the fifth row is N
    scaled[0, :4] = cwm / np.abs(cwm).sum()
    scaled[1, :4] = scaled[0, :4][::-1, ::-1]
    if n_places and len(values):
        with threads_for(2 * total.size * width):
            _match(np.ascontiguousarray(values, dtype=np.float64), codes, scaled, float(min_total), match, total)
    return PlaceMatches(match, total)


@njit(cache=True, parallel=True)
def _match(values, codes, cwm, min_total, match, total):
    """Fill both arrays; every thread has windows of its own."""
    width = cwm.shape[2]
    for row in prange(values.shape[0]):
        for place in range(total.shape[1]):
            mass = 0.0
            for i in range(width):
                mass += abs(values[row, place + i])
            if mass <= 0.0 or mass < min_total:
                continue
            total[row, place] = mass
            for strand in range(2):
                shared, signed = 0.0, 0.0
                for i in range(width):
                    a = values[row, place + i] / mass
                    b = cwm[strand, codes[row, place + i], i]
                    smaller = min(abs(a), abs(b))
                    shared += smaller
                    signed += smaller if a * b > 0.0 else -smaller
                match[row, strand, place] = signed / (2.0 - shared)
