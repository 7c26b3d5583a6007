"""Fold changes of reads between a mutant and its wild type: observed, predicted, and how well the two agree."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float, Num

from cisgram.errors import InputError
from cisgram.nn.metrics import pearson, spearman
from cisgram.training.bootstrap import interval_of, resample_blocks, resampled_pearson, resampled_spearman

ALL_TRACKS = "all tracks"
"""What the summary calls the folds of all tracks side by side."""
SCALES = {"window": "", "local": "local_"}
"""What is summed, and how the columns of its folds begin."""
LOCI = ("all", "held-out")
"""Which changes are summarised: all, or those on contigs that the model was not trained on."""
AGREEMENT_COLUMNS = (
    *("track", "scale", "loci", "n", "pearson", "pearson_low", "pearson_high"),
    *("spearman", "spearman_low", "spearman_high", "ceiling_pearson", "ceiling_spearman"),
    *("error", "floor_error", "ceiling_error"),
)
"""Columns of :func:`fold_agreement`."""
_FEWEST = 3


def log2_fold(
    wild_type: Num[np.ndarray, "*_"], mutant: Num[np.ndarray, "*_"], *, totals: tuple[float, float] | None = None
) -> Float[np.ndarray, "*_"]:
    """log2 of the mutant's reads over the wild type's, one read added to both.

    Parameters
    ----------
    wild_type, mutant
        Reads.
    totals
        All reads of either experiment: both are scaled to the mean of these before the read is added. A change of all
        places alike can therefore not be seen. None for reads on one scale, such as predictions.

    Raises
    ------
    InputError
        An experiment has no reads at all.

    Examples
    --------
    >>> log2_fold(np.array([7.0]), np.array([1.0])).tolist()
    [-2.0]
    >>> log2_fold(np.array([10.0]), np.array([20.0]), totals=(1e6, 2e6)).tolist()
    [0.0]
    """
    scales = (1.0, 1.0)
    if totals is not None:
        if min(totals) <= 0:
            raise InputError(f"fold changes need reads in both experiments; their totals are {totals[0]}, {totals[1]}")
        mean = sum(totals) / 2
        scales = (mean / totals[0], mean / totals[1])
    return np.log2((scales[1] * mutant + 1) / (scales[0] * wild_type + 1))


def fold_agreement(
    table: pd.DataFrame, *, tracks: Sequence[str], n_resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Compare predicted with observed folds, track by track.

    Parameters
    ----------
    table
        One row per change and track: ``chrom, start, end`` of the window, ``track``, ``split``, and for either scale
        ``observed``, ``predicted``, ``observed_1`` and ``observed_2`` (replicates), those of the surroundings of the
        change with ``local_`` before. Rows without an observed or predicted fold are left out.
    tracks
        Names, in the order of the result.
    n_resamples, seed
        Of the bootstrap: blocks of neighbouring windows are drawn.

    Returns
    -------
    pandas.DataFrame
        :data:`AGREEMENT_COLUMNS`. ``ceiling``: replicate 1 against replicate 2, NaN where either is missing. ``error``
        is the mean absolute difference from the observed fold, ``floor_error`` that of saying that nothing changes,
        ``ceiling_error`` that between replicates. Correlations of fewer than 3 changes are NaN. Held-out loci have
        rows of their own only where others are there, too.
    """
    is_held_out = table["split"].eq("test")
    groups = {LOCI[0]: table, LOCI[1]: table[is_held_out]}
    if is_held_out.all() or not is_held_out.any():
        del groups[LOCI[1]]
    rows = []
    for loci, group in groups.items():
        for track in (*tracks, ALL_TRACKS) if len(tracks) > 1 else tracks:
            own = group if track == ALL_TRACKS else group[group["track"] == track]
            for scale, prefix in SCALES.items():
                found = _agreement(own, prefix, n_resamples=n_resamples, seed=seed)
                rows.append({"track": track, "scale": scale, "loci": loci, **found})
    return pd.DataFrame(rows, columns=list(AGREEMENT_COLUMNS))


def _agreement(table: pd.DataFrame, prefix: str, *, n_resamples: int, seed: int) -> dict[str, float]:
    """How one scale of one group agrees."""
    names = [f"{prefix}{name}" for name in ("observed", "predicted", "observed_1", "observed_2")]
    table = table[table[names[:2]].notna().all(axis=1)]
    observed, predicted, first, second = (table[name].to_numpy(dtype=np.float64) for name in names)
    found: dict[str, float] = {"n": len(table)}
    both = ~(np.isnan(first) | np.isnan(second))
    is_enough = len(table) >= _FEWEST
    resamples = resample_blocks(table, n_resamples=n_resamples, seed=seed) if is_enough else None
    for name, measure, resampled in (
        ("pearson", pearson, resampled_pearson),
        ("spearman", spearman, resampled_spearman),
    ):
        interval = interval_of(resampled(resamples, observed, predicted)) if resamples is not None else None
        low, high = interval or (np.nan, np.nan)
        found |= {name: measure(observed, predicted) if is_enough else np.nan, f"{name}_low": low, f"{name}_high": high}
        found[f"ceiling_{name}"] = measure(first[both], second[both]) if both.sum() >= _FEWEST else np.nan
    found["error"] = _mean(np.abs(observed - predicted))
    found["floor_error"] = _mean(np.abs(observed))
    found["ceiling_error"] = _mean(np.abs(first[both] - second[both]))
    return found


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else float("nan")
