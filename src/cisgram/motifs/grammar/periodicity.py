r"""Helical periodicity: whether a signal rises and falls with the turns of the double helix, 10.5 bp, around an anchor.

The same analysis for three sources: contributions around the hits of a motif, reads around them, and the distances of
pairs. Each is a mean (or a sum) over many single observations, hits or pairs. The mean is detrended by subtracting
its running mean over two turns, which takes nothing from a wave of the asked period, and its power spectrum is the
squared Fourier transform. The statistic is the share of the power between the shortest and the longest period that
lies in the band around 10.5 bp.

What chance gives is found by moving every single observation, for itself, by a random whole number of bases out of
two turns (-10 to +10), and doing all again. Moved like that, waves of 10.5 bp in different observations cancel
(:math:`\sum_{k=0}^{20} e^{2 \pi i k / 10.5} = 0`), while all else stays: the decay around the anchor, the noise of each
observation with all its autocorrelation, waves that have no fixed phase to the anchor, and how many observations
there are. So the p-value needs no model of the noise and is uniform for white and for red noise. Giving
the Fourier components of the mean random phases, the usual null of time series, cannot serve here: it leaves
the power spectrum, and with it any statistic of it, exactly as it was. Shuffling positions would make every
autocorrelated series look periodic.

References
----------
Avsec et al. (2021), Base-resolution models of transcription-factor binding reveal soft motif syntax. Nature Genetics;
there, a running mean over 10 bp and no null.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Integer, Num
from numba import njit, prange

from cisgram.arrays import BaseScores, Mask, Positions
from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.motifs.grammar.stretches import stretches_around
from cisgram.threads import threads_for

Series = Float[np.ndarray, "position"]
Spectrum = Float[np.ndarray, "frequency"]

_LEAST_ROWS = 5
_N_FREQUENCIES = 512


@dataclass(frozen=True)
class PeriodicityConfig:
    """Which period is sought, and how.

    Raises
    ------
    ConfigError
        A setting is out of its range.
    """

    period_bp: float = 10.5
    """The period."""
    band_bp: tuple[float, float] = (10.0, 11.0)
    """Periods that count as it."""
    spectrum_bp: tuple[float, float] = (5.0, 25.0)
    """Periods whose power the band is compared with."""
    n_draws: int = 1000
    """Draws of the null; the smallest p-value is 1 / (n_draws + 1)."""
    seed: int = 1
    """Seed of the draws."""

    def __post_init__(self) -> None:
        low, high = self.band_bp
        if not 2 < self.spectrum_bp[0] < low <= self.period_bp <= high < self.spectrum_bp[1]:
            raise ConfigError(
                "the band must lie inside the spectrum, the period in the band, and all periods above 2 bp; got "
                f"period {self.period_bp}, band {self.band_bp}, spectrum {self.spectrum_bp}"
            )
        if self.n_draws < 1 or self.seed < 0:
            raise ConfigError(f"n_draws must be at least 1 and seed at least 0; got {self.n_draws}, {self.seed}")

    @property
    def reach_bp(self) -> int:
        """The greatest move of an observation, to either side: together all moves make two turns."""
        return (self.two_turns_bp - 1) // 2

    @property
    def two_turns_bp(self) -> int:
        """Two periods in whole bp, made odd so that they have a middle."""
        return 2 * round(self.period_bp - 0.5) + 1


class Periodicity(NamedTuple):
    """What there is of a period in a signal."""

    position_bp: Float[np.ndarray, "position"]
    """Offsets from the anchor, or distances."""
    signal: Series
    """Mean of the observations (for distances, their number); NaN at positions that were left out."""
    detrended: Series
    """Without its running mean; 0 at positions that were left out."""
    period_bp: Spectrum
    """Periods of the spectrum, from the longest to the shortest."""
    power: Spectrum
    """Share of the power in the spectrum per frequency; sums to 1."""
    null_mean: Spectrum
    """Mean of the same over the draws."""
    null_high: Spectrum
    """Its 95th percentile at every period."""
    share: float
    """Share of the power that lies in the band."""
    null_share: float
    """Mean of the same over the draws."""
    peak_bp: float
    """Period of the highest power."""
    crest_bp: float
    """Where a wave of the asked period crests, 0 to the period, counted from the anchor or the distance 0."""
    p_value: float
    """Share of draws (the data among them) with as large a share in the band."""
    n_observations: int
    """Hits or pairs behind it."""

    @property
    def enrichment(self) -> float:
        """Share of the power in the band relative to chance."""
        return self.share / self.null_share if self.null_share > 0 else float("nan")


def periodicity_of_rows(
    rows: Num[np.ndarray, "row length"],
    *,
    turned_rows: Num[np.ndarray, "row length"] | None = None,
    left_out: Mask | None = None,
    config: PeriodicityConfig = PeriodicityConfig(),
) -> Periodicity:
    """Look for a period in the mean of aligned rows.

    Parameters
    ----------
    rows
        One row per observation, aligned at the anchor in its middle; the length is odd. ``config.reach_bp`` bases at
        either end are only there so that rows can be moved.
    turned_rows
        The same observations in the other direction, where anchors have none: both are averaged. A move takes the two
        to opposite sides, since an anchor that moves goes forward in one direction and back in the other.
    left_out
        Positions (of the whole length) without a say, such as those of the anchor itself.
    config
        What is sought.

    Raises
    ------
    InputError
        The length is even, rows are too short or hold NaN.
    EmptySetError
        There are fewer than 5 rows.
    """
    _check_rows(rows)
    if turned_rows is not None:
        _check_rows(turned_rows)
    reach = config.reach_bp
    length = rows.shape[1] - 2 * reach
    if length < 2 * config.two_turns_bp:
        raise InputError(
            f"rows must be at least {2 * config.two_turns_bp + 2 * reach} bp long for a period of {config.period_bp:g} "
            f"bp; got {rows.shape[1]}"
        )
    if left_out is not None and left_out.size != rows.shape[1]:
        raise InputError(f"left_out needs one entry per position, {rows.shape[1]}; got {left_out.size}")
    is_used = np.ones(length, dtype=bool) if left_out is None else ~left_out[reach : reach + length]
    position = np.arange(length) - (length - 1) / 2
    series = np.empty((config.n_draws + 1, length))
    series[0] = rows[:, reach : reach + length].mean(axis=0)
    rng = np.random.default_rng(config.seed)
    # Every move about equally often, so that what is common to all rows cancels as well as it can.
    every = np.tile(np.arange(2 * reach + 1), -(-len(rows) // (2 * reach + 1)))
    moves = rng.permuted(np.tile(every, (config.n_draws, 1)), axis=1)[:, : len(rows)]
    with threads_for(config.n_draws * rows.size):
        _moved_means(np.ascontiguousarray(rows, dtype=np.float64), moves, series[1:])
        if turned_rows is not None:
            turned = np.empty_like(series)
            turned[0] = turned_rows[:, reach : reach + length].mean(axis=0)
            _moved_means(np.ascontiguousarray(turned_rows, dtype=np.float64), 2 * reach - moves, turned[1:])
            series = (series + turned) / 2
    return _analysed(series, position, is_used, len(rows), config)


@njit(cache=True, parallel=True)
def _moved_means(rows, moves, out):
    """Mean of all rows, each moved by its own step, for every draw."""
    for draw in prange(out.shape[0]):
        out[draw] = 0.0
        for row in range(rows.shape[0]):
            for at in range(out.shape[1]):
                out[draw, at] += rows[row, at + moves[draw, row]]
        out[draw] /= rows.shape[0]


def distance_periodicity(
    counts: Integer[np.ndarray, "distance"],
    *,
    min_distance_bp: int = 0,
    config: PeriodicityConfig = PeriodicityConfig(),
) -> Periodicity:
    """Look for a period in the distances of pairs.

    Parameters
    ----------
    counts
        Number of pairs by distance, from 0 bp on; see :attr:`cisgram.motifs.grammar.spacing.PairSpacing.counts`.
    min_distance_bp
        Nearer pairs cannot be: distances from here on count, less ``config.reach_bp`` at either end, within which
        pairs are only moved. A pair in which two hits of a crowd take part moves for itself.
    config
        What is sought.

    Raises
    ------
    InputError
        There are too few distances.
    EmptySetError
        There are fewer than 5 pairs.
    """
    kept = counts[min_distance_bp:]
    reach = config.reach_bp
    length = kept.size - 2 * reach
    if length < 2 * config.two_turns_bp:
        raise InputError(
            f"at least {2 * config.two_turns_bp + 2 * reach} distances are needed; got {kept.size} from "
            f"{min_distance_bp} bp on"
        )
    if kept.sum() < _LEAST_ROWS:
        raise EmptySetError("pairs of hits", dropped={f"fewer than {_LEAST_ROWS}": int(kept.sum())})
    rng = np.random.default_rng(config.seed)
    series = np.zeros((config.n_draws + 1, length))
    series[0] = kept[reach : reach + length]
    chance = np.full(2 * reach + 1, 1 / (2 * reach + 1))
    for draw in range(config.n_draws):
        spread = rng.multinomial(kept, chance)  # distance move
        landed = np.zeros(kept.size + 2 * reach)
        for move in range(2 * reach + 1):
            landed[move : move + kept.size] += spread[:, move]
        series[draw + 1] = landed[2 * reach : 2 * reach + length]
    position = min_distance_bp + reach + np.arange(length, dtype=np.float64)
    return _analysed(series, position, np.ones(length, dtype=bool), int(kept.sum()), config)


def contribution_periodicity(
    hits: pd.DataFrame,
    values: BaseScores,
    windows: pd.DataFrame,
    *,
    reach_bp: int = 100,
    config: PeriodicityConfig = PeriodicityConfig(),
) -> Periodicity:
    """Look for a period in the mean absolute contribution around the hits of one pattern.

    Parameters
    ----------
    hits
        Hits of one pattern, each site once; they are left out of the signal themselves, with 2 bp on either side.
    values
        Contribution of the base that is there, or any other value per base, of every window.
    windows
        Interval table of the windows.
    reach_bp
        How far around the middle of a hit.
    config
        What is sought.
    """
    cut = stretches_around(hits, np.abs(values), windows, reach_bp=reach_bp + config.reach_bp)
    return periodicity_of_rows(cut.values, left_out=_anchor(hits, cut.offset_bp), config=config)


def read_periodicity(
    hits: pd.DataFrame,
    counts: Num[np.ndarray, "window 2 length"],
    windows: pd.DataFrame,
    *,
    reach_bp: int = 100,
    config: PeriodicityConfig = PeriodicityConfig(),
) -> Periodicity:
    """Look for a period in the reads around the hits of one pattern.

    Reads of both strands are added up, and each hit counts as much as any other, whatever its number of reads: its
    counts are divided by their mean plus a tenth of a read.

    Parameters
    ----------
    hits
        Hits of one pattern, each site once. The reads that its own protein stops are left out, up to 20 bp beside it.
    counts
        Reads of one track per base and strand.
    windows
        Interval table of the windows.
    reach_bp
        How far around the middle of a hit.
    config
        What is sought.
    """
    cut = stretches_around(hits, counts, windows, reach_bp=reach_bp + config.reach_bp, is_stranded=True)
    rows = cut.values.sum(axis=1)
    rows = rows / (rows.mean(axis=1, keepdims=True) + 0.1)
    return periodicity_of_rows(rows, left_out=_anchor(hits, cut.offset_bp, flank_bp=20), config=config)


def _anchor(hits: pd.DataFrame, offset: Positions, *, flank_bp: int = 2) -> Mask:
    """Positions of the hits themselves, and of bases beside them."""
    width = int((hits["end"] - hits["start"]).max())
    return np.abs(offset) <= width // 2 + flank_bp


def _analysed(
    series: Float[np.ndarray, "draw position"],
    position: Series,
    is_used: Bool[np.ndarray, "position"],
    n_observations: int,
    config: PeriodicityConfig,
) -> Periodicity:
    """Detrend, transform and compare; the first series is that of the data."""
    detrended = _detrended(series, is_used, config.two_turns_bp)
    frequency = np.linspace(1 / config.spectrum_bp[1], 1 / config.spectrum_bp[0], _N_FREQUENCIES)
    wave = np.exp(-2j * np.pi * np.outer(position, frequency))
    power = np.abs(detrended @ wave) ** 2
    whole = power.sum(axis=1, keepdims=True)
    power = np.divide(power, whole, out=np.full_like(power, 1 / _N_FREQUENCIES), where=whole > 0)
    in_band = (frequency >= 1 / config.band_bp[1]) & (frequency <= 1 / config.band_bp[0])
    shares = power[:, in_band].sum(axis=1)
    turn = np.angle(np.sum(detrended[0] * np.exp(2j * np.pi * position / config.period_bp))) / (2 * np.pi)
    return Periodicity(
        position_bp=position,
        signal=np.where(is_used, series[0], np.nan),
        detrended=detrended[0],
        period_bp=1 / frequency,
        power=power[0],
        null_mean=power[1:].mean(axis=0),
        null_high=np.quantile(power[1:], 0.95, axis=0),
        share=float(shares[0]),
        null_share=float(shares[1:].mean()),
        peak_bp=float(1 / frequency[power[0].argmax()]),
        crest_bp=float(turn % 1 * config.period_bp),
        p_value=float((1 + (shares[1:] >= shares[0]).sum()) / (config.n_draws + 1)),
        n_observations=n_observations,
    )


def _detrended(
    series: Float[np.ndarray, "draw position"], is_used: Bool[np.ndarray, "position"], width: int
) -> Float[np.ndarray, "draw position"]:
    """Each series less its running mean over the positions that are used; at the ends over fewer of them."""
    used = np.where(is_used, series, 0.0)
    half = width // 2
    total = np.cumsum(np.pad(used, ((0, 0), (half + 1, half))), axis=1)
    number = np.cumsum(np.pad(is_used.astype(np.int64), (half + 1, half)))
    mean = (total[:, width:] - total[:, :-width]) / np.maximum(number[width:] - number[:-width], 1)
    return np.where(is_used, used - mean, 0.0)


def _check_rows(rows: np.ndarray) -> None:
    if len(rows) < _LEAST_ROWS:
        raise EmptySetError("hits to align", dropped={f"fewer than {_LEAST_ROWS}": len(rows)})
    if rows.shape[1] % 2 == 0:
        raise InputError(f"rows need an odd length, so that the anchor lies in the middle; got {rows.shape[1]}")
    if not np.isfinite(rows).all():
        raise InputError("rows must be finite; some hold NaN or infinity")
