"""Predicted effects of variants on simulated expression against the true ones, kind by kind of variant."""

import numpy as np
import pandas as pd

from cisgram.errors import EmptySetError, InputError
from cisgram.nn.metrics import pearson, spearman
from cisgram.simulate.recovery.ranking import ranking

KIND_COLUMNS = ("measure", "kind", "n", "n_strong", "pearson", "spearman", "sign_agreement", "auroc", "median_size")
"""Columns of :func:`effects_by_kind`: what was measured, kind of variant, number of effects (a variant has one in every
cell type), those that are strong in truth, correlations of predicted and true effects, share of the strong ones whose
sign is right, the chance that the predicted size of a strong one is above that of a neutral variant, and the median
size of predicted effects."""

ALL_KINDS = "all"
"""What all kinds together are called."""

_NEEDED = ("measure", "kind", "true", "predicted")
_FEWEST = 3


def effects_by_kind(
    effects: pd.DataFrame, *, strong_from: dict[str, float], neutral: str = "background"
) -> pd.DataFrame:
    """Compare predicted effects of variants with true ones: all together, and those of every kind.

    Parameters
    ----------
    effects
        One row per variant, measure and cell type: ``measure``, ``kind``, ``true`` and ``predicted`` (log2 fold
        changes, or a prediction that grows with them).
    strong_from
        Of every measure, the least size of a true effect that counts as strong.
    neutral
        The kind of variants that do nothing by design; their predicted sizes are the null that strong ones are told
        from.

    Returns
    -------
    pandas.DataFrame
        :data:`KIND_COLUMNS`; NaN where there are fewer than three effects, none is strong, or there is no null.

    Raises
    ------
    InputError
        Where a column is missing, or a number is not finite.
    EmptySetError
        Where there is no effect.

    Examples
    --------
    >>> effects = pd.DataFrame(
    ...     {"measure": "ATAC", "kind": ["breaks", "breaks", "improves", "background"],
    ...      "true": [-1.0, -0.5, 0.8, 0.0], "predicted": [-0.9, -0.2, 0.4, 0.1]}
    ... )
    >>> effects_by_kind(effects, strong_from={"ATAC": 0.2}).set_index("kind").loc["all", ["sign_agreement", "auroc"]]
    sign_agreement    1.0
    auroc             1.0
    Name: all, dtype: float64
    """
    if missing := [name for name in _NEEDED if name not in effects]:
        raise InputError(f"effects need the columns {', '.join(_NEEDED)}; {missing[0]} is missing")
    if not len(effects):
        raise EmptySetError("effects of variants, true and predicted", dropped={})
    if not np.isfinite(effects[["true", "predicted"]].to_numpy(np.float64)).all():
        raise InputError("true and predicted effects must be finite; some are NaN or infinite")
    rows = []
    for measure, own in effects.groupby("measure", sort=False):
        null = own.loc[own["kind"] == neutral, "predicted"].abs().to_numpy(np.float64)
        for kind, part in [(ALL_KINDS, own), *own.groupby("kind", sort=True)]:
            rows.append((str(measure), str(kind), *_figures(part, null, strong_from[str(measure)])))
    return pd.DataFrame(rows, columns=list(KIND_COLUMNS))


def _figures(part: pd.DataFrame, null: np.ndarray, strong_from: float) -> tuple[float, ...]:
    """Numbers of one measure and kind, from ``n`` on."""
    true, predicted = part["true"].to_numpy(np.float64), part["predicted"].to_numpy(np.float64)
    is_strong = np.abs(true) >= strong_from
    varies = true.size >= _FEWEST and np.ptp(true) > 0 and np.ptp(predicted) > 0
    agreement = (pearson(true, predicted), spearman(true, predicted)) if varies else (np.nan, np.nan)
    signs, auroc = np.nan, np.nan
    if is_strong.any():
        signs = float((np.sign(true[is_strong]) == np.sign(predicted[is_strong])).mean())
        sizes = np.concatenate([np.abs(predicted[is_strong]), null])
        auroc = ranking(np.arange(sizes.size) < is_strong.sum(), sizes).auroc if null.size else np.nan
    return true.size, int(is_strong.sum()), *agreement, signs, auroc, float(np.median(np.abs(predicted)))
