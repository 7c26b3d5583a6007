"""Variants out as a VCF of their own."""

import os
from collections.abc import Iterable, Mapping

from cisgram.errors import InputError
from cisgram.genomics.variant import Variant
from cisgram.io.files import write_text_atomic
from cisgram.io.vcf.lines import HEADER


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
    header.append(HEADER)
    body = [f"{v.chrom}\t{v.start + 1}\t{v.name}\t{v.ref}\t{v.alt}\t.\t.\t." for v in rows]
    write_text_atomic(path, "\n".join([*header, *body]) + "\n")
