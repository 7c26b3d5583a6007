"""What is known of a model of chromatin states and its segmentations, gathered for the page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from cisgram.arrays import PerState
from cisgram.chromatin.agreement import Agreement
from cisgram.chromatin.comparison import ModelMatch
from cisgram.chromatin.enrichment import StateEnrichment
from cisgram.chromatin.names import StateName, numbered_names, suggest_names
from cisgram.chromatin.neighborhood import Neighborhood
from cisgram.chromatin.switches import Switches
from cisgram.errors import InputError
from cisgram.genomics.interval import Interval
from cisgram.genomics.mark_patterns import MarkPatterns
from cisgram.genomics.segmentation import Segmentation
from cisgram.genomics.state_model import StateModel

_TSS_WORDS, _CPG_WORDS = ("tss", "transcriptionstart", "promoter"), ("cpg",)


@dataclass(frozen=True, eq=False)
class StateResults:
    """Everything that a page of chromatin states may show; what is not there is left out of the page.

    Parameters
    ----------
    title
        Of the page.
    model
        The states; None where only segmentations are known.
    segmentations
        Cell types.
    patterns
        Marks of the cell types, for browser strips.
    enrichments
        One per cell type.
    neighborhoods
        One per cell type and kind of anchors.
    switches
        Of two cell types or more.
    regions
        From :func:`cisgram.chromatin.switches.differential_regions`.
    matches
        Models that the states were compared with, by name.
    agreements
        Pairs of segmentations that were compared.
    traces
        Log-likelihood after each iteration, by start.
    choice
        Models of several sizes: :data:`cisgram.report.state_share_plots.CHOICE_COLUMNS` and further measures.
    loci
        Stretches to draw as browser strips.
    genes
        Interval table, drawn above the strips.
    settings
        What was asked.
    inputs
        SHA-256 of files, by name.
    """

    title: str
    model: StateModel | None = None
    segmentations: Sequence[Segmentation] = ()
    patterns: MarkPatterns | None = None
    enrichments: Sequence[StateEnrichment] = ()
    neighborhoods: Sequence[Neighborhood] = ()
    switches: Switches | None = None
    regions: pd.DataFrame | None = None
    matches: Mapping[str, ModelMatch] = field(default_factory=dict)
    agreements: Sequence[Agreement] = ()
    traces: Mapping[str, Sequence[float]] = field(default_factory=dict)
    choice: pd.DataFrame | None = None
    loci: Sequence[Interval] = ()
    genes: pd.DataFrame | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        numbers = {len(one.names) for one in (*self.segmentations, *self.enrichments, *self.neighborhoods)}
        if self.model is not None:
            numbers.add(self.model.n_states)
        # Models and segmentations that were compared may differ in their states: the first ones are shown.
        numbers = numbers or {len(one.names) for one in (*self.matches.values(), *self.agreements)[:1]}
        if len(numbers) != 1:
            raise InputError(f"a page shows the states of one model; got {sorted(numbers) or 'no'} numbers of states")

    @property
    def subtitle(self) -> str:
        """How many states, marks and cell types there are."""
        parts = [f"{len(self.names)} states"]
        if self.model is not None:
            parts.append(f"{len(self.model.marks)} marks")
        if cells := [one.cell for one in self.segmentations]:
            parts.append(", ".join(cells) if len(cells) <= 6 else f"{len(cells)} cell types")
        return " · ".join(parts)

    @cached_property
    def names(self) -> tuple[StateName, ...]:
        """Suggested names; those of a user where the model or the segmentations have some."""
        if self.model is not None:
            return suggest_names(self.model, tss=self._folds(_TSS_WORDS), cpg=self._folds(_CPG_WORDS))
        known = (*self.segmentations, *self.enrichments, *self.neighborhoods)
        known = (*known, *self.matches.values(), *self.agreements)
        return numbered_names(known[0].names)

    def _folds(self, words: Sequence[str]) -> PerState | None:
        """Mean folds over cell types of the set whose name has one of these words; the shortest name counts."""
        if not self.enrichments:
            return None
        sets = [name for name in self.enrichments[0].sets if any(word in name.lower() for word in words)]
        if not sets:
            return None
        name = min(sets, key=len)
        folds = [one.of(name) for one in self.enrichments if name in one.sets]
        return sum(folds[1:], folds[0]) / len(folds)
