"""What the folder of a run on labels holds, read for the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from cisgram.arrays import SiteLabels
from cisgram.data.labelled_store import LabelledStore, open_labelled_store
from cisgram.genomics.motif import Motif
from cisgram.io.meme import read_meme
from cisgram.report.results import RunResults, read_common


@dataclass(frozen=True)
class LabelResults(RunResults):
    """The files of the folder that the page shows."""

    store: LabelledStore | None

    @property
    def subtitle(self) -> str:
        """The tracks, or how many there are."""
        names = self.track_names
        return ", ".join(names) if len(names) <= 8 else f"{len(names)} tracks: {', '.join(names[:6])}, ..."

    @property
    def track_names(self) -> Sequence[str]:
        """In the order of the track axis; none before the examples are there."""
        return () if self.store is None else self.store.track_names

    @property
    def is_classes(self) -> bool:
        """Whether labels are 0 and 1, and not measurements."""
        return self.config["likelihood"]["kind"] == "bernoulli"

    @cached_property
    def site_labels(self) -> SiteLabels | None:
        """Labels of all kept sites, negatives left out; None where labels are not of sites."""
        if self.store is None or "sites" not in self.config:
            return None
        return (self.store.labels(self.store.rows(kind="peak")) == 1).astype(np.uint8)

    def motifs(self, *names: str) -> dict[str, Motif]:
        """Motifs of a MEME file of the folder, by name; none where it is not there."""
        path = self.folder.joinpath(*names)
        return {motif.name: motif for motif in read_meme(path)} if path.is_file() else {}

    def judged(self, name: str) -> pd.DataFrame | None:
        """One of the tables of the step that evaluates."""
        return self.table("evaluation", f"{name}.tsv")


def read_label_results(folder: Path) -> LabelResults:
    """Read what is there of a run folder; arrays stay memory-mapped.

    Raises
    ------
    RunFolderError
        If the folder is not one of a run.
    """
    common = read_common(folder)
    prepared = (folder / "examples" / "layout.json").is_file()
    return LabelResults(**common, store=open_labelled_store(folder / "examples") if prepared else None)
