"""Confidence intervals from blocks of the genome, drawn again and again with replacement.

Neighbouring windows resemble each other: they overlap, or share a domain, a copy number, an alignment. Windows
drawn one by one would make intervals too narrow, so whole blocks are drawn (Efron and Tibshirani 1993, chapter 8).

Every statistic here is computed for all resamples at once. A resample is a row of ``draws``: how often each
block was drawn; windows count that many times.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float, Integer

from cisgram.errors import InputError
from cisgram.nn.metrics import average_precision

BlockOf: TypeAlias = Integer[np.ndarray, "window"]
PerWindow: TypeAlias = Float[np.ndarray, "window"]
Flags: TypeAlias = Bool[np.ndarray, "item"]
PerItem: TypeAlias = Float[np.ndarray, "item"]
ItemBlocks: TypeAlias = Integer[np.ndarray, "item"]
PerResample: TypeAlias = Float[np.ndarray, "resample"]
Draws: TypeAlias = Float[np.ndarray, "resample block"]

MAX_BLOCK_BP = 5_000_000
MIN_BLOCK_BP = 5_000
MIN_BLOCKS = 20
_MAX_LEVELS = 1024


@dataclass(frozen=True, eq=False)
class Resamples:
    """Blocks of windows and how often each is drawn.

    Parameters
    ----------
    block_of
        Block of every window.
    draws
        How often every block is drawn, per resample; a row sums to the number of blocks.
    block_bp
        Length of a block.
    """

    block_of: BlockOf
    draws: Draws
    block_bp: int

    @property
    def n_blocks(self) -> int:
        """Blocks that hold windows."""
        return self.draws.shape[1]


def resample_blocks(
    windows: pd.DataFrame, *, n_resamples: int = 1000, seed: int = 0, max_block_bp: int = MAX_BLOCK_BP
) -> Resamples:
    """Cut contigs into blocks and draw blocks with replacement.

    A window belongs to the block of its middle. Blocks are 5 Mb long; where fewer than 20 of them hold windows, as
    in a yeast, their length is halved until 20 do, or until they are shorter than 10 kb.

    Parameters
    ----------
    windows
        Interval table with one row per window.
    n_resamples
        Resamples to draw; 0 for none.
    seed
        Of the draws.
    max_block_bp
        Length of a block where there are enough of them.

    Examples
    --------
    >>> windows = pd.DataFrame({"chrom": "I", "start": np.arange(0, 200_000, 1000)}).assign(end=lambda w: w.start + 200)
    >>> resamples = resample_blocks(windows, n_resamples=3)
    >>> resamples.block_bp, resamples.n_blocks, resamples.draws.sum(axis=1).tolist()
    (9765, 21, [21.0, 21.0, 21.0])
    """
    if n_resamples < 0 or max_block_bp < 1:
        raise InputError(
            f"n_resamples must not be negative and max_block_bp at least 1; got {n_resamples}, {max_block_bp}"
        )
    contig = pd.factorize(windows["chrom"])[0].astype(np.int64)
    middle = ((windows["start"] + windows["end"]) // 2).to_numpy(dtype=np.int64)
    block_bp = max_block_bp
    block_of, n_blocks = _blocks(contig, middle, block_bp)
    while n_blocks < MIN_BLOCKS and block_bp >= 2 * MIN_BLOCK_BP:
        block_bp //= 2
        block_of, n_blocks = _blocks(contig, middle, block_bp)
    rng = np.random.default_rng(seed)
    draws = rng.multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=n_resamples) if n_blocks else 0
    return Resamples(block_of, np.zeros((n_resamples, n_blocks)) + draws, block_bp)


def interval_of(statistics: PerResample, *, level: float = 0.95) -> tuple[float, float] | None:
    """The middle 95 % of a statistic's resampled values; None where fewer than half of them are defined.

    Examples
    --------
    >>> low, high = interval_of(np.arange(1001.0))
    >>> round(low), round(high)
    (25, 975)
    """
    known = statistics[~np.isnan(statistics)]
    if known.size == 0 or 2 * known.size < statistics.size:
        return None
    low, high = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def resampled_mean(resamples: Resamples, values: PerWindow) -> PerResample:
    """Mean over windows, NaN windows left out, per resample."""
    known = ~np.isnan(values)
    sums = _per_block(resamples, np.where(known, values, 0.0))
    return _ratio(resamples.draws @ sums, resamples.draws @ _per_block(resamples, known.astype(np.float64)))


def resampled_pearson(resamples: Resamples, x: PerWindow, y: PerWindow) -> PerResample:
    """Pearson correlation per resample, from sums per block."""
    x, y = _centred(x), _centred(y)
    columns = [np.ones_like(x), x, y, x * x, y * y, x * y]
    return _correlation(*(resamples.draws @ _per_block(resamples, column) for column in columns))


def resampled_spearman(resamples: Resamples, x: PerWindow, y: PerWindow) -> PerResample:
    """Spearman correlation per resample, windows ranked anew in each; equal values share their mean rank.

    Memory: 100 resamples x windows.
    """
    found = []
    for start in range(0, len(resamples.draws), 100):
        weights = resamples.draws[start : start + 100][:, resamples.block_of]
        a, b = _weighted_ranks(x, weights), _weighted_ranks(y, weights)
        sums = [weights, weights * a, weights * b, weights * a * a, weights * b * b, weights * a * b]
        found.append(_correlation(*(values.sum(axis=1) for values in sums)))
    return np.concatenate([np.zeros(0), *found])


def resampled_average_precision(
    resamples: Resamples, is_positive: Flags, scores: PerItem, *, block_of: ItemBlocks
) -> PerResample:
    """Average precision per resample.

    Recall is followed at up to 1,024 thresholds (quantiles of the scores of positives) instead of all of them;
    what that takes from the value of the whole set is given back to every resample.

    Parameters
    ----------
    resamples
        Blocks and draws.
    is_positive, scores
        Truth and score of every item.
    block_of
        Block of every item.
    """
    levels = np.unique(scores[is_positive])
    if levels.size > _MAX_LEVELS:
        levels = np.unique(np.quantile(scores[is_positive], np.linspace(0, 1, _MAX_LEVELS), method="lower"))
    above = [_at_least(resamples, scores[chosen], block_of[chosen], levels) for chosen in (is_positive, ~is_positive)]
    coarse = _precision_at_levels(*(resamples.draws @ counts for counts in above))
    whole = _precision_at_levels(*(counts.sum(axis=0, keepdims=True) for counts in above))
    return coarse + (average_precision(is_positive, scores) - whole)


def _precision_at_levels(true: np.ndarray, false: np.ndarray) -> np.ndarray:
    """Average precision per row from the true and false items that reach every level (columns)."""
    gained = true - np.concatenate([true[:, 1:], np.zeros((len(true), 1))], axis=1)
    precision = _ratio(true, true + false)
    return _ratio(np.nan_to_num(gained * precision).sum(axis=1), gained.sum(axis=1))


def _blocks(contig: np.ndarray, middle: np.ndarray, block_bp: int) -> tuple[np.ndarray, int]:
    """Block of every window, numbered without gaps, and how many there are."""
    keys = np.stack([contig, middle // block_bp])
    found, block_of = np.unique(keys, axis=1, return_inverse=True)
    return block_of.reshape(-1).astype(np.int64), found.shape[1]


def _per_block(resamples: Resamples, values: np.ndarray) -> np.ndarray:
    """Sum of the windows' values per block."""
    return np.bincount(resamples.block_of, weights=values, minlength=resamples.n_blocks)


def _at_least(resamples: Resamples, scores: np.ndarray, block_of: np.ndarray, levels: np.ndarray) -> np.ndarray:
    """Items per block (rows) that score at least every level (columns)."""
    reached = np.searchsorted(levels, scores, side="right")  # levels 0 .. reached-1 are met
    flat = np.bincount(
        block_of * (levels.size + 1) + reached, minlength=resamples.n_blocks * (levels.size + 1)
    ).reshape(resamples.n_blocks, -1)
    return flat[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:].astype(np.float64)


def _weighted_ranks(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Mean ranks of values of which each is there ``weight`` times (rows: resamples)."""
    order = np.argsort(values, kind="stable")
    in_order = values[order]
    first = np.flatnonzero(np.r_[True, in_order[1:] != in_order[:-1]])
    n_equal = np.add.reduceat(weights[:, order], first, axis=1)
    rank = np.cumsum(n_equal, axis=1) - (n_equal - 1) / 2
    spread = np.empty_like(weights)
    spread[:, order] = np.repeat(rank, np.diff(np.r_[first, values.size]), axis=1)
    return spread


def _correlation(
    n: np.ndarray, x: np.ndarray, y: np.ndarray, xx: np.ndarray, yy: np.ndarray, xy: np.ndarray
) -> np.ndarray:
    """Pearson correlation from sums; NaN where a side does not vary."""
    spread = (n * xx - x * x) * (n * yy - y * y)
    varies = (n * xx - x * x > 1e-12 * n * xx) & (n * yy - y * y > 1e-12 * n * yy)
    return np.clip(_ratio(np.where(varies, n * xy - x * y, np.nan), np.sqrt(np.where(varies, spread, 1.0))), -1, 1)


def _centred(values: np.ndarray) -> np.ndarray:
    """Values about their mean, for the sake of rounding."""
    return values - values.mean() if values.size else values


def _ratio(over: np.ndarray, under: np.ndarray) -> np.ndarray:
    """A quotient that is NaN where it has no meaning."""
    return np.divide(over, under, out=np.full(np.shape(over), np.nan), where=under > 0)
