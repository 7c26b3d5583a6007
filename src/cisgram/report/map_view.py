"""The part of a contact map that a picture of a stretch shows, as contacts or over what distance expects."""

import numpy as np
import pandas as pd

from cisgram.arrays import SquareContacts
from cisgram.errors import InputError
from cisgram.genomics.contact_matrix import adaptive_coarsegrain, with_near_diagonals
from cisgram.genomics.contacts import CisContacts, ContactSource
from cisgram.genomics.interval import Interval
from cisgram.hic.snippets import expected_of_contig
from cisgram.report.contact_figure import MapView
from cisgram.report.contact_plots import contact_scale, ratio_scale

_MOST_BINS = 2500


def map_view(
    source: ContactSource,
    locus: Interval,
    title: str,
    *,
    distance: int,
    is_ratio: bool = False,
    limit: float | None = None,
    ignore_diagonals: int = 2,
) -> MapView:
    """Take the stretch out of a map, and what lies beside it within the height of a triangle.

    Parameters
    ----------
    source
        The map; balanced contacts are shown where it is balanced.
    locus
        The stretch.
    title
        Of the picture.
    distance
        Height of the triangle in bp. Colours are chosen for pixels of the stretch that are no farther apart.
    is_ratio
        Natural logarithms of observed over expected, pixels of few contacts smoothed, instead of contacts.
    limit
        Where the colours of ratios end.
    ignore_diagonals
        Diagonals nearer than this are left out of ratios, and of the choice of colours.

    Raises
    ------
    InputError
        Where the stretch has more bins than a picture shows.
    """
    bin_size = source.bins.bin_size
    contacts = source.cis(locus.chrom)
    side = -(-distance // (2 * bin_size)) + 1
    first = max(locus.start // bin_size - side, 0)
    last = min(-(-locus.end // bin_size) + side, contacts.n_bins)
    if last - first > _MOST_BINS:
        raise InputError(
            f"{title}: {last - first} bins of {bin_size} bp are more than a picture shows ({_MOST_BINS}); choose a "
            "shorter stretch or a wider --resolution ('cisgram hic zoom' makes them)"
        )
    is_balanced = contacts.weights is not None
    matrix = contacts.dense(first, last, balanced=is_balanced)
    if is_ratio:
        matrix = _log_ratio(contacts, matrix, first, last, ignore_diagonals)
    seen = slice(locus.start // bin_size - first, -(-locus.end // bin_size) - first)
    apart = _distances(len(matrix)) * bin_size
    within = matrix.copy()
    within[(apart > distance) | (apart < ignore_diagonals * bin_size)] = np.nan
    unit = "balanced contacts" if is_balanced else "contacts"
    scale = ratio_scale(within[seen, seen], limit=limit) if is_ratio else contact_scale(within[seen, seen], unit=unit)
    title += ", ln observed / expected" if is_ratio else ""
    return MapView(title, matrix, first * bin_size, bin_size, scale=scale)


def on_stretch(table: pd.DataFrame, locus: Interval) -> pd.DataFrame:
    """The rows of an interval or pair table that lie on a stretch, whole or in part."""
    if "chrom1" in table:
        own = (table["chrom1"] == locus.chrom) & (table["chrom2"] == locus.chrom)
        return table[own & (table["end2"] > locus.start) & (table["start1"] < locus.end)]
    return table[(table["chrom"] == locus.chrom) & (table["end"] > locus.start) & (table["start"] < locus.end)]


def _distances(n: int) -> np.ndarray:
    return np.abs(np.arange(n)[:, None] - np.arange(n))


def _log_ratio(
    contacts: CisContacts, matrix: SquareContacts, first: int, last: int, ignore_diagonals: int
) -> SquareContacts:
    """Natural logarithm of observed over expected; pixels of few counts get the mean of their surroundings."""
    is_balanced = contacts.weights is not None
    expected = expected_of_contig(
        contacts, is_balanced=is_balanced, is_smoothed=True, ignore_diagonals=ignore_diagonals
    )
    counts = contacts.dense(first, last, balanced=False).astype(np.float64)
    smooth = adaptive_coarsegrain(matrix, counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        return with_near_diagonals(np.log(smooth / expected[_distances(len(matrix))]), ignore_diagonals, np.nan)
