"""Places where a motif may lie in a set of sequences, and how well it fits there.

The fit of a motif at a place is the natural log of the likelihood ratio, motif against background. Four bases are
looked up at a time: the word of four that begins at a base is one byte, and a motif becomes one table of 256 numbers
for every four columns.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numba import njit, prange

from cisgram.arrays import JoinedMask, Matrix, PerSequence, PlaceMasses, Rows, StrandFits
from cisgram.genomics.background import Background
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.threads import threads_for

_DIGITS = (np.arange(256)[:, None] // 4 ** np.arange(3, -1, -1)) % 4
N_BLOCKS = 32
"""Sequences are worked on in so many groups, whatever the number of threads: sums are the same to the last bit."""


class Places:
    """Sequences prepared for the kernels.

    Parameters
    ----------
    sequences
        Sequences; places with an N are no places.
    background
        Against what a motif is held.
    is_stranded
        Whether only the given strand counts.
    """

    def __init__(self, sequences: SequenceSet, background: Background, *, is_stranded: bool) -> None:
        self.sequences, self.is_stranded = sequences, is_stranded
        self.codes, self.starts = sequences.joined, sequences.starts
        self.words = np.zeros(self.codes.size + 64, dtype=np.uint8)  # room for the widest motif past the end
        self.n_known = np.zeros(self.codes.size, dtype=np.int32)
        _prepare(self.codes, self.words, self.n_known)
        ln = background.log2_probabilities(self.codes) * np.log(2)
        self.ln_background = np.concatenate([np.zeros(1), np.cumsum(ln)])

    @property
    def n_strands(self) -> int:
        """1 if only the given strand counts, else 2."""
        return 1 if self.is_stranded else 2

    def masses(self, width: int) -> PlaceMasses:
        """Weight of every place of a motif of some width before it is looked at; 0 where a base is N.

        Without weights of bases it is 1 at all places, else the mean weight of the bases, relative to the mean of
        the sequence, with a tenth of that mean added: no place is ruled out.
        """
        is_place = (self.n_known >= width).astype(np.float64)
        if self.sequences.weights is None:
            return is_place
        of_bases = np.concatenate([np.zeros(1), np.cumsum(self.sequences.weights, dtype=np.float64)])
        means = np.zeros(self.codes.size)
        means[: self.codes.size - width + 1] = (of_bases[width:] - of_bases[:-width]) / width
        totals = np.diff(of_bases[self.starts]) / np.maximum(self.sequences.lengths, 1)
        of_sequence = np.repeat(np.where(totals > 0, totals, 1.0), np.diff(self.starts))
        return is_place * (means / of_sequence + 0.1)

    def tables(self, ppm: Matrix) -> np.ndarray:
        """Ln of the motif for every word of four bases: ``block strand word``."""
        matrices = [ppm] if self.is_stranded else [ppm, ppm[::-1, ::-1]]
        with np.errstate(divide="ignore"):
            logs = [np.log(matrix) for matrix in matrices]
        n_tables = -(-ppm.shape[1] // 4)
        tables = np.zeros((n_tables, len(logs), 256))
        for strand, matrix in enumerate(logs):
            for column in range(ppm.shape[1]):
                tables[column // 4, strand] += matrix[_DIGITS[:, column % 4], column]
        return tables

    @cached_property
    def longest(self) -> int:
        """Length of the longest sequence."""
        return int(self.sequences.lengths.max(initial=0))


class BestSites(NamedTuple):
    """The best place of a motif in every sequence."""

    score: PerSequence
    """Ln of the likelihood ratio; minus infinity where there is no place."""
    start: Rows
    """First base of the place, within the sequence; -1 where there is none."""
    is_reversed: np.ndarray
    """Whether the motif lies there on the other strand."""


def best_sites(places: Places, ppm: Matrix) -> BestSites:
    """Find the best place of a motif in every sequence; of equal ones the first, on the given strand first."""
    n = len(places.sequences)
    score, start = np.full(n, -np.inf), np.full(n, -1, dtype=np.int64)
    is_reversed = np.zeros(n, dtype=np.bool_)
    is_place = places.n_known >= ppm.shape[1]
    arrays = (places.words, places.starts, places.ln_background, is_place, places.tables(ppm))
    with threads_for(places.codes.size):
        _best(*arrays, ppm.shape[1], score, start, is_reversed)
    return BestSites(score, start, is_reversed)


def fits_at(places: Places, ppm: Matrix, at: Rows) -> StrandFits:
    """Ln of the likelihood ratio of a motif at positions of the joined sequences, for every strand that counts."""
    width = ppm.shape[1]
    bases = places.codes[at[:, None] + np.arange(width)]
    logs = np.log(ppm)
    fits = [logs[bases, np.arange(width)].sum(axis=1)]
    if not places.is_stranded:
        fits.append(logs[3 - bases[:, ::-1], np.arange(width)].sum(axis=1))
    below = places.ln_background[at + width] - places.ln_background[at]
    return np.stack(fits, axis=1) - below[:, None]


def sites_from(places: Places, ppm: Matrix, threshold: float) -> JoinedMask:
    """Mark every base that is part of a place where the motif reaches a threshold (in nats)."""
    marked = np.zeros(places.codes.size, dtype=np.bool_)
    is_place = places.n_known >= ppm.shape[1]
    arrays = (places.words, places.ln_background, is_place, places.tables(ppm))
    _mark(*arrays, ppm.shape[1], threshold, marked)
    return marked


@njit(cache=True)
def ln_of_motif(tables: np.ndarray, strand: int, words: np.ndarray, at: int) -> float:
    """Ln of the probability of the bases from a position on, in a site on a strand; for kernels."""
    total = 0.0
    for block in range(tables.shape[0]):
        total += tables[block, strand, words[at + 4 * block]]
    return total


@njit(cache=True)
def _prepare(codes, words, n_known):
    """Words of four bases (N read as A), and how many known bases follow, this one included."""
    word, known = 0, 0
    for i in range(codes.size - 1, -1, -1):
        base = codes[i]
        known = known + 1 if base < 4 else 0
        word = (word >> 2) | ((base if base < 4 else 0) << 6)
        words[i], n_known[i] = word, known


@njit(cache=True, parallel=True)
def _best(words, starts, ln_background, is_place, tables, width, score, start, is_reversed):
    n_strands = tables.shape[1]
    for row in prange(starts.size - 1):
        for at in range(starts[row], starts[row + 1] - width):
            if not is_place[at]:
                continue
            below = ln_background[at + width] - ln_background[at]
            for strand in range(n_strands):
                fit = ln_of_motif(tables, strand, words, at) - below
                if fit > score[row]:
                    score[row], start[row], is_reversed[row] = fit, at - starts[row], strand == 1


@njit(cache=True)
def _mark(words, ln_background, is_place, tables, width, threshold, marked):
    n_strands = tables.shape[1]
    for at in range(is_place.size):
        if not is_place[at]:
            continue
        below = ln_background[at + width] - ln_background[at]
        for strand in range(n_strands):
            fit = ln_of_motif(tables, strand, words, at) - below
            if fit >= threshold:
                marked[at : at + width] = True
