"""Peaks where a score stays at or above a threshold, from a stream of pieces in constant memory."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit

from cisgram.arrays import Values
from cisgram.errors import InputError
from cisgram.genomics.interval import interval_table

THRESHOLD_PEAK_COLUMNS = (
    "chrom",
    "start",
    "end",
    "name",
    "score",
    "strand",
    "signal",
    "p_value",
    "q_value",
    "summit",
    "mean",
    "max",
)
"""Columns of the table of peaks: those of narrowPeak, and mean and maximum over the bases of each peak."""

_OPEN, _START, _END, _SUM, _WAITING, _MAX, _BEST_FIRST, _BEST_LAST = range(8)


class ScoredPiece(NamedTuple):
    """A stretch of a contig with its scores."""

    chrom: str
    """Name of the contig."""
    start: int
    """0-based position of the first value."""
    score: Values
    """float32, ``length``: what is compared with the threshold; NaN is below any."""
    track: Values | None = None
    """float32, ``length``: what means, maxima and summits are taken from; None for the score itself."""


def call_by_threshold(
    pieces: Iterable[ScoredPiece],
    *,
    threshold: float,
    min_length_bp: int = 20,
    max_gap_bp: int = 0,
    name: str = "peak",
) -> pd.DataFrame:
    """Find stretches where a score is at least a threshold.

    Stretches up to ``max_gap_bp`` apart are one; what is shorter than ``min_length_bp`` after that is left out, as
    MACS3's ``bdgpeakcall`` does it. The result does not depend on how contigs are cut into pieces. Memory: one piece
    and the table.

    Parameters
    ----------
    pieces
        Contigs one after the other, each from left to right; where pieces do not touch, a peak ends.
    threshold
        Least score of a base in a peak.
    min_length_bp
        Least length of a peak.
    max_gap_bp
        Longest stretch below the threshold inside a peak.
    name
        What the names of the peaks begin with.

    Returns
    -------
    pandas.DataFrame
        With the columns ``THRESHOLD_PEAK_COLUMNS``: ``signal`` and ``max`` are the greatest value of the track,
        ``mean`` is over all bases of the peak, ``summit`` is the middle of the first stretch of greatest values
        (absolute), ``score`` is 1000 times the maximum over that of the highest peak, ``p_value`` and ``q_value``
        are -1 (none). Without rows where nothing reaches the threshold.

    Raises
    ------
    InputError
        A number makes no sense, or pieces overlap, go back, or return to a contig.

    Examples
    --------
    >>> score = np.array([0.1, 0.6, 0.9, 0.9, 0.4, 0.7, 0.1], dtype=np.float32)
    >>> peaks = call_by_threshold([ScoredPiece("I", 100, score)], threshold=0.5, min_length_bp=2, max_gap_bp=1)
    >>> peaks[["start", "end", "summit"]].to_numpy().tolist()
    [[101, 106, 102]]
    """
    caller = ThresholdCaller(threshold=threshold, min_length_bp=min_length_bp, max_gap_bp=max_gap_bp)
    for piece in pieces:
        caller.add(piece)
    return caller.peaks(name)


class ThresholdCaller:
    """Peaks as :func:`call_by_threshold` finds them, of pieces that are handed over one by one.

    For a stream that something else reads at the same time, such as an evaluation.

    Parameters
    ----------
    threshold
        Least score of a base in a peak.
    min_length_bp
        Least length of a peak.
    max_gap_bp
        Longest stretch below the threshold inside a peak.

    Raises
    ------
    InputError
        A number makes no sense.

    Examples
    --------
    >>> caller = ThresholdCaller(threshold=0.5, min_length_bp=2)
    >>> for start in (0, 3):
    ...     caller.add(ScoredPiece("I", start, np.array([0.1, 0.6, 0.9], dtype=np.float32)))
    >>> caller.peaks()[["start", "end"]].to_numpy().tolist()
    [[1, 3], [4, 6]]
    """

    def __init__(self, *, threshold: float, min_length_bp: int = 20, max_gap_bp: int = 0) -> None:
        if not np.isfinite(threshold) or min_length_bp < 1 or max_gap_bp < 0:
            raise InputError(
                "threshold must be a number, min_length_bp at least 1 and max_gap_bp at least 0; "
                f"got {threshold}, {min_length_bp} and {max_gap_bp}"
            )
        self._limits = float(np.float32(threshold)), min_length_bp, max_gap_bp
        self._state, self._current, self._following = np.zeros(8), "", 0
        self._seen: set[str] = set()
        self._chroms: list[str] = []
        self._rows: list[np.ndarray] = []

    def add(self, piece: ScoredPiece) -> None:
        """Take in the next piece.

        Raises
        ------
        InputError
            Pieces overlap, go back, or return to a contig.
        """
        track = piece.score if piece.track is None else piece.track
        if track.size != piece.score.size:
            raise InputError(f"score and track must be of equal length; got {piece.score.size} and {track.size}")
        if piece.chrom != self._current or piece.start != self._following:
            self._end_peak()
            _check_order(piece, self._current, self._following, self._seen)
            self._current = piece.chrom
        self._take(_scan(piece.score, track, piece.start, self._limits, self._state))
        self._following = piece.start + piece.score.size

    def peaks(self, name: str = "peak") -> pd.DataFrame:
        """Peaks so far, with the columns ``THRESHOLD_PEAK_COLUMNS``; one that is open ends here."""
        self._end_peak()
        return _table(self._chroms, np.concatenate([np.zeros((0, 5)), *self._rows]), name)

    def _end_peak(self) -> None:
        """Keep the open peak, if there is one and it is long enough."""
        self._take(_close(self._state, self._limits[1]))

    def _take(self, found: np.ndarray) -> None:
        self._chroms.extend([self._current] * len(found))
        self._rows.append(found)


def _check_order(piece: ScoredPiece, current: str, following: int, seen: set[str]) -> None:
    """Refuse pieces out of order; ``seen`` follows."""
    if piece.chrom == current and piece.start < following:
        raise InputError(f"pieces must go on: {piece.chrom} came up to {following}, then from {piece.start}")
    if piece.chrom != current and piece.chrom in seen:
        raise InputError(f"the pieces of a contig must stand together; {piece.chrom} came twice")
    seen.add(piece.chrom)


def _table(chroms: list[str], rows: np.ndarray, name: str) -> pd.DataFrame:
    """Rows of start, end, mean, max, summit as the table of peaks."""
    start, end, mean, highest, summit = rows.T
    greatest = max(float(highest.max(initial=0.0)), 1e-30)
    table = interval_table(
        chroms,
        start.astype(np.int64),
        end.astype(np.int64),
        name=[f"{name}_{number + 1}" for number in range(len(rows))],
        score=np.clip(np.round(1000 * highest / greatest), 0, 1000).astype(np.int64),
        strand=["."] * len(rows),
        signal=highest.round(6),
        p_value=np.full(len(rows), -1.0),
        q_value=np.full(len(rows), -1.0),
        summit=summit.astype(np.int64),
        mean=mean.round(6),
        max=highest.round(6),
    )
    return table[list(THRESHOLD_PEAK_COLUMNS)]


def _scan(score: np.ndarray, track: np.ndarray, start: int, limits: tuple, state: np.ndarray) -> np.ndarray:
    """Peaks that end inside a piece; ``state`` carries the open one."""
    found = np.empty((score.size // 2 + 2, 5))
    return found[: _follow(score, track, start, limits, state, found)]


def _close(state: np.ndarray, min_length_bp: int) -> np.ndarray:
    """The open peak, if there is one and it is long enough."""
    found = np.empty((1, 5))
    return found[: _finish(state, min_length_bp, found, 0)]


@njit(cache=True)
def _follow(score, track, start, limits, state, found):
    """Walk along a piece; returns how many peaks ended."""
    threshold, min_length_bp, max_gap_bp = limits
    n = 0
    for i in range(score.size):
        at, value = start + i, track[i] if track[i] == track[i] else 0.0
        if score[i] >= threshold:
            if not state[_OPEN]:
                state[:] = 0.0
                state[_OPEN], state[_START], state[_MAX] = 1.0, at, -np.inf
            state[_SUM] += state[_WAITING] + value
            state[_WAITING] = 0.0
            state[_END] = at + 1
            if value > state[_MAX]:
                state[_MAX], state[_BEST_FIRST], state[_BEST_LAST] = value, at, at
            elif value == state[_MAX] and state[_BEST_LAST] == at - 1:
                state[_BEST_LAST] = at
        elif state[_OPEN]:
            state[_WAITING] += value
            if at + 1 - state[_END] > max_gap_bp:
                n = _finish(state, min_length_bp, found, n)
    return n


@njit(cache=True)
def _finish(state, min_length_bp, found, n):
    """Write the open peak behind the others, if it is long enough; returns how many there are now."""
    length = state[_END] - state[_START]
    if state[_OPEN] and length >= min_length_bp:
        found[n, 0], found[n, 1], found[n, 2] = state[_START], state[_END], state[_SUM] / length
        found[n, 3] = state[_MAX]
        found[n, 4] = (state[_BEST_FIRST] + state[_BEST_LAST]) // 2
        n += 1
    state[_OPEN] = 0.0
    return n
