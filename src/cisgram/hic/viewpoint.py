"""Virtual 4C: what one place of the genome touches, along its own contig or any other."""

from typing import Literal

import numpy as np
import pandas as pd

from cisgram.arrays import PerBin
from cisgram.errors import InputError
from cisgram.genomics.contacts import ContactSource
from cisgram.genomics.interval import Interval
from cisgram.hic.snippets import expected_of_contig

ViewpointKind = Literal["counts", "balanced", "ratio"]
"""Sum of counts; mean of balanced contacts; mean of observed over expected (own contig only)."""


def viewpoint(
    source: ContactSource,
    place: Interval,
    *,
    chrom: str | None = None,
    kind: ViewpointKind = "balanced",
    expected: pd.DataFrame | None = None,
    ignore_diagonals: int = 2,
) -> PerBin:
    """Take the contacts of one place with every bin of a contig: rows of the map, made one.

    Parameters
    ----------
    source
        The map.
    place
        The viewpoint; every bin that it touches is taken.
    chrom
        The contig that is looked at; the viewpoint's own where None.
    kind
        ``counts`` are summed over the bins of the viewpoint, ``balanced`` contacts and ``ratio`` are averaged over
        those that are not masked.
    expected
        For ``ratio``, as of :func:`cisgram.hic.pileup.pileup`.
    ignore_diagonals
        Bins nearer than this to a bin of the viewpoint are NaN (bins of counts too), as is the viewpoint itself.

    Returns
    -------
    PerBin
        One value per bin of the contig; NaN where a bin is masked, or all bins of the viewpoint are.

    Raises
    ------
    InputError
        Where the viewpoint lies outside of the map, or a ratio is asked for on another contig.
    """
    bins = source.bins
    target = place.chrom if chrom is None else chrom
    is_cis = target == place.chrom
    if place.end > bins.size_of(place.chrom):
        raise InputError(f"viewpoint {place} reaches past the end of {place.chrom}, {bins.size_of(place.chrom)} bp")
    if kind == "ratio" and not is_cis:
        raise InputError(f"contacts of {place} with {target} have no expected by distance; take 'balanced' or 'counts'")
    own, other = bins.slice_of(place.chrom), bins.slice_of(target)
    first, last = place.start // bins.bin_size, -(-place.end // bins.bin_size)
    rows = source.block(slice(own.start + first, own.start + last), other, balanced=kind != "counts")
    if is_cis:
        apart = np.abs(np.arange(bins.count(target)) - np.arange(first, last)[:, None])
        if kind == "ratio":
            values = expected_of_contig(source.cis(target), expected, ignore_diagonals=ignore_diagonals)
            with np.errstate(divide="ignore", invalid="ignore"):
                rows = rows / values[apart]
        rows = np.where(apart.min(axis=0) < max(ignore_diagonals, 1), np.nan, rows)
    if kind == "counts":
        return rows.sum(axis=0)
    known = np.isfinite(rows)
    many = known.sum(axis=0)
    return np.where(many > 0, np.where(known, rows, 0.0).sum(axis=0) / np.maximum(many, 1), np.nan)
