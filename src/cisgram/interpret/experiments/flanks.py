"""Flanks: which bases beside the core of a motif suit a model best.

References
----------
Koo et al. (2021), Global importance analysis: an interpretability method to quantify importance of genomic features in
deep neural networks (flanks of RNA motifs).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from torch import nn

from cisgram.arrays import Codes, EditedResponses, Rows, SomeCodes, Words
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.sequence import ALPHABET, N, decode
from cisgram.interpret.experiments.edits import put
from cisgram.interpret.experiments.resampling import interval_of, unit_means
from cisgram.interpret.experiments.responses import ONE_STRAND, Asking, Progress, Score, compare
from cisgram.nn.predict import Device

FLANK_COLUMNS = ("rank", "left", "right", "track", "n", "response", "effect", "low", "high")
"""Columns of :func:`flank_table`. ``effect`` is the response minus the mean of that over all flanks."""

FLANK_PREFERENCE_COLUMNS = ("track", "place", "base", "n", "effect", "low", "high", "explained")
"""Columns of :func:`flank_preference_table`. ``place`` counts away from the core: -1 is the base before it, 1 that
after it."""

_MOST_WORDS = 4096


@dataclass(frozen=True)
class FlankConfig:
    """Which flanks are tried.

    Raises
    ------
    ConfigError
        A setting is out of its range, or there are too many flanks.
    """

    flank_bp: int = 2
    """Bases on either side."""
    n_sampled: int | None = None
    """Flanks drawn by chance; None tries all 4^(2 flank_bp)."""
    position: int | None = None
    """0-based place of the core's leftmost base; None puts it in the middle."""
    seed: int = 0
    """Of flanks drawn by chance."""

    def __post_init__(self) -> None:
        if self.flank_bp < 1 or (self.n_sampled is not None and not 2 <= self.n_sampled <= _MOST_WORDS):
            raise ConfigError(
                f"flank_bp must be at least 1 and n_sampled 2 to {_MOST_WORDS} or None; got {self.flank_bp} and "
                f"{self.n_sampled}"
            )
        if self.n_sampled is None and 4 ** (2 * self.flank_bp) > _MOST_WORDS:
            raise ConfigError(
                f"flanks of {self.flank_bp} bp on either side are {4 ** (2 * self.flank_bp):,} words; set n_sampled "
                "(--sampled)"
            )


class Flanks(NamedTuple):
    """Responses to a core with different flanks."""

    flanks: Words
    """``edit base``: the bases to the left, then those to the right."""
    after: EditedResponses
    """``batch edit track``."""


def vary_flanks(
    model: nn.Module,
    codes: Codes,
    core: SomeCodes,
    *,
    scores: Sequence[Score],
    config: FlankConfig = FlankConfig(),
    asking: Asking = ONE_STRAND,
    device: Device | None = None,
    progress: Progress | None = None,
) -> Flanks:
    """Put a core with every flank into every background, and ask the model.

    Parameters
    ----------
    model, scores, asking, device, progress
        As in :func:`cisgram.interpret.experiments.responses.respond`. What a score holds fixed is that of the core
        without flanks.
    codes
        Backgrounds, ``batch length``.
    core
        Bases of the core, such as a motif's consensus; N leaves the base that is there.
    config
        Which flanks.

    Raises
    ------
    InputError
        Where there are no backgrounds, or core and flanks do not fit.
    """
    if not len(codes):
        raise InputError("flanks need backgrounds; got none")
    k = config.flank_bp
    words = flank_words(config)
    first = (codes.shape[-1] - core.size) // 2 if config.position is None else config.position
    if first - k < 0 or first + core.size + k > codes.shape[-1]:
        raise InputError(
            f"a core of {core.size} bp at {first} with {k} bp on either side does not fit into {codes.shape[-1]} bp"
        )
    with_core = put(codes, core[None], position=first)
    edited = np.empty((len(codes), len(words), codes.shape[-1]), dtype=np.uint8)
    for number, word in enumerate(words):
        whole = np.concatenate([word[:k], np.full(core.size, N, dtype=np.uint8), word[k:]])
        edited[:, number] = put(with_core, whole[None], position=first - k)
    found = compare(model, with_core, edited, scores=scores, asking=asking, device=device, progress=progress)
    return Flanks(words, found.after)


def flank_words(config: FlankConfig) -> Words:
    """All flanks, in alphabetical order, or some by chance, none twice."""
    width = 2 * config.flank_bp
    rng = np.random.default_rng(config.seed)
    if config.n_sampled is None or config.n_sampled >= 4**width:
        numbers = np.arange(4**width)
    else:
        numbers = np.unique(rng.integers(0, 4**width, size=4 * config.n_sampled))
        numbers = np.sort(rng.permutation(numbers)[: config.n_sampled])
    return (numbers[:, None] // 4 ** np.arange(width)[::-1] % 4).astype(np.uint8)


def flank_table(
    flanks: Flanks, *, tracks: Sequence[str], sources: Rows | None = None, n_resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Flanks from best to worst, track by track.

    Parameters
    ----------
    flanks
        From :func:`vary_flanks`.
    tracks
        Names, in the order of the last axis.
    sources, seed
        As in :func:`cisgram.interpret.experiments.effects.effect_sizes`.
    n_resamples
        Of the bootstrap over backgrounds.

    Returns
    -------
    pandas.DataFrame
        :data:`FLANK_COLUMNS`; ``low`` and ``high`` are the 95 % bootstrap interval of the effect, not corrected for
        the number of flanks: the best of many is best by chance as well.
    """
    if len(tracks) != flanks.after.shape[-1]:
        raise InputError(f"give one name per track; got {len(tracks)} for {flanks.after.shape[-1]}")
    responses = unit_means(flanks.after, sources)
    effects = responses - responses.mean(axis=1, keepdims=True)
    low, high = interval_of(lambda mean: mean, effects, n_resamples=n_resamples, seed=seed)
    k = flanks.flanks.shape[1] // 2
    tables = []
    for number, track in enumerate(tracks):
        effect = effects.mean(axis=0)[:, number]
        table = pd.DataFrame(
            {
                "left": [decode(word[:k]) for word in flanks.flanks],
                "right": [decode(word[k:]) for word in flanks.flanks],
                "track": track,
                "n": len(effects),
                "response": responses.mean(axis=0)[:, number],
                "effect": effect,
                "low": low[:, number],
                "high": high[:, number],
            }
        )
        table = table.iloc[np.argsort(-effect, kind="stable")]
        tables.append(table.assign(rank=np.arange(1, len(table) + 1)))
    return pd.concat(tables, ignore_index=True)[list(FLANK_COLUMNS)]


class FlankPreferences(NamedTuple):
    """What single bases of a flank do, if each counts for itself."""

    effects: np.ndarray
    """``track 4 base``: mean response with a base at a place minus the mean over all bases."""
    explained: np.ndarray
    """Share of the variance over flanks that these sums explain, per track; below 1 where bases interact."""


def flank_preferences(flanks: Flanks) -> FlankPreferences:
    """Fit mean responses as a sum of one number per base and place (least squares, each place around 0).

    Parameters
    ----------
    flanks
        From :func:`vary_flanks`; of every place, all bases should have been tried.
    """
    means = flanks.after.mean(axis=0, dtype=np.float64)
    n, width = flanks.flanks.shape
    one_hot = (flanks.flanks[:, None] == np.arange(4)[None, :, None]).reshape(n, 4 * width).astype(np.float64)
    centred = means - means.mean(axis=0)
    design = one_hot - 0.25  # with the smallest solution, the numbers of a place have the mean 0
    fitted = np.linalg.lstsq(np.column_stack([np.ones(n), design]), centred, rcond=None)[0][1:]
    rest = centred - np.column_stack([np.ones(n), design]) @ np.vstack([np.zeros(means.shape[1]), fitted])
    effects = fitted.T.reshape(means.shape[1], 4, width)
    effects = effects - effects.mean(axis=1, keepdims=True)
    variance = centred.var(axis=0)
    explained = np.where(variance > 0, 1 - rest.var(axis=0) / np.where(variance > 0, variance, 1), np.nan)
    return FlankPreferences(effects, explained)


def flank_preference_table(
    flanks: Flanks, *, tracks: Sequence[str], sources: Rows | None = None, n_resamples: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """What every base at every place of the flanks does, with intervals over backgrounds.

    Parameters
    ----------
    flanks
        From :func:`vary_flanks`.
    tracks
        Names, in the order of the last axis.
    sources, n_resamples, seed
        As in :func:`flank_table`.

    Returns
    -------
    pandas.DataFrame
        :data:`FLANK_PREFERENCE_COLUMNS`: ``effect`` and ``explained`` as in :func:`flank_preferences`, with 95 %
        bootstrap intervals.

    Raises
    ------
    InputError
        Where there is not one name per track, or a base was never tried at a place.
    """
    if len(tracks) != flanks.after.shape[-1]:
        raise InputError(f"give one name per track; got {len(tracks)} for {flanks.after.shape[-1]}")
    n_bases = [np.unique(column).size for column in flanks.flanks.T]
    if min(n_bases) < 4:
        raise InputError(f"every base must be tried at every place of a flank; {len(flanks.flanks)} flanks are too few")
    units = unit_means(flanks.after, sources)
    n, n_edits, n_tracks = units.shape
    # the fit is linear in the responses, so that one of all backgrounds side by side gives the effects in each
    beside = units.transpose(1, 0, 2).reshape(1, n_edits, n * n_tracks)
    each = flank_preferences(Flanks(flanks.flanks, beside)).effects.reshape(n, n_tracks, 4, -1)
    effects = each.mean(axis=0)
    low, high = interval_of(lambda mean: mean, each, n_resamples=n_resamples, seed=seed)
    explained = flank_preferences(Flanks(flanks.flanks, units)).explained
    track, base, column = (axis.ravel() for axis in np.indices(effects.shape))
    k = flanks.flanks.shape[1] // 2
    table = pd.DataFrame(
        {
            "track": np.array(tracks, dtype=object)[track],
            "place": np.where(column < k, column - k, column - k + 1),
            "base": np.array(list(ALPHABET), dtype=object)[base],
            "n": n,
            "effect": effects.ravel(),
            "low": low.ravel(),
            "high": high.ravel(),
            "explained": explained[track],
        }
    )
    return table[list(FLANK_PREFERENCE_COLUMNS)]
