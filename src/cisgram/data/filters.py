"""Reasons not to use a window: regions to avoid, unknown bases, too few or suspiciously many counts."""

import numpy as np
import pandas as pd

from cisgram.arrays import Totals
from cisgram.data.composition import base_composition
from cisgram.data.windows import drop
from cisgram.errors import ConfigError
from cisgram.genomics.genome import Genome
from cisgram.genomics.interval import overlaps


def exclude(windows: pd.DataFrame, regions: pd.DataFrame, *, reason: str = "in an excluded region") -> pd.DataFrame:
    """Drop windows that share a base with a region.

    Parameters
    ----------
    windows
        A windows table.
    regions
        Interval table, e.g. of repeats that attract reads.
    reason
        What ``dropped`` says.

    Returns
    -------
    pandas.DataFrame
        A copy with ``dropped`` filled in.

    Examples
    --------
    >>> windows = pd.DataFrame({"chrom": ["I", "I"], "start": [0, 50], "end": [20, 70], "dropped": ["", ""]})
    >>> exclude(windows, pd.DataFrame({"chrom": ["I"], "start": [65], "end": [99]}))["dropped"].tolist()
    ['', 'in an excluded region']
    """
    return drop(windows, overlaps(windows, regions), reason)


def drop_unknown_bases(windows: pd.DataFrame, genome: Genome, *, max_fraction: float = 0.1) -> pd.DataFrame:
    """Drop windows in which more than ``max_fraction`` of the bases are N or lie beyond the contig."""
    if not 0 <= max_fraction <= 1:
        raise ConfigError(f"max_fraction must lie in 0..1; got {max_fraction}")
    kept = windows["dropped"].eq("").to_numpy()
    unknown = np.zeros(len(windows))
    unknown[kept] = base_composition(genome, windows[kept]).unknown_fraction
    return drop(windows, unknown > max_fraction, "too many N")


def drop_by_counts(
    windows: pd.DataFrame, totals: Totals, *, min_total: float = 0.0, max_quantile: float = 1.0, scale: float = 1.0
) -> pd.DataFrame:
    """Drop windows with too few counts, and those with so many that they look like artefacts.

    Parameters
    ----------
    windows
        A windows table. The upper limit is set for every split on its own, so that nothing of the held-out
        windows decides what is trained on.
    totals
        Counts of every window, in the order of the rows; ignored (and may be NaN) where a window is dropped.
    min_total
        Smallest total that is kept.
    max_quantile
        Peak windows whose total is above this quantile of the kept peak windows of their split, times ``scale``,
        are dropped; 1 keeps all. In use are 0.99 with scale 1.2 (bpnet-lite) and 0.9999 (ChromBPNet).
    scale
        See there; at least 1.

    Returns
    -------
    pandas.DataFrame
        A copy with ``dropped`` filled in: too few counts, suspiciously many counts. Negatives are never dropped
        for few counts.

    Examples
    --------
    >>> windows = pd.DataFrame({"kind": "peak", "split": "train", "dropped": ["", "", ""]})
    >>> drop_by_counts(windows, np.array([3.0, 50.0, 9000.0]), min_total=10.0, max_quantile=0.9)["dropped"].tolist()
    ['too few counts', '', 'suspiciously many counts']
    """
    if not 0 < max_quantile <= 1 or scale < 1:
        raise ConfigError(f"max_quantile must lie in (0, 1] and scale be at least 1; got {max_quantile} and {scale}")
    if totals.shape != (len(windows),):
        raise ConfigError(f"totals needs one value per window: {len(windows)}; got {totals.shape[0]}")
    is_peak = windows["kind"].eq("peak").to_numpy()
    windows = drop(windows, is_peak & (totals < min_total), "too few counts")
    if max_quantile == 1:
        return windows
    too_many = np.zeros(len(windows), dtype=bool)
    for split in windows["split"].unique():
        here = windows["split"].eq(split).to_numpy()
        kept_peaks = here & is_peak & windows["dropped"].eq("").to_numpy()
        if kept_peaks.any():
            too_many |= here & (totals > scale * np.quantile(totals[kept_peaks], max_quantile))
    return drop(windows, too_many, "suspiciously many counts")
