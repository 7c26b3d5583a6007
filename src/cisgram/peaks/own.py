"""Peaks that only one type of cell has, and places where only others have one."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Integer

from cisgram.genomics.interval import interval_table, merge, overlaps


class OwnPeaks(NamedTuple):
    """Peaks of one type beside those of others; interval tables."""

    own: pd.DataFrame
    """Rows of the peaks that share no base with a peak of any other type."""
    shared: pd.DataFrame
    """The other rows."""
    foreign: pd.DataFrame
    """``chrom start end``: peaks of the other types, joined where they overlap, without a peak of this one."""


def own_peaks(peaks: pd.DataFrame, others: Sequence[pd.DataFrame]) -> OwnPeaks:
    """Tell peaks that no other type has from those that are shared, and find the places of the others alone.

    Parameters
    ----------
    peaks
        Interval table of one type.
    others
        One interval table per other type; without any, all peaks are own ones.

    Examples
    --------
    >>> one, other = interval_table(["I", "I"], [10, 60], [20, 70]), interval_table(["I", "I"], [15, 90], [25, 95])
    >>> found = own_peaks(one, [other])
    >>> [table["start"].tolist() for table in found]
    [[60], [10], [90]]
    """
    theirs = merge(pd.concat([interval_table([], [], []), *others], ignore_index=True)[["chrom", "start", "end"]])
    is_shared = overlaps(peaks, theirs)
    foreign = theirs[~overlaps(theirs, peaks)]
    return OwnPeaks(*(one.reset_index(drop=True) for one in (peaks[~is_shared], peaks[is_shared], foreign)))


def nearest_in_height(heights: Float[np.ndarray, "n"], others: Float[np.ndarray, "m"]) -> Integer[np.ndarray, "_"]:
    """For every height, the row of the other that is nearest to it; the same row may be taken several times.

    Shares of two groups of peaks can be compared only where heights are alike: low peaks are harder to find.

    Parameters
    ----------
    heights
        Of the peaks that are to be matched.
    others
        Of those to take from. Of equal ones, the first; of two equally near, the lower.

    Returns
    -------
    numpy.ndarray
        int64, as long as ``heights``; empty where there is nothing to take from.

    Examples
    --------
    >>> nearest_in_height(np.array([1.0, 9.0]), np.array([8.0, 2.0, 5.0])).tolist()
    [1, 0]
    """
    if not others.size:
        return np.zeros(0, dtype=np.int64)
    order = np.argsort(others, kind="stable")
    ranked = others[order]
    right = np.searchsorted(ranked, heights, side="left").clip(0, ranked.size - 1)
    left = (right - 1).clip(0)
    chosen = np.where(heights - ranked[left] <= ranked[right] - heights, left, right)
    # Of equal ones the first stands first, as the order is stable.
    return order[np.searchsorted(ranked, ranked[chosen], side="left")].astype(np.int64)
