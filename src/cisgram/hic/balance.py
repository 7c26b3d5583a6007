"""Balancing: one weight per bin after which every bin meets as many contacts (ICE, iterative correction)."""

import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import PerBin, PixelBins, PixelValues
from cisgram.errors import CisgramWarning, ConfigError, EmptySetError, InputError
from cisgram.genomics.contacts import ContactBins, ContactSource
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.weighted_contacts import WeightedContacts
from cisgram.hic.marginals import RowPixels, row_pixels
from cisgram.threads import threads_for

BALANCE_COLUMNS = ("chrom", "scale", "variance", "n_iterations", "converged")
"""Columns of :attr:`Balance.table`."""


@dataclass(frozen=True)
class BalanceConfig:
    """Which contacts and bins are balanced, and when to stop; the defaults are those of cooler."""

    contacts: Literal["all", "cis", "trans"] = "all"
    """All contacts at once, those within each contig by themselves, or those between contigs."""
    ignore_diagonals: int = 2
    """First diagonals to leave out: pairs of one fragment, and its repairs."""
    mad_max: float = 5
    """Mask bins whose log coverage, relative to their contig's median, lies so many median absolute deviations low."""
    min_pixels: int = 10
    """Mask bins with fewer pixels that are not zero."""
    min_count: float = 0
    """Mask bins with fewer contacts."""
    tolerance: float = 1e-5
    """Stop when the variance of the bins' sums, relative to their mean, is below."""
    max_iterations: int = 200
    """Stop after so many rounds in any case."""
    rescale: bool = True
    """Scale weights so that the balanced contacts of a bin sum to 1."""

    def __post_init__(self) -> None:
        if self.contacts not in ("all", "cis", "trans"):
            raise ConfigError(f"contacts must be all, cis or trans; got {self.contacts!r}")
        negative = {name: value for name, value in asdict(self).items() if not isinstance(value, str) and value < 0}
        if negative:
            raise ConfigError(f"settings of balancing must be 0 or more; got {negative}")
        if self.max_iterations < 1 or self.tolerance <= 0:
            raise ConfigError("balancing needs max_iterations of 1 or more and a tolerance above 0")


class Balance(NamedTuple):
    """Weights of a map and how they came about."""

    weights: PerBin
    """One per bin, to multiply with; NaN where a bin is masked."""
    table: pd.DataFrame
    """Columns ``BALANCE_COLUMNS``: a row per contig (``cis``), or one for all, called ``all``."""
    config: BalanceConfig
    """What was asked."""

    def attributes(self) -> dict[str, object]:
        """What cooler says about weights in a file: scale and variance per contig where each was balanced alone."""
        is_cis = self.config.contacts == "cis"
        scale, variance = (self.table[name].to_numpy() for name in ("scale", "variance"))
        return {
            "tol": self.config.tolerance,
            "min_nnz": self.config.min_pixels,
            "min_count": self.config.min_count,
            "mad_max": self.config.mad_max,
            "cis_only": is_cis,
            "ignore_diags": self.config.ignore_diagonals,
            "scale": scale if is_cis else float(scale[0]),
            "var": variance if is_cis else float(variance[0]),
            "converged": self.table["converged"].to_numpy() if is_cis else bool(self.table["converged"].iloc[0]),
            "divisive_weights": False,
        }


def balance(
    source: ContactSource, config: BalanceConfig | None = None, *, blacklist: Sequence[int] | PixelBins = ()
) -> Balance:
    """Balance a contact map by iterative correction.

    Bins with few contacts are masked first, by three filters; then all weights are divided, round by round, by the
    bin's share of balanced contacts, until these are equal. The weights are those of ``cooler balance`` (Imakaev et
    al., 2012; Abdennur and Mirny, 2020), and do not depend on the number of threads.

    Parameters
    ----------
    source
        The map. Its own weights are not looked at.
    config
        Settings.
    blacklist
        Bins to mask besides, counted through all contigs.

    Returns
    -------
    Balance
        Weights, and how many rounds they took. A contig with nothing left has NaN throughout.

    Raises
    ------
    EmptySetError
        Where the filters leave no bin at all.
    InputError
        Where a bin of the blacklist is none of the map.

    Warns
    -----
    CisgramWarning
        Where the rounds ended before the variance was small enough: the weights are then what they are.

    Notes
    -----
    Memory is 8 to 12 bytes per pixel: of all contigs where ``contacts`` is ``all`` or ``trans`` or there are fewer
    than 100 million, else of one.

    Examples
    --------
    >>> from cisgram.genomics.contacts import ContactBins, ContactMap
    >>> bias = np.array([1.0, 2.0, 4.0])
    >>> row, column = np.triu_indices(3)
    >>> uneven = ContactMap(ContactBins({"I": 30}, 10), row, column, bias[row] * bias[column])
    >>> config = BalanceConfig(ignore_diagonals=0, min_pixels=0, mad_max=0, tolerance=1e-12)
    >>> (balance(uneven, config).weights * bias * 3**0.5).round(4).tolist()
    [1.0, 1.0, 1.0]
    """
    config = config or BalanceConfig()
    listed = np.asarray(blacklist, dtype=np.int64)
    if listed.size and (listed.min() < 0 or listed.max() >= source.bins.n_bins):
        raise InputError(f"bins to mask must be 0 to {source.bins.n_bins - 1}; got {listed.min()} to {listed.max()}")
    parts = _Parts(source, config)
    kept = _kept_bins(parts, config, listed)
    weights = kept.astype(np.float64)
    factors = _trans_factors(source) if config.contacts == "trans" else None
    rows = []
    for name, own, pixels in parts:
        with threads_for(pixels.n_pixels):
            found = _iterate(pixels, weights[own], factors, config)
        weights[own] = found.weights
        rows.append((name, found.scale, found.variance, found.n_iterations, found.variance < config.tolerance))
    table = pd.DataFrame(rows, columns=list(BALANCE_COLUMNS))
    _warn_of_unfinished(table, config)
    return Balance(weights, table, config)


class _Parts:
    """The sets of pixels that are balanced by themselves; kept in memory between two passes where they are few."""

    def __init__(self, source: ContactSource, config: BalanceConfig) -> None:
        self.source, self.config = source, config
        self._kept: dict[str, RowPixels] = {}
        self._n_kept = 0

    def __iter__(self) -> Iterator[tuple[str, slice, RowPixels]]:
        """Name, bins and pixels of each."""
        bins = self.source.bins
        if self.config.contacts != "cis":
            yield "all", slice(0, bins.n_bins), self._pixels("all")
            return
        for chrom in bins.chroms:
            yield chrom, bins.slice_of(chrom), self._pixels(chrom)

    def _pixels(self, name: str) -> RowPixels:
        """The pixels of one set."""
        if name in self._kept:
            return self._kept[name]
        bins = self.source.bins
        if self.config.contacts == "cis":
            own = self.source.cis(name)
            pixels = row_pixels([(own.bin1, own.bin2, own.counts)], own.n_bins, self.config.ignore_diagonals)
        else:
            chunks = self.source.pixels()
            if self.config.contacts == "trans":
                chunks = _trans_only(chunks, np.asarray(bins.ends))
            pixels = row_pixels(chunks, bins.n_bins, self.config.ignore_diagonals)
        if self.config.contacts != "cis" or self._n_kept + pixels.n_pixels < _MOST_KEPT:
            self._kept[name] = pixels
            self._n_kept += pixels.n_pixels
        return pixels


_MOST_KEPT = 100_000_000


def _trans_only(
    chunks: Iterator[tuple[PixelBins, PixelBins, PixelValues]], ends: np.ndarray
) -> Iterator[tuple[PixelBins, PixelBins, PixelValues]]:
    """Pixels between contigs."""
    for bin1, bin2, counts in chunks:
        is_trans = bin2 >= ends[np.searchsorted(ends, bin1, side="right")]
        yield bin1[is_trans], bin2[is_trans], counts[is_trans]


def _kept_bins(parts: _Parts, config: BalanceConfig, blacklist: np.ndarray) -> np.ndarray:
    """Which bins pass the filters."""
    bins = parts.source.bins
    n_pixels, coverage = np.zeros(bins.n_bins), np.zeros(bins.n_bins)
    # As in cooler, bins are judged by all their contacts where those between contigs are balanced.
    judged = _Parts(parts.source, replace(config, contacts="all")) if config.contacts == "trans" else parts
    for _, own, pixels in judged:
        with threads_for(pixels.n_pixels):
            ones = np.ones(pixels.n_bins)
            n_pixels[own] = pixels.sums(ones, count_pixels=True)
            coverage[own] = pixels.sums(ones)
    masks = {
        f"with fewer than {config.min_pixels} pixels": n_pixels < config.min_pixels,
        f"with fewer than {config.min_count:g} contacts": coverage < config.min_count,
        "of low coverage": _is_low(coverage, bins.ends, config.mad_max),
        "on the blacklist": np.isin(np.arange(bins.n_bins), blacklist),
    }
    kept = ~np.logical_or.reduce(list(masks.values()))
    if not (kept & (coverage > 0)).any():
        dropped = {reason: int(mask.sum()) for reason, mask in masks.items() if mask.any()}
        hint = "the map is too thin for these bins: widen them (cisgram hic zoom), or lower --min-pixels"
        raise EmptySetError("bins to balance", dropped=dropped, hint=hint)
    return kept


def _is_low(coverage: np.ndarray, ends: Sequence[int], mad_max: float) -> np.ndarray:
    """Bins far below the others in coverage relative to their contig's median."""
    if mad_max <= 0:
        return np.zeros(len(coverage), dtype=bool)
    relative = np.full(len(coverage), np.nan)
    for start, stop in zip((0, *ends[:-1]), ends, strict=True):
        own = coverage[start:stop]
        if (own > 0).any():
            relative[start:stop] = own / np.median(own[own > 0])
    if not (relative > 0).any():
        return np.zeros(len(coverage), dtype=bool)
    logs = np.log(relative[relative > 0])
    middle = np.median(logs)
    return relative < np.exp(middle - mad_max * np.median(np.abs(logs - middle)))


def _trans_factors(source: ContactSource) -> PerBin:
    """How much more of the genome lies on other contigs, seen from each bin: long contigs have fewer partners."""
    bins = source.bins
    factors = np.empty(bins.n_bins)
    for chrom in bins.chroms:
        share = bins.count(chrom) / bins.n_bins
        factors[bins.slice_of(chrom)] = 1 / (1 - share) if share < 1 else 1
    return factors


class _Found(NamedTuple):
    """Weights of one set, and how they came about."""

    weights: PerBin
    scale: float
    variance: float
    n_iterations: int


def _iterate(pixels: RowPixels, start: PerBin, factors: PerBin | None, config: BalanceConfig) -> _Found:
    """The rounds of correction on one set of pixels."""
    weights, variance, scale, n = start.copy(), np.nan, np.nan, 0
    for n in range(1, config.max_iterations + 1):
        sums = pixels.sums(weights if factors is None else weights * factors)
        positive = sums[sums != 0]
        if not positive.size:
            return _Found(np.full(len(weights), np.nan), np.nan, 0.0, n)
        scale = float(positive.mean())
        variance = float(positive.var())
        relative = sums / scale
        relative[relative == 0] = 1
        weights /= relative
        if variance < config.tolerance:
            break
    weights[weights == 0] = np.nan
    return _Found(weights / np.sqrt(scale) if config.rescale else weights, scale, variance, n)


def _warn_of_unfinished(table: pd.DataFrame, config: BalanceConfig) -> None:
    """Say which contigs are not balanced well."""
    open_ones = table[~table["converged"]]
    if len(open_ones):
        worst = ", ".join(f"{row.chrom} {row.variance:.2g}" for row in open_ones.head(4).itertuples())
        warnings.warn(
            f"balancing ended after {config.max_iterations} rounds with a variance above {config.tolerance:g} "
            f"({len(open_ones)} of {len(table)}: {worst}); allow more rounds, or mask more bins (a higher min_pixels)",
            CisgramWarning,
            stacklevel=3,
        )


def bins_touched(intervals: pd.DataFrame, bins: ContactBins) -> PixelBins:
    """The bins that intervals touch, counted through all contigs, each once and in order.

    Parameters
    ----------
    intervals
        Interval table; names of contigs may be written in another way than the map's (chrIV, IV, 4).
    bins
        Bins of the map.

    Raises
    ------
    ContigError
        Where the map has none of the contigs.

    Examples
    --------
    >>> from cisgram.genomics.interval import interval_table
    >>> bins_touched(interval_table(["II"], [5], [25]), ContactBins({"I": 30, "II": 40}, 10)).tolist()
    [3, 4, 5]
    """
    names = match_contigs(bins.sizes, intervals["chrom"].unique().tolist(), what="the intervals").to_genome
    found = np.zeros(bins.n_bins, dtype=np.bool_)
    for chrom, start, end in intervals[["chrom", "start", "end"]].itertuples(index=False):
        if chrom not in names:
            continue
        own = bins.slice_of(names[chrom])
        first, last = start // bins.bin_size, -(-end // bins.bin_size)
        found[min(own.start + first, own.stop) : min(own.start + last, own.stop)] = True
    return np.flatnonzero(found)


def balanced_levels(
    levels: Iterable[ContactSource], config: BalanceConfig | None = None
) -> Iterator[tuple[ContactSource, dict[str, object]]]:
    """Balance maps one after the other, each with what is said about its weights, as ``write_mcool`` takes them.

    A map of which the filters leave no bin, as of very wide bins, stays without weights, with a warning.
    """
    for level in levels:
        try:
            found = balance(level, config)
        except EmptySetError as error:
            warnings.warn(f"{level.bins.bin_size} bp: not balanced, {error}", CisgramWarning, stacklevel=2)
            yield level, {}
            continue
        yield WeightedContacts(level, found.weights), found.attributes()
