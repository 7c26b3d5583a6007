"""Cell types that differ in the proteins they make: the same sites, opened by some cells and not by others.

A cell type multiplies the weights of a motif's sites by its concentration: 1 where its protein is at work, 0 where
there is none. The motifs are well-known ones; all numbers were chosen for this simulation and are no measurement.

==============  ========================================================
CTCF, NRF1      in all cell types
GATA1           erythroid
HNF4A           hepatic
SPI1            myeloid
TP63            epidermal
Oct4-Sox2       stem
AP-1            myeloid and epidermal, a little in all others
==============  ========================================================
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from cisgram.arrays import Totals
from cisgram.errors import ConfigError
from cisgram.genomics.motif import Motif
from cisgram.simulate.footprint import Footprint, FootprintMode
from cisgram.simulate.grammar import Contact, Factor, Grammar, PlantedMotif
from cisgram.simulate.pluripotency import ppm_from_text

_MATRICES = {
    "CTCF": "C70 C90 A60G30 C72 C88 A40T40 G88 G70A20 G84 G92 G86 C90 G60A30 C72",
    "NRF1": "T40C40 G86 C92 G92 C90 A88 T86 G92 C90 G90 C86 A50G30",
    "GATA1": "C55A30 A60T30 G97 A96 T97 A96 A94 G84 A70G20",
    "HNF4A": "G60A20 G72 G56T30 C72 A92 A94 A94 G90 T84 C88 C76 A78",
    "SPI1": "A70 A76 A74G12 A60 G52C30 A72 G94 G96 A96 A95 G90 T84 G70",
    "TP63": "A44G40 C94 A66 T60A30 G95 T52C30 C48T30 G50A30 G44A40 A50 C94 A50T40 T70 G94 T62C26 C50T36",
    "Oct4-Sox2": "T60A24 T85 T90 G90C6 C88T8 A95 T92 A62G22 A92 C90 A88G8 A80T10",
    "AP-1": "G50A30 A50G30 T95 G94 A92 C60G34 T93 C92 A94 T50C30",
}
_MAX_WEIGHTS = {"CTCF": 5.0, "NRF1": 7.0, "AP-1": 2.5}
_SHARES = {"CTCF": 0.08, "NRF1": 0.06, "AP-1": 0.14}


@dataclass(frozen=True)
class CellType:
    """A kind of cell.

    Parameters
    ----------
    name
        Its name, and that of its files.
    concentrations
        How much of each motif's protein it has, relative to the cell in which that is at work: 0 or more. Motifs
        that are not named have none.
    """

    name: str
    concentrations: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.name or any(sign in self.name for sign in "/\\\t\n "):
            raise ConfigError(f"the name of a cell type must be usable in file names; got {self.name!r}")
        if wrong := {motif: value for motif, value in self.concentrations.items() if not value >= 0}:
            raise ConfigError(f"concentrations of {self.name} must be 0 or more; got {wrong}")

    def weights(self, grammar: Grammar) -> Totals:
        """The concentration for every motif of a grammar, in its order."""
        return np.array([self.concentrations.get(motif.name, 0.0) for motif in grammar.motifs], dtype=np.float64)


def default_cell_types() -> tuple[CellType, ...]:
    """The five cell types of this module.

    Examples
    --------
    >>> [cell_type.name for cell_type in default_cell_types()]
    ['erythroid', 'hepatic', 'myeloid', 'epidermal', 'stem']
    """
    own = {"erythroid": "GATA1", "hepatic": "HNF4A", "myeloid": "SPI1", "epidermal": "TP63", "stem": "Oct4-Sox2"}
    with_ap1 = ("myeloid", "epidermal")
    return tuple(
        CellType(name, {"CTCF": 1.0, "NRF1": 1.0, motif: 1.0, "AP-1": 1.0 if name in with_ap1 else 0.03})
        for name, motif in own.items()
    )


def cell_type_grammar() -> Grammar:
    """The motifs of this module, each bound by one protein of the same name, which opens the chromatin around it.

    Examples
    --------
    >>> [motif.name for motif in cell_type_grammar().motifs][:3]
    ['CTCF', 'NRF1', 'GATA1']
    """
    motifs = tuple(
        PlantedMotif(Motif(name, ppm_from_text(text)), _MAX_WEIGHTS.get(name, 5.0), _SHARES.get(name, 0.144))
        for name, text in _MATRICES.items()
    )
    factors = tuple(Factor(name, "opens its sites", (Contact(name, 1.0, _cuts()),)) for name in _MATRICES)
    return Grammar(motifs=motifs, factors=factors)


def true_specificity(grammar: Grammar, cell_types: Sequence[CellType]) -> pd.DataFrame:
    """Concentration of every motif's protein (rows) in every cell type (columns)."""
    columns = {cell_type.name: cell_type.weights(grammar) for cell_type in cell_types}
    return pd.DataFrame(columns, index=pd.Index([motif.name for motif in grammar.motifs], name="motif"))


def _cuts() -> Footprint:
    """Where an enzyme cuts around a bound protein: to both sides of it, seldom inside."""
    sides = (FootprintMode(-45.0, 32.0, 0.5), FootprintMode(57.0, 32.0, 0.5))
    return Footprint(sides, sides)
