"""Which motifs can have a hit where a word of eight bases stands: one table for all motifs and strands.

Each motif is given the eight columns that the fewest words pass: a word passes if what it loses there against the best
leaves the threshold in reach. What else the window loses is then looked up four columns at a time.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit

from cisgram.arrays import PerBase
from cisgram.motifs.scanning.motif_scores import best_completions, next_contexts
from cisgram.motifs.scanning.score_distribution import ScoreTail

CORE = 8
"""Bases of the word that is looked up."""
BLOCK = 4
"""Bases of the words that the rest of a window is looked up by."""

_N_STEPS = 64
_WEAK = 0.2
_MOST_STEPS = 60_000


class ScanFilter(NamedTuple):
    """Tables of a scan for some motifs; a reading is a motif on one strand."""

    widths: np.ndarray
    """Columns of every reading."""
    slacks: np.ndarray
    """What a window may lose against the best score and still be a hit, in units."""
    row_starts: np.ndarray
    """Where the candidates of every word of eight bases begin (``word + 1``)."""
    candidates: np.ndarray
    """Reading times 65,536, and what it may lose outside the word, in steps of its own rounded up."""
    core_offsets: np.ndarray
    """Where the word stands in the window of every reading."""
    weak: np.ndarray
    """Readings without candidates, because too many words would pass: they look at every window."""
    block_starts: np.ndarray
    """Where the blocks of every reading begin (``reading + 1``)."""
    block_offsets: np.ndarray
    """Where each block stands in its window."""
    block_losses: np.ndarray
    """What every word of four bases loses in a block (``block word``); empty with a background that has a memory.
    The last blocks of a reading are those of its core."""
    first_losses: np.ndarray
    """The same for the first block of every reading, in its steps rounded down (``reading word``): what is looked up
    for every candidate has to be small."""
    losses: np.ndarray
    """What each base loses after each context, columns of all motifs below each other (``column context base``)."""
    column_starts: np.ndarray
    """Where the columns of every motif begin (``motif + 1``)."""
    order: int
    """How many bases back the background looks."""
    n_strands: int
    """Readings per motif: forward, then reverse."""
    reverse: np.ndarray
    """Whether a reading is of the reverse strand."""


def make_filter(tails: Sequence[ScoreTail], *, bases: PerBase, strands: str) -> ScanFilter:
    """Make the tables that a scan needs.

    Parameters
    ----------
    tails
        Of every motif, cut off at the p-value threshold: the last score is the lowest that is a hit.
    bases
        Shares of A, C, G and T, by which the best core is chosen; any choice gives the same hits.
    strands
        ``both``, ``+`` or ``-``.
    """
    turns = {"both": (False, True), "+": (False,), "-": (True,)}[strands]
    order = tails[0].order
    every_loss = [_losses(tail) for tail in tails]
    # Completions are followed through their contexts, so that the best word loses nothing.
    slacks = np.array([tail.scores[0] - tail.scores[-1] for tail in tails], dtype=np.int64)
    found = [
        _reading(losses, order, int(slack), bases, is_reverse=turn, number=number * len(turns) + place)
        for number, (losses, slack) in enumerate(zip(every_loss, slacks, strict=True))
        for place, turn in enumerate(turns)
    ]
    row_starts, candidates = _by_word(*(np.concatenate(parts) for parts in zip(*(r.words for r in found), strict=True)))
    n_blocks = [len(reading.block_offsets) for reading in found]
    widths = np.array([len(losses) for losses in every_loss], dtype=np.int64)
    return ScanFilter(
        widths=np.repeat(widths, len(turns)),
        slacks=np.repeat(slacks, len(turns)),
        row_starts=row_starts,
        candidates=candidates,
        core_offsets=np.array([reading.core_offset for reading in found], dtype=np.int64),
        weak=np.array([number for number, reading in enumerate(found) if reading.is_weak], dtype=np.int64),
        block_starts=np.concatenate([[0], np.cumsum(n_blocks)]).astype(np.int64),
        block_offsets=np.array([place for reading in found for place in reading.block_offsets], dtype=np.int64),
        block_losses=np.array([block for reading in found for block in reading.block_losses], dtype=np.int32).reshape(
            -1, 4**BLOCK
        ),
        first_losses=np.array([reading.first_losses for reading in found], dtype=np.uint16),
        losses=np.concatenate(every_loss),
        column_starts=np.concatenate([[0], np.cumsum(widths)]),
        order=order,
        n_strands=len(turns),
        reverse=np.tile(np.array(turns), len(tails)),
    )


class _Reading(NamedTuple):
    """A motif on one strand."""

    core_offset: int
    is_weak: bool
    words: tuple[np.ndarray, np.ndarray, np.ndarray]
    """Words of eight bases that pass, the number of the reading, and what it may lose outside the word in steps."""
    first_losses: np.ndarray
    block_losses: list[np.ndarray]
    block_offsets: list[int]


def _reading(losses: np.ndarray, order: int, slack: int, bases: PerBase, *, is_reverse: bool, number: int) -> _Reading:
    """Choose the core of a motif, find the words that pass, and make the blocks of the other columns."""
    width = len(losses)
    length = min(CORE, width)
    first, rate = _best_core(losses, order, slack, bases)
    is_weak = rate > _WEAK
    words = left = np.zeros(0, dtype=np.int64)
    if not is_weak:
        words, left = _passing_words(_core_losses(losses, order, first), min(order, length), slack)
        words = _turn_words(words, length) if is_reverse else words
    n_filled = 4 ** (CORE - length)  # a short motif leaves bases of the word free
    words = (words[:, None] * n_filled + np.arange(n_filled)).ravel()
    blocks, places = [], []
    if order == 0:
        blocks, places = _blocks(losses, (0, 0) if is_weak else (first, first + length), is_reverse=is_reverse)
    offset = width - first - length if is_reverse else first
    step = slack // _MOST_STEPS + 1
    candidates = words, np.full(words.size, number), np.repeat(-(-left // step), n_filled)
    first_losses = np.zeros(4**BLOCK, dtype=np.int64)
    if blocks and width > length:  # too large a loss is cut off where it is still above all that may be lost
        first_losses = np.minimum(blocks[0] // step, 2**16 - 1)
    return _Reading(offset, is_weak, candidates, first_losses, blocks, places)


def _losses(tail: ScoreTail) -> np.ndarray:
    """What each base loses against the best that is still possible (``column context base``, int32)."""
    completions = best_completions(tail.units, tail.order)
    ahead = completions[1:][:, next_contexts(tail.order)]
    return (completions[:-1, :, None] - tail.units - ahead).astype(np.int32)


def _known_losses(losses: np.ndarray, column: int, order: int, n_known: int) -> np.ndarray:
    """The least that each base loses at a column if only the nearest bases before it are known (``context base``)."""
    reach = min(column, order)
    table = losses[column, : 4**reach]
    return table.reshape(-1, 4 ** min(n_known, reach), 4).min(axis=0)


def _core_losses(losses: np.ndarray, order: int, first: int) -> np.ndarray:
    """The least that each base loses in the columns of a core, whose bases alone are known."""
    length = min(CORE, len(losses))
    n_contexts = 4 ** min(order, length)
    core = np.zeros((length, n_contexts, 4), dtype=np.int64)
    for place in range(length):
        known = _known_losses(losses, first + place, order, place)
        # The nearest bases are the last digits: contexts with more digits than are known repeat the table.
        core[place] = np.tile(known, (n_contexts // len(known), 1))
    return core


def _best_core(losses: np.ndarray, order: int, slack: int, bases: PerBase) -> tuple[int, float]:
    """First column of the core that the fewest words pass, and how many do, by a coarse count."""
    width = len(losses)
    least = np.stack([_known_losses(losses, column, order, 0)[0] for column in range(width)])
    steps = np.minimum(least.astype(np.int64) * _N_STEPS // (slack + 1), _N_STEPS)
    rates = _pass_rates(steps, bases, min(CORE, width), _N_STEPS)
    first = int(np.argmin(rates))
    return first, float(rates[first])


@njit(cache=True)
def _pass_rates(steps, bases, length, n_steps):
    """Chance that random bases lose less than the slack in the columns of each core."""
    n_places = len(steps) - length + 1
    rates = np.empty(n_places)
    for first in range(n_places):
        now = np.zeros(n_steps)
        now[0] = 1.0
        for column in range(first, first + length):
            behind = np.zeros(n_steps)
            for base in range(4):
                step = steps[column, base]
                for level in range(n_steps - step):
                    behind[level + step] += bases[base] * now[level]
            now = behind
        rates[first] = now.sum()
    return rates


@njit(cache=True)
def _passing_words(core, order, slack):
    """Words that lose no more than the slack, and what they leave of it; depth first."""
    length, n_contexts = len(core), 4**order
    words, left = np.empty(4**length, np.int64), np.empty(4**length, np.int64)
    n, place = 0, 0
    base_at = np.full(length + 1, -1)
    word_at = np.zeros(length + 1, np.int64)
    loss_at = np.zeros(length + 1, np.int64)
    while place >= 0:
        base_at[place] += 1
        base = base_at[place]
        if base == 4:
            place -= 1
            continue
        loss = loss_at[place] + core[place, word_at[place] % n_contexts, base]
        if loss > slack:
            continue
        word = word_at[place] * 4 + base
        if place == length - 1:
            words[n], left[n] = word, slack - loss
            n += 1
            continue
        place += 1
        base_at[place], word_at[place], loss_at[place] = -1, word, loss
    return words[:n].copy(), left[:n].copy()


def _turn_words(words: np.ndarray, length: int) -> np.ndarray:
    """Numbers of the reverse complements of words."""
    turned = np.zeros_like(words)
    for place in range(length):
        turned = turned * 4 + 3 - ((words >> 2 * place) & 3)
    return turned


def _blocks(losses: np.ndarray, core: tuple[int, int], *, is_reverse: bool) -> tuple[list[np.ndarray], list[int]]:
    """Tables of four columns each: outside the core, those that lose most on average first; then in the core."""
    width = len(losses)
    oriented = losses[:, 0]
    if is_reverse:
        oriented, core = oriented[::-1, ::-1], (width - core[1], width - core[0])
    digits = (np.arange(4**BLOCK)[:, None] >> (2 * np.arange(BLOCK)[::-1])) & 3
    found = []
    for is_core, start, end in ((False, 0, core[0]), (False, core[1], width), (True, *core)):
        for first in range(start, end, BLOCK):
            columns = np.arange(first, min(first + BLOCK, end))
            place = max(min(first, width - BLOCK), 0)  # inside the window where that is wide enough
            table = oriented[columns, digits[:, columns - place]].sum(axis=1)
            found.append((is_core, -float(table.mean()), place, table))
    found.sort(key=lambda block: block[:3])
    return [block[3] for block in found], [block[2] for block in found]


@njit(cache=True)
def _by_word(words, readings, lefts):
    """Candidates sorted by word, in the order of the readings."""
    n_words = 4**CORE
    row_starts = np.zeros(n_words + 1, np.int64)
    for word in words:
        row_starts[word + 1] += 1
    for word in range(n_words):
        row_starts[word + 1] += row_starts[word]
    filled = row_starts[:-1].copy()
    candidates = np.empty(words.size, np.uint32)
    for i in range(words.size):
        candidates[filled[words[i]]] = (readings[i] << 16) + lefts[i]
        filled[words[i]] += 1
    return row_starts.astype(np.int32), candidates
