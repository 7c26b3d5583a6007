"""Predict held-out windows: an array of expected signal, and a bigWig per track that every browser shows."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn import functional

from cisgram.arrays import BinnedTargets, Codes, Positions
from cisgram.data.binned_store import BinnedStore, open_binned, turned
from cisgram.data.binned_targets import LARGEST
from cisgram.data.npy import RowWriter, open_array
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import reverse_complement
from cisgram.io.bigwig import write_bigwig_pieces
from cisgram.io.fasta import read_genome
from cisgram.io.files import atomic_path
from cisgram.io.npy import write_npy
from cisgram.nn.predict import predict as predict_in_batches
from cisgram.run.folder import BinnedRun
from cisgram.run.pace import logged_pace
from cisgram.run.shards import PartArrays, PartWork, Sharing, iterate_parts
from cisgram.run.trained import trained_model

logger = logging.getLogger(__name__)

_WINDOWS_AT_ONCE = 16
_BINS_AT_ONCE = 1 << 14


def predict(run: BinnedRun) -> Mapping[str, Any]:
    """Do the step: the expected signal of all test windows, ``window track bin``, and one bigWig per track."""
    store = open_binned(run.examples)
    genome = read_genome(run.input(run.config.genome.fasta))
    rows, settings = store.rows("test"), run.config.evaluation
    write_npy(run.predictions / "test.rows.npy", rows)
    shape = (rows.size, len(store.layout.track_names), store.layout.n_bins)
    batch = run.config.batches.size
    border = batch if _WINDOWS_AT_ONCE % batch == 0 else _WINDOWS_AT_ONCE
    sharing = Sharing(run.parts("predict"), run.processes, border=border, largest=_WINDOWS_AT_ONCE)
    parts = iterate_parts(partial(open_prediction, run), rows.size, sharing, progress=logged_pace(logger, "windows"))
    with atomic_path(run.predictions / "test.rates.npy") as path, RowWriter(path, shape, "<f2") as writer:
        for part in parts:
            writer.append(np.minimum(part["rates"], LARGEST))
    rates = open_array(run.predictions / "test.rates.npy", shape=shape, dtype="<f2")
    for track, name in enumerate(store.layout.track_names):
        pieces = _pieces(store, genome, rates[:, track])
        write_bigwig_pieces(run.predictions / f"{name}.bw", genome.sizes, pieces)
    return {"n_windows": rows.size, "n_ensemble": len(settings.jitters_bp) * (1 + settings.average_strands)}


def open_prediction(run: BinnedRun) -> PartWork:
    """Open windows, genome and model; what is returned predicts some of the test windows.

    Parameters
    ----------
    run
        With a trained model.
    """
    store = open_binned(run.examples)
    genome, model = read_genome(run.input(run.config.genome.fasta)), trained_model(run)
    windows, settings = store.windows.iloc[store.rows("test")], run.config.evaluation

    def predicted(part: range) -> PartArrays:
        found = predicted_rates(
            model,
            genome,
            windows.iloc[part.start : part.stop],
            strand_pairs=np.array(store.layout.strand_pairs) if settings.average_strands else None,
            jitters_bp=settings.jitters_bp,
            batch_size=run.config.batches.size,
        )
        return {"rates": np.concatenate(list(found))}

    return predicted


def predicted_rates(
    model: nn.Module,
    genome: Genome,
    windows: pd.DataFrame,
    *,
    strand_pairs: Positions | None = None,
    jitters_bp: Sequence[int] = (0,),
    batch_size: int = 4,
) -> Iterator[BinnedTargets]:
    """Predict windows of a genome, a few at a time; float32, ``window track bin``.

    Parameters
    ----------
    model
        A Basenji.
    genome
        Where sequences are cut from.
    windows
        Interval table; windows as long as the model's input.
    strand_pairs
        For each track the one on the other strand: both orientations are predicted. None: the plus strand alone.
    jitters_bp
        Every window is predicted with its sequence moved by each of these. The mean of all is taken of the logits,
        before the softplus, so that one orientation that is sure of a high signal does not outvote the others.
    batch_size
        Windows at a time.
    """
    for first in range(0, len(windows), _WINDOWS_AT_ONCE):
        chosen = windows.iloc[first : first + _WINDOWS_AT_ONCE]
        total, n = np.zeros(0, np.float32), 0
        for moved in jitters_bp:
            codes = genome.windows(chosen.assign(start=chosen["start"] + moved, end=chosen["end"] + moved))
            found = [_logits(model, codes, batch_size)]
            if strand_pairs is not None:
                found.append(turned(_logits(model, reverse_complement(codes), batch_size), strand_pairs))
            for logits in found:
                total, n = logits if n == 0 else total + logits, n + 1
        yield _softplus(total / n)


def _logits(model: nn.Module, codes: Codes, batch_size: int) -> BinnedTargets:
    """Predictions for the strand that is given, before the softplus."""
    return predict_in_batches(model, np.ascontiguousarray(codes), batch_size=batch_size).logits.float().numpy()


def _softplus(logits: BinnedTargets) -> BinnedTargets:
    return functional.softplus(torch.from_numpy(logits)).numpy()


def _pieces(store: BinnedStore, genome: Genome, rates: np.ndarray) -> Iterator[tuple[str, int, np.ndarray]]:
    """One track's signal per base in stretches, contig by contig; where windows overlap, their mean."""
    layout = store.layout
    places = store.outputs(store.rows("test"))
    first_bins = places["start"].to_numpy() // layout.bin_size
    for chrom in genome.sizes:
        chosen = np.flatnonzero(places["chrom"].eq(chrom))
        if not chosen.size:
            continue
        low = int(first_bins[chosen].min())
        n_bins = int(first_bins[chosen].max()) + layout.n_bins - low
        total, n_times = np.zeros(n_bins), np.zeros(n_bins, dtype=np.int64)
        for row in chosen.tolist():
            at = slice(int(first_bins[row]) - low, int(first_bins[row]) - low + layout.n_bins)
            total[at] += rates[row]
            n_times[at] += 1
        edges = np.flatnonzero(np.diff(np.concatenate([[0], n_times > 0, [0]])))
        for start, end in edges.reshape(-1, 2).tolist():
            for at in range(start, end, _BINS_AT_ONCE):
                last = min(at + _BINS_AT_ONCE, end)
                mean = (total[at:last] / n_times[at:last]).astype(np.float32)
                yield chrom, (low + at) * layout.bin_size, np.repeat(mean, layout.bin_size)
