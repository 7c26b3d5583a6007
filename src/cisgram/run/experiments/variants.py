"""Variants from the command line: ``chr1:12345:A:G``, or a small table of them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from cisgram.errors import ContigError, FormatError, InputError
from cisgram.genomics.contigs import match_contigs
from cisgram.genomics.variant import Variant
from cisgram.io.tables import read_table

_WORD = re.compile(r"(?P<chrom>.+):(?P<position>[\d,]+):(?P<ref>[A-Za-z]+)[:>/](?P<alt>[A-Za-z]+)")
_COLUMNS = ("chrom", "pos", "ref", "alt")


def parse_variant(word: str) -> Variant:
    """Read ``chr1:12345:A:G`` (also ``A>G``, ``A/G``), 1-based.

    Raises
    ------
    InputError
        Where the text has another form.

    Examples
    --------
    >>> parse_variant("chr1:1,000:a:G")
    Variant(chrom='chr1', start=999, ref='A', alt='G', name='.')
    """
    found = _WORD.fullmatch(word.strip())
    if found is None:
        raise InputError(f"a variant looks like chr1:12345:A:G (1-based); got {word!r}")
    return Variant(found["chrom"], int(found["position"].replace(",", "")) - 1, found["ref"], found["alt"])


def read_variants(words: Sequence[str]) -> list[Variant]:
    """Read variants; a word that is a file is a table with the columns ``chrom pos ref alt`` (``name``), 1-based.

    Raises
    ------
    InputError, FormatError
        Where a word or a row is no variant; the row is named.
    """
    variants: list[Variant] = []
    for word in words:
        path = Path(word)
        variants += _read_table(path) if path.is_file() else [parse_variant(word)]
    return variants


def with_contigs_of(variants: Sequence[Variant], sizes: Mapping[str, int]) -> list[Variant]:
    """The same, with the genome's names of contigs where these mean the same; others stay as they are."""
    try:
        to_genome = match_contigs(sizes, [one.chrom for one in variants], what="the variants").to_genome
    except ContigError:
        return list(variants)  # every row will say so by itself
    return [replace(one, chrom=to_genome.get(one.chrom, one.chrom)) for one in variants]


def _read_table(path: Path) -> list[Variant]:
    """Variants of a small table."""
    table = read_table(path, types=None)
    table.columns = [str(name).lower() for name in table.columns]
    if missing := [name for name in _COLUMNS if name not in table]:
        raise FormatError(path, f"a table of variants has the columns {' '.join(_COLUMNS)}; it lacks {missing}")
    if table.empty:
        raise FormatError(path, "there is no variant in this file, only a header")
    names = table["name"].astype(str) if "name" in table else ["."] * len(table)
    variants = []
    for number, (chrom, position, ref, alt, name) in enumerate(
        zip(*(table[column] for column in _COLUMNS), names, strict=True), start=1
    ):
        try:
            variants.append(Variant(str(chrom), int(position) - 1, str(ref), str(alt), name or "."))
        except ValueError as error:
            raise FormatError(path, f"row {number} is no variant: {error}") from error
    return variants
