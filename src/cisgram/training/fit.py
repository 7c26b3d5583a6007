"""Fit a model to examples; killed at any moment, the same call goes on and ends as if nothing had happened."""

import logging
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from torch import nn

from cisgram.errors import EmptySetError
from cisgram.training.checkpoint import ModelIdentity, load_checkpoint, restore_weights
from cisgram.training.config import FitConfig
from cisgram.training.contracts import BatchSource, Loss
from cisgram.training.folder import paths_in
from cisgram.training.loop import Job, train
from cisgram.training.progress import NoProgress, TrainingProgress
from cisgram.training.schedule import best_epoch
from cisgram.training.signals import TrainingStopped

__all__ = ["FitConfig", "FitResult", "fit"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FitResult:
    """How a training ended.

    Parameters
    ----------
    stopped_by
        ``epochs``: all are done; ``patience``: there was no improvement for long enough.
    best_epoch
        1-based number of the epoch with the lowest validation loss (of equal ones the first).
    best_loss
        That validation loss.
    history
        Metrics of every epoch, as in ``metrics.csv``. Its ``examples_per_second`` are training examples by the time of
        the whole epoch, validation included.
    best, last, metrics
        Files: the weights to use, the state to go on from, the table.
    """

    stopped_by: Literal["epochs", "patience"]
    best_epoch: int
    best_loss: float
    history: tuple[dict[str, float | int], ...]
    best: Path
    last: Path
    metrics: Path


# One argument more than usual: what is trained, on what, how, where to, for whom.
def fit(
    model: nn.Module,
    loss: Loss,
    batches: BatchSource,
    *,
    validation: BatchSource,
    config: FitConfig,
    folder: Path,
    identity: ModelIdentity | None = None,
    progress: TrainingProgress | None = None,
) -> FitResult:
    """Train a model, and give it the weights of its best epoch.

    After every epoch the loss is measured on the validation batches, in evaluation mode, as a mean over
    examples. The same call with the same folder goes on where the last one was stopped or killed, and ends, on
    the same CPU with the same number of threads, with the same weights bit for bit; if the training was done
    already, it only loads them. ``epochs`` and ``patience`` may be raised to train further.

    Where the loss jumps and stays up, the training goes back to before the jump and leaves out the batches that did it,
    or lowers the learning rate (``spike_recoveries``); what was done is logged, and columns ``spikes`` and
    ``left_out_steps`` of the metrics count it.

    On several devices, norms and the loss see the examples of all of them as one batch, so that the training is that of
    one device with this batch, but for rounding and for dropout, which each draws by itself. Each holds the outputs and
    targets of all.

    Parameters
    ----------
    model
        Called with one-hot sequences, and the controls of the batch where there are any. It is trained in
        training mode; afterwards its mode and device are as they were, and its weights the best ones.
    loss
        ``loss(output, targets)``, a mean over the examples of a batch. The terms of a named tuple become
        columns of the metrics.
    batches
        Training batches. On several devices, ``batches.for_process(rank, world_size)`` gives each its share.
    validation
        Validation batches: the same in every epoch, so only its epoch 0 is used.
    config
        Settings.
    folder
        For ``best.safetensors``, ``last.safetensors`` and ``metrics.csv`` (and ``tensorboard``).
    identity
        What the checkpoints say about the model; a training goes on only with the same.
    progress
        Who is told about steps and epochs; nobody, if not given.

    Raises
    ------
    EmptySetError
        Where there are no training or no validation batches.
    DivergenceError
        Where inputs, targets, loss, gradients or weights are no finite numbers and nothing helps; it names the first
        of them, and the examples of the batch where the source can ``describe`` them. The files stay as they were.
    RunFolderError
        Where the folder holds a training of another model, other data or other settings.
    CheckpointError
        Where a checkpoint is damaged.
    OutputError
        Where a file cannot be written.
    TrainingStopped
        After SIGTERM, when the state is saved; it ends a program that does not catch it. Ctrl-C likewise
        raises KeyboardInterrupt.
    """
    from cisgram.training import engine  # it imports Fabric, which takes seconds

    for what, source in (("training", batches), ("validation", validation)):
        if len(source) == 0:
            raise EmptySetError(f"{what} batches", dropped={}, hint="check the split and the filters of the windows")
    identity, progress = identity or ModelIdentity(), progress or NoProgress()
    ended_by = engine.launch(
        train, Job(model, loss, batches, validation, config, folder, identity, progress), config=config
    )
    files = paths_in(folder)
    if ended_by in signal.Signals.__members__:
        message = f"training stopped by {ended_by}; its state is in {files.last}: the same command goes on from there"
        logger.warning(message)
        raise TrainingStopped(message) if ended_by == "SIGTERM" else KeyboardInterrupt(message)
    restore_weights(model, load_checkpoint(files.best), path=files.best)
    history = tuple(load_checkpoint(files.last).progress["history"])
    row = history[best_epoch([row["valid_loss"] for row in history]) or 0]
    return FitResult(ended_by, int(row["epoch"]), row["valid_loss"], history, files.best, files.last, files.metrics)
