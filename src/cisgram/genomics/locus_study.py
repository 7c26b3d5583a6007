"""One locus as a case: reads observed and predicted, contributions, motif instances, and what deleting each does."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float

from cisgram.arrays import SequenceCodes
from cisgram.errors import InputError

INSTANCE_COLUMNS = ("instance", "pattern", "start", "end", "strand")
"""Columns of :attr:`LocusStudy.instances`; ``instance`` counts from 1 along the genome, places are 0-based."""
EFFECT_COLUMNS = ("instance", "pattern", "start", "end", "strand", "track", "effect", "low", "high", "n_fillings")
"""Columns of :attr:`LocusStudy.effects`: log2 fold of the predicted reads of the window without the instance over
those with it, mean, least and greatest over fillings."""

TrackReads = Float[np.ndarray, "track strand length"]


@dataclass(frozen=True, eq=False)
class LocusStudy:
    """What is known about one window.

    Raises
    ------
    InputError
        The parts do not fit together.
    """

    chrom: str
    start: int
    """First base of the part that is predicted, 0-based; below 0 where it reaches beyond the contig."""
    tracks: tuple[str, ...]
    codes: SequenceCodes
    """Its bases."""
    observed: TrackReads
    """Reads, replicates pooled."""
    predicted: TrackReads
    contributions: Float[np.ndarray, "track length"]
    """What each base that is there adds to the score of a track."""
    score: str
    """Name of that score."""
    instances: pd.DataFrame
    """:data:`INSTANCE_COLUMNS`; without rows where none were found or looked for."""
    effects: pd.DataFrame
    """:data:`EFFECT_COLUMNS`."""
    remark: str = ""
    """What a reader must know, such as where contributions come from."""

    def __post_init__(self) -> None:
        n_tracks, length = len(self.tracks), self.codes.size
        shapes = (self.observed.shape[::2], self.predicted.shape[::2], self.contributions.shape)
        if set(shapes) != {(n_tracks, length)} or self.observed.shape != self.predicted.shape:
            raise InputError(f"a locus of {length} bp with {n_tracks} tracks needs arrays of these sizes; got {shapes}")
        for table, columns in ((self.instances, INSTANCE_COLUMNS), (self.effects, EFFECT_COLUMNS)):
            if missing := [name for name in columns if name not in table]:
                raise InputError(f"a locus needs the columns {', '.join(columns)}; {', '.join(missing)} is missing")

    @property
    def end(self) -> int:
        """One past its last base."""
        return self.start + self.codes.size

    def __str__(self) -> str:
        """The locus, 1-based with both ends included."""
        return f"{self.chrom}:{self.start + 1}-{self.end}"
