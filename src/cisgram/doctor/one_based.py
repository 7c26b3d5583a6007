"""Whether intervals were written as first and last base counted from 1, where BED counts from 0."""

from collections.abc import Mapping

import pandas as pd

from cisgram.doctor.verdict import Verdict

_MIN_INTERVALS = 20
_ROUND_BP = 10
MOST = 0.9
"""Share of intervals that must show it; by chance a hundredth begins one after, and ends on, a multiple of ten."""


def check_one_based(table: pd.DataFrame, *, sizes: Mapping[str, int], subject: str) -> Verdict:
    """Look for what only intervals counted from 1 do.

    1. They end on round numbers and begin one after one: 201-400, where BED has 200-400.
    2. Neighbours that touch leave one base out between them: 1-200, 201-400.

    Parameters
    ----------
    table
        Interval table, in the order of the file.
    sizes
        Contig lengths in bp; an interval that begins at 1 and ends with its contig was a whole contig counted from 1.
    subject
        What the verdict calls the file.

    Examples
    --------
    >>> import numpy as np
    >>> starts = 200 * np.arange(30) + 1
    >>> table = pd.DataFrame({"chrom": "I", "start": starts, "end": starts + 199})
    >>> check_one_based(table, sizes={"I": 10_000}, subject="tiles.bed").level
    'warning'
    """
    n = len(table)
    if n < _MIN_INTERVALS:
        return Verdict("registration", subject, "skipped", f"{n} intervals are too few to tell how they are counted")
    start, end = table["start"].to_numpy(), table["end"].to_numpy()
    on_round = float(((start % _ROUND_BP == 1) & (end % _ROUND_BP == 0)).mean())
    ordered = table.sort_values(["chrom", "start"], kind="stable")
    gap = (ordered["start"].to_numpy()[1:] - ordered["end"].to_numpy()[:-1])[
        ordered["chrom"].to_numpy()[1:] == ordered["chrom"].to_numpy()[:-1]
    ]
    leaves_one = float((gap == 1).mean()) if gap.size else 0.0
    lengths = table["chrom"].map(dict(sizes)).to_numpy()
    n_whole = int(((start == 1) & (end == lengths)).sum())
    figures = {"n": n, "on_round": round(on_round, 3), "leaves_one": round(leaves_one, 3), "whole_contigs": n_whole}
    if max(on_round, leaves_one) <= MOST:
        text = f"nothing speaks for the {n:,} intervals being counted from 1"
        return Verdict("registration", subject, "ok", text, figures=figures)
    what = (
        f"{on_round:.0%} begin one base after a multiple of {_ROUND_BP} and end on one"
        if on_round > MOST
        else f"{leaves_one:.0%} of neighbours leave one base out between them"
    )
    remedy = "subtract 1 from the starts: BED counts from 0 and leaves the end out"
    text = f"of {n:,} intervals {what}: they look counted from 1"
    return Verdict("registration", subject, "warning", text, remedy, figures)
