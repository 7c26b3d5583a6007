"""The default grammar: what the ChIP-nexus of Oct4, Sox2, Nanog and Klf4 in mouse stem cells showed, simulated.

The motifs are those of the published analysis; every number beside them (affinities, footprints, amplitudes) was
chosen for this simulation and is no measurement. What is planted:

* *Oct4-Sox2* (``TTTGCATAACAA``) is a pioneer: bound whatever else is near, by the proteins Oct4 and Sox2.
* *Sox2* (``GAACAATGG``) is bound by Sox2 alone.
* *Nanog* has three motifs with the core ``TCA`` and different flanks, of falling affinity. Alone they are bound
  weakly; an Oct4-Sox2 or Sox2 site near them raises their binding, less with distance and most at multiples of
  10.5 bp. Nanog sites help each other a little in the same way. Nanog helps neither Oct4 nor Sox2.
* *Klf4* (``CCACGCCC``) is bound by Klf4, independent of the others.
* *Zic3* (``TCTCAGCAGGTAGCA``) is bound by a protein without an experiment of its own, which holds Nanog protein: the
  Nanog experiment shows a diffuse footprint there and sharp ones at Nanog's own motifs.

References
----------
Avsec et al. (2021), Base-resolution models of transcription-factor binding reveal soft motif syntax. Nature Genetics.
"""

import re
from itertools import permutations

import numpy as np

from cisgram.errors import ConfigError
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import ALPHABET
from cisgram.simulate.footprint import Footprint, FootprintMode
from cisgram.simulate.grammar import Contact, Cooperation, Factor, Grammar, PairProbe, PlantedMotif

NANOG_MOTIFS = ("Nanog", "Nanog-taat", "Nanog-ggt")
"""Names of Nanog's three motifs, from the highest affinity to the lowest."""

_MATRICES = {
    "Oct4-Sox2": "T60A24 T85 T90 G90C6 C88T8 A95 T92 A62G22 A92 C90 A88G8 A80T10",
    "Sox2": "G56C22 A80G10 A90 C93 A94 A90 T94 G88A8 G70C14",
    "Nanog": "A52G32 G60A26 C80T10 C86T8 A90 T96 C96 A93",
    "Nanog-taat": "G54T26 T84A9 A90 A88 T84G9 T96 C96 A93 G54T28",
    "Nanog-ggt": "C52T28 G86 G88 T86 T68G22 T96 C96 A93 C54G28",
    "Klf4": "C82T10 C93 A76G18 C94 G92 C94 C93 C78T14",
    "Zic3": "T40 C48 T55 C72A16 A84 G92 C90 A80 G93 G94 T66C22 A76 G88 C80 A52",
}


def ppm_from_text(text: str) -> np.ndarray:
    """Read a PPM from one word per column: letters with their percentages; the rest is shared by the other letters.

    Examples
    --------
    >>> ppm_from_text("A70G20 C97").round(2).T.tolist()
    [[0.7, 0.05, 0.2, 0.05], [0.01, 0.97, 0.01, 0.01]]
    """
    columns = []
    for word in text.split():
        named = {letter: int(percent) / 100 for letter, percent in re.findall(r"([ACGT])(\d+)", word)}
        rest = (1 - sum(named.values())) / max(1, 4 - len(named))
        if not named or rest <= 0 or re.sub(r"[ACGT]\d+", "", word):
            raise ConfigError(
                f"a column is written like A70G20 and leaves something for the other letters; got {word!r}"
            )
        columns.append([named.get(letter, rest) for letter in ALPHABET])
    return np.array(columns).T


def pluripotency_grammar() -> Grammar:
    """The grammar of this module.

    Examples
    --------
    >>> [factor.name for factor in pluripotency_grammar().assayed]
    ['Oct4', 'Sox2', 'Nanog', 'Klf4']
    """
    return Grammar(motifs=_motifs(), factors=_factors(), cooperations=_cooperations(), pairs=_pairs())


def _motifs() -> tuple[PlantedMotif, ...]:
    """Motifs with their greatest weight and their share of what is planted."""
    chosen = {
        "Oct4-Sox2": (8.0, 0.24),
        "Sox2": (3.0, 0.15),
        "Nanog": (0.38, 0.20),
        "Nanog-taat": (0.28, 0.10),
        "Nanog-ggt": (0.20, 0.08),
        "Klf4": (3.5, 0.15),
        "Zic3": (5.0, 0.08),
    }
    return tuple(
        PlantedMotif(Motif(name=name, ppm=ppm_from_text(_MATRICES[name])), max_weight=weight, share=share)
        for name, (weight, share) in chosen.items()
    )


def _factors() -> tuple[Factor, ...]:
    """The proteins and where each is found."""
    at_composite = _footprint((-5, -11), (-7, -13))
    nanog = _footprint((-5, -10), (-6, -12))
    return (
        Factor("Oct4", "pioneer, on the composite motif with Sox2", (Contact("Oct4-Sox2", 1.0, at_composite),)),
        Factor(
            "Sox2",
            "pioneer, on the composite motif with Oct4 and on its own motif",
            (
                Contact("Oct4-Sox2", 0.9, _footprint((-7, -13), (-4, -9))),
                Contact("Sox2", 1.0, _footprint((-4, -9), (-6, -13))),
            ),
        ),
        Factor(
            "Nanog",
            "follower of Oct4-Sox2 and Sox2; held by Zic3 at Zic3's motif",
            (
                *(Contact(motif, 1.4, nanog) for motif in NANOG_MOTIFS),
                Contact("Zic3", 0.9, nanog.blurred(25.0), is_direct=False),
            ),
        ),
        Factor("Klf4", "independent", (Contact("Klf4", 1.0, _footprint((-6, -10), (-3, -8))),)),
        Factor("Zic3", "without an experiment of its own; holds Nanog"),
    )


def _footprint(sense: tuple[int, int], antisense: tuple[int, int]) -> Footprint:
    """A sharp main stop, a second one further out, and a tail of ends that the exonuclease did not reach."""

    def modes(main: int, second: int) -> tuple[FootprintMode, ...]:
        return (
            FootprintMode(float(main), 1.2, 0.60),
            FootprintMode(float(second), 1.8, 0.22),
            FootprintMode(-32.0, 24.0, 0.18),
        )

    return Footprint(modes(*sense), modes(*antisense))


def _cooperations() -> tuple[Cooperation, ...]:
    """Pioneers help every Nanog motif; Nanog motifs help each other a little."""
    rules = []
    for nanog in NANOG_MOTIFS:
        rules += [
            Cooperation("Oct4-Sox2", nanog, amplitude=13.0, helical_depth=0.7),
            Cooperation("Sox2", nanog, amplitude=6.0, helical_depth=0.7),
        ]
        rules += [Cooperation(nanog, nanog, amplitude=2.0, decay_bp=60.0)]
    rules += [Cooperation(*pair, amplitude=2.0, decay_bp=60.0) for pair in permutations(NANOG_MOTIFS, 2)]
    return tuple(rules)


def _pairs() -> tuple[PairProbe, ...]:
    """Pairs that show who helps whom, and pairs that show who does not."""
    first = NANOG_MOTIFS[0]
    return (
        *(PairProbe("Oct4-Sox2", nanog, share) for nanog, share in zip(NANOG_MOTIFS, (0.22, 0.08, 0.06), strict=True)),
        PairProbe("Sox2", first, 0.18),
        PairProbe(first, first, 0.16),
        PairProbe("Klf4", first, 0.12),
        PairProbe("Oct4-Sox2", "Klf4", 0.08),
        PairProbe("Zic3", first, 0.05),
        PairProbe("Oct4-Sox2", "Sox2", 0.05),
    )
