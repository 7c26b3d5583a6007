"""Chosen places against chosen places: the matrix of a 5C or capture experiment, cut out of a whole map."""

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from scipy.sparse import coo_array, csr_array

from cisgram.arrays import SiteContacts
from cisgram.errors import ContigError, EmptySetError, InputError
from cisgram.genomics.contacts import ContactBins, ContactSource


@dataclass(frozen=True, eq=False)
class Capture:
    """Contacts between places.

    Parameters
    ----------
    values
        One per bait (row) and other place (column); NaN where the two share a bin, or all their bins are masked.
    baits, others
        The places: interval tables, in the order given.
    kind
        ``counts`` or ``balanced``.
    """

    values: SiteContacts = field(repr=False)
    baits: pd.DataFrame = field(repr=False)
    others: pd.DataFrame = field(repr=False)
    kind: Literal["counts", "balanced"]

    def table(self) -> pd.DataFrame:
        """One row per two places: ``chrom1`` to ``end2``, ``name1``, ``name2`` where known, and the value."""
        n, m = self.values.shape
        one = self.baits.iloc[np.repeat(np.arange(n), m)].reset_index(drop=True)
        two = self.others.iloc[np.tile(np.arange(m), n)].reset_index(drop=True)
        names = [name for name in ("chrom", "start", "end", "name") if name in one and name in two]
        one, two = one[names], two[names]
        one.columns, two.columns = [f"{name}1" for name in names], [f"{name}2" for name in names]
        return pd.concat([one, two], axis=1).assign(**{self.kind: self.values.ravel()})


def capture(
    source: ContactSource,
    baits: pd.DataFrame,
    others: pd.DataFrame | None = None,
    *,
    kind: Literal["counts", "balanced"] = "counts",
) -> Capture:
    """Sum the contacts between every bait and every other place, on one contig or two.

    The pixels pass by once; none of them needs to be in memory at the same time.

    Parameters
    ----------
    source
        The map.
    baits
        Interval table: promoters, peaks, fragments. A place is all bins that it touches.
    others
        The places on the other side; the baits themselves where None.
    kind
        ``counts`` are summed; ``balanced`` contacts are averaged over the pixels that are not masked.

    Raises
    ------
    EmptySetError
        Where there are no places.
    ContigError, InputError
        Where a place lies outside of the map, or balanced contacts are asked for of a map that is not.

    Examples
    --------
    >>> from cisgram.genomics.contacts import ContactMap
    >>> tiny = ContactMap(ContactBins({"I": 30}, 10), *np.array([[0, 0, 1], [1, 2, 2], [5, 3, 1]]))
    >>> places = pd.DataFrame({"chrom": "I", "start": [0, 10], "end": [10, 30]})
    >>> capture(tiny, places).values.tolist()
    [[nan, 8.0], [8.0, nan]]
    """
    others = baits if others is None else others
    weights = np.ones(source.bins.n_bins)
    if kind == "balanced":
        if source.weights is None:
            raise InputError("balanced contacts need a balanced map; run 'cisgram hic balance' on it first")
        weights = source.weights
    rows, columns = _covers(baits, source.bins, "bait"), _covers(others, source.bins, "place")
    wanted = np.zeros(source.bins.n_bins, dtype=bool)
    wanted[rows.indices] = wanted[columns.indices] = True
    total = np.zeros((len(baits), len(others)))
    for bin1, bin2, counts in source.pixels():
        kept = wanted[bin1] & wanted[bin2]
        one, two = bin1[kept], bin2[kept]
        values = np.nan_to_num(counts[kept] * weights[one] * weights[two])
        upper = csr_array(coo_array((values, (one, two)), shape=(len(weights), len(weights))))
        both = upper + upper.T - csr_array(coo_array((values[one == two], (one[one == two],) * 2), shape=upper.shape))
        total += (rows @ both @ columns.T).toarray()
    shared = (rows @ columns.T).toarray() > 0
    total[shared] = np.nan
    if kind == "balanced":
        known = np.isfinite(weights).astype(np.float64)
        many = np.outer(rows @ known, columns @ known)
        total = np.divide(total, many, out=np.full(total.shape, np.nan), where=many > 0)
    return Capture(total, baits.reset_index(drop=True), others.reset_index(drop=True), kind)


def _covers(places: pd.DataFrame, bins: ContactBins, what: str) -> csr_array:
    """Which bins each place touches, as a matrix of places and bins."""
    if places.empty:
        raise EmptySetError(f"{what}s of a capture matrix", dropped={})
    first, last = [], []
    for chrom, start, end in zip(places["chrom"], places["start"], places["end"], strict=True):
        if end > bins.size_of(chrom):
            raise ContigError(
                f"{what} {chrom}:{start + 1}-{end} reaches past the end of {chrom}, {bins.sizes[chrom]} bp"
            )
        offset = bins.slice_of(chrom).start
        first.append(offset + start // bins.bin_size)
        last.append(offset + -(-end // bins.bin_size))
    many = np.subtract(last, first)
    which = np.repeat(np.arange(len(places)), many)
    at = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)
    return csr_array(coo_array((np.ones(len(at)), (which, at)), shape=(len(places), bins.n_bins)))
