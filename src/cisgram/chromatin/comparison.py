"""Models of chromatin states side by side: which state of one is which of another."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from cisgram.arrays import AnyValues, EffectTable, Rows, StatePairs
from cisgram.errors import InputError
from cisgram.genomics.state_model import StateModel

MODEL_MATCH_COLUMNS = ("state", "name", "best", "best_correlation", "partner", "partner_correlation")
"""Columns of a match of models: states are numbered from 1; ``partner`` is 0 where a state has none."""


@dataclass(frozen=True, eq=False)
class ModelMatch:
    """How alike the states of two models are in the marks that they have.

    Parameters
    ----------
    names
        Names of the states of the reference.
    other_names
        Names of the states of the other model.
    marks
        The marks that both have.
    correlation
        Pearson correlation of emission probabilities; 0 where a state has all marks equally.
    partner
        For each state of the reference, the state of the other that it is paired with, one to one, so that the sum of
        the correlations is as large as can be; -1 where the other model has too few states.
    """

    names: tuple[str, ...]
    other_names: tuple[str, ...]
    marks: tuple[str, ...]
    correlation: StatePairs
    partner: Rows

    @property
    def best(self) -> Rows:
        """For each state of the reference, the most alike of the other; several may share one."""
        return self.correlation.argmax(axis=1)

    def table(self) -> pd.DataFrame:
        """One row per state of the reference, columns ``MODEL_MATCH_COLUMNS``."""
        rows = np.arange(len(self.names))
        paired = np.where(self.partner >= 0, self.correlation[rows, self.partner], np.nan)
        values = (
            rows + 1,
            list(self.names),
            self.best + 1,
            self.correlation.max(axis=1),
            self.partner + 1,
            paired,
        )
        return pd.DataFrame(dict(zip(MODEL_MATCH_COLUMNS, values, strict=True)))


def match_models(reference: StateModel, other: StateModel) -> ModelMatch:
    """Find which states of two models are alike, by the Pearson correlation of their emission probabilities.

    Parameters
    ----------
    reference
        The model whose states are looked for.
    other
        The model in which they are looked for; marks may stand in another order.

    Raises
    ------
    InputError
        The models do not have the same marks.

    References
    ----------
    Ernst and Kellis (2017), Chromatin-state discovery and genome annotation with ChromHMM, Nature Protocols 12: 2478
    (the command CompareModels).

    Examples
    --------
    >>> model = StateModel(
    ...     marks=("a", "b", "c"),
    ...     initial=np.array([1.0, 0.0]),
    ...     transitions=np.eye(2),
    ...     emissions=np.array([[0.9, 0.1, 0.5], [0.0, 0.4, 0.1]]),
    ... )
    >>> match_models(model, model.reordered([1, 0])).partner.tolist()
    [1, 0]
    """
    if set(reference.marks) != set(other.marks):
        lacking = sorted(set(reference.marks) ^ set(other.marks))
        raise InputError(f"models can be compared if they have the same marks; only one has {', '.join(lacking)}")
    columns = [other.marks.index(mark) for mark in reference.marks]
    correlation = _correlations(reference.emissions, other.emissions[:, columns])
    rows, partners = linear_sum_assignment(correlation, maximize=True)
    partner = np.full(reference.n_states, -1)
    partner[rows] = partners
    return ModelMatch(reference.names, other.names, reference.marks, correlation, partner)


def best_correlations(reference: StateModel, others: Mapping[str, StateModel]) -> pd.DataFrame:
    """For each state of a model, how alike the best state of each other model is, as CompareModels tells.

    A model with too few states lacks a good partner for some; once one has enough, all correlations are near 1.

    Parameters
    ----------
    reference
        The model whose states are looked for, usually the one with most states.
    others
        Models by name.

    Returns
    -------
    pandas.DataFrame
        One row per state (``state``, from 1, and ``name``), then one column of correlations per model.
    """
    columns: dict[str, object] = {"state": np.arange(1, reference.n_states + 1), "name": list(reference.names)}
    for name, other in others.items():
        columns[name] = match_models(reference, other).correlation.max(axis=1)
    return pd.DataFrame(columns)


def _correlations(values: EffectTable, others: AnyValues) -> StatePairs:
    """Pearson correlations of rows; 0 where a row is constant."""
    first, second = (table - table.mean(axis=1, keepdims=True) for table in (values, others))
    scale = np.outer(np.linalg.norm(first, axis=1), np.linalg.norm(second, axis=1))
    return np.divide(first @ second.T, scale, out=np.zeros_like(scale), where=scale > 1e-15)
