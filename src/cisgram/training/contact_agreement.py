"""How well predicted contacts agree with measured ones: over all pairs of bins, by distance, and window by window.

Windows pass one by one; what is kept are six sums per window and distance, from which Pearson's r, the mean squared
error and the stratum-adjusted correlation follow for any resample of blocks of the genome.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import MaskedBins, PairValuesOfWindows
from cisgram.errors import InputError
from cisgram.genomics.contact_pairs import PairBins, pair_bins
from cisgram.training.bootstrap import PerResample, Resamples, interval_of
from cisgram.training.pair_sums import correlation, per_block

CONTACT_METRICS = ("pearson", "spearman", "scc", "window_pearson", "mse")
"""What :func:`compare_contacts` measures, see :data:`DEFINITIONS`."""

DEFINITIONS = {
    "pearson": "Pearson correlation over all pairs of bins of all windows",
    "spearman": "Spearman correlation over the same pairs, ranks told apart to 1/2048 of a natural logarithm",
    "scc": (
        "stratum-adjusted correlation (after Yang et al. 2017, HiCRep): Pearson correlation at every distance by "
        "itself, averaged with the number of pairs as weight"
    ),
    "window_pearson": "mean over windows of the Pearson correlation within the window",
    "mse": "mean squared difference of natural logarithms of observed over expected",
}
"""How each metric is measured, in words."""

DISTANCE_COLUMNS = ("distance", "n_pairs", "pearson", "mse")
"""Columns of :attr:`ContactAgreement.by_distance`; the distance is in bins."""

WINDOW_COLUMNS = ("n_pairs", "pearson", "mse", "spread")
"""Columns of :attr:`ContactAgreement.by_window`; ``spread`` is the standard deviation of what was measured."""

_PER_UNIT = 2048
_FARTHEST = 8


class ContactFigure(NamedTuple):
    """One metric."""

    value: float
    """NaN where it is not defined, e.g. where a side is the same everywhere."""
    resampled: PerResample
    """The same with blocks of the genome drawn with replacement."""

    @property
    def interval(self) -> tuple[float, float] | None:
        """The middle 95 % of the resampled values."""
        return interval_of(self.resampled)


class ContactAgreement(NamedTuple):
    """Everything that is said of one prediction of one map."""

    figures: dict[str, ContactFigure]
    """By name, see :data:`CONTACT_METRICS`."""
    by_distance: pd.DataFrame
    """Columns :data:`DISTANCE_COLUMNS`."""
    by_window: pd.DataFrame
    """Columns :data:`WINDOW_COLUMNS`, in the order of the windows."""


def compare_contacts(
    measured: PairValuesOfWindows,
    predicted: PairValuesOfWindows,
    *,
    masked: MaskedBins,
    diagonal_offset: int,
    resamples: Resamples,
) -> ContactAgreement:
    """Compare predictions with measurements where bins were measured.

    Parameters
    ----------
    measured, predicted
        Natural log observed over expected of all pairs, in the order of
        :func:`cisgram.genomics.contact_pairs.pair_bins`. Pairs that are NaN on either side are left out.
    masked
        Bins that were not measured: what stands there was filled in, and is not compared.
    diagonal_offset
        Distance of the closest pairs in bins.
    resamples
        Blocks of the windows and how often each is drawn.

    Raises
    ------
    InputError
        Where shapes do not fit.

    Notes
    -----
    Memory: 48 bytes per window and distance.
    """
    bins = pair_bins(masked.shape[1], diagonal_offset)
    if measured.shape != predicted.shape or measured.shape != (len(masked), bins.row.size):
        raise InputError(
            f"measured and predicted must be {len(masked)} windows of {bins.row.size} pairs; got {measured.shape} and "
            f"{predicted.shape}"
        )
    sums = _sums(measured, predicted, masked, bins)
    ranks = _rank_sums(measured, predicted, masked, bins)
    weights = np.concatenate([np.ones((1, resamples.n_blocks)), resamples.draws])
    blocks = per_block(sums, resamples)
    by_weight = np.tensordot(weights, blocks, axes=1)  # resample distance 6
    whole = by_weight.sum(axis=1)
    window = correlation(sums.sum(axis=1))
    figures = {
        "pearson": correlation(whole),
        "spearman": correlation(weights @ per_block(ranks, resamples)),
        "scc": _weighted_mean(correlation(by_weight), by_weight[..., 0]),
        "window_pearson": _window_mean(window, weights, resamples),
        "mse": _squared_error(whole),
    }
    return ContactAgreement(
        {name: ContactFigure(float(values[0]), values[1:]) for name, values in figures.items()},
        _distance_table(sums.sum(axis=0), diagonal_offset),
        _window_table(sums.sum(axis=1), window),
    )


def expected_between_wholes(name: str, between_halves: float) -> float:
    """What two experiments of full depth would reach, from what their halves reach (Spearman-Brown).

    For a correlation r it is 2 r / (1 + r), for a squared error half of it: noise that is independent in the two halves
    shrinks as depth grows. Smoothing that depends on depth, as that of targets does, keeps this from being exact.

    Parameters
    ----------
    name
        One of :data:`CONTACT_METRICS`.
    between_halves
        The metric of one half against the other.

    Examples
    --------
    >>> round(expected_between_wholes("pearson", 0.5), 3), expected_between_wholes("mse", 0.5)
    (0.667, 0.25)
    """
    if name == "mse":
        return between_halves / 2
    return 2 * between_halves / (1 + between_halves) if between_halves > -1 else float("nan")


def _known(one: np.ndarray, other: np.ndarray, masked: np.ndarray, bins: PairBins) -> np.ndarray:
    """Which pairs of a window are compared."""
    return ~(masked[bins.row] | masked[bins.column] | np.isnan(one) | np.isnan(other))


def _sums(measured: np.ndarray, predicted: np.ndarray, masked: np.ndarray, bins: PairBins) -> np.ndarray:
    """n, x, y, xx, yy and xy, ``window distance 6``; x is measured."""
    nearest = int(bins.distance.min())
    n_distances = int(bins.distance.max()) - nearest + 1
    sums = np.zeros((len(measured), n_distances, 6))
    for window in range(len(measured)):
        known = _known(measured[window], predicted[window], masked[window], bins)
        at = (bins.distance - nearest)[known]
        x, y = measured[window][known].astype(np.float64), predicted[window][known].astype(np.float64)
        for column, values in enumerate((np.ones_like(x), x, y, x * x, y * y, x * y)):
            sums[window, :, column] = np.bincount(at, weights=values, minlength=n_distances)
    return sums


def _rank_sums(measured: np.ndarray, predicted: np.ndarray, masked: np.ndarray, bins: PairBins) -> np.ndarray:
    """The same of ranks among all pairs of all windows, ``window 6``."""
    n_levels = 2 * _FARTHEST * _PER_UNIT + 1
    counts = np.zeros((2, n_levels), dtype=np.int64)
    for window in range(len(measured)):
        known = _known(measured[window], predicted[window], masked[window], bins)
        for side, values in enumerate((measured[window], predicted[window])):
            counts[side] += np.bincount(_levels(values[known]), minlength=n_levels)
    # The mean rank of a level, so that values of one level are ties.
    ranks = (counts.cumsum(axis=1) - (counts - 1) / 2) / max(1, int(counts[0].sum())) - 0.5
    sums = np.zeros((len(measured), 6))
    for window in range(len(measured)):
        known = _known(measured[window], predicted[window], masked[window], bins)
        x, y = ranks[0][_levels(measured[window][known])], ranks[1][_levels(predicted[window][known])]
        sums[window] = [x.size, x.sum(), y.sum(), x @ x, y @ y, x @ y]
    return sums


def _levels(values: np.ndarray) -> np.ndarray:
    """Numbers of narrow steps that values fall into."""
    inside = np.clip(values.astype(np.float64), -_FARTHEST, _FARTHEST)
    return np.rint((inside + _FARTHEST) * _PER_UNIT).astype(np.int64)


def _squared_error(sums: np.ndarray) -> np.ndarray:
    """Mean of (x - y)^2 from the same sums; NaN without pairs."""
    n, _, _, xx, yy, xy = np.moveaxis(sums, -1, 0)
    return np.divide(xx - 2 * xy + yy, n, out=np.full(n.shape, np.nan), where=n > 0)


def _weighted_mean(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean over the last axis; values that are NaN are left out."""
    known = np.where(np.isnan(values), 0, weights)
    total = known.sum(axis=-1)
    summed = (np.nan_to_num(values) * known).sum(axis=-1)
    return np.divide(summed, total, out=np.full(total.shape, np.nan), where=total > 0)


def _window_mean(per_window: np.ndarray, weights: np.ndarray, resamples: Resamples) -> np.ndarray:
    """Mean over windows per resample."""
    known = ~np.isnan(per_window)
    of_block = per_block(np.stack([np.nan_to_num(per_window), known], axis=1).astype(np.float64), resamples)
    summed, n = (weights @ of_block).T
    return np.divide(summed, n, out=np.full(n.shape, np.nan), where=n > 0)


def _distance_table(sums: np.ndarray, nearest: int) -> pd.DataFrame:
    """Figures by distance."""
    values = (nearest + np.arange(len(sums)), sums[:, 0].astype(np.int64), correlation(sums), _squared_error(sums))
    return pd.DataFrame(dict(zip(DISTANCE_COLUMNS, values, strict=True)))


def _window_table(sums: np.ndarray, window: np.ndarray) -> pd.DataFrame:
    """Figures by window."""
    n, x, xx = sums[:, 0], sums[:, 1], sums[:, 3]
    many = np.maximum(n, 1)
    spread = np.sqrt(np.maximum(xx / many - (x / many) ** 2, 0))
    values = (n.astype(np.int64), window, _squared_error(sums), spread)
    return pd.DataFrame(dict(zip(WINDOW_COLUMNS, values, strict=True)))
