"""Patterns in company: which two lie in the same windows more often, or more rarely, than chance has it."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy.stats import fisher_exact, norm

from cisgram.arrays import EffectTable
from cisgram.errors import InputError
from cisgram.genomics.q_values import q_values

COOCCURRENCE_COLUMNS = (
    "first",
    "second",
    "n_windows",
    "n_first",
    "n_second",
    "n_both",
    "expected_both",
    "odds_ratio",
    "log2_odds_ratio",
    "low",
    "high",
    "p_value",
    "q_value",
)
"""Columns of a table of pairs; see :func:`cooccurrence`."""


def cooccurrence(
    hits: pd.DataFrame, n_windows: int, *, patterns: Sequence[str] | None = None, coverage: float = 0.95
) -> pd.DataFrame:
    """Count the windows in which two patterns meet, for all pairs of patterns.

    All windows count, also those without any hit. Where windows were chosen because something binds there, every one
    has some motif, which makes unrelated motifs avoid each other a little.

    Parameters
    ----------
    hits
        ``pattern`` and ``window``; several hits of a pattern in one window count once.
    n_windows
        Number of windows that were searched.
    patterns
        Names, in the order of the result; those in the hits, sorted, if not given.
    coverage
        Of the interval.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`COOCCURRENCE_COLUMNS`, one row per pair. ``odds_ratio`` is that of the four counts, as they are
        (infinite where a pattern never lies without the other; NaN where one lies nowhere or everywhere).
        ``log2_odds_ratio`` and the interval ``low`` to ``high`` of the odds ratio are Haldane's and Woolf's, with half
        a window added to each count, and so always finite. ``p_value`` is that of Fisher's exact test,
        two-sided, ``q_value`` that of Benjamini and Hochberg over all pairs.

    Raises
    ------
    InputError
        A hit is in a window beyond the last, or ``coverage`` is not between 0 and 1.

    Examples
    --------
    >>> hits = pd.DataFrame({"pattern": ["a", "b", "a", "b", "a"], "window": [0, 0, 1, 1, 2]})
    >>> table = cooccurrence(hits, 10)
    >>> table[["n_first", "n_second", "n_both", "odds_ratio", "p_value"]].round(4).to_numpy().tolist()
    [[3.0, 2.0, 2.0, inf, 0.0667]]
    """
    if len(hits) and not 0 <= hits["window"].min() <= hits["window"].max() < n_windows:
        raise InputError(
            f"there are {n_windows} windows; the hits are in {hits['window'].min()} to {hits['window'].max()}"
        )
    if not 0 < coverage < 1:
        raise InputError(f"coverage must be between 0 and 1; got {coverage}")
    names = sorted(set(hits["pattern"])) if patterns is None else list(patterns)
    has = np.zeros((len(names), n_windows), dtype=bool)
    number = hits["pattern"].map({name: at for at, name in enumerate(names)})
    known = number.notna().to_numpy()
    has[number[known].to_numpy(dtype=np.int64), hits["window"].to_numpy(dtype=np.int64)[known]] = True
    rows = [(names[i], names[j], *_pair(has[i], has[j], coverage)) for i, j in combinations(range(len(names)), 2)]
    table = pd.DataFrame(rows, columns=list(COOCCURRENCE_COLUMNS[:-1]))
    table["q_value"] = q_values(table["p_value"].to_numpy(dtype=np.float64))
    return table


def _pair(first: np.ndarray, second: np.ndarray, coverage: float) -> tuple[float, ...]:
    """The numbers of one pair."""
    both, neither = int((first & second).sum()), int((~first & ~second).sum())
    only_first, only_second = int((first & ~second).sum()), int((~first & second).sum())
    n, n_first, n_second = first.size, both + only_first, both + only_second
    tested = fisher_exact([[both, only_first], [only_second, neither]])
    odds, p_value = np.asarray(tested, dtype=np.float64).tolist()
    is_open = 0 < n_first < n and 0 < n_second < n
    padded = np.array([both, only_first, only_second, neither]) + 0.5
    log_odds = float(np.log(padded[0] * padded[3] / (padded[1] * padded[2])))
    reach = float(norm.ppf(0.5 + coverage / 2) * np.sqrt((1 / padded).sum()))
    return (
        n,
        n_first,
        n_second,
        both,
        n_first * n_second / max(n, 1),
        odds if is_open else np.nan,
        log_odds / np.log(2),
        float(np.exp(log_odds - reach)),
        float(np.exp(log_odds + reach)),
        p_value if is_open else np.nan,
    )


def odds_matrix(table: pd.DataFrame, patterns: Sequence[str]) -> EffectTable:
    """Log2 odds ratios as a symmetric matrix for a heat map; 0 on the diagonal.

    Parameters
    ----------
    table
        From :func:`cooccurrence`.
    patterns
        Names, in the order of rows and columns.
    """
    at = {name: number for number, name in enumerate(patterns)}
    matrix = np.zeros((len(patterns), len(patterns)))
    for first, second, value in table[["first", "second", "log2_odds_ratio"]].itertuples(index=False):
        if first in at and second in at:
            matrix[at[first], at[second]] = matrix[at[second], at[first]] = value
    return matrix
