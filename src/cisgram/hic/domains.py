"""Nested domains: stretches whose parts meet more often than they meet what lies outside, one inside the other."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cisgram.arrays import ContigValues, IntervalScores
from cisgram.errors import ConfigError
from cisgram.genomics.contacts import ContactSource
from cisgram.hic.insulation import InsulationConfig, insulation
from cisgram.hic.laminar import best_nested_intervals
from cisgram.hic.loops import distance_means
from cisgram.hic.stretches import Stretches, score_stretches, sharpest_edges
from cisgram.hic.triangles import triangle_sums

log = logging.getLogger(__name__)

DOMAIN_COLUMNS = ("chrom", "start", "end", "name", "level", "parent", "score", "contrast", "q_value")
"""Columns of :func:`nested_domains`: ``level`` is 1 for domains in no other, ``parent`` the name of the smallest domain
around (``.`` for none), ``contrast`` ln of contacts across the middle over those across the edges, both over expected,
``score`` what is left of it after sampling error, ``q_value`` the share of false ones among stretches that score so."""


@dataclass(frozen=True)
class DomainConfig:
    """How domains are found."""

    windows_bp: tuple[int, ...]
    """Windows of the insulation score whose boundaries are the edges that a domain may have."""
    max_length_bp: int
    """Longest domain."""
    min_length_bins: int = 4
    """Shortest domain."""
    ignore_diagonals: int = 2
    """Contacts at fewer bins than this are left out."""
    n_errors: float = 2.0
    """Standard errors that are taken off a contrast, so that few contacts make no domain."""
    fdr: float = 0.2
    """Share of false domains that is borne. It is an upper bound: a shifted stretch between edges that stand close
    together is nearly a real one, and counts as false."""
    seed: int = 0
    """Of the shifts that the false ones are counted on."""

    def __post_init__(self) -> None:
        if self.min_length_bins < 3:
            raise ConfigError(f"min_length_bins must be at least 3; got {self.min_length_bins}")
        if not 0 < self.fdr <= 1:
            raise ConfigError(f"fdr must lie above 0 and not above 1; got {self.fdr}")
        if not self.windows_bp or self.max_length_bp < max(self.windows_bp):
            raise ConfigError(f"max_length_bp must be no less than the windows; got {self.max_length_bp}")

    @classmethod
    def for_bins(cls, bin_size: int) -> "DomainConfig":
        """Settings for a map of bins of this width: windows of 5, 10 and 25 bins, domains of up to 200 bins."""
        return cls(windows_bp=(5 * bin_size, 10 * bin_size, 25 * bin_size), max_length_bp=200 * bin_size)


def nested_domains(
    source: ContactSource, expected: pd.DataFrame, config: DomainConfig, *, chroms: Sequence[str] | None = None
) -> pd.DataFrame:
    """Find domains at all sizes at once, nested but never crossing.

    Edges may lie at the boundaries that the insulation score shows at any of the windows. Between every two of them
    that are near enough, the contrast is told: ln of the mean observed over expected between the two parts of the
    stretch, at that cut inside it where this is least, over the greater of the same across its two ends. A stretch of
    two domains side by side has no contrast, since nothing holds its parts together; a domain around domains has. The
    contrast less its sampling error is the score. Stretches are kept whose score is as rare among stretches of the same
    lengths that were shifted along the contig as ``fdr`` asks (target and decoy; shifted edges that come to lie on real
    ones are left out, and real edges cut decoys too), and of these the set is chosen, by
    dynamic programming, whose scores sum highest while no two cross.

    Parameters
    ----------
    source
        A balanced map. One contig is in memory at a time: 24 bytes per bin and bin of the longest domain.
    expected
        Columns ``region1``, ``dist`` and ``balanced.avg``, of whole contigs.
    config
        Settings.
    chroms
        Contigs; all if not given.

    Returns
    -------
    pandas.DataFrame
        :data:`DOMAIN_COLUMNS`, in the order of the genome, each domain before those inside it.

    Raises
    ------
    InputError
        Where the map is not balanced, or the expectation lacks a contig.

    Notes
    -----
    The rule is our own; it follows the nesting of Weinreb and Raphael 2016 (Bioinformatics 32:1601) and the exact
    optimum of Filippova et al. 2014 (Algorithms Mol Biol 9:14).
    """
    names = source.bins.chroms if chroms is None else tuple(chroms)
    scores = insulation(
        source, InsulationConfig(config.windows_bp, ignore_diagonals=config.ignore_diagonals), chroms=names
    )
    means = distance_means(expected, source.bins, names)
    found = {chrom: _candidates(source, chrom, means[chrom], scores, config) for chrom in names}
    scored = [(own.score, false) for own, false in found.values()]
    real, decoys = (np.concatenate([pair[k][np.isfinite(pair[k])] for pair in scored]) for k in (0, 1))
    weight = real.size / max(decoys.size, 1)  # fewer decoys than stretches are scored
    real, decoys = real[real > 0], decoys[decoys > 0]
    least, q_of = _cut(real, decoys, config.fdr, weight=weight)
    size = source.bins.bin_size
    parts = [_contig_table(chrom, own, least, size, source.bins.size_of(chrom)) for chrom, (own, _) in found.items()]
    table = pd.concat(parts, ignore_index=True)
    table["q_value"] = q_of(table["score"].to_numpy())
    log.info("%d domains of %d stretches with a contrast; %d decoys have one", len(table), real.size, decoys.size)
    return table[list(DOMAIN_COLUMNS)]


def _candidates(
    source: ContactSource, chrom: str, means: ContigValues, scores: pd.DataFrame, config: DomainConfig
) -> tuple[Stretches, IntervalScores]:
    """Stretches between boundaries, and the scores of the same where no edges are."""
    contacts = source.cis(chrom)
    max_length = config.max_length_bp // source.bins.bin_size
    sums = triangle_sums(contacts, means, max_length=max_length, ignore_diagonals=config.ignore_diagonals)
    own = scores[scores["chrom"] == chrom]
    is_called = own[[f"is_boundary_{window}" for window in config.windows_bp]]
    n_bins = contacts.n_bins
    minima = np.flatnonzero(is_called.any(axis=1))
    # The diamond of a bin has it on both sides: the edge may be the bin's start or its end.
    window = min(config.windows_bp) // source.bins.bin_size
    inner = sharpest_edges(sums, np.concatenate([minima, minima + 1]), window=window)
    edges = np.unique(np.concatenate([[0, n_bins], inner]))
    limits = {"min_length": config.min_length_bins, "n_errors": config.n_errors}
    real = score_stretches(sums, edges, **limits)
    shift = np.random.default_rng([config.seed, list(source.bins.chroms).index(chrom)]).integers(
        n_bins // 4, max(n_bins // 4 + 1, 3 * n_bins // 4)
    )
    shifted = (edges[1:-1] + shift) % n_bins
    is_real = np.abs(shifted[:, None] - edges).min(axis=1, initial=n_bins) <= window
    moved = np.unique(np.concatenate([[0, n_bins], shifted[~is_real]]))  # what came to lie on an edge is none
    # A shifted stretch is held to the same: what a real edge inside it parts does not hold together.
    return real, score_stretches(sums, moved, cuts=np.union1d(edges, moved), **limits).score


def _cut(
    real: ContigValues, decoys: ContigValues, fdr: float, *, weight: float
) -> tuple[float, Callable[[ContigValues], ContigValues]]:
    """The least score at which there are few enough decoys, each of some weight, and q-values by score."""
    ascending = np.sort(real)
    n_real = np.arange(ascending.size, 0, -1)
    n_false = weight * (decoys.size - np.searchsorted(np.sort(decoys), ascending))
    q = np.minimum.accumulate(np.minimum(n_false / np.maximum(n_real, 1), 1.0))
    passes = q <= fdr
    least = ascending[np.argmax(passes)] if passes.any() else np.inf
    return float(least), lambda scores: q[np.searchsorted(ascending, scores)]


def _contig_table(chrom: str, stretches: Stretches, least: float, bin_size: int, size: int) -> pd.DataFrame:
    """The best nested set of one contig's stretches."""
    kept = np.where(stretches.score >= least, stretches.score, np.nan)
    rows: list[dict[str, object]] = []
    around: list[tuple[int, str]] = []  # ends and names of the domains that the present one lies in
    for number, (first, last) in enumerate(best_nested_intervals(kept), start=1):
        start, end = int(stretches.edges[first]), int(stretches.edges[last])
        while around and around[-1][0] < end:
            around.pop()
        name = f"{chrom}_{number}"
        rows.append(
            {
                "chrom": chrom,
                "start": start * bin_size,
                "end": min(end * bin_size, size),
                "name": name,
                "level": len(around) + 1,
                "parent": around[-1][1] if around else ".",
                "score": stretches.score[first, last - first - 1],
                "contrast": stretches.contrast[first, last - first - 1],
            }
        )
        around.append((end, name))
    return pd.DataFrame(rows, columns=[name for name in DOMAIN_COLUMNS if name != "q_value"])
