"""Variants of a simulated genome with enhancers: in sites of enhancers, promoters and insulators, or far from any."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import SequenceCodes
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import ALPHABET, N, decode
from cisgram.genomics.variant import Variant
from cisgram.simulate.expression_layout import PlantedElements
from cisgram.simulate.grammar import Grammar
from cisgram.simulate.variant_draws import draw_at_new_places
from cisgram.simulate.variants import changed_site

EXPRESSION_KIND_SHARES = {
    "breaks an enhancer": 0.34,
    "improves an enhancer": 0.14,
    "breaks a promoter": 0.14,
    "breaks an insulator": 0.08,
    "insertion or deletion": 0.15,
    "background": 0.15,
}
"""What the variants are, and in which shares they are drawn."""

_ELEMENTS_OF = {
    "breaks an enhancer": ("enhancer",),
    "improves an enhancer": ("enhancer", "decoy"),
    "breaks a promoter": ("regulated promoter", "housekeeping promoter"),
    "breaks an insulator": ("insulator",),
    "insertion or deletion": ("enhancer", "regulated promoter", "housekeeping promoter"),
}
_MARGIN_BP = 2_000


class PlantedContig(NamedTuple):
    """One contig and what was planted on it."""

    name: str
    planted: PlantedElements


def draw_expression_variants(
    contigs: Sequence[PlantedContig], genome: Genome, grammar: Grammar, *, n_variants: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw variants, at most one per place.

    Parameters
    ----------
    contigs
        Contigs of the genome; variants fall on them by their length.
    genome
        The same bases; variants are normalised against it.
    grammar
        Gives the motifs.
    n_variants
        How many; 0 gives an empty table.
    rng
        Where the randomness comes from.

    Returns
    -------
    pandas.DataFrame
        One row per variant, in the order of the genome: ``variant`` (:class:`~cisgram.genomics.variant.Variant`),
        ``kind`` (a key of :data:`EXPRESSION_KIND_SHARES`), ``motif`` (that it hits) and ``element`` (that it lies in),
        both ``""`` for none. A kind for which too few places are found gives fewer.
    """
    return draw_at_new_places(
        EXPRESSION_KIND_SHARES,
        np.array([one.planted.codes.size for one in contigs]),
        lambda kind, number: _drawn(kind, contigs[number], grammar, rng),
        genome=genome,
        n_variants=n_variants,
        rng=rng,
        known=("motif", "element"),
    )


def _drawn(
    kind: str, contig: PlantedContig, grammar: Grammar, rng: np.random.Generator
) -> tuple[Variant, str, str] | None:
    """Try once to draw a variant of a kind on a contig; nothing where the place does not suit."""
    codes, elements, instances = contig.planted
    if kind == "background":
        return _beside(contig, rng)
    if not len(instances):
        return None
    one = instances.iloc[int(rng.integers(len(instances)))]
    element = elements.iloc[int(one["element"])]
    start, end, motif = int(one["start"]), int(one["end"]), str(one["motif"])
    is_weak = one["relative_weight"] < 0.25
    if element["kind"] not in _ELEMENTS_OF[kind] or (kind == "improves an enhancer" and not is_weak):
        return None
    site = codes[start:end]
    if kind == "insertion or deletion":
        at, length = start + int(rng.integers(site.size - 2)), int(rng.integers(1, 11))
        anchor = decode(codes[at : at + 1])
        if rng.random() < 0.5:
            more = decode(rng.integers(4, size=length, dtype=np.uint8))
            return Variant(contig.name, at, anchor, anchor + more), motif, element["name"]
        return Variant(contig.name, at, decode(codes[at : at + 1 + length]), anchor), motif, element["name"]
    ppm = grammar.motifs[grammar.index(motif)].motif.ppm
    changed = changed_site(
        site, ppm[::-1, ::-1] if one["is_reverse"] else ppm, is_better=kind == "improves an enhancer", rng=rng
    )
    if changed is None:
        return None
    return _substitution(contig.name, codes, start + changed[0], changed[1]), motif, element["name"]


def _beside(contig: PlantedContig, rng: np.random.Generator) -> tuple[Variant, str, str] | None:
    """Change a base far from all elements."""
    codes, elements, _ = contig.planted
    at = int(rng.integers(_MARGIN_BP, codes.size - _MARGIN_BP))
    if codes[at] == N or ((elements["start"] - 200 <= at) & (at < elements["end"] + 200)).any():
        return None
    alt = int(rng.choice([base for base in range(4) if base != codes[at]]))
    return _substitution(contig.name, codes, at, alt), "", ""


def _substitution(chrom: str, codes: SequenceCodes, at: int, alt: int) -> Variant:
    """One base changed."""
    return Variant(chrom, at, ALPHABET[codes[at]], ALPHABET[alt])
