"""Wider bins: a contact map at a coarser resolution, and a whole stack of them."""

from collections.abc import Iterator, Sequence

import numpy as np
from numba import njit

from cisgram.arrays import PixelBins, PixelValues
from cisgram.errors import InputError
from cisgram.genomics.contacts import ContactBins, ContactMap, ContactSource


def coarsen(source: ContactSource, factor: int) -> ContactMap:
    """Join so many bins into one; their contacts are added up.

    Parameters
    ----------
    source
        The map; its pixels go by in chunks.
    factor
        Bins of each contig that become one; the last of a contig may be made of fewer.

    Returns
    -------
    ContactMap
        Without weights: a coarser map is balanced anew.

    Raises
    ------
    InputError
        Where the factor is below 1.

    Examples
    --------
    >>> pixels = np.array([0, 0, 1, 2]), np.array([1, 2, 2, 2]), np.array([5, 1, 2, 3])
    >>> wider = coarsen(ContactMap(ContactBins({"I": 30}, 10), *pixels), 2)
    >>> wider.bin1.tolist(), wider.bin2.tolist(), wider.counts.tolist()
    ([0, 0, 1], [0, 1, 1], [5, 3, 3])
    """
    if factor < 1:
        raise InputError(f"bins are joined 1 or more at a time; got {factor}")
    fine, coarse = source.bins, ContactBins(source.bins.sizes, source.bins.bin_size * factor)
    new = np.empty(fine.n_bins, dtype=np.int64)
    for chrom in fine.chroms:
        new[fine.slice_of(chrom)] = coarse.slice_of(chrom).start + np.arange(fine.count(chrom)) // factor
    parts = list(_joined(source.pixels(), new, coarse.n_bins))
    bin1, bin2, counts = (np.concatenate(column) for column in zip(*parts, strict=True))
    return ContactMap(coarse, bin1, bin2, counts)


def zoom_levels(source: ContactSource, resolutions: Sequence[int]) -> Iterator[ContactSource]:
    """The map at several resolutions, from narrow to wide, each made of the widest one before that divides it.

    Parameters
    ----------
    source
        The map.
    resolutions
        Widths of bins in bp, multiples of the map's own; its own gives the map as it is.

    Raises
    ------
    InputError
        Where a width is no multiple of the map's, or is given twice.
    """
    own = source.bins.bin_size
    if wrong := [width for width in resolutions if width < own or width % own]:
        raise InputError(f"the map has bins of {own} bp; {wrong[0]} bp is no multiple of that")
    if not resolutions or len(set(resolutions)) < len(resolutions):
        raise InputError(f"one resolution or more is needed, each once; got {list(resolutions)}")
    levels: dict[int, ContactSource] = {own: source}
    ordered = sorted(resolutions)
    for number, width in enumerate(ordered):
        if width != own:
            base = max(level for level in levels if width % level == 0)
            levels[width] = coarsen(levels[base], width // base)
        yield levels[width]
        # Levels that no later one is made of need not stay in memory.
        needed = {max(level for level in levels if later % level == 0) for later in ordered[number + 1 :]}
        levels = {level: one for level, one in levels.items() if level in needed}


def doubled_resolutions(bins: ContactBins, *, fewest_bins: int = 200) -> list[int]:
    """Widths of bins that double from the map's own, as long as the genome has ``fewest_bins`` or more.

    Examples
    --------
    >>> doubled_resolutions(ContactBins({"I": 1_000_000}, 1000), fewest_bins=200)
    [1000, 2000, 4000]
    """
    total = sum(bins.sizes.values())
    widths = [bins.bin_size]
    while total // (2 * widths[-1]) >= fewest_bins:
        widths.append(2 * widths[-1])
    return widths


def _joined(
    chunks: Iterator[tuple[PixelBins, PixelBins, PixelValues]], new: np.ndarray, n_bins: int
) -> Iterator[tuple[PixelBins, PixelBins, PixelValues]]:
    """Pixels of the coarse map in chunks of whole rows; what belongs to a row that goes on waits for the next chunk."""
    waiting = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int32))
    sums, is_touched = np.zeros(n_bins), np.zeros(n_bins, dtype=np.bool_)
    yield waiting  # so that a map without pixels has columns
    for bin1, bin2, counts in chunks:
        one, other, values = (
            np.concatenate(pair) for pair in zip(waiting, (new[bin1], new[bin2], counts), strict=True)
        )
        if not one.size:
            continue
        whole = int(np.searchsorted(one, one[-1]))
        yield _one_per_pair(one[:whole], other[:whole], values[:whole], sums, is_touched)
        waiting = (one[whole:], other[whole:], values[whole:])
    yield _one_per_pair(*waiting, sums, is_touched)


def _one_per_pair(
    bin1: np.ndarray, bin2: np.ndarray, counts: np.ndarray, sums: np.ndarray, is_touched: np.ndarray
) -> tuple[PixelBins, PixelBins, PixelValues]:
    """Whole coarse rows, each pair of bins once; whole numbers stay whole."""
    one, other, values = _add_rows(bin1, bin2, counts, sums, is_touched)
    is_whole = np.issubdtype(counts.dtype, np.integer)
    if not is_whole:
        return one, other, values
    fits = values.size == 0 or values.max() < np.iinfo(np.int32).max
    return one, other, values.astype(np.int32 if fits else np.int64)


@njit(cache=True)
def _add_rows(bin1, bin2, counts, sums, is_touched):
    """Add up the pixels of equal pairs; ``bin1`` is sorted, ``bin2`` is not."""
    n = len(bin1)
    rows, columns, values = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.float64)
    touched = np.empty(len(sums), np.int64)
    made, start = 0, 0
    while start < n:
        row, n_touched, end = bin1[start], 0, start
        while end < n and bin1[end] == row:
            column = bin2[end]
            if not is_touched[column]:
                is_touched[column] = True
                touched[n_touched] = column
                n_touched += 1
            sums[column] += counts[end]
            end += 1
        for column in np.sort(touched[:n_touched]):
            rows[made], columns[made], values[made] = row, column, sums[column]
            sums[column], is_touched[column] = 0.0, False
            made += 1
        start = end
    return rows[:made], columns[:made], values[:made]
