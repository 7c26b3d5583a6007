"""Peaks without a peak caller: local maxima of the counts, as for transcription start sites."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
from numba import njit

from cisgram.arrays import ContigCounts
from cisgram.errors import ConfigError, EmptySetError
from cisgram.genomics.interval import interval_table

Candidates = Literal["bases", "spans"]


def windows_from_local_maxima(
    counts_by_contig: Mapping[str, ContigCounts],
    *,
    span_bp: int,
    min_counts: float,
    min_distance_bp: int,
    candidates: Candidates = "bases",
) -> pd.DataFrame:
    """Find the positions around which most counts lie.

    Every base with a count is a candidate (or every base at all); its total is what lies within ``span_bp`` around
    it, strands added up. Candidates with a total of at least ``min_counts`` are taken from the highest total down
    (of equal totals, the higher count of the base itself first, then the leftmost); one that lies closer than
    ``min_distance_bp`` to a base already taken is left out.

    Parameters
    ----------
    counts_by_contig
        Counts of whole contigs (``length`` or ``strand length``), replicates pooled; read one contig at a time.
    span_bp
        How many bases are added up; of an even number, the base is the first of the right half.
    min_counts
        Smallest total of a maximum; above 0.
    min_distance_bp
        Smallest distance between two maxima; at least 1.
    candidates
        ``bases``: only bases with a count, so that a window is centred on reads. ``spans``: every base; where the
        counts lie close together, many spans hold all of them, and the leftmost is taken.

    Returns
    -------
    pandas.DataFrame
        Interval table sorted by contig (in the order given) and position: the span, clipped to the contig, its
        ``summit`` (the maximum), ``score`` (the total), ``name`` and ``strand`` (``.``). Hand it to
        :func:`cisgram.data.windows.propose_windows` with ``center="summit"``.

    Raises
    ------
    EmptySetError
        If no base reaches ``min_counts``.

    Examples
    --------
    >>> counts = np.zeros(1000)
    >>> counts[[200, 201, 230, 700]] = [30, 60, 20, 45]
    >>> found = windows_from_local_maxima({"I": counts}, span_bp=100, min_counts=40.0, min_distance_bp=100)
    >>> found[["start", "end", "summit", "score"]].to_numpy().tolist()
    [[151.0, 251.0, 201.0, 110.0], [650.0, 750.0, 700.0, 45.0]]
    """
    if span_bp < 1 or min_distance_bp < 1 or min_counts <= 0:
        raise ConfigError(
            "span_bp and min_distance_bp must be at least 1 and min_counts above 0; "
            f"got {span_bp}, {min_distance_bp} and {min_counts}"
        )
    tables, most = [], 0.0
    for chrom, contig in counts_by_contig.items():
        along = (contig.sum(axis=0) if contig.ndim > 1 else contig).astype(np.float64)
        at, total = _totals(along, span_bp, only_counted=candidates == "bases")
        most = max(most, float(total.max(initial=0)))
        enough = total >= min_counts
        at, total = at[enough], total[enough]
        own = along[at] if candidates == "bases" else np.zeros(at.size)
        taken = _apart(at, np.lexsort((at, -own, -total)), min_distance_bp)
        tables.append(_spans(chrom, at[taken], total[taken], span_bp=span_bp, size=along.size))
    found = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    if found.empty:
        raise EmptySetError(
            "local maxima",
            dropped={f"contigs without {min_counts:g} counts in {span_bp} bp": len(tables)},
            hint=f"the highest total is {most:g}: lower min_counts or widen span_bp",
        )
    return found.assign(name=[f"maximum_{i}" for i in range(1, len(found) + 1)])


def _totals(along: np.ndarray, span_bp: int, *, only_counted: bool) -> tuple[np.ndarray, np.ndarray]:
    """Candidates, and the sum of what lies in the span around each."""
    at = np.flatnonzero(along > 0) if only_counted else np.arange(along.size)
    running = np.concatenate([[0.0], np.cumsum(along)])
    first = np.maximum(at - span_bp // 2, 0)
    last = np.minimum(at - span_bp // 2 + span_bp, along.size)
    return at, running[last] - running[first]


def _spans(chrom: str, at: np.ndarray, total: np.ndarray, *, span_bp: int, size: int) -> pd.DataFrame:
    """The maxima of one contig as peaks."""
    start = at - span_bp // 2
    end = np.minimum(start + span_bp, size)
    return interval_table([chrom] * at.size, np.maximum(start, 0), end, name="", score=total, strand=".", summit=at)


@njit(cache=True)
def _apart(at, order, min_distance):
    """Which of the sorted positions are taken if none may lie closer than ``min_distance`` to an earlier choice."""
    taken = np.zeros(at.size, np.bool_)
    free = np.ones(at.size, np.bool_)
    for i in order:
        if not free[i]:
            continue
        taken[i] = True
        j = i
        while j >= 0 and at[i] - at[j] < min_distance:
            free[j] = False
            j -= 1
        j = i
        while j < at.size and at[j] - at[i] < min_distance:
            free[j] = False
            j += 1
    return taken
