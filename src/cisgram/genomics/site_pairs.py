"""Pairs of sites: two intervals each, such as the anchors of a loop; the left one first.

A pair table is a data frame with the columns :data:`PAIR_COLUMNS` and, where they are known, ``name``, ``score``,
``strand1`` and ``strand2`` (``+ - .``). Coordinates are 0-based, half-open, in bp.
"""

import numpy as np
import pandas as pd

from cisgram.errors import InputError
from cisgram.genomics.interval import interval_table, midpoints

PAIR_COLUMNS = ("chrom1", "start1", "end1", "chrom2", "start2", "end2")
"""Columns of a pair table."""


def pair_table(table: pd.DataFrame) -> pd.DataFrame:
    """Make a pair table: with the declared types, and in each pair of one contig the site with the lesser middle first.

    Parameters
    ----------
    table
        A data frame with :data:`PAIR_COLUMNS` at least; other columns are kept.

    Raises
    ------
    InputError
        Where columns are missing, or a site does not hold ``0 <= start < end``.

    Examples
    --------
    >>> pairs = pd.DataFrame([("I", 50, 60, "I", 0, 10)], columns=list(PAIR_COLUMNS))
    >>> pair_table(pairs).to_numpy().tolist()
    [['I', 0, 10, 'I', 50, 60]]
    """
    if missing := [name for name in PAIR_COLUMNS if name not in table]:
        raise InputError(f"a table of pairs needs {', '.join(PAIR_COLUMNS)}; it lacks {', '.join(missing)}")
    pairs = table.reset_index(drop=True)
    for n in (1, 2):
        own = [f"{name}{n}" for name in ("chrom", "start", "end")]
        pairs[own] = interval_table(*(pairs[name] for name in own)).to_numpy()
        pairs = pairs.astype({own[0]: str, own[1]: np.int64, own[2]: np.int64})
    middles = [pairs[f"start{n}"] + pairs[f"end{n}"] for n in (1, 2)]
    is_turned = (pairs["chrom1"] == pairs["chrom2"]) & (middles[0] > middles[1])
    if is_turned.any():
        names = [name for name in ("chrom", "start", "end", "strand") if f"{name}1" in pairs and f"{name}2" in pairs]
        first, second = [f"{name}1" for name in names], [f"{name}2" for name in names]
        pairs.loc[is_turned, first + second] = pairs.loc[is_turned, second + first].to_numpy()
    return pairs


def is_pair_table(table: pd.DataFrame) -> bool:
    """Whether a table holds pairs of sites, and not single ones."""
    return set(PAIR_COLUMNS) <= set(table)


def anchors_of(pairs: pd.DataFrame, number: int) -> pd.DataFrame:
    """The first (1) or second (2) sites of pairs as an interval table, in the same order."""
    return pd.DataFrame({name: pairs[f"{name}{number}"].to_numpy() for name in ("chrom", "start", "end")})


def pair_distances(pairs: pd.DataFrame) -> pd.Series:
    """Distance between the middles of the two sites in bp; NaN where they lie on different contigs."""
    apart = (midpoints(anchors_of(pairs, 2)) - midpoints(anchors_of(pairs, 1))).abs().astype(np.float64)
    return apart.where((pairs["chrom1"] == pairs["chrom2"]).to_numpy())


def all_pairs(sites: pd.DataFrame, *, min_distance_bp: int = 0, max_distance_bp: int | None = None) -> pd.DataFrame:
    """Pair every site with every other of its contig within a range of distances.

    Parameters
    ----------
    sites
        Interval table, with ``strand`` and ``name`` where known.
    min_distance_bp, max_distance_bp
        Shortest and longest distance between the middles of two sites, both included; without the second, pairs of
        ``n`` sites are about ``n * n / 2``.

    Returns
    -------
    pandas.DataFrame
        Pair table, by contig and position, with ``strand1``, ``strand2``, ``name1`` and ``name2`` where sites have
        them.

    Examples
    --------
    >>> sites = interval_table(["I"] * 3, [0, 100, 300], [10, 110, 310])
    >>> all_pairs(sites, max_distance_bp=200)[["start1", "start2"]].to_numpy().tolist()
    [[0, 100], [100, 300]]
    """
    if min_distance_bp < 0 or (max_distance_bp is not None and max_distance_bp < min_distance_bp):
        raise InputError(f"distances must be 0 <= shortest <= longest; got {min_distance_bp} and {max_distance_bp}")
    names = [name for name in ("chrom", "start", "end", "strand", "name") if name in sites]
    ordered = sites[names].assign(_middle=midpoints(sites)).sort_values(["chrom", "_middle"], kind="stable")
    lefts, rights = [], []
    for rows in ordered.reset_index(drop=True).groupby("chrom", sort=False).indices.values():
        middle = ordered["_middle"].to_numpy()[rows]
        longest = np.inf if max_distance_bp is None else max_distance_bp
        first = np.maximum(np.searchsorted(middle, middle + min_distance_bp), np.arange(len(rows)) + 1)
        last = np.maximum(np.searchsorted(middle, middle + longest, side="right"), first)
        many = last - first
        left = np.repeat(np.arange(len(rows)), many)
        right = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many) + np.repeat(first, many)
        lefts.append(rows[left])
        rights.append(rows[right])
    empty = [np.zeros(0, np.int64)]
    one, two = (ordered[names].iloc[np.concatenate(empty + parts)].reset_index(drop=True) for parts in (lefts, rights))
    one.columns, two.columns = [f"{name}1" for name in names], [f"{name}2" for name in names]
    return pd.concat([one, two], axis=1)
