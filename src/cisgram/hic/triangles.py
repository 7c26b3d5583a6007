"""Sums over every triangle and rectangle near the diagonal of a contact map, each in one step."""

from dataclasses import dataclass

import numba
import numpy as np

from cisgram.arrays import ContigValues, TriangleSums
from cisgram.genomics.contacts import CisContacts


@dataclass(frozen=True, eq=False)
class Triangles:
    """Sums over the pairs of bins of every stretch of a contig, up to some length.

    Parameters
    ----------
    ratio
        Sum of observed over expected.
    pixels
        Pairs of bins that are not masked, at a distance with an expectation.
    counts
        Sum of contacts as they were counted.
    """

    ratio: TriangleSums
    pixels: TriangleSums
    counts: TriangleSums

    @property
    def max_length(self) -> int:
        """Bins of the longest stretch."""
        return self.ratio.shape[1] - 1


def triangle_sums(
    contacts: CisContacts, expected: ContigValues, *, max_length: int, ignore_diagonals: int = 2
) -> Triangles:
    """Sum observed over expected over all stretches of a contig.

    A stretch is the two that are one bin shorter, less what these share, and one pixel more. Memory: 24 bytes per bin
    and length.

    Parameters
    ----------
    contacts
        One contig of a balanced map.
    expected
        Mean balanced contacts at each distance in bins; NaN where not known.
    max_length
        Bins of the longest stretch.
    ignore_diagonals
        Pairs nearer than this (in bins) do not count.
    """
    weights, n_bins = contacts.require_weights(), contacts.n_bins
    length = min(max_length, n_bins)
    means = np.full(length, np.nan)
    means[: min(length, expected.size)] = expected[:length]
    means[: min(ignore_diagonals, length)] = np.nan
    means[~(means > 0)] = np.nan
    distance = contacts.bin2 - contacts.bin1
    is_near = distance < length
    where = contacts.bin1[is_near], distance[is_near]
    ratio, counts = np.zeros((n_bins, length + 1)), np.zeros((n_bins, length + 1))
    ratio[where[0], where[1] + 1] = np.nan_to_num(contacts.balanced[is_near] / means[where[1]])
    counts[where[0], where[1] + 1] = contacts.counts[is_near]
    pixels = _valid_pairs(np.isfinite(weights), np.isfinite(means))
    counts *= pixels
    for table in (ratio, pixels, counts):
        _grow(table)
    return Triangles(ratio, pixels, counts)


@numba.njit(cache=True)
def _valid_pairs(is_good: np.ndarray, is_known: np.ndarray) -> TriangleSums:
    """1 where both bins are good, at the distance of the column less 1."""
    pairs = np.zeros((is_good.size, is_known.size + 1))
    for i in range(is_good.size):
        for distance in range(min(is_known.size, is_good.size - i)):
            if is_good[i] and is_good[i + distance] and is_known[distance]:
                pairs[i, distance + 1] = 1.0
    return pairs


@numba.njit(cache=True)
def _grow(table: TriangleSums) -> None:
    """Turn pixels at ``[a, l]`` (the pair of ``a`` and ``a + l - 1``) into sums over stretches, in place."""
    n_bins, n_lengths = table.shape
    for length in range(2, n_lengths):
        for start in range(n_bins - length + 1):
            table[start, length] += table[start, length - 1] + table[start + 1, length - 1]
            if length > 2:
                table[start, length] -= table[start + 1, length - 2]
