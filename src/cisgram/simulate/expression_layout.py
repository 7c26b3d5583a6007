"""Where promoters, enhancers and insulators stand, and which motifs each of them is made of."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import SequenceCodes
from cisgram.errors import ConfigError
from cisgram.genomics.sequence import reverse_complement
from cisgram.simulate.expression_regulation import MIN_WEIGHT
from cisgram.simulate.expression_rules import LINEAGE_MOTIFS
from cisgram.simulate.grammar import Grammar
from cisgram.simulate.planting import InstancePools, instance_pools
from cisgram.simulate.sites import weaken_chance_sites
from cisgram.simulate.streams import named_stream

ELEMENT_COLUMNS = ("start", "end", "strand", "kind", "name")
"""Columns of a table of elements on one contig: 0-based half-open in bp; ``+`` or ``-`` for promoters, ``.`` for
others; one of :data:`KINDS`; a name that no other element has."""

INSTANCE_COLUMNS = ("start", "end", "is_reverse", "motif", "relative_weight", "element")
"""Columns of a table of planted instances on one contig: 0-based half-open in bp, whether the motif reads along the
minus strand, name of the motif, weight relative to the best sequence, and row of the element."""

KINDS = ("regulated promoter", "housekeeping promoter", "enhancer", "insulator", "decoy")
"""Kinds of element; a decoy has the motifs of an enhancer, all so weak that they are hardly ever bound."""

_FLANK_BP = 40
_CHANCE_KEPT = 0.03
_Word = tuple[str, int, bool]


@dataclass(frozen=True)
class ExpressionLayout:
    """How densely elements stand, and of which kinds.

    Parameters
    ----------
    spacing_bp
        Mean distance between the middles of neighbouring elements.
    least_bp
        Least distance between them.
    regulated, housekeeping, enhancers, insulators, decoys
        Shares of the kinds; they need not add up to 1.
    moderate_share
        Share of instances with 4 to 25 % of the best affinity; the others have more.
    """

    spacing_bp: int = 2_000
    least_bp: int = 1_000
    regulated: float = 0.45
    housekeeping: float = 0.08
    enhancers: float = 0.31
    insulators: float = 0.08
    decoys: float = 0.08
    moderate_share: float = 0.15

    def __post_init__(self) -> None:
        if not 800 <= self.least_bp < self.spacing_bp:
            raise ConfigError(f"least_bp must be at least 800 and below spacing_bp; got {self}")
        if min(self.shares) < 0 or sum(self.shares) <= 0 or not 0 <= self.moderate_share <= 1:
            raise ConfigError(f"shares must be 0 or more, one of them above 0, moderate_share in 0..1; got {self}")

    @property
    def shares(self) -> tuple[float, ...]:
        """Shares in the order of :data:`KINDS`."""
        return self.regulated, self.housekeeping, self.enhancers, self.insulators, self.decoys


class PlantedElements(NamedTuple):
    """One contig with its elements written into it."""

    codes: SequenceCodes
    elements: pd.DataFrame
    """:data:`ELEMENT_COLUMNS`, by start; they do not overlap."""
    instances: pd.DataFrame
    """:data:`INSTANCE_COLUMNS`, by start."""


def plant_elements(
    codes: SequenceCodes, *, grammar: Grammar, layout: ExpressionLayout, seed: int, chrom: str
) -> PlantedElements:
    """Write elements into one contig; most sites that the background holds by chance are broken first.

    Parameters
    ----------
    codes
        Background sequence; not changed.
    grammar
        The motifs.
    layout
        How densely, and of which kinds.
    seed, chrom
        Seed of the simulation and name of the contig.
    """
    rng = named_stream(seed, "elements", chrom)
    pools = dict(
        zip([one.name for one in grammar.motifs], instance_pools(grammar, named_stream(seed, "instances")), strict=True)
    )
    written = weaken_chance_sites(codes, grammar, min_weight=MIN_WEIGHT, kept_share=_CHANCE_KEPT, rng=rng)
    lengths = {one.name: one.length for one in grammar.motifs}
    shares = np.array(layout.shares) / sum(layout.shares)
    elements, instances = [], []
    for middle in _middles(codes.size, layout, rng):
        kind = KINDS[int(rng.choice(len(KINDS), p=shares))]
        is_reverse = bool(rng.random() < 0.5)
        placed, length = _placed(_words(kind, rng), lengths, is_reverse=is_reverse)
        left = middle - length // 2
        if (
            left < 2 * _FLANK_BP
            or left + length > codes.size - 2 * _FLANK_BP
            or (codes[left : left + length] > 3).any()
        ):
            continue
        for motif, start, is_minus in placed:
            letters, weight = _instance(pools[motif], kind, layout.moderate_share, rng)
            at = left + start
            written[at : at + letters.size] = reverse_complement(letters) if is_minus else letters
            instances.append((at, at + letters.size, is_minus, motif, weight, len(elements)))
        strand = "-+"[not is_reverse] if "promoter" in kind else "."
        name = f"{chrom}_{kind.split()[-1][0]}{len(elements) + 1}"
        elements.append((left - _FLANK_BP, left + length + _FLANK_BP, strand, kind, name))
    return PlantedElements(
        written,
        pd.DataFrame(elements, columns=list(ELEMENT_COLUMNS)),
        pd.DataFrame(instances, columns=list(INSTANCE_COLUMNS)),
    )


def _middles(length_bp: int, layout: ExpressionLayout, rng: np.random.Generator) -> list[int]:
    """Middles of elements: at least ``least_bp`` apart, the rest of the distance exponential."""
    n = int(2 * length_bp / layout.spacing_bp) + 50
    gaps = layout.least_bp + rng.exponential(layout.spacing_bp - layout.least_bp, size=n)
    middles = np.cumsum(gaps).astype(np.int64)
    return middles[middles < length_bp].tolist()


def _words(kind: str, rng: np.random.Generator) -> list[_Word]:
    """Motifs of an element from upstream to downstream: name, distance from the one before in bp, direction."""

    def word(motif: str, least: int = 12, most: int = 60) -> _Word:
        return motif, int(rng.integers(least, most + 1)), bool(rng.random() < 0.5)

    own = str(rng.choice(LINEAGE_MOTIFS))
    if kind == "regulated promoter":
        near = [word(own) for _ in range(int(rng.choice([0, 1, 2], p=[0.8, 0.15, 0.05])))]
        near += [word("NRF1") for _ in range(int(rng.random() < 0.25))]
        return [*near, ("TATA", int(rng.integers(20, 61)), False)]
    if kind == "housekeeping promoter":
        return [*(word("NRF1") for _ in range(int(rng.integers(1, 3)))), ("YY1", int(rng.integers(20, 61)), False)]
    if kind == "insulator":
        return [word("CTCF") for _ in range(int(rng.integers(1, 3)))]
    words = [word(own) for _ in range(int(rng.choice([2, 3, 4, 5], p=[0.2, 0.3, 0.3, 0.2])))]
    words += [word("AP-1", 8, 40) for _ in range(int(rng.choice([0, 1, 2], p=[0.4, 0.4, 0.2])))]
    if rng.random() < 0.15:
        words += [word(str(rng.choice([one for one in LINEAGE_MOTIFS if one != own])))]
    return [words[number] for number in rng.permutation(len(words))]


def _placed(
    words: list[_Word], lengths: dict[str, int], *, is_reverse: bool
) -> tuple[list[tuple[str, int, bool]], int]:
    """Name, start from the left end and direction of every motif, and the length of it all."""
    placed, reached = [], 0
    for number, (motif, distance, is_minus) in enumerate(words):
        reached += distance if number else 0
        placed.append((motif, reached, is_minus))
        reached += lengths[motif]
    if is_reverse:
        placed = [(motif, reached - start - lengths[motif], not is_minus) for motif, start, is_minus in placed[::-1]]
    return placed, reached


def _instance(
    pools: InstancePools, kind: str, moderate_share: float, rng: np.random.Generator
) -> tuple[SequenceCodes, float]:
    """Letters of one instance, along its motif, and their relative weight."""
    pool = pools.moderate if rng.random() < moderate_share else pools.strong
    letters, weights = pools.decoy if kind == "decoy" else pool
    pick = int(rng.integers(weights.size))
    return letters[pick], float(weights[pick])
