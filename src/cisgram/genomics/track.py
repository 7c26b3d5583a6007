"""Signal along intervals: from shape and total to counts per base."""

import numpy as np
from jaxtyping import Float

from cisgram.arrays import LogCounts, Profiles


def expected_counts(profiles: Profiles, log_counts: LogCounts) -> Float[np.ndarray, "window track strand length"]:
    """Reads per base that profiles and totals stand for: ``profile * (exp(log_counts) - 1)``.

    Parameters
    ----------
    profiles
        One distribution over both strands where there is one group of log counts, else one per strand.
    log_counts
        ln(1 + total) per group; totals below 0 count as 0.

    Examples
    --------
    >>> profiles = np.full((1, 1, 2, 2), 0.25)
    >>> expected_counts(profiles, np.log1p(np.full((1, 1, 1), 8.0))).round(6).tolist()
    [[[[2.0, 2.0], [2.0, 2.0]]]]
    """
    return profiles * np.clip(np.expm1(log_counts), 0, None)[..., None]
