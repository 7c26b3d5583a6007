"""A/B compartments: the checkerboard of a contact map, by its eigenvectors within contigs."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import PerBin
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.contacts import ContactBins, ContactSource
from cisgram.genomics.genome import Genome
from cisgram.hic.eigenvectors import Eigen, cis_eigenvectors, phased

log = logging.getLogger(__name__)

SEGMENT_COLUMNS = ("chrom", "start", "end", "name", "score")
"""Columns of :func:`compartment_segments`: ``name`` is A or B, ``score`` the mean of the eigenvector."""


@dataclass(frozen=True)
class CompartmentConfig:
    """How compartments are found; the defaults are those of ``cooltools eigs-cis``."""

    n_vectors: int = 3
    """Eigenvectors per contig."""
    ignore_diagonals: int = 2
    """Diagonals nearer than this are taken to be as expected."""
    clip_percentile: float = 99.9
    """Ratios of observed to expected above this percentile are lowered to it: single bright pixels say little."""
    is_sorted: bool = False
    """Whether the eigenvector that goes with the phasing track most comes first, not the one of the greatest
    eigenvalue: in some contigs that one shows the two arms."""

    def __post_init__(self) -> None:
        if self.n_vectors < 1:
            raise ConfigError(f"n_vectors must be at least 1; got {self.n_vectors}")
        if not 0 <= self.clip_percentile <= 100:
            raise ConfigError(f"clip_percentile must lie between 0 and 100; got {self.clip_percentile}")


class Compartments(NamedTuple):
    """Eigenvectors of a map."""

    values: pd.DataFrame
    """One row per contig (``genome`` for eigenvectors of trans contacts): ``chrom``, ``eigval1``, ``eigval2``, ..."""
    vectors: pd.DataFrame
    """One row per bin: ``chrom``, ``start``, ``end``, ``E1``, ``E2``, ... and ``phase`` where there is a track."""


def compartments(
    source: ContactSource,
    config: CompartmentConfig | None = None,
    *,
    phase: PerBin | None = None,
    chroms: Sequence[str] | None = None,
) -> Compartments:
    """Find the eigenvectors of observed over expected contacts of every contig.

    Parameters
    ----------
    source
        A balanced map. One contig is in memory at a time, as a dense square: bins of 50 to 250 kb suit large genomes.
    config
        Settings.
    phase
        A number for every bin of the map, which eigenvectors are turned to rise with: see :func:`gc_of_bins`. Without
        it the sign says nothing, and A is not told from B.
    chroms
        Contigs; all if not given.

    Returns
    -------
    Compartments
        NaN in masked bins, and in contigs of too few bins.

    Raises
    ------
    InputError
        Where the map is not balanced or there is not one number of the track per bin.

    Notes
    -----
    Look at the eigenvectors: the first may show the arms of a contig or a translocation.

    References
    ----------
    Lieberman-Aiden et al. 2009, Science 326:289; Imakaev et al. 2012, Nat Methods 9:999.
    """
    config = CompartmentConfig() if config is None else config
    require_per_bin(phase, source.bins)
    values, vectors = [], []
    for chrom in source.bins.chroms if chroms is None else chroms:
        eigen = cis_eigenvectors(
            source.cis(chrom).dense(),
            n_vectors=config.n_vectors,
            ignore_diagonals=config.ignore_diagonals,
            clip_percentile=config.clip_percentile,
        )
        own = None if phase is None else phase[source.bins.slice_of(chrom)]
        eigen = eigen if own is None else phased(eigen, own, is_sorted=config.is_sorted)
        values.append({"chrom": chrom} | _named(eigen))
        vectors.append(vector_table(source.bins.table(chrom), eigen, own))
        log.debug("%s: first eigenvalue %.4g", chrom, eigen.values[0])
    return Compartments(pd.DataFrame(values), pd.concat(vectors, ignore_index=True))


def compartment_segments(
    vectors: pd.DataFrame, *, column: str = "E1", sizes: Mapping[str, int] | None = None
) -> pd.DataFrame:
    """Join bins of one sign into stretches: A where the eigenvector is above 0, B where it is below.

    Parameters
    ----------
    vectors
        From :func:`compartments`.
    column
        Which eigenvector.
    sizes
        Lengths of contigs that ends are held to, where the bins of the map reach beyond them.

    Returns
    -------
    pandas.DataFrame
        :data:`SEGMENT_COLUMNS`; masked bins belong to none and end a stretch.

    Examples
    --------
    >>> table = pd.DataFrame({"chrom": "I", "start": [0, 5, 10], "end": [5, 10, 15], "E1": [0.5, 1.5, -1.0]})
    >>> compartment_segments(table)["name"].tolist()
    ['A', 'B']
    """
    if column not in vectors:
        raise InputError(f"there is no eigenvector {column!r}; there are {list(vectors)[3:]}")
    known = vectors[vectors[column].notna() & (vectors[column] != 0)]
    is_a = (known[column] > 0).to_numpy()
    chrom, start, end = (known[name].to_numpy() for name in ("chrom", "start", "end"))
    is_new = np.ones(len(known), dtype=bool)
    is_new[1:] = (is_a[1:] != is_a[:-1]) | (chrom[1:] != chrom[:-1]) | (start[1:] != end[:-1])
    stretches = known.assign(name=np.where(is_a, "A", "B"), stretch=np.cumsum(is_new)).groupby("stretch")
    table = stretches.agg(chrom=("chrom", "first"), start=("start", "min"), end=("end", "max"), name=("name", "first"))
    table["score"] = stretches[column].mean()
    if sizes is not None:
        table["end"] = np.minimum(table["end"], table["chrom"].map(dict(sizes)).to_numpy())
    return table.reset_index(drop=True)[list(SEGMENT_COLUMNS)]


def gc_of_bins(genome: Genome, bins: ContactBins, to_genome: Mapping[str, str]) -> PerBin:
    """Share of G and C among the known bases of every bin.

    Parameters
    ----------
    genome
        The genome.
    bins
        Bins of the map.
    to_genome
        Name of each contig of the map in the genome; bins of contigs without one are NaN.

    Returns
    -------
    numpy.ndarray
        NaN where a bin has no known base.
    """
    parts = []
    for chrom in bins.chroms:
        share = np.full(bins.count(chrom), np.nan)
        name = to_genome.get(chrom)
        if name is not None:
            codes = genome.codes(name, 0, genome.sizes[name])
            begin = np.arange(0, min(codes.size, share.size * bins.bin_size), bins.bin_size)
            n_gc = np.add.reduceat(((codes == 1) | (codes == 2)).astype(np.int64), begin)
            n_known = np.add.reduceat((codes < 4).astype(np.int64), begin)
            np.divide(n_gc, n_known, out=share[: begin.size], where=n_known > 0)
        parts.append(share)
    return np.concatenate(parts)


def require_per_bin(track: PerBin | None, bins: ContactBins) -> None:
    """Refuse a track that has not one number per bin of a map.

    Raises
    ------
    InputError
        Then.
    """
    if track is not None and len(track) != bins.n_bins:
        raise InputError(f"the track must have one number per bin of the map ({bins.n_bins}); got {len(track)}")


def vector_table(bins: pd.DataFrame, eigen: Eigen, phase: PerBin | None) -> pd.DataFrame:
    """Eigenvectors as columns ``E1``, ``E2``, ... beside their bins, and the track that turned them as ``phase``."""
    columns = {f"E{number}": vector for number, vector in enumerate(eigen.vectors, start=1)}
    return bins.assign(**columns) if phase is None else bins.assign(**columns, phase=phase)


def _named(eigen: Eigen) -> dict[str, float]:
    return {f"eigval{number}": float(value) for number, value in enumerate(eigen.values, start=1)}
