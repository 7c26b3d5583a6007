"""How much G and C, and how much N, every window holds."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit

from cisgram.arrays import Totals
from cisgram.errors import InputError
from cisgram.genomics.genome import Genome


class BaseComposition(NamedTuple):
    """Composition of windows, one number per row."""

    gc_fraction: Totals
    """Share of G and C among the known bases; NaN where none is known."""
    unknown_fraction: Totals
    """Share of bases that are N or lie beyond the contig."""


def base_composition(genome: Genome, windows: pd.DataFrame) -> BaseComposition:
    """Count bases in windows of equal length.

    One pass over each contig, which adds the bases that enter and takes away those that leave, so the time grows
    with the stretch covered and not with the overlap of the windows; memory stays at one contig's view.

    Parameters
    ----------
    genome
        The genome.
    windows
        Interval table in any order, all of one length; intervals may reach beyond an end of their contig.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> genome = Genome.from_codes({"I": encode("GGCATNNN")})
    >>> base_composition(genome, pd.DataFrame({"chrom": ["I", "I"], "start": [0, 2], "end": [4, 6]}))
    BaseComposition(gc_fraction=array([0.75      , 0.33333333]), unknown_fraction=array([0.  , 0.25]))
    """
    n_gc, n_known = np.zeros(len(windows), np.int64), np.zeros(len(windows), np.int64)
    if windows.empty:
        return BaseComposition(n_gc.astype(np.float64), n_known.astype(np.float64))
    length = _common_length(windows)
    start = windows["start"].to_numpy(dtype=np.int64)
    for chrom, rows in windows.reset_index(drop=True).groupby("chrom").indices.items():
        codes = np.asarray(genome.codes(str(chrom), 0, genome.sizes[str(chrom)]))
        ordered = rows[np.argsort(start[rows], kind="stable")]
        n_gc[ordered], n_known[ordered] = _slide(codes, start[ordered], length)
    gc = np.divide(n_gc, n_known, out=np.full(len(windows), np.nan), where=n_known > 0)
    return BaseComposition(gc, 1 - n_known / length)


def _common_length(windows: pd.DataFrame) -> int:
    """The one length of all windows."""
    lengths = (windows["end"] - windows["start"]).unique()
    if len(lengths) != 1:
        raise InputError(f"windows must all have one length; got lengths from {min(lengths)} to {max(lengths)} bp")
    return int(lengths[0])


@njit(cache=True)
def _slide(codes, starts, length):
    """Number of G and C, and of known bases, in windows sorted by start."""
    n_gc = np.zeros(starts.size, np.int64)
    n_known = np.zeros(starts.size, np.int64)
    begin, end, gc, known = 0, 0, 0, 0
    for i in range(starts.size):
        new_begin = min(max(starts[i], 0), codes.size)
        new_end = min(max(starts[i] + length, 0), codes.size)
        if new_begin >= end:  # no overlap with the window before
            begin, end, gc, known = new_begin, new_begin, 0, 0
        while begin < new_begin:
            gc -= codes[begin] == 1 or codes[begin] == 2
            known -= codes[begin] < 4
            begin += 1
        while end < new_end:
            gc += codes[end] == 1 or codes[end] == 2
            known += codes[end] < 4
            end += 1
        n_gc[i], n_known[i] = gc, known
    return n_gc, n_known
