"""Whether a method knows which motif matters in which cell type."""

import numpy as np
import pandas as pd

from cisgram.errors import InputError
from cisgram.simulate.recovery.ranking import ranking

SPECIFICITY_COLUMNS = ("of", "name", "n_active", "auroc", "pearson", "floor_auroc", "floor_pearson")
"""Columns of :func:`specificity_recovery`: ``motif``, ``cell type`` or ``all``; name; values of the truth that are at
or above the threshold; AUROC of the recovered values for these; their correlation with the truth; and the same two of
shuffled values."""


def specificity_recovery(
    truth: pd.DataFrame,
    recovered: pd.DataFrame,
    *,
    active_from: float = 0.5,
    n_shuffles: int = 20,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Compare what a method says about motifs in cell types with the truth.

    Parameters
    ----------
    truth
        Concentration by motif (rows) and cell type (columns):
        :func:`cisgram.simulate.cell_types.true_specificity`.
    recovered
        The same in any unit, higher for more important: such as the influence of the filter that matches the motif.
        Motifs that a method did not find may be missing or NaN: they count as 0 everywhere. Rows and columns may
        stand in any order; others than those of the truth are passed over.
    active_from
        A motif is at work in a cell type from this concentration on.
    n_shuffles
        How often all recovered values are shuffled for the floors; at least 1.
    rng
        Shuffles them.

    Returns
    -------
    pandas.DataFrame
        :data:`SPECIFICITY_COLUMNS`: motifs (over cell types), cell types (over motifs), and last all values
        together. NaN where the truth, or what was recovered, is the same everywhere.

    Raises
    ------
    InputError
        Where a cell type is missing, or a name comes twice.

    Examples
    --------
    >>> truth = pd.DataFrame({"liver": [1.0, 0.0], "blood": [0.0, 1.0]}, index=["HNF4A", "GATA1"])
    >>> scores = specificity_recovery(truth, 3 * truth, rng=np.random.default_rng(1))
    >>> scores.iloc[-1:][["of", "auroc", "pearson"]].to_dict("list")
    {'of': ['all'], 'auroc': [1.0], 'pearson': [1.0]}
    """
    if n_shuffles < 1:
        raise InputError(f"n_shuffles must be at least 1; got {n_shuffles}")
    for table, what in ((truth, "truth"), (recovered, "recovered")):
        if not (table.index.is_unique and table.columns.is_unique):
            raise InputError(f"every motif and every cell type must come once; {what} has one twice")
    if lacking := [str(name) for name in truth.columns if name not in recovered.columns]:
        raise InputError(f"recovered must have every cell type of the truth; it lacks {', '.join(lacking)}")
    found = recovered.reindex(index=truth.index, columns=truth.columns).fillna(0.0)
    true, values = truth.to_numpy(dtype=np.float64), found.to_numpy(dtype=np.float64)
    scores = _scores(true, values, active_from)
    shuffled = [rng.permutation(values.ravel()).reshape(values.shape) for _ in range(n_shuffles)]
    floors = np.ma.masked_invalid([_scores(true, one, active_from)[:, 1:] for one in shuffled])
    floor = floors.mean(axis=0).filled(np.nan)
    names = [*(("motif", str(one)) for one in truth.index), *(("cell type", str(one)) for one in truth.columns)]
    rows = [
        (*name, int(own[0]), *own[1:], *low)
        for name, own, low in zip([*names, ("all", "all")], scores, floor, strict=True)
    ]
    return pd.DataFrame(rows, columns=list(SPECIFICITY_COLUMNS))


def _scores(true: np.ndarray, values: np.ndarray, active_from: float) -> np.ndarray:
    """Active values, AUROC and correlation of every row, every column, and of all together."""
    pairs = [*zip(true, values, strict=True), *zip(true.T, values.T, strict=True), (true.ravel(), values.ravel())]
    rows = []
    for wanted, got in pairs:
        is_active = wanted >= active_from
        is_flat = np.ptp(wanted) == 0 or np.ptp(got) == 0
        pearson = np.nan if is_flat else np.corrcoef(wanted, got)[0, 1]
        rows.append((is_active.sum(), ranking(is_active, got).auroc, pearson))
    return np.array(rows, dtype=np.float64)
