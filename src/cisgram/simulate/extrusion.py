r"""Loop extrusion along one contig: rings that reel DNA in from both sides until a bound CTCF site stops a leg.

A ring lands with two legs on neighbouring bins. At three steps in four, by chance, each leg moves outwards by one bin,
unless another leg is in its way or a site has caught it. A site catches the legs that run into its front: a motif on
the plus strand stops legs that move to the left, one on the minus strand legs that move to the right, so that rings
rest between *convergent* sites. A caught leg comes free again by chance, and every ring falls off by chance and lands
elsewhere. Legs do not pass each other, so the loops of a moment are nested or apart and never cross.

References
----------
Sanborn et al. (2015), Chromatin extrusion explains key features of loop and domain formation. PNAS 112: E6456.
Fudenberg et al. (2016), Formation of chromosomal domains by loop extrusion. Cell Reports 15: 2038.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from cisgram.arrays import PerBin, SnapshotLegs
from cisgram.errors import ConfigError, InputError

_MOVES = 0.75


@dataclass(frozen=True)
class ExtrusionConfig:
    """How rings behave; lengths are in bins, times in steps, in each of which a free leg moves 0.75 bins on average.

    Parameters
    ----------
    spacing_bins
        Mean distance between rings: there is one per so many bins.
    lifetime_steps
        Mean time from landing to falling off.
    hold_steps
        Mean time for which a site holds the leg that it has caught.
    interval_steps
        Time between two snapshots; with some lifetimes between them they are nearly independent.
    """

    spacing_bins: float = 15.0
    lifetime_steps: float = 50.0
    hold_steps: float = 250.0
    interval_steps: int = 80

    def __post_init__(self) -> None:
        if self.spacing_bins < 3 or self.lifetime_steps < 1 or self.hold_steps < 1 or self.interval_steps < 1:
            raise ConfigError(f"rings need 3 bins each and times of at least 1 step; got {self}")


class Barriers(NamedTuple):
    """Chance that a leg that arrives in a bin is caught there, by the direction in which it moves."""

    leftward: PerBin
    """For legs that move to the left: sites on the plus strand."""
    rightward: PerBin
    """For legs that move to the right: sites on the minus strand."""


class Snapshots(NamedTuple):
    """Where the legs of all rings were at some moments (``snapshot ring``), in bins; ``left < right``."""

    left: SnapshotLegs
    right: SnapshotLegs


def extrude(
    barriers: Barriers, *, n_snapshots: int, rng: np.random.Generator, config: ExtrusionConfig | None = None
) -> Snapshots:
    """Let rings run along a contig and note where they are.

    Time is linear in rings and steps: some 20 ns for each ring and step.

    Parameters
    ----------
    barriers
        One chance from 0 to 1 per bin and direction.
    n_snapshots
        How many moments are noted, after five lifetimes in which the rings forget where they began.
    rng
        Where the randomness comes from.
    config
        How rings behave; the defaults of :class:`ExtrusionConfig`, if not given.

    Raises
    ------
    InputError
        Where chances are not between 0 and 1 or not one per bin, or the contig has no room for one ring.

    Examples
    --------
    >>> closed = np.zeros(40)
    >>> closed[[10, 30]] = 1.0
    >>> left_end, right_end = closed * (np.arange(40) == 10), closed * (np.arange(40) == 30)
    >>> own = extrude(Barriers(left_end, right_end), n_snapshots=50, rng=np.random.default_rng(1))
    >>> own.left.shape, bool(((own.left == 10) & (own.right == 30)).any(axis=1).mean() > 0.1)
    ((50, 3), True)
    """
    config = ExtrusionConfig() if config is None else config
    leftward, rightward = (np.asarray(chances, dtype=np.float64) for chances in barriers)
    if leftward.shape != rightward.shape or leftward.size < 3 or n_snapshots < 1:
        raise InputError(
            "barriers must have the same bins for both directions, at least 3, and n_snapshots must be 1 or more; "
            f"got {leftward.size} and {rightward.size} bins and {n_snapshots}"
        )
    if not all(((chances >= 0) & (chances <= 1)).all() for chances in (leftward, rightward)):
        raise InputError("the chances of barriers must be between 0 and 1 (no NaN)")
    n_rings = max(1, round(leftward.size / config.spacing_bins))
    left = np.empty((n_snapshots, n_rings), dtype=np.int32)
    right = np.empty_like(left)
    chances = (1 / config.lifetime_steps, 1 / config.hold_steps)
    warm_up = int(5 * max(config.lifetime_steps, config.interval_steps))
    _run(leftward, rightward, rng, *chances, warm_up, config.interval_steps, left, right)
    return Snapshots(left, right)


@njit(cache=True)
def _land(is_taken, rng):
    """A bin that is free, and whose right neighbour is free."""
    n_bins = is_taken.size
    while True:
        bin_ = int(rng.random() * (n_bins - 1))
        if not is_taken[bin_] and not is_taken[bin_ + 1]:
            is_taken[bin_] = is_taken[bin_ + 1] = True
            return bin_


@njit(cache=True)
def _run(leftward, rightward, rng, fall, release, warm_up, interval, left, right):
    """Run the rings, writing their legs down at every interval once they are warm."""
    n_bins, (n_snapshots, n_rings) = leftward.size, left.shape
    is_taken = np.zeros(n_bins, np.bool_)
    legs = np.empty((2, n_rings), np.int32)
    is_caught = np.zeros((2, n_rings), np.bool_)
    for ring in range(n_rings):
        legs[0, ring] = _land(is_taken, rng)
        legs[1, ring] = legs[0, ring] + 1
    for step in range(warm_up + interval * n_snapshots):
        for ring in range(n_rings):
            if rng.random() < fall:
                is_taken[legs[0, ring]] = is_taken[legs[1, ring]] = False
                legs[0, ring] = _land(is_taken, rng)
                legs[1, ring] = legs[0, ring] + 1
                is_caught[0, ring] = is_caught[1, ring] = False
            for side in range(2):
                if is_caught[side, ring]:
                    is_caught[side, ring] = rng.random() >= release
                    if is_caught[side, ring]:
                        continue
                if rng.random() >= _MOVES:  # in lockstep, no loop would ever be an even number of bins long
                    continue
                there = legs[side, ring] + 2 * side - 1
                if there < 0 or there >= n_bins or is_taken[there]:
                    continue
                is_taken[legs[side, ring]] = False
                is_taken[there] = True
                legs[side, ring] = there
                chance = leftward[there] if side == 0 else rightward[there]
                is_caught[side, ring] = chance > 0 and rng.random() < chance
        since = step + 1 - warm_up
        if since > 0 and since % interval == 0:
            left[since // interval - 1] = legs[0]
            right[since // interval - 1] = legs[1]
