"""Runs of equal patterns cut into steps: a run of any usual length is one step of an algorithm, not one per bin."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cisgram.arrays import PerRun, Positions, Rows
from cisgram.genomics.mark_patterns import ContigRuns

_WORTH_A_TABLE = 32  # steps that a table of its own must save in each pass to be worth its own work
_MOST_TABLES = 4096  # what tables of frequent lengths may take: 800 bytes each for 10 states, and as much per lane
_MOST_LANES = 8


@dataclass(frozen=True, eq=False)
class StepPlan:
    """How the bins of contigs, but for the first bin of each, are passed in steps.

    A kind of step is a pattern and a number of bins. Each kind of two or more bins consists of two shorter ones, so
    that its matrix is the product of theirs. Kinds stand in the order of their lengths. Takes 4 bytes per step.

    Parameters
    ----------
    pattern, length
        Row of the table of patterns and number of bins, one per kind.
    first, second
        The two kinds that a kind consists of; -1 for kinds of one bin.
    first_patterns
        The pattern in the first bin of each contig.
    steps
        Kinds of the steps of all contigs, end to end.
    starts
        Where the steps of each contig begin, and where the last ones end.
    lanes, lane_starts
        Numbers of contigs, in groups of about equal work, and where each group begins. Sums are made within a group,
        then over the groups, so that they do not depend on the number of threads.
    """

    pattern: Positions
    length: Positions
    first: Positions
    second: Positions
    first_patterns: Rows
    steps: PerRun
    starts: Rows
    lanes: Rows
    lane_starts: Rows

    @property
    def n_kinds(self) -> int:
        """How many kinds of steps there are."""
        return len(self.pattern)


def plan_steps(contigs: Sequence[ContigRuns]) -> StepPlan:
    """Choose kinds of steps for runs.

    Runs whose pattern and length come often are one step. Others are cut into powers of two. The plan depends on the
    data only, not on a model.

    Examples
    --------
    >>> runs = ContigRuns("K562", "chr1", np.array([0, 1], np.int32), np.array([1, 6], np.int32))
    >>> plan = plan_steps([runs])
    >>> plan.length[plan.steps].tolist()
    [4, 2]
    """
    span = 1 + max(int(runs.length.max()) for runs in contigs)
    kinds = _kinds(_counts(_keys(runs, span) for runs in contigs), span)
    order = np.array(sorted(kinds, key=lambda key: (key % span, key)), dtype=np.int64)
    by_key = np.argsort(order, kind="stable")
    sorted_keys = order[by_key]
    lengths = order % span
    larger = (lengths + 1) // 2
    halves = [np.where(lengths > 1, order - lengths + half, -1) for half in (larger, lengths - larger)]
    first, second = (
        np.where(half >= 0, by_key[np.searchsorted(sorted_keys, half).clip(max=len(order) - 1)], -1) for half in halves
    )
    parts = [_steps(_keys(runs, span), span, sorted_keys, by_key) for runs in contigs]
    starts = np.cumsum([0, *map(len, parts)])
    lanes, lane_starts = _lanes(np.diff(starts))
    return StepPlan(
        pattern=order // span,
        length=lengths,
        first=first,
        second=second,
        first_patterns=np.array([runs.pattern[0] for runs in contigs], np.int64),
        steps=np.concatenate(parts),
        starts=starts,
        lanes=lanes,
        lane_starts=lane_starts,
    )


def _keys(runs: ContigRuns, span: int) -> np.ndarray:
    """Pattern and length of each run as one number; the first bin is left out."""
    lengths = runs.length.astype(np.int64)
    lengths[0] -= 1
    keys = runs.pattern * np.int64(span) + lengths
    return keys[lengths > 0]


def _counts(keys: Iterable[np.ndarray]) -> Counter[int]:
    """How often each pattern and length comes."""
    counts = Counter[int]()
    for part in keys:
        unique, n = np.unique(part, return_counts=True)
        counts.update(dict(zip(unique.tolist(), n.tolist(), strict=True)))
    return counts


def _kinds(counts: Counter[int], span: int) -> set[int]:
    """Kinds for frequent runs, powers of two for the others, and what all of these consist of."""
    saved = {key: n * ((key % span).bit_count() - 1) for key, n in counts.items()}
    frequent = sorted((key for key, n in saved.items() if n >= _WORTH_A_TABLE), key=lambda key: (-saved[key], key))
    wanted = frequent[:_MOST_TABLES]
    for key in counts.keys() - set(wanted):
        length = key % span
        wanted += [key - length + (1 << bit) for bit in range(length.bit_length()) if length >> bit & 1]
    kinds = set[int]()
    while wanted:
        key = wanted.pop()
        if key in kinds:
            continue
        kinds.add(key)
        if (length := key % span) > 1:
            wanted += [key - length + (length + 1) // 2, key - length + length // 2]
    return kinds


def _steps(keys: np.ndarray, span: int, sorted_keys: np.ndarray, by_key: np.ndarray) -> np.ndarray:
    """The kinds of steps that runs consist of."""
    place = np.searchsorted(sorted_keys, keys).clip(max=max(len(sorted_keys) - 1, 0))
    is_kind = sorted_keys[place] == keys if len(keys) else np.zeros(0, bool)
    lengths = keys % span
    n_bits = sum((lengths >> bit & 1 for bit in range(span.bit_length())), np.zeros_like(lengths))
    n_parts = np.where(is_kind, 1, n_bits)
    ends = np.cumsum(n_parts)
    steps = np.empty(int(n_parts.sum()), np.int32)
    steps[ends[is_kind] - 1] = by_key[place[is_kind]]
    rest, filled = np.flatnonzero(~is_kind), np.zeros(int((~is_kind).sum()), np.int64)
    for bit in range(span.bit_length() - 1, -1, -1):
        has_bit = (lengths[rest] >> bit & 1).astype(bool)
        part = keys[rest[has_bit]] - lengths[rest[has_bit]] + (1 << bit)
        at = (ends - n_parts)[rest[has_bit]] + filled[has_bit]
        steps[at] = by_key[np.searchsorted(sorted_keys, part)]
        filled += has_bit
    return steps


def _lanes(n_steps: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Contigs in groups of about equal work: each in turn, the longest first, to the group with the least."""
    n_lanes = min(_MOST_LANES, len(n_steps))
    groups, work = [[] for _ in range(n_lanes)], [0] * n_lanes
    for contig in np.argsort(-n_steps, kind="stable"):
        lane = work.index(min(work))
        groups[lane].append(int(contig))
        work[lane] += int(n_steps[contig]) + 1
    return np.array([contig for group in groups for contig in group], np.int64), np.cumsum([0, *map(len, groups)])
