"""Helical periodicity of a spacing curve: whether two motifs help each other more on one face of the double helix."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import PerDistance, PerPeriod
from cisgram.errors import InputError

_BAND_BP = (10.0, 11.0)
_SPECTRUM_BP = (5.0, 25.0)
_TREND_BP = 21
_N_PERIODS = 256


class SpacingPeriodicity(NamedTuple):
    """What there is of a period of 10.5 bp in a curve over distances."""

    distance_bp: PerDistance
    detrended: PerDistance
    """The curve less its running mean over two turns."""
    period_bp: PerPeriod
    """Periods of the spectrum, from 25 to 5 bp."""
    power: PerPeriod
    """Share of the power per frequency; sums to 1."""
    share: float
    """Share of the power at periods of 10 to 11 bp."""
    null_share: float
    """Mean of the same over permutations."""
    peak_bp: float
    """Period of the highest power."""
    p_value: float
    """Share of permutations (the curve among them) with as large a share."""


def spacing_periodicity(
    table: pd.DataFrame, *, value: str = "log2_fold", n_permutations: int = 999, seed: int = 0
) -> SpacingPeriodicity:
    """Look for the turns of the helix in one curve of a spacing table.

    The detrended curve is x_t = phi x_(t-1) + e_t with its own phi; chance permutes the steps e_t among distances and
    puts the curve together again. Permuting x itself would break up the likeness of neighbouring distances, which every
    model has, and call almost any smooth curve periodic.

    Parameters
    ----------
    table
        Rows of :func:`cisgram.interpret.experiments.spacing.spacing_table` of one track, order and pair of strands.
    value
        Column that is looked at.
    n_permutations, seed
        Of the null.

    Raises
    ------
    InputError
        Where distances are not consecutive, fewer than 42, or values are not finite.

    Examples
    --------
    >>> distance = np.arange(20, 120)
    >>> curve = pd.DataFrame({"distance_bp": distance, "log2_fold": np.cos(2 * np.pi * distance / 10.5)})
    >>> found = spacing_periodicity(curve)
    >>> bool(10 < found.peak_bp < 11), found.p_value
    (True, 0.001)
    """
    ordered = table.sort_values("distance_bp")
    distance = ordered["distance_bp"].to_numpy(dtype=np.float64)
    curve = ordered[value].to_numpy(dtype=np.float64)
    _check(distance, curve, value)
    detrended = _detrended(curve[None])[0]
    before, after = detrended[:-1], detrended[1:]
    power_before = float(before @ before)
    likeness = float(np.clip(before @ after / power_before, -0.99, 0.99)) if power_before > 0 else 0.0
    steps = after - likeness * before
    rng = np.random.default_rng(seed)
    drawn = np.empty((n_permutations, curve.size))
    drawn[:, 0] = detrended[0]
    permuted = rng.permuted(np.tile(steps, (n_permutations, 1)), axis=1)
    for at in range(1, curve.size):
        drawn[:, at] = likeness * drawn[:, at - 1] + permuted[:, at - 1]
    frequency = np.linspace(1 / _SPECTRUM_BP[1], 1 / _SPECTRUM_BP[0], _N_PERIODS)
    power = _power(np.concatenate([detrended[None], _detrended(drawn)]), distance, frequency)
    in_band = (frequency >= 1 / _BAND_BP[1]) & (frequency <= 1 / _BAND_BP[0])
    shares = power[:, in_band].sum(axis=1)
    return SpacingPeriodicity(
        distance_bp=distance,
        detrended=detrended,
        period_bp=1 / frequency,
        power=power[0],
        share=float(shares[0]),
        null_share=float(shares[1:].mean()),
        peak_bp=float(1 / frequency[power[0].argmax()]),
        p_value=float((shares >= shares[0]).mean()),
    )


def _check(distance: np.ndarray, curve: np.ndarray, value: str) -> None:
    if distance.size < 2 * _TREND_BP or np.any(np.diff(distance) != 1):
        raise InputError(
            f"a period needs one curve over at least {2 * _TREND_BP} consecutive distances (one track, order and pair "
            f"of strands); got {distance.size} rows, {len(np.unique(distance))} different distances"
        )
    if not np.isfinite(curve).all():
        raise InputError(f"{value} must be finite at every distance; {int((~np.isfinite(curve)).sum())} are not")


def _detrended(curves: np.ndarray) -> np.ndarray:
    """Each curve less its running mean over two turns; at the ends over what there is of them."""
    ones = np.ones(_TREND_BP)
    number = np.convolve(np.ones(curves.shape[1]), ones, mode="same")
    return curves - np.stack([np.convolve(one, ones, mode="same") for one in curves]) / number


def _power(curves: np.ndarray, distance: np.ndarray, frequency: np.ndarray) -> np.ndarray:
    """Share of the power per frequency; equal shares where there is none."""
    power = np.abs(curves @ np.exp(-2j * np.pi * np.outer(distance, frequency))) ** 2
    whole = power.sum(axis=1, keepdims=True)
    return np.divide(power, whole, out=np.full_like(power, 1 / frequency.size), where=whole > 0)
