"""Edits of sites in one sequence: taken out, turned round, left alone among shuffled bases; nothing knows a model."""

from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from cisgram.arrays import EditedSequence, Mask, Positions, SequenceCodes
from cisgram.errors import InputError
from cisgram.genomics.sequence import reverse_complement

SITE_COLUMNS = ("row", "start", "end", "strand", "name")
"""Row of the window, 0-based half-open place in it in bp, ``+``, ``-`` or ``.``, and a name for people."""

Orientation: TypeAlias = Literal["convergent", "divergent", "tandem", "unknown"]
"""How two sites stand to each other: ``+ -`` (pointing at each other), ``- +``, ``+ +`` or ``- -``; or no strand."""


def orientation_of(left: str, right: str) -> Orientation:
    """Name the orientation of two sites by their strands.

    Examples
    --------
    >>> orientation_of("+", "-"), orientation_of("-", "-"), orientation_of(".", "-")
    ('convergent', 'tandem', 'unknown')
    """
    if left not in ("+", "-") or right not in ("+", "-"):
        return "unknown"
    if left == right:
        return "tandem"
    return "convergent" if left == "+" else "divergent"


def check_sites(sites: pd.DataFrame, n_windows: int, length_bp: int) -> pd.DataFrame:
    """Sites with their declared columns, by row and place.

    Parameters
    ----------
    sites
        ``row``, ``start`` and ``end``; without ``strand`` and ``name`` they are ``.``.
    n_windows, length_bp
        Windows and their length.

    Raises
    ------
    InputError
        Where a column is missing or a site leaves its window; the first is named.
    """
    if missing := [name for name in SITE_COLUMNS[:3] if name not in sites]:
        raise InputError(f"sites need the columns row, start and end; {', '.join(missing)} is missing")
    table = pd.DataFrame({name: sites.get(name, ".") for name in SITE_COLUMNS})
    table = table.astype({"row": np.int64, "start": np.int64, "end": np.int64, "strand": str, "name": str})
    row, start, end = (table[name].to_numpy() for name in SITE_COLUMNS[:3])
    wrong = (row < 0) | (row >= n_windows) | (start < 0) | (start >= end) | (end > length_bp)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise InputError(
            f"sites must lie in one of {n_windows} windows of {length_bp} bp; {int(wrong.sum())} do not, the first is "
            f"number {first}: row {row[first]}, {start[first]} to {end[first]}"
        )
    return table.sort_values(["row", "start", "end"], kind="stable", ignore_index=True)


def covered(sites: pd.DataFrame, length_bp: int, *, flank_bp: int = 0) -> Mask:
    """Which bases of a window its sites cover, each widened by a flank on both sides.

    Examples
    --------
    >>> covered(pd.DataFrame({"start": [2], "end": [4]}), 6, flank_bp=1).tolist()
    [False, True, True, True, True, False]
    """
    is_covered = np.zeros(length_bp, dtype=bool)
    for start, end in zip(sites["start"].tolist(), sites["end"].tolist(), strict=True):
        is_covered[max(start - flank_bp, 0) : end + flank_bp] = True
    return is_covered


def refill(codes: SequenceCodes, is_refilled: Mask, fillings: EditedSequence) -> EditedSequence:
    """A sequence with other bases at some places: of every filling, those that stand there.

    Parameters
    ----------
    codes
        The sequence.
    is_refilled
        Which of its bases are replaced.
    fillings
        Whole sequences that the new bases come from, ``draw length``
        (:func:`cisgram.interpret.experiments.deletion.fillings_of`).

    Examples
    --------
    >>> from cisgram.genomics.sequence import decode, encode
    >>> decode(refill(encode("AAAA"), np.array([False, True, True, False]), encode("CCGT")[None])[0])
    'ACGA'
    """
    return np.where(is_refilled, fillings, codes)


def invert(codes: SequenceCodes, start: int, end: int) -> SequenceCodes:
    """A sequence with one stretch turned round: its reverse complement stands in its place.

    Examples
    --------
    >>> from cisgram.genomics.sequence import decode, encode
    >>> decode(invert(encode("TTAACTT"), 2, 5))
    'TTGTTTT'
    """
    if not 0 <= start < end <= codes.size:
        raise InputError(f"a stretch to invert must lie in the sequence of {codes.size} bp; got {start} to {end}")
    turned = codes.copy()
    turned[start:end] = reverse_complement(codes[start:end])
    return turned


def free_places(sites: pd.DataFrame, length_bp: int, *, n: int, rng: np.random.Generator) -> Positions:
    """Starts of stretches by chance that touch no site of a window, as wide as the sites are in the median.

    Parameters
    ----------
    sites
        Of one window; at least one.
    length_bp
        Of the window.
    n
        How many; fewer come where fewer places are free.
    rng
        Where chance comes from.

    Examples
    --------
    >>> site = pd.DataFrame({"start": [2], "end": [4]})
    >>> free_places(site, 7, n=9, rng=np.random.default_rng(0)).tolist()
    [0, 4, 5]
    """
    width = int((sites["end"] - sites["start"]).median())
    blocked = np.concatenate([[0], np.cumsum(covered(sites, length_bp))])
    free = np.flatnonzero(blocked[width:] == blocked[: length_bp + 1 - width])
    return np.sort(rng.choice(free, size=min(n, free.size), replace=False)) if free.size else free
