"""How well scores rank what is true above what is not: AUROC and average precision, ties counted fairly."""

from typing import NamedTuple

import numpy as np
from scipy.stats import rankdata

from cisgram.arrays import Mask, Totals
from cisgram.errors import InputError


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
    n_true = int(is_true.sum())
    n_false = is_true.size - n_true
    if not n_true or not n_false:
        return Ranking(float("nan"), float("nan"))
    ranks = rankdata(score)
    auroc = (ranks[is_true].sum() - n_true * (n_true + 1) / 2) / (n_true * n_false)
    order = np.argsort(-score, kind="stable")
    is_last_of_ties = np.append(np.diff(score[order]) != 0, True)
    found = is_true[order].cumsum()[is_last_of_ties]
    taken = np.flatnonzero(is_last_of_ties) + 1
    auprc = (np.diff(found, prepend=0) / n_true * found / taken).sum()
    return Ranking(float(auroc), float(auprc))
