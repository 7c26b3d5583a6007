"""Edits: pure functions from sequences to sequences, all as codes; nothing here knows a model."""

from typing import Literal, TypeAlias

import numpy as np

from cisgram.arrays import Codes, EditedCodes, MotifInstances, SequenceCodes
from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import N, reverse_complement

Instances: TypeAlias = Literal["consensus", "sampled"]
MotifStrand: TypeAlias = Literal["+", "-"]

_TIE = 1e-9


def put(
    codes: Codes, instances: MotifInstances, *, position: int | None = None, strand: MotifStrand = "+"
) -> np.ndarray:
    """Write a motif over the bases of every sequence.

    Parameters
    ----------
    codes
        Sequences, ``batch length``.
    instances
        What to write into each of them, or one row for all. N leaves the base that is there.
    position
        0-based place of the leftmost base that is written; by default the motif lies in the middle (of an odd
        remainder, the larger half is on the right).
    strand
        ``-`` writes the reverse complement, at the same place.

    Returns
    -------
    Codes
        ``batch length``, a copy.

    Raises
    ------
    InputError
        Where the motif does not fit, or there is not one row per sequence.

    Examples
    --------
    >>> from cisgram.genomics.sequence import decode, encode
    >>> decode(put(encode("AAAAAAAA")[None], encode("CNG")[None])[0])
    'AACAGAAA'
    >>> decode(put(encode("AAAAAAAA")[None], encode("TGG")[None], position=0, strand="-")[0])
    'CCAAAAAA'
    """
    width, length = instances.shape[-1], codes.shape[-1]
    if len(instances) not in (1, len(codes)):
        raise InputError(f"give one motif instance for all sequences or one for each; got {len(instances)}")
    if strand not in ("+", "-"):
        raise InputError(f"strand of a motif must be '+' or '-'; got {strand!r}")
    first = (length - width) // 2 if position is None else position
    if first < 0 or first + width > length:
        raise InputError(
            f"a motif of {width} bp at position {first} does not fit into sequences of {length} bp; "
            f"it may begin at 0 to {length - width}"
            if width <= length
            else f"a motif of {width} bp does not fit into sequences of {length} bp"
        )
    written = instances if strand == "+" else reverse_complement(instances)
    edited = np.array(codes)
    part = edited[:, first : first + width]
    edited[:, first : first + width] = np.where(written == N, part, written)
    return edited


def instances_of(motif: Motif, n: int, *, how: Instances = "consensus", rng: np.random.Generator) -> MotifInstances:
    """Sequences of a motif to put into others.

    Parameters
    ----------
    motif
        A matrix, or IUPAC letters by :meth:`cisgram.genomics.motif.Motif.from_consensus`.
    n
        How many.
    how
        ``consensus``: the most frequent base of every column; where some are equally frequent (R, Y, ...), one of
        them by chance. ``sampled``: a base by chance, in the proportions of the column.
    rng
        Where the chance comes from.

    Returns
    -------
    MotifInstances
        ``n width``. Columns in which all four bases are equally frequent are N, in either case.

    Examples
    --------
    >>> from cisgram.genomics.sequence import decode
    >>> motif = Motif.from_consensus("gapped", "TTGNNCAA")
    >>> decode(instances_of(motif, 1, rng=np.random.default_rng(0))[0])
    'TTGNNCAA'
    """
    if how not in ("consensus", "sampled"):
        raise InputError(f"instances must be 'consensus' or 'sampled'; got {how!r}")
    chances = motif.ppm
    if how == "consensus":
        is_best = chances >= chances.max(axis=0) - _TIE
        chances = is_best / is_best.sum(axis=0)
    bounds = chances.cumsum(axis=0)
    drawn = rng.random((n, 1, len(motif)))
    codes = np.minimum((drawn >= bounds[None] - _TIE).sum(axis=1), 3).astype(np.uint8)
    codes[:, np.ptp(motif.ppm, axis=0) <= _TIE] = N
    return codes


def scrambled(instances: MotifInstances, *, rng: np.random.Generator) -> MotifInstances:
    """The bases of every instance in another order, by chance; N stays where it is.

    What such a word does is what any word of these bases does where it is written.
    """
    shuffled = np.array(instances)
    for row in shuffled:
        known = np.flatnonzero(row != N)
        row[known] = row[rng.permutation(known)]
    return shuffled


def substitutions(codes: SequenceCodes, *, start: int = 0, end: int | None = None) -> EditedCodes:
    """Every base at every position of a part of one sequence, one at a time.

    Parameters
    ----------
    codes
        One sequence.
    start, end
        Part that is mutated, 0-based and half-open; all of it by default.

    Returns
    -------
    EditedCodes
        ``1 edit length``: for the first position A, C, G and T, then for the next. The base that is there is among
        them, so that edits can be counted.

    Examples
    --------
    >>> from cisgram.genomics.sequence import decode, encode
    >>> [decode(one) for one in substitutions(encode("AC"), start=1)[0]]
    ['AA', 'AC', 'AG', 'AT']
    """
    end = codes.size if end is None else end
    if not 0 <= start < end <= codes.size:
        raise InputError(f"the part to mutate must lie in the sequence of {codes.size} bp; got {start} to {end}")
    n = end - start
    edited = np.broadcast_to(codes, (n, 4, codes.size)).copy()
    edited[np.arange(n), :, np.arange(start, end)] = np.arange(4, dtype=np.uint8)
    return edited.reshape(1, 4 * n, codes.size)
