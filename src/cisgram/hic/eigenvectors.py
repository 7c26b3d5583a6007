"""Eigenvectors of a dense contact map over what distance, or the genome's average, lets one expect."""

from typing import NamedTuple

import numpy as np
from scipy.sparse.linalg import eigsh
from scipy.stats import spearmanr
from threadpoolctl import threadpool_limits

from cisgram.arrays import Eigenvectors, PerBin, PerVector, SquareContacts
from cisgram.genomics.contact_matrix import observed_over_expected


class Eigen(NamedTuple):
    """The leading eigenvectors of a map, by absolute eigenvalue."""

    values: PerVector
    """Eigenvalues; NaN where there are not enough bins."""
    vectors: Eigenvectors
    """Each of length ``sqrt(abs(value))``; NaN where a bin is masked."""


def cis_eigenvectors(
    balanced: SquareContacts, *, n_vectors: int = 3, ignore_diagonals: int = 2, clip_percentile: float = 99.9
) -> Eigen:
    """Eigenvectors of observed over expected minus 1, of one contig.

    Parameters
    ----------
    balanced
        Balanced contacts; NaN in masked bins.
    n_vectors
        How many.
    ignore_diagonals
        Diagonals nearer than this are taken to be as expected.
    clip_percentile
        Ratios above this percentile are lowered to it; 0 or 100 leaves them.

    Returns
    -------
    Eigen
        The sign is such that the entry of greatest size is positive.

    References
    ----------
    Imakaev et al. 2012, Nat Methods 9:999; values are those of ``cooltools.eigs_cis``, sign aside.
    """
    matrix = np.where(np.isfinite(balanced), balanced, 0.0)
    is_good = matrix.sum(axis=0) > 0
    n_bins = matrix.shape[0]
    if min(n_bins, int(is_good.sum())) <= ignore_diagonals + 3:
        return Eigen(np.full(n_vectors, np.nan), np.full((n_vectors, n_bins), np.nan))
    for distance in range(ignore_diagonals):
        where = np.arange(n_bins - distance)
        matrix[where, where + distance] = matrix[where + distance, where] = 1.0
    ratio = observed_over_expected(matrix, is_good)
    if 0 < clip_percentile < 100:
        ratio = np.clip(ratio, 0, np.percentile(ratio[np.ix_(is_good, is_good)], clip_percentile))
    ratio -= 1.0
    ratio[~is_good] = 0
    ratio[:, ~is_good] = 0
    return leading_eigenvectors(ratio, n_vectors)


def leading_eigenvectors(matrix: SquareContacts, n_vectors: int) -> Eigen:
    """The eigenvectors of greatest absolute eigenvalue, each scaled by the root of it.

    Parameters
    ----------
    matrix
        Symmetric; rows of zeros are left out and come back as NaN.
    n_vectors
        How many.

    Returns
    -------
    Eigen
        NaN for those that so few bins do not have. The same whatever the number of threads.
    """
    values = np.full(n_vectors, np.nan)
    vectors = np.full((n_vectors, matrix.shape[0]), np.nan)
    is_used = np.abs(matrix).sum(axis=0) != 0
    n_used = int(is_used.sum())
    n_found = min(n_vectors, n_used - 1)
    if n_found < 1:
        return Eigen(values, vectors)
    start = np.random.default_rng(0).normal(size=n_used)
    # Sums in another order on each number of threads would give other last digits.
    with threadpool_limits(limits=1):
        found, columns = eigsh(matrix[np.ix_(is_used, is_used)], n_found, v0=start)
    order = np.argsort(-np.abs(found))
    for rank, column in enumerate(order):
        vector = columns[:, column]
        vector = vector * np.sign(vector[np.argmax(np.abs(vector))])
        values[rank] = found[column]
        vectors[rank, is_used] = vector / np.linalg.norm(vector) * np.sqrt(abs(found[column]))
    return Eigen(values, vectors)


def phased(eigen: Eigen, track: PerBin, *, is_sorted: bool = False) -> Eigen:
    """Turn eigenvectors so that each rises with a track (Spearman), such as GC content.

    Parameters
    ----------
    eigen
        Eigenvectors.
    track
        One number per bin; NaN where not known.
    is_sorted
        Whether to put first the vector that goes with the track most, whatever its eigenvalue.

    Returns
    -------
    Eigen
        A vector for which no correlation can be told keeps its sign.
    """
    correlation = np.zeros(len(eigen.values))
    for number, vector in enumerate(eigen.vectors):
        both = np.isfinite(vector) & np.isfinite(track)
        if both.sum() > 2 and np.ptp(vector[both]) > 0 and np.ptp(track[both]) > 0:
            correlation[number] = np.asarray(spearmanr(track[both], vector[both]))[0]
    sign = np.where(correlation < 0, -1.0, 1.0)
    order = np.argsort(-np.abs(correlation), kind="stable") if is_sorted else np.arange(len(sign))
    return Eigen(eigen.values[order], (eigen.vectors * sign[:, None])[order])
