"""Q-values: which share of the tests that look at least as good as one are expected to be false."""

import numpy as np

from cisgram.arrays import PerTarget


def q_values(p_values: PerTarget) -> PerTarget:
    """Benjamini and Hochberg's q-values.

    Parameters
    ----------
    p_values
        Of all tests that were made; those that are NaN were not made and stay NaN.

    References
    ----------
    Benjamini and Hochberg (1995), Controlling the false discovery rate. Journal of the Royal Statistical Society B.

    Examples
    --------
    >>> q_values(np.array([0.02, 0.01, 0.9, 0.03])).round(3).tolist()
    [0.04, 0.04, 0.9, 0.04]
    """
    made = np.flatnonzero(~np.isnan(p_values))
    order = made[np.argsort(p_values[made])[::-1]]
    ranks = np.arange(len(order), 0, -1)
    found = np.full(len(p_values), np.nan)
    found[order] = np.minimum.accumulate(p_values[order] * len(order) / ranks)
    return np.minimum(found, 1.0)
