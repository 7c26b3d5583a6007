"""Preferred distances of two patterns, by orientation, beside what chance would give."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
import pandas as pd
from jaxtyping import Integer
from scipy.stats import nbinom, poisson

from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.q_values import q_values
from cisgram.motifs.grammar.pairs import ANY, Sites, count_pairs, orientation_names, sites_of

Null = Literal["exchange", "shift"]
"""Ways to say what chance is; see :class:`SpacingConfig`."""
SPACING_COLUMNS = (
    "first",
    "second",
    "orientation",
    "distance_bp",
    "observed",
    "expected",
    "null_low",
    "null_high",
    "enrichment",
    "p_value",
    "tail_p_value",
    "q_value",
)
"""Columns of a table of distances; see :func:`pair_spacing`."""
ORIENTATION_COLUMNS = (
    "first",
    "second",
    "orientation",
    "observed",
    "expected",
    "enrichment",
    "p_value",
    "shape_p_value",
)
"""Columns of a table of orientations; see :func:`pair_spacing`."""


@dataclass(frozen=True)
class SpacingConfig:
    """How distances are counted and what chance is.

    Raises
    ------
    ConfigError
        A setting is out of its range.
    """

    max_distance_bp: int = 200
    """Greatest distance between centres."""
    bin_bp: int = 1
    """Width of a bin of distances."""
    null: Null = "exchange"
    """``exchange``: every hit of the second pattern gets the place and strand, relative to the middle of its window, of
    another such hit, so that hits are as much concentrated in the middle of windows as they are. ``shift``: in every
    window, the second pattern's hits move together along it by a random stretch, those that leave it come in at the
    other end, and half of the time all their strands are turned; of a single pattern, each hit moves for itself."""
    n_draws: int = 1000
    """Draws of the null; the smallest p-value is 1 / (n_draws + 1)."""
    seed: int = 1
    """Seed of the draws."""

    def __post_init__(self) -> None:
        if self.max_distance_bp < 1 or self.bin_bp < 1 or self.n_draws < 1 or self.seed < 0:
            raise ConfigError(f"max_distance_bp, bin_bp and n_draws must be at least 1, seed at least 0; got {self}")
        if self.null not in get_args(Null):
            raise ConfigError(f"null must be 'exchange' or 'shift'; got {self.null!r}")


class PairSpacing(NamedTuple):
    """Distances of one pair of patterns."""

    histogram: pd.DataFrame
    """Columns :data:`SPACING_COLUMNS`, one row per orientation and bin."""
    orientations: pd.DataFrame
    """Columns :data:`ORIENTATION_COLUMNS`, one row per orientation; the last is ``any``."""
    counts: Integer[np.ndarray, "distance"]
    """Pairs of any orientation by whole bp from 0 to the greatest distance, for
    :func:`cisgram.motifs.grammar.periodicity.distance_periodicity`."""
    min_distance_bp: int
    """Least distance at which the two do not overlap; nearer pairs do not count."""


def pair_spacing(
    hits: pd.DataFrame,
    windows: pd.DataFrame,
    first: str,
    second: str,
    *,
    palindromes: Collection[str] = (),
    config: SpacingConfig = SpacingConfig(),
) -> PairSpacing:
    """Count the distances of two patterns and compare them with chance.

    The null leaves each window its number of hits of either pattern: that two patterns meet in the same windows is
    for :func:`cisgram.motifs.grammar.cooccurrence.cooccurrence` to say; here is asked where they lie when they do.

    Parameters
    ----------
    hits
        Columns of :data:`cisgram.motifs.grammar.instances.INSTANCE_COLUMNS`, each site once
        (:func:`cisgram.motifs.grammar.distinct.on_merged_windows`).
    windows
        Interval table of the windows.
    first, second
        Names of patterns; the same one for the distances of its own hits.
    palindromes
        Patterns without a strand, see :func:`cisgram.motifs.grammar.pairs.palindromic_patterns`.
    config
        How to count.

    Returns
    -------
    PairSpacing
        Distances lie between centres; orientations are named as in :data:`cisgram.motifs.grammar.pairs.ORIENTATIONS`.
        ``expected`` is the mean of the null, ``null_low`` and ``null_high`` its 2.5th and 97.5th percentiles,
        ``p_value`` the share of draws (the data among them) with at least as many pairs. Among hundreds of bins no
        such share is small enough to stand out, so ``tail_p_value`` goes on beyond the draws: the chance of as many
        pairs by the Poisson distribution with the mean of draws and data, or by the negative binomial one where these
        vary more than that. ``q_value`` is of it, by Benjamini and Hochberg over the bins of all orientations but
        ``any``, and over those of ``any`` by themselves.
        In ``orientations``, ``p_value`` asks whether pairs of this orientation are more than chance gives within the
        greatest distance, ``shape_p_value`` whether their distances are spread differently (the sum of
        ``(observed - expected)^2 / expected`` against that of the draws; both are made with expectations from all
        draws and the data together).

    Raises
    ------
    EmptySetError
        No window has hits of both (or, of one pattern, two hits).
    """
    sites = sites_of(hits, first, windows), sites_of(hits, second, windows)
    is_same = first == second
    both = np.intersect1d(sites[0].window, sites[1].window)
    n_pairs = int((np.bincount(sites[0].window) >= 2).sum()) if is_same else both.size
    if n_pairs == 0:
        what = f"two hits of {first}" if is_same else f"hits of both {first} and {second}"
        raise EmptySetError(f"windows with {what}", dropped={"windows with one or none": len(windows)})
    least2 = sites[0].width + sites[1].width
    names = orientation_names(is_same=is_same, is_palindrome=(first in palindromes, second in palindromes))
    lengths2 = 2 * (windows["end"] - windows["start"]).to_numpy(dtype=np.int64)
    drawn = _drawn(sites, lengths2, least2=least2, is_same=is_same, config=config)
    folded = np.stack([_folded(one, names) for one in drawn])
    kept = [*dict.fromkeys(names), ANY] if len(set(names)) > 1 else [ANY]
    folded = folded[:, -len(kept) :]
    # A bin that no draw and no pair can reach says nothing.
    begin = -(-least2 // 2)
    binned = _binned(folded[..., begin:], config.bin_bp)
    distance = begin + config.bin_bp * np.arange(binned.shape[-1])
    histogram = _histogram(binned, kept, distance)
    orientations = _orientations(binned, kept)
    for table in (histogram, orientations):
        table.insert(0, "first", first)
        table.insert(1, "second", second)
    return PairSpacing(
        histogram[list(SPACING_COLUMNS)], orientations[list(ORIENTATION_COLUMNS)], folded[0, -1], int(begin)
    )


def _drawn(
    sites: tuple[Sites, Sites], lengths2: np.ndarray, *, least2: int, is_same: bool, config: SpacingConfig
) -> np.ndarray:
    """Pairs of the data, and then of every draw: ``draw 4 distance``."""
    rng = np.random.default_rng(config.seed)
    counts = np.empty((config.n_draws + 1, 4, config.max_distance_bp + 1), dtype=np.int64)
    move = _exchanged if config.null == "exchange" else _shifted
    for draw in range(config.n_draws + 1):
        first, second = sites if draw == 0 else move(sites, lengths2, is_same=is_same, rng=rng)
        counts[draw] = count_pairs(first, second, least2=least2, most_bp=config.max_distance_bp, is_same=is_same)
    return counts


def _exchanged(
    sites: tuple[Sites, Sites], lengths2: np.ndarray, *, is_same: bool, rng: np.random.Generator
) -> tuple[Sites, Sites]:
    """The second pattern's places, dealt out anew among its hits."""
    del lengths2
    order = rng.permutation(sites[1].window.size)
    moved = sites[1]._replace(center2=sites[1].center2[order], is_reverse=sites[1].is_reverse[order])
    return (moved, moved) if is_same else (sites[0], moved)


def _shifted(
    sites: tuple[Sites, Sites], lengths2: np.ndarray, *, is_same: bool, rng: np.random.Generator
) -> tuple[Sites, Sites]:
    """The second pattern's hits, moved along their windows."""
    window, center2, is_reverse, _ = sites[1]
    n = window.size if is_same else lengths2.size
    of_hit = np.arange(window.size) if is_same else window
    length2 = lengths2[window]
    step = 2 * np.floor(rng.random(n)[of_hit] * (length2 // 2)).astype(np.int64)
    turned = (rng.random(n) < 0.5)[of_hit]
    # Centres count from the middle; there and back, so that what leaves at one end comes in at the other.
    moved2 = (center2 + length2 // 2 + step) % length2 - length2 // 2
    moved = sites[1]._replace(center2=moved2, is_reverse=is_reverse ^ turned)
    return (moved, moved) if is_same else (sites[0], moved)


def _folded(counts: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Counts of orientations that can be told apart, and last of all together."""
    different = [*dict.fromkeys(names)]
    rows = [sum(counts[at] for at, name in enumerate(names) if name == one) for one in different]
    return np.stack([*rows, counts.sum(axis=0)])


def _binned(counts: np.ndarray, bin_bp: int) -> np.ndarray:
    """Sums over bins of distances; a rest that fills no bin is left out."""
    n_bins = counts.shape[-1] // bin_bp
    return counts[..., : n_bins * bin_bp].reshape(*counts.shape[:-1], n_bins, bin_bp).sum(axis=-1)


def _histogram(counts: np.ndarray, names: list[str], distance: np.ndarray) -> pd.DataFrame:
    """One row per orientation and bin; ``counts`` is ``draw orientation bin`` with the data first."""
    observed, draws = counts[0], counts[1:]
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    p_values = (1 + (draws >= observed).sum(axis=0)) / (len(draws) + 1)
    expected = draws.mean(axis=0)
    tails = _tails(counts)
    q = np.concatenate([q_values(tails[:-1].ravel()), q_values(tails[-1])]).reshape(tails.shape)
    with np.errstate(divide="ignore", invalid="ignore"):
        enrichment = np.where(expected > 0, observed / expected, np.nan)
    columns = {
        "orientation": np.repeat(names, distance.size),
        "distance_bp": np.tile(distance, len(names)),
        "observed": observed.ravel(),
        "expected": expected.ravel(),
        "null_low": low.ravel(),
        "null_high": high.ravel(),
        "enrichment": enrichment.ravel(),
        "p_value": p_values.ravel(),
        "tail_p_value": tails.ravel(),
        "q_value": q.ravel(),
    }
    return pd.DataFrame(columns)


def _tails(counts: np.ndarray) -> np.ndarray:
    """Chance of at least the observed counts, from the mean and the variance of draws and data."""
    mean, variance = counts.mean(axis=0), counts[1:].var(axis=0)
    is_wide = variance > 1.05 * mean
    shape = np.where(is_wide, mean**2 / np.where(is_wide, variance - mean, 1), 1)
    poisson_tail = poisson.sf(counts[0] - 1, mean)
    wide_tail = nbinom.sf(counts[0] - 1, shape, shape / np.maximum(shape + mean, 1e-12))
    return np.where(is_wide, np.maximum(wide_tail, poisson_tail), poisson_tail)


def _orientations(counts: np.ndarray, names: list[str]) -> pd.DataFrame:
    """One row per orientation: whether there are more pairs, and whether they are spread differently."""
    totals = counts.sum(axis=-1)
    expected = totals[1:].mean(axis=0)
    pooled = counts.mean(axis=0)
    pooled_shape = pooled / np.maximum(pooled.sum(axis=-1, keepdims=True), 1e-12)
    # Each draw is compared at its own total: the number of pairs is another question.
    wanted = pooled_shape * totals[..., None]
    spread = np.where(wanted > 0, (counts - wanted) ** 2 / np.where(wanted > 0, wanted, 1), 0).sum(axis=-1)
    n_draws = len(counts) - 1
    columns = {
        "orientation": names,
        "observed": totals[0],
        "expected": expected,
        "enrichment": np.where(expected > 0, totals[0] / np.where(expected > 0, expected, 1), np.nan),
        "p_value": (1 + (totals[1:] >= totals[0]).sum(axis=0)) / (n_draws + 1),
        "shape_p_value": (1 + (spread[1:] >= spread[0] * (1 - 1e-9)).sum(axis=0)) / (n_draws + 1),
    }
    return pd.DataFrame(columns)
