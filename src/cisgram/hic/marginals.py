"""Weighted sums over the rows of a contact map, on all threads and the same whatever their number."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numba import njit, prange

from cisgram.arrays import PerBin, PixelBins, PixelValues

_N_BLOCKS = 16


@dataclass(frozen=True, eq=False)
class RowPixels:
    """Pixels of the upper triangle row by row, in little memory; made by :func:`row_pixels`.

    Parameters
    ----------
    starts
        Where the pixels of each row begin, and where the last ones end.
    columns
        Column of every pixel.
    counts
        Contacts of every pixel.
    """

    starts: np.ndarray = field(repr=False)
    columns: np.ndarray = field(repr=False)
    counts: np.ndarray = field(repr=False)

    @property
    def n_bins(self) -> int:
        """Rows."""
        return len(self.starts) - 1

    @property
    def n_pixels(self) -> int:
        """Pixels."""
        return len(self.columns)

    def sums(self, weights: PerBin, *, count_pixels: bool = False) -> PerBin:
        """The sum of each row of the whole symmetric map after both bins' weights are multiplied in.

        A pixel of the main diagonal counts once. The sums are taken over a fixed number of blocks of rows, so that
        they do not depend on the number of threads.

        Parameters
        ----------
        weights
            One per bin; 0 leaves a bin out.
        count_pixels
            Let every pixel that is not zero count as 1.
        """
        cumulative = np.linspace(0, self.n_pixels, _N_BLOCKS + 1)
        edges = np.searchsorted(self.starts, cumulative).astype(np.int64)
        edges[0], edges[-1] = 0, self.n_bins
        return _sums(self.starts, self.columns, self.counts, weights, np.minimum(edges, self.n_bins), count_pixels)


def row_pixels(
    chunks: Iterable[tuple[PixelBins, PixelBins, PixelValues]], n_bins: int, ignore_diagonals: int
) -> RowPixels:
    """Gather pixels in chunks, without the first diagonals.

    Parameters
    ----------
    chunks
        Row, column and contacts, in order.
    n_bins
        Bins of the map.
    ignore_diagonals
        Pixels nearer to the main diagonal than this are left out; 0 for none.
    """
    many = np.zeros(n_bins + 1, dtype=np.int64)
    columns, counts = [np.zeros(0, np.int32)], []
    for bin1, bin2, values in chunks:
        kept = bin2 - bin1 >= ignore_diagonals
        many[1:] += np.bincount(bin1[kept], minlength=n_bins)
        columns.append(bin2[kept].astype(np.int32))
        counts.append(values[kept])
    gathered = np.concatenate(counts) if counts else np.zeros(0, np.int32)
    if gathered.dtype != np.int32:
        gathered = gathered.astype(np.float64)
    return RowPixels(np.cumsum(many), np.concatenate(columns), gathered)


@njit(cache=True, parallel=True)
def _sums(starts, columns, counts, weights, edges, count_pixels):
    """Row sums; each block of rows adds to its own copy, and the copies are added in order."""
    n, n_blocks = len(weights), len(edges) - 1
    partial = np.zeros((n_blocks, n))
    own = np.zeros(n)
    for block in prange(n_blocks):
        for i in range(edges[block], edges[block + 1]):
            weight = weights[i]
            if weight == 0:
                continue
            first, last = starts[i], starts[i + 1]
            if first < last and columns[first] == i:
                partial[block, i] += weight * (_value(counts[first], count_pixels))
                first += 1
            total = 0.0
            for p in range(first, last):
                j = columns[p]
                value = _value(counts[p], count_pixels)
                total += value * weights[j]
                partial[block, j] += value * weight
            own[i] = total
    sums = np.empty(n)
    for j in range(n):  # short: a second parallel stretch would wait longer than it saves
        total = own[j]
        for block in range(n_blocks):
            total += partial[block, j]
        sums[j] = total * weights[j]
    return sums


@njit(cache=True, inline="always")
def _value(count, count_pixels):
    """Contacts of a pixel, or 1 where it is not zero."""
    if count_pixels:
        return 1.0 if count != 0 else 0.0
    return float(count)
