"""Whether variants were called on this genome: how many reference alleles it has, also swapped and one base away."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import decode
from cisgram.genomics.variant_table import (
    BEYOND_CONTIG,
    DUPLICATE,
    MISMATCH,
    OK,
    SWAPPED,
    UNKNOWN_CONTIG,
    CheckedAlleles,
)

LEAST_CHECKED = 5
"""With fewer alleles than this, nothing is said of the assembly."""

LEAST_MATCHING = 0.6
"""Share of reference alleles that the genome must have; about 0.3 of single bases match by chance."""

_COMPARED = (OK, DUPLICATE, SWAPPED, MISMATCH)


class AssemblyCheck(NamedTuple):
    """How reference alleles fit a genome."""

    n_checked: int
    """Alleles at places that the genome has and knows."""
    share_matching: float
    """Of these, those whose REF the genome has; NaN where none was checked."""
    share_swapped: float
    """Whose ALT it has, and not REF."""
    share_one_left: float
    """Whose REF it has one base to the left: positions may be one too high."""
    share_one_right: float
    """Whose REF it has one base to the right: positions may count from 0."""
    message: str
    """What is suspected, for people; empty where nothing is."""


def assembly_check(checked: CheckedAlleles, genome: Genome) -> AssemblyCheck:
    """Look for signs that variants belong to another assembly, or count their positions or alleles otherwise.

    Parameters
    ----------
    checked
        What :func:`cisgram.genomics.variant_table.check_alleles` has returned.
    genome
        The same genome.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> from cisgram.genomics.variant_table import allele_table, check_alleles
    >>> genome = Genome.from_codes({"I": encode("ACGTTGCATGCA")})
    >>> from_zero = [("I", n, base, "GA") for n, base in enumerate("ACGTTGCA") if n]
    >>> found = assembly_check(check_alleles(allele_table(from_zero), genome), genome)
    >>> found.share_one_right
    1.0
    >>> "count from 0" in found.message
    True
    """
    table = checked.table
    compared = table[table["status"].isin(_COMPARED)]
    n = len(compared)
    if not n:
        return AssemblyCheck(0, np.nan, np.nan, np.nan, np.nan, _nothing_there(table))
    matching = 1 - float(compared["status"].isin([SWAPPED, MISMATCH]).mean())
    swapped = float((compared["status"] == SWAPPED).mean())
    left, right = (_share_at(compared, checked.contigs, genome, step) for step in (-1, 1))
    found = AssemblyCheck(n, matching, swapped, left, right, "")
    return found._replace(message=_message(found))


def _share_at(compared: pd.DataFrame, contigs: Mapping[str, str], genome: Genome, step: int) -> float:
    """Share of REF alleles that stand so many bases further right."""
    hits = 0
    for chrom, pos, ref in zip(compared["chrom"], compared["pos"], compared["ref"], strict=True):
        name, start = contigs[str(chrom)], int(pos) - 1 + step
        if start >= 0 and start + len(ref) <= genome.sizes[name]:
            hits += decode(genome.codes(name, start, start + len(ref))) == str(ref).upper()
    return hits / len(compared)


def _message(found: AssemblyCheck) -> str:
    """What is suspected."""
    if found.n_checked < LEAST_CHECKED or found.share_matching >= LEAST_MATCHING:
        return ""
    text = (
        f"only {found.share_matching:.0%} of {found.n_checked} reference alleles are what the genome has at their "
        "place (about 30% would be by chance)"
    )
    if found.share_one_right >= LEAST_MATCHING:
        return f"{text}; one base to the right it is {found.share_one_right:.0%}: positions seem to count from 0, not 1"
    if found.share_one_left >= LEAST_MATCHING:
        return f"{text}; one base to the left it is {found.share_one_left:.0%}: positions seem to be one too high"
    if found.share_swapped >= LEAST_MATCHING:
        return (
            f"{text}; {found.share_swapped:.0%} have ALT there: REF and ALT seem to be swapped throughout (effects are "
            "given as ALT minus REF of the file)"
        )
    return f"{text}: the variants were probably called on another assembly; use its genome, or lift them over"


def _nothing_there(table: pd.DataFrame) -> str:
    """What to say where no allele has a place in the genome."""
    n = int(table["status"].isin([UNKNOWN_CONTIG, BEYOND_CONTIG]).sum())
    if n < max(LEAST_CHECKED, len(table) / 2):
        return ""
    return (
        f"{n} of {len(table)} alleles lie on contigs, or beyond ends, that the genome does not have: another assembly?"
    )
