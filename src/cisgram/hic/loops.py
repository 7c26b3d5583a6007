"""Loops: corner dots that stand out from all their neighbourhoods (HiCCUPS)."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cisgram.arrays import ContigValues
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.contacts import ContactBins, ContactSource
from cisgram.hic.loop_rates import RateTable, least_counts, rate_edges, rate_table
from cisgram.hic.neighbourhoods import KERNELS, LocalScores, ScoringRule, score_contig

log = logging.getLogger(__name__)

LOOP_COLUMNS = (
    "chrom1",
    "start1",
    "end1",
    "chrom2",
    "start2",
    "end2",
    "count",
    *(f"la_exp.{kernel}.value" for kernel in KERNELS),
    *(f"la_exp.{kernel}.qval" for kernel in KERNELS),
    "c_size",
    "cstart1",
    "cstart2",
)
"""Columns of :func:`call_loops`: the brightest pixel of each loop (0-based, half-open), its contacts, what each kernel
lets one expect there and how surprising they are (q-value), pixels in the loop, and their mean position in bp."""

_SIZES = ((18_000, (3, 1)), (8_000, (5, 2)), (4_000, (7, 4)))


@dataclass(frozen=True)
class LoopConfig:
    """How loops are called. The defaults are those of HiCCUPS as ``cooltools dots`` has them."""

    outer: int | None = None
    """Half the side of the square of a pixel's neighbourhood in bins; chosen by bin size if not given (3, 5 or 7 for
    bins of 18, 8 or 4 kb and more)."""
    inner: int | None = None
    """The same of its middle, which the loop itself fills; 1, 2 or 4 if not given."""
    max_distance_bp: int = 10_000_000
    """Pixels further apart than this are not looked at."""
    fdr: float = 0.1
    """Share of false pixels among those called in each class of expected contacts."""
    n_classes: int = 40
    """Classes of expected contacts: up to 1, then by factors of the cube root of 2; more where rates are higher."""
    cluster_radius_bp: int = 20_000
    """Called pixels within about this distance are one loop."""
    min_over_lines: float = 1.5
    """Least contacts over those expected by the column and by the row."""
    min_over_both: float = 1.75
    """Least contacts over those expected by the donut and by the lower left."""
    min_over_either: float = 2.0
    """The same over one of the two."""
    max_orphan_q: float = 0.02
    """A loop of a single pixel needs q-values that sum to no more than this."""
    is_filtered: bool = True
    """Whether the last four limits are applied."""

    def __post_init__(self) -> None:
        if (self.outer is None) != (self.inner is None):
            raise ConfigError("give both outer and inner, or neither")
        if self.outer is not None and self.inner is not None and not 1 <= self.inner < self.outer:
            raise ConfigError(f"inner must be at least 1 and less than outer; got {self.inner} and {self.outer}")
        if not 0 < self.fdr < 1:
            raise ConfigError(f"fdr must lie between 0 and 1; got {self.fdr}")
        if self.cluster_radius_bp < 1 or self.max_distance_bp < 1:
            raise ConfigError("cluster_radius_bp and max_distance_bp must be at least 1")
        if self.n_classes < 2:
            raise ConfigError(f"n_classes must be at least 2; got {self.n_classes}")

    def sizes(self, bin_size: int) -> tuple[int, int]:
        """Half sides of the square and of its middle, in bins.

        Bins finer than 4 kb take those of 4 kb, with a message; the square is then smaller in bp than HiCCUPS means.

        Raises
        ------
        ConfigError
            Where bins are so coarse that no loop can be seen.
        """
        if self.outer is not None and self.inner is not None:
            return self.outer, self.inner
        if bin_size > 28_000:
            raise ConfigError(
                f"bins of {bin_size} bp are too coarse to see loops; use 25 kb or less, or give outer and inner"
            )
        for least, sizes in _SIZES:
            if bin_size >= least:
                return sizes
        log.info("bins of %d bp are finer than HiCCUPS was made for; neighbourhoods of 7 and 4 bins are used", bin_size)
        return _SIZES[-1][1]


def call_loops(
    source: ContactSource,
    expected: pd.DataFrame,
    config: LoopConfig | None = None,
    *,
    chroms: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Call pixels with more contacts than each of their four neighbourhoods lets one expect, and join them into loops.

    Every pixel's contacts are compared with a Poisson distribution whose rate is the upper edge of its class of locally
    expected contacts; within each class and kernel the share of false pixels is held at ``fdr`` over the whole map.
    Pixels that pass by all four kernels are clustered (BIRCH); the brightest pixel stands for its cluster, and must
    pass the limits on enrichment. Called pixels, values, q-values and clusters are those of ``cooltools.dots``.

    Parameters
    ----------
    source
        A balanced map of counted contacts. One contig is in memory at a time.
    expected
        Columns ``region1`` (contig), ``dist`` (bins) and ``balanced.avg``, as the table of expected contacts by
        distance has them, of whole contigs.
    config
        Settings.
    chroms
        Contigs; all if not given.

    Returns
    -------
    pandas.DataFrame
        :data:`LOOP_COLUMNS`, in the order of the genome; without rows where nothing passes.

    Raises
    ------
    InputError
        Where the map is not balanced, contacts are fractions, or the expectation lacks a contig.

    References
    ----------
    Rao et al. 2014, Cell 159:1665; Open2C 2024, PLoS Comput Biol 20:e1012067.
    """
    config = LoopConfig() if config is None else config
    bins = source.bins
    names = bins.chroms if chroms is None else tuple(chroms)
    by_contig = distance_means(expected, bins, names)
    scores, edges = _score(source, by_contig, config.sizes(bins.bin_size), config)
    table = rate_table(((own.levels, own.histogram) for own in scores.values()), edges, config.fdr)
    loops = [_contig_loops(chrom, own, table, bins, config) for chrom, own in scores.items()]
    called = pd.concat(loops, ignore_index=True)
    log.info("%d loops", len(called))
    return called


def distance_means(
    expected: pd.DataFrame, bins: ContactBins, chroms: Iterable[str], *, column: str = "balanced.avg"
) -> dict[str, ContigValues]:
    """What is expected at each distance within each contig, from a table.

    Parameters
    ----------
    expected
        As for :func:`call_loops`.
    bins
        The bins of the map.
    chroms
        Contigs that are needed.
    column
        Which column to take.

    Returns
    -------
    dict of str to numpy.ndarray
        One number per distance in bins, from 0; NaN where none is known.

    Raises
    ------
    InputError
        Where a column or a contig is missing.
    """
    if missing := [name for name in ("region1", "dist", column) if name not in expected]:
        raise InputError(f"the table of expected contacts has no column {missing[0]!r}; it has {list(expected)}")
    groups = {str(name): rows for name, rows in expected.groupby("region1", sort=False)}
    means = {}
    for chrom in chroms:
        if chrom not in groups:
            raise InputError(f"nothing is expected of contig {chrom}: the table has {', '.join(list(groups)[:10])}")
        values = np.full(bins.count(chrom), np.nan)
        distance = groups[chrom]["dist"].to_numpy()
        inside = distance < values.size
        values[distance[inside]] = groups[chrom][column].to_numpy()[inside]
        means[chrom] = values
    return means


def _score(
    source: ContactSource, by_contig: Mapping[str, ContigValues], sizes: tuple[int, int], config: LoopConfig
) -> tuple[dict[str, LocalScores], ContigValues]:
    """Score all contigs, with more classes if a pixel lies beyond the last, and give the edges that did."""
    n_classes, max_distance = config.n_classes, config.max_distance_bp // source.bins.bin_size
    while True:
        edges = rate_edges(n_classes)
        rule = ScoringRule(*sizes, max_distance, edges, least_counts(edges, config.fdr))
        scores = {chrom: score_contig(source.cis(chrom), means, rule) for chrom, means in by_contig.items()}
        if not any(own.histogram[:, -1].any() for own in scores.values()):
            return scores, edges
        n_classes *= 2


def _contig_loops(
    chrom: str, scored: LocalScores, table: RateTable, bins: ContactBins, config: LoopConfig
) -> pd.DataFrame:
    """The loops of one contig."""
    q_values = table.q_values(scored.counts, scored.expected)
    is_called = table.is_called(scored.counts, scored.expected)
    frame = pd.DataFrame({"chrom1": chrom, "start1": scored.bin1 * bins.bin_size, "end1": 0}, index=None)
    frame["end1"] = np.minimum(frame["start1"] + bins.bin_size, bins.size_of(chrom))
    frame["chrom2"], frame["start2"] = chrom, scored.bin2 * bins.bin_size
    frame["end2"] = np.minimum(frame["start2"] + bins.bin_size, bins.size_of(chrom))
    frame["count"] = scored.counts
    for number, kernel in enumerate(KERNELS):
        frame[f"la_exp.{kernel}.value"] = scored.expected[:, number]
        frame[f"la_exp.{kernel}.qval"] = q_values[:, number]
    return _joined(frame[is_called], config)


def _joined(pixels: pd.DataFrame, config: LoopConfig) -> pd.DataFrame:
    """One row per cluster of called pixels, if it passes the limits."""
    if pixels.empty:
        return pixels.assign(c_size=0, cstart1=0.0, cstart2=0.0)[list(LOOP_COLUMNS)]
    # A cluster's radius is that of BIRCH's subclusters, in bp.
    from sklearn.cluster import Birch  # takes a second to load; only this needs it

    at = pixels[["start1", "start2"]].to_numpy(dtype=np.float64)
    birch = Birch(n_clusters=None, threshold=config.cluster_radius_bp).fit(at)  # pyright: ignore[reportArgumentType]
    label = birch.labels_
    centres = birch.subcluster_centers_[label]
    pixels = pixels.assign(
        c_label=label, c_size=np.bincount(label)[label], cstart1=centres[:, 0], cstart2=centres[:, 1]
    ).reset_index(drop=True)
    best = pixels.loc[pixels.groupby("c_label")["count"].idxmax()]
    if config.is_filtered:
        best = best[_stands_out(best, config)]
    return best.sort_values(["start1", "start2"])[list(LOOP_COLUMNS)].reset_index(drop=True)


def _stands_out(loops: pd.DataFrame, config: LoopConfig) -> pd.Series:
    """Whether each loop passes the limits on enrichment, and on its q-values if it is a single pixel."""
    count, rate = loops["count"], {kernel: loops[f"la_exp.{kernel}.value"] for kernel in KERNELS}
    sum_q = sum((loops[f"la_exp.{kernel}.qval"] for kernel in KERNELS), start=pd.Series(0.0, index=loops.index))
    over_lines = count > config.min_over_lines * np.maximum(rate["vertical"], rate["horizontal"])
    over_both = count > config.min_over_both * np.maximum(rate["donut"], rate["lowleft"])
    over_either = count > config.min_over_either * np.minimum(rate["donut"], rate["lowleft"])
    return over_lines & over_both & over_either & ((loops["c_size"] > 1) | (sum_q <= config.max_orphan_q))
