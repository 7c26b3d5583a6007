"""Fit the model; the same call goes on from the last checkpoint."""

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from cisgram.data.batches import Batches, Sampling
from cisgram.data.store import ExampleStore, open_store
from cisgram.models import MODELS
from cisgram.models.bpnet import natural_counts_weight
from cisgram.run.config import model_name
from cisgram.run.folder import ProfileRun
from cisgram.run.trained import identity_of, untrained_model
from cisgram.training.fit import fit
from cisgram.training.progress import progress_for

logger = logging.getLogger(__name__)


def train(run: ProfileRun) -> Mapping[str, Any]:
    """Do the step; the notes say how training ended and what weighs the two terms of the loss."""
    config, store = run.config, open_store(run.examples)
    model = untrained_model(run, n_tracks=len(store.track_names), n_controls=len(store.layout.control_names))
    counts_weight = config.likelihood.counts_weight or _natural_weight(store)
    logger.info("weight of the counts term: %.4g", counts_weight)
    training, validation = training_batches(run, store), validation_batches(run, store)
    result = fit(
        model,
        partial(MODELS[model_name(config)].loss_terms, **_likelihood(run, counts_weight)),
        training,
        validation=validation,
        config=config.training,
        folder=run.checkpoints,
        identity=identity_of(
            run,
            tracks=store.track_names,
            n_controls=len(store.layout.control_names),
            genome_sha256=store.layout.genome_sha256,
        ),
        progress=progress_for(quiet=not logger.isEnabledFor(logging.INFO)),
    )
    return {
        "stopped_by": result.stopped_by,
        "best_epoch": result.best_epoch,
        "counts_weight": counts_weight,
        "n_parameters": sum(parameter.numel() for parameter in model.parameters()),
        "n_training_windows": training.n_examples,
    }


def training_batches(run: ProfileRun, store: ExampleStore) -> Batches:
    """Training windows, shuffled, moved and turned anew in every epoch, and some of the negatives."""
    config = run.config
    peaks, negatives = store.rows("train", "peak"), store.rows("train", "negative")
    sampling = Sampling(
        batch_size=config.batches.size,
        shuffle=True,
        jitter_bp=config.windows.jitter_bp,
        reverse_complement=config.batches.reverse_complement,
        negatives_per_row=config.negatives.per_epoch * len(negatives) / len(peaks),
        seed=config.seed,
    )
    return Batches(store, peaks, sampling, negatives=negatives)


def validation_batches(run: ProfileRun, store: ExampleStore) -> Batches:
    """All validation windows as they are."""
    return Batches(store, store.rows("valid"), Sampling(batch_size=run.config.batches.size))


def _likelihood(run: ProfileRun, counts_weight: float) -> Mapping[str, float]:
    """Options of the loss."""
    cap = run.config.likelihood.max_profile_counts
    return {"counts_weight": counts_weight, **({"max_profile_counts": cap} if cap else {})}


def _natural_weight(store: ExampleStore) -> float:
    """The weight that follows from the reads of training peaks, a sample of them where there are many."""
    rows = store.rows("train", "peak")
    return natural_counts_weight(store.centred(rows[:: max(1, len(rows) // 10_000)]).counts)
