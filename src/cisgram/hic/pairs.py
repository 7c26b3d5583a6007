"""Pairs of reads judged by the fragments they come from: contacts, and what is only DNA that was never ligated."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import CutPositions, PairEnds, PairFlags
from cisgram.errors import InputError
from cisgram.genomics.contacts import ContactBins, ContactMap
from cisgram.genomics.read_pairs import ReadPairs

KINDS = ("valid", "dangling end", "self circle", "same strand", "religation", "too close", "duplicate")
"""What a pair is; the first alone is a contact."""

ORIENTATIONS = ("inward", "outward", "both right", "both left")
"""Strands of the left and the right end: + -, - +, + +, - -."""

ORIENTATION_COLUMNS = ("distance_bp", *ORIENTATIONS)
"""Columns of :attr:`PairStatistics.by_distance`."""


class PairStatistics(NamedTuple):
    """What pairs of reads are."""

    kinds: pd.DataFrame
    """``kind``, ``n``, ``share``: a row per kind, rows that were left out by the reader, and pairs in all."""
    summary: pd.DataFrame
    """``measure``, ``value``: shares of contacts within contigs, and of these beyond 1 and 20 kb."""
    by_distance: pd.DataFrame
    """``ORIENTATION_COLUMNS``: pairs within contigs by distance (lower end of a stretch) and orientation."""


class JudgedPairs(NamedTuple):
    """Pairs and what they are."""

    valid: ReadPairs
    """The contacts, in the order of the genome, each once."""
    statistics: PairStatistics
    """What all pairs are."""


def classify_pairs(
    pairs: ReadPairs, cuts: Mapping[str, CutPositions] | None = None, *, min_distance_bp: int = 0
) -> PairEnds:
    """Say what each pair is, as a number into ``KINDS``; copies are not looked for.

    A read lies on the fragment of its 5' end. Of one fragment, ends that point at each other are a dangling end (never
    ligated), ends that point apart a circle of itself, ends of one strand an error of ligation or mapping. Neighbours
    on the genome whose ends point at each other were cut apart and joined again, or never cut.

    Parameters
    ----------
    pairs
        Pairs of mapped ends.
    cuts
        Contig -> ends of fragments, from 0 to its length; None where fragments are unknown (DNase, MNase), when only
        distance decides.
    min_distance_bp
        Pairs of one contig that are nearer are too close.

    Raises
    ------
    InputError
        Where a contig of the pairs has no fragments.

    Examples
    --------
    >>> ends = np.array([10, 40, 10]), np.array([False, True, False]), np.zeros(3, int), np.array([90, 95, 190])
    >>> pairs = ReadPairs(("I",), np.zeros(3, int), *ends, np.array([True, False, True]))
    >>> [KINDS[kind] for kind in classify_pairs(pairs, {"I": np.array([0, 100, 150, 200])})]
    ['dangling end', 'self circle', 'valid']
    """
    own = pairs.in_order
    kinds = np.zeros(len(own), dtype=np.int64)
    is_cis = own.chrom1 == own.chrom2
    is_near = is_cis & (own.position2 - own.position1 < min_distance_bp)
    kinds[is_near] = KINDS.index("too close")
    if cuts is None:
        return kinds
    one = _fragment_of(own.chroms, own.chrom1, own.position1, cuts)
    other = _fragment_of(own.chroms, own.chrom2, own.position2, cuts)
    is_inward, is_outward = ~own.is_reverse1 & own.is_reverse2, own.is_reverse1 & ~own.is_reverse2
    is_same, is_next = is_cis & (one == other), is_cis & (other - one == 1)
    kinds[is_next & is_inward] = KINDS.index("religation")
    kinds[is_same & is_inward] = KINDS.index("dangling end")
    kinds[is_same & is_outward] = KINDS.index("self circle")
    kinds[is_same & ~is_inward & ~is_outward] = KINDS.index("same strand")
    return kinds


def judge_pairs(
    chunks: Iterable[ReadPairs],
    cuts: Mapping[str, CutPositions] | None = None,
    *,
    min_distance_bp: int = 0,
    dropped: Mapping[str, int] | None = None,
) -> JudgedPairs:
    """Keep the contacts among pairs of reads, each once, and count what the others are.

    Parameters
    ----------
    chunks
        Pairs, some at a time; all have the same contigs.
    cuts, min_distance_bp
        As for :func:`classify_pairs`.
    dropped
        Rows that the reader left out, by reason, for the table; it may still change while the chunks are read.

    Returns
    -------
    JudgedPairs
        Contacts and statistics. Copies are pairs of equal positions and strands, of which one is kept.

    Raises
    ------
    InputError
        Where there are no pairs at all, or a contig has no fragments.

    Notes
    -----
    The contacts are held in memory: about 40 bytes for each.
    """
    kept: list[ReadPairs] = []
    many = np.zeros(len(KINDS), dtype=np.int64)
    edges = np.round(10 ** np.arange(1, 9.01, 0.1)).astype(np.int64)
    by_orientation = np.zeros((len(ORIENTATIONS), len(edges) + 1), dtype=np.int64)
    for chunk in chunks:
        own = chunk.in_order
        kinds = classify_pairs(own, cuts, min_distance_bp=min_distance_bp)
        many += np.bincount(kinds, minlength=len(KINDS))
        is_cis = own.chrom1 == own.chrom2
        stretch = np.searchsorted(edges, (own.position2 - own.position1)[is_cis], side="right")
        np.add.at(by_orientation, (_orientation(own)[is_cis], stretch), 1)
        kept.append(own.taken(kinds == 0))
    if not kept:
        raise InputError("there are no pairs of reads")
    valid = _each_once(_joined(kept))
    n_valid = sum(map(len, kept))
    many[0], many[KINDS.index("duplicate")] = len(valid), n_valid - len(valid)
    by_distance = pd.DataFrame({"distance_bp": edges})
    for name, row in zip(ORIENTATIONS, by_orientation, strict=True):
        by_distance[name] = row[1:]
    used = by_distance[list(ORIENTATIONS)].sum(axis=1).to_numpy().nonzero()[0]
    by_distance = by_distance.iloc[: used[-1] + 1 if used.size else 0]
    return JudgedPairs(valid, PairStatistics(_kind_table(many, dropped or {}), _summary(valid), by_distance))


def bin_pairs(pairs: ReadPairs, sizes: Mapping[str, int], bin_size: int) -> ContactMap:
    """Count pairs in bins.

    Parameters
    ----------
    pairs
        Contacts; their contigs are those of ``sizes``, in order.
    sizes
        Contig lengths in bp.
    bin_size
        Width of a bin in bp.

    Returns
    -------
    ContactMap
        Without weights.

    Raises
    ------
    InputError
        Where contigs differ.
    """
    if tuple(sizes) != pairs.chroms:
        raise InputError("the pairs and the lengths must have the same contigs in the same order")
    bins = ContactBins(sizes, bin_size)
    starts = np.array([bins.slice_of(chrom).start for chrom in bins.chroms])
    ends = (
        starts[pairs.chrom1] + pairs.position1 // bin_size,
        starts[pairs.chrom2] + pairs.position2 // bin_size,
    )
    key, counts = np.unique(np.minimum(*ends) * bins.n_bins + np.maximum(*ends), return_counts=True)
    return ContactMap(bins, key // bins.n_bins, key % bins.n_bins, counts.astype(np.int32))


def _fragment_of(
    chroms: tuple[str, ...], chrom: PairEnds, position: PairEnds, cuts: Mapping[str, CutPositions]
) -> PairEnds:
    """Number of the fragment of its contig on which each end lies."""
    found = np.zeros(len(chrom), dtype=np.int64)
    for number in np.unique(chrom):
        name = chroms[number]
        if name not in cuts:
            raise InputError(f"there are no fragments of {name}; cut the genome that the pairs were mapped to")
        own = chrom == number
        found[own] = np.searchsorted(cuts[name], position[own], side="right")
    return found


def _orientation(pairs: ReadPairs) -> PairEnds:
    """Number of the orientation of each pair, its ends in the order of the genome."""
    is_same = pairs.is_reverse1 == pairs.is_reverse2
    return np.where(is_same, 2 + pairs.is_reverse1, pairs.is_reverse1.astype(np.int64))


def _joined(parts: list[ReadPairs]) -> ReadPairs:
    """Several tables as one."""
    names = ("chrom1", "position1", "is_reverse1", "chrom2", "position2", "is_reverse2")
    return ReadPairs(parts[0].chroms, *(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _each_once(pairs: ReadPairs) -> ReadPairs:
    """Pairs sorted by place, of equal ones the first."""
    columns = (pairs.is_reverse2, pairs.is_reverse1, pairs.position2, pairs.position1, pairs.chrom2, pairs.chrom1)
    order = np.lexsort(columns)
    is_new = np.ones(len(order), dtype=np.bool_)
    if len(order):
        is_new[1:] = np.logical_or.reduce([np.diff(column[order].astype(np.int64)) != 0 for column in columns])
    return pairs.taken(order[is_new])


def _kind_table(many: np.ndarray, dropped: Mapping[str, int]) -> pd.DataFrame:
    """How many pairs are of each kind."""
    rows = {**dict(zip(KINDS, many.tolist(), strict=True)), **dropped}
    total = sum(rows.values())
    table = pd.DataFrame({"kind": list(rows), "n": list(rows.values())})
    table["share"] = table["n"] / max(total, 1)
    return table


def _summary(valid: ReadPairs) -> pd.DataFrame:
    """Where contacts lie."""
    is_cis: PairFlags = valid.chrom1 == valid.chrom2
    distance = (valid.position2 - valid.position1)[is_cis]
    n = max(len(valid), 1)
    rows = {
        "contacts": float(len(valid)),
        "cis_share": is_cis.sum() / n,
        "trans_share": (~is_cis).sum() / n,
        "cis_beyond_1kb_share": (distance > 1_000).sum() / n,
        "cis_beyond_20kb_share": (distance > 20_000).sum() / n,
    }
    return pd.DataFrame({"measure": list(rows), "value": [float(value) for value in rows.values()]})
