"""ChIP-seq of histone marks: reads of fragments that fall where the state of a bin has the mark, and everywhere else.

Fragments of a bin are as many as Poisson's law gives for a background that every experiment shares (waves, hot spots,
nothing where reads cannot be placed), times one plus what the mark adds in the bin's state.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cisgram.arrays import Blocks, Positions, Rows, Totals
from cisgram.errors import ConfigError
from cisgram.simulate.chromatin_states import MARKS, PLANTED_STATES
from cisgram.simulate.streams import named_stream

_FOLDS: dict[str, float] = dict(zip(MARKS, (20.0, 11.0, 16.0, 10.0, 10.0, 10.0), strict=True))
"""Reads that a mark at full strength adds to a bin, in units of its background: sharp marks stand out more."""

_WAVELENGTHS_BINS = np.array([40.0, 220.0, 1_100.0])
_WAVE_HEIGHTS = np.array([0.10, 0.12, 0.14])
_HOT_SPOT_EVERY_BINS, _HOT_SPOT_FOLD = 600, 6.0


@dataclass(frozen=True)
class HistoneExperiment:
    """Depth and noise.

    Parameters
    ----------
    reads_per_bin
        Mean reads of every mark per bin, signal and background together.
    control_reads_per_bin
        Mean reads of the control per bin; 0 for no control.
    signal
        Factor on what marks add to the background: 1 for good experiments, 0.3 for poor ones.
    unevenness
        How much marked bins differ in strength: standard deviation of the natural logarithm.
    fragment_bp, fragment_sd_bp
        Mean and standard deviation of the lengths of fragments.
    read_bp
        Length of a read, from either end of a fragment.
    """

    reads_per_bin: float = 6.0
    control_reads_per_bin: float = 4.0
    signal: float = 1.0
    unevenness: float = 0.35
    fragment_bp: int = 200
    fragment_sd_bp: int = 30
    read_bp: int = 50

    def __post_init__(self) -> None:
        if not self.reads_per_bin > 0 or min(self.control_reads_per_bin, self.signal, self.unevenness) < 0:
            raise ConfigError(f"reads_per_bin must be above 0, what concerns noise 0 or more; got {self}")
        if not 1 <= self.read_bp <= self.fragment_bp or self.fragment_sd_bp < 0:
            raise ConfigError(f"read_bp must be 1 to fragment_bp and fragment_sd_bp 0 or more; got {self}")


class Fragments(NamedTuple):
    """Fragments of one contig, sorted by start."""

    start: Positions
    """0-based."""
    end: Positions
    """Half-open."""
    is_reverse: Positions
    """1 where the read is that of the right end."""

    def reads(self, read_bp: int) -> "Fragments":
        """The reads of one end each, sorted by their own starts."""
        length = np.minimum(self.end - self.start, read_bp)
        start = np.where(self.is_reverse == 1, self.end - length, self.start)
        order = np.lexsort((self.is_reverse, start))
        return Fragments(start[order], (start + length)[order], self.is_reverse[order])


def bin_landscape(chrom: str, n_bins: int, *, unmappable: Blocks, bin_size: int, seed: int) -> Totals:
    """Background of every bin, around 1: the same under every mark, every cell type and the control."""
    rng = named_stream(seed, "histone landscape", chrom)
    turns = 2 * np.pi * (np.arange(n_bins)[:, None] / _WAVELENGTHS_BINS + rng.random(_WAVELENGTHS_BINS.size))
    landscape = 1 + np.sin(turns) @ _WAVE_HEIGHTS
    hot = rng.integers(0, n_bins, rng.poisson(n_bins / _HOT_SPOT_EVERY_BINS))
    np.add.at(landscape, hot, _HOT_SPOT_FOLD * rng.random(hot.size))
    covered = np.zeros(n_bins * bin_size + 1)
    for start, end in unmappable.tolist():
        covered[start:end] = 1
    return landscape * (1 - covered[:-1].reshape(n_bins, bin_size).mean(axis=1))


def expected_fragments(
    states: Rows, mark: str, landscape: Totals, *, experiment: HistoneExperiment, rng: np.random.Generator
) -> Totals:
    """Fragments expected of every bin, in units of the background.

    Parameters
    ----------
    states
        Number of the planted state of every bin.
    mark
        One of :data:`cisgram.simulate.chromatin_states.MARKS`, or ``control`` for none.
    landscape
        From :func:`bin_landscape`.
    experiment
        Depth and noise.
    rng
        Draws how strong each bin is.
    """
    if mark == "control":
        return landscape
    levels = np.array([state.levels[MARKS.index(mark)] for state in PLANTED_STATES])
    spread = experiment.unevenness
    strength = np.exp(rng.normal(-spread * spread / 2, spread, states.size))
    return landscape * (1 + experiment.signal * _FOLDS[mark] * levels[states] * strength)


def draw_fragments(
    expected: Totals, *, bin_size: int, experiment: HistoneExperiment, rng: np.random.Generator
) -> Fragments:
    """Draw the fragments of a contig; each has its middle in the bin that it counts for.

    Parameters
    ----------
    expected
        Fragments per bin.
    bin_size
        Width of a bin in bp.
    experiment
        Lengths of fragments.
    rng
        Where the randomness comes from.
    """
    counts = rng.poisson(expected)
    middle = np.repeat(np.arange(counts.size), counts) * bin_size + rng.integers(0, bin_size, int(counts.sum()))
    drawn = rng.normal(experiment.fragment_bp, experiment.fragment_sd_bp, middle.size)
    length = np.maximum(np.round(drawn).astype(np.int64), experiment.read_bp)
    # Fragments that would reach over an end of the contig end there.
    start = np.maximum(middle - length // 2, 0)
    end = np.minimum(middle + length - length // 2, counts.size * bin_size)
    is_reverse = rng.integers(0, 2, middle.size)
    order = np.lexsort((end, start))
    return Fragments(start[order], end[order], is_reverse[order])
