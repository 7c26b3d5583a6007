"""Train what needs no deep model on the same labels and split: k-mers and gkm-SVM."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np

from cisgram.baselines.tables import baseline_scores
from cisgram.data.labelled_store import LabelledStore, open_labelled_store
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.io.npy import write_npy
from cisgram.io.tables import write_table
from cisgram.run.folder import LabelRun
from cisgram.run.pace import logged_pace

logger = logging.getLogger(__name__)


def baselines(run: LabelRun) -> Mapping[str, Any]:
    """Do the step: baselines/ with the test scores of every method, and how each track was trained."""
    store = open_labelled_store(run.examples)
    train, test = store.rows("train"), store.rows("test")
    found = baseline_scores(
        _sequences(store, train),
        store.labels(train),
        _sequences(store, test),
        names=store.track_names,
        config=run.config.baselines,
        progress=logged_pace(logger, "trainings"),
    )
    folder = run.folder / "baselines"
    folder.mkdir(exist_ok=True)
    for method, scores in found.scores.items():
        write_npy(folder / f"test.{method}.npy", scores.astype(np.float32))
    write_table(folder / "training.tsv", found.notes)
    seconds = found.notes.groupby("method", sort=False)["seconds"].sum()
    return {"dropped": dict(found.dropped), "seconds": {str(name): round(float(s), 1) for name, s in seconds.items()}}


def _sequences(store: LabelledStore, rows: np.ndarray) -> SequenceSet:
    """Some examples as sequences."""
    codes = np.asarray(store.centred(rows))
    return SequenceSet.from_codes(list(codes), names=[str(row) for row in rows])
