"""Stretches around hits: values of windows, cut out around anchors and turned into their direction."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Num

from cisgram.arrays import Positions
from cisgram.errors import EmptySetError, InputError


class Stretches(NamedTuple):
    """Values around hits, each in the direction of its motif."""

    values: Float[np.ndarray, "row *channel length"]
    """One row per hit that lies far enough inside its window; channels as given, strands turned with the hit."""
    offset_bp: Positions
    """Distance from the middle base of the hit (of an even width: the left one of the two in its own direction)."""
    rows: Positions
    """Row of every stretch in the table of hits."""
    n_left_out: int
    """Hits that lie too near to an end of their window."""


def stretches_around(
    hits: pd.DataFrame,
    values: Num[np.ndarray, "window *channel length"],
    windows: pd.DataFrame,
    *,
    reach_bp: int,
    is_stranded: bool = False,
) -> Stretches:
    """Cut out the values around hits.

    Parameters
    ----------
    hits
        ``start, end, strand, window``.
    values
        ``window length``, or with channels between these two.
    windows
        Interval table of the windows that the values are of, one row each and as long as they are; they may be
        shorter than the windows in which hits were found, with the same rows.
    reach_bp
        Bases on either side of a hit's middle.
    is_stranded
        Whether the last channel axis is the two strands, which change places for a hit on the reverse strand.

    Raises
    ------
    InputError
        Values and windows do not fit, or there are no two strands to turn.
    EmptySetError
        No hit lies far enough inside.

    Examples
    --------
    >>> windows = pd.DataFrame({"chrom": ["I"], "start": [100], "end": [107]})
    >>> hits = pd.DataFrame({"start": [102], "end": [104], "strand": ["-"], "window": [0]})
    >>> stretches_around(hits, np.arange(7.0)[None], windows, reach_bp=1).values.tolist()
    [[4.0, 3.0, 2.0]]
    """
    length = values.shape[-1]
    if len(values) != len(windows) or ((windows["end"] - windows["start"]) != length).any():
        raise InputError(
            f"values need one row per window and one number per base; got {values.shape} for {len(windows)}"
        )
    if is_stranded and (values.ndim < 3 or values.shape[-2] != 2):
        raise InputError(f"stranded values need two strands before the length; got the shape {values.shape}")
    window = hits["window"].to_numpy(dtype=np.int64)
    is_reverse = (hits["strand"] == "-").to_numpy(dtype=bool)
    last = (hits["start"] + hits["end"] - 1).to_numpy(dtype=np.int64)
    middle = (last + is_reverse) // 2 - windows["start"].to_numpy(dtype=np.int64)[window]
    rows = np.flatnonzero((middle >= reach_bp) & (middle + reach_bp < length))
    if not rows.size:
        raise EmptySetError(
            f"hits with {reach_bp} bp on either side inside their window",
            dropped={"too near to an end": len(hits)},
            hint="give a shorter reach or longer windows",
        )
    offset = np.arange(-reach_bp, reach_bp + 1)
    turn = np.where(is_reverse[rows], -1, 1)
    at = middle[rows][:, None] + turn[:, None] * offset
    # Advanced indices around a slice put their own axes first: row length *channel.
    cut = np.moveaxis(values[window[rows][:, None], ..., at], 1, -1).astype(np.float64)
    if is_stranded:
        reverse = is_reverse[rows]
        cut[reverse] = cut[reverse][..., ::-1, :]
    return Stretches(cut, offset, rows, len(hits) - rows.size)
