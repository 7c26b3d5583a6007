"""Stretches of a map that are worth a picture: the one with the most features, and one like most others."""

from typing import NamedTuple

import numpy as np

from cisgram.genomics.interval import Interval, midpoints
from cisgram.genomics.site_pairs import anchors_of
from cisgram.hic.features import MapFeatures

_LEAST_KNOWN = 0.8


class ExampleLocus(NamedTuple):
    """A stretch and why it was chosen."""

    locus: Interval
    why: str


def example_loci(features: MapFeatures, *, window_bp: int | None = None, n_bins: int = 150) -> list[ExampleLocus]:
    """Choose the stretch with the most boundaries and loops, and the median one.

    Parameters
    ----------
    features
        What was found.
    window_bp
        Whose boundaries; the middle window if not given.
    n_bins
        Length of a stretch; shorter contigs are shown whole.

    Returns
    -------
    list of ExampleLocus
        One or two stretches of which four fifths of the bins are known; one, the fullest, where no stretch is so; none
        where all bins are masked.
    """
    size = features.bins.bin_size
    places = features.boundaries(window_bp or features.middle_window)[["chrom", "start", "end"]]
    found = []
    for chrom, own in features.insulation.groupby("chrom", sort=False):
        good = ~own["is_bad_bin"].to_numpy()
        marks = midpoints(places[places["chrom"] == chrom]).tolist()
        if features.loops is not None:
            loops = features.loops[features.loops["chrom1"] == chrom]
            marks += ((midpoints(anchors_of(loops, 1)) + midpoints(anchors_of(loops, 2))) / 2).tolist()
        at = np.sort(np.asarray(marks, dtype=np.float64))
        if not good.any():
            continue
        low, high = np.flatnonzero(good)[[0, -1]].tolist()  # a map of one region begins and ends with it
        width = min(n_bins, high + 1 - low)
        for first in range(low, high + 2 - width, max(1, width // 2)):
            locus = Interval(str(chrom), first * size, min((first + width) * size, features.bins.size_of(str(chrom))))
            n = int(np.searchsorted(at, locus.end) - np.searchsorted(at, locus.start))
            found.append((locus, n, float(good[first : first + width].mean()), width))
    if not found:
        return []
    longest = max(width for *_, width in found)
    usable = [one for one in found if one[2] >= _LEAST_KNOWN and one[3] == longest]
    if not usable:
        best = max(found, key=lambda one: one[2] * one[3])
        return [ExampleLocus(best[0], "the stretch of which most is known")]
    ordered = sorted(usable, key=lambda one: one[1])
    best = ordered[-1]
    others = [one for one in ordered if not _overlap(one[0], best[0])]
    chosen = [ExampleLocus(best[0], "the stretch with the most boundaries and loops")]
    if others:
        chosen.append(ExampleLocus(others[len(others) // 2][0], "a stretch with as many as most others have"))
    return chosen


def _overlap(one: Interval, other: Interval) -> bool:
    return one.chrom == other.chrom and one.start < other.end and other.start < one.end
