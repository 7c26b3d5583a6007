"""Effect sizes: how much responses change on average, how sure that is, and whether it is more than chance."""

import warnings

import numpy as np
import pandas as pd
from scipy.stats import binomtest
from scipy.stats import wilcoxon as signed_rank_test

from cisgram.arrays import Responses, Rows
from cisgram.errors import InputError
from cisgram.interpret.experiments.resampling import interval_of, unit_means

EFFECT_COLUMNS = ("n", "before", "after", "effect", "low", "high", "share_up", "p_sign", "p_wilcoxon")
"""Columns of :func:`effect_sizes`, besides ``track``."""


def effect_sizes(
    before: Responses,
    after: Responses,
    *,
    sources: Rows | None = None,
    n_resamples: int = 2000,
    seed: int = 0,
) -> pd.DataFrame:
    """Summarise what an edit does, track by track.

    Parameters
    ----------
    before, after
        Responses to the same sequences, ``batch track``.
    sources
        Number of the sequence that each was made from, such as by shuffling. Where at least 6 differ, those of one
        source are averaged first, for they are no independent witnesses; where fewer do, all stand for themselves.
    n_resamples
        Of the bootstrap.
    seed
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        One row per track: ``track`` (its number) and :data:`EFFECT_COLUMNS`. ``n`` is the number of sequences (or of
        sources), ``effect`` the mean of after - before, ``low`` and ``high`` its 95 % bootstrap interval (percentiles;
        NaN for a single sequence), ``share_up`` the share of sequences whose response rises (ties count half).
        ``p_sign`` and ``p_wilcoxon`` are two-sided and paired; sequences without any change are left out of both, and
        p is 1 where none is left.

    Raises
    ------
    InputError
        Where there are no sequences, or shapes differ.

    Examples
    --------
    >>> before = np.zeros((8, 1), dtype=np.float32)
    >>> table = effect_sizes(before, before + np.arange(1, 9, dtype=np.float32)[:, None])
    >>> table[["n", "effect", "p_sign"]].to_dict("records")
    [{'n': 8, 'effect': 4.5, 'p_sign': 0.0078125}]
    """
    if not len(before) or before.shape != after.shape:
        raise InputError(f"effects need responses to the same sequences; got {before.shape} and {after.shape}")
    earlier, later = unit_means(before, sources), unit_means(after, sources)
    differences = later - earlier
    low, high = interval_of(lambda mean: mean, differences, n_resamples=n_resamples, seed=seed)
    return pd.DataFrame(
        {
            "track": np.arange(differences.shape[1]),
            "n": len(differences),
            "before": earlier.mean(axis=0),
            "after": later.mean(axis=0),
            "effect": differences.mean(axis=0),
            "low": low,
            "high": high,
            "share_up": ((differences > 0) + 0.5 * (differences == 0)).mean(axis=0),
            "p_sign": [_sign_test(column) for column in differences.T],
            "p_wilcoxon": [_wilcoxon_test(column) for column in differences.T],
        }
    )


def _sign_test(differences: np.ndarray) -> float:
    n_up, n_down = int((differences > 0).sum()), int((differences < 0).sum())
    return float(binomtest(n_up, n_up + n_down).pvalue) if n_up + n_down else 1.0


def _wilcoxon_test(differences: np.ndarray) -> float:
    changed = differences[differences != 0]
    if not changed.size:
        return 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # few sequences, or ties: the p-value is then approximate, as documented
        return float(np.asarray(signed_rank_test(changed)[1]))
