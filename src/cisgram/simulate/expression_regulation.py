r"""From a sequence to rates of transcription: who is bound, which promoter hears whom, and how much of it that makes.

Promoter *p*, bound a share :math:`\theta_p` of the time, is transcribed at the rate

.. math::

   r_p = \theta_p \Bigl( b + \rho \sum_i s_i \, \theta_i \, e^{-d_{ip} / \lambda_i}
         \prod_k (1 - \kappa\,\theta_k) \Bigr)

with its basal rate *b* and response :math:`\rho`, activator sites *i* of strength *s* and decay :math:`\lambda` at
distance *d*, and the insulator sites *k* between the two, each blocking :math:`\kappa` while it is bound. The sum makes
shares exact: what an enhancer gives to a gene is the part of the rate that its sites bring.
"""

from typing import NamedTuple

import numpy as np

from cisgram.arrays import Mask, PairPlaces, PairRates, Positions, SequenceCodes, TrackTotals
from cisgram.simulate.expression_rules import ExpressionRules
from cisgram.simulate.occupancy import occupancies
from cisgram.simulate.sites import Sites, find_sites

MIN_WEIGHT = 0.05
"""Sites with a smaller statistical weight are not looked at."""


class BoundSites(NamedTuple):
    """Sites of one sequence in every cell type."""

    sites: Sites
    """Sorted by start; weights are those at a concentration of 1."""
    occupancy: TrackTotals
    """Share of the time that each is bound, one column per cell type."""


class Regulation(NamedTuple):
    """Promoters of one sequence and what they hear."""

    row: Positions
    """Of each promoter's core among the sites."""
    core: Positions
    """Which of the rules' cores it is."""
    tss: Positions
    """First transcribed base, 0-based."""
    is_reverse: Mask
    """Whether transcripts run along the minus strand."""
    rates: TrackTotals
    """Rate of transcription, one column per cell type."""
    pair_promoter: PairPlaces
    """Number of the promoter, for every promoter and activator site that it hears."""
    pair_site: PairPlaces
    """Row of the activator site."""
    pair_rate: PairRates
    """The part of the rate that it brings, one column per cell type."""


def bind_sites(codes: SequenceCodes, rules: ExpressionRules) -> BoundSites:
    """Find all sites of a sequence, and how often each is bound in every cell type.

    Parameters
    ----------
    codes
        One sequence; positions count from its first base.
    rules
        Motifs and cell types.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> bound = bind_sites(encode("TTTTCTTATCTTTTT"), ExpressionRules())
    >>> bound.sites.start.tolist(), bound.occupancy.round(2).tolist()
    ([3], [[0.73, 0.0, 0.0]])
    """
    sites = find_sites(codes, rules.grammar, min_weight=MIN_WEIGHT)
    columns = []
    for cell_type in rules.cell_types:
        weight = sites.weight * cell_type.weights(rules.grammar)[sites.motif]
        columns.append(occupancies(sites._replace(weight=weight), rules.grammar))
    return BoundSites(sites, np.stack(columns, axis=1))


def regulate(bound: BoundSites, rules: ExpressionRules) -> Regulation:
    """Work out what every promoter hears and how much it is transcribed.

    Time and memory are linear in the number of promoters times the activator sites within ``rules.reach_bp``.
    """
    sites, occupancy = bound
    row, core = _core_rows(sites, rules)
    offset = np.array([one.tss_offset for one in rules.cores], dtype=np.int64)[core]
    is_reverse = sites.is_reverse[row]
    tss = np.where(is_reverse, sites.end[row] - 1 - offset, sites.start[row] + offset)
    strength, decay = _effects(sites, rules)
    promoter, site = _pairs(tss, np.flatnonzero(strength > 0), sites, rules.reach_bp)
    response = np.array([one.response for one in rules.cores])[core]
    basal = np.array([one.basal for one in rules.cores])[core]
    distance = np.abs(sites.center[site] - tss[promoter])
    reached = strength[site] * np.exp(-distance / decay[site]) * response[promoter]
    heard = reached[:, None] * occupancy[site] * occupancy[row][promoter]
    heard *= _passed(bound, rules, sites.center[site], tss[promoter])
    rates = occupancy[row] * basal[:, None]
    np.add.at(rates, promoter, heard)
    return Regulation(row, core, tss, is_reverse, rates, promoter, site, heard)


def _core_rows(sites: Sites, rules: ExpressionRules) -> tuple[np.ndarray, np.ndarray]:
    """Rows of the sites at which transcription begins, and which core each is."""
    core_of_motif = np.full(len(rules.grammar.motifs), -1)
    for number, core in enumerate(rules.cores):
        core_of_motif[rules.grammar.index(core.motif)] = number
    core = core_of_motif[sites.motif]
    row = np.flatnonzero(core >= 0)
    return row, core[row]


def _effects(sites: Sites, rules: ExpressionRules) -> tuple[np.ndarray, np.ndarray]:
    """Strength and decay of every site as an activator; a strength of 0 where it is none."""
    strength, decay = np.zeros(len(rules.grammar.motifs)), np.ones(len(rules.grammar.motifs))
    for activator in rules.activators:
        at = rules.grammar.index(activator.motif)
        strength[at], decay[at] = activator.strength, activator.decay_bp
    return strength[sites.motif], decay[sites.motif]


def _pairs(tss: np.ndarray, active: np.ndarray, sites: Sites, reach_bp: int) -> tuple[np.ndarray, np.ndarray]:
    """Every promoter with every active site within reach: numbers of promoters, rows of sites."""
    order = active[np.argsort(sites.center[active], kind="stable")]
    center = sites.center[order]
    first = np.searchsorted(center, tss - reach_bp)
    last = np.searchsorted(center, tss + reach_bp, side="right")
    n = last - first
    promoter = np.repeat(np.arange(tss.size), n)
    within = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    return promoter, order[first[promoter] + within]


def _passed(bound: BoundSites, rules: ExpressionRules, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Share that the insulators between two places let through, ``pair cell``."""
    is_insulator = bound.sites.motif == rules.grammar.index(rules.insulator)
    center = bound.sites.center[is_insulator]
    order = np.argsort(center, kind="stable")
    blocked = np.log1p(-rules.blocking * bound.occupancy[is_insulator][order])
    reached = np.concatenate([np.zeros((1, blocked.shape[1])), np.cumsum(blocked, axis=0)])
    left, right = np.searchsorted(center[order], one), np.searchsorted(center[order], other)
    return np.exp(-np.abs(reached[right] - reached[left]))
