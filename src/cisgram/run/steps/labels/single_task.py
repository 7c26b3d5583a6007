"""Models of one track each, trained on the same split: what tracks gain from being learnt together."""

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np

from cisgram.data.labelled_store import open_labelled_store
from cisgram.io.npy import write_npy
from cisgram.run.folder import LabelRun
from cisgram.run.steps.labels.predict import predicted_labels
from cisgram.run.steps.labels.train import fit_labels
from cisgram.training.load import load_model

logger = logging.getLogger(__name__)


def single_task(run: LabelRun) -> Mapping[str, Any]:
    """Do the step: single_task/ with a checkpoint and the test predictions of every track that was asked for."""
    store = open_labelled_store(run.examples)
    names = run.config.single_task.tracks
    store.select_tracks(names)  # unknown names are refused before hours of training
    rows = store.rows("test")
    codes = np.asarray(store.centred(rows))
    best_epochs = {}
    for number, name in enumerate(names, 1):
        logger.info("single task %d of %d: %s", number, len(names), name)
        folder = run.folder / "single_task" / name
        _, result = fit_labels(run, store.select_tracks([name]), folder=folder)
        best_epochs[name] = result.best_epoch
        model = load_model(folder / "best.safetensors")
        logits = predicted_labels(model, codes, average_strands=run.config.evaluation.average_strands)
        write_npy(folder / "test.logits.npy", logits[:, 0])
    return {"tracks": list(names), "best_epoch": best_epochs}
