"""How well a track agrees with the deep one base by base, and its peaks with the deep peaks: sums per block.

Whole genomes pass window by window; what is kept are six sums per block for Pearson's r, a histogram per block for the
area under the precision-recall curve, and one number per 100 bp for Spearman's r.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from cisgram.arrays import ContigValues, CoverageValues, Mask
from cisgram.errors import EmptySetError, InputError
from cisgram.training.bootstrap import BlockOf, Draws, PerResample, interval_of, resample_blocks
from cisgram.training.pair_sums import correlation

BIN_BP = 100
"""Spearman's r ranks means of so many bp: single bases are tied by the thousand."""
METRICS = ("pearson", "spearman", "auprc")
"""Pearson's r over bases, Spearman's r over bins of 100 bp, area under the precision-recall curve over bases."""

_EXPONENTS = 24  # scores are told apart between 2**-24 and 2**24
_PER_OCTAVE = 64
_N_LEVELS = 2 * _EXPONENTS * _PER_OCTAVE + 1
_BITS_DROPPED = 17  # of the 23 bits of a float32's mantissa, 6 are kept: 64 levels per octave


@dataclass(frozen=True, eq=False)
class EvaluationBlocks:
    """Blocks of neighbouring windows, the units that are drawn for confidence intervals.

    Parameters
    ----------
    block_of
        Block of every window; no block has windows of two contigs.
    contigs
        Contig of every block.
    block_bp
        Length of a block in bp.
    """

    block_of: BlockOf
    contigs: tuple[str, ...]
    block_bp: int

    @property
    def n_blocks(self) -> int:
        """Blocks that hold windows."""
        return len(self.contigs)

    def on(self, contigs: Sequence[str]) -> Mask:
        """Which blocks lie on some contigs."""
        return np.isin(np.array(self.contigs), list(contigs))


class Agreement(NamedTuple):
    """One metric of one track."""

    value: float
    """NaN where it is not defined, e.g. where a track is the same everywhere."""
    resampled: PerResample
    """The same with blocks drawn with replacement."""

    @property
    def interval(self) -> tuple[float, float] | None:
        """The middle 95 % of the resampled values."""
        return interval_of(self.resampled)


def evaluation_blocks(windows: pd.DataFrame, *, fewest_on: Sequence[str] = ()) -> EvaluationBlocks:
    """Cut windows into blocks that are as long as possible with at least 20 on the contigs that matter.

    Parameters
    ----------
    windows
        Interval table; a window belongs to the block of its middle.
    fewest_on
        Contigs that shall have 20 blocks of their own where they can (see
        :func:`cisgram.training.bootstrap.resample_blocks`); all together, if not given.

    Raises
    ------
    EmptySetError
        Where there are no windows, or none on ``fewest_on``.
    """
    on = windows[windows["chrom"].isin(list(fewest_on))] if fewest_on else windows
    if on.empty:
        where = f" on {', '.join(fewest_on)}" if fewest_on else ""
        raise EmptySetError(f"windows{where} to evaluate", dropped={}, hint="check the contigs of [split]")
    block_bp = resample_blocks(on, n_resamples=0).block_bp
    contig, names = pd.factorize(windows["chrom"])
    middle = ((windows["start"] + windows["end"]) // 2).to_numpy(dtype=np.int64)
    found, block_of = np.unique(np.stack([contig, middle // block_bp]), axis=1, return_inverse=True)
    return EvaluationBlocks(
        block_of.reshape(-1).astype(np.int64), tuple(str(names[one]) for one in found[0]), int(block_bp)
    )


def draw_blocks(n_blocks: int, *, n_resamples: int, seed: int) -> Draws:
    """How often each of some blocks is drawn, with replacement, per resample: a row sums to the number of blocks."""
    rng = np.random.default_rng(seed)
    return rng.multinomial(n_blocks, np.full(n_blocks, 1 / n_blocks), size=n_resamples).astype(np.float64)


class AgreementSums:
    """What Pearson's r, Spearman's r and auPRC follow from, gathered window by window.

    Memory: per block 50 kB, and 8 bytes per 100 bp.

    Parameters
    ----------
    blocks
        Blocks of the windows.

    Examples
    --------
    >>> windows = pd.DataFrame({"chrom": ["I"], "start": [0], "end": [400]})
    >>> sums = AgreementSums(evaluation_blocks(windows))
    >>> deep = np.repeat(np.array([0, 1, 5, 2], np.float32), 100)
    >>> sums.add(0, deep=deep, track=2 * deep, score=deep, is_peak=deep == 5)
    >>> {name: round(one.value, 6) for name, one in sums.agreement(np.ones((1, 1)), np.array([True])).items()}
    {'pearson': 1.0, 'spearman': 1.0, 'auprc': 1.0}
    """

    def __init__(self, blocks: EvaluationBlocks) -> None:
        self._blocks = blocks
        self._moments = np.zeros((6, blocks.n_blocks))
        self._counts = np.zeros((2, blocks.n_blocks, _N_LEVELS), dtype=np.int32)
        self._bins: dict[int, tuple[np.ndarray, np.ndarray]] = {}
        self._has_score = False

    def add(
        self,
        window: int,
        *,
        deep: CoverageValues,
        track: CoverageValues | None = None,
        score: CoverageValues | None = None,
        is_peak: Mask | None = None,
    ) -> None:
        """Take in one window; the same window must not be given twice.

        Parameters
        ----------
        window
            Its row.
        deep
            The truth per base.
        track
            What is compared with it; None where only peaks are judged.
        score
            How sure it is that a base lies in a peak: any number that is not negative, higher for surer; scores
            are told apart to 1.6 %.
        is_peak
            Whether a base lies in a peak of the truth; goes with ``score``.
        """
        block = int(self._blocks.block_of[window])
        if track is not None:
            x, y = deep.astype(np.float64), track.astype(np.float64)
            self._moments[:, block] += np.array([x.size, x.sum(), y.sum(), x @ x, y @ y, x @ y], dtype=np.float64)
            self._bins[window] = (_binned(deep), _binned(track))
        if score is not None:
            if is_peak is None:
                raise InputError("scores of peaks need is_peak, the peaks of the deep data")
            self._has_score = True
            levels = _levels(score)
            for row, chosen in enumerate((is_peak, ~is_peak)):
                self._counts[row, block] += np.bincount(levels[chosen], minlength=_N_LEVELS).astype(np.int32)

    def agreement(self, draws: Draws, chosen: Mask) -> dict[str, Agreement]:
        """Metrics of the windows of some blocks.

        Ranks for Spearman's r are those among the chosen windows, in the resamples too.

        Parameters
        ----------
        draws
            How often every chosen block is drawn, per resample.
        chosen
            Which blocks; as many as ``draws`` has columns.
        """
        weights = np.concatenate([np.ones((1, draws.shape[1])), draws])
        found = {}
        if self._bins:
            found["pearson"] = _split(correlation(weights @ self._moments[:, chosen].T))
            found["spearman"] = _split(correlation(weights @ self._rank_moments(chosen).T))
        if self._has_score:
            found["auprc"] = _split(_average_precision(weights, self._counts[:, chosen]))
        return found

    def _rank_moments(self, chosen: Mask) -> np.ndarray:
        """The six sums per block of ranks instead of values."""
        windows = [one for one in sorted(self._bins) if chosen[self._blocks.block_of[one]]]
        if not windows:
            return np.zeros((6, int(chosen.sum())))
        of = np.repeat(self._blocks.block_of[windows], [self._bins[one][0].size for one in windows])
        sides = (np.concatenate([self._bins[one][side] for one in windows]) for side in (0, 1))
        x, y = (rankdata(values) / len(of) - 0.5 for values in sides)
        columns = (np.ones_like(x), x, y, x * x, y * y, x * y)
        return np.stack([np.bincount(of, weights=one, minlength=self._blocks.n_blocks)[chosen] for one in columns])


def odds(probability: CoverageValues) -> CoverageValues:
    """Odds of probabilities, ``p / (1 - p)``: the same order, and told apart near 1 as finely as near 0."""
    return (probability / np.maximum(1 - probability, np.float32(2.0**-_EXPONENTS))).astype(np.float32)


def _levels(score: ContigValues) -> np.ndarray:
    """Levels of scores, evenly spaced on a logarithmic scale; the leading bits of a float32 are just that."""
    bits = np.ascontiguousarray(score, dtype=np.float32).view(np.int32) >> _BITS_DROPPED
    lowest = (127 - _EXPONENTS) * _PER_OCTAVE - 1
    return np.clip(bits - lowest, 0, _N_LEVELS - 1)


def _binned(values: CoverageValues) -> np.ndarray:
    """Means of 100 bp; the last bin may be shorter."""
    first = np.arange(0, values.size, BIN_BP)
    width = np.diff(np.append(first, values.size))
    return (np.add.reduceat(values.astype(np.float64), first) / width).astype(np.float32)


def _average_precision(weights: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Average precision per row of weights, from bases per block and level inside and outside of peaks.

    Equal scores are one step of the curve, as in scikit-learn.
    """
    used = counts.any(axis=(0, 1))
    inside, outside = (weights @ one[:, used][:, ::-1] for one in counts)
    true, all_ = inside.cumsum(axis=1), (inside + outside).cumsum(axis=1)
    precision = np.divide(true, all_, out=np.zeros_like(true), where=all_ > 0)
    n_true = true[:, -1] if true.shape[1] else np.zeros(len(weights))
    return np.divide((inside * precision).sum(axis=1), n_true, out=np.full(len(weights), np.nan), where=n_true > 0)


def _split(values: np.ndarray) -> Agreement:
    """The value itself, which stands first, and the resampled ones."""
    return Agreement(float(values[0]), values[1:])
