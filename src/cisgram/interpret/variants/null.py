"""How large a score is large: where a variant stands among changes of the same kind that should not matter."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.arrays import Totals
from cisgram.errors import InputError
from cisgram.genomics.q_values import q_values

KINDS = ("SNV", "MNV", "indel of 1-2 bp", "indel of 3-9 bp", "indel of 10 bp and more")
"""Kinds of changes, by what they do to the length and how many bases they replace."""

FEWEST_NULL = 20
"""With fewer null scores of a kind, variants of that kind get no p-value."""

_KEYS = ("track", "kind")


def kind_of(ref: str, alt: str) -> str:
    """What kind of change turns one allele into the other: one of :data:`KINDS`.

    Bases that both alleles begin or end with do not count.

    Examples
    --------
    >>> [kind_of(*alleles) for alleles in (("A", "G"), ("AC", "GT"), ("AC", "AT"), ("A", "AT"), ("ACGTA", "A"))]
    ['SNV', 'MNV', 'SNV', 'indel of 1-2 bp', 'indel of 3-9 bp']
    """
    change = abs(len(ref) - len(alt))
    if not change:
        places = [place for place, (one, other) in enumerate(zip(ref, alt, strict=True)) if one != other]
        return KINDS[0] if not places or places[-1] == places[0] else KINDS[1]
    return KINDS[2] if change <= 2 else KINDS[3] if change <= 9 else KINDS[4]


def empirical_p(scores: Totals, null: np.ndarray) -> Totals:
    """Chance that a null change has a score as far from 0: ``(1 + n as far) / (1 + n)``.

    Parameters
    ----------
    scores
        NaN where a variant has none; it stays NaN.
    null
        Scores of null changes; those that are NaN do not count.

    Returns
    -------
    numpy.ndarray
        Two-sided, above 0 and at most 1; NaN for all where there are fewer than :data:`FEWEST_NULL` null scores.

    References
    ----------
    North, Curtis and Sham (2002), A note on the calculation of empirical P values from Monte Carlo procedures,
    American Journal of Human Genetics 71.

    Examples
    --------
    >>> null = np.linspace(-1, 1, 99)
    >>> empirical_p(np.array([0.0, -2.0, np.nan]), null).tolist()
    [1.0, 0.01, nan]
    """
    sizes = _sorted_sizes(null)
    if sizes.size < FEWEST_NULL:
        return np.full(len(scores), np.nan)
    n_as_far = sizes.size - np.searchsorted(sizes, np.abs(scores), side="left")
    return np.where(np.isnan(scores), np.nan, (1 + n_as_far) / (1 + sizes.size))


def null_quantiles(scores: Totals, null: np.ndarray) -> Totals:
    """Share of the null scores that are nearer to 0 than each score; ties count half. NaN as in :func:`empirical_p`.

    Examples
    --------
    >>> null_quantiles(np.array([0.0, -2.0, 0.5]), np.linspace(-1, 1, 101)).round(2).tolist()
    [0.0, 1.0, 0.5]
    """
    sizes = _sorted_sizes(null)
    if sizes.size < FEWEST_NULL:
        return np.full(len(scores), np.nan)
    ends = [np.searchsorted(sizes, np.abs(scores), side=side) for side in ("left", "right")]
    return np.where(np.isnan(scores), np.nan, np.mean(ends, axis=0) / sizes.size)


def judge_by_null(table: pd.DataFrame, null: pd.DataFrame, *, scores: Sequence[str]) -> pd.DataFrame:
    """Put every score of every variant and track beside the null scores of that track and kind of change.

    Parameters
    ----------
    table
        One row per variant and track: ``track``, ``ref``, ``alt`` and the scores, NaN where there is none.
    null
        The same columns of null changes.
    scores
        Columns to judge.

    Returns
    -------
    pandas.DataFrame
        The table with ``kind``, ``n_null`` (null changes of that kind and track), and for every score its ``_quantile``
        (see :func:`null_quantiles`), ``_p`` (:func:`empirical_p`) and ``_q`` (Benjamini and Hochberg over all variants
        of a track).

    Raises
    ------
    InputError
        Where a table lacks a column.
    """
    for name, one in (("variants", table), ("null changes", null)):
        if missing := [column for column in ("track", "ref", "alt", *scores) if column not in one]:
            raise InputError(f"the table of {name} needs the columns {', '.join(missing)}")
    kinds = [kind_of(ref, alt) for ref, alt in zip(table["ref"], table["alt"], strict=True)]
    judged = table.assign(kind=kinds)
    null = null.assign(kind=[kind_of(ref, alt) for ref, alt in zip(null["ref"], null["alt"], strict=True)])
    by_key = null.groupby(list(_KEYS), sort=False, observed=True)
    groups = {(str(track), str(kind)): rows for (track, kind), rows in by_key}
    columns = {f"{score}_{what}": np.full(len(judged), np.nan) for score in scores for what in ("quantile", "p", "q")}
    n_null = np.zeros(len(judged), dtype=np.int64)
    for names, rows in judged.groupby(list(_KEYS), sort=False, observed=True).indices.items():
        track, kind = names if isinstance(names, tuple) else (names, "")
        own = groups.get((str(track), str(kind)))
        if own is None:
            continue
        n_null[rows] = int(own[list(scores)].notna().all(axis=1).sum())
        for score in scores:
            values, of_null = judged[score].to_numpy(dtype=float)[rows], own[score].to_numpy(dtype=float)
            columns[f"{score}_p"][rows] = empirical_p(values, of_null)
            columns[f"{score}_quantile"][rows] = null_quantiles(values, of_null)
    for rows in judged.groupby("track", sort=False, observed=True).indices.values():
        for score in scores:
            columns[f"{score}_q"][rows] = q_values(columns[f"{score}_p"][rows])
    return judged.assign(n_null=n_null, **columns)


def _sorted_sizes(null: np.ndarray) -> np.ndarray:
    sizes = np.abs(np.asarray(null, dtype=np.float64))
    return np.sort(sizes[~np.isnan(sizes)])
