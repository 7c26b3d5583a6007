"""Enriched words: where the search for a motif starts.

Words of six to eight bases, and pairs of triplets with a gap between them, are counted once per sequence. Those that
more sequences have than control sequences are widened letter by letter to sets of bases (IUPAC letters) as long as
that makes the enrichment clearer.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numba import njit, prange

from cisgram.arrays import Matrix, Rows, Totals
from cisgram.genomics.motif import IUPAC, Motif
from cisgram.genomics.sequence import reverse_complements_of_words
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.threads import threads_for

_SHAPES = ((6, 0, 0), (7, 0, 0), (8, 0, 0))  # letters, gap, letters
_N_WIDENED = 40  # words per shape that are worth widening
_MAX_MEMBERS = 64
_ENOUGH_GAIN, _BY_CHANCE = 1.1, 3.0


class Start(NamedTuple):
    """A word to start from."""

    letters: str
    """IUPAC; N in gaps."""
    enrichment: float
    """Twice the log-likelihood ratio that sequences and control have it at different rates; 0 if control has more."""
    share: float
    """Share of the sequences that have it beyond what the control makes one expect."""


def enriched_words(
    sequences: SequenceSet, control: SequenceSet, *, max_gap: int, is_stranded: bool, n_best: int
) -> list[Start]:
    """Find words that many more sequences than control sequences have, each unlike those before it.

    Parameters
    ----------
    sequences, control
        A sequence counts once for a word, however often it has it, on either strand unless ``is_stranded``.
    max_gap
        Longest gap between two triplets; 0 for words without gaps only.
    n_best
        How many to return at most, the most enriched first. Words that are the same but for a shift, the strand or
        one letter are taken once.
    """
    shapes = np.array([*_SHAPES, *((3, gap, 3) for gap in range(1, max_gap + 1))], dtype=np.int64)
    sizes = (len(sequences), len(control))
    found: list[tuple[float, int, np.ndarray]] = []
    in_sequences = _count(sequences, shapes, is_stranded=is_stranded)
    in_control = _count(control, shapes, is_stranded=is_stranded)
    shares = {}
    for shape, a, b in zip(shapes, in_sequences, in_control, strict=True):
        n_letters = int(shape[0] + shape[2])
        scores = log_ratios(a, sizes[0], b, sizes[1])
        words = np.arange(len(scores))
        if not is_stranded:
            scores = np.where(words <= reverse_complements_of_words(n_letters), scores, 0.0)  # each pair once
        for word in np.argsort(-scores, kind="stable")[:_N_WIDENED]:
            if scores[word] <= 0:
                break
            sets = 1 << ((word // 4 ** np.arange(n_letters - 1, -1, -1)) % 4)
            score, n_with, n_control_with = _widen(sets, a, float(sizes[0]), b, float(sizes[1]))
            letters = "".join(IUPAC[one] for one in sets)
            letters = letters[: shape[0]] + "N" * int(shape[1]) + letters[shape[0] :]
            if letters not in shares:
                shares[letters] = n_with / sizes[0] - n_control_with / sizes[1]
                found.append((score, len(found), np.array(list(letters))))
    found.sort(key=lambda one: (-one[0], one[1]))
    return _unlike_each_other(
        [Start(word := "".join(letters), float(score), float(shares[word])) for score, _, letters in found],
        is_stranded=is_stranded,
        n_best=n_best,
    )


def log_ratios(n_with: Rows, n: int, n_control_with: Rows, n_control: int) -> Totals:
    """Twice the log-likelihood ratio of two rates against one common rate; 0 where the first is not the higher.

    Parameters
    ----------
    n_with, n_control_with
        How many of the ``n`` sequences, and of the ``n_control`` control sequences, have something.
    """
    return _enrichment(n_with.astype(np.float64), float(n), n_control_with.astype(np.float64), float(n_control))


def start_matrix(letters: str, width: int, background: np.ndarray, *, certainty: float = 0.75) -> Matrix:
    """Turn a word into a PPM of some width with the word in its middle; what it leaves open is background."""
    known = Motif.from_consensus("start", letters).ppm
    ppm = np.tile(background[:, None], (1, width))
    first = max((width - len(letters)) // 2, 0)
    part = known[:, :width]
    is_open = np.array([letter == "N" for letter in letters[:width]])
    mixed = certainty * part + (1 - certainty) * background[:, None]
    ppm[:, first : first + part.shape[1]] = np.where(is_open, background[:, None], mixed)
    return ppm


def _unlike_each_other(starts: Sequence[Start], *, is_stranded: bool, n_best: int) -> list[Start]:
    """The best ones of which none is another one shifted, turned, or changed in one letter."""
    kept: list[Start] = []
    seen: list[np.ndarray] = []
    for start in starts:
        sets = np.array([IUPAC.index(letter) for letter in start.letters])
        turned = _turned(sets)
        views = [sets] if is_stranded else [sets, turned]
        if not any(_are_alike(view, other) for view in views for other in seen):
            kept.append(start)
            seen.append(sets)
        if len(kept) == n_best:
            break
    return kept


def _turned(sets: np.ndarray) -> np.ndarray:
    """The reverse complement of sets of bases (A = 1, C = 2, G = 4, T = 8)."""
    bits = (sets[::-1, None] >> np.arange(4)) & 1
    return (bits[:, ::-1] << np.arange(4)).sum(axis=1)


def _are_alike(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether at some shift five letters or more overlap and at most one of them disagrees."""
    for shift in range(5 - len(one), len(other) - 4):
        first, last = max(shift, 0), min(shift + len(one), len(other))
        a, b = one[first - shift : last - shift], other[first:last]
        informative = (a != 15) & (b != 15)
        if informative.sum() >= 5 and ((a & b) == 0)[informative].sum() <= 1:
            return True
    return False


def _count(sequences: SequenceSet, shapes: np.ndarray, *, is_stranded: bool) -> list[np.ndarray]:
    """Number of sequences with each word of every shape (either way round, unless stranded)."""
    n_words = [4 ** int(shape[0] + shape[2]) for shape in shapes]
    offsets = np.cumsum([0, *n_words])
    counts = np.zeros(offsets[-1], dtype=np.int32)
    last_seen = np.full(offsets[-1], -1, dtype=np.int32)
    turned = [np.zeros(0, dtype=np.int64)] * 9
    for length in {int(shape[0] + shape[2]) for shape in shapes}:
        turned[length] = reverse_complements_of_words(length)
    ends = np.cumsum([0, *map(len, turned)])
    arrays = (sequences.joined, sequences.starts, shapes, offsets, np.concatenate(turned), ends)
    with threads_for(len(shapes) * sequences.joined.size):
        _count_words(*arrays, is_stranded, counts, last_seen)
    return [counts[start:end] for start, end in pairwise(offsets)]


@njit(cache=True, parallel=True)
def _count_words(codes, starts, shapes, offsets, turned, ends, is_stranded, counts, last_seen):
    """Count words once per sequence; a word and its reverse complement share their count."""
    for job in prange(shapes.shape[0]):
        left, gap, right = shapes[job]
        span, n_letters = left + gap + right, left + right
        n_left, n_right = 4**left, 4**right
        offset, turn = offsets[job], ends[n_letters]
        for row in range(starts.size - 1):
            left_word, right_word, known = 0, 0, 0
            for i in range(starts[row], starts[row + 1]):
                # i is the last base of the span; the left part ends gap + right bases before it
                known = known + 1 if codes[i] < 4 else 0
                if known == 0:
                    left_word, right_word = 0, 0
                    continue
                if right > 0:
                    right_word = (right_word * 4 + codes[i]) % n_right
                if known > gap + right:
                    left_word = (left_word * 4 + codes[i - gap - right]) % n_left
                if known < span:
                    continue
                word = left_word * n_right + right_word
                if not is_stranded:
                    word = min(word, turned[turn + word])
                if last_seen[offset + word] != row:
                    last_seen[offset + word] = row
                    counts[offset + word] += 1
        if not is_stranded:
            for word in range(4**n_letters):
                other = turned[turn + word]
                if other < word:
                    counts[offset + word] = counts[offset + other]


@njit(cache=True)
def _log_ratio(a, n, b, m):
    """Twice the log-likelihood ratio of two rates against one common rate; 0 if the first is not the higher."""
    a, b = min(a, n), min(b, m)
    if a * m <= b * n:
        return 0.0
    common = (a + b) / (n + m)
    total = a * np.log(a / n / common)
    if b > 0:
        total += b * np.log(b / m / common)
    if a < n:
        total += (n - a) * np.log((n - a) / n / (1 - common))
    if b < m:
        total += (m - b) * np.log((m - b) / m / (1 - common))
    return 2 * total


@njit(cache=True)
def _enrichment(a, n, b, m):
    out = np.empty(a.size)
    for i in range(a.size):
        out[i] = _log_ratio(a[i], n, b[i], m)
    return out


@njit(cache=True)
def _any_of(sets, a, size_a, b, size_b):
    """Sequences and control sequences that have any of the words that sets of bases allow."""
    members = np.zeros(_MAX_MEMBERS, np.int64)
    n = 1
    for position in range(sets.size):
        grown = 0
        following = np.zeros(_MAX_MEMBERS, np.int64)
        for member in range(n):
            for base in range(4):
                if (sets[position] >> base) & 1:
                    if grown == _MAX_MEMBERS:
                        return -1.0, 0.0
                    following[grown] = members[member] * 4 + base
                    grown += 1
        members, n = following, grown
    total_a, total_b = 0.0, 0.0
    for member in range(n):
        total_a += a[members[member]]
        total_b += b[members[member]]
    if n == 1:
        return total_a, total_b
    # Sequences may have several of the words: as many have any as if the words were spread at random.
    return -size_a * np.expm1(-total_a / size_a), -size_b * np.expm1(-total_b / size_b)


@njit(cache=True)
def _widen(sets, a, n, b, m):
    """Let further bases in (not all four), the best one first, while the enrichment grows; changes ``sets``."""
    with_a, with_b = _any_of(sets, a, n, b, m)
    best = _log_ratio(with_a, n, with_b, m)
    while True:
        chosen_position, chosen_base, chosen = -1, -1, max(best * _ENOUGH_GAIN, best + _BY_CHANCE)
        for position in range(sets.size):
            for base in range(4):
                if (sets[position] >> base) & 1 or (sets[position] | (1 << base)) == 15:
                    continue
                sets[position] |= 1 << base
                any_a, any_b = _any_of(sets, a, n, b, m)
                if any_a >= 0 and _log_ratio(any_a, n, any_b, m) > chosen:
                    chosen = _log_ratio(any_a, n, any_b, m)
                    chosen_position, chosen_base = position, base
                sets[position] &= ~(1 << base)
        if chosen_position < 0:
            return best, with_a, with_b
        sets[chosen_position] |= 1 << chosen_base
        best = chosen
        with_a, with_b = _any_of(sets, a, n, b, m)
