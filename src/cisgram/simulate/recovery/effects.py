"""Whether predicted effects of variants agree with the known ones."""

from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from cisgram.arrays import Totals
from cisgram.errors import EmptySetError, InputError
from cisgram.simulate.recovery.ranking import ranking


class EffectRecovery(NamedTuple):
    """Agreement of effects.

    Attributes
    ----------
    n_variants, n_strong
        Variants, and those with a true effect of at least the threshold.
    pearson, spearman
        Correlations over all variants; NaN where one side is constant.
    sign_agreement
        Share of the strong ones whose predicted effect has the right sign.
    auprc
        Average precision of the size of the prediction for being strong.
    floor_pearson, floor_sign_agreement, floor_auprc
        The same with predictions in random order; the mean of all shuffles.
    """

    n_variants: int
    n_strong: int
    pearson: float
    spearman: float
    sign_agreement: float
    auprc: float
    floor_pearson: float
    floor_sign_agreement: float
    floor_auprc: float


def effect_recovery(
    true: Totals, predicted: Totals, *, strong_from: float = 0.5, n_shuffles: int = 100, rng: np.random.Generator
) -> EffectRecovery:
    """Compare predicted effects with the true ones.

    Parameters
    ----------
    true
        log2 fold change of expected reads per variant (``log2_fold_<factor>`` of the effects table).
    predicted
        Prediction for the same variants in the same order, alt minus ref, on any scale.
    strong_from
        Least size of a true effect that counts as strong.
    n_shuffles
        Number of shuffles for the floor, at least 1.
    rng
        Shuffles.

    Raises
    ------
    EmptySetError
        Where there are fewer than three variants or none is strong.
    """
    if not (np.isfinite(true).all() and np.isfinite(predicted).all()) or n_shuffles < 1:
        raise InputError("effects must be finite and n_shuffles at least 1")
    is_strong = np.abs(true) >= strong_from
    if true.size < 3 or not is_strong.any():
        raise EmptySetError(
            f"variants with an effect of at least {strong_from}", dropped={"weaker": int((~is_strong).sum())}
        )
    shuffles = [_agreement(true, rng.permutation(predicted), is_strong) for _ in range(n_shuffles)]
    floor_pearson, _, floor_sign, floor_auprc = (float(value) for value in np.mean(shuffles, axis=0))
    measured = _agreement(true, predicted, is_strong)
    return EffectRecovery(true.size, int(is_strong.sum()), *measured, floor_pearson, floor_sign, floor_auprc)


class _Agreement(NamedTuple):
    """One comparison."""

    pearson: float
    spearman: float
    sign_agreement: float
    auprc: float


def _agreement(true: np.ndarray, predicted: np.ndarray, is_strong: np.ndarray) -> _Agreement:
    """Compare once."""
    pearson = spearman = float("nan")
    if np.ptp(true) > 0 and np.ptp(predicted) > 0:
        pearson, spearman = _correlation(true, predicted), _correlation(rankdata(true), rankdata(predicted))
    signs = float((np.sign(true[is_strong]) == np.sign(predicted[is_strong])).mean())
    auprc = ranking(is_strong, np.abs(predicted)).auprc if not is_strong.all() else 1.0
    return _Agreement(pearson, spearman, signs, auprc)


def _correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Pearson correlation."""
    return float(np.corrcoef(first, second)[0, 1])
