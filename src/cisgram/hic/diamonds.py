"""Diamonds on the diagonal of a contact map: their sums at several sizes in one pass over the pixels."""

from collections.abc import Sequence

import numba
import numpy as np

from cisgram.arrays import BinFlags, DiamondSums, PerBin, PixelBins, PixelValues
from cisgram.genomics.contacts import CisContacts
from cisgram.threads import threads_for


def diamond_sums(contacts: CisContacts, windows: Sequence[int], *, ignore_diagonals: int = 2) -> DiamondSums:
    """Balanced contacts between the ``w`` bins that end at a bin and the ``w`` bins that begin there.

    A pixel of bins ``i`` and ``j`` lies in the diamonds of the bins ``max(i, j - w + 1)`` to ``min(j, i + w - 1)``, so
    that two changes of a running sum per pixel and window are enough: the time does not depend on the window.

    Parameters
    ----------
    contacts
        One contig of a balanced map.
    windows
        Sides of the diamonds in bins.
    ignore_diagonals
        Contacts at fewer bins than this are left out.

    Returns
    -------
    numpy.ndarray
        ``window bin``; pixels of masked bins count as none.

    Raises
    ------
    InputError
        Where the map is not balanced.
    """
    weights = contacts.require_weights()
    sides = np.asarray(windows, dtype=np.int64)
    with threads_for(contacts.counts.size * len(sides)):
        return _running_sums(contacts.bin1, contacts.bin2, contacts.counts, weights, sides, ignore_diagonals)


def valid_diamond_pixels(is_good: BinFlags, window: int, *, ignore_diagonals: int = 2) -> PerBin:
    """How many pixels of each bin's diamond join two bins that are not masked.

    Parameters
    ----------
    is_good
        Whether each bin of the contig is not masked.
    window
        Side of the diamond in bins.
    ignore_diagonals
        As for :func:`diamond_sums`.

    Returns
    -------
    numpy.ndarray
        One number per bin, as floats.

    Examples
    --------
    >>> valid_diamond_pixels(np.array([True, True, False, True]), 2, ignore_diagonals=1).tolist()
    [1.0, 1.0, 1.0, 0.0]
    """
    with threads_for(is_good.size * window):
        return _valid_pixels(is_good, window, ignore_diagonals)


@numba.njit(cache=True, parallel=True)
def _running_sums(
    bin1: PixelBins, bin2: PixelBins, counts: PixelValues, weights: PerBin, windows: np.ndarray, ignore: int
) -> DiamondSums:
    """Add every pixel where its diamonds begin, take it away behind their end, then run along the contig."""
    n_bins, n_windows = weights.size, windows.size
    sums = np.zeros((n_windows, n_bins))
    for k in numba.prange(n_windows):
        reach = 2 * (windows[k] - 1)
        change = np.zeros(n_bins + 1)
        n_change = np.zeros(n_bins + 1, dtype=np.int64)
        for pixel in range(bin1.size):
            i, j = bin1[pixel], bin2[pixel]
            if j - i < ignore or j - i > reach:
                continue
            value = counts[pixel] * weights[i] * weights[j]
            if value != value or value == 0.0:
                continue
            first, last = max(i, j - windows[k] + 1), min(j, i + windows[k] - 1)
            change[first] += value
            change[last + 1] -= value
            n_change[first] += 1
            n_change[last + 1] -= 1
        total, lost, n_inside = 0.0, 0.0, 0
        for c in range(n_bins):
            # Neumaier's sum: what a plain one rounds away would pile up along a contig.
            step = change[c]
            new = total + step
            lost += (total - new) + step if abs(total) >= abs(step) else (step - new) + total
            total = new
            n_inside += n_change[c]
            if n_inside == 0:  # no pixel is left inside: exactly zero
                total, lost = 0.0, 0.0
            sums[k, c] = total + lost
    return sums


@numba.njit(cache=True, parallel=True)
def _valid_pixels(is_good: BinFlags, window: int, ignore: int) -> PerBin:
    """For every row of a diamond, the good columns by a running count."""
    n_bins = is_good.size
    good_before = np.zeros(n_bins + 1, dtype=np.int64)
    for b in range(n_bins):
        good_before[b + 1] = good_before[b] + is_good[b]
    n_valid = np.zeros(n_bins)
    for number in numba.prange(n_bins):
        c = np.int64(number)  # numba counts parallel loops without a sign
        end = min(n_bins, c + window)
        for a in range(max(0, c - window + 1), c + 1):
            begin = min(end, max(c, a + ignore))
            if is_good[a]:
                n_valid[c] += good_before[end] - good_before[begin]
    return n_valid
