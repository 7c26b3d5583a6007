"""References: what a sequence is compared with when its contributions are computed.

Every reference is a dinucleotide shuffle of the sequence itself. N stays where it is, and every stretch
without N is shuffled by itself: a window that reaches beyond its contig keeps its padding, and a base is
only ever compared with a base.
"""

import hashlib

import numpy as np

from cisgram.arrays import Codes, ReferenceCodes, SequenceCodes
from cisgram.errors import InputError
from cisgram.genomics.sequence import N, dinucleotide_shuffle


def shuffled_references(codes: Codes, *, n_references: int = 20, seed: int = 0) -> ReferenceCodes:
    """Dinucleotide-shuffled references of every sequence.

    The references of a sequence depend on its bases, ``n_references`` and ``seed`` alone: not on its place
    in the batch, nor on the other sequences.

    Parameters
    ----------
    codes
        Sequences, ``batch length``.
    n_references
        How many references each sequence gets.
    seed
        Other seeds give other shuffles.

    Returns
    -------
    ReferenceCodes
        ``batch reference length``, N where the sequence has N.

    Raises
    ------
    InputError
        If ``n_references`` is less than 1.

    Examples
    --------
    >>> from cisgram.genomics.sequence import decode, encode
    >>> sequence = encode("NNACGTTGCAACGTANN")
    >>> [decode(one) for one in shuffled_references(sequence[None], n_references=2)[0]][0][:3]
    'NNA'
    """
    if n_references < 1:
        raise InputError(f"n_references must be at least 1; got {n_references}")
    references = np.empty((len(codes), n_references, codes.shape[-1]), dtype=np.uint8)
    for row, sequence in enumerate(codes):
        rng = np.random.default_rng([seed, _fingerprint(sequence)])
        references[row] = sequence
        for start, end in _stretches_without_n(sequence):
            shuffles = dinucleotide_shuffle(sequence[start:end], n_shuffles=n_references, rng=rng)
            references[row, :, start:end] = shuffles
    return references


def _fingerprint(sequence: SequenceCodes) -> int:
    """A number that stands for the bases of a sequence; the same on every machine."""
    return int.from_bytes(hashlib.blake2b(sequence.tobytes(), digest_size=8).digest(), "little")


def _stretches_without_n(sequence: SequenceCodes) -> np.ndarray:
    """Start and end of every longest stretch of known bases: ``stretch 2``."""
    known = np.concatenate([[False], sequence != N, [False]])
    return np.flatnonzero(known[1:] != known[:-1]).reshape(-1, 2)
