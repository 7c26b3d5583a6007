"""Fit the model to the labels; the same call goes on from the last checkpoint."""

import logging
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch

from cisgram.data.batches import Batches, Sampling
from cisgram.data.labelled_store import LabelledStore, open_labelled_store
from cisgram.models import MODELS
from cisgram.models.basset import Basset
from cisgram.models.labels import natural_positive_weight, standardise_labels
from cisgram.models.transfer import freeze_trunk, load_trunk
from cisgram.run.config import model_name
from cisgram.run.folder import LabelRun
from cisgram.run.trained import checkpoint_input, identity_of, untrained_model
from cisgram.training.checkpoint import load_checkpoint
from cisgram.training.fit import FitResult, fit
from cisgram.training.progress import progress_for

logger = logging.getLogger(__name__)


def train(run: LabelRun) -> Mapping[str, Any]:
    """Do the step; the notes say how training ended."""
    store = open_labelled_store(run.examples)
    model, result = fit_labels(run, store, folder=run.checkpoints)
    return {
        "stopped_by": result.stopped_by,
        "best_epoch": result.best_epoch,
        "n_parameters": sum(parameter.numel() for parameter in model.parameters()),
        "n_training_windows": len(store.rows("train")),
    }


def fit_labels(run: LabelRun, store: LabelledStore, *, folder: Path) -> tuple[Basset, FitResult]:
    """Train a model of the tracks of a store, as the run's settings say.

    Parameters
    ----------
    run
        For its settings.
    store
        Examples with the labels that are learnt: those of all tracks, or of some.
    folder
        Of the checkpoints.
    """
    config = run.config
    model = cast(Basset, untrained_model(run, n_tracks=len(store.track_names)))
    if config.transfer.weights:
        path = run.input(checkpoint_input(run, config.transfer.weights))
        load_trunk(model, load_checkpoint(path, expect_model=model_name(config)).weights)
    if config.transfer.freeze:
        freeze_trunk(model)
    result = fit(
        model,
        partial(MODELS[model_name(config)].loss_terms, **_likelihood(run, store, model)),
        training_batches(run, store),
        validation=Batches(store, store.rows("valid"), Sampling(batch_size=config.batches.size)),
        config=config.training,
        folder=folder,
        identity=identity_of(run, tracks=store.track_names, genome_sha256=store.layout.genome_sha256),
        progress=progress_for(quiet=not logger.isEnabledFor(logging.INFO)),
    )
    return model, result


def training_batches(run: LabelRun, store: LabelledStore) -> Batches:
    """Training examples, shuffled, moved and turned anew in every epoch, and some of the negatives."""
    config = run.config
    peaks, negatives = store.rows("train", "peak"), store.rows("train", "negative")
    sampling = Sampling(
        batch_size=config.batches.size,
        shuffle=True,
        jitter_bp=config.sites.jitter_bp if config.sites is not None else 0,
        reverse_complement=config.batches.reverse_complement,
        negatives_per_row=config.negatives.per_epoch * len(negatives) / len(peaks),
        seed=config.seed,
    )
    return Batches(store, peaks, sampling, negatives=negatives)


def _likelihood(run: LabelRun, store: LabelledStore, model: Basset) -> Mapping[str, Any]:
    """Options of the loss; a model of measurements is told their mean and spread."""
    likelihood, labels = run.config.likelihood, store.labels(store.rows("train"))
    if likelihood.kind == "gaussian":
        standardise_labels(model, labels)
        return {"likelihood": "gaussian", "label_scale": model.head.label_scale}
    if likelihood.positive_weight == "natural":
        return {"positive_weight": torch.from_numpy(natural_positive_weight(labels)).float()}
    return {}
