"""Contacts between the two sites of each pair beside those that distance expects: the view of a ChIA-PET experiment."""

import numpy as np
import pandas as pd
from numba import njit
from scipy.stats import poisson

from cisgram.errors import EmptySetError
from cisgram.genomics.contacts import ContactSource
from cisgram.genomics.q_values import q_values
from cisgram.genomics.site_pairs import anchors_of, pair_distances, pair_table
from cisgram.hic.pileup import PileupConfig, contacts_over_expected

SITE_CONTACT_COLUMNS = ("distance_bp", "n_pixels", "counts", "expected_counts", "ratio", "p_value", "q_value")
"""Columns that :func:`contacts_between` adds."""


def contacts_between(
    source: ContactSource, pairs: pd.DataFrame, *, expected: pd.DataFrame | None = None, ignore_diagonals: int = 2
) -> pd.DataFrame:
    """Count the contacts between the sites of each pair, and say how many more they are than their distance expects.

    Expected counts are the balanced contacts that are expected at each pixel's distance, divided by the two weights:
    what a pair of bins of this visibility would show by distance alone. P-values are the upper tail of a Poisson
    distribution with this mean; neighbouring pixels are not independent and maps vary more than Poisson between
    libraries, so that q-values rank pairs rather than prove them.

    Parameters
    ----------
    source
        The map, balanced; one contig is in memory at a time.
    pairs
        Pair table; of each site, all bins that it touches are taken. :func:`cisgram.genomics.site_pairs.all_pairs`
        makes the pairs of a set of peaks.
    expected
        As of :func:`cisgram.hic.pileup.pileup`.
    ignore_diagonals
        First diagonals that are left out.

    Returns
    -------
    pandas.DataFrame
        The pairs of one contig that the map has, in order, with :data:`SITE_CONTACT_COLUMNS`; ``ratio`` and p-values
        are NaN where no pixel is known.

    Raises
    ------
    EmptySetError
        Where no pair lies on one contig of the map.
    """
    table = pair_table(pairs)
    is_cis = (table["chrom1"] == table["chrom2"]) & table["chrom1"].isin(source.bins.chroms)
    if not is_cis.any():
        raise EmptySetError("pairs of sites", dropped={"of two contigs or of none of the map": len(table)})
    table = table[is_cis].reset_index(drop=True)
    found = np.zeros((3, len(table)))
    config = PileupConfig(ignore_diagonals=ignore_diagonals)
    for chrom in source.bins.chroms:
        rows = np.flatnonzero(table["chrom1"].to_numpy() == chrom)
        if not rows.size:
            continue
        contig = contacts_over_expected(source, chrom, expected=expected, config=config)
        own = contig.contacts
        boxes = np.stack([_bins_of(anchors_of(table.iloc[rows], n), own.bin_size, own.n_bins) for n in (1, 2)])
        found[:, rows] = _sum_boxes(
            boxes, own.row_starts, own.bin2, own.counts, own.require_weights(), contig.expected, ignore_diagonals
        )
    n_pixels, counts, by_distance = found
    known = n_pixels > 0
    ratio = np.divide(counts, by_distance, out=np.full(len(table), np.nan), where=known & (by_distance > 0))
    p_value = np.where(known, poisson.sf(counts - 1, by_distance), np.nan)
    columns = (pair_distances(table), n_pixels.astype(np.int64), counts, by_distance, ratio, p_value, q_values(p_value))
    return table.assign(**dict(zip(SITE_CONTACT_COLUMNS, columns, strict=True)))


def _bins_of(sites: pd.DataFrame, bin_size: int, n_bins: int) -> np.ndarray:
    """First bin and the one behind the last, of every site (``site 2``)."""
    first = (sites["start"] // bin_size).to_numpy()
    last = (-(-sites["end"] // bin_size)).to_numpy()
    return np.column_stack([np.minimum(first, n_bins), np.minimum(last, n_bins)])


@njit(cache=True)
def _sum_boxes(boxes, row_starts, bin2, counts, weights, expected, ignore_diagonals):
    """Pixels, their counts and the counts that are expected, over the rectangle of each pair."""
    n = boxes.shape[1]
    found = np.zeros((3, n))
    least = max(ignore_diagonals, 0)
    for s in range(n):
        for row in range(boxes[0, s, 0], boxes[0, s, 1]):
            if np.isnan(weights[row]):
                continue
            low, high = max(boxes[1, s, 0], row + least), boxes[1, s, 1]
            for column in range(low, high):
                if not np.isnan(weights[column]) and not np.isnan(expected[column - row]):
                    found[0, s] += 1
                    found[2, s] += expected[column - row] / (weights[row] * weights[column])
            here = row_starts[row] + np.searchsorted(bin2[row_starts[row] : row_starts[row + 1]], low)
            while here < row_starts[row + 1] and bin2[here] < high:
                if not np.isnan(weights[bin2[here]]) and not np.isnan(expected[bin2[here] - row]):
                    found[1, s] += counts[here]
                here += 1
    return found
