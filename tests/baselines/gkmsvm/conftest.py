"""Sequences, and a kernel computed pair by pair."""

import numpy as np
import pytest

from cisgram.baselines.gkmsvm.weights import mismatch_weights
from cisgram.genomics.sequence_set import SequenceSet

NFE2 = "seqlabels/lsgkm/wgEncodeSydhTfbsGm12878Nfe2hStdAlnRep0"


def random_set(rng, lengths, *, n_letters=4):
    return SequenceSet.from_codes([rng.integers(0, n_letters, length).astype(np.uint8) for length in lengths])


def planted_set(rng, n, *, length=60, word=(3, 2, 0, 1, 3, 1, 0, 2, 1, 0)):
    """``n`` sequences with a word, on either strand, and ``n`` without."""
    codes = rng.integers(0, 4, (2 * n, length)).astype(np.uint8)
    for row in range(n):
        at = rng.integers(length - len(word))
        here = np.array(word, np.uint8)
        codes[row, at : at + len(word)] = here if row % 2 else 3 - here[::-1]
    return SequenceSet.from_codes(list(codes[:n])), SequenceSet.from_codes(list(codes[n:]))


def plain_kernel(sequences, others, kernel, *, is_raw=False):
    """The definition of the kernel, word by word."""
    weights = mismatch_weights(kernel)

    def words(codes):
        codes = np.where((codes == 4) & (kernel.unknown == "A"), 0, codes).astype(int)
        length = kernel.word_bp
        n = max(len(codes) - length + 1, 0)
        found = []
        for i in range(n):
            weight = 1.0
            if kernel.center_weight is not None:
                decay = kernel.center_weight * np.exp(-np.log(2) * abs(i - n // 2) / kernel.half_life_bp)
                weight = min(kernel.center_weight, np.floor(decay + 1))
            if (codes[i : i + length] < 4).all():
                found.append((codes[i : i + length], weight))
        return found

    def raw(one, two):
        total = 0.0
        for a, weight in one:
            for b, other_weight in two:
                for turned in [b] if kernel.is_stranded else [b, 3 - b[::-1]]:
                    m = (a != turned).sum()
                    total += weight * other_weight * weights[m] if m < len(weights) else 0.0
        return total

    rows, columns = [words(one) for one in sequences], [words(one) for one in others]
    matrix = np.array([[raw(one, two) for two in columns] for one in rows])
    with np.errstate(invalid="ignore"):
        matrix /= np.sqrt([[raw(one, one) * raw(two, two) for two in columns] for one in rows])
    if kernel.gamma is not None:
        matrix = np.exp(kernel.gamma * (matrix - 1))
    return np.nan_to_num(matrix)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture(scope="session")
def nfe2(data_folder):
    """What opens one of the files of the NFE2 set."""
    return lambda ending: data_folder / f"{NFE2}{ending}"
