"""Predict the held-out windows, as arrays and bigWigs."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np

from cisgram.data.store import ExampleStore, open_store
from cisgram.genomics.interval import resize
from cisgram.genomics.track import expected_counts
from cisgram.io.bigwig import write_bigwig_windows
from cisgram.io.fasta import read_genome
from cisgram.io.files import atomic_path
from cisgram.run.folder import ProfileRun
from cisgram.run.pace import logged_pace
from cisgram.run.trained import trained_model
from cisgram.training.predictions import WindowPredictions, predict_rows

logger = logging.getLogger(__name__)

_STRANDS = {1: ("",), 2: (".plus", ".minus")}


def predict(run: ProfileRun) -> Mapping[str, Any]:
    """Do the step: profiles and log counts of all test windows, and expected counts as bigWigs."""
    store = open_store(run.examples)
    rows = store.rows("test")
    predicted = predict_rows(
        trained_model(run),
        store,
        rows,
        reverse_complement=run.config.evaluation.average_strands,
        progress=logged_pace(logger, "windows"),
    )
    arrays = {"rows": rows, "profiles": predicted.profiles.astype(np.float32), "log_counts": predicted.log_counts}
    for name, values in arrays.items():
        with atomic_path(run.predictions / f"test.{name}.npy") as path, path.open("wb") as file:
            np.save(file, values, allow_pickle=False)
    _write_bigwigs(run, store, rows, predicted)
    return {"n_windows": len(rows)}


def _write_bigwigs(run: ProfileRun, store: ExampleStore, rows: np.ndarray, predicted: WindowPredictions) -> None:
    """Expected counts per base: the profile times the total; where windows overlap, their mean."""
    sizes = read_genome(run.input(run.config.genome.fasta)).sizes
    windows = store.windows.loc[rows]
    middle = resize(windows, store.output_length, center=(windows["start"] + windows["end"]) // 2)
    inside = (middle["start"] >= 0) & (middle["end"] <= middle["chrom"].map(dict(sizes)))
    counts = expected_counts(predicted.profiles, predicted.log_counts)[inside.to_numpy()]
    for track, name in enumerate(store.track_names):
        for strand, suffix in enumerate(_STRANDS[counts.shape[2]]):
            write_bigwig_windows(
                run.predictions / f"{name}{suffix}.bw",
                sizes,
                middle[inside],
                counts[:, track, strand].astype(np.float32),
            )
