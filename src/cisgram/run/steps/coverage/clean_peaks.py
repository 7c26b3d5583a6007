"""Peaks of the deep library: of a file, called by MACS3, or where coverage is high."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from cisgram.errors import EmptySetError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.interval import overlaps
from cisgram.io.reads import CoverageSource
from cisgram.io.tables import read_intervals
from cisgram.peaks.threshold import ScoredPiece, call_by_threshold
from cisgram.run.folder import CoverageRun
from cisgram.run.steps.coverage.known import KnownGenome
from cisgram.run.steps.coverage.libraries import Libraries
from cisgram.run.steps.coverage.macs import macs_peaks

_PIECE_BP = 1 << 20


def clean_peaks(run: CoverageRun, known: KnownGenome, libraries: Libraries) -> tuple[pd.DataFrame, Mapping[str, int]]:
    """Peaks of a pair's deep library, and how many were left out for which reason.

    Raises
    ------
    EmptySetError
        Where no peak lies in the known regions.
    """
    pair = libraries.pair
    if pair.peaks == "macs3":
        peaks = macs_peaks(run, known, libraries.clean).peaks
    elif pair.peaks == "threshold":
        rule = run.config.peaks
        threshold = rule.fold * mean_coverage(known, libraries.clean)
        peaks = call_by_threshold(
            pieces_of(known, libraries.clean),
            threshold=threshold,
            min_length_bp=rule.min_length_bp,
            max_gap_bp=rule.max_gap_bp,
        )
    else:
        peaks = read_intervals(run.input(pair.peaks))
        matched = match_contigs(known.sizes, list(dict.fromkeys(peaks["chrom"])), what=pair.peaks).to_genome
        peaks = peaks.assign(chrom=[matched.get(name, name) for name in peaks["chrom"]])
    inside = overlaps(peaks, known.regions)
    dropped = {"outside of the known regions": int((~inside).sum())}
    kept = peaks[inside].sort_values(["chrom", "start", "end"], ignore_index=True)
    if kept.empty:
        raise EmptySetError(f"peaks of {pair.name}", dropped=dropped, hint=f"peaks = {pair.peaks!r}; see [peaks]")
    return kept, {reason: n for reason, n in dropped.items() if n}


def mean_coverage(known: KnownGenome, source: CoverageSource) -> float:
    """Mean coverage of a known base."""
    return sum(float(piece.score.sum(dtype=np.float64)) for piece in pieces_of(known, source)) / known.n_bases


def pieces_of(known: KnownGenome, source: CoverageSource) -> Iterator[ScoredPiece]:
    """Coverage of the known regions, piece by piece."""
    for chrom, start, end in known.regions.itertuples(index=False):
        for left in range(start, end, _PIECE_BP):
            yield ScoredPiece(chrom, left, source.coverage(chrom, left, min(left + _PIECE_BP, end)))
