"""Gibbs sampling of sites: one sequence is held out, the others say where its site may be.

The state is one place per sequence. With the matrix integrated out (Dirichlet prior), the posterior of a state is

    ``P(sites) ~ prod_i m_i / P_background(site_i) * prod_columns prod_b Gamma(n_cb + prior_b) / Gamma(n + prior)``

A sweep draws a new place for each sequence in turn, given those of the others. Now and then all sites are moved by
the same number of bases, a step that Metropolis' rule accepts or not: without it the sampler stays on alignments that
begin a few bases early or late.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from cisgram.arrays import Matrix, PerBase, PlaceMasses, Rows
from cisgram.motifs.denovo.places import Places

_SWEEPS_PER_SHIFT = 3
_LONGEST_SHIFT = 4


class Alignment(NamedTuple):
    """One site per sequence."""

    start: Rows
    """First base of the site within its sequence; -1 where the sequence has no place."""
    is_reversed: np.ndarray
    """Whether the site is read on the other strand."""
    counts: Matrix
    """Sites with each base in each column."""
    log_posterior: float
    """Natural log, up to a constant of the sequences and the width."""


def sample_sites(
    places: Places,
    start: Rows,
    is_reversed: np.ndarray,
    *,
    width: int,
    prior: PerBase,
    n_sweeps: int,
    seed: int,
    visits: np.ndarray | None = None,
) -> Alignment:
    """Sample alignments, and return the one of highest posterior.

    Parameters
    ----------
    places
        Prepared sequences.
    start, is_reversed
        First alignment: a place in every sequence, or -1 where there is none.
    width
        Columns of the motif.
    prior
        Sites added to every column, by base.
    n_sweeps
        How often every sequence is drawn anew.
    seed
        Of the draws.
    visits
        If given, ``(sweep, sequence)``: filled with the state after each sweep, as twice the start plus the strand.

    References
    ----------
    Lawrence et al. (1993), Detecting subtle sequence signals: a Gibbs sampling strategy for multiple alignment; Liu
    (1994), The collapsed Gibbs sampler in Bayesian computations.
    """
    masses = places.masses(width)
    state = np.where(start >= 0, 2 * start + is_reversed, -1).astype(np.int64)
    state = np.where(_has_place(places, masses), state, -1)
    record = np.zeros((0, len(state)), np.int64) if visits is None else visits
    best, log_posterior = _sample(
        places.codes,
        places.starts,
        places.ln_background,
        masses,
        places.n_strands,
        width,
        prior,
        state,
        n_sweeps,
        seed,
        record,
    )
    counts = np.zeros((4, width))
    for row, site in enumerate(best):
        if site >= 0:
            _add_site(places.codes, places.starts[row] + site // 2, site % 2, counts, 1.0)
    return Alignment(np.where(best >= 0, best // 2, -1), best % 2 == 1, counts, log_posterior)


def _has_place(places: Places, masses: PlaceMasses) -> np.ndarray:
    """Which sequences have a place at all."""
    return np.add.reduceat(masses, places.starts[:-1]) > 0


@njit(cache=True)
def _add_site(codes, at, strand, counts, sign):
    width = counts.shape[1]
    for column in range(width):
        if strand == 0:
            counts[codes[at + column], column] += sign
        else:
            counts[3 - codes[at + column], width - 1 - column] += sign


@njit(cache=True)
def _log_gamma_table(n, prior):
    """Ln Gamma(k + prior) - ln Gamma(prior) for k = 0 .. n."""
    table = np.zeros(n + 1)
    for k in range(n):
        table[k + 1] = table[k] + np.log(k + prior)
    return table


@njit(cache=True)
def _log_posterior(starts, ln_background, masses, state, counts, gammas):
    """Of a whole state, up to a constant."""
    width = counts.shape[1]
    total = 0.0
    for row in range(state.size):
        if state[row] >= 0:
            at = starts[row] + state[row] // 2
            total += np.log(masses[at]) - (ln_background[at + width] - ln_background[at])
    for column in range(width):
        for base in range(4):
            total += gammas[base, int(counts[base, column] + 0.5)]
    return total


@njit(cache=True)
def _counts_of(codes, starts, state, width):
    counts = np.zeros((4, width))
    for row in range(state.size):
        if state[row] >= 0:
            _add_site(codes, starts[row] + state[row] // 2, state[row] % 2, counts, 1.0)
    return counts


@njit(cache=True)
def _sample(codes, starts, ln_background, masses, n_strands, width, prior, state, n_sweeps, seed, visits):
    np.random.seed(seed)
    n, n_sites = state.size, 0
    longest = 0
    for row in range(n):
        longest = max(longest, starts[row + 1] - starts[row])
        n_sites += state[row] >= 0
    gammas = np.empty((4, n_sites + 1))
    for base in range(4):
        gammas[base] = _log_gamma_table(n_sites, prior[base])
    counts = _counts_of(codes, starts, state, width)
    best_state, best = state.copy(), _log_posterior(starts, ln_background, masses, state, counts, gammas)
    weights, sites = np.empty(2 * longest), np.empty(2 * longest, np.int64)
    logs = np.empty((4, width))
    for sweep in range(n_sweeps):
        for row in range(n):
            if state[row] < 0:
                continue
            _add_site(codes, starts[row] + state[row] // 2, state[row] % 2, counts, -1.0)
            logs[:] = np.log(counts + prior.reshape(4, 1))
            n_places, highest = 0, -np.inf
            for place in range(starts[row + 1] - starts[row] - width):
                at = starts[row] + place
                if masses[at] == 0:
                    continue
                below = np.log(masses[at]) - (ln_background[at + width] - ln_background[at])
                for strand in range(n_strands):
                    fit = below
                    for column in range(width):
                        if strand == 0:
                            fit += logs[codes[at + column], column]
                        else:
                            fit += logs[3 - codes[at + column], width - 1 - column]
                    weights[n_places], sites[n_places] = fit, 2 * place + strand
                    highest = max(highest, fit)
                    n_places += 1
            total = 0.0
            for place in range(n_places):
                total += np.exp(weights[place] - highest)
                weights[place] = total
            draw = np.random.random() * total
            chosen = min(np.searchsorted(weights[:n_places], draw, side="right"), n_places - 1)
            state[row] = sites[chosen]
            _add_site(codes, starts[row] + state[row] // 2, state[row] % 2, counts, 1.0)
        now = _log_posterior(starts, ln_background, masses, state, counts, gammas)
        if sweep % _SWEEPS_PER_SHIFT == 0:
            moved = _shifted(starts, masses, state, width, n_strands)
            moved_counts = _counts_of(codes, starts, moved, width)
            then = _log_posterior(starts, ln_background, masses, moved, moved_counts, gammas)
            if np.log(np.random.random()) < then - now:
                state, counts, now = moved, moved_counts, then
        if now > best:
            best, best_state = now, state.copy()
        if visits.shape[0] > sweep:
            visits[sweep] = state
    return best_state, best


@njit(cache=True)
def _shifted(starts, masses, state, width, n_strands):
    """All sites moved by the same random number of bases along the motif.

    A site without room goes to a random one of the places that the opposite move would leave without room: there are
    as many of these, so that a move and its opposite are proposed equally often.
    """
    shift = np.random.randint(1, _LONGEST_SHIFT + 1)
    if np.random.random() < 0.5:
        shift = -shift
    moved = state.copy()
    for row in range(state.size):
        if state[row] < 0:
            continue
        first, n_places = starts[row], starts[row + 1] - starts[row] - width
        to = state[row] // 2 + (shift if state[row] % 2 == 0 else -shift)
        if 0 <= to < n_places and masses[first + to] > 0:
            moved[row] = 2 * to + state[row] % 2
            continue
        n_open = 0
        for turn in range(2):  # count the places to choose from, then take one of them
            chosen = np.random.randint(n_open) if turn else -1
            n_open = 0
            for site in range(2 * n_places):
                strand, place = site % 2, site // 2
                if strand >= n_strands or masses[first + place] == 0:
                    continue
                back = place - (shift if strand == 0 else -shift)
                if 0 <= back < n_places and masses[first + back] > 0:
                    continue
                if n_open == chosen:
                    moved[row] = site
                n_open += 1
    return moved
