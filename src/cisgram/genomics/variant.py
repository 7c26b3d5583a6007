"""A variant: a short stretch of a contig and what stands there in the other allele, and the sequences of both."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from cisgram.arrays import SequenceCodes
from cisgram.errors import InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import N, decode, encode


@dataclass(frozen=True, slots=True)
class Variant:
    """One alternative allele at one place.

    Parameters
    ----------
    chrom
        Name of the contig.
    start
        0-based position of the first base of ``ref``.
    ref, alt
        Letters A, C, G, T or N of the plus strand, upper case, at least one each, and different. Insertions and
        deletions keep a base in common, as in VCF.
    name
        Identifier; ``.`` for none.

    Raises
    ------
    InputError
        Where an allele is empty or has other letters (lower case is made upper), both are equal, or start is below 0.

    Examples
    --------
    >>> variant = Variant("chr1", 99, "a", "G", "rs1")
    >>> str(variant), variant.end, variant.length_change
    ('chr1:100:A>G', 100, 0)
    """

    chrom: str
    start: int
    ref: str
    alt: str
    name: str = "."

    def __post_init__(self) -> None:
        for which in ("ref", "alt"):
            letters = getattr(self, which).upper()
            if not letters or set(letters) - set("ACGTN"):
                raise InputError(f"{which} of a variant must be letters A, C, G, T or N; got {letters!r}")
            object.__setattr__(self, which, letters)
        if self.ref == self.alt:
            raise InputError(
                f"ref and alt of a variant must differ; both are {self.ref} at {self.chrom}:{self.start + 1}"
            )
        if self.start < 0:
            raise InputError(f"start of a variant must be at least 0; got {self.start}")

    def __str__(self) -> str:
        """Locus and alleles, 1-based: ``chr1:100:A>G``."""
        return f"{self.chrom}:{self.start + 1}:{self.ref}>{self.alt}"

    @property
    def end(self) -> int:
        """One past the last base of ``ref``."""
        return self.start + len(self.ref)

    @property
    def length_change(self) -> int:
        """Bases that the other allele has more (or, below 0, less)."""
        return len(self.alt) - len(self.ref)


class AlleleSequences(NamedTuple):
    """The same place with either allele.

    Attributes
    ----------
    ref, alt
        Codes of the plus strand.
    """

    ref: SequenceCodes
    alt: SequenceCodes


def matches_genome(variant: Variant, genome: Genome) -> bool:
    """Whether ``ref`` is what the genome says; a variant beyond the end of its contig does not match.

    Examples
    --------
    >>> genome = Genome.from_codes({"I": encode("ACGT")})
    >>> matches_genome(Variant("I", 1, "CG", "C"), genome), matches_genome(Variant("I", 1, "G", "C"), genome)
    (True, False)
    """
    if variant.end > genome.sizes.get(variant.chrom, 0):
        return False
    return decode(genome.codes(variant.chrom, variant.start, variant.end)) == variant.ref


def is_swapped(variant: Variant, genome: Genome) -> bool:
    """Whether ``alt``, and not ``ref``, is what the genome says: the alleles were written the wrong way round."""
    end = variant.start + len(variant.alt)
    if matches_genome(variant, genome) or end > genome.sizes.get(variant.chrom, 0):
        return False
    return decode(genome.codes(variant.chrom, variant.start, end)) == variant.alt


def normalize(variant: Variant, genome: Genome) -> Variant:
    """Write a variant the one shortest way, as far left as it goes.

    References
    ----------
    Tan, Abecasis and Kang (2015), Unified representation of genetic variants. Bioinformatics.

    Raises
    ------
    InputError
        Where ``ref`` is not what the genome says.

    Examples
    --------
    >>> genome = Genome.from_codes({"I": encode("GCACACAT")})
    >>> str(normalize(Variant("I", 5, "CAT", "T"), genome))
    'I:1:GCA>G'
    """
    _require_match(variant, genome)
    start, ref, alt = variant.start, variant.ref, variant.alt
    # Drop equal last bases; an allele that becomes empty takes in the base to the left, which moves it there.
    while ref[-1:] == alt[-1:] and (start > 0 or min(len(ref), len(alt)) > 1):
        ref, alt = ref[:-1], alt[:-1]
        if not ref or not alt:
            start -= 1
            left = decode(genome.codes(variant.chrom, start, start + 1))
            ref, alt = left + ref, left + alt
    while ref[0] == alt[0] and min(len(ref), len(alt)) > 1:
        start, ref, alt = start + 1, ref[1:], alt[1:]
    return replace(variant, start=start, ref=ref, alt=alt)


def allele_windows(variant: Variant, genome: Genome, *, length_bp: int) -> AlleleSequences:
    """Both alleles in windows of the same length.

    The first base of the variant stands at ``length_bp // 2`` in both windows, so that everything left of it is
    aligned. Right of an insertion or deletion the genome is read on, so that the bases are shifted by the change
    of length. Beyond the ends of the contig is N.

    Parameters
    ----------
    variant
        Its ``ref`` must be what the genome says.
    genome
        The reference.
    length_bp
        Length of both windows, at least 2.

    Raises
    ------
    InputError
        Where ``ref`` is not what the genome says.

    Examples
    --------
    >>> genome = Genome.from_codes({"I": encode("AACCGGTT")})
    >>> windows = allele_windows(Variant("I", 3, "CG", "C"), genome, length_bp=6)
    >>> decode(windows.ref), decode(windows.alt)
    ('AACCGG', 'AACCGT')
    """
    if length_bp < 2:
        raise InputError(f"length_bp must be at least 2; got {length_bp}")
    _require_match(variant, genome)
    n_left = length_bp // 2
    left = _padded(genome, variant.chrom, variant.start - n_left, variant.start)
    right = _padded(genome, variant.chrom, variant.end, variant.end + length_bp)
    windows = [np.concatenate([left, encode(allele), right])[:length_bp] for allele in (variant.ref, variant.alt)]
    return AlleleSequences(*windows)


def _padded(genome: Genome, chrom: str, start: int, end: int) -> SequenceCodes:
    """An interval that may reach beyond the contig, with N there."""
    size = genome.sizes[chrom]
    first, last = min(max(start, 0), size), max(min(end, size), 0)
    codes = np.full(end - start, N, dtype=np.uint8)
    codes[first - start : last - start] = genome.codes(chrom, first, last)
    return codes


def _require_match(variant: Variant, genome: Genome) -> None:
    """Refuse a variant that was called against another genome."""
    if matches_genome(variant, genome):
        return
    size = genome.sizes.get(variant.chrom)
    if size is None or variant.end > size:
        there = f"there is no such place ({'no such contig' if size is None else f'the contig has {size} bp'})"
    else:
        there = f"the genome has {decode(genome.codes(variant.chrom, variant.start, variant.end))}"
    hint = "the alleles are swapped" if is_swapped(variant, genome) else "was it called on another assembly?"
    raise InputError(f"variant {variant.name} {variant}: ref must be what the genome says, but {there}; {hint}")
