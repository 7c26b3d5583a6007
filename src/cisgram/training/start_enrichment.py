"""Enrichment at transcription starts: how far coverage there stands above its surroundings."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import AnyValues, CoverageValues
from cisgram.errors import EmptySetError
from cisgram.training.bootstrap import interval_of

REACH_BP = 2000
CENTER_BP = 50
FLANK_BP = 1000
"""Flanks begin so far from the start, and end at :data:`REACH_BP`."""


class StartEnrichment(NamedTuple):
    """Coverage around transcription starts."""

    enrichment: float
    """Mean coverage within 50 bp of starts over the mean at 1 to 2 kb; NaN where there is nothing in the flanks."""
    interval: tuple[float, float] | None
    """The middle 95 % with starts drawn with replacement."""
    profile: AnyValues
    """Mean coverage from 2 kb before starts to 2 kb behind, over the mean of the flanks; genes read rightwards."""
    n_starts: int
    """Starts whose surroundings were seen whole."""


class StartSums:
    """Coverage around starts, gathered from stretches in any order; memory: 32 bytes per start.

    Parameters
    ----------
    genes
        Gene table (:data:`cisgram.genomics.genes.GENE_COLUMNS`); starts at the same place on the same strand count
        once.

    Raises
    ------
    EmptySetError
        Where there are no genes.

    Examples
    --------
    >>> genes = pd.DataFrame({"chrom": ["I"], "tss": [2500], "strand": ["+"]})
    >>> sums = StartSums(genes)
    >>> coverage = np.ones(5000, np.float32)
    >>> coverage[2450:2551] = 8
    >>> sums.add("I", 0, coverage[:2460])
    >>> sums.add("I", 2460, coverage[2460:])
    >>> sums.result(n_resamples=10, seed=0).enrichment
    8.0
    """

    def __init__(self, genes: pd.DataFrame) -> None:
        if genes.empty:
            raise EmptySetError("transcription starts", dropped={}, hint="the annotation has no genes on these contigs")
        starts = genes[["chrom", "tss", "strand"]].drop_duplicates().sort_values(["chrom", "tss"], ignore_index=True)
        self._rows = {str(chrom): own.index.to_numpy() for chrom, own in starts.groupby("chrom")}
        self._at, self._minus = starts["tss"].to_numpy(np.int64), (starts["strand"] == "-").to_numpy()
        self._center, self._flanks = np.zeros(len(starts)), np.zeros(len(starts))
        self._seen = np.zeros(len(starts), dtype=np.int64)
        self._profile, self._n = np.zeros(2 * REACH_BP + 1), np.zeros(2 * REACH_BP + 1)

    def add(self, chrom: str, start: int, values: CoverageValues) -> None:
        """Take in a stretch that begins at ``start`` of a contig; no base may be given twice."""
        rows = self._rows.get(chrom)
        if rows is None:
            return
        places = self._at[rows]
        first = np.searchsorted(places, start - REACH_BP)
        last = np.searchsorted(places, start + values.size + REACH_BP)
        for row in rows[first:last]:
            left = max(int(self._at[row]) - REACH_BP, start)
            right = min(int(self._at[row]) + REACH_BP + 1, start + values.size)
            if left < right:
                self._add_one(int(row), left - int(self._at[row]), values[left - start : right - start])

    def _add_one(self, row: int, offset: int, values: CoverageValues) -> None:
        """A piece around one start, from ``offset`` bp behind it on."""
        distance = np.arange(offset, offset + values.size)
        self._center[row] += values[np.abs(distance) <= CENTER_BP].sum(dtype=np.float64)
        self._flanks[row] += values[np.abs(distance) > FLANK_BP].sum(dtype=np.float64)
        self._seen[row] += values.size
        places = (-distance if self._minus[row] else distance) + REACH_BP
        self._profile[places] += values
        self._n[places] += 1

    def result(self, *, n_resamples: int, seed: int) -> StartEnrichment:
        """Enrichment over all starts that were seen whole.

        Raises
        ------
        EmptySetError
            Where there is none.
        """
        whole = self._seen == self._profile.size
        if not whole.any():
            raise EmptySetError(
                "transcription starts",
                dropped={"not wholly inside the windows": len(whole)},
                hint="are annotation and coverage of the same assembly?",
            )
        n = int(whole.sum())
        rng = np.random.default_rng(seed)
        weights = np.concatenate([np.ones((1, n)), rng.multinomial(n, np.full(n, 1 / n), size=n_resamples)])
        center = weights @ self._center[whole] / (2 * CENTER_BP + 1)
        flanks = weights @ self._flanks[whole] / (2 * (REACH_BP - FLANK_BP))
        ratio = np.divide(center, flanks, out=np.full(len(weights), np.nan), where=flanks > 0)
        mean = self._profile / np.maximum(self._n, 1)
        edge = mean[np.abs(np.arange(-REACH_BP, REACH_BP + 1)) > FLANK_BP].mean()
        profile = mean / edge if edge > 0 else np.full_like(mean, np.nan)
        return StartEnrichment(float(ratio[0]), interval_of(ratio[1:]), profile, n)
