"""Every method on every track of one pair: raw, denoised, MACS3, a replicate, and the deep library itself."""

import logging
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import pandas as pd

from cisgram.data.coverage_store import CoverageReader, CoverageStore
from cisgram.models.atacworks import AtacWorks
from cisgram.peaks.macs import MacsResult
from cisgram.run.folder import CoverageRun
from cisgram.run.steps.coverage.called import (
    MACS_RULE,
    Called,
    call_denoised,
    coverage_calling,
    probability_calling,
    with_calls,
)
from cisgram.run.steps.coverage.depth_tables import Result
from cisgram.run.steps.coverage.examples import ExampleTracks
from cisgram.run.steps.coverage.judge import Ground, denoised_pieces, judge, raw_pieces, score_pieces
from cisgram.run.steps.coverage.known import KnownGenome
from cisgram.run.steps.coverage.libraries import open_libraries
from cisgram.run.steps.coverage.macs import macs_peaks
from cisgram.training.denoise import Denoised, denoise

logger = logging.getLogger(__name__)


class Bench(NamedTuple):
    """What all pairs are judged with."""

    run: CoverageRun
    known: KnownGenome
    store: CoverageStore
    model: AtacWorks
    macs: Mapping[str, MacsResult]
    """By track."""
    examples: ExampleTracks

    def read(self, track: str) -> CoverageReader:
        """A track by places on the contig."""
        return self.known.reader(self.store, track)


def judge_pair(bench: Bench, ground: Ground, tracks: pd.DataFrame) -> Iterator[Result]:
    """Every method on every track of one pair; peaks are called while tracks pass by."""
    windows, deep = ground.windows, tracks.set_index("kind")["track"]
    pair = next(one for one in bench.run.config.pairs if one.name == tracks["pair"].iloc[0])

    def as_it_is(track: str, method: str, macs: MacsResult | None = None, *, calls: bool = True) -> Result:
        """A track whose coverage is its own score."""
        pieces = raw_pieces(windows, bench.read(track))
        if macs is not None or not calls:
            called = None if macs is None else Called(MACS_RULE, macs.peaks)
            return Result.of(tracks, track, method, judge(ground, pieces), called)
        calling = coverage_calling(bench.run.config.peaks, bench.read(track), windows)
        judged = judge(ground, with_calls(pieces, windows, calling))
        return Result.of(tracks, track, method, judged, calling.done())

    # Called by threshold, the deep library's peaks are the truth itself.
    yield as_it_is(deep["clean"], "deep", calls=pair.peaks != "threshold")
    if "replicate" in deep:
        yield as_it_is(deep["replicate"], "replicate", bench.macs.get(deep["replicate"]))
    for track in tracks.loc[tracks["is_judged"], "track"]:
        bench.examples.add(track, "raw", bench.read(track))
        yield as_it_is(track, "raw")
        if track in bench.macs and (score := bench.macs[track].score) is not None:
            judged = judge(ground, score_pieces(windows, score.read))
            yield Result.of(tracks, track, "macs3", judged, Called(MACS_RULE, bench.macs[track].peaks))
        yield _judge_denoised(bench, ground, tracks, track)
        logger.info("%s: judged", track)


def _judge_denoised(bench: Bench, ground: Ground, tracks: pd.DataFrame, track: str) -> Result:
    """What the model makes of one track."""
    read, take, calling = bench.read(track), bench.examples.taker(track), probability_calling()

    def seen(part: Denoised) -> None:
        take(part)
        call_denoised(part, calling)

    stream = denoise(
        bench.model,
        lambda chrom, start, end: read(chrom, start, end)[None],
        ground.windows,
        window_bp=bench.run.config.evaluation.window_bp,
    )
    judged = judge(ground, denoised_pieces(ground.windows, stream, seen=seen))
    return Result.of(tracks, track, "denoised", judged, calling.done())


def macs_results(run: CoverageRun, known: KnownGenome) -> Iterator[tuple[str, MacsResult]]:
    """By track: peaks and the score per base of MACS3 for every judged track.

    Of a replicate, its peaks where MACS3 called those of the deep library, too.
    """
    for libraries in open_libraries(run, known):
        for level in libraries.judged:
            track = f"{libraries.pair.name}.{level.label}"
            found = macs_peaks(run, known, libraries.shallow[level], with_score=True)
            logger.info("%s: %d peaks by MACS3", track, len(found.peaks))
            yield track, found
        if libraries.judged and libraries.replicate is not None and libraries.pair.peaks == "macs3":
            yield f"{libraries.pair.name}.replicate", macs_peaks(run, known, libraries.replicate)
