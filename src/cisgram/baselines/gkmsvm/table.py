"""One number for every possible word, and its sum over words with few mismatches.

The sum over all words with m mismatches is built up position by position: a word and another that differ in j of the
first i positions differ in j or j + 1 of the first i + 1. That takes ``3 l d`` additions per word instead of a visit
to every one of its neighbours (4,984 for l = 11, d = 3).
"""

import numpy as np
from numba import njit, prange

from cisgram.arrays import PerMismatch, PerPossibleWord, PerRow
from cisgram.baselines.words import Words
from cisgram.threads import threads_for


def word_sums(words: Words, row_values: PerRow, word_bp: int) -> PerPossibleWord:
    """Add a sequence's value to each of its words, times the word's weight, on both strands unless stranded."""
    table = np.zeros(4**word_bp)
    _scatter(words.forward, words.reverse, words.starts, words.weights, row_values, table)
    return table


def neighbour_sums(table: PerPossibleWord, weights: PerMismatch, word_bp: int) -> PerPossibleWord:
    """Sum over all words with m mismatches, times ``weights[m]``, for every word.

    Memory: 8 bytes times ``4 ** word_bp`` for every m, 134 MB for 11 bp and three mismatches.

    Examples
    --------
    >>> table = np.zeros(16)
    >>> table[0] = 1.0  # AA
    >>> neighbour_sums(table, np.array([2.0, 1.0]), 2).reshape(4, 4).tolist()[:2]
    [[2.0, 1.0, 1.0, 1.0], [1.0, 0.0, 0.0, 0.0]]
    """
    levels = np.empty((len(weights), 4**word_bp))
    n_low = min(word_bp, 6)
    found = np.empty(4**word_bp)
    with threads_for(table.size * word_bp):
        _over_low_positions(table, levels, n_low)
        _over_high_positions(levels, n_low, word_bp - n_low, weights, found)
    return found


def sums_over_words(words: Words, table: PerPossibleWord) -> PerRow:
    """Sum of a table over the words of every sequence as given, times the words' weights."""
    found = np.zeros(words.n_sequences)
    with threads_for(len(words.forward)):
        _gather(words.forward, words.starts, words.weights, table, found)
    return found


@njit(cache=True)
def _scatter(forward, reverse, starts, word_weights, row_values, table):
    """Add values to the table's entries of the words."""
    for row in range(row_values.size):
        for i in range(starts[row], starts[row + 1]):
            value = row_values[row] * word_weights[i] if word_weights.size else row_values[row]
            table[forward[i]] += value
            if reverse.size:
                table[reverse[i]] += value


@njit(cache=True, parallel=True)
def _gather(forward, starts, word_weights, table, out):
    """Sum the table's entries of the words of every sequence."""
    for row in prange(out.size):
        total = 0.0
        for i in range(starts[row], starts[row + 1]):
            total += table[forward[i]] * word_weights[i] if word_weights.size else table[forward[i]]
        out[row] = total


@njit(cache=True)
def _over_one_position(levels, stride, n_before):
    """Let the words differ at one position more; ``n_before`` positions were gone through."""
    n_levels, n = levels.shape
    for level in range(min(n_levels - 1, n_before + 1), 0, -1):
        now, before = levels[level], levels[level - 1]
        for start in range(0, n, 4 * stride):
            for at in range(start, start + stride):
                a, b = before[at], before[at + stride]
                c, d = before[at + 2 * stride], before[at + 3 * stride]
                now[at] += b + c + d
                now[at + stride] += a + c + d
                now[at + 2 * stride] += a + b + d
                now[at + 3 * stride] += a + b + c


@njit(cache=True, parallel=True)
def _over_low_positions(table, levels, n_low):
    """The last positions of the words, a stretch of the table at a time."""
    width = 4**n_low
    for block in prange(table.size // width):
        part = np.zeros((levels.shape[0], width))
        part[0] = table[block * width : (block + 1) * width]
        for position in range(n_low):
            _over_one_position(part, 4**position, position)
        levels[:, block * width : (block + 1) * width] = part


@njit(cache=True, parallel=True)
def _over_high_positions(levels, n_low, n_high, weights, out):
    """The first positions of the words, a few columns of the table at a time, and the weighted sum."""
    n_levels, width, n_rows = levels.shape[0], 4**n_low, 4**n_high
    n_columns = 8  # a cache line
    for block in prange(width // n_columns):
        part = np.empty((n_levels, n_rows * n_columns))
        for level in range(n_levels):
            for row in range(n_rows):
                at = row * width + block * n_columns
                part[level, row * n_columns : (row + 1) * n_columns] = levels[level, at : at + n_columns]
        for position in range(n_high):
            _over_one_position(part, n_columns * 4**position, n_low + position)
        for row in range(n_rows):
            at = row * width + block * n_columns
            for column in range(n_columns):
                total = 0.0
                for level in range(n_levels):
                    total += weights[level] * part[level, row * n_columns + column]
                out[at + column] = total
