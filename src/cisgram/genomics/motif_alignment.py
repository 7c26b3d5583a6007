"""Two motifs on top of each other: where they fit best, how well, and what they are on average."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from cisgram.arrays import SomeMatrix
from cisgram.errors import InputError
from cisgram.genomics.motif import Motif


class Alignment(NamedTuple):
    """The best placement of a target against a query."""

    offset: int
    """Column of the query under the first column of the target (as it is turned); negative if that comes before."""
    is_reversed: bool
    """Whether the target is turned to its reverse complement."""
    overlap: int
    """Number of columns that overlap."""
    correlation: float
    """Pearson correlation of the proportions in the columns that overlap; 0 where one motif is flat there."""
    similarity: float
    """The same over all columns; those that hang over count as flat in the other motif."""


def align(query: Motif, target: Motif, *, min_overlap: int = 4) -> Alignment:
    """Lay a motif on another, at every offset and in both orientations, and take the most similar placement.

    The similarity chooses, not the correlation: that of a few columns is often high by chance, while an informative
    column without a partner costs the similarity its share. Flanks without information cost nothing. The proportions
    of a column have the mean 0.25, so that both are cosines between the matrices minus 0.25.

    Parameters
    ----------
    query, target
        Motifs of any lengths.
    min_overlap
        Fewest columns that must overlap; all those of the shorter motif, where it has fewer.

    Returns
    -------
    Alignment
        Ties go to the forward orientation and the smallest offset.

    Raises
    ------
    InputError
        If ``min_overlap`` is below 1.

    Examples
    --------
    >>> motif = Motif.from_consensus("reb1", "TTACCCG")
    >>> found = align(motif, Motif.from_consensus("found", "NNCGGGTAA"))
    >>> found.offset, found.is_reversed, found.overlap, round(found.correlation, 6)
    (0, True, 7, 1.0)
    """
    if min_overlap < 1:
        raise InputError(f"min_overlap must be at least 1; got {min_overlap}")
    forward = _best_placement(query.ppm, target.ppm, min_overlap=min_overlap)
    backward = _best_placement(query.ppm, target.ppm[::-1, ::-1], min_overlap=min_overlap)
    if backward.similarity > forward.similarity + 1e-12:
        return backward._replace(is_reversed=True)
    return forward


def correlation_at(query: Motif, target: Motif, *, offset: int, is_reversed: bool = False) -> float:
    """Pearson correlation of the columns that overlap in a given placement; 0 where one motif is flat there.

    Parameters
    ----------
    query, target
        Motifs of any lengths.
    offset, is_reversed
        As in :class:`Alignment`.

    Raises
    ------
    InputError
        If no column overlaps.

    Examples
    --------
    >>> motif = Motif.from_consensus("m", "TTACCCG")
    >>> round(correlation_at(motif, motif.trimmed(), offset=0), 6)
    1.0
    """
    turned = target.reverse_complement().ppm if is_reversed else target.ppm
    of_query, of_target = _overlapping(query.ppm - 0.25, turned - 0.25, offset)
    if not of_query.size:
        raise InputError(f"no column of {target.name} overlaps with {query.name} at the offset {offset}")
    return _ratio(of_query, of_target, of_query, of_target)


def motif_similarity(first: Motif, second: Motif) -> float:
    """How alike two motifs are where they fit best, from -1 to 1: the similarity of :func:`align`, any overlap.

    It is 1 for a motif with itself and with its reverse complement.

    Examples
    --------
    >>> motif = Motif.from_consensus("m", "CACGTT")
    >>> round(motif_similarity(motif, motif.reverse_complement()), 6)
    1.0
    """
    return align(first, second, min_overlap=1).similarity


def average(motifs: Sequence[Motif], *, name: str = "average", min_coverage: float = 0.5) -> Motif:
    """The average of several versions of one motif.

    The one with most information is the frame: every other one is aligned to it, turned if need be, and weighs as
    many sites as it has.

    Parameters
    ----------
    motifs
        At least one.
    name
        Of the average.
    min_coverage
        Columns at the ends that hold less than this share of all sites are taken off; above 0, at most 1.

    Returns
    -------
    Motif
        In the orientation of the frame; ``n_sites`` is the sum.

    Raises
    ------
    InputError
        There are no motifs; ``min_coverage`` is none of the above; or no column is covered enough.

    Examples
    --------
    >>> versions = [Motif.from_consensus("a", "TTACCCG"), Motif.from_consensus("b", "CGGGTA")]
    >>> average(versions).consensus()
    'TTACCCG'
    """
    if not motifs or not 0 < min_coverage <= 1:
        raise InputError(f"an average needs motifs and a min_coverage in (0, 1]; got {len(motifs)} and {min_coverage}")
    frame = motifs[int(np.argmax([motif.information_content().sum() for motif in motifs]))]
    placed = []
    for motif in motifs:
        found = align(frame, motif)
        placed.append((found.offset, motif.reverse_complement() if found.is_reversed else motif))
    first = min(offset for offset, _ in placed)
    width = max(offset + len(motif) for offset, motif in placed) - first
    counts, sites = np.zeros((4, width)), np.zeros(width)
    for offset, motif in placed:
        columns = slice(offset - first, offset - first + len(motif))
        counts[:, columns] += motif.pfm()
        sites[columns] += motif.n_sites
    n_sites = sum(motif.n_sites for motif in motifs)
    # Sums of sites in another order differ in the last bits.
    covered = np.flatnonzero(sites >= min_coverage * n_sites * (1 - 1e-9))
    if not covered.size:
        raise InputError(f"no column holds {min_coverage:.0%} of the sites of the {len(motifs)} motifs")
    kept = slice(int(covered[0]), int(covered[-1]) + 1)
    return replace(frame, name=name, ppm=counts[:, kept] / sites[kept], n_sites=n_sites, alternate_name="")


def _best_placement(query: SomeMatrix, target: SomeMatrix, *, min_overlap: int) -> Alignment:
    """The placement of highest similarity of a target that is not turned."""
    a, b = query - 0.25, target - 0.25
    n, m = a.shape[1], b.shape[1]
    offsets = np.arange(-m + 1, n)
    overlaps = np.minimum(n, offsets + m) - np.maximum(offsets, 0)
    products = sum(np.correlate(row_a, row_b, mode="full") for row_a, row_b in zip(a, b, strict=True))
    enough = np.flatnonzero(overlaps >= min(min_overlap, n, m))
    place = int(enough[np.argmax(np.asarray(products)[enough])])
    of_query, of_target = _overlapping(a, b, int(offsets[place]))
    correlation = _ratio(of_query, of_target, of_query, of_target)
    similarity = _ratio(of_query, of_target, a, b)
    return Alignment(
        int(offsets[place]),
        is_reversed=False,
        overlap=int(overlaps[place]),
        correlation=correlation,
        similarity=similarity,
    )


def _overlapping(a: np.ndarray, b: np.ndarray, offset: int) -> tuple[np.ndarray, np.ndarray]:
    """Columns of two matrices that stand above each other when the second begins at an offset."""
    start, end = max(offset, 0), max(min(a.shape[1], offset + b.shape[1]), max(offset, 0))
    return a[:, start:end], b[:, start - offset : end - offset]


def _ratio(first: np.ndarray, second: np.ndarray, whole: np.ndarray, other: np.ndarray) -> float:
    """Product of two matrices over the lengths of two, which may be wider."""
    norm = float(np.sqrt((whole * whole).sum() * (other * other).sum()))
    return float((first * second).sum()) / norm if norm > 1e-12 else 0.0
