"""What the doctor looks at: counts of one replicate at places of the genome that were sampled, laid end to end."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import BlockDifferences, SampledCounts, SampledPositions, StrandBins

N_BLOCKS = 50
"""Parts that a sample is cut into, whose spread says how sure a figure is: enough for a standard error that is itself
known to a tenth (1 / sqrt(2 * 50)), few enough that parts are longer than a gene or a peak."""

SURE_Z = 4.0
"""Standard errors that a difference must be from 0. With ten lags in each of a hundred comparisons, noise alone
reaches 4 once in thirty runs, and 3 in every run."""


class SampledStrand(NamedTuple):
    """Counts of one strand: only places that have some."""

    positions: SampledPositions
    """Along the sample, rising."""
    counts: SampledCounts
    """Above 0, float64."""


class ReadPiles(NamedTuple):
    """How many reads or fragments begin and end at the same bases, and how many would by chance."""

    n_reads: int
    n_distinct: int
    """Different ones, by contig, both ends, strand, and cell where there are cells."""
    n_once: int
    """Of these, such as were seen once."""
    n_twice: int
    expected_copies: float
    """Reads that chance would make copies of another: both ends agree when one does, by the lengths of fragments."""


@dataclass(frozen=True, eq=False)
class SampledSignal:
    """One replicate of one track.

    Parameters
    ----------
    track, replicate
        Name of the track, and number of the replicate from 0 on.
    strands
        Plus and minus, or both added up in one.
    n_bases
        Length of the sample; what lies at its places is the genome's without excluded regions.
    resolution_bp
        1, or the width of the bins that signal was added up in, since it is given for stretches and not for bases.
    role
        ``track``, ``control``, ``shallow`` or ``deep``.
    piles
        Of files of reads.

    Examples
    --------
    >>> strand = SampledStrand(np.array([3, 12]), np.array([2.0, 1.0]))
    >>> signal = SampledSignal("Oct4", 0, (strand,), n_bases=20)
    >>> signal.total, signal.binned(10).tolist(), signal.subject
    (3.0, [[2.0, 1.0]], 'Oct4 replicate 1')
    """

    track: str
    replicate: int
    strands: tuple[SampledStrand, ...]
    n_bases: int
    resolution_bp: int = 1
    role: str = "track"
    piles: ReadPiles | None = None

    @property
    def subject(self) -> str:
        """What verdicts call it."""
        name = self.track if self.role in ("track", "deep") else f"{self.track} ({self.role})"
        return f"{name} replicate {self.replicate + 1}"

    @cached_property
    def total(self) -> float:
        """Sum of all counts."""
        return float(sum(one.counts.sum() for one in self.strands))

    @cached_property
    def is_counts(self) -> bool:
        """Whether all values are whole, at single bases: only then is the noise that of counting."""
        return self.resolution_bp == 1 and all(np.array_equal(one.counts, np.rint(one.counts)) for one in self.strands)

    def binned(self, bin_bp: int) -> StrandBins:
        """Counts in bins along the sample, the strands apart (float64)."""
        n = -(-self.n_bases // bin_bp)
        return np.stack([np.bincount(one.positions // bin_bp, weights=one.counts, minlength=n) for one in self.strands])


@dataclass(frozen=True, eq=False)
class Places:
    """Stretches of contigs that were sampled, and where each begins when they are laid end to end.

    Parameters
    ----------
    table
        Interval table of the stretches, which do not overlap.

    Examples
    --------
    >>> places = Places(pd.DataFrame({"chrom": ["I", "II"], "start": [100, 0], "end": [200, 50]}))
    >>> places.n_bases, places.joined("II", np.array([7, 60])).tolist(), places.locus(107)
    (150, [107, -1], 'II:8')
    """

    table: pd.DataFrame

    @cached_property
    def offsets(self) -> SampledPositions:
        """Where each stretch begins along the sample."""
        lengths = (self.table["end"] - self.table["start"]).to_numpy()
        return np.concatenate([[0], np.cumsum(lengths)[:-1]]).astype(np.int64)

    @property
    def n_bases(self) -> int:
        """Length of all stretches together."""
        return int((self.table["end"] - self.table["start"]).sum())

    @cached_property
    def _of_contig(self) -> dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Starts, ends and offsets of the stretches of each contig, from left to right."""
        found = {}
        for chrom, rows in self.table.reset_index(drop=True).groupby("chrom", sort=False).indices.items():
            starts = self.table["start"].to_numpy()[rows]
            order = np.argsort(starts)
            ends = self.table["end"].to_numpy()[rows]
            found[str(chrom)] = (starts[order], ends[order], self.offsets[rows][order])
        return found

    def joined(self, chrom: str, positions: SampledPositions) -> SampledPositions:
        """Positions of a contig along the sample; -1 where they lie outside of it."""
        if chrom not in self._of_contig:
            return np.full(positions.size, -1, dtype=np.int64)
        starts, ends, offsets = self._of_contig[chrom]
        at = np.searchsorted(starts, positions, side="right") - 1
        inside = (at >= 0) & (positions < ends[at])
        return np.where(inside, positions - starts[at] + offsets[at], -1)

    def locus(self, position: int) -> str:
        """A position along the sample as people write it, 1-based."""
        at = int(np.searchsorted(self.offsets, position, side="right")) - 1
        row = self.table.iloc[at]
        return f"{row['chrom']}:{int(row['start']) + position - int(self.offsets[at]) + 1}"


def block_sums(positions: SampledPositions, weights: SampledCounts, n_bases: int) -> SampledCounts:
    """Sums of weights in the blocks of a sample (``N_BLOCKS``)."""
    return np.bincount(positions * N_BLOCKS // n_bases, weights=weights, minlength=N_BLOCKS)


def surely(differences: BlockDifferences) -> SampledCounts:
    """How many standard errors sums lie above 0, from how their parts vary between blocks of the genome.

    Parameters
    ----------
    differences
        One row per question, one column per block.

    Returns
    -------
    SampledCounts
        One number per row; 0 where nothing varies.
    """
    n = differences.shape[1]
    spread = differences.std(axis=1, ddof=1) / np.sqrt(n)
    return np.divide(differences.mean(axis=1), spread, out=np.zeros(differences.shape[0]), where=spread > 0)


def by_track(signals: Sequence[SampledSignal]) -> dict[tuple[str, str], list[SampledSignal]]:
    """Replicates of every track (name and role), in the order that they come in."""
    found: dict[tuple[str, str], list[SampledSignal]] = {}
    for one in signals:
        found.setdefault((one.track, one.role), []).append(one)
    return found
