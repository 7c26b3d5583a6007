"""A model that was trained before, judged as it is: where its checkpoint lies, and what it says of its training."""

import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from cisgram.errors import CheckpointError, ConfigError
from cisgram.io.files import atomic_path, sha256_of
from cisgram.run.folder import CoverageRun
from cisgram.run.trained import checkpoint_input
from cisgram.training.checkpoint import Checkpoint, load_checkpoint

logger = logging.getLogger(__name__)

_MODEL = "atacworks"


@dataclass(frozen=True)
class TrainedOn:
    """What a model has learnt from; what a checkpoint does not say is empty or None."""

    contigs: tuple[str, ...] = ()
    """Contigs that were trained on, or that the epoch was chosen by."""
    pairs: tuple[str, ...] = ()
    """Names of the training pairs."""
    protocols: tuple[str, ...] = ()
    """Their protocols, as far as they are given."""
    shallow: float | None = None
    """Mean coverage of the shallow tracks in the training windows, reads per base."""
    deep: float | None = None
    """The same of the deep libraries."""

    def context(self) -> dict[str, Any]:
        """Plain values for a checkpoint; :meth:`of` reads them back."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> "TrainedOn":
        """What a checkpoint says; mean coverage, where it says nothing of it, is the unit of the model."""
        found: Mapping[str, Any] = checkpoint.identity.context.get("trained_on", {})
        names = {key: tuple(found.get(key, ())) for key in ("contigs", "pairs", "protocols")}
        return cls(
            **names,
            shallow=found.get("shallow", _unit(checkpoint, "input_scale")),
            deep=found.get("deep", _unit(checkpoint, "track_scale")),
        )


def _unit(checkpoint: Checkpoint, name: str) -> float | None:
    """One of the units that a model was given before its training."""
    scale = checkpoint.weights.get(name)
    return None if scale is None else float(scale.reshape(-1)[0])


def adopted_input(run: CoverageRun) -> Iterator[str]:
    """The checkpoint as a file of the settings; nothing, where the run trains a model of its own.

    Raises
    ------
    CheckpointError
        Where a folder is named that holds none.
    """
    if run.config.trained:
        yield checkpoint_input(run, run.config.trained)


def read_adopted(run: CoverageRun) -> Checkpoint:
    """The checkpoint of the model to judge, after a look at whether it fits the settings.

    ``read_shift`` may differ from that of training: it brings the reads of a file to the middle of the cut, and files
    differ in where they have them.

    Raises
    ------
    CheckpointError
        Where the file is damaged, holds another model, or one that reads further channels.
    ConfigError
        Where coverage is made in another way here than for the training of the model.
    """
    path = run.input(next(adopted_input(run)))
    checkpoint = load_checkpoint(path, expect_model=_MODEL)
    if n_extra := checkpoint.identity.settings.get("n_controls", 0):
        raise CheckpointError(f"{path} reads {n_extra} further channels beside coverage, and a run has none to give it")
    there, here = checkpoint.identity.context.get("extend_bp"), run.config.coverage.extend_bp
    if there is not None and there != here:
        raise ConfigError(
            f"[coverage] extend_bp is {here}, and the model of {path} was trained with cut sites that cover {there} bp "
            f"on either side; set extend_bp = {there}"
        )
    return checkpoint


def adopt(run: CoverageRun) -> Mapping[str, Any]:
    """Take the checkpoint into the run folder, instead of a training; the notes say what it was trained on."""
    checkpoint, path = read_adopted(run), run.input(next(adopted_input(run)))
    run.checkpoints.mkdir(parents=True, exist_ok=True)
    with atomic_path(run.best) as partial:
        shutil.copyfile(path, partial)
    logger.info("%s: taken as it is", path)
    return {
        "adopted": str(run.config.trained),
        "sha256": sha256_of(run.best),
        "n_parameters": sum(one.numel() for name, one in checkpoint.weights.items() if "_scale" not in name),
        "read_shift": checkpoint.identity.context.get("read_shift"),
        "trained_on": TrainedOn.of(checkpoint).context(),
    }


def judged_contigs(run: CoverageRun, contigs: Sequence[str]) -> tuple[str, ...]:
    """Contigs of the figures where no split says it: those named, or those that the model was not trained on.

    Contigs are told apart by name, so that those of another genome with the same names are left out, too, unless the
    settings name them. Where none would be left, all are taken: the page says so.

    Parameters
    ----------
    run
        With a trained model in its settings.
    contigs
        All that are known.
    """
    if run.config.evaluation.contigs:
        return run.config.evaluation.contigs
    seen = TrainedOn.of(read_adopted(run)).contigs
    return tuple(name for name in contigs if name not in seen) or tuple(contigs)
