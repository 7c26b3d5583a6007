"""How well scores rank what is true above what is not: AUROC and average precision, ties counted fairly."""

from typing import NamedTuple

import numpy as np

from cisgram.arrays import Mask, Totals
from cisgram.errors import InputError
from cisgram.nn.metrics import auroc, average_precision


class Ranking(NamedTuple):
    """Quality of a ranking.

    Attributes
    ----------
    auroc
        Chance that a true one scores above a false one, ties counted half; 0.5 for a random score.
    auprc
        Average precision over the true ones; the share of true ones for a random score.
    """

    auroc: float
    auprc: float


def ranking(is_true: Mask, score: Totals) -> Ranking:
    """AUROC and average precision; NaN for both where nothing or everything is true.

    Equal scores form one threshold.

    Examples
    --------
    >>> ranking(np.array([True, False, True, False]), np.array([3.0, 2.0, 1.0, 0.0]))
    Ranking(auroc=0.75, auprc=0.8333333333333333)
    """
    if not np.isfinite(score).all():
        raise InputError("scores must be finite; some are NaN or infinite")
    if is_true.all() or not is_true.any():
        return Ranking(float("nan"), float("nan"))
    return Ranking(auroc(is_true, score), average_precision(is_true, score))
