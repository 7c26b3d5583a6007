"""Fit the model to contact maps; the same call goes on from the last checkpoint."""

import logging
from collections.abc import Mapping
from typing import Any, cast

from cisgram.data.batches import Batches, Sampling
from cisgram.data.contact_store import open_contacts
from cisgram.data.genome_examples import GenomeExamples
from cisgram.io.fasta import read_genome
from cisgram.models import MODELS
from cisgram.models.akita import Akita
from cisgram.run.config import model_name
from cisgram.run.folder import ContactRun
from cisgram.run.steps.contacts.transfer import begin_with_other
from cisgram.run.trained import identity_of, untrained_model
from cisgram.training.fit import fit
from cisgram.training.progress import progress_for

logger = logging.getLogger(__name__)


def train(run: ContactRun) -> Mapping[str, Any]:
    """Do the step; the notes say how training ended."""
    config, store = run.config, open_contacts(run.examples)
    genome = read_genome(run.input(config.genome.fasta))
    examples = GenomeExamples(store, genome, jitter_bp=config.batches.jitter_bp)
    model = cast(Akita, untrained_model(run, n_tracks=len(store.layout.track_names)))
    adopted = begin_with_other(run, model)
    sampling = Sampling(
        batch_size=config.batches.size,
        shuffle=True,
        jitter_bp=config.batches.jitter_bp,
        reverse_complement=config.batches.reverse_complement,
        seed=config.seed,
    )
    training = Batches(examples, store.rows("train"), sampling)
    result = fit(
        model,
        MODELS[model_name(config)].loss_terms,
        training,
        validation=Batches(examples, store.rows("valid"), Sampling(batch_size=config.batches.size)),
        config=config.training,
        folder=run.checkpoints,
        identity=identity_of(run, tracks=store.layout.track_names, genome_sha256=store.layout.genome_sha256),
        progress=progress_for(quiet=not logger.isEnabledFor(logging.INFO)),
    )
    return {
        "stopped_by": result.stopped_by,
        "best_epoch": result.best_epoch,
        "n_parameters": sum(parameter.numel() for parameter in model.parameters()),
        "n_training_windows": training.n_examples,
        **({"transfer": adopted} if adopted else {}),
    }
