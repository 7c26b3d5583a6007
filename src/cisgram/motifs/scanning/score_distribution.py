"""How likely a motif's score is where nothing binds: the exact upper tail of its distribution.

Scores are whole numbers of a grid, so that their distribution is a finite sum. It is followed column by column as the
deficit from the best score of all words, which only grows: what has lost too much to reach the tail is dropped.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from cisgram.arrays import PValues, TailScores, Totals
from cisgram.errors import ConfigError
from cisgram.genomics.background import Background
from cisgram.motifs.scanning.motif_scores import FINEST_UNITS, MotifScores, best_completions, next_contexts

_COARSE_UNITS = 32
_FIRST_DEFICIT_BITS = 16
_FEW_WORDS = 1 << 15
_SHORT = 8
_MOST_DEFICITS = 1 << 14
_MOST_STATES = 1 << 22
_ENOUGH_UNITS = 1 << 10
_FEWEST_LOG2_UNITS = 6
_TIE = FINEST_UNITS >> 16
"""Scores on the finest grid that are nearer than this (1.5e-5 bits) differ by rounding: their real scores tie."""


@dataclass(frozen=True, eq=False)
class ScoreTail:
    """The upper tail of the distribution of a motif's score.

    Parameters
    ----------
    units_per_bit
        How fine the grid is.
    units
        ``column context base``, int32: what each base adds, on this grid.
    order
        How many bases back the background looks.
    scores
        Every score a word of the tail can have, in units, from the highest on (int64).
    sums
        Chance of this score or one above it in the list.
    p_values
        Chance of a score as high: the same, and scores that tie, within 1.5e-5 bits. Never decreases.
    """

    units_per_bit: int
    units: np.ndarray
    order: int
    scores: TailScores
    sums: PValues
    p_values: PValues

    def p_value(self, bits: Totals) -> Totals:
        """Chance that a word scores at least as high; NaN where that lies outside the tail."""
        asked = bits * self.units_per_bit
        n_as_high = np.searchsorted(-self.scores, -asked + max(_tolerance(self.units_per_bit), 0.5), side="right")
        outside = (asked < self.scores[-1] - 0.5) & (self.sums[-1] < 1 - 1e-9)
        return np.where(outside, np.nan, np.concatenate([np.zeros(1), self.sums])[n_as_high])

    def threshold(self, p_value: float) -> float:
        """Lowest score in bits that is as rare as this or rarer; infinite where even the best is more common."""
        n_rare = int(np.searchsorted(self.p_values, p_value, side="right"))
        return float(self.scores[n_rare - 1]) / self.units_per_bit if n_rare else np.inf

    def up_to(self, p_value: float) -> "ScoreTail":
        """The part that is as rare as this or rarer; at least the best score."""
        n_rare = max(int(np.searchsorted(self.p_values, p_value, side="right")), 1)
        kept = (part[:n_rare] for part in (self.scores, self.sums, self.p_values))
        return ScoreTail(self.units_per_bit, self.units, self.order, *kept)


def score_tail(scores: MotifScores, background: Background, *, p_value: float = 1.0) -> ScoreTail:
    """The distribution of a motif's score over all words, from the best down to a p-value.

    Where few words (32,768) reach the p-value, and of motifs up to 8 bp, they are all visited, on a grid of 2 ** -20
    bits. Of others the distribution is followed on a grid of 2 ** -10 bits or finer; with a background of order 3
    and more on one that four million states allow (2 ** -8 bits with order 5 and a p-value of 1e-4). Memory does not
    grow with the number of words.

    Parameters
    ----------
    scores
        What each base adds.
    background
        The chain whose words are scored; of the same order.
    p_value
        How far down to go, above 0, up to 1: the whole distribution.

    Returns
    -------
    ScoreTail
        Its last p-value is at least the one asked for, or 1.

    References
    ----------
    Staden (1989), Methods for calculating the probabilities of finding patterns in sequences; Touzet and Varre
    (2007), Efficient and accurate P-value computation for position weight matrices (ever finer grids).

    Examples
    --------
    >>> from cisgram.genomics.motif import Motif
    >>> uniform = Background.from_bases()
    >>> tail = score_tail(MotifScores.from_motif(Motif.from_consensus("m", "ACGTR"), uniform), uniform, p_value=0.01)
    >>> float(tail.p_values[0]), round(tail.threshold(0.002), 2)  # two words of 4 ** 5
    (0.001953125, 8.97)
    """
    if not 0 < p_value <= 1:
        raise ConfigError(f"a p-value must be above 0 and at most 1; got {p_value}")
    if scores.order != background.order:
        raise ConfigError(f"scores of order {scores.order} need a background of that order; got {background.order}")
    chances = _chances(background)
    largest_bits, n_words = _how_far(scores, chances, p_value)
    if len(scores) <= _SHORT or n_words <= _FEW_WORDS:
        units_per_bit = FINEST_UNITS
        units, best, losses = _losses(scores, units_per_bit)
        largest = _whole(largest_bits, units_per_bit, len(scores))
        deficits, words = _visit(losses, chances, scores.order, largest)
        deficits, back = np.unique(deficits, return_inverse=True)
        shares = np.bincount(back, weights=words)
    else:
        bits = max(largest_bits, 1.0)
        wanted = min(max(_MOST_DEFICITS / bits, _ENOUGH_UNITS), _MOST_STATES / (bits * 4**scores.order))
        units_per_bit = 1 << max(int(np.log2(wanted)), _FEWEST_LOG2_UNITS)
        units, best, losses = _losses(scores, units_per_bit)
        dense = _follow(losses, chances, scores.order, _whole(largest_bits, units_per_bit, len(scores)))
        deficits = np.flatnonzero(dense)
        shares = dense[deficits]
    sums = np.minimum(np.cumsum(shares), 1.0)
    as_high = np.searchsorted(deficits, deficits + _tolerance(units_per_bit), side="right") - 1
    return ScoreTail(units_per_bit, units, scores.order, best - deficits, sums, sums[as_high])


def _tolerance(units_per_bit: int) -> int:
    return _TIE if units_per_bit == FINEST_UNITS else 0


def _whole(bits: float, units_per_bit: int, width: int) -> int:
    """A deficit in units, and what rounding may add to it."""
    return int(np.ceil(bits * units_per_bit)) + width + _tolerance(units_per_bit)


def _chances(background: Background) -> np.ndarray:
    """Chance of each base after each context: ``order context base``."""
    chances = np.zeros((background.order + 1, 4**background.order, 4))
    for order, table in enumerate(background.conditionals):
        chances[order, : len(table)] = table
    return chances


def _losses(scores: MotifScores, units_per_bit: int) -> tuple[np.ndarray, int, np.ndarray]:
    """Units, the best score of all words, and what each base loses against the best that is still possible."""
    units = scores.units(units_per_bit)
    completions = best_completions(units, scores.order)
    losses = completions[:-1, :, None] - units - completions[1:][:, next_contexts(scores.order)]
    return units, int(completions[0, 0]), losses


def _how_far(scores: MotifScores, chances: np.ndarray, p_value: float) -> tuple[float, float]:
    """Deficit in bits that holds the tail for certain, and the number of words up to there, from a coarse grid."""
    _, _, losses = _losses(scores, _COARSE_UNITS)
    most = _largest_deficit(losses, scores.n_contexts)
    largest = _FIRST_DEFICIT_BITS * _COARSE_UNITS
    while True:
        largest = min(largest, most)
        sums = np.cumsum(_follow(losses, chances, scores.order, largest))
        if largest == most or sums[-1] >= p_value:
            break
        largest *= 2
    # A word's score and the best score are each off by at most half a unit per column.
    reached = min(int(np.searchsorted(sums, p_value)), largest) + len(scores) + 1
    n_words = _follow(losses, np.ones_like(chances), scores.order, min(reached, most)).sum()
    return reached / _COARSE_UNITS, float(n_words)


def _largest_deficit(losses: np.ndarray, n_contexts: np.ndarray) -> int:
    """What no word exceeds."""
    return int(sum(of_column[:n].max() for of_column, n in zip(losses, n_contexts, strict=True)))


@njit(cache=True, nogil=True)
def _follow(losses, chances, order, largest):
    """Chance of every deficit up to the largest: dynamic programming over columns, contexts and deficits."""
    n_contexts = 4**order
    now = np.zeros((n_contexts, largest + 1))
    now[0, 0] = 1.0
    least = np.full(n_contexts, largest + 1)
    least[0] = 0
    for column in range(len(losses)):
        behind = np.zeros((n_contexts, largest + 1))
        least_behind = np.full(n_contexts, largest + 1)
        reach = min(column, order)
        for context in range(4**reach):
            for base in range(4):
                loss = losses[column, context, base]
                chance = chances[reach, context, base]
                after = (context * 4 + base) % n_contexts
                least_behind[after] = min(least_behind[after], least[context] + loss)
                for deficit in range(least[context], largest + 1 - loss):
                    behind[after, deficit + loss] += chance * now[context, deficit]
        now, least = behind, least_behind
    total = np.zeros(largest + 1)
    for context in range(n_contexts):
        total += now[context]
    return total


@njit(cache=True, nogil=True)
def _visit(losses, chances, order, largest):
    """Deficit and chance of every word up to the largest deficit, depth first."""
    width, n_contexts = len(losses), 4**order
    deficits, words = np.empty(1024, np.int64), np.empty(1024)
    n = 0
    base_at = np.full(width + 1, -1)
    context_at = np.zeros(width + 1, np.int64)
    deficit_at = np.zeros(width + 1, np.int64)
    chance_at = np.ones(width + 1)
    column = 0
    while column >= 0:
        base_at[column] += 1
        base, context = base_at[column], context_at[column]
        if base == 4:
            column -= 1
            continue
        deficit = deficit_at[column] + losses[column, context, base]
        if deficit > largest:
            continue
        chance = chance_at[column] * chances[min(column, order), context, base]
        if column == width - 1:
            if n == deficits.size:
                deficits = np.concatenate((deficits, np.empty(n, np.int64)))
                words = np.concatenate((words, np.empty(n)))
            deficits[n], words[n] = deficit, chance
            n += 1
            continue
        column += 1
        base_at[column] = -1
        context_at[column] = (context * 4 + base) % n_contexts
        deficit_at[column], chance_at[column] = deficit, chance
    return deficits[:n], words[:n]
