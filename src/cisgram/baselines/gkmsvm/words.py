"""The words that a gkm kernel compares, with their weights."""

import numpy as np

from cisgram.baselines.words import Words, list_words
from cisgram.genomics.gkm_model import GkmKernel
from cisgram.genomics.sequence_set import SequenceSet


def words_of(sequences: SequenceSet, kernel: GkmKernel) -> Words:
    """List the words of every sequence, weighted by their distance from its centre if the kernel says so.

    A word ``D`` places from the middle one weighs ``min(M, floor(M 2^(-D / H) + 1))``; where the number of places is
    even, the middle one is the first of the second half.
    """
    words, places = list_words(sequences, kernel.word_bp, is_stranded=kernel.is_stranded, unknown=kernel.unknown)
    if kernel.center_weight is None:
        return words
    n_places = np.maximum(sequences.lengths - kernel.word_bp + 1, 0)
    distance = np.abs(places - np.repeat(n_places // 2, np.diff(words.starts)))
    decayed = np.floor(kernel.center_weight * np.exp(-np.log(2) * distance / kernel.half_life_bp) + 1)
    return words._replace(weights=np.minimum(float(kernel.center_weight), decayed))
