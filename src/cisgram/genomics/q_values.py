"""Q-values: which share of the tests that look at least as good as one are expected to be false."""

import numpy as np
from scipy.stats import false_discovery_control

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
    made = ~np.isnan(p_values)
    found = np.full(len(p_values), np.nan)
    if made.any():
        found[made] = false_discovery_control(p_values[made])
    return found
