r"""How often each site is bound: a small thermodynamic model with one-sided help and exclusion.

For site *i* of statistical weight :math:`w_i`, in the mean field of the other sites' occupancies :math:`\theta_j`,

.. math::

   w_i' = w_i \prod_j \bigl(1 + (\omega_{ij}(d_{ij}) - 1)\,\theta_j\bigr), \qquad
   \theta_i = \frac{w_i'}{1 + w_i' + \sum_{k \in O(i)} w_k'}

where the product runs over helpers that do not overlap the site and :math:`O(i)` are the sites that overlap it and
are not below it in the order of help: two proteins cannot sit on the same bases, and a follower does not push off a
pioneer. Without mutual help this is a closed form, reached after as many rounds as there are levels of help; sites
that help each other (Nanog and Nanog) are iterated from no help up to the fixed point.

References
----------
Bintu et al. (2005), Transcriptional regulation by the numbers: models. Current Opinion in Genetics and Development.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from cisgram.arrays import Totals
from cisgram.simulate.grammar import Grammar
from cisgram.simulate.sites import Sites

_MAX_ROUNDS = 200
_TOLERANCE = 1e-10
_NEGLIGIBLE_BOOST = 0.01
"""Help below this is cut off; for an amplitude of 10 over 100 bp that is at 690 bp."""


def occupancies(sites: Sites, grammar: Grammar) -> Totals:
    """Share of the time, 0 to 1, that each site is bound.

    Parameters
    ----------
    sites
        All sites of one contig or of one window, sorted by start.
    grammar
        Gives the rules of help.

    Returns
    -------
    Totals
        One occupancy per site.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> from cisgram.simulate.pluripotency import pluripotency_grammar
    >>> from cisgram.simulate.sites import find_sites
    >>> grammar = pluripotency_grammar()
    >>> alone = find_sites(encode("TTTGCATAACAA"), grammar, min_weight=7)
    >>> occupancies(alone, grammar).round(3).tolist()
    [0.889]
    """
    rules = _rules(grammar)
    levels = grammar.levels()[sites.motif]
    theta = np.zeros(sites.start.size)
    if sites.start.size == 0:
        return theta
    longest = int((sites.end - sites.start).max())
    for _ in range(_MAX_ROUNDS):
        weight = _helped_weights(sites.motif, sites.start, sites.end, sites.weight, theta, *rules)
        updated = _bound_share(sites.start, sites.end, weight, levels, longest)
        change = float(np.abs(updated - theta).max())
        theta = updated
        if change < _TOLERANCE:
            break
    return theta


class _Rules(NamedTuple):
    """Every rule's numbers as tables of helper by helped motif, and the distance at which its help ends."""

    amplitude: np.ndarray
    decay: np.ndarray
    depth: np.ndarray
    period: np.ndarray
    reach: np.ndarray


def _rules(grammar: Grammar) -> _Rules:
    """Tables of all rules; where there is none, the amplitude is 0."""
    shape = (len(grammar.motifs), len(grammar.motifs))
    amplitude, depth, decay, period = np.zeros(shape), np.zeros(shape), np.ones(shape), np.ones(shape)
    for rule in grammar.cooperations:
        at = grammar.index(rule.helper), grammar.index(rule.helped)
        amplitude[at], decay[at] = rule.amplitude, rule.decay_bp
        depth[at], period[at] = rule.helical_depth, rule.period_bp
    reach = decay * np.log(np.maximum(amplitude / _NEGLIGIBLE_BOOST, 1.0))
    return _Rules(amplitude, decay, depth, period, reach)


@njit(cache=True)
def _helped_weights(motif, start, end, weight, theta, amplitude, decay, depth, period, reach):
    """Weights with the help of all neighbours that do not overlap."""
    helped = weight.copy()
    farthest = reach.max()
    for i in range(start.size):
        center_i = 0.5 * (start[i] + end[i] - 1)
        for step in (-1, 1):
            j = i + step
            while 0 <= j < start.size and abs(start[j] - start[i]) <= farthest + 100:
                a = amplitude[motif[j], motif[i]]
                if a > 0.0 and (end[j] <= start[i] or start[j] >= end[i]):
                    d = abs(0.5 * (start[j] + end[j] - 1) - center_i)
                    if d <= reach[motif[j], motif[i]]:
                        h = depth[motif[j], motif[i]]
                        turn = 2 * np.pi * d / period[motif[j], motif[i]]
                        boost = a * np.exp(-d / decay[motif[j], motif[i]]) * (1 + h * np.cos(turn)) / (1 + h)
                        helped[i] *= 1 + boost * theta[j]
                j += step
    return helped


@njit(cache=True)
def _bound_share(start, end, weight, levels, longest):
    """Occupancy of every site in competition with those that overlap it and are not below it."""
    theta = np.empty(start.size)
    for i in range(start.size):
        rivals = 0.0
        j = i - 1
        while j >= 0 and start[j] > start[i] - longest:
            if end[j] > start[i] and levels[j] <= levels[i]:
                rivals += weight[j]
            j -= 1
        j = i + 1
        while j < start.size and start[j] < end[i]:
            if levels[j] <= levels[i]:
                rivals += weight[j]
            j += 1
        theta[i] = weight[i] / (1 + weight[i] + rivals)
    return theta
