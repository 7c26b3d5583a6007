"""Backgrounds: the sequences that edits are made in."""

import numpy as np

from cisgram.arrays import Codes, Shuffles
from cisgram.errors import InputError
from cisgram.genomics.sequence import dinucleotide_shuffle
from cisgram.genomics.sequence_set import SequenceSet


def random_sequences(n: int, length_bp: int, *, gc: float = 0.5, seed: int = 0) -> Codes:
    """Random sequences of independent bases.

    Parameters
    ----------
    n, length_bp
        How many, and how long.
    gc
        Chance that a base is G or C, 0 to 1.
    seed
        Other seeds give other sequences; the first ones do not depend on ``n``.

    Examples
    --------
    >>> random_sequences(3, 10, gc=1.0).shape, sorted(set(random_sequences(3, 10, gc=1.0).ravel().tolist()))
    ((3, 10), [1, 2])
    """
    if n < 1 or length_bp < 1 or not 0 <= gc <= 1:
        raise InputError(
            f"random sequences need n and length_bp of at least 1 and gc from 0 to 1; got {n}, {length_bp} and {gc}"
        )
    bounds = np.cumsum([(1 - gc) / 2, gc / 2, gc / 2])
    drawn = np.random.default_rng(seed).random((n, length_bp))
    return np.searchsorted(bounds, drawn, side="right").astype(np.uint8)


def shuffled_sequences(codes: Codes, *, n_shuffles: int = 1, seed: int = 0) -> Shuffles:
    """Dinucleotide shuffles of sequences; those of a sequence follow each other.

    Parameters
    ----------
    codes
        Sequences, ``batch length``.
    n_shuffles
        How many of each.
    seed
        Other seeds give other shuffles.

    Returns
    -------
    Shuffles
        ``batch * n_shuffles length``.
    """
    if n_shuffles < 1:
        raise InputError(f"n_shuffles must be at least 1; got {n_shuffles}")
    rng = np.random.default_rng(seed)
    return np.concatenate([dinucleotide_shuffle(row, n_shuffles=n_shuffles, rng=rng) for row in codes])


def centred(sequences: SequenceSet, length_bp: int) -> Codes:
    """The middle of every sequence, all of one length.

    Parameters
    ----------
    sequences
        Of any lengths of at least ``length_bp``.
    length_bp
        What a model reads. Of an odd surplus, the larger half is cut from the right end.

    Raises
    ------
    InputError
        Where sequences are shorter; the first is named.

    Examples
    --------
    >>> from cisgram.genomics.sequence import decode, encode
    >>> decode(centred(SequenceSet.from_codes([encode("AACCGGT")]), 4)[0])
    'ACCG'
    """
    lengths = sequences.lengths
    if (is_short := lengths < length_bp).any():
        row = int(np.argmax(is_short))
        raise InputError(
            f"the model reads {length_bp} bp, and {int(is_short.sum())} of {len(sequences)} sequences are shorter, the "
            f"first is {sequences.names[row]} with {lengths[row]} bp; give longer sequences, or intervals with the "
            "genome, which are widened around their middle"
        )
    if not len(sequences):
        return np.zeros((0, length_bp), dtype=np.uint8)
    firsts = sequences.starts[:-1] + (lengths - length_bp) // 2
    return sequences.joined[firsts[:, None] + np.arange(length_bp)]
