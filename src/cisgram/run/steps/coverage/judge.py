"""One shallow track judged: raw, denoised, and by MACS3, all on the same windows."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import CoverageValues, Mask
from cisgram.data.coverage_store import CoverageReader
from cisgram.training.bootstrap import Draws
from cisgram.training.denoise import Denoised
from cisgram.training.start_enrichment import StartSums
from cisgram.training.track_agreement import Agreement, AgreementSums, EvaluationBlocks, draw_blocks, odds

ALL, HELD_OUT = "all contigs", "contigs never trained on"
"""The two parts of the genome that figures are of."""


class Scope(NamedTuple):
    """Some blocks, and how often each is drawn per resample."""

    chosen: Mask
    draws: Draws


@dataclass(frozen=True, eq=False)
class Ground:
    """What every track of one pair is judged on."""

    windows: pd.DataFrame
    """Evaluation windows, in places on the contigs."""
    blocks: EvaluationBlocks
    scopes: Mapping[str, Scope]
    deep: CoverageReader
    peaks: CoverageReader
    genes: pd.DataFrame | None


class Judged(NamedTuple):
    """What was found of one method on one track."""

    agreement: Mapping[str, Mapping[str, Agreement]]
    """By scope and metric."""
    starts: StartSums | None
    """Coverage around transcription starts."""


class Piece(NamedTuple):
    """What a method says of one evaluation window."""

    row: int
    track: CoverageValues | None
    score: CoverageValues | None


def scopes_of(blocks: EvaluationBlocks, held_out: Iterable[str], *, n_resamples: int, seed: int) -> dict[str, Scope]:
    """All contigs, and those that are held out; draws that every method of a pair shares."""
    masks = {ALL: np.ones(blocks.n_blocks, dtype=bool), HELD_OUT: blocks.on(list(held_out))}
    return {
        name: Scope(mask, draw_blocks(int(mask.sum()), n_resamples=n_resamples, seed=seed))
        for name, mask in masks.items()
    }


def judge(ground: Ground, pieces: Iterable[Piece]) -> Judged:
    """Take in what a method says of all windows, one after the other."""
    sums = AgreementSums(ground.blocks)
    starts: StartSums | None = None  # stays so for a method that has scores of peaks and no track
    places = list(ground.windows[["chrom", "start", "end"]].itertuples(index=False, name=None))
    for piece in pieces:
        chrom, start, end = places[piece.row]
        deep = ground.deep(chrom, start, end)
        is_peak = ground.peaks(chrom, start, end) > 0
        sums.add(piece.row, deep=deep, track=piece.track, score=piece.score, is_peak=is_peak)
        if ground.genes is not None and piece.track is not None:
            starts = StartSums(ground.genes) if starts is None else starts
            starts.add(chrom, start, piece.track)
    found = {name: sums.agreement(scope.draws, scope.chosen) for name, scope in ground.scopes.items()}
    return Judged(found, starts)


def raw_pieces(windows: pd.DataFrame, read: CoverageReader) -> Iterable[Piece]:
    """A track as it is, which is its own score: higher coverage, surer peak."""
    for row, place in enumerate(windows[["chrom", "start", "end"]].itertuples(index=False, name=None)):
        values = read(*place)
        yield Piece(row, values, values)


def score_pieces(windows: pd.DataFrame, read: CoverageReader) -> Iterable[Piece]:
    """A score of peaks without a track, such as that of a caller."""
    for row, place in enumerate(windows[["chrom", "start", "end"]].itertuples(index=False, name=None)):
        yield Piece(row, None, np.maximum(read(*place), 0).astype(np.float32))


def denoised_pieces(
    windows: pd.DataFrame, stream: Iterable[Denoised], *, seen: Callable[[Denoised], object] = lambda _: None
) -> Iterable[Piece]:
    """What a model makes of every window, put together where it comes in parts.

    Parameters
    ----------
    windows
        In the order of the stream.
    stream
        Stretches in order, without gaps inside of a window.
    seen
        Is told of every stretch.
    """
    row, tracks, probabilities = 0, [], []
    lengths = (windows["end"] - windows["start"]).tolist()
    for part in stream:
        seen(part)
        tracks.append(part.track)
        probabilities.append(part.probability)
        if sum(one.size for one in tracks) == lengths[row]:
            yield Piece(row, np.concatenate(tracks), odds(np.concatenate(probabilities)))
            row, tracks, probabilities = row + 1, [], []
    assert (row, tracks) == (len(windows), []), "the stream covers the windows one after the other"
