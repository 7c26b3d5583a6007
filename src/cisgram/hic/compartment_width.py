"""How wide bins must be for compartments: as narrow as two halves of the contacts still agree on them."""

import logging

from cisgram.errors import InputError
from cisgram.genomics.contacts import ContactSource
from cisgram.genomics.half_map import HalfMap
from cisgram.hic.balanced_map import balanced_map
from cisgram.hic.features import FeatureConfig, map_eigenvectors
from cisgram.hic.found_again import by_contig, track_agreement

log = logging.getLogger(__name__)

_MOST_BINS, _FEWEST_BINS = 1000, 100
"""Of the longest contig: where widths begin, and where they end."""


def compartment_map(source: ContactSource, config: FeatureConfig, *, least_r: float = 0.7) -> ContactSource:
    """Make bins wider, by doubling, until the first eigenvectors of two halves of the contacts agree.

    In narrow bins with few contacts an eigenvector shows noise, however even it looks. Widths begin where the longest
    contig has at most 1000 bins, and end before it has fewer than 100.

    Parameters
    ----------
    source
        A balanced map.
    config
        Settings of the eigenvectors, and the seed of the halves.
    least_r
        Mean absolute Pearson correlation over contigs at which halves agree.

    Returns
    -------
    ContactSource
        The map itself or a wider one, balanced anew: the narrowest on which halves agree; else that on which they
        agree best; the first where contacts cannot be dealt into halves or no contig has compartments.
    """
    longest = max(source.bins.count(chrom) for chrom in source.bins.chroms)
    factor = -(-longest // _MOST_BINS)
    first = best = _wider(source, factor)
    best_r, present = -1.0, first
    while True:
        try:
            r = _halves_agree(present, config)
        except InputError as error:
            log.info("compartments at %d bp: %s", present.bins.bin_size, error)
            return best
        log.info("compartments at %d bp: halves agree with r = %.2f", present.bins.bin_size, r)
        if r > best_r:
            best, best_r = present, r
        factor *= 2
        if r >= least_r or longest / factor < _FEWEST_BINS:
            return best
        present = _wider(source, factor)


def _wider(source: ContactSource, factor: int) -> ContactSource:
    """The map itself, or with bins so many times as wide."""
    return source if factor == 1 else balanced_map(source, factor=factor)


def _halves_agree(source: ContactSource, config: FeatureConfig) -> float:
    """Mean absolute correlation of the first eigenvectors of two halves."""
    one, other = (by_contig(map_eigenvectors(HalfMap(source, half, config.seed), config)[0], "E1") for half in (0, 1))
    return track_agreement(one, other, absolute=True)[0]
