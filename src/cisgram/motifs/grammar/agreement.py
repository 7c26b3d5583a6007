"""Agreement of two tables of hits: of our two ways to find them, or of ours and another tool's."""

import numpy as np
import pandas as pd
from numba import njit

from cisgram.arrays import Mask
from cisgram.errors import InputError
from cisgram.genomics.interval import merge

AGREEMENT_COLUMNS = (
    "pattern",
    "n_first",
    "n_second",
    "n_first_shared",
    "n_second_shared",
    "share_of_first",
    "share_of_second",
    "bases_first",
    "bases_second",
    "bases_shared",
    "base_jaccard",
)
"""Columns of a table of agreement; see :func:`hit_agreement`."""
ALL = "all"
"""Name of the row that counts the hits of all patterns."""


def hit_agreement(first: pd.DataFrame, second: pd.DataFrame, *, min_shared: float = 0.5) -> pd.DataFrame:
    """Compare two tables of hits, pattern by pattern.

    Parameters
    ----------
    first, second
        Interval tables with the column ``pattern``; strands are not looked at, since two tools may read a palindrome
        on different ones. Take each site once (:func:`cisgram.motifs.grammar.distinct.distinct_hits`).
    min_shared
        Two hits of a pattern are the same where they share at least this part of the shorter one.

    Returns
    -------
    pandas.DataFrame
        Columns :data:`AGREEMENT_COLUMNS`, one row per pattern in either table, sorted, and last the row ``all``: hits
        (``n_first_shared`` of the first have a partner in the second) and bases that they cover
        (``base_jaccard`` is shared over covered by either). In the row ``all``, hits must still have the same pattern,
        while bases may be covered by any. A share of nothing is NaN.

    Examples
    --------
    >>> ours = pd.DataFrame({"chrom": ["I", "I"], "start": [10, 50], "end": [20, 60], "pattern": ["a", "a"]})
    >>> theirs = pd.DataFrame({"chrom": ["I"], "start": [12], "end": [22], "pattern": ["a"]})
    >>> agreement = hit_agreement(ours, theirs)
    >>> agreement.loc[0, ["n_first_shared", "share_of_first", "bases_shared"]].tolist()
    [1.0, 0.5, 8.0]
    """
    if not 0 < min_shared <= 1:
        raise InputError(f"min_shared is above 0 and at most 1; got {min_shared}")
    partners = _have_partner(first, second, min_shared), _have_partner(second, first, min_shared)
    rows = []
    for name in [*sorted({*first["pattern"], *second["pattern"]}), ALL]:
        chosen = [
            np.ones(len(table), dtype=bool) if name == ALL else (table["pattern"] == name).to_numpy(dtype=bool)
            for table in (first, second)
        ]
        n = [int(mask.sum()) for mask in chosen]
        shared = [int(partner[mask].sum()) for partner, mask in zip(partners, chosen, strict=True)]
        bases = _bases(first.loc[chosen[0]], second.loc[chosen[1]])
        shares = [part / whole if whole else np.nan for part, whole in zip(shared, n, strict=True)]
        either = bases[0] + bases[1] - bases[2]
        rows.append((name, *n, *shared, *shares, *bases, bases[2] / either if either else np.nan))
    return pd.DataFrame(rows, columns=list(AGREEMENT_COLUMNS))


def _bases(first: pd.DataFrame, second: pd.DataFrame) -> tuple[int, int, int]:
    """Bases covered by one, by the other, and by both: of two sets, the sum less the union."""
    columns = ["chrom", "start", "end"]
    sizes = []
    for table in (first, second, pd.concat([first[columns], second[columns]])):
        covered = merge(table[columns])
        sizes.append(int((covered["end"] - covered["start"]).sum()))
    return sizes[0], sizes[1], sizes[0] + sizes[1] - sizes[2]


def _have_partner(table: pd.DataFrame, others: pd.DataFrame, min_shared: float) -> Mask:
    """Which hits share enough with one of the same pattern in the other table."""
    found = np.zeros(len(table), dtype=bool)
    groups = others.groupby(["chrom", "pattern"], sort=False).indices
    for key, rows in table.groupby(["chrom", "pattern"], sort=False).indices.items():
        if key in groups:
            theirs = others.iloc[groups[key]].sort_values("start", kind="stable")
            start, end = (table[name].to_numpy(dtype=np.int64)[rows] for name in ("start", "end"))
            other_start, other_end = (theirs[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
            found[rows] = _shares(start, end, other_start, other_end, min_shared)
    return found


@njit(cache=True)
def _shares(start, end, other_start, other_end, min_shared):
    """Whether each interval shares enough with any of the others, which are sorted by start."""
    longest = (other_end - other_start).max()
    found = np.zeros(start.size, dtype=np.bool_)
    for i in range(start.size):
        j = np.searchsorted(other_start, start[i] - longest)
        while j < other_start.size and other_start[j] < end[i] and not found[i]:
            shared = min(end[i], other_end[j]) - max(start[i], other_start[j])
            found[i] = shared > 0 and shared >= min_shared * min(end[i] - start[i], other_end[j] - other_start[j])
            j += 1
    return found
