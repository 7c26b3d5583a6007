"""From saliency to elements: bins that stand out of their window and say the same however the window is read."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import t as student_t

from cisgram.arrays import Mask, OneTrackSaliency, Totals
from cisgram.errors import ConfigError
from cisgram.genomics.q_values import q_values

BIN_COLUMNS = ("start", "end", "saliency", "relative", "t", "p_value", "q_value", "z")
"""One row per bin of a window and track: place in the window (bp, 0-based half-open); mean saliency over readings, in
units of the signal and as a share of the promoter's signal; t-test of that mean against 0 over readings, with
Benjamini and Hochberg's q over the bins of the window; and how far the saliency lies from 0 in robust standard
deviations of the window's distal bins."""

ELEMENT_COLUMNS = ("start", "end", "saliency", "relative", "peak_z", "p_value", "q_value")
"""One row per element: place in the window, sums over its bins, and the best of its bins."""

_MAD_TO_SD = 1.4826


@dataclass(frozen=True)
class ElementConfig:
    """Which bins are elements.

    Raises
    ------
    ConfigError
        Where a setting is out of its range.
    """

    max_q: float = 0.05
    """Largest q-value over readings of a bin. Readings of one window are no independent samples: the test says that
    saliency does not depend on how the window is read, not that the model is right. With one or two readings there is
    nothing to test, and ``min_z`` alone decides."""
    min_z: float = 3.0
    """How far a bin must stand out of the window, in robust standard deviations of its distal bins."""
    gap_bins: int = 1
    """Bins of the same sign with at most so many others between are one element."""
    most: int = 10
    """Elements of a promoter and track that are kept, those with most saliency (of either sign)."""

    def __post_init__(self) -> None:
        if not 0 < self.max_q <= 1 or self.min_z < 0 or self.gap_bins < 0 or self.most < 1:
            raise ConfigError(
                "max_q must lie in (0, 1], min_z and gap_bins not be negative, most at least 1; got "
                f"{self.max_q}, {self.min_z}, {self.gap_bins} and {self.most}"
            )


def bin_statistics(
    values: OneTrackSaliency, *, signal: float, bin_size: int, promoter: tuple[int, int]
) -> pd.DataFrame:
    """Mean and spread of the saliency of every bin over the readings of a window.

    Parameters
    ----------
    values
        ``member input_bin``: readings of one window for one track.
    signal
        Mean predicted signal of the promoter.
    bin_size
        In bp.
    promoter
        Stretch of the window around the TSS whose bins are not distal, 0-based half-open in bp.

    Returns
    -------
    pandas.DataFrame
        :data:`BIN_COLUMNS`, one row per bin from left to right; p- and q-values are NaN with fewer than three
        readings, shares where the signal is 0.

    Examples
    --------
    >>> values = np.array([[0.0, 2.0, 0.0], [0.0, 2.1, 0.1], [0.1, 1.9, -0.1]])
    >>> bin_statistics(values, signal=4.0, bin_size=10, promoter=(20, 30))["relative"].round(2).tolist()
    [0.01, 0.5, 0.0]
    """
    n_bins = values.shape[1]
    mean = values.mean(axis=0, dtype=np.float64)
    statistic, p_value = _t_test(values)
    start = np.arange(n_bins) * bin_size
    is_distal = (start + bin_size <= promoter[0]) | (start >= promoter[1])
    # Bins beyond what the promoter's signal can depend on are 0 and say nothing; many of them would make the spread 0.
    seen = np.abs(mean[is_distal & _between_ends(mean != 0)])
    spread = _MAD_TO_SD * float(np.median(seen)) if seen.size else 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(mean == 0, 0.0, mean / spread)
    return pd.DataFrame(
        {
            "start": start,
            "end": start + bin_size,
            "saliency": mean,
            "relative": mean / signal if signal > 0 else np.full(n_bins, np.nan),
            "t": statistic,
            "p_value": p_value,
            "q_value": q_values(p_value),
            "z": z,
        }
    )[list(BIN_COLUMNS)]


def call_elements(bins: pd.DataFrame, *, config: ElementConfig = ElementConfig()) -> pd.DataFrame:
    """Join bins that stand out to elements.

    Parameters
    ----------
    bins
        :func:`bin_statistics` of one promoter and track.
    config
        Which bins stand out, and how many elements are kept.

    Returns
    -------
    pandas.DataFrame
        :data:`ELEMENT_COLUMNS`, those with most saliency first; none is legal.
    """
    z, q = bins["z"].to_numpy(), bins["q_value"].to_numpy()
    with np.errstate(invalid="ignore"):
        stands_out = (np.abs(z) >= config.min_z) & (np.isnan(q) | (q <= config.max_q)) & (z != 0)
    places = np.flatnonzero(stands_out)
    if not places.size:
        return pd.DataFrame({name: np.zeros(0) for name in ELEMENT_COLUMNS}).astype({"start": int, "end": int})
    signs = np.sign(z[places])
    is_new = np.append(True, (np.diff(places) > config.gap_bins + 1) | (np.diff(signs) != 0))
    rows = [_element(bins.iloc[group[0] : group[-1] + 1]) for group in np.split(places, np.flatnonzero(is_new)[1:])]
    table = pd.DataFrame(rows, columns=list(ELEMENT_COLUMNS))
    order = np.argsort(-table["saliency"].abs().to_numpy(), kind="stable")[: config.most]
    return table.iloc[order].reset_index(drop=True)


def summed_over(bins: pd.DataFrame, table: pd.DataFrame, column: str = "relative") -> Totals:
    """Sum of a column over the bins that share a base with each interval; 0 where none does.

    Parameters
    ----------
    bins
        :func:`bin_statistics` of one promoter and track.
    table
        With ``start`` and ``end`` in bp of the window.
    column
        Which of :data:`BIN_COLUMNS`.
    """
    values, size = bins[column].to_numpy(np.float64), int(bins["end"].iloc[0])
    sums = np.concatenate([[0.0], np.nancumsum(values)])
    first = np.clip(table["start"].to_numpy() // size, 0, len(values))
    last = np.clip(-(-table["end"].to_numpy() // size), 0, len(values))
    return sums[np.maximum(last, first)] - sums[first]


def _element(part: pd.DataFrame) -> tuple[object, ...]:
    """The row of one element."""
    best = int(np.argmax(np.abs(part["z"].to_numpy())))
    row = part.iloc[best]
    sums = float(part["saliency"].sum()), float(part["relative"].sum(skipna=False))
    return int(part["start"].iloc[0]), int(part["end"].iloc[-1]), *sums, row["z"], row["p_value"], row["q_value"]


def _between_ends(which: Mask) -> Mask:
    """All from the first to the last that are true."""
    return np.logical_or.accumulate(which) & np.logical_or.accumulate(which[::-1])[::-1]


def _t_test(values: OneTrackSaliency) -> tuple[np.ndarray, np.ndarray]:
    """One-sample t and its two-sided p-value per bin; p = 1 where all readings are 0, NaN with fewer than three."""
    n = len(values)
    if n < 3:
        return np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    mean = values.mean(axis=0, dtype=np.float64)
    error = values.std(axis=0, ddof=1, dtype=np.float64) / np.sqrt(n)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.where(mean == 0, 0.0, mean / error)
    return statistic, 2 * student_t.sf(np.abs(statistic), n - 1)
