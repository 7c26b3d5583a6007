"""VCF: sites, alleles and identifiers of variants; samples and annotations are passed over."""

import os
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from cisgram.errors import CisgramWarning, FormatError, InputError
from cisgram.genomics.variant import Variant
from cisgram.io.files import write_text_atomic
from cisgram.io.packing import read_bytes

_LETTERS = frozenset("ACGTNacgtn")


class VariantRecords(NamedTuple):
    """What a VCF holds.

    Attributes
    ----------
    variants
        One per alternative allele, in the order of the file.
    dropped
        How many alternative alleles were left out, by reason.
    """

    variants: list[Variant]
    dropped: dict[str, int]


def read_vcf(path: str | os.PathLike[str]) -> VariantRecords:
    """Read a VCF, plain, gzip or bgzip.

    A line with several alternative alleles gives one variant for each. Alleles that are no letters (``<DEL>``,
    ``*``, breakends, ``.``) are dropped, counted, and reported in a :class:`~cisgram.errors.CisgramWarning`.

    Parameters
    ----------
    path
        The file; all of it is held in memory while it is read.

    Raises
    ------
    FormatError
        Where there is no header line, or a line has fewer than five columns, a position below 1, or a ``REF`` of
        other letters than A, C, G, T, N; the line is named.
    """
    text = read_bytes(path, "variants").decode("utf-8", "replace")
    variants: list[Variant] = []
    dropped: Counter[str] = Counter()
    has_header = False
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("##"):
            continue
        if line.startswith("#CHROM"):
            has_header = True
            continue
        if not has_header:
            raise FormatError(
                path, "a VCF needs a header line that begins with #CHROM before its variants", line=number
            )
        variants += _alleles_of(path, line, number, dropped)
    if not has_header:
        raise FormatError(path, "this is no VCF: there is no header line that begins with #CHROM")
    if dropped:
        reasons = ", ".join(f"{n} {reason}" for reason, n in dropped.items())
        warnings.warn(f"{path}: alternative alleles left out: {reasons}", CisgramWarning, stacklevel=2)
    return VariantRecords(variants, dict(dropped))


def write_vcf(
    path: str | os.PathLike[str], variants: Iterable[Variant], *, sizes: Mapping[str, int], source: str = "cisgram"
) -> None:
    """Write variants as a plain VCF 4.2 without samples, sorted by contig (in the order of ``sizes``) and position.

    Parameters
    ----------
    path
        The file; it appears complete or not at all.
    variants
        Variants on contigs of ``sizes``, each with a name of its own, or ``.``.
    sizes
        Length of every contig in bp.
    source
        What made the variants, for the header.

    Raises
    ------
    InputError
        Where a variant is not inside a contig of ``sizes``.
    """
    order = {chrom: number for number, chrom in enumerate(sizes)}
    rows = list(variants)
    for variant in rows:
        if variant.end > sizes.get(variant.chrom, 0):
            raise InputError(
                f"variant {variant} is not inside a contig; {variant.chrom} has {sizes.get(variant.chrom, 0)} bp"
            )
    rows.sort(key=lambda variant: (order[variant.chrom], variant.start, variant.ref, variant.alt))
    header = ["##fileformat=VCFv4.2", f"##source={source}"]
    header += [f"##contig=<ID={chrom},length={length}>" for chrom, length in sizes.items()]
    header.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    body = [f"{v.chrom}\t{v.start + 1}\t{v.name}\t{v.ref}\t{v.alt}\t.\t.\t." for v in rows]
    write_text_atomic(path, "\n".join([*header, *body]) + "\n")


def _alleles_of(path: str | os.PathLike[str], line: str, number: int, dropped: Counter[str]) -> Iterator[Variant]:
    """The usable alternative alleles of one line; the others are added to ``dropped``."""
    columns = line.rstrip("\r").split("\t")
    if len(columns) < 5:
        raise FormatError(path, f"a line needs at least 5 columns separated by tabs; got {len(columns)}", line=number)
    chrom, position, name, ref, alts = columns[:5]
    if not position.isdecimal() or int(position) < 1:
        raise FormatError(path, f"POS must be a whole number from 1 on; got {position!r}", line=number)
    if not ref or set(ref) - _LETTERS:
        raise FormatError(path, f"REF must be letters A, C, G, T or N; got {ref!r}", line=number)
    for alt in alts.split(","):
        if not alt or set(alt) - _LETTERS:
            dropped["without letters, such as <DEL>, * or ."] += 1
        elif alt.upper() == ref.upper():
            dropped["equal to REF"] += 1
        else:
            yield Variant(chrom, int(position) - 1, ref, alt, name)
