"""What a simulated genome with distal enhancers is made by: motifs, what each of them does, and in which cells.

Three things act on a gene. Its *core promoter*, a long motif with a direction, says where transcription begins, on
which strand, and how far the gene listens to others. *Activators* bound anywhere within tens of kilobases add to it,
the less the farther away they are. Bound *insulators* in between hold them off. The motifs are well-known ones; all
numbers were chosen for this simulation and are no measurement.

==============  ======================================================================
TATA            core promoter of genes that enhancers regulate; begins at one place
YY1             core promoter of housekeeping genes, which hear little; begins broadly
GATA1           activator in erythroid cells
HNF4A           activator in hepatic cells
SPI1            activator in myeloid cells
AP-1            weaker activator in all cells, bound beside those of the cell
NRF1            activator of the promoter right beside it only, in all cells
CTCF            insulator, in all cells
==============  ======================================================================
"""

from dataclasses import dataclass, field

from cisgram.errors import ConfigError
from cisgram.genomics.motif import Motif
from cisgram.simulate.cell_types import CellType, cell_type_grammar
from cisgram.simulate.grammar import Contact, Cooperation, Factor, Grammar, PlantedMotif
from cisgram.simulate.pluripotency import ppm_from_text

LINEAGE_MOTIFS = ("GATA1", "HNF4A", "SPI1")
"""Activators of one cell type each."""

_TATA = " ".join(["T90 A97 T95 A97 A80T17 A95 A75T15 G60A25", *["A25"] * 20, "T80C12 C85T10 A97 G70T20 T90 C70T20"])
_YY1 = "C70 A85 A90 G92 A97 T97 G97 G97 C90 G80T10 G90 C80"
_MAX_WEIGHTS = {"CTCF": 12.0, "NRF1": 6.0, "AP-1": 0.15}
_HELP = Cooperation("", "AP-1", amplitude=20.0, decay_bp=80.0, helical_depth=0.0)


@dataclass(frozen=True)
class Activator:
    """What bound sites of a motif do to promoters.

    Parameters
    ----------
    motif
        Its name.
    strength
        What one site that is always bound adds to a promoter right beside it, in units of :attr:`CorePromoter.basal`.
    decay_bp
        Distance over which that falls to 1/e.
    """

    motif: str
    strength: float
    decay_bp: float

    def __post_init__(self) -> None:
        if self.strength < 0 or self.decay_bp <= 0:
            raise ConfigError(f"an activator needs strength >= 0 and decay_bp > 0; got {self}")


@dataclass(frozen=True)
class CorePromoter:
    """A motif at which transcription begins, and how.

    Parameters
    ----------
    motif
        Its name; transcripts run along its strand.
    tss_offset
        Column of the motif, from 0, whose base is the first of the transcripts.
    basal
        Rate without any activator.
    response
        What the rate gains per unit of activation; 1 for a promoter that hears everything.
    spread_bp
        Standard deviation of where transcripts begin.
    """

    motif: str
    tss_offset: int
    basal: float
    response: float
    spread_bp: float

    def __post_init__(self) -> None:
        if min(self.tss_offset, self.basal, self.response) < 0 or self.spread_bp <= 0:
            raise ConfigError(f"a core promoter needs numbers of 0 or more, and spread_bp above 0; got {self}")


def expression_grammar() -> Grammar:
    """Motifs of this module, each bound by one protein of the same name; activators of a cell help AP-1 beside them.

    Examples
    --------
    >>> [motif.name for motif in expression_grammar().motifs]
    ['CTCF', 'NRF1', 'GATA1', 'HNF4A', 'SPI1', 'AP-1', 'TATA', 'YY1']
    """
    shared = cell_type_grammar()
    chosen = ("CTCF", "NRF1", *LINEAGE_MOTIFS, "AP-1")
    motifs = [shared.motifs[shared.index(name)] for name in chosen]
    motifs = [PlantedMotif(one.motif, _MAX_WEIGHTS.get(one.name, 5.0), 1.0) for one in motifs]
    motifs += [PlantedMotif(Motif(name, ppm_from_text(text)), 6.0, 1.0) for name, text in _cores()]
    open_by = {"TATA": 0.8, "YY1": 0.8, "AP-1": 0.15}
    footprint = shared.factors[0].contacts[0].footprint
    factors = tuple(
        Factor(one.name, "opens its sites", (Contact(one.name, open_by.get(one.name, 1.0), footprint),))
        for one in motifs
    )
    helps = tuple(Cooperation(name, _HELP.helped, _HELP.amplitude, _HELP.decay_bp, 0.0) for name in LINEAGE_MOTIFS)
    return Grammar(motifs=tuple(motifs), factors=factors, cooperations=helps)


def expression_cell_types() -> tuple[CellType, ...]:
    """Erythroid, hepatic and myeloid cells: the same but for their own activator.

    Examples
    --------
    >>> [(cell.name, cell.concentrations["GATA1"]) for cell in expression_cell_types()]
    [('erythroid', 1.0), ('hepatic', 0.0), ('myeloid', 0.0)]
    """
    everywhere = dict.fromkeys(("CTCF", "NRF1", "AP-1", "TATA", "YY1"), 1.0)
    names = ("erythroid", "hepatic", "myeloid")
    return tuple(
        CellType(name, everywhere | {motif: float(motif == own) for motif in LINEAGE_MOTIFS})
        for name, own in zip(names, LINEAGE_MOTIFS, strict=True)
    )


@dataclass(frozen=True)
class ExpressionRules:
    """All that turns a sequence into rates of transcription.

    Parameters
    ----------
    grammar
        Motifs and who helps whom; its contacts say how far each bound motif opens chromatin.
    cell_types
        Which proteins are at work where; different names.
    activators, cores
        What motifs do; every other motif does nothing to genes.
    insulator
        Motif that holds activators off.
    blocking
        Share of the activation that an insulator holds off while it is bound, 0 to 1.
    reach_bp
        Activators farther from a promoter do nothing to it.
    """

    grammar: Grammar = field(default_factory=expression_grammar)
    cell_types: tuple[CellType, ...] = field(default_factory=expression_cell_types)
    activators: tuple[Activator, ...] = (
        *(Activator(name, 1.0, 6_000.0) for name in LINEAGE_MOTIFS),
        Activator("AP-1", 0.6, 6_000.0),
        Activator("NRF1", 1.5, 100.0),
    )
    cores: tuple[CorePromoter, ...] = (
        CorePromoter("TATA", 30, basal=0.1, response=1.0, spread_bp=2.0),
        CorePromoter("YY1", 2, basal=0.8, response=0.2, spread_bp=20.0),
    )
    insulator: str = "CTCF"
    blocking: float = 0.9
    reach_bp: int = 30_000

    def __post_init__(self) -> None:
        for motif in (*(one.motif for one in self.activators), *(one.motif for one in self.cores), self.insulator):
            if motif not in {one.name for one in self.grammar.motifs}:
                raise ConfigError(f"the rules name the motif {motif}, which the grammar has not")
        names = [one.name for one in self.cell_types]
        if not names or len(set(names)) < len(names):
            raise ConfigError(f"there must be at least one cell type, all with different names; got {names}")
        if not 0 <= self.blocking < 1 or self.reach_bp < 100:
            raise ConfigError(f"blocking must be in 0..1, below 1, and reach_bp at least 100; got {self.blocking}")


def _cores() -> tuple[tuple[str, str], ...]:
    """Core promoters: a TATA box and an initiator 22 bp apart as one motif, and the YY1 motif at the start of genes."""
    return ("TATA", _TATA), ("YY1", _YY1)
