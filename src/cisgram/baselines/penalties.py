"""One penalty for the classifiers of many tracks, chosen on sequences held back from training."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from cisgram.arrays import Labels, Mask
from cisgram.nn.metrics import auroc

_STRETCHES, _ONE_IN = 50, 5
_MOST_TRACKS, _FEWEST_POSITIVE = 12, 20


class ChosenPenalty(NamedTuple):
    """A penalty, and what spoke for it."""

    penalty: float
    auroc: tuple[float, ...]
    """Mean AUROC of every penalty that was tried, in their order; empty where none could be."""


def choose_penalty(
    labels: Labels,
    penalties: Sequence[float | int],
    scores_with: Callable[[float, Labels], np.ndarray],
    *,
    seed: int = 0,
) -> ChosenPenalty:
    """Choose the penalty with the highest mean AUROC over up to twelve tracks; of equal ones the smallest.

    Every fifth of fifty stretches of rows is held back: neighbours in the genome's order resemble each other, and must
    not stand on both sides. Only tracks with 20 positive rows on the whole are looked at, if there are any.

    Parameters
    ----------
    labels
        1, 0 or NaN.
    penalties
        To try, at least one.
    scores_with
        Trains with a penalty on labels (NaN where a row is held back) and scores every row.
    seed
        Of the tracks that are drawn.
    """
    held_back = held_back_rows(len(labels))
    tracks = _usable(labels, held_back, seed)
    if len(penalties) == 1 or not tracks.size:
        return ChosenPenalty(float(sorted(penalties)[(len(penalties) - 1) // 2]), ())
    truth = labels[np.ix_(held_back, tracks)]
    train = labels[:, tracks].copy()
    train[held_back] = np.nan
    means = []
    for penalty in penalties:
        scores = scores_with(float(penalty), train)[held_back]
        means.append(
            float(
                np.mean([auroc(one[~np.isnan(one)] == 1, scores[~np.isnan(one), i]) for i, one in enumerate(truth.T)])
            )
        )
    best = min(range(len(means)), key=lambda i: (-means[i], penalties[i]))
    return ChosenPenalty(float(penalties[best]), tuple(means))


def held_back_rows(n_rows: int) -> Mask:
    """Every fifth of fifty stretches of consecutive rows (of fewer where there are fewer rows)."""
    stretch = np.arange(n_rows) * min(_STRETCHES, max(n_rows, 1)) // max(n_rows, 1)
    return stretch % _ONE_IN == _ONE_IN // 2


def _usable(labels: Labels, held_back: Mask, seed: int) -> np.ndarray:
    """Tracks with both classes on both sides, some of them drawn."""
    n = [[(labels[side] == value).sum(axis=0) for value in (0, 1)] for side in (held_back, ~held_back)]
    has_both = np.min(n, axis=(0, 1)) > 0
    is_large = has_both & (n[0][1] + n[1][1] >= _FEWEST_POSITIVE)
    tracks = np.flatnonzero(is_large if is_large.any() else has_both)
    return np.sort(np.random.default_rng(seed).permutation(tracks)[:_MOST_TRACKS])
