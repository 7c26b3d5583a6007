"""How well predicted effects agree with measured or known ones, beside simple predictors, with intervals."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from cisgram.arrays import AnyValues, PerRow
from cisgram.errors import InputError
from cisgram.nn.metrics import auroc, pearson, spearman

AGREEMENT_COLUMNS = ("track", "predictor", "metric", "n", "value", "low", "high")
"""Columns of :func:`effect_agreement`."""

AGREEMENT_METRICS = {
    "pearson": "Pearson correlation of predicted and measured effects",
    "spearman": "Spearman correlation of predicted and measured effects",
    "size_spearman": "Spearman correlation of the sizes of predicted and measured effects, whatever their sign",
    "sign_auroc": "chance that an effect measured as a rise is predicted above one measured as a fall",
}
"""What is compared, and what it says."""

_FEWEST = 5


def effect_agreement(
    measured: PerRow,
    predicted: Mapping[str, AnyValues],
    *,
    track: str = "",
    groups: Sequence[object] | None = None,
    unsigned: Sequence[str] = (),
    are_sizes: bool = False,
    n_resamples: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """Compare predictors with measured effects.

    Parameters
    ----------
    measured
        Effect of every variant, alternative minus reference; rows that are NaN do not count.
    predicted
        By the name of the predictor: its number for every variant; rows where any predictor is NaN do not count, so
        that all are compared on the same variants.
    track
        What to call it in the table.
    groups
        Variants of one group share an error (of a common reference, of a place in the genome) and are drawn together;
        every variant by itself, if not given.
    unsigned
        Predictors that say how large an effect is, not which way it goes: only sizes are compared.
    are_sizes
        Whether the measured effects are sizes, 0 or more, themselves: those of all predictors are compared with them,
        and there are no signs.
    n_resamples
        Of the 95 % intervals (percentiles of a bootstrap over groups).
    seed
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        :data:`AGREEMENT_COLUMNS`, a row per predictor and metric of :data:`AGREEMENT_METRICS`; NaN where fewer than 5
        variants have all numbers, or where one side does not vary.

    Raises
    ------
    InputError
        Where arrays differ in length.
    """
    if any(len(values) != len(measured) for values in predicted.values()):
        raise InputError("predicted and measured effects must be of the same variants, one number each")
    known = ~np.isnan(measured) & ~np.any([np.isnan(values) for values in predicted.values()], axis=0)
    truth = measured[known]
    codes = pd.factorize(np.array(groups if groups is not None else np.arange(len(measured)))[known])[0]
    draws = _draws(codes, n_resamples, seed) if len(truth) >= _FEWEST else []
    rows = []
    for name, values in predicted.items():
        for metric, score in _METRICS.items():
            if metric not in (_OF_SIZES if are_sizes else _OF_UNSIGNED if name in unsigned else _METRICS):
                continue
            value, ends = float("nan"), (float("nan"), float("nan"))
            if len(truth) >= _FEWEST:
                own = np.abs(values[known]) if are_sizes else values[known]
                value = score(truth, own)
                found = np.array([score(truth[draw], own[draw]) for draw in draws])
                found = found[~np.isnan(found)]
                ends = tuple(np.percentile(found, (2.5, 97.5))) if found.size else ends
            rows.append((track, name, metric, len(truth), value, *map(float, ends)))
    return pd.DataFrame(rows, columns=list(AGREEMENT_COLUMNS))


def _draws(codes: np.ndarray, n_resamples: int, seed: int) -> list[np.ndarray]:
    """Rows of every resample: as many groups as there are, drawn with replacement, with all their rows."""
    rng = np.random.default_rng(seed)
    order = np.argsort(codes, kind="stable")
    n_groups = int(codes.max()) + 1
    parts = np.split(order, np.searchsorted(codes[order], np.arange(1, n_groups)))
    return [np.concatenate([parts[one] for one in rng.integers(n_groups, size=n_groups)]) for _ in range(n_resamples)]


def _sizes(measured: PerRow, predicted: PerRow) -> float:
    return spearman(np.abs(measured), np.abs(predicted))


def _signs(measured: PerRow, predicted: PerRow) -> float:
    has_sign = measured != 0
    return auroc(measured[has_sign] > 0, predicted[has_sign])


_METRICS: dict[str, Callable[[PerRow, PerRow], float]] = {
    "pearson": pearson,
    "spearman": spearman,
    "size_spearman": _sizes,
    "sign_auroc": _signs,
}

_OF_UNSIGNED = ("size_spearman",)
_OF_SIZES = ("pearson", "spearman")
