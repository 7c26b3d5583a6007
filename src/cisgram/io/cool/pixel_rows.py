"""Rows of pixels read from a cooler file and put in order, or refused."""

import os

import h5py
import numpy as np
from numba import njit

from cisgram.arrays import PixelBins, PixelValues, Rows
from cisgram.errors import FormatError
from cisgram.io.hdf5 import dataset_in

_READ_WHOLE = 500_000
_N_SAMPLES, _SAMPLE = 64, 2_000
_SORTED, _UNSORTED, _BELOW, _OUTSIDE, _TWICE, _NOT_COUNTED = range(6)


def read_rows(
    pixels: h5py.Group, offsets: Rows, rows: slice, *, path: str | os.PathLike[str], is_square: bool
) -> tuple[PixelBins, PixelBins, PixelValues]:
    """Row, column and contacts of the pixels of some rows, upper triangle, sorted, each pair once.

    Rows follow from where the index says that each begins; that the column of rows agrees is checked wholly for few
    pixels and at 64 places for many, because unpacking it takes as long as all the rest.

    Parameters
    ----------
    pixels
        The group of the pixels.
    offsets
        Where the pixels of each row of the whole map begin, and where the last ones end.
    rows
        Which rows.
    path
        The file, for messages.
    is_square
        Whether the file has both triangles; the lower one is left out.

    Raises
    ------
    FormatError
        Where the index is wrong, a pair comes twice, lies outside of the map or below the diagonal, or counts are
        negative or no numbers.
    """
    first, last = int(offsets[rows.start]), int(offsets[rows.stop])
    many = np.diff(offsets[rows.start : rows.stop + 1])
    bin1 = np.repeat(np.arange(rows.start, rows.stop), many)
    column = dataset_in(pixels, "bin1_id")
    for one in _sampled(last - first):
        if not np.array_equal(column[first + one.start : first + one.stop], bin1[one]):
            raise FormatError(
                path,
                "pixels do not stand where indexes/bin1_offset says: they must be sorted by bin1; 'cooler load' does",
            )
    bin2 = dataset_in(pixels, "bin2_id")[first:last].astype(np.int64)
    counts = dataset_in(pixels, "count")[first:last]
    state = _inspect(bin1, bin2, counts, len(offsets) - 1)
    if state in (_UNSORTED, _BELOW):
        bin1, bin2, counts = _in_order(bin1, bin2, counts, len(offsets) - 1)
        if is_square:
            is_upper = bin1 <= bin2
            bin1, bin2, counts = bin1[is_upper], bin2[is_upper], counts[is_upper]
        state = _inspect(bin1, bin2, counts, len(offsets) - 1)
    if state != _SORTED:
        raise FormatError(path, _PROBLEMS[state])
    return bin1, bin2, counts


_PROBLEMS = {
    _BELOW: "pixels below the diagonal, although the file says that it holds the upper triangle; write it again",
    _OUTSIDE: "pixels have bins that the map lacks; the file is damaged, write it again",
    _TWICE: "the same pair of bins comes twice; each pair is one pixel ('cooler load' adds them up)",
    _NOT_COUNTED: "contacts must be 0 or more; some are negative or no numbers (NaN)",
}


def _sampled(n: int) -> list[slice]:
    """Stretches of pixels to look at: all of few, some of many."""
    if n <= _READ_WHOLE:
        return [slice(0, n)]
    return [slice(int(at), int(at) + _SAMPLE) for at in np.linspace(0, n - _SAMPLE, _N_SAMPLES)]


def _in_order(
    bin1: PixelBins, bin2: PixelBins, counts: PixelValues, n_bins: int
) -> tuple[PixelBins, PixelBins, PixelValues]:
    """Pixels sorted by row and column: the coarse levels of early cooler are sorted by row only."""
    order = np.argsort(bin1 * n_bins + bin2, kind="stable")
    return bin1[order], bin2[order], counts[order]


@njit(cache=True)
def _inspect(bin1, bin2, counts, n_bins):
    """What is wrong with pixels whose rows are in order, the worst first."""
    found = _SORTED
    for p in range(len(bin1)):
        if bin2[p] < 0 or bin2[p] >= n_bins:
            return _OUTSIDE
        if not counts[p] >= 0:
            return _NOT_COUNTED
        if bin2[p] < bin1[p]:
            found = _BELOW
        if p > 0 and bin1[p] == bin1[p - 1]:
            if bin2[p] == bin2[p - 1]:
                return _TWICE
            if bin2[p] < bin2[p - 1] and found == _SORTED:
                found = _UNSORTED
    return found
