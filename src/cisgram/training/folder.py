"""The folder of a training: ``last.safetensors`` to go on from, ``best.safetensors`` to use, and ``metrics.csv``.

The last checkpoint is the truth. At the end of an epoch it is written first; the best checkpoint and the tables
follow from it and are made again when a training goes on, so it does not matter between which two writes it died.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from cisgram.errors import RunFolderError
from cisgram.training.checkpoint import Checkpoint, ModelIdentity, load_checkpoint, save_checkpoint
from cisgram.training.config import FitConfig
from cisgram.training.history import TensorBoardWriter, write_metrics
from cisgram.training.schedule import best_epoch
from cisgram.training.state import TrainingState


class TrainingPaths(NamedTuple):
    """Files in the folder of a training."""

    best: Path
    last: Path
    metrics: Path


def paths_in(folder: Path) -> TrainingPaths:
    """The files in the folder of a training, whether they are there or not."""
    return TrainingPaths(folder / "best.safetensors", folder / "last.safetensors", folder / "metrics.csv")


class TrainingFolder:
    """Reads and writes the files of one training.

    Parameters
    ----------
    folder
        Where they are; made if it is not there.
    identity
        Whose weights they hold.
    config
        Settings of the training.
    conditions
        What must be the same when the training goes on.
    """

    def __init__(
        self, folder: Path, *, identity: ModelIdentity, config: FitConfig, conditions: Mapping[str, Any]
    ) -> None:
        self._paths = paths_in(folder)
        self._identity, self._conditions = identity, dict(conditions)
        self._tensorboard = TensorBoardWriter(folder / "tensorboard") if config.tensorboard else None
        for path in self._paths:
            for left_over in folder.glob(f".partial-*-{path.name}"):  # of a program that was killed while writing
                with suppress(OSError):
                    left_over.unlink()

    def save_last(
        self,
        state: TrainingState,
        sums: Tensor,
        earlier: tuple[Mapping[str, Tensor], Sequence[Mapping[str, Any]]] | None = None,
    ) -> None:
        """Write the checkpoint to go on from.

        Parameters
        ----------
        state
            The training.
        sums
            Sums of the losses over all devices.
        earlier
            Copies of the training from earlier in the epoch, see
            :meth:`cisgram.training.snapshots.Snapshots.to_file`.
        """
        checkpoint = state.to_resume(self._identity, conditions=self._conditions, sums=sums)
        if earlier is not None:
            tensors, progresses = earlier
            progress = {**checkpoint.progress, "earlier": list(progresses)}
            checkpoint = replace(checkpoint, progress=progress, state={**checkpoint.state, **tensors})
        save_checkpoint(self._paths.last, checkpoint)

    def end_epoch(self, state: TrainingState) -> None:
        """Write everything at the end of an epoch."""
        self.save_last(state, state.sums.values)
        self.publish(state)
        if self._tensorboard is not None:
            self._tensorboard.add(state.history[-1])

    def publish(self, state: TrainingState) -> None:
        """Write what follows from the last checkpoint: the table, and the best checkpoint if it is this one."""
        if state.history and state.step == 0 and best_epoch(state.losses) == state.epoch - 1:
            save_checkpoint(self._paths.best, state.to_use(self._identity, conditions=self._conditions))
        write_metrics(self._paths.metrics, state.history)

    def go_on(self, state: TrainingState) -> None:
        """Bring all files in line with a state that was just restored, or is new."""
        self.publish(state)
        if self._tensorboard is not None:
            for row in state.history:
                self._tensorboard.add(row)

    def close(self) -> None:
        """Close what is open."""
        if self._tensorboard is not None:
            self._tensorboard.close()


def read_last(path: Path, *, identity: ModelIdentity, conditions: Mapping[str, Any]) -> Checkpoint | None:
    """The checkpoint to go on from, or None where there is none.

    Raises
    ------
    CheckpointError
        Where it is damaged.
    RunFolderError
        Where it belongs to another model, other data or a training with other settings.
    """
    if not path.exists():
        return None
    checkpoint = load_checkpoint(path)
    there = _facts(checkpoint.identity, checkpoint.progress.get("conditions", {}))
    here = _facts(identity, conditions)
    different = [
        f"{name} is {there.get(name, 'not set')!r} there and {here.get(name, 'not set')!r} now"
        for name in sorted(there.keys() | here.keys())
        if there.get(name) != here.get(name)
    ]
    if different:
        raise RunFolderError(
            f"{path} belongs to a training with other settings or data: {'; '.join(different)}. "
            f"Go on with those, use another folder, or remove {path.name} to train anew"
        )
    return checkpoint


def _facts(identity: ModelIdentity, conditions: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that must be the same, as plain values with full names."""
    facts: dict[str, Any] = {"the model": identity.name}
    for section, values in (("model", identity.settings), ("context", identity.context), *conditions.items()):
        if isinstance(values, Mapping):
            facts |= {f"{section} {name}": _plain(value) for name, value in values.items()}
        else:
            facts[section] = values
    return facts


def _plain(value: Any) -> Any:
    """As JSON would give it back: tuples are lists."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
