"""Hits in other windows than those in which they were found, such as those of reads, or of another track."""

import numpy as np
import pandas as pd

from cisgram.errors import EmptySetError, InputError


def placed_in(hits: pd.DataFrame, windows: pd.DataFrame) -> pd.DataFrame:
    """Give every hit the window in whose middle it lies most, of those that hold it wholly.

    Parameters
    ----------
    hits
        Interval table; of several tracks' models together, for instance. Take each site once
        (:func:`cisgram.motifs.grammar.distinct.distinct_hits`).
    windows
        Interval table of windows of one length; they may overlap.

    Returns
    -------
    pandas.DataFrame
        The hits that lie wholly inside a window, in their order, with its row as ``window``.

    Raises
    ------
    EmptySetError
        There are no windows.
    InputError
        Windows differ in length.

    Examples
    --------
    >>> windows = pd.DataFrame({"chrom": ["I", "I"], "start": [0, 40], "end": [100, 140]})
    >>> hits = pd.DataFrame({"chrom": ["I", "I", "II"], "start": [60, 75, 5], "end": [68, 83, 9]})
    >>> placed_in(hits, windows)[["start", "window"]].to_numpy().tolist()
    [[60, 0], [75, 1]]
    """
    if windows.empty:
        raise EmptySetError("windows to place hits in", dropped={})
    lengths = (windows["end"] - windows["start"]).to_numpy()
    if (lengths != lengths[0]).any():
        raise InputError(f"windows must be of one length; got {lengths.min()} to {lengths.max()} bp")
    window = np.full(len(hits), -1, dtype=np.int64)
    chroms = hits["chrom"].to_numpy()
    start, end = (hits[name].to_numpy(dtype=np.int64) for name in ("start", "end"))
    for chrom in pd.unique(windows["chrom"]):
        own, rows = np.flatnonzero(chroms == chrom), np.flatnonzero((windows["chrom"] == chrom).to_numpy())
        ordered = rows[np.argsort(windows["start"].to_numpy()[rows], kind="stable")]
        left = windows["start"].to_numpy(dtype=np.int64)[ordered]
        # Twice the distance between the two middles; windows of one length are sorted by middle as by start.
        wanted2 = start[own] + end[own] - lengths[0]
        after = np.clip(np.searchsorted(2 * left, wanted2), 1, len(left) - 1) if len(left) > 1 else np.zeros_like(own)
        before = np.maximum(after - 1, 0)
        is_before = np.abs(2 * left[before] - wanted2) <= np.abs(2 * left[after] - wanted2)
        nearest = np.where(is_before, before, after)
        is_inside = (start[own] >= left[nearest]) & (end[own] <= left[nearest] + lengths[0])
        window[own[is_inside]] = ordered[nearest[is_inside]]
    kept = window >= 0
    return hits.loc[kept].assign(window=window[kept]).reset_index(drop=True)
