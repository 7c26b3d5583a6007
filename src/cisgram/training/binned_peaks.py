"""Peaks of measured tracks in bins, and how well predicted values put them before all other bins.

Kelley et al. (2018, Basenji): a bin is a peak where its value, taken as a count, is too high for a Poisson
distribution with the track's mean, at a false discovery rate of 1 % among all bins.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.stats import poisson

from cisgram.arrays import BinnedTargets, BinValuesOfWindows, MaskedBins
from cisgram.errors import InputError
from cisgram.nn.metrics import auroc, average_precision
from cisgram.training.bootstrap import Resamples, interval_of

PEAK_METRICS = ("auroc", "auprc")
"""What :func:`compare_peaks` measures."""

PEAK_DEFINITIONS = {
    "auroc": (
        "chance that the prediction ranks a peak above another bin; peaks are bins whose rounded value is too high for "
        "a Poisson distribution with the track's mean (Benjamini and Hochberg, q < 0.01)"
    ),
    "auprc": "average precision at finding the same peaks; a ranking at random reaches the share of bins in peaks",
}
"""How each is measured, in words."""

PEAK_COLUMNS = ("track", "n_bins", "n_peaks", "metric", "value", "low", "high")
"""Columns of :func:`compare_peaks`; a value is NaN for a track without peaks."""

FALSE_DISCOVERY_RATE = 0.01
_MAX_LEVELS = 512


def peak_bins(measured: BinValuesOfWindows) -> MaskedBins:
    """Tell which bins of one track are peaks.

    Parameters
    ----------
    measured
        Values in the units of the targets, rounded to whole counts for the test; bins that are NaN are no peaks.

    Examples
    --------
    >>> values = np.ones((1, 1000))
    >>> values[0, 7] = 9
    >>> np.flatnonzero(peak_bins(values)).tolist()
    [7]
    """
    known = measured[~np.isnan(measured)].astype(np.float64)
    if not known.size or known.mean() <= 0:
        return np.zeros(measured.shape, dtype=bool)
    counts = np.round(known)
    levels, n_at = np.unique(counts, return_counts=True)
    n_above = n_at[::-1].cumsum()[::-1]
    # All bins of one count have one p-value, whose rank is the number of bins with as high a count.
    q_value = poisson.sf(levels - 1, known.mean()) * known.size / n_above
    passed = levels[(q_value < FALSE_DISCOVERY_RATE) & (levels > 0)]
    return np.nan_to_num(np.round(measured.astype(np.float64)), nan=-np.inf) >= passed.min(initial=np.inf)


def compare_peaks(
    measured: BinnedTargets, predicted: BinnedTargets, *, track_names: Sequence[str], resamples: Resamples | None = None
) -> pd.DataFrame:
    """Rank bins by predictions and look where the measured peaks are.

    Parameters
    ----------
    measured, predicted
        Values of the same windows; may be memory-mapped. Bins that are NaN on either side are left out.
    track_names
        One per track.
    resamples
        Blocks of the windows and how often each is drawn; without them there are no intervals. In resamples curves
        are followed at 512 thresholds, and what that takes from the value of all bins is given back.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`PEAK_COLUMNS`, a row per track and metric of :data:`PEAK_METRICS`.

    Raises
    ------
    InputError
        Where shapes do not fit.
    """
    if measured.shape != predicted.shape or measured.shape[1] != len(track_names):
        raise InputError(
            f"measured and predicted must have the same windows and bins of {len(track_names)} tracks; got "
            f"{measured.shape} and {predicted.shape}"
        )
    rows = []
    for track, name in enumerate(track_names):
        x, y = (np.asarray(side[:, track], dtype=np.float32) for side in (measured, predicted))
        known = ~(np.isnan(x) | np.isnan(y))
        is_peak, scores = peak_bins(np.where(known, x, np.nan))[known], y[known]
        n_peaks = int(is_peak.sum())
        has_both = 0 < n_peaks < is_peak.size
        values = (auroc(is_peak, scores), average_precision(is_peak, scores)) if has_both else (np.nan, np.nan)
        drawn = [np.zeros(0), np.zeros(0)]
        if resamples is not None and has_both:
            block_of = np.broadcast_to(resamples.block_of[:, None], known.shape)[known]
            drawn = _resampled(is_peak, scores, block_of, resamples, values)
        for metric, value, own in zip(PEAK_METRICS, values, drawn, strict=True):
            low, high = interval_of(own) or (np.nan, np.nan)
            rows.append((name, is_peak.size, n_peaks, metric, value, low, high))
    return pd.DataFrame(rows, columns=list(PEAK_COLUMNS))


def _resampled(
    is_peak: np.ndarray, scores: np.ndarray, block_of: np.ndarray, resamples: Resamples, values: tuple[float, float]
) -> list[np.ndarray]:
    """AUROC and average precision of every resample, from counts per block at thresholds."""
    levels = np.unique(np.quantile(scores[is_peak], np.linspace(0, 1, _MAX_LEVELS), method="lower"))
    counts = [_per_step(scores[chosen], block_of[chosen], levels, resamples.n_blocks) for chosen in (is_peak, ~is_peak)]
    coarse = _areas(*(resamples.draws @ one for one in counts))
    whole = _areas(*(one.sum(axis=0, keepdims=True) for one in counts))
    return [one + (value - at_all[0]) for one, at_all, value in zip(coarse, whole, values, strict=True)]


def _per_step(scores: np.ndarray, block_of: np.ndarray, levels: np.ndarray, n_blocks: int) -> np.ndarray:
    """Bins per block between thresholds, the highest first."""
    step = levels.size - np.searchsorted(levels, scores, side="right")
    flat = np.bincount(block_of * (levels.size + 1) + step, minlength=n_blocks * (levels.size + 1))
    return flat.reshape(n_blocks, -1).astype(np.float64)


def _areas(peaks: np.ndarray, others: np.ndarray) -> list[np.ndarray]:
    """AUROC and average precision per row from the bins of every step; NaN without both kinds."""
    found, false = peaks.cumsum(axis=1), others.cumsum(axis=1)
    n_peaks, n_others = found[:, -1], false[:, -1]
    has_both = (n_peaks > 0) & (n_others > 0)
    below = n_others[:, None] - false + others / 2
    ranked = (peaks * below).sum(axis=1)
    precise = (peaks * np.divide(found, found + false, out=np.zeros_like(found), where=found + false > 0)).sum(axis=1)
    empty = np.full(len(peaks), np.nan)
    return [
        np.divide(ranked, n_peaks * n_others, out=empty.copy(), where=has_both),
        np.divide(precise, n_peaks, out=empty.copy(), where=has_both),
    ]
