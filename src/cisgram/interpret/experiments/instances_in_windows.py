"""Instances in windows: motif sites on the genome become rows and places of the windows that a model reads."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Codes
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.sequence import N
from cisgram.interpret.experiments.deletion import INSTANCE_COLUMNS

OUTSIDE = "outside all windows"
NEAR_ENDS = "too near the ends of their windows"
UNKNOWN = "at unknown bases (N)"
SAME_MOTIF = "overlapping another one of the same motif"


class InstancesInWindows(NamedTuple):
    """Instances, each in one window."""

    table: pd.DataFrame
    """:data:`cisgram.interpret.experiments.deletion.INSTANCE_COLUMNS`, by row and start."""
    dropped: Mapping[str, int]
    """Instances that were left out, by reason; reasons that did not occur are not there."""


def instances_in_windows(
    instances: pd.DataFrame, windows: pd.DataFrame, *, codes: Codes | None = None, margin_bp: int = 0
) -> InstancesInWindows:
    """Place motif instances of a genome in windows, for :func:`cisgram.interpret.experiments.ablation.ablate_pairs`.

    Windows may overlap, but each instance is taken once, so that no pair counts twice: of the windows that hold it
    wholly, it belongs to the one that holds most instances (of equal ones, the first). Neighbours therefore stay
    together where one window holds them all.

    Parameters
    ----------
    instances
        ``chrom start end pattern`` (other columns do not matter), 0-based half-open, such as those in
        ``grammar/instances.tsv.gz`` of a run. The pattern is the motif's name. Strands do not matter: deletion writes
        over both.
    windows
        ``chrom start end`` of the sequences that the model reads; row k is sequence k.
    codes
        These sequences, ``batch length``: instances that hold N are left out. Not looked at, if not given.
    margin_bp
        An instance belongs to a window only if its centre lies this far from both ends, or further: for scores at the
        place of the instance, the part at either end for which there is no profile.

    Returns
    -------
    InstancesInWindows
        Of instances of one motif that overlap (a palindrome on both strands, say), the first in the table stays.

    Raises
    ------
    InputError
        Where a column is missing, an instance has no length, or ``codes`` are not those of the windows.
    EmptySetError
        Where no instance is left; it says why.

    Examples
    --------
    >>> windows = pd.DataFrame({"chrom": ["I", "I"], "start": [0, 40], "end": [100, 140]})
    >>> sites = pd.DataFrame({"chrom": "I", "start": [50, 62, 110, 400], "end": [58, 70, 118, 408], "pattern": "Reb1"})
    >>> found = instances_in_windows(sites, windows)
    >>> found.table.to_numpy().tolist(), found.dropped
    ([[1, 10, 18, 'Reb1'], [1, 22, 30, 'Reb1'], [1, 70, 78, 'Reb1']], {'outside all windows': 1})
    """
    _check(instances, windows, codes)
    held = _held(instances, windows)
    n = len(instances)
    is_somewhere = np.isin(np.arange(n), held.instance)
    starts, ends = (windows[name].to_numpy(dtype=np.int64)[held.window] for name in ("start", "end"))
    first, last = (instances[name].to_numpy(dtype=np.int64)[held.instance] for name in ("start", "end"))
    centre = first + (last - first) // 2
    is_inner = (centre >= starts + margin_bp) & (centre < ends - margin_bp)
    held = _Held(held.instance[is_inner], held.window[is_inner])
    row = _fullest(held, n, len(windows))
    dropped = {OUTSIDE: int((~is_somewhere).sum()), NEAR_ENDS: int((is_somewhere & (row < 0)).sum())}
    kept = np.flatnonzero(row >= 0)
    offset = windows["start"].to_numpy(dtype=np.int64)[row[kept]]
    table = pd.DataFrame(
        {
            "row": row[kept],
            "start": instances["start"].to_numpy(dtype=np.int64)[kept] - offset,
            "end": instances["end"].to_numpy(dtype=np.int64)[kept] - offset,
            "name": instances["pattern"].astype(str).to_numpy()[kept],
        }
    )
    if codes is not None:
        is_known = np.array(
            [not (codes[r, s:e] == N).any() for r, s, e, _ in table.itertuples(index=False)], dtype=bool
        )
        dropped[UNKNOWN] = int((~is_known).sum())
        table = table[is_known]
    is_distinct = _distinct(table)
    dropped[SAME_MOTIF] = int((~is_distinct).sum())
    table = table[is_distinct].sort_values(["row", "start", "end", "name"], kind="stable", ignore_index=True)
    dropped = {why: number for why, number in dropped.items() if number}
    if table.empty:
        raise EmptySetError("motif instances in windows", dropped=dropped, hint="are they of the same assembly?")
    return InstancesInWindows(table[list(INSTANCE_COLUMNS)], dropped)


class _Held(NamedTuple):
    """Which window holds which instance: one row per combination."""

    instance: np.ndarray
    window: np.ndarray


def _check(instances: pd.DataFrame, windows: pd.DataFrame, codes: Codes | None) -> None:
    for what, table, wanted in (
        ("instances", instances, ("chrom", "start", "end", "pattern")),
        ("windows", windows, ("chrom", "start", "end")),
    ):
        if missing := [name for name in wanted if name not in table]:
            raise InputError(f"{what} need the columns {', '.join(wanted)}; {', '.join(missing)} is missing")
    lengths = (instances["end"] - instances["start"]).to_numpy()
    if (lengths < 1).any():
        wrong = instances.iloc[int(np.argmax(lengths < 1))]
        raise InputError(
            f"instances must end after they start; got {wrong['chrom']}:{wrong['start']}-{wrong['end']} of "
            f"{wrong['pattern']} (0-based half-open)"
        )
    if codes is not None:
        lengths = (windows["end"] - windows["start"]).to_numpy()
        if len(codes) != len(windows) or (lengths != codes.shape[-1]).any():
            raise InputError(
                f"codes must be the sequences of the windows; got {len(codes)} of {codes.shape[-1]} bp for "
                f"{len(windows)} windows"
            )


def _held(instances: pd.DataFrame, windows: pd.DataFrame) -> _Held:
    """All windows that hold an instance wholly."""
    chroms, own_chroms = instances["chrom"].astype(str).to_numpy(), windows["chrom"].astype(str).to_numpy()
    start, end = (instances[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
    left, right = (windows[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
    parts = [(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))]
    for chrom in np.unique(own_chroms):
        own = np.flatnonzero(chroms == chrom)
        rows = np.flatnonzero(own_chroms == chrom)
        rows = rows[np.argsort(left[rows], kind="stable")]
        longest = int((right - left)[rows].max())
        # candidates begin at or before the instance, and not so early that even the longest would have ended
        low = np.searchsorted(left[rows], end[own] - longest, side="left")
        n = np.maximum(np.searchsorted(left[rows], start[own], side="right") - low, 0)
        instance = np.repeat(own, n)
        within = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
        window = rows[np.repeat(low, n) + within]
        is_inside = end[instance] <= right[window]
        parts.append((instance[is_inside], window[is_inside]))
    return _Held(*(np.concatenate(one) for one in zip(*parts, strict=True)))


def _fullest(held: _Held, n_instances: int, n_windows: int) -> np.ndarray:
    """Row of the fullest window that holds each instance; -1 where none does."""
    order = np.argsort(-np.bincount(held.window, minlength=n_windows), kind="stable")
    rank = np.empty(n_windows, dtype=np.int64)
    rank[order] = np.arange(n_windows)
    best = np.full(n_instances, n_windows, dtype=np.int64)
    np.minimum.at(best, held.instance, rank[held.window])
    return np.append(order, -1)[best]


def _distinct(table: pd.DataFrame) -> np.ndarray:
    """Whether each row overlaps none of its motif and window that stays and stands above it."""
    stays = np.ones(len(table), dtype=bool)
    taken: dict[tuple[int, str], list[tuple[int, int]]] = {}
    for number, (row, start, end, name) in enumerate(table.itertuples(index=False)):
        others = taken.setdefault((row, name), [])
        stays[number] = not any(start < last and first < end for first, last in others)
        if stays[number]:
            others.append((start, end))
    return stays
