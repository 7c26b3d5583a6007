"""Pairs of hits in one window: their distance, and how the two are turned to each other."""

from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Integer
from numba import njit

from cisgram.arrays import Mask, Matrix, Positions, Rows
from cisgram.genomics.pattern import Pattern

ORIENTATIONS = ("++", "+-", "-+", "--")
"""Strands of the two partners, first and second, in the direction of reading in which the first one comes first."""
ANY = "any"
"""All orientations together."""

_PALINDROME = 0.5
_OFFSETS = range(-2, 3)


class Sites(NamedTuple):
    """Hits of one pattern, sorted by window."""

    window: Rows
    """Number of the window."""
    center2: Positions
    """Start plus end minus 1, relative to the window's own: twice the centre, so that it is whole."""
    is_reverse: Mask
    """Whether it lies on the reverse strand."""
    width: int
    """Width of the pattern in bp."""


def sites_of(hits: pd.DataFrame, pattern: str, windows: pd.DataFrame) -> Sites:
    """Hits of one pattern with their centres relative to the middles of their windows.

    Parameters
    ----------
    hits
        ``start, end, strand, pattern, window``.
    pattern
        Its name.
    windows
        Interval table that ``window`` refers to.
    """
    own = hits.loc[(hits["pattern"] == pattern).to_numpy()].sort_values(["window", "start"], kind="stable")
    window = own["window"].to_numpy(dtype=np.int64)
    middle2 = (windows["start"] + windows["end"] - 1).to_numpy(dtype=np.int64)[window]
    start, end = own["start"].to_numpy(dtype=np.int64), own["end"].to_numpy(dtype=np.int64)
    width = int((end - start).max(initial=1))
    return Sites(window, start + end - 1 - middle2, (own["strand"] == "-").to_numpy(dtype=bool), width)


def orientation_names(*, is_same: bool, is_palindrome: tuple[bool, bool]) -> tuple[str, ...]:
    """Orientations that can be told apart, one for each entry of :data:`ORIENTATIONS`.

    Two hits of one pattern both facing the same way are ``++``, whichever comes first. A palindrome has no strand: its
    sign is ``.``.

    Examples
    --------
    >>> orientation_names(is_same=True, is_palindrome=(False, False))
    ('++', '+-', '-+', '++')
    >>> orientation_names(is_same=False, is_palindrome=(True, False))
    ('.+', '.-', '.+', '.-')
    """
    signs = (tuple("." if palindrome else one for one in "+-") for palindrome in is_palindrome)
    first, second = signs
    names = tuple(f"{a}{b}" for a in first for b in second)
    return (*names[:3], names[0]) if is_same else names


def palindromic_patterns(patterns: Collection[Pattern], *, trim_share: float = 0.3) -> frozenset[str]:
    """Names of the patterns that read the same on both strands.

    Those whose trimmed CWM has a continuous Jaccard similarity of at least 0.5 with its own reverse complement, which
    may lie up to 2 bp beside it where one end was trimmed more than the other.

    Parameters
    ----------
    patterns
        Patterns with names of their own.
    trim_share
        As in :class:`cisgram.motifs.grammar.instances.InstanceConfig`.
    """
    return frozenset(one.name for one in patterns if _self_similarity(one.trimmed(share=trim_share).cwm) >= _PALINDROME)


def _self_similarity(cwm: Matrix) -> float:
    """Best continuous Jaccard similarity of a CWM and its reverse complement."""
    padded = np.pad(cwm / np.abs(cwm).sum(), ((0, 0), (len(_OFFSETS) // 2,) * 2))
    turned = padded[::-1, ::-1]
    best = -1.0
    for offset in _OFFSETS:
        other = np.roll(turned, offset, axis=1)
        smaller, larger = np.minimum(np.abs(padded), np.abs(other)), np.maximum(np.abs(padded), np.abs(other))
        best = max(best, float((smaller * np.sign(padded * other)).sum() / larger.sum()))
    return best


def count_pairs(
    first: Sites, second: Sites, *, least2: int, most_bp: int, is_same: bool
) -> Integer[np.ndarray, "4 distance"]:
    """Count pairs by orientation and distance.

    Parameters
    ----------
    first, second
        Hits of two patterns, or of one and the same.
    least2
        Twice the least distance between centres that counts.
    most_bp
        The greatest distance that counts.
    is_same
        Whether the two are one pattern, whose hits make a pair with each other only once.

    Returns
    -------
    numpy.ndarray
        ``4 distance``, by :data:`ORIENTATIONS` and whole bp from 0 to ``most_bp``; half a bp, between patterns of an
        odd and of an even width, is rounded down.
    """
    counts = np.zeros((4, most_bp + 1), dtype=np.int64)
    _count(
        first.window,
        first.center2,
        first.is_reverse,
        second.window,
        second.center2,
        second.is_reverse,
        least2,
        is_same,
        counts,
    )
    return counts


@njit(cache=True)
def _count(window, center, is_reverse, other_window, other_center, other_is_reverse, least, is_same, counts):
    """Pairs of two lists that are sorted by window."""
    begin = 0
    for i in range(window.size):
        while begin < other_window.size and other_window[begin] < window[i]:
            begin += 1
        j = i + 1 if is_same else begin
        while j < other_window.size and other_window[j] == window[i]:
            step = other_center[j] - center[i]
            distance = abs(step)
            if distance >= least and distance // 2 < counts.shape[1]:
                a, b = is_reverse[i], other_is_reverse[j]
                if step < 0:  # read from the other side, so that the first partner comes first
                    a, b = not a, not b
                counts[2 * a + b, distance // 2] += 1
            j += 1
