"""Score sequences with a gkm-SVM."""

import warnings

import numpy as np

from cisgram.arrays import PerPossibleWord, PerRow
from cisgram.baselines.gkmsvm.kernel import kernel_between, self_norms
from cisgram.baselines.gkmsvm.table import neighbour_sums, sums_over_words, word_sums
from cisgram.baselines.gkmsvm.weights import mismatch_weights
from cisgram.baselines.gkmsvm.words import words_of
from cisgram.errors import CisgramWarning, InputError
from cisgram.genomics.gkm_model import GkmModel
from cisgram.genomics.sequence_set import SequenceSet

_CHUNK = 2000  # sequences whose kernel with all support vectors is held at once


def gkm_scores(model: GkmModel, sequences: SequenceSet, *, table: PerPossibleWord | None = None) -> PerRow:
    """Score every sequence; above 0 is the positive side.

    Without an RBF kernel a table says what each possible word adds, so that the time is linear in the length (but for
    a sequence's norm: one comparison of two numbers for each pair of its words) and does not depend on the number of
    support vectors. With one, every sequence is compared with every support vector.

    Parameters
    ----------
    model
        Trained here, or read by :func:`cisgram.io.gkm_model.read_gkm_model`.
    sequences
        Unknown bases are treated as the model's kernel says.
    table
        From :func:`word_table`, to save making it anew for every call.

    Returns
    -------
    PerRow
        One score per sequence; NaN for a sequence without a word, with a warning.
    """
    words = words_of(sequences, model.kernel)
    if model.kernel.gamma is not None:
        scores = np.concatenate(
            [
                kernel_between(sequences.take(rows), model.support, model.kernel) @ model.coefficients - model.rho
                for rows in np.array_split(np.arange(len(sequences)), -(-len(sequences) // _CHUNK) or 1)
            ]
        )
    else:
        norms = self_norms(words, mismatch_weights(model.kernel))
        sums = sums_over_words(words, word_table(model) if table is None else table)
        scores = np.divide(sums, norms, out=np.zeros_like(sums), where=norms > 0) - model.rho
    is_scored = words.has_words
    if not is_scored.all():
        warnings.warn(
            f"{int((~is_scored).sum())} of {len(sequences)} sequences have no {model.kernel.word_bp} known bases in a "
            "row and get no score (NaN)",
            CisgramWarning,
            stacklevel=2,
        )
    return np.where(is_scored, scores, np.nan)


def word_table(model: GkmModel) -> PerPossibleWord:
    """What each of the ``4 ** word_bp`` words adds to the score of a sequence, before its norm divides the sum.

    A difference of two such sums over the words across a variant is its deltaSVM (Lee et al. 2015) but for a factor.
    Words are numbered with two bits per base, the first base highest.

    Raises
    ------
    InputError
        The kernel has an RBF, where words do not add up.
    """
    kernel = model.kernel
    if kernel.gamma is not None:
        raise InputError("with an RBF kernel (gamma) the words of a sequence do not add up: there is no table")
    weights = mismatch_weights(kernel)
    words = words_of(model.support, kernel)
    norms = self_norms(words, weights)
    values = np.divide(model.coefficients, norms, out=np.zeros_like(norms), where=norms > 0)
    return neighbour_sums(word_sums(words, values, kernel.word_bp), weights, kernel.word_bp)
