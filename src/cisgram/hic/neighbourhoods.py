"""What is expected of every pixel of a contact map from its neighbourhood: donut, column, row, lower left."""

from typing import NamedTuple

import numba
import numpy as np

from cisgram.arrays import (
    BinFlags,
    ContigValues,
    KernelDistances,
    KernelValues,
    PerBin,
    PixelBins,
    PixelValues,
    RateHistogram,
)
from cisgram.errors import InputError
from cisgram.genomics.contacts import CisContacts
from cisgram.threads import threads_for

KERNELS = ("donut", "vertical", "horizontal", "lowleft")
"""Neighbourhoods, in order: the square without its middle and its cross; the three middle columns, or rows, without
the middle; the quarter towards the diagonal without the middle."""

_BLOCK, _BLOCKS_AT_ONCE = 128, 16


class ScoringRule(NamedTuple):
    """What is scored, and what is kept as a candidate."""

    outer: int
    """Half the side of the square in bins, without the pixel itself."""
    inner: int
    """The same of its middle, which is left out; at least 1."""
    max_distance: int
    """Pixels at this many bins or more are not scored."""
    edges: ContigValues
    """Upper edges of the classes of expected contacts but the last, which is open; ascending."""
    least_counts: ContigValues
    """Contacts that a pixel of each class needs to be a candidate; one more than there are edges."""


class LocalScores(NamedTuple):
    """What the neighbourhoods say of one contig."""

    levels: ContigValues
    """All numbers of contacts that occur, ascending from 0."""
    histogram: RateHistogram
    """How many pixels were scored, by kernel, class of expected contacts, and number of contacts (see ``levels``)."""
    bin1: PixelBins
    """Row of every candidate: a pixel with enough contacts for its class by every kernel."""
    bin2: PixelBins
    """Its column."""
    counts: PixelValues
    """Its contacts."""
    expected: KernelValues
    """Contacts that each kernel lets one expect of it (as counted, not balanced)."""


def score_contig(contacts: CisContacts, expected: ContigValues, rule: ScoringRule) -> LocalScores:
    """Compare every pixel with what its neighbourhoods let one expect.

    The local expectation of pixel ``(i, j)`` by a kernel is ``E[i,j] sum(O) / sum(E) / (w[i] w[j])``, with ``O`` the
    balanced contacts and ``E`` the mean at each distance, both summed over the kernel, and ``w`` the weights (Rao et
    al. 2014, Cell 159:1665). Pixels whose square touches a masked bin, an end of the contig or a distance without an
    expectation are not scored. The sums come from integral images of blocks of rows, summed from the far corner so
    that the many contacts near the diagonal round nothing away; memory is that of a block.

    Parameters
    ----------
    contacts
        One contig of a balanced map; contacts are whole numbers.
    expected
        Mean balanced contacts at each distance in bins; NaN where not known.
    rule
        What is scored and kept.

    Returns
    -------
    LocalScores
        Candidates in the order of their bins.

    Raises
    ------
    InputError
        Where the expectation does not cover the contig, or contacts are not whole numbers.
    """
    weights, n_bins = contacts.require_weights(), contacts.n_bins
    if expected.size < n_bins:
        raise InputError(f"contig {contacts.chrom} has {n_bins} bins; the expectation has {expected.size} distances")
    if contacts.counts.dtype.kind == "f" and (contacts.counts != np.rint(contacts.counts)).any():
        raise InputError(
            f"contig {contacts.chrom}: loops are called from contacts that were counted; these are fractions"
        )
    levels = np.unique(np.append(contacts.counts, 0)).astype(np.float64)
    ranks = np.searchsorted(levels, contacts.counts)
    factors, is_open = _distance_factors(expected[:n_bins], rule), _open_bins(weights, rule.outer)
    histogram = np.zeros((len(KERNELS), len(rule.least_counts), levels.size), dtype=np.int64)
    found, rates = [np.zeros(0, dtype=np.int64)], [np.zeros((0, len(KERNELS)))]
    for first in range(0, n_bins, _BLOCK * _BLOCKS_AT_ONCE):
        last = min(first + _BLOCK * _BLOCKS_AT_ONCE, n_bins)
        pixels = (contacts.bin1, contacts.bin2, contacts.counts, ranks, contacts.row_starts)
        with threads_for((last - first) * factors.shape[1] * 10):
            seen, is_found, rate = _score_rows(pixels, (weights, is_open), factors, (first, last), rule)
        histogram += seen.sum(axis=0)
        found.append(contacts.row_starts[first] + np.flatnonzero(is_found))
        rates.append(rate[is_found])
    at = np.concatenate(found)
    return LocalScores(
        levels, histogram, contacts.bin1[at], contacts.bin2[at], contacts.counts[at], np.concatenate(rates)
    )


def kernel_masks(outer: int, inner: int) -> dict[str, np.ndarray]:
    """The neighbourhoods as squares of 0 and 1, rows downwards, the pixel in the middle.

    Parameters
    ----------
    outer
        Half the side of the square in bins, without the pixel.
    inner
        The same of the middle that is left out.

    Returns
    -------
    dict of str to numpy.ndarray
        By the names of :data:`KERNELS`.

    Examples
    --------
    >>> kernel_masks(2, 1)["lowleft"].tolist()
    [[0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [1, 1, 0, 0, 0]]
    """
    row, column = np.mgrid[-outer : outer + 1, -outer : outer + 1]
    is_outside = (np.abs(row) > inner) | (np.abs(column) > inner)
    masks = {
        "donut": is_outside & (row != 0) & (column != 0),
        "vertical": is_outside & (np.abs(column) <= 1),
        "horizontal": is_outside & (np.abs(row) <= 1),
        "lowleft": is_outside & (row > 0) & (column < 0),
    }
    return {name: masks[name].astype(np.int64) for name in KERNELS}


def _distance_factors(expected: ContigValues, rule: ScoringRule) -> KernelDistances:
    """``E[d]`` over the kernel's sum of ``E`` around a pixel at distance ``d``; NaN where that cannot be told."""
    reach, outer = min(rule.max_distance, expected.size), rule.outer
    factors = np.full((len(KERNELS), reach), np.nan)
    row, column = np.mgrid[-outer : outer + 1, -outer : outer + 1]
    further = (column - row + 2 * outer).ravel()
    first, last = 2 * outer, min(reach, expected.size - 2 * outer)
    if last <= first:
        return factors
    around = np.lib.stride_tricks.sliding_window_view(expected, 4 * outer + 1)[: last - first]
    for number, mask in enumerate(kernel_masks(outer, rule.inner).values()):
        share = np.bincount(further, weights=mask.ravel(), minlength=4 * outer + 1)
        total = around @ share
        factors[number, first:last] = np.where(total > 0, expected[first:last] / np.where(total > 0, total, 1), np.nan)
    factors[:, np.isnan(factors).any(axis=0)] = np.nan
    return factors


def _open_bins(weights: PerBin, outer: int) -> BinFlags:
    """Bins with no masked bin and no end of the contig within ``outer`` bins."""
    is_open = np.zeros(weights.size, dtype=bool)
    if weights.size > 2 * outer:
        around = np.lib.stride_tricks.sliding_window_view(np.isnan(weights), 2 * outer + 1)
        is_open[outer : weights.size - outer] = ~around.any(axis=1)
    return is_open


@numba.njit(cache=True, parallel=True)
def _score_rows(
    pixels: tuple, bins: tuple, factors: KernelDistances, rows: tuple[int, int], rule: ScoringRule
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Score blocks of rows side by side, each with an integral image of its own."""
    first, last = rows
    starts = pixels[4]
    n_blocks = (last - first + _BLOCK - 1) // _BLOCK
    n_pixels = starts[last] - starts[first]
    histogram = np.zeros((n_blocks, 4, rule.edges.size + 1, pixels[3].max() + 1 if pixels[3].size else 1), np.int64)
    is_found, rates = np.zeros(n_pixels, np.bool_), np.zeros((n_pixels, 4))
    for number in numba.prange(n_blocks):
        # numba counts parallel loops without a sign.
        begin: int = first + np.int64(number) * _BLOCK  # pyright: ignore[reportAssignmentType]
        end = min(begin + _BLOCK, last)
        image = _integral_image(pixels, bins[0], begin, end, factors.shape[1] + rule.outer, rule.outer)
        at = np.full(image.shape[1], -1, np.int64)
        for i in range(begin, end):
            if not bins[1][i]:
                continue
            for pixel in range(starts[i], starts[i + 1]):
                if pixels[1][pixel] - begin < at.size:
                    at[pixels[1][pixel] - begin] = pixel
            strips = _strips(image, i - begin + rule.outer, rule.outer, rule.inner)
            _score_row(
                i, begin, at, strips, pixels, bins, factors, rule, (histogram[number], is_found, rates, starts[first])
            )
            for pixel in range(starts[i], starts[i + 1]):
                if pixels[1][pixel] - begin < at.size:
                    at[pixels[1][pixel] - begin] = -1
    return histogram, is_found, rates


@numba.njit(cache=True)
def _integral_image(pixels: tuple, weights: PerBin, begin: int, end: int, reach: int, outer: int) -> np.ndarray:
    """``[r, c]``: balanced contacts in rows before ``r`` and columns from ``c`` on, of a block and its margin."""
    n_bins = weights.size
    low, high = begin - outer, min(n_bins, end + outer)
    image = np.zeros((end - begin + 2 * outer + 1, min(n_bins, end + reach) - begin + 1))
    for i in range(max(0, low), high):
        for pixel in range(pixels[4][i], pixels[4][i + 1]):
            j = pixels[1][pixel] - begin
            if 0 <= j < image.shape[1] - 1:
                value = pixels[2][pixel] * weights[i] * weights[j + begin]
                image[i - low + 1, j] = value if value == value else 0.0
    for row in range(1, image.shape[0]):
        tail = 0.0
        for column in range(image.shape[1] - 2, -1, -1):
            tail += image[row, column]
            image[row, column] = image[row - 1, column] + tail
    return image


@numba.njit(cache=True)
def _strips(image: np.ndarray, row: int, outer: int, inner: int) -> np.ndarray:
    """Sums from every column on, over six strips of rows around one: square, middle, own, three, and those below."""
    strips = np.empty((6, image.shape[1]))
    for column in range(image.shape[1]):
        bottom, below = image[row + outer + 1, column], image[row + 1, column]
        strips[0, column] = bottom - image[row - outer, column]
        strips[1, column] = image[row + inner + 1, column] - image[row - inner, column]
        strips[2, column] = below - image[row, column]
        strips[3, column] = image[row + 2, column] - image[row - 1, column]
        strips[4, column] = bottom - below
        strips[5, column] = image[row + inner + 1, column] - below
    return strips


@numba.njit(cache=True)
def _score_row(
    i: int,
    begin: int,
    at: np.ndarray,
    strips: np.ndarray,
    pixels: tuple,
    bins: tuple,
    factors: KernelDistances,
    rule: ScoringRule,
    out: tuple,
) -> None:
    """Count the pixels of one row by class and contacts, and keep the candidates."""
    weights, is_open = bins
    square, middle, own, three, below, below_middle = strips
    w, p = rule.outer, rule.inner
    histogram, is_found, rates, first_pixel = out
    for distance in range(1, min(factors.shape[1], weights.size - i)):
        j = i + distance
        if not is_open[j] or not factors[0, distance] >= 0:
            continue
        c = j - begin
        wide = square[c - w] - square[c + w + 1] - middle[c - p] + middle[c + p + 1]
        column = square[c] - square[c + 1] - middle[c] + middle[c + 1]
        row = own[c - w] - own[c + w + 1] - own[c - p] + own[c + p + 1]
        sums = (
            wide - column - row,
            square[c - 1] - square[c + 2] - middle[c - 1] + middle[c + 2],
            three[c - w] - three[c + w + 1] - three[c - p] + three[c + p + 1],
            below[c - w] - below[c] - below_middle[c - p] + below_middle[c],
        )
        scale = 1.0 / (weights[i] * weights[j])
        pixel = at[c]
        count = pixels[2][pixel] if pixel >= 0 else 0
        rank = pixels[3][pixel] if pixel >= 0 else 0
        is_kept = pixel >= 0
        for kernel in range(4):
            rate = max(sums[kernel], 0.0) * factors[kernel, distance] * scale
            group = 0
            if rate > rule.edges[0]:
                group = np.searchsorted(rule.edges, rate)
            histogram[kernel, group, rank] += 1
            is_kept = is_kept and count >= rule.least_counts[group]
            if pixel >= 0:
                rates[pixel - first_pixel, kernel] = rate
        if is_kept:
            is_found[pixel - first_pixel] = True
