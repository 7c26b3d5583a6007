"""What is known of one contact map, gathered for its page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd
from matplotlib.figure import Figure

from cisgram.hic.feature_strength import FeatureStrengths
from cisgram.hic.features import MapFeatures
from cisgram.hic.territories import Territories

_FEW_CALLS, _FEWEST = 20, 5


@dataclass(frozen=True, eq=False)
class LocusPicture:
    """A stretch of the map with tracks.

    Parameters
    ----------
    title
        Where it is and why it is shown.
    figure
        Drawn in the house style.
    """

    title: str
    figure: Figure = field(repr=False)


@dataclass(frozen=True, eq=False)
class MapResults:
    """Everything that the page of a map may show; what is not there is left out.

    Parameters
    ----------
    title
        Of the page.
    facts
        What the map is, in words.
    features
        What was found.
    strengths
        How strong that is in the map itself.
    decay
        P(s) with its slope.
    main_window
        The window of insulation in bp that pictures and pile-ups are of.
    territories
        Contacts within and between contigs; None where there is one contig.
    second
        What the map is compared with, in words: two halves of its contacts, or a replicate.
    is_halves
        Whether the second measurement are halves.
    agreement
        From :func:`cisgram.hic.found_again.feature_agreement`, of the two halves or of map and replicate; None where
        there is no second measurement.
    held_out
        Strengths in the half, or the replicate, that did not show the features.
    eigen_bin_size
        Width in bp of the bins that compartments were found in.
    phase
        What turned the eigenvectors; empty where nothing did.
    orientation
        Which way motifs point at the anchors of loops.
    known
        Known places beside called ones: ``what``, ``n_known``, ``n_called``, ``found``, ``found_by_chance``,
        ``right``, ``right_by_chance``.
    truth
        Planted features beside found ones: ``what``, ``measure``, ``value``.
    loci
        Pictures of stretches.
    settings, inputs
        What was asked; SHA-256 of files by name.
    """

    title: str
    facts: Mapping[str, str]
    features: MapFeatures
    strengths: FeatureStrengths
    decay: pd.DataFrame
    main_window: int
    territories: Territories | None = None
    second: str = ""
    is_halves: bool = True
    agreement: pd.DataFrame | None = None
    held_out: pd.DataFrame | None = None
    eigen_bin_size: int | None = None
    phase: str = ""
    orientation: pd.DataFrame | None = None
    known: pd.DataFrame | None = None
    truth: pd.DataFrame | None = None
    loci: Sequence[LocusPicture] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    inputs: Mapping[str, str] = field(default_factory=dict)

    def told_again(self, feature: str) -> str:
        """Half a sentence on how many calls of a feature come back; empty where calls were not compared."""
        row = self.agreement_of(feature)
        if not row:
            return ""
        if row["n"] < _FEW_CALLS:
            return f"; {self.second} have {int(row['n'])} together, too few to say how many come back"
        share = f"of {self.second}, each shows {row['value']:.0%} of the other's"
        return f"; {share} (chance {row['by_chance']:.0%})"

    def agreement_of(self, feature: str) -> dict[str, float]:
        """``value``, ``by_chance`` and ``n`` of one feature; empty where it was not compared."""
        return _row(self.agreement, feature)

    def strength_of(self, feature: str) -> dict[str, float]:
        """``value``, ``low``, ``high``, ``by_chance`` and ``n`` in the map itself; empty where there is none."""
        return _row(self.strengths.table, feature)

    def held_out_of(self, feature: str) -> dict[str, float]:
        """The same in the other half or the replicate; empty where there are fewer than five calls."""
        row = _row(self.held_out, feature)
        return row if row.get("n", 0) >= _FEWEST else {}


def _row(table: pd.DataFrame | None, feature: str) -> dict[str, float]:
    """The numbers of one row; empty where there is no such row or its value is not known."""
    if table is None:
        return {}
    own = table[table["feature"] == feature]
    if not len(own) or own["value"].isna().all():
        return {}
    return {str(name): value for name, value in own.iloc[0].items() if not isinstance(value, str)}
