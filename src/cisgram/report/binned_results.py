"""What the folder of a run on tracks in bins holds, read for the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.data.binned_store import BinnedStore, open_binned
from cisgram.data.binned_tracks import name_without_strand
from cisgram.report.results import RunResults, read_common

MODEL, REPLICATES = "model", "replicates"
"""What the model, and one replicate as a prediction of the other, are called in the tables of the evaluation."""

_OTHER = "tracks"


class ShownAssay(NamedTuple):
    """A track, or two of both strands, that pictures show."""

    name: str
    tracks: tuple[int, ...]
    """Numbers of its tracks, the plus strand first."""


@dataclass(frozen=True)
class BinnedResults(RunResults):
    """The files of the folder that the page shows."""

    store: BinnedStore | None
    predictions: np.ndarray | None
    """``test window, track, bin``; memory-mapped."""

    @property
    def subtitle(self) -> str:
        """How many tracks of which kind."""
        if self.store is None:
            return "tracks in bins"
        counts = pd.Series(list(self.families.values())).value_counts(sort=False)
        return ", ".join(f"{n} {name}" for name, n in counts.items())

    @cached_property
    def families(self) -> Mapping[str, str]:
        """Kind of experiment of every track; ``tracks`` where that is not said."""
        if self.store is None:
            return {}
        layout = self.store.layout
        return {name: kind or _OTHER for name, kind in zip(layout.track_names, layout.families, strict=True)}

    @cached_property
    def descriptions(self) -> Mapping[str, str]:
        """What every track is, without its kind in front; its name where nothing is said."""
        if self.store is None:
            return {}
        layout = self.store.layout
        texts = (text.partition(":")[2].strip() or text for text in layout.descriptions)
        return {name: text or name for name, text in zip(layout.track_names, texts, strict=True)}

    @cached_property
    def tracks(self) -> pd.DataFrame | None:
        """Figures of every track, method, width of bins and metric, with the track's family."""
        table = self.table("evaluation", "tracks.tsv")
        return None if table is None else table.assign(family=table["track"].map(self.families))

    @cached_property
    def peaks(self) -> pd.DataFrame | None:
        """Figures of peaks of every track and method, with the track's family."""
        table = self.table("evaluation", "peaks.tsv")
        return None if table is None else table.assign(family=table["track"].map(self.families))

    @cached_property
    def windows(self) -> pd.DataFrame | None:
        """Pearson's r within every test window of the tracks that pictures show."""
        return self.table("evaluation", "windows.tsv")

    @property
    def shown(self) -> list[ShownAssay]:
        """What pictures show, strands of one assay together."""
        if self.store is None or self.windows is None:
            return []
        layout = self.store.layout
        found: list[ShownAssay] = []
        seen: set[int] = set()
        for name in self.windows["track"].drop_duplicates().astype(str):
            track = layout.track_names.index(name)
            partner = layout.strand_pairs[track]
            if track not in seen:
                own = (track,) if partner == track else (track, partner)
                found.append(ShownAssay(name if partner == track else _common(name, layout.track_names[partner]), own))
                seen.update(own)
        return found

    @property
    def floor_names(self) -> list[str]:
        """Floors in the order of the evaluation."""
        if self.tracks is None:
            return []
        return [str(one) for one in self.tracks["method"].unique() if one not in (MODEL, REPLICATES)]

    def records(self, metric: str) -> list[Mapping[str, object]]:
        """Records of one metric, in the order of tracks."""
        return [one for one in self.metrics if one["metric"] == metric]


def read_binned_results(folder: Path) -> BinnedResults:
    """Read what is there of a run folder.

    Raises
    ------
    RunFolderError
        If the folder is not one of a run.
    """
    common = read_common(folder)
    is_prepared = common["manifest"]["steps"].get("prepare", {}).get("state") == "done"
    path = folder / "predictions" / "test.rates.npy"
    return BinnedResults(
        **common,
        store=open_binned(folder / "examples") if is_prepared else None,
        predictions=np.load(path, mmap_mode="r", allow_pickle=False) if path.is_file() else None,
    )


def _common(one: str, other: str) -> str:
    """What two names begin with; both where that is nothing."""
    if without := name_without_strand(one, other):
        return without
    n = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return one[:n].rstrip("_.- +") or f"{one} / {other}"
