"""What the folder of a run on contact maps holds, read for the page."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from cisgram.arrays import SquareContacts
from cisgram.data.contact_store import ContactStore, open_contacts
from cisgram.genomics.contact_pairs import square_of
from cisgram.report.results import RunResults, read_common

MODEL, HALVES, SITES = "model", "halves", "sites alone"
"""What the model, the ceiling and the strongest floor are called in the tables of the evaluation."""


@dataclass(frozen=True)
class ContactResults(RunResults):
    """The files of the folder that the page shows."""

    store: ContactStore | None
    predictions: np.ndarray | None
    """``test window, track, pair``; memory-mapped."""

    @property
    def subtitle(self) -> str:
        """The maps."""
        return ", ".join(one["name"] for one in self.config["maps"])

    @cached_property
    def distances(self) -> pd.DataFrame | None:
        """Figures by distance (bp) of every method."""
        return self.table("evaluation", "distances.tsv")

    @cached_property
    def by_window(self) -> pd.DataFrame | None:
        """Figures by window of every method."""
        return self.table("evaluation", "windows.tsv")

    @property
    def best_floor(self) -> Mapping[str, str]:
        """For every map the floor with the highest Pearson correlation."""
        found = {}
        for record in self.metrics:
            known = {name: value for name, value in record["floors"].items() if value is not None}
            if record["metric"] == "pearson" and known:
                found[record["track"]] = max(known, key=lambda name: known[name])
        return found

    def measured(self, window: int, track: int) -> SquareContacts:
        """What was measured of a test window, with NaN in bins of which nothing was."""
        assert self.store is not None, "sections look before they draw"
        row = self.store.rows("test")[window]
        layout, masked = self.store.layout, np.asarray(self.store.masked[row, track])
        pairs = np.asarray(self.store.targets[row, track], dtype=np.float64)
        square = square_of(pairs, layout.n_bins, layout.diagonal_offset)
        square[masked], square[:, masked] = np.nan, np.nan
        return square

    def predicted(self, window: int, track: int) -> SquareContacts:
        """What the model says of a test window."""
        assert self.store is not None, "sections look before they draw"
        assert self.predictions is not None
        layout, pairs = self.store.layout, np.asarray(self.predictions[window, track], dtype=np.float64)
        return square_of(pairs, layout.n_bins, layout.diagonal_offset)

    def floor(self, name: str, window: int, track: int) -> SquareContacts | None:
        """What a floor says of a test window, if its predictions are there."""
        path = self.folder / "evaluation" / f"{name.replace(' ', '_')}.npy"
        if self.store is None or not path.is_file():
            return None
        pairs = np.asarray(np.load(path, mmap_mode="r", allow_pickle=False)[window, track], dtype=np.float64)
        return square_of(pairs, self.store.layout.n_bins, self.store.layout.diagonal_offset)


def read_contact_results(folder: Path) -> ContactResults:
    """Read what is there of a run folder.

    Raises
    ------
    RunFolderError
        If the folder is not one of a run.
    """
    common = read_common(folder)
    is_prepared = common["manifest"]["steps"].get("prepare", {}).get("state") == "done"
    path = folder / "predictions" / "test.contacts.npy"
    return ContactResults(
        **common,
        store=open_contacts(folder / "examples") if is_prepared else None,
        predictions=np.load(path, mmap_mode="r", allow_pickle=False) if path.is_file() else None,
    )
