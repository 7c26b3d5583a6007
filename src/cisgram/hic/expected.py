"""How often bins meet by chance: the mean contact at each distance within contigs, and between contigs."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numba import njit
from scipy.signal import fftconvolve

from cisgram.arrays import PerBin, PerDistance
from cisgram.errors import ContigError, InputError
from cisgram.genomics.contacts import CisContacts, ContactBins, ContactSource
from cisgram.hic.distance_smoothing import smooth_over_distance

EXPECTED_COLUMNS = (
    "region1",
    "region2",
    "dist",
    "dist_bp",
    "contact_frequency",
    "n_total",
    "n_valid",
    "count.sum",
    "balanced.sum",
    "count.avg",
    "balanced.avg",
    "balanced.avg.smoothed",
    "balanced.avg.smoothed.agg",
)
"""Columns of :func:`expected_cis` of a balanced map, those of cooltools; of others, ``balanced`` are left out."""

TRANS_COLUMNS = ("region1", "region2", "n_valid", "count.sum", "balanced.sum", "count.avg", "balanced.avg")
"""Columns of :func:`expected_trans`."""


def expected_cis(
    source: ContactSource,
    *,
    regions: pd.DataFrame | None = None,
    balanced: bool = True,
    ignore_diagonals: int = 2,
    sigma_log10: float = 0.1,
) -> pd.DataFrame:
    """The mean contact within each region at each distance.

    As ``cooltools.expected_cis`` (Open2C et al., 2024), columns included: the table can be given to either.

    Parameters
    ----------
    source
        The map; contigs are read one at a time.
    regions
        Interval table with ``name``, such as arms of chromosomes; None for whole contigs. A region has all the bins
        that it touches.
    balanced
        Average balanced contacts over valid pixels; else contacts as they are, over all pixels.
    ignore_diagonals
        First diagonals whose sums are NaN: pairs of one fragment, and its repairs.
    sigma_log10
        Width of the Gaussian that smooths over distance, in powers of ten. The sums of contacts and the numbers of
        pixels are smoothed apart, the ignored diagonals counting as pixels without contacts, as in cooltools: at 2
        and 3 bins the smoothed mean is a little low.

    Returns
    -------
    pandas.DataFrame
        A row per region and distance: ``dist`` (bins), ``dist_bp``, ``n_total`` and ``n_valid`` (pixels), sums and
        means of contacts over valid pixels (NaN on ignored diagonals), the mean smoothed within the region
        (``.smoothed``) and over all regions (``.smoothed.agg``, which ``contact_frequency`` repeats).

    Raises
    ------
    InputError, ContigError
        Where the map is not balanced and must be, or a region lies outside of it.

    Examples
    --------
    >>> from cisgram.genomics.contacts import ContactMap
    >>> row, column = np.triu_indices(5)
    >>> decay = ContactMap(ContactBins({"I": 50}, 10), row, column, 12 // (1 + column - row))
    >>> expected_cis(decay, balanced=False, ignore_diagonals=0)["count.avg"].tolist()
    [12.0, 6.0, 4.0, 3.0, 2.0]
    """
    places = _places(source.bins, regions)
    tables = []
    for chrom in places["chrom"].unique():
        contacts = source.cis(chrom)
        weights = contacts.require_weights() if balanced else None
        for name, _, first, last in places[places["chrom"] == chrom].itertuples(index=False):
            tables.append(_by_distance(contacts, weights, name, first, last))
    table = pd.concat(tables, ignore_index=True)
    kind, pixels = ("balanced", "n_valid") if balanced else ("count", "n_total")
    sums = [f"{name}.sum" for name in ("count", "balanced")[: 1 + balanced]]
    table.loc[table["dist"] < ignore_diagonals, sums] = np.nan
    table["count.avg"] = table["count.sum"] / table["n_total"]
    if balanced:
        table["balanced.avg"] = table["balanced.sum"] / table["n_valid"].where(table["n_valid"] > 0)
    table[f"{kind}.avg.smoothed"] = np.concatenate(
        [
            smooth_over_distance(own[f"{kind}.sum"].to_numpy(), own[pixels].to_numpy(np.float64), sigma_log10)
            for _, own in table.groupby("region1", sort=False)
        ]
    )
    together = table.groupby("dist")[[f"{kind}.sum", pixels]].sum()
    whole = smooth_over_distance(together[f"{kind}.sum"].to_numpy(), together[pixels].to_numpy(np.float64), sigma_log10)
    table[f"{kind}.avg.smoothed.agg"] = whole[table["dist"]]
    table.insert(3, "dist_bp", table["dist"] * source.bins.bin_size)
    table.insert(4, "contact_frequency", table[f"{kind}.avg.smoothed.agg"])
    return table


def expected_trans(
    source: ContactSource, *, regions: pd.DataFrame | None = None, balanced: bool = True
) -> pd.DataFrame:
    """The mean contact between each two regions on different contigs.

    As ``cooltools.expected_trans``.

    Parameters
    ----------
    source
        The map; its pixels go by in chunks.
    regions
        Interval table with ``name``, of which no two overlap; None for whole contigs.
    balanced
        Average balanced contacts over valid pixels; else contacts over all pixels.

    Returns
    -------
    pandas.DataFrame
        A row per pair: ``TRANS_COLUMNS``, without those of balanced contacts where they are not asked for; without
        rows where there is one contig.

    Raises
    ------
    InputError, ContigError
        Where the map is not balanced and must be, or a region lies outside of it.
    """
    places = _places(source.bins, regions)
    weights = np.ones(source.bins.n_bins)
    if balanced:
        if source.weights is None:
            raise InputError("the expected of balanced contacts needs a balanced map; run 'cisgram hic balance' first")
        weights = source.weights
    region_of = np.full(source.bins.n_bins, -1, dtype=np.int64)
    n_good = np.zeros(len(places))
    for number, (_, chrom, first, last) in enumerate(places.itertuples(index=False)):
        offset = source.bins.slice_of(chrom).start
        own = slice(offset + first, offset + last)
        region_of[own] = number
        n_good[number] = np.isfinite(weights[own]).sum()
    counts, sums = (np.zeros((len(places), len(places))) for _ in range(2))
    for bin1, bin2, values in source.pixels():
        _add_trans(bin1, bin2, values, weights, region_of, counts, sums)
    one, other = np.triu_indices(len(places), 1)
    chroms, names = places["chrom"].to_numpy(), places["name"].to_numpy()
    is_trans = chroms[one] != chroms[other]
    one, other = one[is_trans], other[is_trans]
    n_valid = n_good[one] * n_good[other]
    columns = {
        "region1": names[one],
        "region2": names[other],
        "n_valid": n_valid.astype(np.int64),
        "count.sum": (counts + counts.T)[one, other],
        "balanced.sum": (sums + sums.T)[one, other],
    }
    table = pd.DataFrame(columns)
    for kind in ("count", "balanced"):
        table[f"{kind}.avg"] = table[f"{kind}.sum"] / np.where(n_valid > 0, n_valid, np.nan)
    return table if balanced else table.drop(columns=["balanced.sum", "balanced.avg"])


def contig_expected(contacts: CisContacts, *, ignore_diagonals: int = 2, sigma_log10: float = 0.1) -> PerDistance:
    """The mean balanced contact of one contig at each distance, with something to divide by at all of them.

    Parameters
    ----------
    contacts
        The contig, balanced.
    ignore_diagonals
        First diagonals that are not known.
    sigma_log10
        Width of the smoothing where a distance has no contacts, see :func:`expected_cis`.

    Returns
    -------
    PerDistance
        ``balanced.avg`` of :func:`expected_cis`, its index the distance in bins; NaN on ignored diagonals. At distances
        without contacts, or without valid pixels, the mean smoothed over distance stands; beyond the reach of that,
        the last mean before. NaN throughout where the contig has no contacts beyond the ignored diagonals.

    Raises
    ------
    InputError
        Where the contig is not balanced.

    Examples
    --------
    >>> row, column = np.triu_indices(4)
    >>> own = CisContacts("I", 10, 40, row, column, 12.0 / (1 + column - row), np.ones(4))
    >>> contig_expected(own).tolist()
    [nan, nan, 4.0, 3.0]
    """
    table = _by_distance(contacts, contacts.require_weights(), contacts.chrom, 0, contacts.n_bins)
    sums, n_valid = table["balanced.sum"].to_numpy(copy=True), table["n_valid"].to_numpy(np.float64)
    sums[:ignore_diagonals] = np.nan
    if not np.nansum(sums) > 0:
        return np.full(contacts.n_bins, np.nan)
    means = sums / np.where(n_valid > 0, n_valid, np.nan)
    smoothed = smooth_over_distance(sums, n_valid, sigma_log10)
    known = pd.Series(np.where(means > 0, means, smoothed))
    known = known.where(known > 0).ffill().bfill().to_numpy(np.float64, copy=True)
    known[:ignore_diagonals] = np.nan
    return known


def expected_values(table: pd.DataFrame, region: str, *, column: str = "balanced.avg") -> PerDistance:
    """The expected of one region as an array whose index is the distance in bins.

    Parameters
    ----------
    table
        As :func:`expected_cis` gives it.
    region
        Name of the region: the contig, where regions are whole contigs.
    column
        Which mean.

    Raises
    ------
    ContigError
        Where the table has no such region.
    InputError
        Where it has no such column.
    """
    if column not in table:
        raise InputError(f"the table of expected contacts has no column {column!r}; it has {', '.join(table.columns)}")
    own = table[(table["region1"] == region) & (table["region2"] == region)]
    if not len(own):
        have = ", ".join(map(str, table["region1"].unique()[:10]))
        raise ContigError(f"the table of expected contacts has no region {region!r}; it has {have}")
    values = np.full(int(own["dist"].max()) + 1, np.nan)
    values[own["dist"].to_numpy()] = own[column].to_numpy(np.float64)
    return values


def _places(bins: ContactBins, regions: pd.DataFrame | None) -> pd.DataFrame:
    """Regions by name with the bins that they touch, counted from the contig's first."""
    if regions is None:
        rows = [(chrom, chrom, 0, bins.count(chrom)) for chrom in bins.chroms]
        return pd.DataFrame(rows, columns=["name", "chrom", "first", "last"])
    if regions["name"].duplicated().any():
        raise InputError("regions need names of their own")
    rows = []
    for name, chrom, start, end in regions[["name", "chrom", "start", "end"]].itertuples(index=False):
        if not 0 <= start < end <= bins.size_of(chrom):
            text = f"region {name} ({chrom} start {start}, end {end}) does not lie in its contig"
            raise ContigError(f"{text}, which has {bins.size_of(chrom)} bp")
        rows.append((name, chrom, start // bins.bin_size, -(-end // bins.bin_size)))
    return pd.DataFrame(rows, columns=["name", "chrom", "first", "last"])


def _by_distance(contacts: CisContacts, weights: PerBin | None, name: str, first: int, last: int) -> pd.DataFrame:
    """Pixels and sums of one region by distance."""
    n = last - first
    good = np.ones(n) if weights is None else np.isfinite(weights[first:last]).astype(np.float64)
    own = np.ones(contacts.n_bins) if weights is None else weights
    counts, sums = np.zeros(n), np.zeros(n)
    _add_cis(contacts.row_starts, contacts.bin2, contacts.counts, own, first, last, counts, sums)
    columns: dict[str, Sequence | np.ndarray | str] = {
        "region1": name,
        "region2": name,
        "dist": np.arange(n),
        "n_total": np.arange(n, 0, -1),
        "n_valid": np.rint(fftconvolve(good, good[::-1])[n - 1 :]).astype(np.int64),
        "count.sum": counts,
    }
    if weights is not None:
        columns["balanced.sum"] = sums
    return pd.DataFrame(columns)


@njit(cache=True)
def _add_cis(row_starts, bin2, values, weights, first, last, counts, sums):
    """Add pixels of a region, both of whose bins are good, to the sums of their distance."""
    for i in range(first, last):
        weight = weights[i]
        if np.isnan(weight):
            continue
        for p in range(row_starts[i], row_starts[i + 1]):
            j = bin2[p]
            if j >= last:
                break
            balanced = values[p] * weight * weights[j]
            if not np.isnan(balanced):
                counts[j - i] += values[p]
                sums[j - i] += balanced


@njit(cache=True)
def _add_trans(bin1, bin2, values, weights, region_of, counts, sums):
    """Add pixels, both of whose bins are good, to the sums of their regions."""
    for p in range(len(values)):
        one, other = region_of[bin1[p]], region_of[bin2[p]]
        balanced = values[p] * weights[bin1[p]] * weights[bin2[p]]
        if one >= 0 and other >= 0 and one != other and not np.isnan(balanced):
            counts[one, other] += values[p]
            sums[one, other] += balanced
