"""Predict the held-out windows, as arrays and bigWigs."""

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from cisgram.arrays import LogCounts, Profiles
from cisgram.data.npy import RowWriter, open_array
from cisgram.data.store import ExampleStore, open_store
from cisgram.genomics.interval import resize
from cisgram.genomics.track import expected_counts
from cisgram.io.bigwig import write_bigwig_windows
from cisgram.io.fasta import read_genome
from cisgram.io.files import atomic_path
from cisgram.io.npy import write_npy
from cisgram.run.folder import ProfileRun
from cisgram.run.pace import logged_pace
from cisgram.run.shards import PartArrays, PartWork, Sharing, iterate_parts
from cisgram.run.trained import trained_model
from cisgram.training.predictions import predict_rows

logger = logging.getLogger(__name__)

_STRANDS = {1: ("",), 2: (".plus", ".minus")}
_BATCH = 64


def predict(run: ProfileRun) -> Mapping[str, Any]:
    """Do the step: profiles and log counts of all test windows, and expected counts as bigWigs.

    Memory: log counts of all windows, and expected counts of one track and strand.
    """
    store = open_store(run.examples)
    rows = store.rows("test")
    shape = (len(rows), *store.counts.shape[1:3], store.output_length)
    sharing = Sharing(run.parts("predict"), run.processes, border=_BATCH)
    parts = iterate_parts(partial(open_prediction, run), len(rows), sharing, progress=logged_pace(logger, "windows"))
    log_counts = [np.zeros((0, shape[1], 1), np.float32)] if not len(rows) else []
    path = run.predictions / "test.profiles.npy"
    with atomic_path(path) as temporary, RowWriter(temporary, shape, "<f4") as writer:
        for part in parts:
            writer.append(part["profiles"])
            log_counts.append(part["log_counts"])
    totals = np.concatenate(log_counts)
    for name, values in {"rows": rows, "log_counts": totals}.items():
        write_npy(run.predictions / f"test.{name}.npy", values)
    _write_bigwigs(run, store, open_array(path, shape=shape, dtype="<f4"), totals)
    return {"n_windows": len(rows)}


def open_prediction(run: ProfileRun) -> PartWork:
    """Open the store and the model; what is returned predicts some of the test windows.

    Parameters
    ----------
    run
        With a trained model.
    """
    store = open_store(run.examples)
    rows, model = store.rows("test"), trained_model(run)

    def predicted(part: range) -> PartArrays:
        found = predict_rows(
            model,
            store,
            rows[part.start : part.stop],
            reverse_complement=run.config.evaluation.average_strands,
            batch_size=_BATCH,
        )
        return {"profiles": found.profiles.astype(np.float32), "log_counts": found.log_counts}

    return predicted


def _write_bigwigs(run: ProfileRun, store: ExampleStore, profiles: Profiles, log_counts: LogCounts) -> None:
    """Expected counts per base: the profile times the total; where windows overlap, their mean."""
    sizes = read_genome(run.input(run.config.genome.fasta)).sizes
    windows = store.windows.loc[store.rows("test")]
    middle = resize(windows, store.output_length, center=(windows["start"] + windows["end"]) // 2)
    inside = ((middle["start"] >= 0) & (middle["end"] <= middle["chrom"].map(dict(sizes)))).to_numpy()
    for track, name in enumerate(store.track_names):
        for strand, suffix in enumerate(_STRANDS[profiles.shape[2]]):
            group = strand if log_counts.shape[2] > 1 else 0
            counts = expected_counts(
                profiles[:, track : track + 1, strand : strand + 1],
                log_counts[:, track : track + 1, group : group + 1],
            )
            write_bigwig_windows(
                run.predictions / f"{name}{suffix}.bw", sizes, middle[inside], counts[inside, 0, 0].astype(np.float32)
            )
