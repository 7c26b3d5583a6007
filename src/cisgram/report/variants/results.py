"""What pages of variants are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd
from jaxtyping import Float

from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.maps import MutationMap
from cisgram.report.folding_plots import FoldingPicture


class ScoreMeaning(NamedTuple):
    """A score for people."""

    name: str
    unit: str
    definition: str


@dataclass(frozen=True, eq=False)
class VariantResults:
    """All variants of a call.

    Parameters
    ----------
    table
        One row per variant and track: ``index``, ``variant`` (text), ``name``, ``status``, ``track``, ``kind``,
        ``reference``, ``alternative`` (totals of the prediction, NaN where there are none), ``n_null`` and the scores;
        with a null also ``<score>_quantile``, ``_p`` and ``_q``.
    main
        The score that variants are ranked by.
    scores
        All of them.
    ranked
        Numbers (``index``) of the scored variants, most striking first.
    statuses
        Number of variants by status, and what a status says.
    null
        Scores of null changes (``track`` and a column per score); None without a null.
    null_text
        What the null changes are, in a sentence.
    sites
        From :func:`cisgram.motifs.allele_sites.allele_sites`; None without motifs.
    agreement
        ``measured`` (the column of effects), ``score`` (of the model beside it), and the columns of
        :func:`cisgram.interpret.variants.agreement.effect_agreement`; None without measured effects.
    measured
        ``index``, ``column``, ``score``, ``track``, ``measured`` and ``predicted`` of every variant that has both.
    predictors
        What each predictor in ``agreement`` is.
    pages
        Address of the page of its own, by number of the variant.
    model_text
        What was asked, in a few words.
    settings
        What to state about the call.
    warning
        What makes the variants, or the genome, look wrong; empty where nothing does.
    """

    table: pd.DataFrame
    main: str
    scores: Sequence[ScoreMeaning]
    ranked: Sequence[int]
    statuses: Sequence[tuple[str, int, str]]
    null: pd.DataFrame | None = None
    null_text: str = ""
    sites: pd.DataFrame | None = None
    agreement: pd.DataFrame | None = None
    measured: pd.DataFrame | None = None
    predictors: Mapping[str, str] = field(default_factory=dict)
    pages: Mapping[int, str] = field(default_factory=dict)
    model_text: str = ""
    settings: Mapping[str, object] = field(default_factory=dict)
    warning: str = ""

    @property
    def meaning(self) -> ScoreMeaning:
        """Of the main score."""
        return next(score for score in self.scores if score.name == self.main)

    @property
    def has_null(self) -> bool:
        """Whether scores have p-values."""
        return f"{self.main}_p" in self.table


@dataclass(frozen=True, eq=False)
class AlleleTracks:
    """Predictions of one track with either allele, along the sequence."""

    track: str
    first: float
    """Middle of the first position, in bp from the variant."""
    step_bp: int
    """Bases per position."""
    ref: Float[np.ndarray, "strand position"]
    """One row, or plus and minus strand; NaN where nothing is predicted."""
    alt: Float[np.ndarray, "strand position"]
    """The same with the alternative allele, at the reference's positions."""
    unit: str


@dataclass(frozen=True, eq=False)
class VariantPage:
    """One variant."""

    title: str
    name: str
    alleles: tuple[str, str]
    rows: pd.DataFrame
    """Its rows of the table."""
    tracks: Sequence[AlleleTracks] = ()
    """Predictions along the sequence; empty for a model of one number per track."""
    levels: pd.DataFrame | None = None
    """``track``, ``ref`` and ``alt`` of a model of one number per track."""
    folding: Sequence[FoldingPicture] = ()
    """Contact maps."""
    maps: tuple[MutationMap, MutationMap] | None = None
    """What the bases around the variant are worth, with either allele."""
    maps_track: str = ""
    maps_unit: str = ""
    maps_start: int = 0
    """Position of the maps' first base, in bp from the variant."""
    maps_note: str = ""
    """How the maps were made, where that matters."""
    sites: pd.DataFrame | None = None
    motifs: Mapping[str, Motif] = field(default_factory=dict)
    measured: Mapping[str, float] = field(default_factory=dict)
    """Measured effects, by track (and column of effects, where there are several)."""
    notes: Sequence[str] = ()
