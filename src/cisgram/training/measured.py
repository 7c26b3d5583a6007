"""What was measured in the windows that a model is judged on, beside what needs no model to say."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from jaxtyping import Float, Num

from cisgram.arrays import Counts, PooledTotals, Positions, Rows
from cisgram.data.store import ExampleStore
from cisgram.errors import EmptySetError, InputError
from cisgram.training.kmer_floor import kmer_log_totals


@dataclass(frozen=True, eq=False)
class Measured:
    """Counts of the windows that a model is judged on.

    Raises
    ------
    InputError
        Where the parts do not fit together.
    """

    track_names: Sequence[str]
    """In the order of the track axis."""
    windows: pd.DataFrame
    """One row per window: ``chrom``, ``start``, ``end`` and, where there are negatives, ``kind``
    (``peak`` or ``negative``; without the column all windows are peaks)."""
    counts: Counts
    """Reads per base, replicates pooled."""
    replicates: Sequence[np.ndarray]
    """Reads of every replicate, one array (``window replicate strand length``) per track."""
    average_profiles: Float[np.ndarray, "track strand length"]
    """Mean profile of the training windows, see :func:`average_profiles`."""
    controls: Num[np.ndarray, "window control wide_length"] | None = None
    """Control reads, at least as long as the counts and with the same middle; as many channels as strands stand for
    the strands, any other number is added up and serves both."""
    kmer_log_totals: PooledTotals | None = None
    """ln(1 + reads) that 6-mers let expect, see :func:`cisgram.training.kmer_floor.kmer_log_totals`; None for no such
    floor."""

    def __post_init__(self) -> None:
        n_windows, n_tracks, n_strands, length = self.counts.shape
        if not len(self.windows) == n_windows:
            raise InputError(f"windows and counts must have one row per window; got {len(self.windows)}, {n_windows}")
        if not len(self.track_names) == len(self.replicates) == n_tracks == len(self.average_profiles):
            raise InputError(
                f"counts have {n_tracks} tracks; got {len(self.track_names)} names, {len(self.replicates)} arrays of "
                f"replicates and {len(self.average_profiles)} average profiles"
            )
        for name, replicates in zip(self.track_names, self.replicates, strict=True):
            if replicates.shape[0] != n_windows or replicates.shape[2:] != (n_strands, length):
                raise InputError(
                    f"replicates of {name!r} must have the windows, strands and positions of the counts "
                    f"{(n_windows, n_strands, length)}; got {(replicates.shape[0], *replicates.shape[2:])}"
                )

    @property
    def is_peak(self) -> np.ndarray:
        """Which windows are no negatives."""
        if "kind" not in self.windows:
            return np.ones(len(self.windows), dtype=bool)
        return self.windows["kind"].ne("negative").to_numpy(dtype=bool)


def measured_rows(store: ExampleStore, rows: Positions, *, training_rows: Rows, crop_bp: int = 0) -> Measured:
    """Read what was measured in some rows of an example store.

    Parameters
    ----------
    store
        The examples.
    rows
        Windows to judge the model on.
    training_rows
        Windows whose mean profile is a floor; negatives are left out, and so are tiles where there are windows
        with a centre that means something. Ridge regression on 6-mers learns from all of them.
    crop_bp
        What is judged in the middle of the output, in bp; 0 for all of it.
    """
    table = store.windows.iloc[training_rows]
    is_peak, is_tile = table["kind"].eq("peak").to_numpy(), table["centre"].eq("tile").to_numpy()
    peaks = training_rows[is_peak & ~is_tile] if (is_peak & ~is_tile).any() else training_rows[is_peak]
    if len(peaks) == 0:
        raise EmptySetError("training windows for the average profile", dropped={"negatives": len(training_rows)})
    examples = store.centred(rows)
    return Measured(
        track_names=store.track_names,
        windows=store.windows.iloc[rows],
        counts=examples.counts,
        replicates=[replicates[rows] for replicates in store.replicates],
        average_profiles=average_profiles(store.centred(peaks).counts),
        controls=examples.controls,
        kmer_log_totals=kmer_log_totals(store, rows, training_rows, crop_bp=crop_bp),
    )


def average_profiles(counts: Counts) -> Float[np.ndarray, "track strand length"]:
    """The mean profile of windows, each window scaled to a sum of 1 over both strands first.

    Windows without reads are left out; a track without any reads gets a uniform profile.

    Examples
    --------
    >>> average_profiles(np.array([[[[3.0, 1.0]]], [[[0.0, 20.0]]], [[[0.0, 0.0]]]])).tolist()
    [[[0.375, 0.625]]]
    """
    totals = counts.sum(axis=(2, 3), dtype=np.float64)
    weights = np.divide(1.0, totals, out=np.zeros_like(totals), where=totals > 0)
    mean = np.einsum("wtsl,wt->tsl", counts.astype(np.float64), weights, optimize=True)
    n_windows = (totals > 0).sum(axis=0)[:, None, None]
    uniform = 1 / (counts.shape[2] * counts.shape[3])
    return np.where(n_windows > 0, mean / np.maximum(n_windows, 1), uniform)
