"""The coverage that a place would have by chance: that of the genome, or of its neighbourhood where that is higher."""

import numpy as np

from cisgram.arrays import ContigValues

NEIGHBOURHOOD_BP = 10_000


def local_rate(coverage: ContigValues, *, least: float, width_bp: int = NEIGHBOURHOOD_BP) -> ContigValues:
    """Mean coverage of a window centred on each base, at least that of the genome (MACS without a control).

    Parameters
    ----------
    coverage
        Coverage of one contig, ``length``.
    least
        Mean coverage of the genome.
    width_bp
        Width of the window; beyond the ends of the contig there is no coverage.

    Returns
    -------
    ContigValues
        float64, ``length``, rounded to four digits after the point, so that neighbours are often equal.

    Examples
    --------
    >>> local_rate(np.array([0.0, 4.0, 0.0, 0.0, 0.0]), least=0.5, width_bp=2).tolist()
    [0.5, 2.0, 2.0, 0.5, 0.5]
    """
    cumulative = np.concatenate([[0.0], np.cumsum(coverage, dtype=np.float64)])
    at = np.arange(coverage.size)
    left = np.maximum(at - width_bp // 2, 0)
    right = np.minimum(at - width_bp // 2 + width_bp, coverage.size)
    return np.maximum((cumulative[right] - cumulative[left]) / width_bp, least).round(4)
