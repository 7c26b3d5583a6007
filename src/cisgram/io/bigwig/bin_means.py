"""Mean signal of wide bins along a contig of a bigWig, a stretch at a time."""

import os

import numpy as np

from cisgram.arrays import ContigValues
from cisgram.genomics.interval import interval_table
from cisgram.io.bigwig.reading import read_bigwig_windows

_STRETCH_BP = 1 << 22


def read_bigwig_bin_means(path: str | os.PathLike[str], chrom: str, *, length: int, bin_size: int) -> ContigValues:
    """Mean of all bases of every whole bin of a contig; a base that the file does not cover counts as 0.

    Memory: 4 bytes per bin, and about 32 MB for the stretch at hand.

    Parameters
    ----------
    path
        The bigWig.
    chrom
        Name of the contig in the file.
    length
        Its length in bp.
    bin_size
        Width of a bin in bp.

    Returns
    -------
    ContigValues
        float32; what is left of the contig after the last whole bin is no bin.

    Raises
    ------
    ContigError, FormatError, InputError
        As in :func:`cisgram.io.bigwig.read_bigwig_windows`.
    """
    n_bins, at_once = length // bin_size, max(1, _STRETCH_BP // bin_size)
    means = np.zeros(n_bins, dtype=np.float32)
    for first in range(0, n_bins, at_once):
        n = min(at_once, n_bins - first)
        stretch = interval_table([chrom], [first * bin_size], [(first + n) * bin_size])
        values = read_bigwig_windows(path, stretch)
        means[first : first + n] = values.reshape(n, bin_size).mean(axis=1, dtype=np.float64)
    return means
