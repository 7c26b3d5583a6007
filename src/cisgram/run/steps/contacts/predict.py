"""Predict the maps of held-out windows, as an array and as contact maps that other tools read."""

import logging
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from torch import nn

from cisgram.arrays import Codes, PairPlaces, PairTargets
from cisgram.data.contact_store import ContactStore, open_contacts
from cisgram.genomics.contact_pairs import pair_bins, reversed_pairs
from cisgram.genomics.contacts import ContactBins
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import reverse_complement
from cisgram.io.cool.writing import write_cool
from cisgram.io.fasta import read_genome
from cisgram.io.npy import write_npy
from cisgram.nn.predict import predict as predict_in_batches
from cisgram.run.folder import ContactRun
from cisgram.run.pace import logged_pace
from cisgram.run.shards import PartArrays, PartWork, Sharing, iterate_parts
from cisgram.run.trained import trained_model

logger = logging.getLogger(__name__)

_WINDOWS_AT_ONCE = 64


def predict(run: ContactRun) -> Mapping[str, Any]:
    """Do the step: log observed over expected of all test windows, and one .cool per map."""
    store = open_contacts(run.examples)
    genome = read_genome(run.input(run.config.genome.fasta))
    rows = store.rows("test")
    windows = store.windows.iloc[rows].reset_index(drop=True)
    batch = run.config.batches.size
    border = batch if _WINDOWS_AT_ONCE % batch == 0 else _WINDOWS_AT_ONCE
    sharing = Sharing(run.parts("predict"), run.processes, border=border, largest=_WINDOWS_AT_ONCE)
    parts = iterate_parts(partial(open_prediction, run), len(rows), sharing, progress=logged_pace(logger, "windows"))
    contacts = np.concatenate([part["contacts"] for part in parts])
    for name, values in {"rows": rows, "contacts": contacts}.items():
        write_npy(run.predictions / f"test.{name}.npy", values)
    bins = ContactBins(genome.sizes, store.layout.bin_size)
    for track, name in enumerate(store.layout.track_names):
        write_cool(run.predictions / f"{name}.cool", bins, _pixels(store, bins, windows, contacts[:, track]))
    return {"n_windows": len(rows)}


def open_prediction(run: ContactRun) -> PartWork:
    """Open windows, genome and model; what is returned predicts the maps of some of the test windows.

    Parameters
    ----------
    run
        With a trained model.
    """
    store = open_contacts(run.examples)
    genome, model = read_genome(run.input(run.config.genome.fasta)), trained_model(run)
    windows = store.windows.iloc[store.rows("test")]
    turned = reversed_pairs(store.layout.n_bins, store.layout.diagonal_offset)

    def predicted(part: range) -> PartArrays:
        found = predicted_contacts(
            model,
            genome,
            windows.iloc[part.start : part.stop],
            turned=turned if run.config.evaluation.average_strands else None,
            batch_size=run.config.batches.size,
        )
        return {"contacts": found}

    return predicted


def predicted_contacts(
    model: nn.Module, genome: Genome, windows: pd.DataFrame, *, turned: PairPlaces | None = None, batch_size: int = 4
) -> PairTargets:
    """Predict windows of a genome; float32, ``window track pair``.

    Parameters
    ----------
    model
        An Akita.
    genome
        Where sequences are cut from.
    windows
        Interval table; windows as long as the model's input.
    turned
        Where each pair of the other strand stands (:func:`cisgram.genomics.contact_pairs.reversed_pairs`): both
        orientations are predicted and the mean taken. None: the plus strand alone.
    batch_size
        Windows at a time.
    """
    parts = []
    for start in range(0, len(windows), _WINDOWS_AT_ONCE):
        codes = genome.windows(windows.iloc[start : start + _WINDOWS_AT_ONCE])
        found = _contacts(model, codes, batch_size)
        if turned is not None:
            found = (found + _contacts(model, reverse_complement(codes), batch_size)[..., turned]) / 2
        parts.append(found.astype(np.float32))
    return np.concatenate(parts)


def _contacts(model: nn.Module, codes: Codes, batch_size: int) -> np.ndarray:
    """Predictions for the strand that is given."""
    return predict_in_batches(model, np.ascontiguousarray(codes), batch_size=batch_size).contacts.numpy()


def _pixels(
    store: ContactStore, bins: ContactBins, windows: pd.DataFrame, contacts: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Observed over expected of all predicted pixels, contig by contig; where windows overlap, the mean of the logs."""
    layout = store.layout
    row, column = pair_bins(layout.n_bins, layout.diagonal_offset)
    for chrom in bins.chroms:  # pixels are written in the order of the bins
        chosen = np.flatnonzero(windows["chrom"].eq(chrom))
        if not chosen.size:
            continue
        first = (windows["start"].to_numpy()[chosen] + layout.crop_bp) // layout.bin_size + bins.slice_of(chrom).start
        key = ((first[:, None] + row) * bins.n_bins + first[:, None] + column).reshape(-1)
        places, of = np.unique(key, return_inverse=True)
        mean = np.bincount(of, weights=contacts[chosen].reshape(-1)) / np.bincount(of)
        yield places // bins.n_bins, places % bins.n_bins, np.exp(mean)
