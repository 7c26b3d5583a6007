"""Predict the labels of held-out sequences."""

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from torch import nn

from cisgram.arrays import Codes, Labels
from cisgram.data.labelled_store import open_labelled_store
from cisgram.genomics.sequence import reverse_complement
from cisgram.io.npy import write_npy
from cisgram.io.tables import write_table
from cisgram.nn.predict import predict as predict_in_batches
from cisgram.run.folder import LabelRun
from cisgram.run.pace import logged_pace
from cisgram.run.shards import PartArrays, PartWork, Sharing, iterate_parts
from cisgram.run.trained import trained_model

logger = logging.getLogger(__name__)

_BATCH = 256
_SEQUENCES_AT_ONCE = 4096


def predict(run: LabelRun) -> Mapping[str, Any]:
    """Do the step: logits (or expected labels) of all test sequences as an array, probabilities as a table."""
    store = open_labelled_store(run.examples)
    rows = store.rows("test")
    sharing = Sharing(run.parts("predict"), run.processes, border=_BATCH, largest=_SEQUENCES_AT_ONCE)
    parts = iterate_parts(partial(open_prediction, run), len(rows), sharing, progress=logged_pace(logger, "sequences"))
    logits = np.concatenate([part["logits"] for part in parts])
    for name, values in {"rows": rows, "logits": logits}.items():
        write_npy(run.predictions / f"test.{name}.npy", values)
    is_bernoulli = run.config.likelihood.kind == "bernoulli"
    shown = (1 / (1 + np.exp(-logits.astype(np.float64)))).round(5) if is_bernoulli else logits.astype(np.float64)
    places = store.windows.loc[rows, ["chrom", "start", "end", "name"]].reset_index(drop=True)
    values = pd.DataFrame(shown, columns=[f"predicted_{name}" for name in store.track_names])
    write_table(run.predictions / "test.tsv.gz", pd.concat([places, values], axis=1))
    return {"n_windows": len(rows)}


def open_prediction(run: LabelRun) -> PartWork:
    """Open the store and the model; what is returned predicts some of the test sequences.

    Parameters
    ----------
    run
        With a trained model.
    """
    store = open_labelled_store(run.examples)
    rows, model = store.rows("test"), trained_model(run)

    def predicted(part: range) -> PartArrays:
        codes = store.centred(rows[part.start : part.stop])
        return {"logits": predicted_labels(model, codes, average_strands=run.config.evaluation.average_strands)}

    return predicted


def predicted_labels(model: nn.Module, codes: Codes, *, average_strands: bool) -> Labels:
    """Logits (or expected labels) of sequences, float32 ``row track``; of both orientations averaged if asked for."""
    logits = predict_in_batches(model, np.asarray(codes), batch_size=_BATCH).logits.numpy()
    if average_strands:
        turned = reverse_complement(np.asarray(codes))
        logits = (logits + predict_in_batches(model, turned, batch_size=_BATCH).logits.numpy()) / 2
    return logits.astype(np.float32)
