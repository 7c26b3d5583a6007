"""How well scores tell two classes apart, with confidence intervals."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Integer

from cisgram.arrays import Mask, PerRow, Totals
from cisgram.errors import EmptySetError, InputError
from cisgram.nn.metrics import auroc, average_precision

_ITEMS_AT_ONCE = 4_000_000  # resampled weights held at once


class Estimate(NamedTuple):
    """A number and the interval that holds it with 95 % confidence."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """``0.924 (0.911 - 0.936)``."""
        return f"{self.value:.3f} ({self.low:.3f} - {self.high:.3f})"


class Judgement(NamedTuple):
    """What scores are worth."""

    auroc: Estimate
    """Chance that a positive one scores above a negative one, ties counted half; 0.5 by chance."""
    auprc: Estimate
    """Average precision, ties one threshold; the share of positive ones by chance."""
    n_positive: int
    n_negative: int
    n_without_score: int
    """Items left out because their score is NaN."""


def judge_scores(is_positive: Mask, scores: PerRow, *, n_resamples: int = 1000, seed: int = 0) -> Judgement:
    """Measure AUROC and the area under the precision-recall curve, with 95 % bootstrap intervals.

    Items are drawn anew with replacement, each class on its own; the interval is the middle 95 % of the resampled
    values. Items that resemble each other, such as neighbours on a chromosome, make it too narrow.

    Parameters
    ----------
    is_positive, scores
        Truth and score of every item; items whose score is NaN are left out and counted.
    n_resamples
        How often to draw; at least 1.
    seed
        Of the draws.

    Raises
    ------
    InputError
        Truth and scores differ in number, or ``n_resamples`` is below 1.
    EmptySetError
        One of the classes has no score.

    Examples
    --------
    >>> found = judge_scores(np.repeat([True, False], 50), np.repeat([1.0, 0.0, 1.0, 0.0], [40, 10, 10, 40]))
    >>> print(found.auroc, "and", found.auprc)
    0.800 (0.720 - 0.880) and 0.740 (0.657 - 0.834)
    """
    if len(is_positive) != len(scores) or n_resamples < 1:
        raise InputError(
            f"truth and scores must be as many, and n_resamples at least 1; got {len(is_positive)}, {len(scores)} and "
            f"{n_resamples}"
        )
    is_scored = ~np.isnan(scores)
    truth, kept = is_positive[is_scored], scores[is_scored]
    n_without = int((~is_scored).sum())
    n_positive, n_negative = int(truth.sum()), int((~truth).sum())
    for name, n in (("positive", n_positive), ("negative", n_negative)):
        if n == 0:
            raise EmptySetError(f"{name} items", dropped={"without a score": n_without})
    values = _resampled(truth, kept, n_resamples, np.random.default_rng(seed))
    low, high = np.quantile(values, [0.025, 0.975], axis=0)
    areas, precisions = (
        Estimate(measure(truth, kept), float(low[i]), float(high[i]))
        for i, measure in enumerate((auroc, average_precision))
    )
    return Judgement(areas, precisions, n_positive, n_negative, n_without)


def _resampled(truth: Mask, scores: Totals, n_resamples: int, rng: np.random.Generator) -> np.ndarray:
    """AUROC and average precision (columns) of every resample."""
    levels, level_of = np.unique(scores, return_inverse=True)
    n_at = [np.bincount(level_of[chosen], minlength=levels.size) for chosen in (truth, ~truth)]
    step = max(1, _ITEMS_AT_ONCE // levels.size)
    parts = []
    for start in range(0, n_resamples, step):
        n = min(step, n_resamples - start)
        # Items of one class and score are alike, so that drawing items is drawing how many there are at each score.
        drawn = [rng.multinomial(one.sum(), one / one.sum(), size=n) for one in n_at]
        parts.append(_areas(*drawn))
    return np.concatenate(parts)


def _areas(
    positive: Integer[np.ndarray, "resample level"], negative: Integer[np.ndarray, "resample level"]
) -> Float[np.ndarray, "resample 2"]:
    """Both areas from the number of positive and negative items at each score, lowest first."""
    n_positive, n_negative = positive.sum(axis=1), negative.sum(axis=1)
    below = negative.cumsum(axis=1) - negative / 2
    ranked = (positive * below).sum(axis=1) / (n_positive * n_negative)
    true, false = (one[:, ::-1].cumsum(axis=1)[:, ::-1] for one in (positive, negative))
    precision = true / np.maximum(true + false, 1)
    return np.stack([ranked, (positive * precision).sum(axis=1) / n_positive], axis=1)
