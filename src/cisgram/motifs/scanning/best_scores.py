"""The best place of a motif in each of many sequences."""

from typing import NamedTuple

import numpy as np
from numba import njit, prange

from cisgram.arrays import Matrix, PerRow, PlaceOfRow
from cisgram.genomics.background import Background
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import reverse_complements_of_words
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.scanning.motif_scores import FINEST_UNITS, MotifScores
from cisgram.threads import threads_for

_WORD = 7
_TILE = 4096


class BestScores(NamedTuple):
    """The best window of every sequence."""

    score: PerRow
    """Log2 likelihood ratio in bits; NaN where no window fits, or all have an N."""
    place: PlaceOfRow
    """Where the window begins in its sequence, 0-based; -1 where there is none."""
    strand: np.ndarray
    """``+``, ``-``, or ``.`` where there is no window."""


def best_scores(
    motif: Motif | Matrix,
    sequences: SequenceSet,
    *,
    background: Background | None = None,
    pseudocount: float = 0.1,
    is_stranded: bool = False,
) -> BestScores:
    """Score every window of every sequence and keep the best of each; windows with an N have no score.

    Parameters
    ----------
    motif
        A motif, or a PWM in bits (``4 length``), whose numbers are taken as they stand.
    sequences
        Of any lengths.
    background
        Where nothing binds; uniform if none is given. It has no part in the scores of a PWM.
    pseudocount
        As in :meth:`cisgram.motifs.scanning.motif_scores.MotifScores.from_motif`.
    is_stranded
        Score the given strand only.

    Returns
    -------
    BestScores
        One entry per sequence. Scores are sums of whole millionths of a bit, so that windows of the same real score
        tie; of these the first counts, on the given strand first.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> sequences = SequenceSet.from_codes([encode("GGGTTACCCG"), encode("CGGGTAATTT"), encode("ACNN")])
    >>> best = best_scores(Motif.from_consensus("reb1", "TTACCCG"), sequences)
    >>> best.score.round(1).tolist(), best.place.tolist(), best.strand.tolist()
    ([14.0, 14.0, nan], [3, 0, -1], ['+', '-', '.'])
    """
    if isinstance(motif, Motif):
        scores = MotifScores.from_motif(motif, background or Background.from_bases(), pseudocount=pseudocount)
    else:
        scores = MotifScores.from_pwm(motif)
    tables, offsets = _word_tables(scores)
    best = np.empty(len(sequences), dtype=np.int64)
    place = np.empty(len(sequences), dtype=np.int64)
    is_reverse = np.zeros(len(sequences), dtype=bool)
    starts = np.asarray(sequences.starts, dtype=np.int64)
    n_strands = 1 if is_stranded else 2
    with threads_for(sequences.joined.size):
        _best_windows(sequences.joined, starts, tables[:n_strands], offsets, len(scores), best, place, is_reverse)
    is_found = place >= 0
    return BestScores(
        np.where(is_found, best / FINEST_UNITS, np.nan),
        place,
        np.where(is_found, np.where(is_reverse, "-", "+"), "."),
    )


def _word_tables(scores: MotifScores) -> tuple[np.ndarray, np.ndarray]:
    """What words of up to seven bases add to the score (``strand block word``), and where the words begin.

    A block is as many columns as a word can decide: with a background of order m all seven at the start of the
    window, and 7 - m from then on, because the first m bases of the word only say what was before.
    """
    width, order, units = len(scores), scores.order, scores.units(FINEST_UNITS)
    length = min(_WORD, width)
    words = np.arange(4**length)
    ends = [length]
    while ends[-1] < width:
        ends.append(min(ends[-1] + length - order, width))
    tables = np.zeros((2, len(ends), 4**length), dtype=np.int32)
    offsets = np.zeros((2, len(ends)), dtype=np.int64)
    turned = reverse_complements_of_words(length)
    for block, end in enumerate(ends):
        first = end - length
        for column in range(ends[block - 1] if block else 0, end):
            after = end - column - 1
            n_contexts = 4 ** min(column, order)
            tables[0, block] += units[column, (words >> 2 * (after + 1)) % n_contexts, (words >> 2 * after) & 3]
        tables[1, block] = tables[0, block, turned]
        offsets[:, block] = first, width - end
    return tables, offsets


@njit(cache=True, parallel=True)
def _best_windows(joined, starts, tables, offsets, width, best, place, is_reverse):
    """Best score, its place and strand per sequence, tile by tile: words first, then sums over blocks."""
    n_words = tables.shape[2]
    for row in prange(best.size):
        first, end = starts[row], starts[row + 1] - 1
        word_of = np.empty(_TILE + width, np.uint16)
        known_of = np.empty(_TILE + width, np.bool_)
        best[row], place[row] = np.int64(-(2**62)), -1
        for tile in range(first, end - width + 1, _TILE):
            stop = min(tile + _TILE, end - width + 1)
            _number_words(joined, tile, stop + width - 1, width, n_words, word_of, known_of)
            for strand in range(tables.shape[0]):
                for i in range(stop - tile):
                    if not known_of[i]:
                        continue
                    total = 0
                    for block in range(tables.shape[1]):
                        total += tables[strand, block, word_of[i + offsets[strand, block]]]
                    at = tile + i - first
                    if total > best[row] or (total == best[row] and at < place[row]):
                        best[row], place[row], is_reverse[row] = total, at, strand == 1


@njit(cache=True)
def _number_words(joined, first, end, width, n_words, word_of, known_of):
    """Number of the word that begins at each base, and whether the window that begins there has no N."""
    word, known, length = 0, 0, 0
    while 4**length < n_words:
        length += 1
    high = n_words // 4
    for i in range(end - 1, first - 1, -1):  # backwards, so that a base knows what follows
        base = joined[i]
        known = known + 1 if base < 4 else 0
        word = word // 4 + (base & 3) * high
        word_of[i - first] = word
        known_of[i - first] = known >= width
