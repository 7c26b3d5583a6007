"""How well scores of many tracks agree with the truth: per track, on the mean, and one method beside another."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Labels, Rows
from cisgram.baselines.resampled import class_areas, correlations
from cisgram.errors import InputError

TRACK_COLUMNS = (
    "track",
    "method",
    "metric",
    "value",
    "low",
    "high",
    "n_positive",
    "n_negative",
    "n_without_score",
    "floor",
)
"""Columns of :attr:`JudgedTable.tracks`. ``metric`` is ``auroc`` or ``auprc`` of classes, ``pearson`` or ``spearman``
of measurements (all of which count as positive); ``floor`` is what chance gives: 0.5, the share of positive ones, or
0."""

MEAN_COLUMNS = ("method", "metric", "value", "low", "high", "n_tracks", "floor")
"""Columns of :attr:`JudgedTable.means`: the mean over the tracks that every method has a value for."""

DIFFERENCE_COLUMNS = ("track", "method", "other", "metric", "value", "low", "high")
"""Columns of :attr:`JudgedTable.differences`: value of ``method`` minus that of ``other``; the last rows, without a
track (empty text), are of the means."""


class JudgedTable(NamedTuple):
    """What scores are worth; every interval holds the middle 95 % of the resampled values."""

    tracks: pd.DataFrame
    """:data:`TRACK_COLUMNS`, tracks in order, then methods, then metrics."""
    means: pd.DataFrame
    """:data:`MEAN_COLUMNS`."""
    differences: pd.DataFrame
    """:data:`DIFFERENCE_COLUMNS`; no rows where there is one method only."""


class _Values(NamedTuple):
    """Values of both metrics: whole ``(track, method, metric)``, and resampled ``(resample, ...)``."""

    whole: np.ndarray
    drawn: np.ndarray
    n: np.ndarray
    """Positive, negative, and without a score, per track."""


def judge_table(
    labels: Labels,
    scores_by_method: Mapping[str, np.ndarray],
    *,
    names: Sequence[str] | None = None,
    n_resamples: int = 1000,
    seed: int = 0,
    blocks: Rows | None = None,
) -> JudgedTable:
    """Judge the scores of many tracks, with 95 % bootstrap intervals of values, means and differences.

    Rows, or blocks of rows, are drawn with replacement, the same for all tracks and methods: so the interval of a
    mean knows that tracks go together, and that of a difference that methods err on the same rows. A row counts for a
    track if its label is known and every method that has any score for the track has one for the row. A resample
    without one of the classes has no value; a mean takes the value of the whole set there. An interval is NaN where
    more than half of the resamples have no value.

    Parameters
    ----------
    labels
        Truth: 0, 1 or NaN where it is not known; anything else is a measurement.
    scores_by_method
        Per method one array of the same shape; NaN where there is no score.
    names
        Of the tracks; ``track_1`` and so on, if not given.
    n_resamples
        How often to draw; at least 1.
    seed
        Of the draws.
    blocks
        Block of every row, such as its position divided by 100,000 (and its contig): neighbours resemble each other,
        and rows drawn one by one would make intervals too narrow.

    Returns
    -------
    JudgedTable
        A track without both classes (or with fewer than two measurements that differ) has the value NaN.

    Raises
    ------
    InputError
        Shapes do not fit, there is no method, or ``n_resamples`` is below 1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> truth = (rng.random((200, 3)) < 0.4).astype(float)
    >>> scores = {"good": truth + rng.normal(size=(200, 3)), "bad": rng.normal(size=(200, 3))}
    >>> judged = judge_table(truth, scores, blocks=np.arange(200) // 10)
    >>> judged.means.query("metric == 'auroc'")[["method", "value", "n_tracks"]].round(2).to_numpy().tolist()
    [['good', 0.77, 3], ['bad', 0.54, 3]]
    >>> bool(judged.differences.iloc[-2]["low"] > 0)
    True
    """
    tracks = tuple(names) if names is not None else tuple(f"track_{i + 1}" for i in range(labels.shape[1]))
    _check(labels, scores_by_method, tracks, n_resamples, blocks)
    methods = tuple(scores_by_method)
    are_classes = bool((np.isnan(labels) | (labels == 0) | (labels == 1)).all())
    metrics = ("auroc", "auprc") if are_classes else ("pearson", "spearman")
    values = _values(
        labels, list(scores_by_method.values()), _draws(len(labels), blocks, n_resamples, seed), are_classes
    )
    floors = _floors(values.n, are_classes)
    return JudgedTable(
        _track_table(values, floors, tracks, methods, metrics),
        _mean_table(values, floors, methods, metrics),
        _difference_table(values, tracks, methods, metrics),
    )


def _check(
    labels: np.ndarray, scores: Mapping[str, np.ndarray], tracks: Sequence[str], n_resamples: int, blocks: Rows | None
) -> None:
    """Refuse what does not fit together."""
    wrong = {name: one.shape for name, one in scores.items() if one.shape != labels.shape}
    if wrong or not scores or len(tracks) != labels.shape[1]:
        raise InputError(
            f"labels, scores of every method and names must fit; got labels {labels.shape}, {len(tracks)} names, and "
            f"{', '.join(f'{name} {shape}' for name, shape in wrong.items()) or f'{len(scores)} methods'}"
        )
    if n_resamples < 1 or (blocks is not None and len(blocks) != len(labels)):
        raise InputError(
            f"n_resamples must be at least 1, and blocks have one number per row ({len(labels)}); got {n_resamples} "
            f"and {'no blocks' if blocks is None else len(blocks)}"
        )


def _draws(n_rows: int, blocks: Rows | None, n_resamples: int, seed: int) -> np.ndarray:
    """How often every row (columns) is drawn in each resample; the first row of all is the whole set."""
    block_of = np.arange(n_rows) if blocks is None else np.unique(blocks, return_inverse=True)[1].reshape(-1)
    n_blocks = int(block_of.max()) + 1 if n_rows else 0
    drawn = np.random.default_rng(seed).multinomial(n_blocks, np.full(n_blocks, 1 / max(n_blocks, 1)), size=n_resamples)
    return np.concatenate([np.ones((1, n_rows)), drawn[:, block_of]]).astype(np.float32)


def _values(labels: np.ndarray, scores: list[np.ndarray], draws: np.ndarray, are_classes: bool) -> _Values:  # noqa: FBT001
    """Both metrics of every track and method, whole and resampled."""
    found = np.full((len(draws), labels.shape[1], len(scores), 2), np.nan)
    n = np.zeros((3, labels.shape[1]), np.int64)
    measure = class_areas if are_classes else correlations
    for track, truth in enumerate(labels.T):
        has_any = [not np.isnan(one[:, track]).all() for one in scores]
        known = ~np.isnan(truth)
        is_scored = known.copy()
        for one, is_there in zip(scores, has_any, strict=True):
            is_scored &= ~np.isnan(one[:, track]) if is_there else True
        n_positive = int((truth[is_scored] > 0).sum()) if are_classes else int(is_scored.sum())
        n[:, track] = n_positive, is_scored.sum() - n_positive, known.sum() - is_scored.sum()
        rows = np.flatnonzero(is_scored)
        weights = np.ascontiguousarray(draws[:, rows])
        for method, (one, is_there) in enumerate(zip(scores, has_any, strict=True)):
            if is_there:
                found[:, track, method] = measure(truth[rows], one[rows, track].astype(np.float64), weights)
    return _Values(found[0], found[1:], n)


def _floors(n: np.ndarray, are_classes: bool) -> np.ndarray:  # noqa: FBT001
    """What chance gives, per track and metric."""
    if not are_classes:
        return np.zeros((n.shape[1], 2))
    total = n[0] + n[1]
    share = np.divide(n[0], total, out=np.full(len(total), np.nan), where=total > 0)
    return np.stack([np.full(len(total), 0.5), share], axis=1)


def _intervals(drawn: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Middle 95 % along the first axis; NaN where fewer than half of the values are known."""
    is_known = 2 * (~np.isnan(drawn)).sum(axis=0) >= len(drawn)
    filled = np.where(is_known, drawn, 0.0)
    low, high = np.nanquantile(filled, [0.025, 0.975], axis=0)
    return np.where(is_known, low, np.nan), np.where(is_known, high, np.nan)


def _track_table(
    values: _Values, floors: np.ndarray, tracks: Sequence[str], methods: Sequence[str], metrics: Sequence[str]
) -> pd.DataFrame:
    """One row per track, method and metric."""
    low, high = _intervals(values.drawn)
    rows = [
        (name, method, metric, values.whole[t, m, k], low[t, m, k], high[t, m, k], *values.n[:, t], floors[t, k])
        for t, name in enumerate(tracks)
        for m, method in enumerate(methods)
        for k, metric in enumerate(metrics)
    ]
    return pd.DataFrame(rows, columns=list(TRACK_COLUMNS))


def _means(values: _Values) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean over tracks with values of all methods ``(method, metric)``, resampled means, and which tracks these are."""
    is_used = np.asarray(~np.isnan(values.whole).any(axis=(1, 2)))
    whole = values.whole[is_used]
    if not is_used.any():
        return np.full(whole.shape[1:], np.nan), np.full(values.drawn[:, :1].shape, np.nan)[:, 0], is_used
    drawn = values.drawn[:, is_used]
    return whole.mean(axis=0), np.where(np.isnan(drawn), whole, drawn).mean(axis=1), is_used


def _mean_table(values: _Values, floors: np.ndarray, methods: Sequence[str], metrics: Sequence[str]) -> pd.DataFrame:
    """One row per method and metric."""
    whole, drawn, is_used = _means(values)
    low, high = _intervals(drawn)
    n_tracks = int(is_used.sum())
    rows = [
        (
            method,
            metric,
            whole[m, k],
            low[m, k],
            high[m, k],
            n_tracks,
            floors[is_used, k].mean() if n_tracks else np.nan,
        )
        for m, method in enumerate(methods)
        for k, metric in enumerate(metrics)
    ]
    return pd.DataFrame(rows, columns=list(MEAN_COLUMNS))


def _difference_table(
    values: _Values, tracks: Sequence[str], methods: Sequence[str], metrics: Sequence[str]
) -> pd.DataFrame:
    """One row per track, pair of methods and metric; then those of the means."""
    whole, drawn, _ = _means(values)
    everything = np.concatenate([values.whole, whole[None]])
    resampled = np.concatenate([values.drawn, drawn[:, None]], axis=1)
    rows = []
    for a, b in combinations(range(len(methods)), 2):
        value = everything[:, a] - everything[:, b]
        low, high = _intervals(resampled[:, :, a] - resampled[:, :, b])
        rows += [
            (t, a, b, k, (name, methods[a], methods[b], metric, value[t, k], low[t, k], high[t, k]))
            for t, name in enumerate((*tracks, ""))
            for k, metric in enumerate(metrics)
        ]
    return pd.DataFrame([row[-1] for row in sorted(rows, key=lambda row: row[:4])], columns=list(DIFFERENCE_COLUMNS))
