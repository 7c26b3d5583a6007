r"""How often the bins of a looped chain touch: exact for a chain of springs, moment by moment, then averaged.

A chain whose neighbours are held by springs, with further springs between the feet of loops, is Gaussian: the mean
square distance of two beads is proportional to the resistance *R* between them in a network where every spring is a
resistor (1 per bin of chain, ``loop_resistance`` per loop). They touch with a probability

.. math:: P_{ij} = (1 + R_{ij})^{-3/2}, \qquad R_{ij} = |i - j| - (f_i - f_j)^T M^{-1} (f_i - f_j)

where loop *k* spans :math:`[a_k, b_k]`, :math:`f_{ik} = \min(\max(i - a_k, 0), b_k - a_k)` and :math:`M_{kl}` is the
length that loops *k* and *l* share, plus the loop's own resistance on the diagonal (Woodbury). Loops that are nested
or apart make *M* fall into blocks, one per outermost loop; pairs that do not lie under the same outermost loop have
:math:`R_{ij} = w_j - u_i`, a difference of two numbers per bin.
"""

import numpy as np
from numba import njit, prange

from cisgram.arrays import ContactBand, Legs, SquareContacts
from cisgram.errors import InputError
from cisgram.simulate.extrusion import Snapshots
from cisgram.threads import threads_for

_AT_ONCE = 16


def contact_band(snapshots: Snapshots, *, n_bins: int, width: int, loop_resistance: float = 1.0) -> ContactBand:
    """Mean probability of contact near the diagonal of a contig.

    Every pair is exact, however far apart. Time is linear in snapshots and pairs, some 2 ns for each on one core; the
    result is the same for any number of threads.

    Parameters
    ----------
    snapshots
        Loops at some moments, nested or apart, as :func:`cisgram.simulate.extrusion.extrude` makes them.
    n_bins
        Bins of the contig.
    width
        Number of diagonals: 1 for the main one alone, ``n_bins`` for the whole triangle.
    loop_resistance
        Of the spring between the feet of a loop, in bins of chain; above 0. Small ones hold the feet close.

    Returns
    -------
    ContactBand
        ``bin diagonal``: at ``[i, d]`` the pair ``i``, ``i + d``; NaN where that is beyond the contig.

    Raises
    ------
    InputError
        Where loops cross or lie outside of the contig.

    Examples
    --------
    >>> loop = Snapshots(np.array([[2]], dtype=np.int32), np.array([[6]], dtype=np.int32))
    >>> band = contact_band(loop, n_bins=8, width=6)
    >>> (band[2, 4] ** (-2 / 3) - 1).round(3)  # 4 bins of chain beside one spring
    np.float64(0.8)
    """
    if not 1 <= width <= n_bins or loop_resistance <= 0:
        raise InputError(
            f"width must be from 1 to {n_bins} and loop_resistance above 0; got {width}, {loop_resistance}"
        )
    total = np.zeros((n_bins, width))
    n_snapshots = len(snapshots.left)
    with threads_for(n_snapshots * n_bins * width):
        for first in range(0, n_snapshots, _AT_ONCE):
            some = slice(first, min(first + _AT_ONCE, n_snapshots))
            _add(total, *_prepared(snapshots.left[some], snapshots.right[some], n_bins, loop_resistance))
    total /= n_snapshots
    total[np.arange(n_bins)[:, None] + np.arange(width) >= n_bins] = np.nan
    return total


def resistances(left: Legs, right: Legs, *, n_bins: int, loop_resistance: float = 1.0) -> SquareContacts:
    """Resistance between all bins of one moment, by the formula above, in full; loops may cross.

    Parameters
    ----------
    left, right
        Feet of every loop.
    n_bins, loop_resistance
        As for :func:`contact_band`.
    """
    at = np.arange(n_bins)
    along = np.clip(at[:, None] - left, 0, right - left).astype(np.float64)  # bin loop
    shared = np.minimum(right[:, None], right) - np.maximum(left[:, None], left)
    factor = np.linalg.cholesky(np.maximum(shared, 0) + loop_resistance * np.eye(len(left)))
    drops = np.linalg.solve(factor, along.T).T if len(left) else along
    return np.abs(at[:, None] - at) - ((drops[:, None] - drops) ** 2).sum(axis=2)


def square_of_band(band: ContactBand) -> SquareContacts:
    """The symmetric square of a band; NaN beyond it.

    Examples
    --------
    >>> square_of_band(np.array([[1.0, 0.5], [2.0, 0.25], [3.0, np.nan]])).tolist()
    [[1.0, 0.5, nan], [0.5, 2.0, 0.25], [nan, 0.25, 3.0]]
    """
    n_bins, width = band.shape
    square = np.full((n_bins, n_bins), np.nan)
    for diagonal in range(min(width, n_bins)):
        first = np.arange(n_bins - diagonal)
        square[first, first + diagonal] = square[first + diagonal, first] = band[: n_bins - diagonal, diagonal]
    return square


def _prepared(left, right, n_bins, loop_resistance):
    """What :func:`_add` needs of every snapshot and bin: end of the outermost loop, drops under it, *w* and *u*."""
    n_snapshots = len(left)
    order = np.argsort(left, axis=1, kind="stable")
    left, right = np.take_along_axis(left, order, axis=1), np.take_along_axis(right, order, axis=1)
    if left.min() < 0 or right.max() >= n_bins or (left >= right).any():
        raise InputError(f"loops must lie within the {n_bins} bins of the contig, their left foot before the right one")
    deepest = _deepest(left, right)
    if not deepest:
        raise InputError("loops cross: legs of rings cannot pass each other, so loops are nested or apart")
    end = np.empty((n_snapshots, n_bins), np.int32)
    depth = np.zeros((n_snapshots, n_bins), np.int32)
    drops = np.zeros((n_snapshots, n_bins, deepest))
    before, after = np.empty((2, n_snapshots, n_bins))
    _prepare(left, right, loop_resistance, end, depth, drops, before, after)
    return end, depth, drops, before, after


@njit(cache=True)
def _deepest(left, right):
    """Most loops under one outermost loop, itself among them; 0 where loops cross."""
    most = 0
    for s in range(left.shape[0]):
        for first in range(left.shape[1]):
            n_inside = 1
            for k in range(first + 1, left.shape[1]):
                if left[s, k] > right[s, first]:
                    break
                if left[s, k] == left[s, first] or right[s, k] >= right[s, first]:
                    return 0
                n_inside += 1
            most = max(most, n_inside)
    return most


@njit(cache=True)
def _prepare(left, right, loop_resistance, end, depth, drops, before, after):
    """Factor the block of every outermost loop, and add up what is saved from the contig's first bin on."""
    n_bins = end.shape[1]
    for s in range(left.shape[0]):
        i, k, saved = 0, 0, 0.0
        while i < n_bins:
            if k == left.shape[1] or i < left[s, k]:
                end[s, i] = i
                before[s, i] = after[s, i] = i - saved
                i += 1
                continue
            last = k + 1
            while last < left.shape[1] and left[s, last] < right[s, k]:
                last += 1
            final = right[s, k]
            _solve(left[s, k:last], right[s, k:last], loop_resistance, drops[s, i : final + 1])
            whole = drops[s, final]
            through = saved
            for m in range(last - k):
                through += whole[m] ** 2
            for j in range(i, final + 1):
                end[s, j] = final
                depth[s, j] = last - k
                here, ahead = 0.0, 0.0
                for m in range(last - k):
                    here += drops[s, j, m] ** 2
                    ahead += (whole[m] - drops[s, j, m]) ** 2
                before[s, j] = j - here - saved
                after[s, j] = j + ahead - through
            i, k, saved = final + 1, last, through


@njit(cache=True)
def _solve(left, right, loop_resistance, drops):
    """Write the drops of the bins from ``left[0]`` to ``right[0]``: the lower factor of *M*, divided into *f*."""
    n = left.size
    factor = np.empty((n, n))
    for k in range(n):
        for m in range(k + 1):
            value = float(max(min(right[k], right[m]) - max(left[k], left[m]), 0))
            if k == m:
                value += loop_resistance
            for h in range(m):
                value -= factor[k, h] * factor[m, h]
            factor[k, m] = np.sqrt(value) if k == m else value / factor[m, m]
    for i in range(right[0] - left[0] + 1):
        for k in range(n):
            value = float(min(max(i + left[0] - left[k], 0), right[k] - left[k]))
            for h in range(k):
                value -= factor[k, h] * drops[i, h]
            drops[i, k] = value / factor[k, k]


@njit(cache=True, parallel=True)
def _add(total, end, depth, drops, before, after):
    """Add the probabilities of some snapshots to the band, bin by bin."""
    n_bins, width = total.shape
    for i in prange(n_bins):
        beyond = min(i + width, n_bins)
        for s in range(end.shape[0]):
            inside = min(end[s, i] + 1, beyond)
            for j in range(i, inside):
                resistance = float(j - i)
                for m in range(depth[s, i]):
                    step = drops[s, j, m] - drops[s, i, m]
                    resistance -= step * step
                total[i, j - i] += 1 / ((1 + resistance) * np.sqrt(1 + resistance))
            own = 1 - after[s, i]
            for j in range(inside, beyond):
                more = own + before[s, j]
                total[i, j - i] += 1 / (more * np.sqrt(more))
