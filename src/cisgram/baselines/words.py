"""The words of sequences as numbers, on both strands."""

from typing import Literal, NamedTuple

import numpy as np
from numba import njit

from cisgram.arrays import PerWord, WordCodes, WordStarts
from cisgram.genomics.sequence import N
from cisgram.genomics.sequence_set import SequenceSet


class Words(NamedTuple):
    """Words of a set of sequences, one sequence after the other."""

    forward: WordCodes
    """Two bits per base, the first base highest."""
    reverse: WordCodes
    """Their reverse complements; no element if strands are kept apart."""
    starts: WordStarts
    """Where the words of each sequence begin, and where the last ones end."""
    weights: PerWord
    """Weight of each word; no element if all are 1."""

    @property
    def n_sequences(self) -> int:
        """Sequences, with or without words."""
        return len(self.starts) - 1

    @property
    def has_words(self) -> np.ndarray:
        """Which sequences have at least one word."""
        return np.diff(self.starts) > 0


class PlacedWords(NamedTuple):
    """Words, and where each begins in its sequence."""

    words: Words
    places: WordStarts


def list_words(
    sequences: SequenceSet, word_bp: int, *, is_stranded: bool = False, unknown: Literal["skip", "A"] = "skip"
) -> PlacedWords:
    """List the words of every sequence.

    Parameters
    ----------
    sequences
        A sequence shorter than a word has none.
    word_bp
        Length of a word, 1 to 16 bp.
    is_stranded
        Whether to leave out the other strand.
    unknown
        ``skip``: a word with an unknown base is no word; ``A``: unknown bases are A.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> words = list_words(SequenceSet.from_codes([encode("ACGNAA")]), 2).words
    >>> words.forward.tolist(), words.reverse.tolist()
    ([1, 6, 0], [11, 6, 15])
    """
    joined = sequences.joined
    if unknown == "A":
        joined = np.where(joined == N, np.uint8(0), joined)
        joined[sequences.starts[1:] - 1] = N
    forward, reverse, places, starts = _list_words(joined, sequences.starts, word_bp)
    return PlacedWords(Words(forward, reverse[:0] if is_stranded else reverse, starts, np.zeros(0)), places)


@njit(cache=True)
def _list_words(joined, starts, length):
    """Words on both strands, where each begins in its sequence, and where each sequence's words begin."""
    forward = np.empty(joined.size, np.uint32)
    reverse = np.empty(joined.size, np.uint32)
    places = np.empty(joined.size, np.int64)
    word_starts = np.zeros(starts.size, np.int64)
    mask, top, at = (1 << (2 * length)) - 1, 2 * (length - 1), 0
    for row in range(starts.size - 1):
        word, turned, run = 0, 0, 0
        for place in range(starts[row], starts[row + 1]):
            code = int(joined[place])
            if code > 3:
                run = 0
                continue
            word = ((word << 2) | code) & mask
            turned = (turned >> 2) | ((3 - code) << top)
            run += 1
            if run >= length:
                forward[at] = word
                reverse[at] = turned
                places[at] = place - length + 1 - starts[row]
                at += 1
        word_starts[row + 1] = at
    return forward[:at].copy(), reverse[:at].copy(), places[:at].copy(), word_starts
