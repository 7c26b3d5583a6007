"""How well a score per base ranks bases inside peaks above all others: the area under the precision-recall curve."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Mask, PerRow, Values
from cisgram.errors import EmptySetError, InputError
from cisgram.peaks.blocks import GenomeBlocks, interval_of, is_in_peaks, require_contigs

_MOST_DISTINCT = 1 << 22
_DROPPED_BITS = 12
_MAX_LEVELS = 1024


class RankingResult(NamedTuple):
    """Area under the precision-recall curve of bases."""

    average_precision: float
    """Mean precision at the bases in peaks; equal scores are one threshold."""
    low: float
    """Lower end of the 95 % interval from drawn blocks; NaN without resamples."""
    high: float
    """Upper end."""
    prevalence: float
    """Share of bases in peaks: what a score that knows nothing reaches."""
    n_bases: int
    """Bases that were looked at."""
    n_positive: int
    """Of them, in peaks."""
    is_exact: bool
    """Whether no score was rounded (see :class:`BaseRanking`)."""


class BaseRanking:
    """Gathers scores and truth of bases, piece by piece in any order.

    Equal scores are counted together, block by block. Memory: 16 bytes per distinct score and block. Beyond 4 million
    of these, scores are rounded to 11 binary digits (0.05 %), which the result says; coverage never comes so far.

    Parameters
    ----------
    blocks
        What is looked at, and the draws for intervals.
    """

    def __init__(self, blocks: GenomeBlocks) -> None:
        self._blocks = blocks
        self._of_block: list[list[tuple[np.ndarray, np.ndarray]]] = [[] for _ in blocks.blocks]
        self._n_distinct = 0
        self._dropped_bits = 0

    def add(self, chrom: str, start: int, scores: Values, is_peak: Mask) -> None:
        """Add a stretch of bases; those that no block holds are left out.

        Parameters
        ----------
        chrom, start
            Where the first base lies.
        scores
            ``length``; higher means rather a peak.
        is_peak
            ``length``; the truth.

        Raises
        ------
        InputError
            A score is NaN, or the lengths differ.
        """
        if scores.shape != is_peak.shape or np.isnan(scores).any():
            raise InputError(
                f"scores and truth must be of equal length, without NaN; got {scores.shape} and {is_peak.shape} at "
                f"{chrom}:{start + 1}"
            )
        end = start + scores.size
        for block in self._blocks.blocks:
            first, last = max(start, block.start), min(end, block.end)
            if block.chrom != chrom or first >= last:
                continue
            judged = self._blocks.is_judged(chrom, first, last)
            part = slice(first - start, last - start)
            keys = _ordered(scores[part][judged]) >> np.uint64(self._dropped_bits)
            self._append(block.number, (keys << np.uint64(1)) | is_peak[part][judged].astype(np.uint64))

    def result(self) -> RankingResult:
        """What was gathered so far.

        Raises
        ------
        EmptySetError
            No base lies in a peak.
        """
        for number in range(len(self._of_block)):
            self._merge(number)
        parts = [entries[0] for entries in self._of_block if entries]
        number = np.concatenate([np.zeros(0, np.int64), *(np.full(len(k), i) for i, k in self._filled())])
        keys = np.concatenate([np.zeros(0, np.uint64), *(keys for keys, _ in parts)])
        counts = np.concatenate([np.zeros(0, np.int64), *(counts for _, counts in parts)])
        is_positive = (keys & np.uint64(1)).astype(bool)
        n_positive, n_bases = int(counts[is_positive].sum()), int(counts.sum())
        if n_positive == 0:
            raise EmptySetError("bases in peaks", dropped={"bases outside": n_bases}, hint="are these the right peaks?")
        levels, level = np.unique(keys >> np.uint64(1), return_inverse=True)
        level = level.reshape(-1)
        value = _average_precision(level, levels.size, is_positive, counts)
        low, high = float("nan"), float("nan")
        if len(self._blocks.draws):
            low, high = interval_of(self._resampled(number, level, is_positive, counts, value))
        is_exact = not self._dropped_bits
        return RankingResult(value, low, high, n_positive / n_bases, n_bases, n_positive, is_exact)

    def _filled(self) -> list[tuple[int, np.ndarray]]:
        return [(number, entries[0][0]) for number, entries in enumerate(self._of_block) if entries]

    def _append(self, number: int, keys: np.ndarray) -> None:
        """Count equal keys and put them to those of the block."""
        found, counts = np.unique(keys, return_counts=True)
        self._of_block[number].append((found, counts))
        self._n_distinct += found.size
        if self._n_distinct > 2 * _MOST_DISTINCT:
            self._shrink()

    def _merge(self, number: int) -> None:
        """Count equal keys of a block together."""
        entries = self._of_block[number]
        if len(entries) > 1:
            keys, inverse = np.unique(np.concatenate([keys for keys, _ in entries]), return_inverse=True)
            counts = np.bincount(inverse.reshape(-1), weights=np.concatenate([counts for _, counts in entries]))
            self._of_block[number] = [(keys, counts.astype(np.int64))]

    def _shrink(self) -> None:
        """Merge all blocks; where that is not enough, round."""
        for number in range(len(self._of_block)):
            self._merge(number)
        self._n_distinct = sum(keys.size for entries in self._of_block for keys, _ in entries)
        if self._n_distinct > _MOST_DISTINCT and not self._dropped_bits:
            self._dropped_bits = _DROPPED_BITS
            for entries in self._of_block:
                for i, (keys, counts) in enumerate(entries):
                    rounded = (keys >> np.uint64(1 + _DROPPED_BITS)) << np.uint64(1) | (keys & np.uint64(1))
                    entries[i] = (rounded, counts)
                entries.append((np.zeros(0, np.uint64), np.zeros(0, np.int64)))
            self._shrink()

    def _resampled(
        self, number: np.ndarray, level: np.ndarray, is_positive: np.ndarray, counts: np.ndarray, value: float
    ) -> PerRow:
        """Average precision per resample, at up to 1,024 thresholds; what these take away is given back to each."""
        of_level = np.bincount(level[is_positive], weights=counts[is_positive], minlength=int(level.max()) + 1)
        ranks = np.searchsorted(of_level.cumsum(), np.linspace(0, of_level.sum(), _MAX_LEVELS + 1)[1:] - 0.5)
        kept = np.unique(np.concatenate([[np.flatnonzero(of_level)[0]], ranks]))
        bin_of = np.searchsorted(kept, level, side="right")
        above = []
        for chosen in (is_positive, ~is_positive):
            flat = np.bincount(
                number[chosen] * (kept.size + 1) + bin_of[chosen],
                weights=counts[chosen],
                minlength=len(self._of_block) * (kept.size + 1),
            ).reshape(len(self._of_block), -1)
            above.append(flat[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:])
        coarse = _precision_at_levels(*(self._blocks.draws @ part for part in above))
        whole = _precision_at_levels(*(part.sum(axis=0, keepdims=True) for part in above))
        return coarse + (value - whole)


def rank_bases(
    read: Callable[[str, int, int], Values], truth: pd.DataFrame, blocks: GenomeBlocks, *, chunk_bp: int = 1 << 20
) -> RankingResult:
    """Rank all bases by a score against peaks.

    Parameters
    ----------
    read
        Gives the score of a stretch (chrom, start, end), e.g. the probability of a peak, or coverage.
    truth
        Interval table of peaks.
    blocks
        What is looked at.
    chunk_bp
        Bases that are read at once.

    Raises
    ------
    ContigError, EmptySetError
        No peak lies where it is looked at.
    InputError
        A score is NaN.

    Examples
    --------
    >>> from cisgram.peaks.blocks import genome_blocks
    >>> truth = pd.DataFrame({"chrom": ["I"], "start": [2], "end": [4]})
    >>> scores = np.array([0.1, 0.5, 0.9, 0.3, 0.1, 0.1])
    >>> round(rank_bases(lambda c, a, b: scores[a:b], truth, genome_blocks({"I": 6})).average_precision, 3)
    0.833
    """
    require_contigs(truth, blocks.sizes, "peaks")
    ranking = BaseRanking(blocks)
    for _, chrom, start, end in blocks.pieces(chunk_bp):
        ranking.add(chrom, start, read(chrom, start, end), is_in_peaks(truth, chrom, start, end))
    return ranking.result()


def _ordered(scores: np.ndarray) -> np.ndarray:
    """Whole numbers (uint64) in the order of float32 scores; 0 and -0 are equal."""
    bits = (np.asarray(scores, dtype=np.float32) + np.float32(0)).view(np.uint32)
    return np.where(bits >> 31, ~bits, bits | np.uint32(1 << 31)).astype(np.uint64)


def _average_precision(level: np.ndarray, n_levels: int, is_positive: np.ndarray, counts: np.ndarray) -> float:
    """Average precision of counted bases; levels rise with the score."""
    true, false = (
        np.bincount(level[chosen], weights=counts[chosen], minlength=n_levels)[::-1]
        for chosen in (is_positive, ~is_positive)
    )
    n_true, n_false = true.cumsum(), false.cumsum()
    return float((true * n_true / np.maximum(n_true + n_false, 1)).sum() / n_true[-1])


def _precision_at_levels(true: np.ndarray, false: np.ndarray) -> np.ndarray:
    """Average precision per row from the bases that reach every level (columns)."""
    gained = true - np.concatenate([true[:, 1:], np.zeros((len(true), 1))], axis=1)
    reached = true + false
    precision = np.divide(true, reached, out=np.zeros_like(true), where=reached > 0)
    total = gained.sum(axis=1)
    return np.divide((gained * precision).sum(axis=1), total, out=np.full(len(total), np.nan), where=total > 0)
