"""A pattern: aligned short spans of high contribution that one run of motif discovery put together."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Matrix, SeqletArrays
from cisgram.errors import InputError
from cisgram.genomics.motif import Motif, informative_part

SEQLET_COLUMNS = ("example", "start", "end", "strand")
"""Columns of a table of seqlets: row of the sequence, 0-based half-open position in it, ``+`` or ``-``."""


class SeqletValues(NamedTuple):
    """What single seqlets look like, each in the direction of its pattern."""

    sequences: SeqletArrays
    """One-hot."""
    contributions: SeqletArrays
    """Projected contributions."""
    hypothetical: SeqletArrays
    """Hypothetical contributions."""


@dataclass(frozen=True, eq=False)
class Pattern:
    """A cluster of aligned seqlets.

    Parameters
    ----------
    name
        ``pos_pattern_0``, ``neg_pattern_2``, ...: the sign of its contributions, and its rank by seqlets.
    ppm
        Mean one-hot sequence of the seqlets; a column sums to less than 1 where seqlets have N.
    cwm
        Mean contributions (CWM).
    hcwm
        Mean hypothetical contributions (hCWM).
    seqlets
        One row per seqlet, :data:`SEQLET_COLUMNS`. ``example`` and positions are those of the arrays that
        patterns were sought in. A seqlet on strand ``-`` matches the pattern by its reverse complement.
    values
        What the seqlets look like; None where a reader left them out.
    subpatterns
        Finer clusters of the same seqlets, largest first; their names number the clusters.

    Raises
    ------
    InputError
        Where seqlets have another width than the pattern.
    """

    name: str
    ppm: Matrix
    cwm: Matrix
    hcwm: Matrix
    seqlets: pd.DataFrame
    values: SeqletValues | None = None
    subpatterns: tuple["Pattern", ...] = ()

    def __post_init__(self) -> None:
        if missing := set(SEQLET_COLUMNS) - set(self.seqlets.columns):
            raise InputError(f"{self.name}: a table of seqlets needs {', '.join(SEQLET_COLUMNS)}; {missing} is missing")
        widths = self.seqlets["end"].to_numpy() - self.seqlets["start"].to_numpy()
        if (widths != self.width).any():
            raise InputError(
                f"{self.name} is {self.width} bp wide, but has seqlets of {widths.min()} to {widths.max()} bp"
            )

    @property
    def width(self) -> int:
        """Width in bp."""
        return self.ppm.shape[1]

    @property
    def n_seqlets(self) -> int:
        """How many seqlets it has."""
        return len(self.seqlets)

    @property
    def sign(self) -> int:
        """1 where its seqlets raise the score, -1 where they lower it."""
        return 1 if self.cwm.sum() >= 0 else -1

    def informative_part(self, *, share: float = 0.3) -> slice:
        """From the first to the last position whose summed absolute contribution is a share of the highest.

        Parameters
        ----------
        share
            Of the highest column of the CWM, between 0 and 1; the reports of TF-MoDISco-lite, and finemo, take 0.3.
        """
        heights = np.abs(self.cwm).sum(axis=0)
        return informative_part(heights, threshold=share * heights.max())

    def trimmed(self, *, share: float = 0.3) -> "Pattern":
        """The pattern without its uninformative ends; seqlets are shortened with it, subpatterns left out.

        Parameters
        ----------
        share
            As in :meth:`informative_part`.
        """
        kept = self.informative_part(share=share)
        forward = (self.seqlets["strand"] == "+").to_numpy()
        starts = self.seqlets["start"].to_numpy() + np.where(forward, kept.start, self.width - kept.stop)
        seqlets = self.seqlets.assign(start=starts, end=starts + kept.stop - kept.start)
        values = None if self.values is None else SeqletValues(*(array[..., kept] for array in self.values))
        ppm, cwm, hcwm = (matrix[:, kept] for matrix in (self.ppm, self.cwm, self.hcwm))
        return replace(self, ppm=ppm, cwm=cwm, hcwm=hcwm, seqlets=seqlets, values=values, subpatterns=())

    def motif(self, *, share: float = 0.3) -> Motif:
        """The PPM of the informative part as a motif; columns are made to sum to 1 where seqlets have N."""
        ppm = self.ppm[:, self.informative_part(share=share)].astype(np.float64)
        missing = np.maximum(1 - ppm.sum(axis=0), 0)  # sums of rounded proportions may be a little above 1
        return Motif(self.name, ppm + missing / 4, n_sites=max(self.n_seqlets, 1))

    def bits(self, *, width_bp: int = 10, share: float = 0.3) -> float:
        """Most information that so many neighbouring bases of the informative part hold together.

        Corrected for the number of seqlets: a blur of anything, such as seqlets cut out of noise, has about 0.

        Parameters
        ----------
        width_bp
            Number of neighbouring bases.
        share
            As in :meth:`informative_part`.
        """
        columns = np.maximum(self.motif(share=share).information_content(correction="approximate"), 0)
        return float(np.convolve(columns, np.ones(width_bp)).max())


class PatternSearch(NamedTuple):
    """What a search for patterns found."""

    patterns: list[Pattern]
    """Positive before negative, most seqlets first."""
    reason: str
    """Why there are none; empty where there are some."""
    window_bp: int
    """Middle part of the sequences that was looked at; seqlets are placed in it."""


def full_name(track: str, score: str, pattern: str) -> str:
    """Name of a pattern among those of all tracks and scores.

    Examples
    --------
    >>> full_name("Reb1", "profile", "pos_pattern_0")
    'Reb1.profile.pos_pattern_0'
    """
    return f"{track}.{score}.{pattern}"


def seqlet_table(example: object, start: object, end: object, is_reverse_complement: object) -> pd.DataFrame:
    """Make a table of seqlets, with the declared types.

    Examples
    --------
    >>> seqlet_table([0], [5], [9], [True]).to_numpy().tolist()
    [[0, 5, 9, '-']]
    """
    strand = np.where(np.asarray(is_reverse_complement, dtype=bool), "-", "+")
    table = pd.DataFrame({"example": example, "start": start, "end": end, "strand": strand})
    return table.astype({"example": np.int64, "start": np.int64, "end": np.int64, "strand": str})
