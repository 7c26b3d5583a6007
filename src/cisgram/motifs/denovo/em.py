"""Expectation maximisation: a matrix finds its instances, the instances refine the matrix.

Every sequence is background, in which a motif may lie. With ``r`` the likelihood ratio of motif and background at a
place, and ``m`` the share of that place among all places of the sequence before its bases are looked at, the
likelihood of a sequence relative to the background alone is

* oops: ``sum_j m_j r_j``
* zoops: ``1 - g + g sum_j m_j r_j``, where ``g`` is the share of sequences with a site
* anr: the sum over all ways to lay down any number of sites that do not overlap, where at each free place a site
  begins with probability ``g`` (see :mod:`cisgram.motifs.denovo.anr`).

The reverse complement at the same place is a place of its own. Columns have a Dirichlet prior.
"""

from typing import NamedTuple

import numpy as np
from numba import njit, prange

from cisgram.arrays import Matrix, PerBase, PerSequence, PlaceMasses, Totals
from cisgram.motifs.denovo.anr import expect_anr
from cisgram.motifs.denovo.config import Occurrence
from cisgram.motifs.denovo.places import N_BLOCKS, Places, ln_of_motif
from cisgram.threads import threads_for

_LOWEST, _HIGHEST = 1e-6, 1 - 1e-6
_UNLIKELY, _NEGLIGIBLE = -40.0, 1e-15  # in nats, and as a probability: what is less is lost in rounding anyway
_CONVERGED = 1e-3  # largest change of a proportion


class Expectation(NamedTuple):
    """What a motif explains of the sequences."""

    counts: Matrix
    """Expected number of sites with each base in each column."""
    log_likelihood: PerSequence
    """Natural log, relative to the background; 0 where a sequence has no place."""
    rate: float
    """The ``g`` of zoops or anr that the expected sites call for."""


class Refined(NamedTuple):
    """A motif after EM."""

    ppm: Matrix
    rate: float
    """Share of sequences with a site (zoops), or probability of a site at a free place (anr)."""
    n_sites: float
    """Expected number of sites."""
    log_likelihood: Totals
    """After every round, summed over sequences, natural log, relative to the background."""
    log_posterior: Totals
    """The same with the prior of the columns: what EM maximises, and never lowers."""


def refine_by_em(
    places: Places,
    ppm: Matrix,
    *,
    occurrence: Occurrence,
    rate: float,
    prior: PerBase,
    n_iterations: int = 50,
    is_palindrome: bool = False,
) -> Refined:
    """Refine a motif until no proportion changes by more than 0.001.

    Parameters
    ----------
    places
        Prepared sequences.
    ppm
        Where to start, ``4 length``, all above 0.
    occurrence
        How often the motif occurs in a sequence.
    rate
        First guess of ``g``; without meaning for ``oops``.
    prior
        Sites added to every column, by base.
    n_iterations
        Most rounds.
    is_palindrome
        Keep the motif equal to its reverse complement.

    References
    ----------
    Bailey and Elkan (1994), Fitting a mixture model by expectation maximization to discover motifs in biopolymers.
    """
    masses = places.masses(ppm.shape[1])
    ppm = _with_symmetry(ppm, is_palindrome=is_palindrome)
    likelihoods, posteriors = [], []
    n_sites = 0.0
    for _ in range(n_iterations):
        found = expect(places, ppm, masses, occurrence=occurrence, rate=rate)
        likelihoods.append(found.log_likelihood.sum())
        posteriors.append(likelihoods[-1] + (prior[:, None] * np.log(ppm)).sum())
        n_sites = float(found.counts[:, 0].sum())
        counts = found.counts + prior[:, None]
        improved = _with_symmetry(counts / counts.sum(axis=0), is_palindrome=is_palindrome)
        change = np.abs(improved - ppm).max()
        ppm, rate = improved, found.rate
        if change < _CONVERGED:
            break
    return Refined(ppm, rate, n_sites, np.array(likelihoods), np.array(posteriors))


def expect(places: Places, ppm: Matrix, masses: PlaceMasses, *, occurrence: Occurrence, rate: float) -> Expectation:
    """Find out where a motif lies in the sequences, and how often each base is expected in each of its columns."""
    rate = min(max(rate, _LOWEST), _HIGHEST)
    if occurrence == "anr":
        return Expectation(*expect_anr(places, ppm, masses, rate))
    n = len(places.sequences)
    width = ppm.shape[1]
    log_likelihood, present = np.zeros(n), np.full(n, np.nan)
    counts = np.zeros((N_BLOCKS, 4, width))
    background_share = 1 - rate if occurrence == "zoops" else 0.0
    arrays = (places.codes, places.words, places.starts, places.ln_background, masses, places.tables(ppm))
    with threads_for(places.codes.size):
        _expect_once(*arrays, places.longest, background_share, counts, log_likelihood, present)
    has_place = ~np.isnan(present)
    rate = float(present[has_place].mean()) if has_place.any() else rate
    return Expectation(counts.sum(axis=0), log_likelihood, min(max(rate, _LOWEST), _HIGHEST))


def _with_symmetry(ppm: Matrix, *, is_palindrome: bool) -> Matrix:
    return (ppm + ppm[::-1, ::-1]) / 2 if is_palindrome else ppm


@njit(cache=True, parallel=True)
def _expect_once(codes, words, starts, ln_background, masses, tables, longest, none, counts, log_likelihood, present):
    """E-step of oops (``none`` = 0) and zoops (``none`` = probability of no site)."""
    n_strands = tables.shape[1]
    n_blocks, _, width = counts.shape
    n = starts.size - 1
    for block in prange(n_blocks):
        ratios = np.empty((longest + 1, n_strands))
        for row in range(block * n // n_blocks, (block + 1) * n // n_blocks):
            first, n_places = starts[row], starts[row + 1] - starts[row] - width
            mass, highest = 0.0, -np.inf if none == 0 else 0.0
            for place in range(n_places):
                at = first + place
                if masses[at] == 0:
                    continue
                mass += masses[at] * n_strands
                below = ln_background[at + width] - ln_background[at]
                for strand in range(n_strands):
                    fit = ln_of_motif(tables, strand, words, at) - below
                    ratios[place, strand] = fit
                    highest = max(highest, fit)
            if mass == 0:
                continue
            # All ratios are taken relative to the highest, so that a sequence without any good place counts as well.
            total = 0.0
            for place in range(n_places):
                at = first + place
                if masses[at] == 0:
                    continue
                for strand in range(n_strands):
                    fit = ratios[place, strand] - highest
                    ratios[place, strand] = masses[at] * np.exp(fit) if fit > _UNLIKELY else 0.0
                    total += ratios[place, strand]
            with_site = (1 - none) * total / mass
            likelihood = none * np.exp(-highest) + with_site
            log_likelihood[row] = np.log(likelihood) + highest
            present[row] = with_site / likelihood
            for place in range(n_places):
                at = first + place
                if masses[at] == 0 or total == 0:
                    continue
                for strand in range(n_strands):
                    posterior = ratios[place, strand] * present[row] / total
                    if posterior < _NEGLIGIBLE:
                        continue
                    for column in range(width):
                        if strand == 0:
                            counts[block, codes[at + column], column] += posterior
                        else:
                            counts[block, 3 - codes[at + column], width - 1 - column] += posterior
