"""A plain peak caller: stretches with more counts than the genome's background would give by chance.

The rule: counts are added up in a sliding window; the background is the median over bins of 1,000 bp of the whole
genome, scaled to the window; a window is enriched where a Poisson count that high is improbable. Enriched windows
whose centres lie near each other make one peak. No control is looked at and no correction is made for the number of
windows, so that hot spots of the background bring some peaks that are not worth much, as they do in every experiment;
where a control exists, a peak caller that uses it does better.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import poisson

from cisgram.arrays import Values
from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.interval import interval_table

_MAX_LOG10_P = 300.0


@dataclass(frozen=True)
class PeakRule:
    """When counts make a peak, for tracks that come without peaks."""

    window_bp: int = 151
    """Width of the sliding window; odd, so that it has a centre."""
    p_value: float = 1e-9
    """Greatest probability of an enriched window under the background."""
    gap_bp: int = 100
    """Centres of enriched windows up to this far apart belong to one peak."""
    summit_reach_bp: int = 15
    """The summit has the most counts within this distance on either side."""

    def __post_init__(self) -> None:
        if self.window_bp < 1 or self.window_bp % 2 == 0 or not 0 < self.p_value < 1:
            raise ConfigError(f"window_bp must be odd and p_value between 0 and 1; got {self}")


def call_peaks(
    contigs: Iterable[str],
    pooled: Callable[[str], Values],
    *,
    rule: PeakRule | None = None,
    name: str = "peak",
    hint: str = "raise calling.p_value, or give peaks",
) -> pd.DataFrame:
    """Call peaks contig by contig; every contig is asked for twice, so that only one is in memory at a time.

    Parameters
    ----------
    contigs
        Names of the contigs.
    pooled
        Gives the counts per base of a contig: 5' ends or cut sites, strands and replicates added up.
    rule
        Numbers of the rule.
    name
        What the names of the peaks begin with.
    hint
        What the error for no peaks says about a way out.

    Returns
    -------
    pandas.DataFrame
        Interval table with ``name``, ``score`` (0 to 1000), ``strand`` (``.``), ``signal`` (enrichment over the
        background at the summit), ``p_value`` (-log10, at most 300), ``q_value`` (-1: none) and ``summit``.

    Raises
    ------
    EmptySetError
        Where nothing is enriched.
    """
    rule = rule or PeakRule()
    names = list(contigs)
    bins = np.concatenate([_bin_totals(pooled(contig)) for contig in names])
    expected = max(float(np.median(bins)) / 1_000, 0.1 / 1_000) * rule.window_bp
    least = int(poisson.isf(rule.p_value, expected)) + 1
    found = pd.concat([_peaks_of(contig, pooled(contig), least, rule) for contig in names], ignore_index=True)
    if found.empty:
        raise EmptySetError(f"peaks of {name}", dropped={}, hint=hint)
    log_p = np.minimum(-poisson.logsf(found["reads"] - 1, expected) / np.log(10), _MAX_LOG10_P)
    return interval_table(
        found["chrom"],
        found["start"],
        found["end"],
        name=[f"{name}_{number + 1}" for number in range(len(found))],
        score=np.minimum(1_000, np.round(10 * log_p)).astype(np.int64),
        strand=".",
        signal=(found["reads"] / expected).round(3),
        p_value=np.round(log_p, 3),
        q_value=-1.0,
        summit=found["summit"],
    )


def _bin_totals(counts: Values) -> np.ndarray:
    """Reads per 1,000 bp; a shorter rest is left out."""
    n_bins = counts.size // 1_000
    return counts[: n_bins * 1_000].reshape(n_bins, 1_000).sum(axis=1)


def _sliding_sum(counts: Values, width: int) -> np.ndarray:
    """Sum over a centred window at every base; what lies beyond the ends counts as 0."""
    padded = np.concatenate([np.zeros(width // 2 + 1), counts, np.zeros(width // 2)])
    cumulative = padded.cumsum()
    return cumulative[width:] - cumulative[:-width]


def _peaks_of(contig: str, counts: Values, least: int, rule: PeakRule) -> pd.DataFrame:
    """Peaks of one contig with the most reads of any window in them."""
    in_window = _sliding_sum(counts, rule.window_bp)
    near = _sliding_sum(counts, 2 * rule.summit_reach_bp + 1)
    centers = np.flatnonzero(in_window >= least)
    rows = []
    for group in np.split(centers, np.flatnonzero(np.diff(centers) > rule.gap_bp) + 1) if centers.size else []:
        first, last = int(group[0]), int(group[-1])
        # Ties go to the middle of the best stretch, not to its left end.
        best = np.flatnonzero(near[first : last + 1] == near[first : last + 1].max())
        start = max(0, first - rule.window_bp // 2)
        end = min(counts.size, last + rule.window_bp // 2 + 1)
        rows.append((contig, start, end, first + int(best[best.size // 2]), in_window[first : last + 1].max()))
    return pd.DataFrame(rows, columns=["chrom", "start", "end", "summit", "reads"]).astype(
        {"chrom": str, "start": np.int64, "end": np.int64, "summit": np.int64, "reads": np.float64}
    )
