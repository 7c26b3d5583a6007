"""One track as it is judged: strands joined, cropped, and with the totals that a prediction implies."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from cisgram.arrays import LogCounts, Profiles
from cisgram.training.measured import Measured


@dataclass(frozen=True, eq=False)
class JudgedTrack:
    """One track of some windows, measured and predicted."""

    name: str
    counts: np.ndarray
    """window strand length"""
    replicates: np.ndarray
    """window replicate strand length"""
    profiles: np.ndarray
    """window strand length; a window sums to 1 over both strands, or to less after a crop"""
    totals: np.ndarray
    """window; predicted reads before the crop"""
    average_profile: np.ndarray
    """strand length"""
    controls: np.ndarray | None
    """window strand length"""
    kmer_log_totals: np.ndarray | None
    """window; what 6-mers let expect"""
    n_left_out: Mapping[str, int]

    def of(self, kept: np.ndarray) -> "JudgedTrack":
        """Some of the windows."""
        if kept.all():
            return self
        return replace(
            self,
            counts=self.counts[kept],
            replicates=self.replicates[kept],
            profiles=self.profiles[kept],
            totals=self.totals[kept],
            controls=None if self.controls is None else self.controls[kept],
            kmer_log_totals=None if self.kmer_log_totals is None else self.kmer_log_totals[kept],
            n_left_out={"negatives": int((~kept).sum())},
        )

    def log_totals(self, *, per_strand: bool) -> tuple[np.ndarray, np.ndarray]:
        """ln(1 + reads), measured and predicted, per window or per strand of every window."""
        predicted = self.profiles.sum(axis=2, dtype=np.float64) * self.totals[:, None]
        if not per_strand:
            predicted = predicted.sum(axis=1)
        return log_totals_of(self.counts, per_strand=per_strand), np.log1p(predicted).reshape(-1)


def judged_track(
    profiles: Profiles, log_counts: LogCounts, measured: Measured, track: int, *, crop_bp: int = 0
) -> JudgedTrack:
    """Put together what is judged of one track.

    Parameters
    ----------
    profiles, log_counts
        Predictions, as :func:`cisgram.training.evaluate.evaluate` takes them.
    measured
        The same windows as measured.
    track
        Index of the track.
    crop_bp
        Keep only this many bp in the middle; 0 for all.
    """
    totals = np.clip(np.expm1(log_counts[:, track].astype(np.float64)), 0, None)  # window group
    joined = profiles[:, track]
    if totals.shape[1] > 1:
        # A strand's share of the window is its share of the predicted reads.
        share = np.where(totals.sum(axis=1, keepdims=True) > 0, totals, 1)
        joined = joined * (share / share.sum(axis=1, keepdims=True))[..., None].astype(joined.dtype)
    length = measured.counts.shape[3]
    first = (length - crop_bp) // 2 if crop_bp else 0
    inside = slice(first, length - first)
    controls = measured.controls
    if controls is not None:
        # A control of another number of channels (two libraries, say) is added up and serves both strands.
        if controls.shape[1] != joined.shape[1]:
            controls = np.repeat(controls.sum(axis=1, keepdims=True), joined.shape[1], axis=1)
        around = (controls.shape[2] - length) // 2
        controls = controls[:, :, around : around + length][:, :, inside]
    return JudgedTrack(
        name=measured.track_names[track],
        counts=measured.counts[:, track, :, inside],
        replicates=measured.replicates[track][:, :, :, inside],
        profiles=joined[:, :, inside],
        totals=totals.sum(axis=1),
        average_profile=measured.average_profiles[track][:, inside],
        controls=controls,
        kmer_log_totals=None if measured.kmer_log_totals is None else measured.kmer_log_totals[:, track],
        n_left_out={},
    )


def log_totals_of(counts: np.ndarray, *, per_strand: bool) -> np.ndarray:
    """ln(1 + reads) per window, or per strand of every window, in one axis."""
    return np.log1p(counts.sum(axis=2 if per_strand else (1, 2), dtype=np.float64)).reshape(-1)
