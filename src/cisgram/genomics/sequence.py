"""DNA as letters, codes and one-hot channels, and what can be done to it without a model.

Codes are one byte per base, A C G T = 0 1 2 3; every other letter is N = 4 (lower case is read as upper).
One-hot, N is all zeros in every channel.
"""

import numpy as np
from numba import njit

from cisgram.arrays import Codes, OneHot, Rows, SequenceCodes, Shuffles

ALPHABET = "ACGT"
N = 4
"""The code of N."""

_CODE_OF_BYTE = np.full(256, N, dtype=np.uint8)
for _code, _letter in enumerate(ALPHABET):
    _CODE_OF_BYTE[[ord(_letter), ord(_letter.lower())]] = _code
_BYTE_OF_CODE = np.frombuffer(b"ACGTN", dtype=np.uint8)
_COMPLEMENT = np.array([3, 2, 1, 0, 4], dtype=np.uint8)


def encode(letters: str | bytes) -> Codes:
    """Turn letters into codes; whatever is not A, C, G or T (in either case) becomes N.

    Examples
    --------
    >>> encode("ACgtRn").tolist()
    [0, 1, 2, 3, 4, 4]
    """
    raw = letters.encode("ascii", "replace") if isinstance(letters, str) else letters
    return _CODE_OF_BYTE[np.frombuffer(raw, dtype=np.uint8)]


def decode(codes: Codes) -> str:
    """Turn the codes of one sequence into upper-case letters.

    Examples
    --------
    >>> decode(encode("ttaccYG"))
    'TTACCNG'
    """
    return _BYTE_OF_CODE[codes].tobytes().decode("ascii")


def one_hot(codes: Codes) -> OneHot:
    """Turn codes (``*batch length``) into float32 channels (``*batch 4 length``); N becomes zeros.

    Examples
    --------
    >>> one_hot(encode("AN")).tolist()
    [[1.0, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    """
    channels = np.arange(4, dtype=np.uint8)[:, None]
    return (codes[..., None, :] == channels).astype(np.float32)


def codes_of(one_hot_sequences: OneHot) -> Codes:
    """Turn one-hot channels back into codes; a position with no channel set is N."""
    codes = one_hot_sequences.argmax(axis=-2).astype(np.uint8)
    codes[one_hot_sequences.max(axis=-2) == 0] = N
    return codes


def reverse_complement(codes: Codes) -> Codes:
    """The other strand, read in its own direction; N stays N.

    Examples
    --------
    >>> decode(reverse_complement(encode("TTACCCG")))
    'CGGGTAA'
    """
    return _COMPLEMENT[codes][..., ::-1]


def reverse_complements_of_words(length: int) -> Rows:
    """Number of the reverse complement of every word of a length; words are numbers to the base 4, A C G T = 0 1 2 3.

    Examples
    --------
    >>> reverse_complements_of_words(1).tolist()
    [3, 2, 1, 0]
    """
    words = np.arange(4**length)
    turned = np.zeros_like(words)
    for _ in range(length):
        turned = turned * 4 + 3 - words % 4
        words = words // 4
    return turned


def gc_fraction(codes: Codes) -> np.ndarray:
    """Share of G and C among the bases that are not N, per sequence (``*batch``); NaN where all are N.

    Examples
    --------
    >>> float(gc_fraction(encode("GCAN")).round(3))
    0.667
    """
    n_gc = ((codes == 1) | (codes == 2)).sum(axis=-1)
    n_known = (codes < N).sum(axis=-1)
    return np.divide(n_gc, n_known, out=np.full(np.shape(n_gc), np.nan), where=n_known > 0)


def dinucleotide_shuffle(codes: SequenceCodes, *, n_shuffles: int = 1, rng: np.random.Generator) -> Shuffles:
    """Shuffle one sequence, keeping the number of every dinucleotide and the first and last base.

    Every sequence with the same dinucleotide counts and ends is equally likely. N counts as a fifth letter.

    Parameters
    ----------
    codes
        One sequence.
    n_shuffles
        How many shuffles to make.
    rng
        Where the randomness comes from.

    Returns
    -------
    Shuffles
        ``n_shuffles length``.

    References
    ----------
    Altschul and Erickson (1985), Significance of nucleotide sequence alignments.

    Examples
    --------
    >>> shuffles = dinucleotide_shuffle(encode("ACGTACGGTCA"), n_shuffles=3, rng=np.random.default_rng(1))
    >>> [decode(one)[0] + decode(one)[-1] for one in shuffles]
    ['AA', 'AA', 'AA']
    """
    seeds = rng.integers(0, 2**31, size=n_shuffles)
    shuffled = np.empty((n_shuffles, codes.size), dtype=np.uint8)
    for row, seed in enumerate(seeds):
        _eulerian_walk(codes, int(seed), shuffled[row])
    return shuffled


@njit(cache=True)
def _eulerian_walk(codes, seed, out):
    """Write one shuffle of ``codes`` into ``out``: random last edges that all lead to the end, then random order."""
    np.random.seed(seed)
    length = codes.size
    if length < 3:
        out[:] = codes
        return
    n_out = np.zeros(5, np.int64)
    for i in range(length - 1):
        n_out[codes[i]] += 1
    successors = np.empty((5, n_out.max()), np.uint8)
    filled = np.zeros(5, np.int64)
    for i in range(length - 1):
        successors[codes[i], filled[codes[i]]] = codes[i + 1]
        filled[codes[i]] += 1
    end = codes[length - 1]
    # A choice of last edges is usable if following them from every letter reaches the end (a spanning tree);
    # drawing until it is gives every tree its right weight.
    last = np.zeros(5, np.int64)
    usable = False
    while not usable:
        usable = True
        for letter in range(5):
            if n_out[letter] and letter != end:
                last[letter] = np.random.randint(n_out[letter])
        for letter in range(5):
            at = letter
            for _ in range(5):
                if at != end and n_out[at]:
                    at = successors[at, last[at]]
            if n_out[letter] and at != end:
                usable = False
    for letter in range(5):
        n = n_out[letter]
        if letter != end and n:
            successors[letter, last[letter]], successors[letter, n - 1] = (
                successors[letter, n - 1],
                successors[letter, last[letter]],
            )
            n -= 1
        for i in range(n - 1, 0, -1):
            j = np.random.randint(i + 1)
            successors[letter, i], successors[letter, j] = successors[letter, j], successors[letter, i]
    used = np.zeros(5, np.int64)
    at = codes[0]
    out[0] = at
    for i in range(1, length):
        following = successors[at, used[at]]
        used[at] += 1
        at = following
        out[i] = at
