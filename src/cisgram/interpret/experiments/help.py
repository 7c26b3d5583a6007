"""Help: how many times as much a motif gives because another one is near, over distances and in two ranges of them.

What the other motif brings itself is taken off (the corrected fold), and the responses are read at the place of the
motif that is helped. So help has a direction: A may help B, and B not A.

References
----------
Avsec et al. (2021), Base-resolution models of transcription-factor binding reveal soft motif syntax: the corrected fold
by distance, read at the motif that stays.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.errors import InputError
from cisgram.interpret.experiments.amounts import Scale, amounts_of, corrected_fold, log2_or_nan
from cisgram.interpret.experiments.resampling import interval_of
from cisgram.interpret.experiments.spacing import Spacing

RANGE_COLUMNS = ("track", "range", "n", "alone", "fold", "low", "high")
"""Columns of :func:`help_in_ranges`."""

CURVE_COLUMNS = ("track", "distance_bp", "log2_fold")
"""Columns of :func:`help_by_distance`."""

NEAR, FAR = "near", "far"
NEAR_BP = 70
"""Up to this distance between centres, motifs are near."""


def help_in_ranges(
    spacing: Spacing, *, tracks: Sequence[str], scale: Scale, near_bp: int = NEAR_BP, seed: int = 0
) -> pd.DataFrame:
    """Sum up what motif B does for motif A, near and far.

    Parameters
    ----------
    spacing
        From :func:`cisgram.interpret.experiments.spacing.space_motifs`, with scores that read at the place of A.
    tracks
        Names, in the order of the last axis of its responses.
    scale
        What responses are logarithms of.
    near_bp
        Where near ends, included.
    seed
        Of the bootstrap.

    Returns
    -------
    pandas.DataFrame
        :data:`RANGE_COLUMNS`: for every track, a row for each range that has distances. ``alone`` is the mean amount
        with A alone, ``fold`` the corrected fold of amounts averaged over distances, orders, strands and backgrounds,
        ``low`` and ``high`` its 95 % bootstrap interval over ``n`` backgrounds; NaN where A alone gives nothing.
    """
    if len(tracks) != spacing.both.shape[-1]:
        raise InputError(f"give one name per track; got {len(tracks)} for {spacing.both.shape[-1]}")
    distance = spacing.arrangements["distance_bp"].to_numpy()
    cells = [amounts_of(one, scale) for one in (spacing.none, spacing.a, spacing.b, spacing.both)]
    tables = []
    for name, chosen in ((NEAR, distance <= near_bp), (FAR, distance > near_bp)):
        if not chosen.any():
            continue
        means = [cell[:, chosen].mean(axis=1) for cell in cells]
        low, high = interval_of(corrected_fold, *means, seed=seed)
        fold = corrected_fold(*(one.mean(axis=0) for one in means))
        columns = {"track": list(tracks), "range": name, "n": len(means[0]), "alone": means[1].mean(axis=0)}
        tables.append(pd.DataFrame({**columns, "fold": fold, "low": low, "high": high}))
    return pd.concat(tables, ignore_index=True)[list(RANGE_COLUMNS)]


def help_by_distance(spacing: Spacing, *, tracks: Sequence[str], scale: Scale) -> pd.DataFrame:
    """What motif B does for motif A at every distance, both orders and all strands together.

    Parameters
    ----------
    spacing, tracks, scale
        As in :func:`help_in_ranges`.

    Returns
    -------
    pandas.DataFrame
        :data:`CURVE_COLUMNS`, by track and distance; ``log2_fold`` is NaN where A alone gives nothing.
    """
    distance = spacing.arrangements["distance_bp"].to_numpy()
    distances = np.unique(distance)
    cells = [amounts_of(one, scale).mean(axis=0) for one in (spacing.none, spacing.a, spacing.b, spacing.both)]
    means = [np.stack([cell[distance == one].mean(axis=0) for one in distances]) for cell in cells]
    log2_fold = log2_or_nan(corrected_fold(*means))
    return pd.DataFrame(
        {
            "track": np.repeat(np.array(tracks, dtype=object), len(distances)),
            "distance_bp": np.tile(distances, len(tracks)),
            "log2_fold": log2_fold.T.ravel(),
        }
    )
