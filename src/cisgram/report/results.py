"""What every run folder holds, read for the page; whatever step has not been done yet is simply absent."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cisgram.errors import RunFolderError
from cisgram.io.tables import read_table


@dataclass(frozen=True)
class RunResults:
    """The files of a run folder that the page shows, whatever kind of run it is."""

    folder: Path
    config: Mapping[str, Any]
    manifest: Mapping[str, Any]
    candidates: pd.DataFrame | None
    """All windows that were considered, kept or not."""
    history: pd.DataFrame | None
    metrics: Sequence[Mapping[str, Any]]
    recovery: Mapping[str, Any] | None

    def notes(self, step: str) -> Mapping[str, Any]:
        """What a step wrote down about itself; empty if it has not been done."""
        return self.manifest["steps"].get(step, {}).get("notes", {})

    def table(self, *names: str) -> pd.DataFrame | None:
        """A table of the folder, if it is there."""
        return table_or_none(self.folder.joinpath(*names))


def read_common(folder: Path) -> dict[str, Any]:
    """The fields of :class:`RunResults`, read from a folder.

    Raises
    ------
    RunFolderError
        If the folder is not one of a run.
    """
    if not (folder / "manifest.json").is_file() or not (folder / "config.toml").is_file():
        raise RunFolderError(f"{folder} is not a run folder: it lacks manifest.json or config.toml")
    history = folder / "checkpoints" / "metrics.csv"
    return {
        "folder": folder,
        "config": tomllib.loads((folder / "config.toml").read_text(encoding="utf-8")),
        "manifest": json.loads((folder / "manifest.json").read_text(encoding="utf-8")),
        "candidates": table_or_none(folder / "examples" / "windows.tsv.gz"),
        "history": pd.read_csv(history) if history.is_file() else None,
        "metrics": (json_or_none(folder / "metrics.json") or {"records": []})["records"],
        "recovery": json_or_none(folder / "recovery.json"),
    }


def table_or_none(path: Path) -> pd.DataFrame | None:
    """One of our tables, if it is there."""
    return read_table(path) if path.is_file() else None


def json_or_none(path: Path) -> Any:
    """The values of a JSON file, if it is there."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
