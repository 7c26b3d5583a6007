"""A table of alleles, one row each, and what is known of each row: whether the genome agrees, and why not."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import pandas as pd

from cisgram.errors import ContigError, InputError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import N, decode
from cisgram.genomics.variant import Variant, normalize

ALLELE_COLUMNS = ("index", "line", "allele", "chrom", "pos", "ref", "alt", "name", "status")
"""One row per alternative allele, in the order of the file: running number from 0; line (or, in a binary file, record)
and number of the allele there, both from 1; contig, 1-based position, letters and identifier as in the file; status."""

OK = "ok"
SWAPPED = "ref_swapped"
NEAR_EDGE = "near_edge"
DUPLICATE = "duplicate"
MISMATCH = "ref_mismatch"
SYMBOLIC = "symbolic"
UNKNOWN_CONTIG = "unknown_contig"
BEYOND_CONTIG = "beyond_contig"
UNKNOWN_BASES = "in_unknown_bases"
TOO_LONG = "too_long"
NOT_CARRIED = "not_carried"
FAILED = "failed:"

STATUSES: Mapping[str, str] = {
    OK: "the genome has REF there",
    SWAPPED: "the genome has ALT there, not REF: the alleles may be the wrong way round; scored as ALT minus REF, with "
    "REF put into the genome",
    NEAR_EDGE: "the window reaches beyond the contig, where N was read; scored",
    DUPLICATE: "the same change as an earlier row; scored, with the same result",
    MISMATCH: "the genome has neither REF nor ALT there; not scored",
    SYMBOLIC: "ALT is no sequence (<DEL>, *, a breakend, .); not scored",
    UNKNOWN_CONTIG: "the genome has no such contig; not scored",
    BEYOND_CONTIG: "the position lies beyond the end of its contig; not scored",
    UNKNOWN_BASES: "the genome has N there; not scored",
    TOO_LONG: "an allele is too long for the model; not scored",
    NOT_CARRIED: "no sample has the allele; not scored, as asked",
    FAILED: "what follows went wrong with this allele; not scored",
}
"""What a status says, for people; one that begins with ``failed:`` gives its own reason."""

SCORED = (OK, SWAPPED, NEAR_EDGE, DUPLICATE)
"""Statuses of alleles that are predicted."""

_LETTERS = frozenset("ACGTN")


class CheckedAlleles(NamedTuple):
    """A table of alleles, and what they are in the genome."""

    table: pd.DataFrame
    """:data:`ALLELE_COLUMNS`, with statuses."""
    changes: tuple[Variant | None, ...]
    """One per row: the change in the genome's contig names, turned round where alleles were swapped, shortest and as
    far left as it goes. None where an allele is not scored."""
    contigs: Mapping[str, str]
    """The genome's name of every contig of the table that it has."""


def check_alleles(table: pd.DataFrame, genome: Genome) -> CheckedAlleles:
    """Compare alleles with the genome, and say of each what it is.

    Names of contigs may differ from the genome's as :func:`cisgram.genomics.contigs.match_contigs` knows it. The
    table may be in any order. All of it is held in memory.

    Parameters
    ----------
    table
        :data:`ALLELE_COLUMNS`. Rows with a status other than ``ok`` keep it.
    genome
        The reference.

    Raises
    ------
    InputError
        Where columns are missing.

    Examples
    --------
    >>> from cisgram.genomics.sequence import encode
    >>> genome = Genome.from_codes({"I": encode("GCACACAT")})
    >>> table = allele_table([("I", 6, "CAT", "T"), ("I", 2, "T", "C"), ("I", 3, "G", "T"), ("I", 9, "A", "C")])
    >>> checked = check_alleles(table, genome)
    >>> checked.table["status"].tolist(), str(checked.changes[0]), str(checked.changes[1])
    (['ok', 'ref_swapped', 'ref_mismatch', 'beyond_contig'], 'I:1:GCA>G', 'I:2:C>T')
    """
    if missing := [name for name in ALLELE_COLUMNS if name not in table]:
        raise InputError(f"a table of alleles has the columns {', '.join(ALLELE_COLUMNS)}; it lacks {missing}")
    to_genome = _contig_names(table, genome)
    statuses, changes, seen = [], [], set()
    columns = (table[name].tolist() for name in ("chrom", "pos", "ref", "alt", "name", "status"))
    for chrom, pos, ref, alt, name, status in zip(*columns, strict=True):
        change = None
        if status == OK:
            place = (to_genome.get(str(chrom)), int(pos) - 1)
            status, change = _check(place, str(ref), str(alt), str(name), genome)
        if change is not None:
            key = (change.chrom, change.start, change.ref, change.alt, status)
            status = DUPLICATE if key in seen and status == OK else status
            seen.add(key)
        statuses.append(status)
        changes.append(change)
    return CheckedAlleles(table.assign(status=statuses), tuple(changes), to_genome)


def is_turned(status: str) -> bool:
    """Whether the change of an allele goes from the file's ALT to its REF."""
    return status == SWAPPED


def allele_table(rows: list[tuple[object, ...]]) -> pd.DataFrame:
    """Make a table of alleles from ``(chrom, pos, ref, alt)`` or ``(chrom, pos, ref, alt, name)``, 1-based.

    Examples
    --------
    >>> allele_table([("I", 5, "a", "G"), ("I", 6, "C", "<DEL>", "x")])["status"].tolist()
    ['ok', 'symbolic']
    """
    made = []
    for number, (chrom, pos, ref, alt, *name) in enumerate(rows):
        ref, alt = str(ref).upper(), str(alt)
        alt = alt.upper() if is_letters(alt) else alt
        made.append(
            (number, number + 1, 1, str(chrom), int(str(pos)), ref, alt, *(name or ["."]), first_status(ref, alt))
        )
    return pd.DataFrame(made, columns=list(ALLELE_COLUMNS))


def is_letters(allele: str) -> bool:
    """Whether an allele is a sequence of A, C, G, T and N, in either case."""
    return bool(allele) and not set(allele.upper()) - _LETTERS


def first_status(ref: str, alt: str) -> str:
    """What can be said of an allele without the genome.

    Examples
    --------
    >>> first_status("A", "G"), first_status("A", "*"), first_status("A", "A"), first_status("R", "A")
    ('ok', 'symbolic', 'failed:ALT is REF', 'failed:REF has other letters than A, C, G, T, N')
    """
    if not is_letters(ref):
        return f"{FAILED}REF has other letters than A, C, G, T, N"
    if not is_letters(alt):
        is_word = alt.isalpha() and not alt.startswith("<")
        return f"{FAILED}ALT has other letters than A, C, G, T, N" if is_word else SYMBOLIC
    if "N" in alt.upper():
        return f"{FAILED}ALT has N"
    return f"{FAILED}ALT is REF" if ref.upper() == alt.upper() else OK


def count_statuses(table: pd.DataFrame) -> dict[str, int]:
    """How many alleles have each status, the most frequent first."""
    return {str(name): int(n) for name, n in table["status"].value_counts().items()}


def _contig_names(table: pd.DataFrame, genome: Genome) -> Mapping[str, str]:
    """The genome's name of each contig that it has."""
    names = [str(one) for one in table.loc[table["status"] == OK, "chrom"].unique()]
    if all(name in genome.sizes for name in names):
        return {name: name for name in names}
    try:
        return match_contigs(genome.sizes, names, what="the variants").to_genome
    except ContigError:
        return {}  # every row says so by itself


def _check(place: tuple[str | None, int], ref: str, alt: str, name: str, genome: Genome) -> tuple[str, Variant | None]:
    """Status and change of one allele."""
    chrom, start = place
    if chrom is None:
        return UNKNOWN_CONTIG, None
    if start + len(ref) > genome.sizes[chrom]:
        return BEYOND_CONTIG, None
    there = genome.codes(chrom, start, start + len(ref))
    if (there == N).any():
        return UNKNOWN_BASES, None
    variant = Variant(chrom, start, ref, alt, name)
    if decode(there) == variant.ref:
        return OK, _shortest(variant, genome)
    end = start + len(alt)
    if end <= genome.sizes[chrom] and decode(genome.codes(chrom, start, end)) == variant.alt:
        return SWAPPED, _shortest(replace(variant, ref=variant.alt, alt=variant.ref), genome)
    return MISMATCH, None


def _shortest(variant: Variant, genome: Genome) -> Variant:
    """Normalised; a single base is so already."""
    return variant if len(variant.ref) == len(variant.alt) == 1 else normalize(variant, genome)
