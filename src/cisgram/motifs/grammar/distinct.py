"""One hit per site: of hits that overlap, the best one stays."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit

from cisgram.arrays import Mask, Positions, Totals
from cisgram.errors import InputError
from cisgram.genomics.interval import merge


def best_of_overlapping(
    group: Positions, start: Positions, end: Positions, scores: Sequence[Totals], *, max_shared: float = 0.0
) -> Mask:
    """Which intervals stay when, from the best on, each rules out those of its group that overlap it.

    Parameters
    ----------
    group
        Only intervals with the same number rule each other out.
    start, end
        0-based, half-open.
    scores
        The first decides, then the second, and so on; higher is better. Of equal ones the first row stays.
    max_shared
        Two intervals may share this part of the shorter one.

    Examples
    --------
    >>> start = np.array([0, 5, 12])
    >>> best_of_overlapping(np.zeros(3, int), start, start + 8, [np.array([1.0, 2.0, 1.5])]).tolist()
    [False, True, False]
    """
    if not 0 <= max_shared < 1:
        raise InputError(f"max_shared must be at least 0 and below 1; got {max_shared}")
    along = np.lexsort((start, group))
    ranked = np.lexsort([np.arange(len(start)), *(-np.asarray(score) for score in scores[::-1])])
    place_of = np.empty(len(start), dtype=np.int64)
    place_of[along] = np.arange(len(start))
    longest = int((end - start).max(initial=0))
    kept = _keep(group[along], start[along], end[along], place_of[ranked], longest, max_shared)
    stays = np.zeros(len(start), dtype=bool)
    stays[along] = kept
    return stays


@njit(cache=True)
def _keep(group, start, end, order, longest, max_shared):
    """Greedy choice among intervals that are sorted by group and start."""
    kept = np.zeros(start.size, dtype=np.bool_)
    for k in order:
        is_free = True
        for step in (-1, 1):
            j = k + step
            while is_free and 0 <= j < start.size and group[j] == group[k]:
                if step == 1 and start[j] >= end[k]:
                    break
                if step == -1 and start[j] + longest <= start[k]:
                    break
                if kept[j]:
                    shared = min(end[j], end[k]) - max(start[j], start[k])
                    if shared > max_shared * min(end[j] - start[j], end[k] - start[k]):
                        is_free = False
                j += step
        kept[k] = is_free
    return kept


def distinct_hits(hits: pd.DataFrame, *, max_shared: float = 0.0) -> pd.DataFrame:
    """Each site of a pattern once, on the genome, although windows overlap.

    Parameters
    ----------
    hits
        Columns of :data:`cisgram.motifs.grammar.instances.INSTANCE_COLUMNS`.
    max_shared
        Two hits of one pattern may share this part of their width.

    Returns
    -------
    pandas.DataFrame
        The rows that stay, in their order: of hits of the same pattern that overlap, on either strand, the one of the
        highest match (for hits by sequence alone, the highest score).
    """
    group = hits.groupby(["chrom", "pattern"], sort=False).ngroup().to_numpy(dtype=np.int64)
    return hits.loc[_best(hits, group, [_quality(hits), _total(hits)], max_shared)].reset_index(drop=True)


def resolved_hits(hits: pd.DataFrame, *, max_shared: float = 0.5) -> pd.DataFrame:
    """One pattern per site: of hits of any patterns that overlap in a window, keep the one that explains most.

    What a hit explains is the part of its total contribution that has the shape of the pattern: match times
    contribution, so that a composite motif beats its parts where all of it is there. Hits by sequence alone are
    judged by their score in bits.

    Parameters
    ----------
    hits
        Columns of :data:`cisgram.motifs.grammar.instances.INSTANCE_COLUMNS`.
    max_shared
        Two hits may share this part of the shorter one.
    """
    by_shape = (hits["match"] * hits["contribution"]).to_numpy(dtype=np.float64)
    explained = np.where(np.isnan(by_shape), hits["pwm_score"].to_numpy(dtype=np.float64), by_shape)
    group = hits["window"].to_numpy(dtype=np.int64)
    return hits.loc[_best(hits, group, [explained], max_shared)].reset_index(drop=True)


def _best(hits: pd.DataFrame, group: Positions, scores: Sequence[Totals], max_shared: float) -> Mask:
    start, end = (hits[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
    return best_of_overlapping(group, start, end, scores, max_shared=max_shared)


def _quality(hits: pd.DataFrame) -> Totals:
    """The match, or the score where hits come from the sequence alone."""
    match, score = (hits[name].to_numpy(dtype=np.float64) for name in ("match", "pwm_score"))
    return np.where(np.isnan(match), score, match)


def _total(hits: pd.DataFrame) -> Totals:
    return np.nan_to_num(hits["contribution"].to_numpy(dtype=np.float64))


class MergedHits(NamedTuple):
    """Hits on windows that do not overlap."""

    hits: pd.DataFrame
    """Each site of a pattern once; ``window`` is the row of the merged window."""
    windows: pd.DataFrame
    """Interval table of the merged windows."""


def on_merged_windows(hits: pd.DataFrame, windows: pd.DataFrame) -> MergedHits:
    """Join windows that overlap, and give every site to the one it lies in.

    Statistics of pairs need this: a pair in the overlap of two windows would count twice.

    Parameters
    ----------
    hits
        Columns of :data:`cisgram.motifs.grammar.instances.INSTANCE_COLUMNS`.
    windows
        Interval table whose rows the hits refer to.

    Examples
    --------
    >>> windows = pd.DataFrame({"chrom": ["I", "I", "I"], "start": [0, 50, 200], "end": [100, 150, 300]})
    >>> hit = {"chrom": "I", "start": 60, "end": 70, "strand": "+", "pattern": "a", "contribution": 1.0}
    >>> twice = pd.DataFrame([{**hit, "window": 0, "match": 0.5}, {**hit, "window": 1, "match": 0.6}])
    >>> merged = on_merged_windows(twice.assign(pwm_score=0.0), windows)
    >>> merged.hits[["window", "match"]].to_numpy().tolist(), len(merged.windows)
    ([[0.0, 0.6]], 2)
    """
    joined, distinct = merge(windows), distinct_hits(hits)
    number = np.full(len(distinct), -1, dtype=np.int64)
    chroms, starts = distinct["chrom"].to_numpy(), distinct["start"].to_numpy()
    for chrom, rows in joined.groupby("chrom", sort=False).indices.items():
        own = np.flatnonzero(chroms == chrom)
        at = np.searchsorted(joined["start"].to_numpy()[rows], starts[own], side="right") - 1
        number[own] = np.where(at >= 0, rows[np.maximum(at, 0)], -1)
    if (number < 0).any():
        wrong = distinct.iloc[int(np.argmin(number))]
        raise InputError(
            f"{wrong['pattern']} has a hit at {wrong['chrom']}:{wrong['start']} outside all windows; give the windows "
            "in which the hits were found"
        )
    return MergedHits(distinct.assign(window=number), joined)
