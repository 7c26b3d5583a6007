"""How well predicted tracks agree with measured ones in bins of one and of several widths, track by track.

A group of tracks passes at a time; what is kept are six sums per block of the genome, from which every correlation
follows for any resample of blocks.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numba import njit

from cisgram.arrays import BinnedTargets
from cisgram.errors import InputError
from cisgram.training.bootstrap import Resamples
from cisgram.training.pair_sums import correlation, per_block

BINNED_METRICS = ("pearson", "pearson_log1p", "spearman", "r2")
"""What :func:`compare_binned` measures, see :data:`DEFINITIONS`."""

DEFINITIONS = {
    "pearson": "Pearson correlation over all bins of all windows",
    "pearson_log1p": "Pearson correlation over the same bins of ln(1 + value); values below 0 count as 0",
    "spearman": "Spearman correlation over the same bins, ranks told apart to 1/2048 of a value",
    "r2": "1 - (mean squared error) / (variance of what was measured): below 0 where the mean would be a better guess",
}
"""How each metric is measured, in words."""

FIGURE_COLUMNS = ("track", "bin_bp", "metric", "n_bins", "value", "low", "high")
"""Columns of :func:`compare_binned`: ``low`` and ``high`` hold the middle 95 % of resamples (NaN where there are none);
a value is NaN where it is not defined, e.g. where a side is the same everywhere."""

_NUMBERS_AT_ONCE = 8_000_000


def compare_binned(
    measured: BinnedTargets,
    predicted: BinnedTargets,
    *,
    track_names: Sequence[str],
    bin_size: int,
    multiples: Sequence[int],
    resamples: Resamples,
) -> pd.DataFrame:
    """Compare predictions with measurements, at several widths of a bin.

    Parameters
    ----------
    measured, predicted
        Values of the same windows; may be memory-mapped. Bins that are NaN on either side are left out.
    track_names
        One per track.
    bin_size
        Width of a bin in bp.
    multiples
        How many bins are taken together: 1 for the bins as they are. A wide bin is the mean of those of its bins that
        are known on both sides; what is left at the end of a window is not used. Those wider than a window are passed
        over.
    resamples
        Blocks of the windows and how often each is drawn.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`FIGURE_COLUMNS`, a row per track, width and metric of :data:`BINNED_METRICS`.

    Raises
    ------
    InputError
        Where shapes do not fit.

    Notes
    -----
    Ranks are those among all bins once, also in resamples. Memory: 32 MB per array whatever the number of windows.

    Examples
    --------
    >>> from cisgram.training.bootstrap import resample_blocks
    >>> windows = pd.DataFrame({"chrom": "I", "start": [0, 10_000], "end": [8, 10_008]})
    >>> measured = np.array([[[0.0, 1.0, 2.0, 5.0]], [[3.0, 0.0, 1.0, 1.0]]])
    >>> options = {"track_names": ["a"], "bin_size": 2, "multiples": (1, 2)}
    >>> resamples = resample_blocks(windows, n_resamples=0)
    >>> compare_binned(measured, measured + 1, **options, resamples=resamples)["value"].round(2).tolist()
    [1.0, 1.0, 1.0, 0.6, 1.0, 1.0, 1.0, 0.23]
    """
    if measured.shape != predicted.shape or measured.shape[1] != len(track_names):
        raise InputError(
            f"measured and predicted must have the same windows and bins of {len(track_names)} tracks; got "
            f"{measured.shape} and {predicted.shape}"
        )
    usable = [one for one in multiples if one <= measured.shape[2]]
    group = max(1, _NUMBERS_AT_ONCE // max(1, measured.shape[0] * measured.shape[2]))
    weights = np.concatenate([np.ones((1, resamples.n_blocks)), resamples.draws])
    rows = []
    for first in range(0, len(track_names), group):
        x, y = (np.asarray(side[:, first : first + group], dtype=np.float32) for side in (measured, predicted))
        known = ~(np.isnan(x) | np.isnan(y))
        for at, name in enumerate(track_names[first : first + group]):
            for multiple in usable:
                one, other = (_wide(side[:, at], known[:, at], multiple) for side in (x, y))
                values = _figures(one, other, weights, resamples)
                n_bins = int((~np.isnan(one)).sum())
                rows += [
                    (name, multiple * bin_size, metric, n_bins, *_with_interval(values[metric]))
                    for metric in BINNED_METRICS
                ]
    return pd.DataFrame(rows, columns=list(FIGURE_COLUMNS))


def second_experiment(metric: str, *, pearson: float, own: float) -> float:
    """What a second experiment of the same depth would reach, from what its halves (single replicates) reach.

    A correlation r of two replicates becomes 2 r / (1 + r) between two pools of two (Spearman and Brown). R2 of such a
    pool as the prediction of the other is 2 rho - 1, where rho is that Pearson correlation: half of the noise is its
    own. Steps that are not linear in the counts (square roots, clips) keep this from being exact.

    Parameters
    ----------
    metric
        One of :data:`BINNED_METRICS`, or any other correlation.
    pearson
        Pearson correlation of one replicate with the other.
    own
        The metric itself, of one replicate with the other.

    Examples
    --------
    >>> [round(second_experiment(name, pearson=0.6, own=0.5), 3) for name in ("spearman", "r2")]
    [0.667, 0.5]
    """
    between = pearson if metric == "r2" else own
    if not between > -1:
        return float("nan")
    whole = 2 * between / (1 + between)
    return 2 * whole - 1 if metric == "r2" else whole


def _wide(values: np.ndarray, known: np.ndarray, multiple: int) -> np.ndarray:
    """Means of so many bins that stand side by side, ``window bin``; NaN where none is known."""
    kept = np.where(known, values, np.float32(np.nan))
    if multiple == 1:
        return np.ascontiguousarray(kept)
    n_bins = values.shape[1] // multiple
    parts = (len(values), n_bins, multiple)
    n_known = known[:, : n_bins * multiple].reshape(parts).sum(axis=2)
    total = np.nansum(kept[:, : n_bins * multiple].reshape(parts), axis=2)
    return np.divide(total, n_known, out=np.full(total.shape, np.nan, np.float32), where=n_known > 0)


def _figures(x: np.ndarray, y: np.ndarray, weights: np.ndarray, resamples: Resamples) -> dict[str, np.ndarray]:
    """Every metric, of all bins first and then of each resample."""
    plain = weights @ per_block(_window_sums(x, y), resamples)
    logs = [np.log1p(np.maximum(side, 0)) for side in (x, y)]
    ranks = _rank_sums(_levels(x), _levels(y), ~np.isnan(x))
    return {
        "pearson": correlation(plain),
        "pearson_log1p": correlation(weights @ per_block(_window_sums(*logs), resamples)),
        "spearman": correlation(weights @ per_block(ranks, resamples)),
        "r2": _explained(plain),
    }


def _with_interval(values: np.ndarray) -> tuple[float, float, float]:
    """A figure and the middle 95 % of its resamples; NaN where fewer than half of these are defined."""
    drawn = values[1:][~np.isnan(values[1:])]
    if np.isnan(values[0]) or drawn.size == 0 or 2 * drawn.size < len(values) - 1:
        return float(values[0]), float("nan"), float("nan")
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(values[0]), float(low), float(high)


def _levels(values: np.ndarray) -> np.ndarray:
    """Numbers from 0 to 65,535 in the order of the values as float16, which most of them are stored as."""
    limit = np.finfo(np.float16).max
    bits = (np.clip(np.nan_to_num(values), -limit, limit).astype(np.float16) + np.float16(0)).view(np.uint16)
    return np.where(bits >> 15, ~bits, bits | np.uint16(0x8000))


def _explained(sums: np.ndarray) -> np.ndarray:
    """1 - squared error / spread of x, from the same sums; NaN where x does not vary."""
    n, x, _, xx, yy, xy = np.moveaxis(sums, -1, 0)
    spread = xx - np.divide(x * x, n, out=np.zeros_like(n), where=n > 0)
    varies = (spread > 1e-10 * xx) & (n > 2)
    return 1 - np.divide(xx - 2 * xy + yy, spread, out=np.full(n.shape, np.nan), where=varies)


@njit(cache=True)
def _window_sums(x, y):
    """n, x, y, xx, yy and xy of every window over the bins that are known; x is measured."""
    sums = np.zeros((x.shape[0], 6))
    for window in range(x.shape[0]):
        for at in range(x.shape[1]):
            a, b = np.float64(x[window, at]), np.float64(y[window, at])
            if np.isnan(a) or np.isnan(b):
                continue
            sums[window, 0] += 1
            sums[window, 1] += a
            sums[window, 2] += b
            sums[window, 3] += a * a
            sums[window, 4] += b * b
            sums[window, 5] += a * b
    return sums


@njit(cache=True)
def _rank_sums(x, y, known):
    """The same of mean ranks among all known bins, as shares of them about the middle."""
    counts = np.zeros((2, 65536))
    total = 0.0
    for window in range(x.shape[0]):
        for at in range(x.shape[1]):
            if known[window, at]:
                counts[0, x[window, at]] += 1
                counts[1, y[window, at]] += 1
                total += 1
    ranks = np.zeros((2, 65536))
    for side in range(2):
        below = 0.0
        for level in range(65536):
            ranks[side, level] = (below + (counts[side, level] + 1) / 2) / max(total, 1.0) - 0.5
            below += counts[side, level]
    sums = np.zeros((x.shape[0], 6))
    for window in range(x.shape[0]):
        for at in range(x.shape[1]):
            if known[window, at]:
                a, b = ranks[0, x[window, at]], ranks[1, y[window, at]]
                sums[window, 0] += 1
                sums[window, 1] += a
                sums[window, 2] += b
                sums[window, 3] += a * a
                sums[window, 4] += b * b
                sums[window, 5] += a * b
    return sums
