"""The exact gkm kernel of all pairs of sequences.

Two words with m mismatches agree on ``C(l - m, s)`` subsets of s positions. So instead of looking for words with few
mismatches, the words are sorted by what stands on a subset of ``l - d`` or more positions, those alike are counted,
and all subsets are gone through (232 for l = 11, d = 3); weights turn these counts into the kernel.
"""

from itertools import combinations
from typing import Any

import numpy as np
from numba import get_num_threads, njit, prange

from cisgram.arrays import CrossKernel, KernelMatrix, PerMismatch, PerRow, SubsetTable
from cisgram.baselines.gkmsvm.weights import mismatch_weights, subset_weights
from cisgram.baselines.gkmsvm.words import words_of
from cisgram.baselines.words import Words
from cisgram.genomics.gkm_model import GkmKernel
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.threads import threads_for

_HALF = 6  # bases in the lower half of a word, for tables of what a half has on a subset
_MOST_COLUMNS = 60_000  # numbers of sequences are kept in two bytes


def kernel_matrix(sequences: SequenceSet, kernel: GkmKernel, *, is_single: bool = False) -> KernelMatrix:
    """Compare every sequence with every other.

    Time and memory (8 bytes per pair, 4 with ``is_single``) grow with the square of the number of sequences; simple
    repeats, whose words are alike in many pairs, take longer. Single precision holds six digits.

    Returns
    -------
    KernelMatrix
        Symmetric, with 1 on the diagonal; row and column of a sequence without words are 0.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> sequences = SequenceSet.from_codes([encode("ACGTTGCA"), encode("TGCAACGT"), encode("AAAAAAAA")])
    >>> kernel_matrix(sequences, GkmKernel(word_bp=6, informative_bp=4, max_mismatches=2)).round(6).tolist()
    [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    words = words_of(sequences, kernel)
    precision = np.float32 if is_single else np.float64
    matrix = _sums(words, words, mismatch_weights(kernel), kernel.word_bp, precision)
    norms = np.sqrt(np.maximum(np.diagonal(matrix), 0))
    _finish(matrix, norms, norms, kernel)
    _mirror(matrix)  # at the end, so that both halves have the same rounding
    return matrix


def kernel_between(sequences: SequenceSet, others: SequenceSet, kernel: GkmKernel) -> CrossKernel:
    """Compare every sequence (rows) with each of the others (columns); 0 where one has no words."""
    rows, columns = words_of(sequences, kernel), words_of(others, kernel)
    weights = mismatch_weights(kernel)
    parts = [
        _sums(rows, _some(columns, start, start + _MOST_COLUMNS), weights, kernel.word_bp)
        for start in range(0, columns.n_sequences, _MOST_COLUMNS)
    ]
    matrix = np.concatenate(parts, axis=1) if parts else np.zeros((rows.n_sequences, 0))
    return _finish(matrix, self_norms(rows, weights), self_norms(columns, weights), kernel)


def self_norms(words: Words, weights: PerMismatch) -> PerRow:
    """Square root of what each sequence has in common with itself; the time grows with the square of its length."""
    found = np.zeros(words.n_sequences)
    n_words = np.diff(words.starts)
    with threads_for(int((n_words**2).sum())):
        _compare_with_itself(words.forward, words.reverse, words.starts, words.weights, weights, _MISMATCHES, found)
    return np.sqrt(np.maximum(found, 0))


def _sums(rows: Words, columns: Words, weights: PerMismatch, word_bp: int, precision: Any = np.float64) -> np.ndarray:
    """Weighted pairs of words of every row and column; if both are the same words, only up to the diagonal."""
    is_same = rows is columns
    if is_same and rows.n_sequences > _MOST_COLUMNS:
        raise ValueError(f"at most {_MOST_COLUMNS} sequences are compared at once")
    found = np.zeros((rows.n_sequences, columns.n_sequences), dtype=precision)
    n_operations = 50 * (len(rows.forward) + len(columns.forward))
    with threads_for(n_operations):
        n_blocks = get_num_threads()
        shares = np.linspace(0, 1, n_blocks + 1)
        cuts = np.round(rows.n_sequences * (np.sqrt(shares) if is_same else shares)).astype(np.int64)
        smallest = word_bp - len(weights) + 1
        for size, weight in enumerate(subset_weights(weights, word_bp), start=smallest):
            low, high = subset_tables(word_bp, size)
            # fmt: off
            _add_alike(
                rows.forward, rows.starts, rows.weights,
                columns.forward, columns.reverse, columns.starts, columns.weights,
                low, high, 4**size, weight, is_same, cuts, found,
            )
            # fmt: on
    return found


def subset_tables(word_bp: int, size: int) -> tuple[SubsetTable, SubsetTable]:
    """What the lower and the upper half of a word have on each subset of positions; together (or) they number it."""
    low_codes, high_codes = np.arange(4**_HALF), np.arange(4 ** max(word_bp - _HALF, 0))
    lows, highs = [], []
    for subset in combinations(range(word_bp), size):
        low, high = np.zeros(low_codes.size, np.uint32), np.zeros(high_codes.size, np.uint32)
        for rank, position in enumerate(subset):
            if position < _HALF:
                low |= (((low_codes >> 2 * position) & 3) << 2 * rank).astype(np.uint32)
            else:
                high |= (((high_codes >> 2 * (position - _HALF)) & 3) << 2 * rank).astype(np.uint32)
        lows.append(low)
        highs.append(high)
    return np.array(lows), np.array(highs)


def _some(words: Words, start: int, stop: int) -> Words:
    """The words of sequences ``start`` to before ``stop``."""
    starts = words.starts[start : stop + 1]
    part = slice(int(starts[0]), int(starts[-1]))
    return Words(words.forward[part], words.reverse[part], starts - starts[0], words.weights[part])


def _finish(matrix: np.ndarray, row_norms: np.ndarray, column_norms: np.ndarray, kernel: GkmKernel) -> np.ndarray:
    """Divide by the norms, in place; then the RBF if there is one."""
    for norms, shape in ((row_norms, (-1, 1)), (column_norms, (1, -1))):
        matrix *= np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0).reshape(shape)
    if row_norms is column_norms:
        np.fill_diagonal(matrix, (row_norms > 0).astype(np.float64))
    if kernel.gamma is not None:
        matrix -= 1
        matrix *= kernel.gamma
        np.exp(matrix, out=matrix)
        matrix[row_norms == 0] = 0
        matrix[:, column_norms == 0] = 0
    return matrix


_MISMATCHES = np.array([sum(code >> 2 * i & 3 > 0 for i in range(_HALF)) for code in range(4**_HALF)], dtype=np.uint8)
"""How many of six two-bit fields are not 0."""


@njit(cache=True)
def _mirror(matrix):
    """Copy what lies below the diagonal to above it."""
    for i in range(matrix.shape[0]):
        for j in range(i):
            matrix[j, i] = matrix[i, j]


@njit(cache=True, parallel=True)
def _compare_with_itself(forward, reverse, starts, word_weights, weights, mismatches, out):
    """Sum the weights of all pairs of words of the same sequence; both kinds of pairs are symmetric."""
    is_weighted = word_weights.size > 0
    per_count = np.zeros(13)
    per_count[: weights.size] = weights
    for row in prange(out.size):
        total = 0.0
        for i in range(starts[row], starts[row + 1]):
            part = 0.0
            for j in range(starts[row], i + 1):
                differ = forward[i] ^ forward[j]
                value = per_count[mismatches[differ & 4095] + mismatches[differ >> 12]]
                if reverse.size:
                    differ = forward[i] ^ reverse[j]
                    value += per_count[mismatches[differ & 4095] + mismatches[differ >> 12]]
                if is_weighted:
                    value *= word_weights[j]
                part += value if j == i else 2 * value
            total += part * word_weights[i] if is_weighted else part
        out[row] = total


@njit(cache=True, parallel=True)
def _add_alike(
    words, starts, word_weights, others, turned, other_starts, other_weights, low, high, n, weight, is_same, cuts, out
):
    """Add, for each subset of positions, the pairs of words that are alike on it, times ``weight``."""
    n_others = other_starts.size - 1
    is_weighted = word_weights.size > 0
    for block in prange(cuts.size - 1):
        first, last = cuts[block], cuts[block + 1]
        n_listed = last if is_same else n_others
        n_words = other_starts[n_listed] if last > first else 0
        keys, turned_keys = np.empty(n_words, np.uint32), np.empty(min(n_words, turned.size), np.uint32)
        members = np.empty(n_words + turned_keys.size, np.uint16)
        member_weights = np.empty(members.size if is_weighted else 0)
        begins, ends = np.empty(n + 1, np.int32), np.empty(n, np.int32)
        row_sums, row_counts = np.zeros(n_others if is_weighted else 0), np.zeros(n_others, np.int32)
        for subset in range(low.shape[0] if n_words else 0):
            below, above = low[subset], high[subset]
            begins[:] = 0
            for i in range(n_words):
                keys[i] = below[others[i] & 4095] | above[others[i] >> 12]
                begins[keys[i] + 1] += 1
            for i in range(turned_keys.size):
                turned_keys[i] = below[turned[i] & 4095] | above[turned[i] >> 12]
                begins[turned_keys[i] + 1] += 1
            for key in range(n):
                begins[key + 1] += begins[key]
                ends[key] = begins[key]
            listed = 0
            for row in range(first, last):
                # If rows and columns are the same, each row meets itself and those before it only.
                for other in range(listed, row + 1 if is_same else n_others):
                    for i in range(other_starts[other], other_starts[other + 1]):
                        members[ends[keys[i]]] = other
                        if is_weighted:
                            member_weights[ends[keys[i]]] = other_weights[i]
                        ends[keys[i]] += 1
                        if turned_keys.size:
                            members[ends[turned_keys[i]]] = other
                            if is_weighted:
                                member_weights[ends[turned_keys[i]]] = other_weights[i]
                            ends[turned_keys[i]] += 1
                listed = row + 1 if is_same else n_others
                for i in range(starts[row], starts[row + 1]):
                    key = below[words[i] & 4095] | above[words[i] >> 12]
                    if is_weighted:
                        for at in range(begins[key], ends[key]):
                            row_sums[members[at]] += word_weights[i] * member_weights[at]
                    else:
                        for at in range(begins[key], ends[key]):
                            row_counts[members[at]] += 1
                if is_weighted:
                    for other in range(listed):
                        out[row, other] += weight * row_sums[other]
                        row_sums[other] = 0.0
                else:
                    for other in range(listed):
                        out[row, other] += weight * row_counts[other]
                        row_counts[other] = 0
