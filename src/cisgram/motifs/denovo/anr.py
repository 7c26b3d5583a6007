"""Any number of sites in a sequence: the sum over all ways to lay them down without overlap.

From left to right, at each place where the motif fits, a site begins with probability ``g`` (half of it on either
strand) and takes the motif's width, else one base of background follows. The probability of a sequence under all such
ways, relative to the background alone, comes from a forward pass; posteriors of sites from a backward pass. So, other
than in a mixture of independent windows, overlapping sites exclude each other, and EM provably never lowers the
likelihood.
"""

import numpy as np
from numba import njit, prange

from cisgram.arrays import Matrix, PerSequence, PlaceMasses
from cisgram.motifs.denovo.places import N_BLOCKS, Places, ln_of_motif
from cisgram.threads import threads_for


def expect_anr(places: Places, ppm: Matrix, masses: PlaceMasses, rate: float) -> tuple[Matrix, PerSequence, float]:
    """Expected counts, log-likelihoods and rate: see :class:`cisgram.motifs.denovo.em.Expectation`.

    Places of less than a quarter of the mean mass of their sequence are none.
    """
    n, width = len(places.sequences), ppm.shape[1]
    counts = np.zeros((N_BLOCKS, 4, width))
    log_likelihood = np.zeros(n)
    steps = np.zeros((N_BLOCKS, 2))
    posteriors = np.zeros((0, places.n_strands))
    _run(places, ppm, masses, rate, (counts, log_likelihood, steps, posteriors))
    n_sites, n_free = steps.sum(axis=0)
    rate = n_sites / (n_sites + n_free) if n_sites + n_free > 0 else rate
    return counts.sum(axis=0), log_likelihood, min(max(rate, 1e-9), 0.5)


def posteriors_anr(places: Places, ppm: Matrix, masses: PlaceMasses, rate: float) -> np.ndarray:
    """Posterior of a site at every place and strand: ``position strand``."""
    posteriors = np.zeros((places.codes.size, places.n_strands))
    sums = (np.zeros((N_BLOCKS, 4, ppm.shape[1])), np.zeros(len(places.sequences)), np.zeros((N_BLOCKS, 2)))
    _run(places, ppm, masses, rate, (*sums, posteriors))
    return posteriors


def _run(places: Places, ppm: Matrix, masses: PlaceMasses, rate: float, out: tuple[np.ndarray, ...]) -> None:
    arrays = (places.codes, places.words, places.starts, places.ln_background, masses >= 0.25, places.tables(ppm))
    with threads_for(places.codes.size):
        _forward_backward(*arrays, places.longest, np.log(rate / places.n_strands), np.log1p(-rate), *out)


@njit(cache=True)
def _add(a, b):
    """Ln of the sum of two numbers given by their ln."""
    if a < b:
        a, b = b, a
    return a if b == -np.inf else a + np.log1p(np.exp(b - a))


@njit(cache=True, parallel=True)
def _forward_backward(
    codes, words, starts, ln_background, is_place, tables, longest, ln_site, ln_free, counts, log_likelihood, steps, out
):
    n_strands = tables.shape[1]
    n_blocks, _, width = counts.shape
    n = starts.size - 1
    for block in prange(n_blocks):
        fits = np.empty((longest + 1, n_strands))
        ahead, behind = np.empty(longest + 1), np.empty(longest + 1)
        for row in range(block * n // n_blocks, (block + 1) * n // n_blocks):
            first, length = starts[row], starts[row + 1] - starts[row] - 1
            ahead[0] = 0.0
            for i in range(length):
                at = first + i
                if is_place[at]:
                    below = ln_background[at + width] - ln_background[at]
                    for strand in range(n_strands):
                        fits[i, strand] = ln_site + ln_of_motif(tables, strand, words, at) - below
                # One base of background from before, or a site that ends here.
                ahead[i + 1] = ahead[i] + (ln_free if is_place[at] else 0.0)
                begin = i + 1 - width
                if begin >= 0 and is_place[first + begin]:
                    for strand in range(n_strands):
                        ahead[i + 1] = _add(ahead[i + 1], ahead[begin] + fits[begin, strand])
            log_likelihood[row] = ahead[length]
            behind[length] = 0.0
            for i in range(length - 1, -1, -1):
                at = first + i
                behind[i] = behind[i + 1] + (ln_free if is_place[at] else 0.0)
                if not is_place[at]:
                    continue
                steps[block, 1] += np.exp(ahead[i] + ln_free + behind[i + 1] - ahead[length])
                for strand in range(n_strands):
                    path = fits[i, strand] + behind[i + width]
                    behind[i] = _add(behind[i], path)
                    posterior = np.exp(ahead[i] + path - ahead[length])
                    if out.shape[0] > 0:
                        out[at, strand] = posterior
                    if posterior < 1e-15:
                        continue
                    steps[block, 0] += posterior
                    for column in range(width):
                        if strand == 0:
                            counts[block, codes[at + column], column] += posterior
                        else:
                            counts[block, 3 - codes[at + column], width - 1 - column] += posterior
