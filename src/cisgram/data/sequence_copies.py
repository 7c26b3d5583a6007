"""Copies of a sequence, on either strand, and splits that keep them together."""

from collections.abc import Mapping

import numpy as np

from cisgram.arrays import Rows
from cisgram.errors import ConfigError
from cisgram.genomics.sequence import reverse_complement
from cisgram.genomics.sequence_set import SequenceSet


def copy_groups(sequences: SequenceSet) -> Rows:
    """Number sequences so that those that are equal, or each other's reverse complement, have one number.

    Returns
    -------
    numpy.ndarray
        One number per sequence, from 0, in the order of first appearance.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> copy_groups(SequenceSet.from_codes([encode("AACC"), encode("TTTT"), encode("GGTT")])).tolist()
    [0, 1, 0]
    """
    numbers: dict[bytes, int] = {}
    groups = np.empty(len(sequences), dtype=np.int64)
    for row, codes in enumerate(sequences):
        key = min(codes.tobytes(), reverse_complement(codes).tobytes())
        groups[row] = numbers.setdefault(key, len(numbers))
    return groups


def random_split(groups: Rows, *, shares: Mapping[str, float], seed: int) -> np.ndarray:
    """Draw parts of a split by group.

    Parameters
    ----------
    groups
        Group of every row; rows of a group go to one part.
    shares
        Share of the groups of every part but ``train``, which has the rest.
    seed
        Of the draw.

    Returns
    -------
    numpy.ndarray
        Name of the part of every row.

    Raises
    ------
    ConfigError
        Where the shares leave nothing for ``train``.

    Examples
    --------
    >>> random_split(np.array([0, 0, 1, 2, 3]), shares={"test": 0.5}, seed=1).tolist()
    ['test', 'test', 'test', 'train', 'train']
    """
    if sum(shares.values()) >= 1 or min(shares.values()) < 0:
        raise ConfigError(f"shares must not be negative and leave some for train; got {dict(shares)}")
    n_groups = int(groups.max()) + 1 if groups.size else 0
    of_group = np.full(n_groups, "train", dtype=object)
    order = np.random.default_rng(seed).permutation(n_groups)
    first = 0
    for name, share in shares.items():
        last = first + round(share * n_groups)
        of_group[order[first:last]] = name
        first = last
    return of_group[groups].astype(str)
