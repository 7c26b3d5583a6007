"""Symmetry of motifs: reverse palindromes at any centre, and dimers, two copies of a half site with a spacer.

Columns that would be copies of each other are paired, and a pair scores the product of its columns minus 0.25: about
0.75 for the same clear base, -0.25 for two different ones, 0 where a column says nothing. A placement of the mirror
(or of the step from one copy to the next) scores the sum of its pairs. The p-value is the chance that any
placement scores as high in a random motif of the same clarity, in which the four bases of every column have changed
places at random; the chance of one placement is exact, those of all placements are added up (so that the p-value is
rather too high than too low).
"""

from dataclasses import replace
from itertools import permutations
from typing import Literal, NamedTuple

import numpy as np

from cisgram.arrays import Matrix
from cisgram.errors import InputError
from cisgram.genomics.motif import Motif

_STEPS = 400
"""Whole-number steps per unit of a pair's score."""
_PERMUTATIONS = np.array(list(permutations(range(4))))
_COMPLEMENT = np.array([3, 2, 1, 0])
_HALF_MINIMUM = 3
"""Fewest columns of a half."""
_CLEAR = 0.05
"""Pairs that score less do not widen a half site."""


class Palindrome(NamedTuple):
    """The part of a motif that reads the same on both strands."""

    start: int
    """First column of the palindrome, from 0."""
    end: int
    """Column behind its last one."""
    half_length: int
    """Columns from either end up to the spacer."""
    spacer: int
    """Columns between the two halves that do not pair: a middle column, or a stretch without preference."""
    similarity: float
    """Pearson correlation of the two halves, one of them turned over."""
    p_value: float
    """Chance of as much symmetry, about any centre, in a random motif of the same clarity."""


class Dimer(NamedTuple):
    """Two copies of a half site."""

    start: int
    """First column of the first copy, from 0."""
    end: int
    """Column behind the last one of the second copy."""
    half_length: int
    """Columns of a copy."""
    spacer: int
    """Columns between the copies."""
    orientation: Literal["direct", "inverted"]
    """``direct``: both on the same strand; ``inverted``: on opposite strands, which makes a palindrome."""
    similarity: float
    """Pearson correlation of the copies."""
    p_value: float
    """Chance of as good a dimer of either orientation in a random motif of the same clarity."""


class _Best(NamedTuple):
    """The placement with the highest score, and what pairs there."""

    pairs: np.ndarray
    """Two columns per row, from the innermost pair to the outermost."""
    p_value: float


def find_palindrome(motif: Motif, *, max_p_value: float = 0.05, min_similarity: float = 0.6) -> Palindrome | None:
    """Find the reverse palindrome in a motif, of two halves of at least 3 columns.

    Parameters
    ----------
    motif
        A motif; flanks without information do no harm.
    max_p_value
        Of as many random motifs, this share at most is called a palindrome. Chance makes a 6 bp palindrome of one
        random word of 6 bp in 64, and of one of 7 bp in 21, so that short ones can never be beyond doubt.
    min_similarity
        Least correlation of the two halves.

    Returns
    -------
    Palindrome or None
        None where the symmetry is no better than chance.

    Examples
    --------
    >>> find_palindrome(Motif.from_consensus("gal4", "CGGNNNNNNNNNNNCCG"))[:4]
    (0, 17, 3, 11)
    >>> find_palindrome(Motif.from_consensus("cbf1", "GTCACGTGACT"))[:4]
    (0, 10, 5, 0)
    """
    _check(max_p_value, min_similarity)
    found = _best_mirror(motif.ppm)
    if found.p_value > max_p_value:
        return None
    turned = motif.ppm[_COMPLEMENT]
    part = _part(found.pairs, motif.ppm, turned)
    if part is None or part.similarity < min_similarity:
        return None
    return Palindrome(*part, p_value=found.p_value)


def find_dimer(motif: Motif, *, max_p_value: float = 0.05, min_similarity: float = 0.6) -> Dimer | None:
    """Find two copies of a half site of at least 3 columns in a motif, on the same strand or on opposite ones.

    Parameters
    ----------
    motif
        A motif; flanks without information do no harm.
    max_p_value
        Of as many random motifs, this share at most is called a dimer.
    min_similarity
        Least correlation of the two copies.

    Returns
    -------
    Dimer or None
        The orientation with the smaller p-value; ``inverted`` where both are the same. None where the copies are no
        better than chance. What repeats every one or two bases, such as a run of A, is no direct repeat.

    Examples
    --------
    >>> find_dimer(Motif.from_consensus("dr4", "AGGTCANNNNAGGTCA"))[:5]
    (0, 16, 6, 4, 'direct')
    """
    _check(max_p_value, min_similarity)
    mirror, repeat = _best_mirror(motif.ppm), _best_repeat(motif.ppm)
    is_direct = repeat is not None and repeat.p_value < mirror.p_value
    best = repeat if is_direct and repeat is not None else mirror
    p_value = min(2 * best.p_value, 1.0)  # two orientations were tried
    if p_value > max_p_value:
        return None
    second = motif.ppm if is_direct else motif.ppm[_COMPLEMENT]
    part = _part(best.pairs, motif.ppm, second)
    if part is None or part.similarity < min_similarity:
        return None
    return Dimer(*part[:4], "direct" if is_direct else "inverted", part.similarity, p_value)


def symmetrised(motif: Motif, palindrome: Palindrome) -> Motif:
    """The average of a palindromic motif with its reverse complement about the palindrome's centre.

    Columns that the mirror leaves without a partner are taken off. ``n_sites`` stays: a site that is read on both
    strands is one site.

    Parameters
    ----------
    motif
        The motif.
    palindrome
        What :func:`find_palindrome` found in it.

    Examples
    --------
    >>> motif = Motif.from_consensus("cbf1", "GTCACGTGACT")
    >>> symmetrised(motif, find_palindrome(motif)).consensus()
    'GTCACGTGAC'
    """
    reach = min(palindrome.start, len(motif) - palindrome.end)
    if reach < 0:
        raise InputError(
            f"the palindrome ends at column {palindrome.end}, beyond the {len(motif)} columns of {motif.name}"
        )
    ppm = motif.ppm[:, palindrome.start - reach : palindrome.end + reach]
    return replace(motif, ppm=(ppm + ppm[::-1, ::-1]) / 2)


def _check(max_p_value: float, min_similarity: float) -> None:
    if not (0 < max_p_value <= 1 and -1 <= min_similarity <= 1):
        raise InputError(
            f"max_p_value must be in (0, 1] and min_similarity in [-1, 1]; got {max_p_value} and {min_similarity}"
        )


def _best_mirror(ppm: Matrix) -> _Best:
    """The best centre: columns i and total - i pair, the second one complemented."""
    n = ppm.shape[1]
    placements = []
    for total in range(2 * n - 1):
        first = np.arange((total + 1) // 2 - 1, max(0, total - n + 1) - 1, -1)
        pairs = np.stack([first, total - first], axis=1)
        middle = [[total // 2] * 2] if total % 2 == 0 else np.zeros((0, 2), dtype=np.int64)
        placements.append(np.concatenate([np.asarray(middle), pairs]))
    return _best(ppm, placements, second=ppm[_COMPLEMENT])


def _best_repeat(ppm: Matrix) -> _Best | None:
    """The best step from the first copy to the second; None where another step of one or two columns is as good."""
    n = ppm.shape[1]
    steps = range(1, n - _HALF_MINIMUM + 1)
    placements = [np.stack([np.arange(n - step), np.arange(step, n)], axis=1) for step in steps]
    if len(placements) < _HALF_MINIMUM:
        return None
    scores = [_score(pairs, ppm, ppm) for pairs in placements]
    if int(np.argmax(scores)) + 1 < _HALF_MINIMUM:
        return None
    best = _best(ppm, placements[_HALF_MINIMUM - 1 :], second=ppm)
    step = int(best.pairs[0, 1] - best.pairs[0, 0])
    if len(best.pairs) > step:  # copies would overlap: three of them or more; two in a row that are most alike stay
        gains = np.array([_gain(pair, ppm, ppm) for pair in best.pairs])
        start = int(np.argmax(np.convolve(gains, np.ones(step), mode="valid")))
        best = best._replace(pairs=best.pairs[start : start + step])
    return best


def _best(ppm: Matrix, placements: list[np.ndarray], *, second: Matrix) -> _Best:
    """The placement of highest score, with the summed chance of such a score in all placements."""
    scores = [_score(pairs, ppm, second) for pairs in placements]
    place = int(np.argmax(scores))
    chance = sum(_chance(pairs, ppm, second, scores[place]) for pairs in placements)
    return _Best(placements[place], min(chance, 1.0))


def _gain(pair: np.ndarray, first: Matrix, second: Matrix) -> float:
    """Score of two columns; half of it for a column that is paired with itself."""
    product = float((first[:, pair[0]] - 0.25) @ (second[:, pair[1]] - 0.25))
    return product / 2 if pair[0] == pair[1] else product


def _score(pairs: np.ndarray, first: Matrix, second: Matrix) -> float:
    return sum(_gain(pair, first, second) for pair in pairs)


def _chance(pairs: np.ndarray, first: Matrix, second: Matrix, score: float) -> float:
    """Chance that a placement scores at least so much when the bases of every column change places at random.

    Every pair sees its own random order of bases even where a column stands in two pairs, since one order relative to
    another is as random whatever the other one is. The scores of the pairs are independent.
    """
    distribution, lowest = np.ones(1), 0
    for i, j in pairs:
        a, b = first[:, i] - 0.25, second[:, j] - 0.25
        if i == j:  # the column and its complement are reordered together
            gains = (a[_PERMUTATIONS] * a[_PERMUTATIONS[:, ::-1]]).sum(axis=1) / 2
        else:
            gains = (a * b[_PERMUTATIONS]).sum(axis=1)
        whole = np.rint(gains * _STEPS).astype(np.int64)
        counts = np.bincount(whole - whole.min()) / len(whole)
        distribution, lowest = np.convolve(distribution, counts), lowest + int(whole.min())
    # Half a step per pair is what rounding may have changed; without it, an exact tie could be missed.
    least = int(np.floor(score * _STEPS - 0.5 * len(pairs))) - lowest
    return float(distribution[max(least, 0) :].sum())


class _Part(NamedTuple):
    start: int
    end: int
    half_length: int
    spacer: int
    similarity: float


def _part(pairs: np.ndarray, first: Matrix, second: Matrix) -> _Part | None:
    """The stretch of pairs that carries the symmetry: the one with the highest sum of clear scores."""
    gains = np.array([_gain(pair, first, second) for pair in pairs]) - _CLEAR
    sums = np.concatenate([[0.0], np.cumsum(gains)])
    # rise[i, j]: sum of the pairs i to j - 1
    rise = np.triu(sums[None, :] - sums[:, None], k=_HALF_MINIMUM)
    if rise.size == 0 or rise.max() <= 0:
        return None
    low, high = np.unravel_index(int(np.argmax(rise)), rise.shape)
    chosen = pairs[low:high]
    chosen = chosen[chosen[:, 0] != chosen[:, 1]]
    if len(chosen) < _HALF_MINIMUM:
        return None
    columns, partners = chosen[:, 0], chosen[:, 1]
    start, end = int(chosen.min()), int(chosen.max()) + 1
    spacer = int(partners.min() - columns.max() - 1)
    a, b = first[:, columns] - 0.25, second[:, partners] - 0.25
    similarity = float((a * b).sum() / max(np.sqrt((a * a).sum() * (b * b).sum()), 1e-12))
    return _Part(start, end, len(chosen), spacer, similarity)
