"""What the folder of a run on coverage holds, read for the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cisgram.arrays import CoverageValues
from cisgram.report.results import RunResults, read_common

METHOD_NAMES = {
    "raw": "raw coverage",
    "denoised": "denoised",
    "macs3": "MACS3, same reads",
    "replicate": "replicate",
    "deep": "deep coverage itself",
}
METRIC_NAMES = {"pearson": "Pearson r", "spearman": "Spearman r", "auprc": "auPRC of peaks"}


@dataclass(frozen=True)
class CoverageResults(RunResults):
    """The files of the folder that the page shows."""

    examples: Mapping[str, np.ndarray]
    """Example tracks, ``NUMBER/TRACK/KIND``, and ``loci``; empty before the evaluation."""

    @property
    def subtitle(self) -> str:
        """The pairs, and which of them are held out."""
        pairs = self.config["pairs"]
        learnt, tested = ([one["name"] for one in pairs if one["use"] == use] for use in ("train", "test"))
        origin = "trained in another run" if self.is_adopted else "learnt from " + ", ".join(learnt)
        return origin + (f"; judged on {', '.join(tested)}" if tested else "")

    @cached_property
    def depths(self) -> pd.DataFrame | None:
        """Every figure of every method at every depth."""
        return self.table("evaluation", "depths.tsv")

    @property
    def held_out(self) -> Sequence[str]:
        """Contigs that the model never saw, as far as it is known of one that was trained in another run."""
        if "split" in self.config:
            return self.config["split"]["test"]
        parts = self.table("examples", "contigs.tsv")
        return [] if parts is None else [str(name) for name in parts.loc[parts["part"] == "test", "chrom"]]

    @property
    def held_out_text(self) -> str:
        """The same in words, with "never trained on" only where that is known."""
        names, seen = ", ".join(self.held_out), self.trained_on.get("contigs", ())
        is_claimed = bool(seen) or bool(self.config.get("evaluation", {}).get("contigs"))
        is_unseen = not self.is_adopted or (is_claimed and not set(self.held_out) & set(seen))
        return f"{names}, never trained on" if is_unseen else names

    @property
    def is_adopted(self) -> bool:
        """Whether the model was trained in another run."""
        return bool(self.config.get("trained"))

    @cached_property
    def trained_on(self) -> Mapping[str, Any]:
        """What the model has learnt from, as far as it is known: pairs, protocols, contigs, mean coverage."""
        notes = self.notes("train")
        if self.is_adopted:
            return notes.get("trained_on", {})
        learnt = [pair for pair in self.config["pairs"] if pair["use"] == "train"]
        return {
            "pairs": [pair["name"] for pair in learnt],
            "protocols": [one for one in dict.fromkeys(pair.get("protocol", "") for pair in learnt) if one],
            **notes.get("mean_coverage", {}),
        }

    @property
    def has_unseen_cells(self) -> bool:
        """Whether figures are of cells that the model never saw."""
        return any(pair["use"] == "test" for pair in self.config["pairs"])

    @property
    def loci(self) -> list[str]:
        """Stretches that are shown."""
        return [str(one) for one in self.examples.get("loci", [])]

    def example(self, number: int, track: str, kind: str) -> CoverageValues | None:
        """Values of one example, if they are there."""
        return self.examples.get(f"{number}/{track}/{kind}")


def read_coverage_results(folder: Path) -> CoverageResults:
    """Read what is there of a run folder.

    Raises
    ------
    RunFolderError
        If the folder is not one of a run.
    """
    path = folder / "evaluation" / "examples.npz"
    examples: dict[str, np.ndarray] = {}
    if path.is_file():
        with np.load(path, allow_pickle=False) as file:
            examples = {name: file[name] for name in file.files}
    return CoverageResults(**read_common(folder), examples=examples)


def depth_name(level: str, depth: float) -> str:
    """What a depth is called.

    Examples
    --------
    >>> depth_name("reads", 2e5), depth_name("fraction", 1.25e6), depth_name("cells", 50), depth_name("noisy", np.nan)
    ('200,000 reads', '1,250,000 reads', '50 cells', 'shallow library')
    """
    if depth != depth:
        return "shallow library"
    return f"{depth:,.0f} {'cells' if level == 'cells' else 'reads'}"
