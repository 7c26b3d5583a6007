"""What a run folder holds, read for the page; whatever step has not been done yet is simply absent."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.arrays import Counts, LogCounts, Positions, Profiles
from cisgram.data.store import ExampleStore, open_store
from cisgram.errors import RunFolderError
from cisgram.genomics.track import expected_counts
from cisgram.io.contributions import read_explained_windows
from cisgram.io.tables import read_table


@dataclass(frozen=True)
class Predictions:
    """What the model says of the windows of one split."""

    rows: Positions
    """Row of every window in the example store."""
    profiles: Profiles
    log_counts: LogCounts


@dataclass(frozen=True)
class RunResults:
    """The files of a run folder that the page shows."""

    folder: Path
    config: Mapping[str, Any]
    manifest: Mapping[str, Any]
    store: ExampleStore | None
    candidates: pd.DataFrame | None
    """All windows that were considered, kept or not."""
    history: pd.DataFrame | None
    metrics: Sequence[Mapping[str, Any]]
    predictions: Predictions | None
    explained: pd.DataFrame | None
    """Windows of the file of contributions, in its order."""
    matches: pd.DataFrame | None
    hits: pd.DataFrame | None
    recovery: Mapping[str, Any] | None

    @property
    def contributions(self) -> Path | None:
        """The file of contributions, if it is there."""
        return _if_file(self.folder / "contributions.h5")

    @property
    def patterns(self) -> Path | None:
        """The file of patterns, if it is there."""
        return _if_file(self.folder / "patterns.h5")

    def explained_row(self, row: int) -> int | None:
        """Place of an example in the file of contributions; None where it was not explained."""
        if self.explained is None:
            return None
        found = np.flatnonzero(self.explained["row"].to_numpy() == row)
        return int(found[0]) if found.size else None

    @cached_property
    def observed_counts(self) -> Counts:
        """Reads per base of the held-out windows, replicates pooled."""
        if self.predictions is None or self.store is None:
            raise RunFolderError(f"{self.folder} has no predictions; run: cisgram predict {self.folder}")
        return self.store.centred(np.asarray(self.predictions.rows)).counts

    @cached_property
    def expected_counts(self) -> Counts:
        """Predicted reads per base of the held-out windows: profiles times totals."""
        if self.predictions is None:
            raise RunFolderError(f"{self.folder} has no predictions; run: cisgram predict {self.folder}")
        return expected_counts(np.asarray(self.predictions.profiles), np.asarray(self.predictions.log_counts))

    def judged_part(self, values: np.ndarray) -> np.ndarray:
        """The middle of windows that the metrics look at; position is the last axis."""
        crop_bp = self.config.get("evaluation", {}).get("crop_bp", 0) or values.shape[-1]
        first = (values.shape[-1] - crop_bp) // 2
        return values[..., first : first + crop_bp]

    def log_totals(self) -> tuple[np.ndarray, np.ndarray]:
        """ln(1 + reads) of the judged part of held-out windows, observed and predicted (``window track``)."""
        both = (self.judged_part(counts).sum(axis=(2, 3)) for counts in (self.observed_counts, self.expected_counts))
        observed, predicted = (np.log1p(totals) for totals in both)
        return observed, predicted

    def notes(self, step: str) -> Mapping[str, Any]:
        """What a step wrote down about itself; empty if it has not been done."""
        return self.manifest["steps"].get(step, {}).get("notes", {})


def read_results(folder: Path) -> RunResults:
    """Read what is there of a run folder; arrays stay memory-mapped.

    Raises
    ------
    RunFolderError
        If the folder is not one of a run.
    """
    if not (folder / "manifest.json").is_file() or not (folder / "config.toml").is_file():
        raise RunFolderError(f"{folder} is not a run folder: it lacks manifest.json or config.toml")
    examples = folder / "examples"
    contributions = folder / "contributions.h5"
    prepared = (examples / "layout.json").is_file()
    return RunResults(
        folder=folder,
        config=tomllib.loads((folder / "config.toml").read_text(encoding="utf-8")),
        manifest=json.loads((folder / "manifest.json").read_text(encoding="utf-8")),
        store=open_store(examples) if prepared else None,
        candidates=_table(examples / "windows.tsv.gz"),
        history=_history(folder / "checkpoints" / "metrics.csv"),
        metrics=_json(folder / "metrics.json", {"records": []})["records"],
        predictions=_predictions(folder / "predictions"),
        explained=read_explained_windows(contributions) if contributions.is_file() else None,
        matches=_table(folder / "motifs" / "matches.tsv"),
        hits=_table(folder / "motifs" / "hits.tsv.gz"),
        recovery=_json(folder / "recovery.json", None),
    )


def _predictions(folder: Path) -> Predictions | None:
    if not (folder / "test.rows.npy").is_file():
        return None
    return Predictions(
        *(
            np.load(folder / f"test.{name}.npy", mmap_mode="r", allow_pickle=False)
            for name in ("rows", "profiles", "log_counts")
        )
    )


def _table(path: Path) -> pd.DataFrame | None:
    return read_table(path) if path.is_file() else None


def _history(path: Path) -> pd.DataFrame | None:
    return pd.read_csv(path) if path.is_file() else None


def _json(path: Path, default: Any) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else default


def _if_file(path: Path) -> Path | None:
    return path if path.is_file() else None
