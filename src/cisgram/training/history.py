"""The metrics of every epoch as files: a table for everyone, and event files for TensorBoard.

Both are views of the history that is part of the last checkpoint, and are written from it as a whole. So they
never hold a row twice and never lack one, whenever a training was interrupted.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from cisgram.errors import MissingExtraError
from cisgram.io.files import write_text_atomic

Row: TypeAlias = Mapping[str, float | int]
"""Metrics of an epoch by name."""


def write_metrics(path: Path, history: Sequence[Row]) -> None:
    """Write one row per epoch as CSV; the columns are those that any epoch has, and 0 where another has it not.

    Numbers are written so that reading gives back the same ones.
    """
    columns = list(max(history, key=len, default=()))
    text = io.StringIO()
    table = csv.DictWriter(text, fieldnames=columns or ["epoch"], restval=0, lineterminator="\n")
    table.writeheader()
    table.writerows(history)
    write_text_atomic(path, text.getvalue())


def read_metrics(path: Path) -> list[dict[str, float | int]]:
    """Read what :func:`write_metrics` wrote."""
    with path.open(newline="", encoding="utf-8") as file:
        return [{name: _number(value) for name, value in row.items()} for row in csv.DictReader(file)]


class TensorBoardWriter:
    """Event files for TensorBoard; those of an earlier part of the training are replaced.

    Parameters
    ----------
    folder
        Holds nothing but event files of this training.

    Raises
    ------
    MissingExtraError
        Where TensorBoard is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter  # optional, and slow to import
        except ImportError as error:
            raise MissingExtraError("tensorboard", "tensorboard") from error
        for old in folder.glob("events.out.tfevents.*"):
            old.unlink()
        self._writer = SummaryWriter(str(folder))

    def add(self, row: Row) -> None:
        """Write the metrics of an epoch."""
        for name, value in row.items():
            if name != "epoch":
                tag = name.replace("_", "/", 1) if name.startswith(("train_", "valid_")) else name
                self._writer.add_scalar(tag, value, global_step=int(row["epoch"]))
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        self._writer.close()


def _number(text: str) -> float | int:
    """A whole number as int, another as float."""
    try:
        return int(text)
    except ValueError:
        return float(text)
