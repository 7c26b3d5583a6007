"""Both alleles with their surroundings, for motifs: cut from a genome, or from pairs of sequences."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cisgram.errors import InputError
from cisgram.genomics.background import Background
from cisgram.genomics.genome import Genome
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import encode
from cisgram.genomics.variant_table import CheckedAlleles, is_turned
from cisgram.motifs.allele_sites import AlleleStretches, allele_sites, differing_stretch


def stretches_of_variants(checked: CheckedAlleles, genome: Genome, *, flank_bp: int) -> AlleleStretches:
    """Cut all variants that are scored, with so many bases on either side; N beyond the contig.

    Of swapped alleles, what the file calls REF is the reference.
    """
    rows = [row for row, change in enumerate(checked.changes) if change is not None]
    changes = [change for change in checked.changes if change is not None]
    if not rows:
        return AlleleStretches([], [], [], [], [])
    starts = np.array([one.start for one in changes])
    ends = np.array([one.end for one in changes])
    chroms = [one.chrom for one in changes]
    # Not interval tables, which begin within their contigs: near an edge, a flank reaches beyond it.
    left = genome.windows(pd.DataFrame({"chrom": chroms, "start": starts - flank_bp, "end": starts}))
    right = genome.windows(pd.DataFrame({"chrom": chroms, "start": ends, "end": ends + flank_bp}))
    alleles = [(one.alt, one.ref) if is_turned(str(checked.table["status"].iat[row])) else (one.ref, one.alt)
               for row, one in zip(rows, changes, strict=True)]  # fmt: skip
    found: list[list[np.ndarray]] = [[], []]
    n_left, n_right = [], []
    for number, pair in enumerate(alleles):
        n_same = int(pair[0][0] == pair[1][0] and len(pair[0]) != len(pair[1]))  # the base that an indel keeps
        n_left.append(flank_bp + n_same)
        n_right.append(flank_bp)
        for side, letters in enumerate(pair):
            found[side].append(np.concatenate([left[number], encode(letters), right[number]]))
    return AlleleStretches(rows, found[0], found[1], n_left, n_right)


def stretches_of_pairs(pairs: pd.DataFrame, *, flank_bp: int) -> AlleleStretches:
    """Cut pairs of sequences (``ref_sequence``, ``alt_sequence``) to where they differ; equal ones are passed over."""
    rows, cut = [], []
    for row, (ref, alt) in enumerate(zip(pairs["ref_sequence"], pairs["alt_sequence"], strict=True)):
        if ref != alt:
            rows.append(row)
            cut.append(differing_stretch(encode(ref), encode(alt), flank_bp=flank_bp))
    columns = [list(part) for part in zip(*cut, strict=True)] if cut else [[], [], [], []]
    return AlleleStretches(rows, *columns)


def flank_of(motifs: Sequence[Motif]) -> int:
    """Bases on either side of a variant with which every window of every motif that touches it can be scored."""
    if not motifs:
        raise InputError("motifs are needed; got none")
    return max(len(motif) for motif in motifs) - 1


def site_table(
    motifs: Sequence[Motif], stretches: AlleleStretches, variants: pd.DataFrame, *, p_value: float
) -> pd.DataFrame:
    """Sites that variants make and take away, with the text and name of the variant in front.

    The background is the composition of what surrounds the variants, both strands together.
    """
    found = allele_sites(motifs, stretches, background=_background(stretches), p_value=p_value)
    texts = variants.set_index("index")
    for place, column in enumerate(("variant", "name")):
        found.insert(1 + place, column, [texts[column].get(index, "") for index in found["index"]])
    return found


def _background(stretches: AlleleStretches) -> Background:
    counts = sum((np.bincount(one, minlength=5)[:4] for one in stretches.ref), np.zeros(4)) + 1.0
    shares = (counts + counts[::-1]) / (2 * counts.sum())
    return Background.from_bases(shares)
