"""Compartments from the contacts between contigs."""

import numpy as np
import pandas as pd

from cisgram.arrays import BinFlags, BinGroups, PerBin, SquareContacts
from cisgram.errors import EmptySetError, InputError
from cisgram.genomics.contacts import ContactSource
from cisgram.hic.compartments import CompartmentConfig, Compartments, require_per_bin, vector_table
from cisgram.hic.eigenvectors import leading_eigenvectors, phased

_TOP_PERCENTILE, _BOTTOM_PERCENTILE = 99.95, 1.0
_MAX_ROUNDS, _TOLERANCE = 1000, 1e-5


def trans_compartments(
    source: ContactSource, config: CompartmentConfig | None = None, *, phase: PerBin | None = None, seed: int = 0
) -> Compartments:
    """Find the eigenvectors of the contacts between contigs, of the whole genome at once.

    The brightest 0.05 % of pixels are lowered and the poorest 1 % of bins left out; contacts within contigs are
    replaced by contacts between contigs that are drawn from the same rows and columns; the matrix is balanced, drawn
    and balanced again, and divided by its mean (``cooltools.eigs_trans``, whose draws have no seed).

    Parameters
    ----------
    source
        A balanced map of two contigs or more. Memory: the dense square of the genome, about three times; bins of 100
        kb to 1 Mb suit large genomes.
    config
        How many eigenvectors and how they are ordered; the rest is not used.
    phase
        As for :func:`cisgram.hic.compartments.compartments`.
    seed
        Of the draws.

    Returns
    -------
    Compartments
        Values in one row, ``genome``.

    Raises
    ------
    InputError
        Where there is one contig only, no contact between contigs, or the map is not balanced.

    Notes
    -----
    With two contigs, an eigenvector and the one that is turned in one of the two have the same absolute eigenvalue, so
    that their signs do not hang together; three or more decide.

    References
    ----------
    Imakaev et al. 2012, Nat Methods 9:999.
    """
    config = CompartmentConfig() if config is None else config
    bins = source.bins
    require_per_bin(phase, bins)
    if len(bins.chroms) < 2:
        raise InputError("contacts between contigs need two contigs or more; this map has one")
    everything = slice(0, bins.n_bins)
    matrix = np.nan_to_num(source.block(everything, everything))
    contig = np.repeat(np.arange(len(bins.chroms)), [bins.count(chrom) for chrom in bins.chroms])
    is_cis = contig[:, None] == contig
    matrix[is_cis] = 0
    if not matrix.any():
        raise EmptySetError("contacts between contigs", dropped={"bins": bins.n_bins})
    is_good = _filter(matrix, is_cis)
    for round_seed in (seed, seed + 1):
        _draw_cis(matrix, contig, is_good, round_seed)
        matrix = _balanced(matrix)
    mean = matrix[np.ix_(is_good, is_good)].mean()
    matrix = (matrix - mean) / mean
    matrix[~is_good] = 0
    matrix[:, ~is_good] = 0
    eigen = leading_eigenvectors(matrix, config.n_vectors)
    eigen = eigen if phase is None else phased(eigen, phase, is_sorted=config.is_sorted)
    named = {f"eigval{number}": float(value) for number, value in enumerate(eigen.values, start=1)}
    return Compartments(pd.DataFrame([{"chrom": "genome"} | named]), vector_table(bins.table(), eigen, phase))


def _filter(matrix: SquareContacts, is_cis: np.ndarray) -> BinFlags:
    """Lower bright pixels and empty poor bins, in place; which bins are left."""
    is_good = matrix.sum(axis=0) > 0
    seen = ~is_cis & is_good & is_good[:, None]
    np.minimum(matrix, np.percentile(matrix[seen], _TOP_PERCENTILE), out=matrix)
    total = matrix.sum(axis=0)
    is_poor = (total > 0) & (total < np.percentile(total[total > 0], _BOTTOM_PERCENTILE))
    matrix[is_poor] = 0
    matrix[:, is_poor] = 0
    return matrix.sum(axis=0) > 0


def _draw_cis(matrix: SquareContacts, contig: BinGroups, is_good: BinFlags, seed: int) -> None:
    """Put into every pixel within a contig, in place, one of its row or its column that lies between contigs."""
    random = np.random.default_rng(seed)
    for number in np.unique(contig):
        own = np.flatnonzero((contig == number) & is_good)
        others = np.flatnonzero((contig != number) & is_good)
        if not others.size:
            continue
        drawn = random.choice(others, size=(own.size, own.size))
        from_row = matrix[own[:, None], drawn]
        from_column = matrix[drawn, own[None, :]]
        upper = np.triu(np.where(random.random(drawn.shape) < 0.5, from_row, from_column))
        matrix[np.ix_(own, own)] = upper + np.triu(upper, 1).T


def _balanced(matrix: SquareContacts) -> SquareContacts:
    """Balance until the variance of the row sums, which keep 0.8 of each step, is small."""
    bias = np.ones(len(matrix))
    for _ in range(_MAX_ROUNDS):
        total = (matrix @ (1 / bias)) / bias
        is_used = total != 0
        step = np.where(is_used, 1 + 0.8 * (total / total[is_used].mean() - 1), 1.0)
        bias = bias * step
        if np.var(step) < _TOLERANCE:
            break
    mean = bias[(matrix.sum(axis=1)) != 0].mean()
    return matrix / (bias[:, None] * bias) * mean**2
