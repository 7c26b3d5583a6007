"""What the folder of a run on profiles holds, read for the page."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from cisgram.arrays import Counts, LogCounts, Positions, Profiles
from cisgram.data.store import ExampleStore, open_store
from cisgram.errors import RunFolderError
from cisgram.genomics.track import expected_counts
from cisgram.io.contributions import read_explained_windows
from cisgram.report.results import RunResults, read_common, table_or_none


@dataclass(frozen=True)
class Predictions:
    """What the model says of the windows of one split."""

    rows: Positions
    """Row of every window in the example store."""
    profiles: Profiles
    log_counts: LogCounts


@dataclass(frozen=True)
class ProfileResults(RunResults):
    """The files of the folder that the page shows."""

    store: ExampleStore | None
    predictions: Predictions | None
    explained: pd.DataFrame | None
    """Windows of the file of contributions, in its order."""
    matches: pd.DataFrame | None
    hits: pd.DataFrame | None

    @property
    def subtitle(self) -> str:
        """The tracks."""
        return ", ".join(track["name"] for track in self.config["tracks"])

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


def read_profile_results(folder: Path) -> ProfileResults:
    """Read what is there of a run folder; arrays stay memory-mapped.

    Raises
    ------
    RunFolderError
        If the folder is not one of a run.
    """
    common = read_common(folder)
    contributions = folder / "contributions.h5"
    prepared = (folder / "examples" / "layout.json").is_file()
    return ProfileResults(
        **common,
        store=open_store(folder / "examples") if prepared else None,
        predictions=_predictions(folder / "predictions"),
        explained=read_explained_windows(contributions) if contributions.is_file() else None,
        matches=table_or_none(folder / "motifs" / "matches.tsv"),
        hits=table_or_none(folder / "motifs" / "hits.tsv.gz"),
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


def _if_file(path: Path) -> Path | None:
    return path if path.is_file() else None
