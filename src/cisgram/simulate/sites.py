"""Every place where a planted motif could be bound: an exhaustive scan of both strands for sites above a weight."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from cisgram.arrays import Mask, Positions, SequenceCodes, Totals
from cisgram.simulate.grammar import Grammar, PlantedMotif

MIN_WEIGHT = 0.01
"""Sites with a smaller statistical weight are left out of the model."""


class Sites(NamedTuple):
    """Places on one contig that motifs could occupy, sorted by start, motif and strand.

    Attributes
    ----------
    motif
        Number of the motif in its grammar.
    start, end
        0-based, half-open, in bp.
    is_reverse
        Whether the motif reads along the minus strand.
    weight
        Statistical weight without help: concentration times association constant.
    """

    motif: Positions
    start: Positions
    end: Positions
    is_reverse: Mask
    weight: Totals

    def rows(self, chosen: Mask | Positions) -> "Sites":
        """Some of the sites, by mask or by row numbers."""
        return Sites(*(column[chosen] for column in self))

    @property
    def center(self) -> Totals:
        """Middle of each site in bp; a half-integer where its length is even."""
        return (self.start + self.end - 1) / 2


def find_sites(codes: SequenceCodes, grammar: Grammar, *, min_weight: float = MIN_WEIGHT) -> Sites:
    """Find all sites of all motifs with at least a given weight; a site with an N has none.

    Parameters
    ----------
    codes
        One sequence; positions are counted from its first base.
    grammar
        Whose motifs are looked for.
    min_weight
        Least statistical weight, above 0.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> from cisgram.simulate.pluripotency import pluripotency_grammar
    >>> sites = find_sites(encode("GGTTTGCATAACAAGGTTGTTATGCAAACC"), pluripotency_grammar(), min_weight=7)
    >>> sites.start.tolist(), sites.is_reverse.tolist(), sites.weight.round(1).tolist()
    ([2, 16], [False, True], [8.0, 8.0])
    """
    floors = [np.log(min_weight / motif.max_weight) for motif in grammar.motifs]
    found = _scan_all(codes, grammar.motifs, floors)
    motif = found.matrix // 2
    lengths = np.array([motif.length for motif in grammar.motifs])
    log_weight = np.log([motif.max_weight for motif in grammar.motifs])[motif] + found.score
    return Sites(motif, found.start, found.start + lengths[motif], found.matrix % 2 == 1, np.exp(log_weight))


def weaken_chance_sites(
    codes: SequenceCodes, grammar: Grammar, *, min_weight: float, kept_share: float, rng: np.random.Generator
) -> SequenceCodes:
    """Break most of the sites that background sequence holds by chance.

    In a cell most of them lie in closed chromatin; here they would be bound and drown the planted ones. The two
    most informative bases of a site become those that its motif likes least.

    Parameters
    ----------
    codes
        Background sequence; not changed.
    grammar
        Whose motifs are looked for.
    min_weight
        Sites with a smaller statistical weight are left alone.
    kept_share
        Share of the others that is left as well.
    rng
        Chooses those.

    Returns
    -------
    SequenceCodes
        A copy with the changed bases.
    """
    found = find_sites(codes, grammar, min_weight=min_weight)
    changed = codes.copy()
    is_broken = rng.random(found.start.size) >= kept_share
    for number, planted in enumerate(grammar.motifs):
        own = is_broken & (found.motif == number)
        for column in np.argsort(-planted.motif.information_content(), kind="stable")[:2]:
            worst = int(planted.motif.ppm[:, column].argmin())
            changed[found.start[own & ~found.is_reverse] + column] = worst
            changed[found.end[own & found.is_reverse] - 1 - column] = 3 - worst
    return changed


class _Found(NamedTuple):
    """Hits of a scan: matrix number (twice the motif, plus one for the reverse), start, ln relative weight."""

    matrix: Positions
    start: Positions
    score: Totals


def _scan_all(codes: SequenceCodes, motifs: Sequence[PlantedMotif], floors: Sequence[float]) -> _Found:
    """Scan for both orientations of every motif; hits are sorted by start, then by matrix."""
    longest = max(motif.length for motif in motifs)
    matrices = np.full((2 * len(motifs), longest, 5), -np.inf)
    orders = np.zeros((2 * len(motifs), longest), dtype=np.int64)
    for number, motif in enumerate(motifs):
        forward = motif.log_relative_weights
        order = np.argsort(-motif.motif.information_content(), kind="stable")
        matrices[2 * number, : motif.length, :4] = forward.T
        matrices[2 * number + 1, : motif.length, :4] = forward[::-1, ::-1].T
        orders[2 * number, : motif.length] = order
        # The mirrored order adds the same numbers in the same order, so that both strands get equal weights.
        orders[2 * number + 1, : motif.length] = motif.length - 1 - order
    lengths = np.repeat([motif.length for motif in motifs], 2)
    floor = np.repeat(np.asarray(floors, dtype=np.float64), 2) - 1e-9
    capacity = 1024 + codes.size // 50
    while True:
        matrix, start = np.empty(capacity, np.int64), np.empty(capacity, np.int64)
        score = np.empty(capacity)
        n_found = _scan(codes, matrices, orders, lengths, floor, matrix, start, score)
        if n_found <= capacity:
            return _Found(matrix[:n_found], start[:n_found], score[:n_found])
        capacity = n_found


@njit(cache=True)
def _scan(codes, matrices, orders, lengths, floors, found_matrix, found_start, found_score):
    """Count the hits and write as many as fit; columns come in falling information so that most windows stop early."""
    n_found = 0
    for start in range(codes.size):
        for m in range(lengths.size):
            length = lengths[m]
            if start + length > codes.size:
                continue
            score = 0.0
            for k in range(length):
                column = orders[m, k]
                score += matrices[m, column, codes[start + column]]
                if score < floors[m]:
                    break
            if score >= floors[m]:
                if n_found < found_start.size:
                    found_matrix[n_found] = m
                    found_start[n_found] = start
                    found_score[n_found] = score
                n_found += 1
    return n_found
