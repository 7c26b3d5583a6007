"""Variants as sequences: both alleles of each, from a genome or as they were given."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import SequenceCodes, SomeCodes
from cisgram.genomics.genome import Genome
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import N, encode
from cisgram.genomics.variant import Variant, allele_windows
from cisgram.genomics.variant_table import CheckedAlleles, is_turned
from cisgram.interpret.variants.null_draws import pair_alleles
from cisgram.motifs.allele_sites import AlleleStretches
from cisgram.run.variants.sites import stretches_of_pairs, stretches_of_variants

_GROUP_BP = 5_000
_LEAST_FLANK = 20


class AlleleWindows(NamedTuple):
    """What a model reads of one variant."""

    ref: SequenceCodes
    alt: SequenceCodes
    place: int
    """Of the first base of the variant in both."""
    alleles: tuple[str, str]
    """Letters of the two; of sequences that differ in several places, at the first."""
    note: str = ""
    """What else differs, for people."""


@dataclass(frozen=True, eq=False)
class VariantSet:
    """All variants of a call.

    Parameters
    ----------
    keys
        One row per variant: ``index``, ``name``, ``ref``, ``alt`` and, on a genome, ``chrom`` and ``pos``.
    stretches
        Alleles with their surroundings, of those that can be scored.
    groups
        Of every variant; those of one group share errors (the same reference sequence, 5 kb of the genome).
    windows
        ``index -> windows`` of a variant that is scored.
    closeness
        1 / (1 + kb to the nearest start of transcription) of every variant; None without genes.
    """

    keys: pd.DataFrame
    stretches: AlleleStretches
    groups: Sequence[object]
    windows: Callable[[int], AlleleWindows]
    closeness: np.ndarray | None = None


def set_of_variants(
    checked: CheckedAlleles,
    genome: Genome,
    *,
    length_bp: int,
    motifs: Sequence[Motif] = (),
    genes: pd.DataFrame | None = None,
) -> VariantSet:
    """Variants on a genome.

    Parameters
    ----------
    checked, genome
        Alleles and where they lie.
    length_bp
        Of the windows, with the variant in the middle.
    motifs
        That will be looked for.
    genes
        Gene table on the genome's contigs.
    """
    table = checked.table

    def windows(index: int) -> AlleleWindows:
        change = checked.changes[index]
        assert change is not None  # only scored variants are asked for
        both = allele_windows(change, genome, length_bp=length_bp)
        if is_turned(str(table["status"].iat[index])):
            return AlleleWindows(both.alt, both.ref, length_bp // 2, (change.alt, change.ref))
        return AlleleWindows(both.ref, both.alt, length_bp // 2, (change.ref, change.alt))

    groups = [f"{chrom}:{int(pos) // _GROUP_BP}" for chrom, pos in zip(table["chrom"], table["pos"], strict=True)]
    stretches = stretches_of_variants(checked, genome, flank_bp=_flank(motifs))
    return VariantSet(table, stretches, groups, windows, None if genes is None else _closeness(checked.changes, genes))


def set_of_pairs(pairs: pd.DataFrame, *, length_bp: int, motifs: Sequence[Motif] = ()) -> VariantSet:
    """Pairs of sequences (``name``, ``ref_sequence``, ``alt_sequence``).

    Parameters
    ----------
    pairs
        One row each.
    length_bp
        What the model reads; shorter sequences have N on both sides.
    motifs
        That will be looked for.
    """

    def windows(index: int) -> AlleleWindows:
        ref, alt = (encode(str(pairs[side].iat[index])) for side in ("ref_sequence", "alt_sequence"))
        alleles = pair_alleles(ref, alt)
        places = alleles.places
        first = (length_bp - len(ref)) // 2
        both = _padded(ref, length_bp, first), _padded(alt, length_bp, first)
        n_run = int(np.argmin(np.append(np.diff(places) == 1, False))) + 1
        if len(ref) != len(alt) or n_run == len(places):
            return AlleleWindows(*both, first + int(places[0]), (alleles.ref, alleles.alt))
        others = ", ".join(f"{place - places[0]:+d}" for place in places[n_run:].tolist())
        note = f"More bases differ {others} bp from the first one."
        return AlleleWindows(*both, first + int(places[0]), (alleles.ref[:n_run], alleles.alt[:n_run]), note)

    letters = [_letters(ref, alt) for ref, alt in zip(pairs["ref_sequence"], pairs["alt_sequence"], strict=True)]
    keys = pd.DataFrame(
        {
            "index": range(len(pairs)),
            "name": pairs["name"].astype(str),
            "ref": [one[0] for one in letters],
            "alt": [one[1] for one in letters],
        }
    )
    stretches = stretches_of_pairs(pairs, flank_bp=_flank(motifs))
    return VariantSet(keys, stretches, pairs["ref_sequence"].tolist(), windows)


def _flank(motifs: Sequence[Motif]) -> int:
    return max([_LEAST_FLANK, *(len(motif) - 1 for motif in motifs)])


def _letters(ref: str, alt: str) -> tuple[str, str]:
    return ("", "") if ref == alt else pair_alleles(encode(ref), encode(alt))[:2]


def _padded(codes: SomeCodes, length_bp: int, first: int) -> SequenceCodes:
    """A sequence in the middle of N; what is too long is cut at its end."""
    out = np.full(length_bp, N, dtype=np.uint8)
    part = codes[max(-first, 0) :][: length_bp - max(first, 0)]
    out[max(first, 0) : max(first, 0) + len(part)] = part
    return out


def _closeness(changes: Sequence[Variant | None], genes: pd.DataFrame) -> np.ndarray:
    """1 / (1 + kb to the nearest start of transcription); NaN without one on the contig."""
    starts = {str(chrom): np.sort(own["tss"].to_numpy(np.int64)) for chrom, own in genes.groupby("chrom")}
    found = np.full(len(changes), np.nan)
    for row, change in enumerate(changes):
        if change is not None and change.chrom in starts:
            found[row] = 1 / (1 + np.abs(starts[change.chrom] - change.start).min() / 1_000)
    return found
