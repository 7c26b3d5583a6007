"""What the experiment itself reaches: every metric with a replicate in the place of the prediction.

With two or more replicates each is compared with the sum of the others, once as the truth and once as the
prediction, and the mean is taken. (Avsec et al. 2021 compare single replicates, two by two; with two replicates
that is the same.) With one replicate there are none to compare: its reads are dealt into two halves by tossing a
coin for each. Such pseudo-replicates know nothing of how experiments differ, so their ceiling is too high.

Either way a replicate has fewer reads than all of them together, with which the model is compared: of few reads
the divergence between replicates is high, and a model can be better than this ceiling.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from jaxtyping import Float

from cisgram.arrays import ReplicateCounts
from cisgram.errors import InputError

PerWindow: TypeAlias = Float[np.ndarray, "window"]
CeilingKind: TypeAlias = Literal["replicates", "pseudo-replicates"]

Comparison: TypeAlias = Callable[[np.ndarray, np.ndarray], float]
"""A metric of two arrays of counts, truth and prediction (each ``window strand length``)."""


class Pair(NamedTuple):
    """Counts that are compared with each other, both ``window strand length``."""

    one: np.ndarray
    other: np.ndarray


@dataclass(frozen=True, eq=False)
class Replicates:
    """Pairs of replicates, for the ceiling of any metric."""

    kind: CeilingKind
    against_rest: Sequence[Pair]
    """Each replicate and the sum of the others; of two replicates, or halves, one pair."""
    against_each: Sequence[Pair]
    """Each replicate and each other one."""


@dataclass(frozen=True)
class Ceiling:
    """What replicates reach."""

    value: float | None
    """Mean of each replicate against the rest, both ways; None where it is not defined."""
    kind: CeilingKind
    between_single_replicates: float | None
    """The same of replicates two by two, as in Avsec et al. (2021)."""
    n_windows: int
    """Windows on which both sides have enough reads; of several pairs, the fewest."""


def replicates_of(counts: ReplicateCounts, *, seed: int = 0) -> Replicates:
    """Pair replicates up; a single one is dealt into two halves first.

    Parameters
    ----------
    counts
        Reads of every replicate.
    seed
        Of the halves. A count that is not whole, such as a mean, is rounded up or down at random.

    Examples
    --------
    >>> replicates_of(np.ones((5, 3, 2, 10))).kind
    'replicates'
    >>> halves = replicates_of(np.full((1, 1, 2, 10), 7.0)).against_rest[0]
    >>> bool((halves.one + halves.other == 7).all())
    True
    """
    n_replicates = counts.shape[1]
    if n_replicates == 0:
        raise InputError("a ceiling needs at least one replicate; got none")
    if n_replicates == 1:
        halves = Pair(*halved(counts[:, 0], seed=seed))
        return Replicates("pseudo-replicates", [halves], [halves])
    single = [counts[:, i].astype(np.float32) for i in range(n_replicates)]
    each = [Pair(single[i], single[j]) for i in range(n_replicates) for j in range(i)]
    if n_replicates == 2:
        return Replicates("replicates", each, each)
    pooled = counts.sum(axis=1, dtype=np.float32)
    return Replicates("replicates", [Pair(one, pooled - one) for one in single], each)


def halved(counts: np.ndarray, *, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Deal reads into two halves, each read with equal chance to either; float32 like ``counts`` in shape."""
    rng = np.random.default_rng(seed)
    one = np.zeros(counts.shape, dtype=np.float32)
    whole = np.zeros(counts.shape, dtype=np.float32)
    there = counts > 0
    reads = counts[there].astype(np.float64)
    rounded = np.floor(reads + rng.random(reads.size)) if (reads % 1).any() else reads
    whole[there] = rounded
    one[there] = rng.binomial(rounded.astype(np.int64), 0.5)
    return one, whole - one


def ceiling(
    replicates: Replicates, compare: Comparison, *, min_reads: int | float = 1, symmetric: bool = False
) -> Ceiling:
    """Compare replicates as a model is compared with the experiment.

    Parameters
    ----------
    replicates
        What :func:`replicates_of` gave.
    compare
        The metric; NaN where it is not defined.
    min_reads
        Windows with fewer reads in either of two replicates, strands together, are left out.
    symmetric
        Whether the metric does not tell truth from prediction, so that one way is enough.

    Examples
    --------
    >>> from cisgram.nn.metrics import jensen_shannon
    >>> counts = np.ones((4, 2, 2, 10))
    >>> ceiling(replicates_of(counts), lambda truth, other: float(jensen_shannon(truth, other).mean()))
    Ceiling(value=0.0, kind='replicates', between_single_replicates=0.0, n_windows=4)
    """
    both_ways = compare if symmetric else _both_ways(compare)
    rest, n_windows = _mean_of_pairs(replicates.against_rest, both_ways, min_reads)
    single = rest
    if replicates.against_each is not replicates.against_rest:
        single, _ = _mean_of_pairs(replicates.against_each, both_ways, min_reads)
    return Ceiling(rest, replicates.kind, single, n_windows)


def _both_ways(compare: Comparison) -> Comparison:
    """The mean of a comparison and of its reverse."""
    return lambda one, other: (compare(one, other) + compare(other, one)) / 2


def _mean_of_pairs(pairs: Sequence[Pair], compare: Comparison, min_reads: int | float) -> tuple[float | None, int]:
    """Mean over pairs, undefined ones left out, and the fewest windows of a pair."""
    values, n_windows = [], []
    for one, other in pairs:
        enough = np.minimum(one.sum(axis=(1, 2)), other.sum(axis=(1, 2))) >= min_reads
        n_windows.append(int(enough.sum()))
        if enough.all():  # spares a copy
            values.append(compare(one, other))
        elif enough.any():
            values.append(compare(one[enough], other[enough]))
    known = [value for value in values if not np.isnan(value)]
    return (float(np.mean(known)) if known else None), min(n_windows)
