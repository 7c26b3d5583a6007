"""Variants of known kind: most of them in binding sites, some between sites, some far from any."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.arrays import Matrix, SequenceCodes
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import ALPHABET, N, decode
from cisgram.genomics.variant import Variant
from cisgram.simulate.contig import CellContig
from cisgram.simulate.grammar import Grammar
from cisgram.simulate.planting import KINDS
from cisgram.simulate.variant_draws import draw_at_new_places

KIND_SHARES = {
    "breaks a bound site": 0.40,
    "improves a weak site": 0.15,
    "changes a distance": 0.15,
    "beside sites": 0.15,
    "background": 0.15,
}
"""What the variants are, and in which shares they are drawn."""

_Draw = tuple[Variant, str]


def draw_variants(
    contigs: Sequence[CellContig], genome: Genome, grammar: Grammar, *, n_variants: int, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw variants, at most one per place.

    Distances between neighbouring sites are changed by insertions and deletions of 5 bp (about half a turn of the
    helix) and 10 bp (about a whole one); all other variants are substitutions of one base.

    Parameters
    ----------
    contigs
        Contigs of the cell; variants fall on them by the number of their planted instances.
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
        ``kind`` (a key of ``KIND_SHARES``) and ``motif`` (name of the motif that it hits, ``""`` for none). A kind
        for which too few places are found gives fewer.
    """
    return draw_at_new_places(
        KIND_SHARES,
        np.array([1 + contig.planted.start.size for contig in contigs]),
        lambda kind, number: _draw(kind, contigs[number], grammar, rng),
        genome=genome,
        n_variants=n_variants,
        rng=rng,
        known=("motif",),
    )


def changed_site(
    site: SequenceCodes, ppm: Matrix, *, is_better: bool, rng: np.random.Generator
) -> tuple[int, int] | None:
    """Choose a column of a site and another base for it; None where the site cannot be improved.

    Parameters
    ----------
    site
        Its bases, along the plus strand.
    ppm
        Its motif along the plus strand, ``4 length``.
    is_better
        Give the base that costs most for the best one; if not, an informative base for any other.
    rng
        Where the randomness comes from.
    """
    length = site.size
    if is_better:
        present = ppm[site, np.arange(length)] / ppm.max(axis=0)
        column = int(present.argmin())
        alt = int(ppm[:, column].argmax())
    else:
        information = np.maximum(2 + (ppm * np.log2(ppm)).sum(axis=0), 0)
        column = int(rng.choice(length, p=information / information.sum()))
        alt = int(rng.choice([base for base in range(4) if base != site[column]]))
    return None if alt == site[column] else (column, alt)


def _draw(kind: str, contig: CellContig, grammar: Grammar, rng: np.random.Generator) -> _Draw | None:
    """Try once to draw a variant of a kind on a contig; nothing where the place does not suit."""
    if kind == "breaks a bound site":
        return _in_site(contig, grammar, rng, is_better=False)
    if kind == "improves a weak site":
        return _in_site(contig, grammar, rng, is_better=True)
    if kind == "changes a distance":
        return _between_sites(contig, rng)
    return _outside(contig, rng, is_in_region=kind == "beside sites")


def _in_site(contig: CellContig, grammar: Grammar, rng: np.random.Generator, *, is_better: bool) -> _Draw | None:
    """Change a base of a planted site: an informative one for the worse, or the one that costs most for the best."""
    planted = contig.planted
    if not planted.start.size:
        return None
    row = int(rng.integers(planted.start.size))
    motif = grammar.motifs[planted.motif[row]]
    is_decoy = KINDS[planted.region_kind[planted.region[row]]] == "decoy"
    is_weak = planted.relative_weight[row] < 0.25
    if (is_better and not is_weak) or (not is_better and is_decoy):
        return None
    start, length = int(planted.start[row]), motif.length
    site = contig.codes[start : start + length]
    is_reverse = bool(planted.is_reverse[row])
    ppm = motif.motif.ppm[::-1, ::-1] if is_reverse else motif.motif.ppm
    changed = changed_site(site, ppm, is_better=is_better, rng=rng)
    return None if changed is None else (_substitution(contig, start + changed[0], changed[1]), motif.name)


def _between_sites(contig: CellContig, rng: np.random.Generator) -> _Draw | None:
    """Insert or delete 5 or 10 bp in the middle between two neighbouring planted sites of one region."""
    planted, sites = contig.planted, contig.sites
    if planted.start.size < 2:
        return None
    row = int(rng.integers(planted.start.size - 1))
    if planted.region[row] != planted.region[row + 1]:
        return None
    length = int(rng.choice([5, 10]))
    site = np.flatnonzero((sites.start == planted.start[row]) & (sites.motif == planted.motif[row]))[0]
    left, right = int(sites.end[site]), int(planted.start[row + 1])
    if right - left < length + 2:
        return None
    at = (left + right - length) // 2 - 1
    anchor = decode(contig.codes[at : at + 1])
    if rng.random() < 0.5:
        inserted = decode(rng.integers(4, size=length, dtype=np.uint8))
        return Variant(contig.name, at, anchor, anchor + inserted), ""
    return Variant(contig.name, at, decode(contig.codes[at : at + 1 + length]), anchor), ""


def _outside(contig: CellContig, rng: np.random.Generator, *, is_in_region: bool) -> _Draw | None:
    """Change a base outside all planted sites, within a region or far from any."""
    planted, sites = contig.planted, contig.sites
    if is_in_region:
        if not planted.region_start.size:
            return None
        row = int(rng.integers(planted.region_start.size))
        at = int(rng.integers(planted.region_start[row], planted.region_end[row]))
    else:
        at = int(rng.integers(contig.length))
        if ((planted.region_start - 500 <= at) & (at < planted.region_end + 500)).any():
            return None
    in_site = ((sites.start <= at) & (at < sites.end) & (contig.occupancy >= 0.01)).any()
    if in_site or contig.codes[at] == N or not contig.is_mappable(np.array([at]))[0]:
        return None
    alt = int(rng.choice([base for base in range(4) if base != contig.codes[at]]))
    return _substitution(contig, at, alt), ""


def _substitution(contig: CellContig, at: int, alt: int) -> Variant:
    """One base changed."""
    return Variant(contig.name, at, ALPHABET[contig.codes[at]], ALPHABET[alt])
