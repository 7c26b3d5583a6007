"""What needs no deep model: the mean of each track, the bases in and around a bin, the distance to gene starts."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from cisgram.arrays import BinnedTargets
from cisgram.baselines.binned import BinSequenceConfig, fit_bin_sequences
from cisgram.baselines.binned_starts import StartExample, fit_start_distance, start_bins
from cisgram.data.binned_store import BinnedStore, training_mean
from cisgram.genomics.genome import Genome
from cisgram.run.folder import BinnedRun

MEAN, GC, WORDS, STARTS = "mean signal", "GC content", "k-mers", "gene starts"
"""What the floors are called."""

_SEQUENCE_WINDOWS, _START_WINDOWS = 400, 2000


def floors(
    run: BinnedRun, store: BinnedStore, genome: Genome, *, genes: pd.DataFrame | None, folder: Path
) -> Iterator[tuple[str, BinnedTargets]]:
    """Name and prediction of each floor for the test windows; learnt from training windows.

    Parameters
    ----------
    run, store, genome
        Of the run.
    genes
        Gene table; without it there is no distance to gene starts.
    folder
        Where predictions lie as long as they are needed: as large as those of the model, one floor at a time.
    """
    n_test, layout, settings = store.rows("test").size, store.layout, run.config.evaluation
    mean = np.nan_to_num(training_mean(store)).astype(np.float32)
    yield MEAN, np.broadcast_to(mean[None, :, None], (n_test, mean.size, layout.n_bins))
    is_stranded = any(track != other for track, other in enumerate(layout.strand_pairs))
    options = {"context_bp": settings.context_bp, "is_stranded": is_stranded, "seed": run.config.seed}
    yield GC, _from_sequence(store, genome, BinSequenceConfig(word_bp=0, **options), folder)
    if settings.word_bp:
        yield WORDS, _from_sequence(store, genome, BinSequenceConfig(word_bp=settings.word_bp, **options), folder)
    if genes is not None:
        yield STARTS, _from_starts(store, genes, folder)


def _from_sequence(store: BinnedStore, genome: Genome, config: BinSequenceConfig, folder: Path) -> BinnedTargets:
    """Linear models of the bases in and around a bin."""
    rows = _evenly(store.rows("train"), _SEQUENCE_WINDOWS)
    codes = genome.windows(store.windows.iloc[rows])
    model = fit_bin_sequences(codes, np.asarray(store.targets[rows]), bin_size=store.layout.bin_size, config=config)
    found = _room(store, folder)
    for at, row in enumerate(store.rows("test")):
        found[at] = model.predict(genome.windows(store.windows.iloc[[row]])[0])
    return found


def _from_starts(store: BinnedStore, genes: pd.DataFrame, folder: Path) -> BinnedTargets:
    """The average of training windows by distance to the nearest gene start."""
    layout = store.layout
    geometry = {"bin_size": layout.bin_size, "n_bins": layout.n_bins}
    rows = _evenly(store.rows("train"), _START_WINDOWS)
    places = zip(rows, store.outputs(rows)["chrom"], store.outputs(rows)["start"], strict=True)
    examples = (
        StartExample(start_bins(genes, str(chrom), int(start), **geometry), np.asarray(store.targets[row]))
        for row, chrom, start in places
    )
    profile = fit_start_distance(examples, strand_pairs=layout.strand_pairs, bin_size=layout.bin_size)
    found, stretches = _room(store, folder), store.outputs(store.rows("test"))
    for at, (chrom, start) in enumerate(zip(stretches["chrom"], stretches["start"], strict=True)):
        found[at] = profile.predict(start_bins(genes, str(chrom), int(start), **geometry))
    return found


def _room(store: BinnedStore, folder: Path) -> np.ndarray:
    """A file for predictions of all test windows, float16; the one of the floor before is written over."""
    shape = (store.rows("test").size, len(store.layout.track_names), store.layout.n_bins)
    return np.lib.format.open_memmap(folder / "floor.npy", mode="w+", dtype=np.float16, shape=shape)


def _evenly(rows: np.ndarray, n: int) -> np.ndarray:
    """At most so many rows, evenly spread over all."""
    return rows if rows.size <= n else rows[np.linspace(0, rows.size - 1, n).round().astype(np.int64)]
