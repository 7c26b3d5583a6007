"""Greedy merging of equal windows by their centres: the closest neighbours first, until none are close."""

from heapq import heappop, heappush
from typing import NamedTuple

import numpy as np
from numba import njit

from cisgram.arrays import Positions, Rows


class MergedWindows(NamedTuple):
    """Windows after merging."""

    center: Rows
    """Centre of every merged window, ascending."""
    site: Positions
    """For every window that was given, the number of the merged one."""


def merge_windows(center: Positions, cell_type: Positions, *, n_cell_types: int, farthest_bp: int) -> MergedWindows:
    """Merge neighbours whose centres lie at most ``farthest_bp`` apart, the closest and then the leftmost first.

    The centre of a merged window is the mean of the two, weighted by 1 + the number of different cell types in each,
    rounded to the nearest whole number, halves up. A window is compared with its neighbours only, so that merged
    windows are runs of the sorted ones, and no order among equal centres matters.

    Parameters
    ----------
    center
        Centres in ascending order.
    cell_type
        Number of the cell type of each.
    n_cell_types
        How many cell types there are.
    farthest_bp
        0 or more; at 0 only equal centres are merged.

    Examples
    --------
    >>> merge_windows(np.array([0, 10, 100]), np.array([0, 1, 0]), n_cell_types=2, farthest_bp=50)
    MergedWindows(center=array([  5, 100]), site=array([0, 0, 1]))
    """
    is_first = np.append(True, np.diff(center) != 0)[: center.size]
    node = np.cumsum(is_first) - 1
    at = center[is_first].astype(np.int64)
    first_peak = np.append(np.flatnonzero(is_first), center.size)
    runs = np.append(np.flatnonzero(np.append(True, np.diff(at) > farthest_bp)[: at.size]), at.size)
    is_alive = _merge_runs(at, runs, first_peak, cell_type, -(-n_cell_types // 64), farthest_bp)
    return MergedWindows(at[is_alive], (np.cumsum(is_alive) - 1)[node])


@njit(cache=True)
def _merge_runs(at, runs, first_peak, cell_type, n_words, farthest):
    """Merge within each run of close centres; ``at`` becomes the centres of those that stay alive."""
    is_alive = np.ones(at.size, np.bool_)
    longest = 0
    for run in range(runs.size - 1):
        longest = max(longest, runs[run + 1] - runs[run])
    members = np.zeros((longest, n_words), np.uint64)
    weight = np.zeros(longest, np.int64)
    after = np.zeros(longest, np.int64)
    before = np.zeros(longest, np.int64)
    for run in range(runs.size - 1):
        begin, n = runs[run], runs[run + 1] - runs[run]
        if n < 2:
            continue
        for i in range(n):
            members[i] = 0
            for peak in range(first_peak[begin + i], first_peak[begin + i + 1]):
                members[i, cell_type[peak] // 64] |= np.uint64(1) << np.uint64(cell_type[peak] % 64)
            weight[i] = 1 + _count_bits(members[i])
            after[i], before[i] = i + 1, i - 1
        _merge_run(at[begin : begin + n], is_alive[begin : begin + n], members, weight, after, before, farthest)
    return is_alive


@njit(cache=True)
def _merge_run(at, is_alive, members, weight, after, before, farthest):
    """Take the closest pair from a heap of (distance, left one); entries that no longer hold are passed over."""
    n = at.size
    heap = [np.int64(0)]
    heap.clear()  # numba learns from the first entry what the heap holds
    for i in range(n - 1):
        if at[i + 1] - at[i] <= farthest:
            heappush(heap, (at[i + 1] - at[i]) * n + i)
    while len(heap) > 0:
        key = heappop(heap)
        distance, left = key // n, key % n
        if not is_alive[left] or after[left] == n or at[after[left]] - at[left] != distance:
            continue
        right = after[left]
        total = weight[left] + weight[right]
        at[left] = (2 * (weight[left] * at[left] + weight[right] * at[right]) + total) // (2 * total)
        is_alive[right] = False
        after[left] = after[right]
        if after[right] < n:
            before[after[right]] = left
        for word in range(members.shape[1]):
            members[left, word] |= members[right, word]
        weight[left] = 1 + _count_bits(members[left])
        if after[left] < n and at[after[left]] - at[left] <= farthest:
            heappush(heap, (at[after[left]] - at[left]) * n + left)
        if before[left] >= 0 and at[left] - at[before[left]] <= farthest:
            heappush(heap, (at[left] - at[before[left]]) * n + before[left])


@njit(cache=True)
def _count_bits(words):
    """Number of bits that are set."""
    count = 0
    for word in words:
        while word:
            word &= word - np.uint64(1)
            count += 1
    return count
