"""Peaks called from raw, denoised and replicate coverage in the same pass in which they are judged."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.data.coverage_store import CoverageReader
from cisgram.io.tables import read_intervals
from cisgram.peaks.threshold import ScoredPiece, ThresholdCaller
from cisgram.run.denoise import PROBABILITY_DECIMALS, DenoiseConfig
from cisgram.run.folder import CoverageRun
from cisgram.run.settings.coverage import PeaksConfig
from cisgram.run.steps.coverage.judge import Piece
from cisgram.training.denoise import Denoised

MACS_RULE = "as MACS3 says"
"""The rule of peaks that MACS3 called."""
_LEAST_COVERAGE = float(np.finfo(np.float32).tiny)


class Called(NamedTuple):
    """Peaks of one method on one track."""

    rule: str
    """How they were called, in words."""
    peaks: pd.DataFrame


class Calling(NamedTuple):
    """A caller at work, and its rule."""

    rule: str
    caller: ThresholdCaller

    def done(self) -> Called:
        """What was called."""
        return Called(self.rule, self.caller.peaks())


def coverage_calling(rule: PeaksConfig, read: CoverageReader, windows: pd.DataFrame) -> Calling:
    """Call peaks where coverage is so many times its own mean, as [peaks] says for the deep library.

    A track that is 0 everywhere has no peak.
    """
    caller = ThresholdCaller(
        threshold=max(rule.fold * mean_of(read, windows), _LEAST_COVERAGE),
        min_length_bp=rule.min_length_bp,
        max_gap_bp=rule.max_gap_bp,
    )
    return Calling(f"coverage >= {rule.fold:g} x mean", caller)


def mean_of(read: CoverageReader, windows: pd.DataFrame) -> float:
    """Mean coverage of a base of some windows."""
    places = windows[["chrom", "start", "end"]].itertuples(index=False, name=None)
    total = sum(float(read(*place).sum(dtype=np.float64)) for place in places)
    return total / int((windows["end"] - windows["start"]).sum())


def probability_calling() -> Calling:
    """Call peaks where the model's probability is high, as the verb ``denoise`` does unless told otherwise."""
    settings = DenoiseConfig()
    caller = ThresholdCaller(
        threshold=settings.threshold, min_length_bp=settings.min_length_bp, max_gap_bp=settings.max_gap_bp
    )
    return Calling(f"probability >= {settings.threshold:g}", caller)


def with_calls(pieces: Iterable[Piece], windows: pd.DataFrame, calling: Calling) -> Iterator[Piece]:
    """The same pieces; peaks are called from their scores as they pass."""
    places = list(windows[["chrom", "start"]].itertuples(index=False, name=None))
    for piece in pieces:
        assert piece.score is not None, "coverage is its own score"
        chrom, start = places[piece.row]
        calling.caller.add(ScoredPiece(chrom, start, piece.score))
        yield piece


def call_denoised(part: Denoised, calling: Calling) -> None:
    """Call peaks from a stretch, rounded as in the files of ``denoise``, so that both call the same ones."""
    probability = np.round(part.probability, PROBABILITY_DECIMALS)
    track = np.round(part.track, DenoiseConfig().decimals)
    calling.caller.add(ScoredPiece(part.chrom, part.start, probability, track))


def deep_peaks(run: CoverageRun, pair: str) -> pd.DataFrame:
    """Peaks of a pair's deep library as the step prepare has written them."""
    return read_intervals(run.examples / f"{pair}.peaks.narrowPeak")


def with_heights(peaks: pd.DataFrame, read: CoverageReader) -> pd.DataFrame:
    """Peaks with their greatest deep coverage as ``height``, and with a summit where they bring none.

    The summit is the middle of the first stretch of greatest coverage.
    """
    heights, summits = np.zeros(len(peaks)), np.full(len(peaks), -1, dtype=np.int64)
    for row, (chrom, start, end) in enumerate(peaks[["chrom", "start", "end"]].itertuples(index=False, name=None)):
        values = read(chrom, start, end)
        heights[row] = values.max()
        first = int(values.argmax())
        below = np.flatnonzero(values[first:] < values[first])
        last = first + int(below[0]) - 1 if below.size else values.size - 1
        summits[row] = start + (first + last) // 2
    given = peaks["summit"].to_numpy() if "summit" in peaks else np.full(len(peaks), -1)
    return peaks.assign(height=heights, summit=np.where(given >= 0, given, summits))
