"""From memory-mapped examples to the arrays of a batch: moved, turned, and copied once."""

from typing import NamedTuple

import numpy as np
from numba import njit

from cisgram.arrays import Codes, Mask, Positions, Rows, StoredSequences


class Gathered(NamedTuple):
    """Copies of some examples; new arrays that belong to the receiver."""

    inputs: np.ndarray
    """First argument of a model: codes (uint8, ``batch length``), or float32 ``batch channel length``."""
    controls: np.ndarray | None
    """float32, ``batch control length``; None if the store has no controls."""
    targets: np.ndarray
    """float32: counts (``batch track strand length``), labels (``batch track``) or clean coverage and peaks
    (``batch 2 length``), as the store has them."""


def gather_sequences(
    stored: StoredSequences, rows: Positions, offsets: Positions, reverse: Mask, *, length: int
) -> Codes:
    """Copy stretches of stored codes, or their reverse complements: ``batch length``.

    Parameters
    ----------
    stored
        Codes with room for jitter on both sides.
    rows, offsets
        Which rows, and where in them each stretch begins.
    reverse
        Which stretches are turned to the other strand.
    length
        Of the stretches, in bp.
    """
    sequences = np.empty((rows.size, length), dtype=np.uint8)
    _gather_sequences(stored, rows, offsets, reverse, sequences)
    return sequences


def gather_counts(
    stored: np.ndarray, rows: Positions, offsets: Positions, reverse: Mask, *, on_reverse: Rows, length: int
) -> np.ndarray:
    """Copy stretches of stored counts as float32, ``batch channel length``; turned ones from the other strand.

    Parameters
    ----------
    stored
        Counts, ``row ... position``; what lies between are channels.
    rows, offsets, reverse, length
        As in :func:`gather_sequences`.
    on_reverse
        For every channel, the one that takes its place on the other strand.
    """
    counts = np.empty((rows.size, on_reverse.size, length), dtype=np.float32)
    _gather_counts(stored.reshape(len(stored), on_reverse.size, -1), rows, offsets, reverse, on_reverse, counts)
    return counts


# In both kernels the unsigned index spares numba the test for negative ones, which would keep the loops from being
# vectorised: it makes turned examples four times as fast.


@njit(cache=True, nogil=True)
def _gather_sequences(stored, rows, offsets, reverse, out):
    """Copy stretches of stored codes, or their reverse complements."""
    n, length = out.shape
    last = np.uint64(length - 1)
    for i in range(n):
        source = stored[rows[i], offsets[i] : offsets[i] + length]
        target = out[i]
        if reverse[i]:
            for j in range(length):
                # 3 - code is the complement; of N it wraps around to 255, and 4 is the smaller.
                target[j] = min(np.uint8(3) - source[last - np.uint64(j)], np.uint8(4))
        else:
            target[:] = source


@njit(cache=True, nogil=True)
def _gather_counts(stored, rows, offsets, reverse, on_reverse, out):
    """Copy stretches of stored counts; of turned examples backwards, and every channel from its counterpart."""
    n, n_channels, length = out.shape
    last = np.uint64(length - 1)
    for i in range(n):
        for channel in range(n_channels):
            target = out[i, channel]
            if reverse[i]:
                source = stored[rows[i], on_reverse[channel], offsets[i] : offsets[i] + length]
                for j in range(length):
                    target[j] = source[last - np.uint64(j)]
            else:
                source = stored[rows[i], channel, offsets[i] : offsets[i] + length]
                for j in range(length):
                    target[j] = source[j]
