"""Variants of a genome that folds, and what each does to contacts: its surroundings are folded with either allele."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import SequenceCodes, SquareContacts
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import ALPHABET, N, decode, encode
from cisgram.genomics.variant import Variant
from cisgram.simulate.contact_contig import FoldingConfig
from cisgram.simulate.contact_edits import FoldedLocus, fold_sites, planted_change
from cisgram.simulate.insulators import bound_sites, insulator_grammar
from cisgram.simulate.variant_draws import draw_at_new_places
from cisgram.simulate.variants import changed_site

CONTACT_KIND_SHARES = {
    "breaks a site": 0.45,
    "improves a site": 0.2,
    "insertion or deletion": 0.15,
    "background": 0.2,
}
"""What the variants are, and in which shares they are drawn; insertions and deletions lie in sites."""

CONTACT_EFFECT_COLUMNS = ("name", "chrom", "start", "ref", "alt", "kind", "occupancy_ref", "occupancy_alt",
                          "root_mean_square", "diff_mean", "insulation_change")  # fmt: skip
"""Columns of :func:`contact_effects`: the variant (``start`` is 0-based) and its kind; how often the strongest site
that touches it is bound with either allele, 0 for none; root mean square and mean of the change of ln contacts over all
pairs, two bins or more apart, of the :data:`CONTACT_READOUT_BINS` bins around the variant; change of the mean ln
contacts across the variant's bin, of up to eight bins on either side."""

CONTACT_READOUT_BINS = 64
"""Bins that effects are on; the variant lies in the bin right of their middle."""

_FLANK_BINS = 48
_ACROSS_BINS = 8
_FIRST_DIAGONAL = 2


def draw_contact_variants(
    sites: Mapping[str, pd.DataFrame],
    genome: Genome,
    *,
    n_variants: int,
    bin_size: int,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw variants, at most one per place, away from the ends of contigs.

    Parameters
    ----------
    sites
        Sites of every contig, :data:`cisgram.simulate.insulators.SITE_COLUMNS`.
    genome
        The bases; variants are normalised against it.
    n_variants
        How many; 0 gives an empty table.
    bin_size
        Width of a bin in bp.
    rng
        Where the randomness comes from.

    Returns
    -------
    pandas.DataFrame
        One row per variant, in the order of the genome: ``variant`` and ``kind`` (a key of
        :data:`CONTACT_KIND_SHARES`). A kind for which too few places are found gives fewer.
    """
    margin = (CONTACT_READOUT_BINS // 2 + _FLANK_BINS + 1) * bin_size
    chroms = [chrom for chrom, size in genome.sizes.items() if size > 3 * margin]

    def draw(kind: str, number: int) -> tuple[Variant] | None:
        chrom = chroms[number]
        drawn = _drawn(kind, sites[chrom], genome, chrom, rng)
        return None if drawn is None or not margin <= drawn.start < genome.sizes[chrom] - margin else (drawn,)

    lengths = np.array([genome.sizes[chrom] for chrom in chroms], dtype=np.int64)
    return draw_at_new_places(CONTACT_KIND_SHARES, lengths, draw, genome=genome, n_variants=n_variants, rng=rng)


def contact_effects(drawn: pd.DataFrame, genome: Genome, *, folding: FoldingConfig, seed: int) -> pd.DataFrame:
    """Fold the surroundings of each variant with either allele.

    Both alleles have the same rings as far as their sites are the same, so that a variant that changes no site changes
    nothing. Bases behind an insertion or deletion count where they are in the genome. Noise of the root mean square
    falls with the root of the snapshots, of which there are three times as many as the config says.

    Parameters
    ----------
    drawn
        ``variant``, with a name each, and ``kind``.
    genome
        The bases.
    folding
        How sequences fold.
    seed
        Seed of the rings.

    Returns
    -------
    pandas.DataFrame
        :data:`CONTACT_EFFECT_COLUMNS`, in the order of the variants.
    """
    rows = [
        (one.name, one.chrom, one.start, one.ref, one.alt, kind, *_effect(one, genome, folding, seed))
        for one, kind in zip(drawn["variant"], drawn["kind"], strict=True)
    ]
    return pd.DataFrame(rows, columns=list(CONTACT_EFFECT_COLUMNS))


class _Effect(NamedTuple):
    """What a variant does."""

    occupancy_ref: float
    occupancy_alt: float
    root_mean_square: float = 0.0
    diff_mean: float = 0.0
    insulation_change: float = 0.0


def _effect(variant: Variant, genome: Genome, folding: FoldingConfig, seed: int) -> _Effect:
    """Fold the locus with either allele, where its sites differ."""
    n_bins = CONTACT_READOUT_BINS + 2 * _FLANK_BINS
    length = n_bins * folding.bin_size
    first = (variant.start // folding.bin_size - n_bins // 2) * folding.bin_size
    codes = np.array(genome.codes(variant.chrom, first, first + length))
    at, end = variant.start - first, variant.end - first
    changed = np.concatenate([codes[:at], encode(variant.alt), codes[end:]])
    before, after = bound_sites(codes), bound_sites(changed)
    touching = _strongest(before, at, end), _strongest(after, at, at + len(variant.alt))
    moved = np.where(after["start"] >= end, variant.length_change, 0)
    after = after.assign(start=after["start"] - moved, end=after["end"] - moved)
    if before.equals(after):
        return _Effect(*touching)
    config = replace(folding, n_snapshots=3 * folding.n_snapshots)
    one, other = (fold_sites(sites, length_bp=length, config=config, seed=seed) for sites in (before, after))
    return _Effect(*touching, *_measured(one, other))


def _measured(before: FoldedLocus, after: FoldedLocus) -> tuple[float, float, float]:
    """Root mean square and mean of the change, and that of insulation at the bin of the variant."""
    inner = slice(_FLANK_BINS, _FLANK_BINS + CONTACT_READOUT_BINS)
    change = planted_change(before, after)[inner, inner]
    pairs = change[np.triu_indices(CONTACT_READOUT_BINS, _FIRST_DIAGONAL)]
    return float(np.sqrt((pairs**2).mean())), float(pairs.mean()), _across(change, CONTACT_READOUT_BINS // 2)


def _across(change: SquareContacts, at: int) -> float:
    """Mean change of the contacts across a bin."""
    left, right = np.arange(at - _ACROSS_BINS, at), np.arange(at + 1, at + 1 + _ACROSS_BINS)
    return float(change[np.ix_(left, right)].mean())


def _strongest(sites: pd.DataFrame, start: int, end: int) -> float:
    """How often the strongest site that touches a stretch is bound; 0 for none."""
    touching = (sites["start"] < end) & (sites["end"] > start)
    return round(float(sites["occupancy"][touching].max()), 5) if touching.any() else 0.0


def _drawn(kind: str, sites: pd.DataFrame, genome: Genome, chrom: str, rng: np.random.Generator) -> Variant | None:
    """Try once to draw a variant of a kind on a contig; nothing where the place does not suit."""
    if kind == "background":
        at = int(rng.integers(genome.sizes[chrom]))
        is_near = ((sites["start"] - 30 <= at) & (at < sites["end"] + 30)).any()
        return None if is_near else _substitution(genome, chrom, at, int(rng.integers(1, 4)))
    least, most = (0.02, 0.6) if kind == "improves a site" else (0.3, 1.0)
    bound = sites[(sites["occupancy"] > least) & (sites["occupancy"] <= most)]
    if bound.empty:
        return None
    one = bound.iloc[int(rng.integers(len(bound)))]
    site: SequenceCodes = np.array(genome.codes(chrom, int(one["start"]), int(one["end"])))
    if kind == "insertion or deletion":
        return _indel(site, int(one["start"]), chrom, rng)
    ppm = insulator_grammar().motifs[0].motif.ppm
    ppm = ppm[::-1, ::-1] if one["strand"] == "-" else ppm
    changed = changed_site(site, ppm, is_better=kind == "improves a site", rng=rng)
    if changed is None:
        return None
    at = int(one["start"]) + changed[0]
    return Variant(chrom, at, ALPHABET[site[changed[0]]], ALPHABET[changed[1]])


def _indel(site: SequenceCodes, start: int, chrom: str, rng: np.random.Generator) -> Variant:
    """Insert or delete one to six bases within a site."""
    at, length = int(rng.integers(2, site.size - 8)), int(rng.integers(1, 7))
    anchor = decode(site[at : at + 1])
    if rng.random() < 0.5:
        return Variant(chrom, start + at, anchor, anchor + decode(rng.integers(4, size=length, dtype=np.uint8)))
    return Variant(chrom, start + at, decode(site[at : at + 1 + length]), anchor)


def _substitution(genome: Genome, chrom: str, at: int, step: int) -> Variant | None:
    """One base changed to another; None where the base is not known."""
    code = int(genome.codes(chrom, at, at + 1)[0])
    return None if code == N else Variant(chrom, at, ALPHABET[code], ALPHABET[(code + step) % 4])
