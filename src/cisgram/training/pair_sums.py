"""Correlation from sums over pairs of numbers, which add up over blocks of the genome and so over resamples."""

import numpy as np

from cisgram.arrays import BlockSums, Correlations, PairSums
from cisgram.training.bootstrap import Resamples


def per_block(values: np.ndarray, resamples: Resamples) -> BlockSums:
    """Sums over the windows of every block.

    Parameters
    ----------
    values
        Windows on the first axis.
    resamples
        Says which block each window belongs to.
    """
    blocks = np.zeros((resamples.n_blocks, *values.shape[1:]))
    np.add.at(blocks, resamples.block_of, values)
    return blocks


def correlation(sums: PairSums) -> Correlations:
    """Pearson's r from n and the sums of x, y, xx, yy and xy, on the last axis.

    NaN for two pairs or fewer, and where a side does not vary.

    Examples
    --------
    >>> x, y = np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])
    >>> correlation(np.array([[3, x.sum(), y.sum(), x @ x, y @ y, x @ y]])).round(6).tolist()
    [1.0]
    """
    n, x, y, xx, yy, xy = np.moveaxis(np.asarray(sums, dtype=np.float64), -1, 0)
    over, spread_x, spread_y = n * xy - x * y, n * xx - x * x, n * yy - y * y
    varies = (spread_x > 1e-10 * n * xx) & (spread_y > 1e-10 * n * yy) & (n > 2)
    found = np.full(n.shape, np.nan)
    found[varies] = over[varies] / np.sqrt(spread_x[varies] * spread_y[varies])
    return np.clip(found, -1, 1)
