"""Footprints: mean reads of every track at the hits of every pattern, observed and predicted, strand by strand."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float, Integer

from cisgram.arrays import Counts, Positions
from cisgram.errors import InputError
from cisgram.motifs.grammar.stretches import Stretches, stretches_around

MeanReads = Float[np.ndarray, "pattern track strand offset"]


@dataclass(frozen=True)
class Footprints:
    """Mean reads around hits, in the direction of the motif.

    Parameters
    ----------
    patterns, tracks
        Names, in the order of the axes.
    offset_bp
        Distance from the middle base of the hit.
    observed
        Mean reads per hit, ``pattern track strand offset``; the first strand is the one that the motif reads along.
        NaN for a pattern without hits far enough inside windows.
    predicted
        The same of a model; None where it was not given.
    n_hits
        Hits behind each pattern's means.
    """

    patterns: tuple[str, ...]
    tracks: tuple[str, ...]
    offset_bp: Positions
    observed: MeanReads
    predicted: MeanReads | None
    n_hits: Integer[np.ndarray, "pattern"]

    def at(self, pattern: str, track: str) -> "Footprint":
        """The footprint of one track at one pattern."""
        for name, names, what in ((pattern, self.patterns, "pattern"), (track, self.tracks, "track")):
            if name not in names:
                raise InputError(f"there is no {what} {name!r}; there are {', '.join(names)}")
        row, column = self.patterns.index(pattern), self.tracks.index(track)
        predicted = None if self.predicted is None else self.predicted[row, column]
        return Footprint(self.offset_bp, self.observed[row, column], predicted, int(self.n_hits[row]))


class Footprint(NamedTuple):
    """Mean reads of one track around the hits of one pattern."""

    offset_bp: Positions
    """Distance from the middle base of the hit."""
    observed: Float[np.ndarray, "strand offset"]
    """Mean reads per hit; the first strand is the one that the motif reads along."""
    predicted: Float[np.ndarray, "strand offset"] | None
    """The same of a model."""
    n_hits: int
    """Hits behind the means."""


def motif_footprints(
    hits: pd.DataFrame,
    observed: Counts,
    windows: pd.DataFrame,
    tracks: Sequence[str],
    *,
    predicted: Counts | None = None,
    patterns: Sequence[str] | None = None,
    reach_bp: int = 60,
) -> Footprints:
    """Average the reads of every track around the hits of every pattern.

    Turning all windows over, reads and hits together, changes nothing. Of an even width, the left one of the two
    middle bases, in the direction of the hit, is at offset 0.

    Parameters
    ----------
    hits
        ``start, end, strand, pattern, window``, each site once.
    observed
        Reads, ``window track strand length``, with both strands.
    windows
        Interval table of the windows that the reads are of; they may be shorter than those in which hits were found,
        with the same rows. Hits that lie nearer than ``reach_bp`` to an end are left out.
    tracks
        Their names.
    predicted
        Expected reads of a model, of the same shape.
    patterns
        Names, in the order of the result; those in the hits, sorted, if not given.
    reach_bp
        Bases on either side of a hit's middle.
    """
    if observed.shape[1] != len(tracks) or observed.shape[2] != 2:
        raise InputError(f"reads need {len(tracks)} tracks of two strands; got the shape {observed.shape}")
    if predicted is not None and predicted.shape != observed.shape:
        raise InputError(f"observed and predicted must be alike; got {observed.shape} and {predicted.shape}")
    names = tuple(sorted(set(hits["pattern"])) if patterns is None else patterns)
    shape = (len(names), len(tracks), 2, 2 * reach_bp + 1)
    means = [np.full(shape, np.nan) for _ in range(1 if predicted is None else 2)]
    n_hits = np.zeros(len(names), dtype=np.int64)
    for number, name in enumerate(names):
        own = hits_inside(hits.loc[(hits["pattern"] == name).to_numpy()], windows, reach_bp=reach_bp)
        n_hits[number] = len(own)
        if len(own):
            for mean, values in zip(means, (observed, predicted), strict=False):
                mean[number] = reads_at(own, np.asarray(values), windows, reach_bp=reach_bp).values.mean(axis=0)
    offset = np.arange(-reach_bp, reach_bp + 1)
    return Footprints(names, tuple(tracks), offset, means[0], means[1] if predicted is not None else None, n_hits)


def hits_inside(hits: pd.DataFrame, windows: pd.DataFrame, *, reach_bp: int) -> pd.DataFrame:
    """Hits whose middle lies at least ``reach_bp`` from both ends of their window.

    Parameters
    ----------
    hits
        ``start, end, window``.
    windows
        Interval table that ``window`` refers to.
    reach_bp
        Bases on either side of a hit's middle; of a hit of even width, of both its middle bases.
    """
    rows = hits["window"].to_numpy(dtype=np.int64)
    ends = (hits["start"] + hits["end"]).to_numpy(dtype=np.int64)
    left, right = (windows[name].to_numpy(dtype=np.int64)[rows] for name in ("start", "end"))
    return hits.loc[((ends - 1) // 2 >= left + reach_bp) & (ends // 2 + reach_bp < right)]


def reads_at(hits: pd.DataFrame, values: Counts, windows: pd.DataFrame, *, reach_bp: int) -> Stretches:
    """Reads of all tracks around each hit, ``hit track strand offset``, strands turned with the hit.

    Parameters
    ----------
    hits
        ``start, end, strand, window``.
    values
        Reads, ``window track strand length``.
    windows
        Interval table of the windows that the reads are of.
    reach_bp
        Bases on either side of a hit's middle.
    """
    return stretches_around(hits, values, windows, reach_bp=reach_bp, is_stranded=True)
