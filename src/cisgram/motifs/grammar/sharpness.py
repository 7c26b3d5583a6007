r"""Sharpness of a footprint: whether the protein touches the motif (sharp), or another holds it there (diffuse).

The score is the share of a footprint's energy that a running mean over two turns of the helix takes away:

.. math:: S = \frac{\sum_x (p(x) - \bar p(x))^2}{\sum_x (p(x) - b)^2}

with the mean reads *p* of both strands, their running mean :math:`\bar p` and the background *b* at the ends of the
stretch. A few exact stops of the exonuclease make it near 1; a hump of some 25 bp makes it near 0.

Reads are few, and the squares of counting noise add up to what looks like sharpness. Both sums are therefore taken
over products of *different* hits, :math:`\sum_{i \ne j} f_i f_j = (\sum_i f_i)^2 - \sum_i f_i^2`, to which noise that
is independent between hits adds nothing on average. Intervals come from drawing hits with replacement.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from cisgram.errors import EmptySetError, InputError

SMOOTH_BP = 21
"""Width of the running mean, two turns of the double helix."""
_FLANK_SHARE = 0.2
_LEAST_HITS = 5


class Sharpness(NamedTuple):
    """How sharp a footprint is."""

    score: float
    """About 1 where all reads lie at a few positions, about 0 for a diffuse hump; NaN where there is no footprint."""
    low: float
    """Lower end of its interval; NaN where too many draws have no footprint."""
    high: float
    """Upper end."""


def sharpness(
    reads: Float[np.ndarray, "hit strand offset"], *, n_draws: int = 400, coverage: float = 0.95, seed: int = 1
) -> Sharpness:
    """Score how sharp the footprint at some hits is.

    Parameters
    ----------
    reads
        Reads around each hit, turned with it. The outer tenths on either side are taken as background.
    n_draws
        Draws of hits for the interval.
    coverage
        Of the interval.
    seed
        Seed of the draws.

    Returns
    -------
    Sharpness
        NaN where hits rise above the background no more alike than noise does.

    Raises
    ------
    EmptySetError
        There are fewer than 5 hits.
    InputError
        The stretch is shorter than 63 bp, three times the running mean.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> rate = np.full((2, 121), 0.02)
    >>> rate[:, 60] += 5
    >>> sharp = sharpness(rng.poisson(rate, (50, 2, 121)).astype(float))
    >>> 0.9 < sharp.score < 1
    True
    """
    if len(reads) < _LEAST_HITS:
        raise EmptySetError("hits with reads", dropped={f"fewer than {_LEAST_HITS}": len(reads)})
    length = reads.shape[-1]
    if length < 3 * SMOOTH_BP or not 0 < coverage < 1 or n_draws < 1:
        raise InputError(
            f"sharpness needs at least {3 * SMOOTH_BP} bp, n_draws of at least 1 and a coverage between 0 and 1; got "
            f"{length} bp, {n_draws}, {coverage}"
        )
    n = len(reads)
    rng = np.random.default_rng(seed)
    weights = np.concatenate([np.ones((1, n)), rng.multinomial(n, np.full(n, 1 / n), size=n_draws).astype(np.float64)])
    flank = max(int(_FLANK_SHARE / 2 * length), 1)
    level = (reads[..., :flank].mean(axis=-1) + reads[..., -flank:].mean(axis=-1)) / 2
    rises = reads - level[..., None]
    fine = _energy((reads - _smoothed(reads)).reshape(n, -1), weights)
    whole = _energy(rises.reshape(n, -1), weights)
    # An energy below its own spread over the draws is that of noise.
    if not whole[0] > 2 * np.std(whole[1:]) or whole[0] <= 0:
        return Sharpness(np.nan, np.nan, np.nan)
    scores = np.divide(fine, whole, out=np.full_like(fine, np.nan), where=whole > 0)
    kept = scores[1:][~np.isnan(scores[1:])]
    low, high = (
        np.quantile(kept, [(1 - coverage) / 2, (1 + coverage) / 2]) if kept.size > n_draws / 2 else (np.nan,) * 2
    )
    return Sharpness(float(scores[0]), float(low), float(high))


def _energy(features: Float[np.ndarray, "hit feature"], weights: Float[np.ndarray, "draw hit"]) -> np.ndarray:
    """Mean product of the features of two different hits, for every draw of hits."""
    sums = weights @ features
    same = (weights**2) @ (features**2).sum(axis=1)
    pairs = weights.sum(axis=1) ** 2 - (weights**2).sum(axis=1)
    return ((sums**2).sum(axis=1) - same) / np.maximum(pairs, 1)


def _smoothed(reads: np.ndarray) -> np.ndarray:
    """Running mean along the last axis; at the ends over what there is."""
    half = SMOOTH_BP // 2
    padding = [(0, 0)] * (reads.ndim - 1) + [(half + 1, half)]
    total = np.cumsum(np.pad(reads, padding), axis=-1)
    number = np.cumsum(np.pad(np.ones(reads.shape[-1]), (half + 1, half)))
    return (total[..., SMOOTH_BP:] - total[..., :-SMOOTH_BP]) / (number[SMOOTH_BP:] - number[:-SMOOTH_BP])
