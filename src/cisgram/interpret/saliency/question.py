"""Whose signal is asked for, and how often the window is read: strands and small jitters."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from cisgram.arrays import Codes, PerTrack
from cisgram.errors import ConfigError, InputError
from cisgram.genomics.sequence import N, reverse_complement
from cisgram.interpret.saliency.geometry import BinGeometry


@dataclass(frozen=True)
class SignalQuestion:
    """The signal of a promoter: predicted values of some bins, summed, one number per track.

    Parameters
    ----------
    bins
        Numbers of predicted bins (0 is the first after the crop).
    tracks
        0-based numbers of tracks, each a question of its own.
    strand_pairs
        For every track of the model its partner on the other strand, itself where there is none; empty where no track
        has a strand.
    """

    bins: tuple[int, ...]
    tracks: tuple[int, ...]
    strand_pairs: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if not self.bins or not self.tracks or min(*self.bins, *self.tracks) < 0:
            raise InputError(
                f"a question needs bins and tracks, numbers >= 0; got bins {self.bins} and tracks {self.tracks}"
            )

    @property
    def partners(self) -> tuple[int, ...]:
        """Where the tracks that are asked for stand when the window is read on its other strand."""
        return tuple(self.strand_pairs[track] for track in self.tracks) if self.strand_pairs else self.tracks

    def require_in(self, geometry: BinGeometry, n_tracks: int) -> None:
        """Refuse bins and tracks that the model has not.

        Raises
        ------
        InputError
            With what it has.
        """
        if max(self.bins) >= geometry.n_bins or max(self.tracks) >= n_tracks:
            raise InputError(
                f"the model predicts {geometry.n_bins} bins of {n_tracks} tracks; asked of bin {max(self.bins)} and "
                f"track {max(self.tracks)} (counted from 0)"
            )
        if self.strand_pairs and sorted(self.strand_pairs) != list(range(n_tracks)):
            raise InputError(f"strand_pairs must name each of {n_tracks} tracks once; got {self.strand_pairs}")


class Reading(NamedTuple):
    """One way to read a window."""

    is_reverse: bool
    """Whether the reverse complement is read."""
    jitter_bp: int
    """By how much the sequence is moved to the right before; N follows."""

    def read(self, codes: Codes) -> Codes:
        """What the model reads of windows, ``batch length``."""
        moved = np.full(codes.shape, N, dtype=np.uint8)
        length, by = codes.shape[-1], self.jitter_bp
        moved[..., max(by, 0) : length + min(by, 0)] = codes[..., max(-by, 0) : length - max(by, 0)]
        return np.ascontiguousarray(reverse_complement(moved)) if self.is_reverse else moved

    def bases_back(self, values: np.ndarray) -> np.ndarray:
        """Values ``... 4 length`` of what was read, back at the bases of the window; 0 for bases that were not read."""
        values = values[..., ::-1, ::-1] if self.is_reverse else values
        back = np.zeros_like(values)
        length, by = values.shape[-1], self.jitter_bp
        back[..., max(-by, 0) : length - max(by, 0)] = values[..., max(by, 0) : length + min(by, 0)]
        return back


@dataclass(frozen=True)
class EnsembleConfig:
    """How often a window is read; what comes out is averaged.

    Raises
    ------
    ConfigError
        Where no jitter is given, or one twice.
    """

    both_strands: bool = True
    """Read every window on both strands."""
    jitter_bp: tuple[int, ...] = (-3, 0, 3)
    """Move the sequence by so many bp; small beside a bin, as bins are taken for those of the window unmoved."""

    def __post_init__(self) -> None:
        if not self.jitter_bp or len(set(self.jitter_bp)) < len(self.jitter_bp):
            raise ConfigError(f"jitter_bp needs one number or more, each once; got {self.jitter_bp}")

    def readings(self, geometry: BinGeometry) -> list[Reading]:
        """All ways to read a window.

        Raises
        ------
        ConfigError
            Where a jitter is half a bin or more.
        """
        if 2 * max(map(abs, self.jitter_bp)) >= max(geometry.bin_size, 2):
            raise ConfigError(f"jitter_bp must be below half a bin of {geometry.bin_size} bp; got {self.jitter_bp}")
        strands = (False, True) if self.both_strands else (False,)
        return [Reading(is_reverse, by) for by in self.jitter_bp for is_reverse in strands]

    @property
    def description(self) -> str:
        """In words."""
        strands = "both strands" if self.both_strands else "the given strand"
        moved = "not moved" if self.jitter_bp == (0,) else f"moved by {', '.join(map(str, self.jitter_bp))} bp"
        return f"{strands}, {moved}"


def relative_to(values: np.ndarray, signal: PerTrack) -> np.ndarray:
    """Values ``track ...`` as shares of the predicted signal of each track; NaN where it is 0.

    Examples
    --------
    >>> relative_to(np.array([[1.0, 3.0]]), np.array([4.0])).tolist()
    [[0.25, 0.75]]
    """
    by = np.where(signal > 0, signal, np.nan).reshape(-1, *[1] * (values.ndim - 1))
    return values / by
