"""How far read ends lie from the centre of the cut that made them, told by the bases around them.

Tn5 cuts both strands at once, 9 bp apart, and prefers a sequence that reads alike on both strands. So two things
hold for cut sites that are centred right, and only for those:

1. plus-strand and minus-strand ends are the same sites: the same bases stand around both;
2. that composition is its own reverse complement.

The first fixes the difference of the two shifts, the second their sum.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd
from numba import njit

from cisgram.arrays import StrandCounts
from cisgram.errors import ContigError, InputError
from cisgram.genomics.genome import Genome

KNOWN_SHIFTS = {
    (4, -4): "raw Tn5 reads",
    (0, 0): "centred already",
    (0, 1): "Tn5 reads shifted by +4 / -5 before (half-open ends)",
}
"""What the usual answers mean."""

_SEARCH_BP = 10
_FLANK_BP = 15
_MIN_ENDS = 1000
_MIN_AGREEMENT = 0.6
_MIN_LEAD = 0.1


class ReadShift(NamedTuple):
    """What to add to read ends so that they mark the centre of the cut."""

    plus: int
    """Added to the position of plus-strand 5' ends (their leftmost base), in bp."""
    minus: int
    """Added to the position of minus-strand 5' ends (their rightmost base), in bp."""
    evidence: pd.DataFrame
    """One row per pair of shifts, best first: ``plus``, ``minus``, ``agreement`` (mean of the next two),
    ``same_site`` (correlation of the composition around plus and around minus ends), ``symmetry`` (of the former
    with the reverse complement of the latter), ``meaning`` (of the usual pairs)."""
    n_ends: int
    """Positions with ends that were looked at, on the strand that has fewer."""


def estimate_read_shift(
    contigs: Iterable[tuple[str, StrandCounts]], genome: Genome, *, max_ends: int = 5_000_000
) -> ReadShift:
    """Find the shift of Tn5 (or any enzyme that cuts both strands of a palindromic site) from the sequence.

    For every pair of shifts within 10 bp, the log proportions of A, C, G and T at -15 to +15 bp around the shifted
    ends are compared between the strands by Pearson's correlation, each base taken against its own mean: as they
    are, and with one strand reverse-complemented. The pair with the highest mean of the two wins. Positions weigh
    ``ln(1 + count)``, so that no pile of reads decides. About 1,000 positions per strand are enough.

    Parameters
    ----------
    contigs
        Names and counts of 5' ends (``2 length``; plus, minus), e.g.
        ``iterate_read_counts(path, kind="five_prime", sizes=genome.sizes)``.
    genome
        The genome that the reads were aligned to.
    max_ends
        Stop after the contig on which so many positions per strand are reached.

    Returns
    -------
    ReadShift
        (4, -4) for raw Tn5 reads, (0, 1) for those shifted by +4 / -5 before, (0, 0) for those centred already.

    Raises
    ------
    ContigError
        A contig is not in the genome or has another length there.
    InputError
        There are too few ends, or no pair of shifts agrees clearly: the enzyme has no such preference (DNase I,
        MNase, sonication), or the genome is not that of the reads. Give the shift by hand then.

    References
    ----------
    Adey et al. (2010), Rapid, low-input, low-bias construction of shotgun fragment libraries by high-density in
    vitro transposition, Genome Biology 11: R119 (the 9-bp stagger and the preferred sequence).
    """
    reach = _SEARCH_BP + _FLANK_BP
    composition = np.ones((2, 5, 2 * reach + 1))  # one of each, so that no logarithm is of 0
    n_ends = np.zeros(2, dtype=np.int64)
    for chrom, counts in contigs:
        if genome.sizes.get(chrom) != counts.shape[1] or counts.shape[0] != 2:
            raise ContigError(
                f"counts of {chrom} have shape {counts.shape}, but the genome needs (2, {genome.sizes.get(chrom)}): "
                "5' ends of both strands on a contig of the same assembly"
            )
        codes = genome.codes(chrom, 0, genome.sizes[chrom])
        for strand in range(2):
            n_ends[strand] += _add_composition(codes, counts[strand], composition[strand])
        if n_ends.min() >= max_ends:
            break
    evidence = _compare(np.log(composition[:, :4] / composition[:, :4].sum(axis=1, keepdims=True)))
    _check_evidence(evidence, int(n_ends.min()))
    best = evidence.iloc[0]
    return ReadShift(int(best["plus"]), int(best["minus"]), evidence, int(n_ends.min()))


def _compare(log_shares: np.ndarray) -> pd.DataFrame:
    """Agreement of every pair of shifts; ``strand base offset`` in."""
    shifts = range(-_SEARCH_BP, _SEARCH_BP + 1)
    plus, minus = (
        {shift: _standardised(shares[:, _SEARCH_BP + shift :][:, : 2 * _FLANK_BP + 1]) for shift in shifts}
        for shares in log_shares
    )
    rows = []
    for by_plus in shifts:
        for by_minus in shifts:
            same_site = float((plus[by_plus] * minus[by_minus]).sum())
            symmetry = float((plus[by_plus] * minus[by_minus][::-1, ::-1]).sum())
            meaning = KNOWN_SHIFTS.get((by_plus, by_minus), "")
            rows.append((by_plus, by_minus, (same_site + symmetry) / 2, same_site, symmetry, meaning))
    evidence = pd.DataFrame(rows, columns=["plus", "minus", "agreement", "same_site", "symmetry", "meaning"])
    return evidence.sort_values("agreement", ascending=False, kind="stable", ignore_index=True)


def _standardised(log_shares: np.ndarray) -> np.ndarray:
    """Each base against its own mean, scaled so that a sum of products is a correlation."""
    centred = log_shares - log_shares.mean(axis=1, keepdims=True)
    return centred / max(float(np.linalg.norm(centred)), 1e-12)


def _check_evidence(evidence: pd.DataFrame, n_ends: int) -> None:
    """Refuse to answer without evidence."""
    by_hand = "give the read shift by hand: (4, -4) for raw Tn5 reads, (0, 1) for DNase I, (0, 0) for none"
    if n_ends < _MIN_ENDS:
        raise InputError(
            f"too few reads to tell their shift: one strand has 5' ends at {n_ends} positions, {_MIN_ENDS} are needed; "
            f"{by_hand}"
        )
    best, second = evidence.iloc[0], evidence.iloc[1]
    if best["agreement"] < _MIN_AGREEMENT or best["agreement"] - second["agreement"] < _MIN_LEAD:
        raise InputError(
            f"the bases around read ends do not tell the shift: agreement {best['agreement']:.2f} at "
            f"({best['plus']}, {best['minus']}), {second['agreement']:.2f} at ({second['plus']}, {second['minus']}); "
            f"{_MIN_AGREEMENT} and a lead of {_MIN_LEAD} are needed. Is this Tn5, and the right genome? Else {by_hand}"
        )


@njit(cache=True)
def _add_composition(codes, counts, composition):
    """Add the bases around every position with counts, weighted; returns how many positions there were."""
    reach, n = composition.shape[1] // 2, 0
    for position in range(reach, codes.size - reach):
        if counts[position] > 0:
            weight = np.log1p(counts[position])
            for offset in range(composition.shape[1]):
                composition[codes[position - reach + offset], offset] += weight
            n += 1
    return n
