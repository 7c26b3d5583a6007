"""Alleles of a file of variants: one row each, whatever they are; or those with sequences alone, as variants."""

import os
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from cisgram.errors import CisgramWarning, FormatError
from cisgram.genomics.variant import Variant
from cisgram.genomics.variant_table import ALLELE_COLUMNS, NOT_CARRIED, OK, first_status, is_letters
from cisgram.io.tables.columns import whole_number
from cisgram.io.vcf.lines import VcfLine, vcf_lines

_SAMPLES_FROM = 9
"""Columns before those of samples."""


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


class Record(NamedTuple):
    """A line of a VCF, taken apart."""

    line: int
    chrom: str
    pos: int
    name: str
    ref: str
    alts: tuple[str, ...]
    carried: frozenset[int] | None
    """Numbers of the alternative alleles, from 1 on, that some sample has; None where there are no samples."""


def read_alleles(path: str | os.PathLike[str], *, carried_only: bool = False) -> pd.DataFrame:
    """Read a file of variants: a row for every alternative allele, in the order of the file, none left out.

    Records may be unsorted or repeated, and contigs need not be told in the header. Filters, annotations and samples
    (of any ploidy) are passed over. The rows are held in memory, the file is not.

    Parameters
    ----------
    path
        VCF (text, gzip, bgzip), BCF, or a plain table with the columns chrom, pos, ref, alt (and name), 1-based.
    carried_only
        Whether alleles that no sample has get the status ``not_carried``.

    Returns
    -------
    pandas.DataFrame
        :data:`cisgram.genomics.variant_table.ALLELE_COLUMNS`; the status says what can be said without a genome.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read or holds no variants; where a line has fewer than five columns, or a position
        that is no whole number from 1 on (the line is named); where carriers are asked for and there are no samples.
    """
    rows = []
    for record in records_of(path):
        if carried_only and record.carried is None:
            raise FormatError(path, "there are no samples, of which alleles could be carried", line=record.line)
        for number, alt in enumerate(record.alts, start=1):
            letters = alt.upper() if is_letters(alt) else alt
            status = first_status(record.ref, alt)
            if status == OK and carried_only and record.carried is not None and number not in record.carried:
                status = NOT_CARRIED
            place = (len(rows), record.line, number, record.chrom, record.pos)
            rows.append((*place, record.ref.upper(), letters, record.name, status))
    if not rows:
        raise FormatError(path, "there is no variant in this file, only a header")
    return pd.DataFrame(rows, columns=list(ALLELE_COLUMNS))


def read_vcf(path: str | os.PathLike[str]) -> VariantRecords:
    """Read the variants of a file that have sequences; see :func:`read_alleles` for all of them.

    A line with several alternative alleles gives one variant for each. Alleles that are no letters (``<DEL>``,
    ``*``, breakends, ``.``) are dropped, counted, and reported in a :class:`~cisgram.errors.CisgramWarning`.

    Parameters
    ----------
    path
        As of :func:`read_alleles`.

    Raises
    ------
    FormatError
        Where there is no header line, or a line has fewer than five columns, a position below 1, or a ``REF`` of
        other letters than A, C, G, T, N; the line is named.
    """
    variants: list[Variant] = []
    dropped: Counter[str] = Counter()
    for record in records_of(path):
        if not is_letters(record.ref):
            raise FormatError(path, f"REF must be letters A, C, G, T or N; got {record.ref!r}", line=record.line)
        for alt in record.alts:
            if not is_letters(alt):
                dropped["without letters, such as <DEL>, * or ."] += 1
            elif alt.upper() == record.ref.upper():
                dropped["equal to REF"] += 1
            else:
                variants.append(Variant(record.chrom, record.pos - 1, record.ref, alt, record.name))
    if dropped:
        reasons = ", ".join(f"{n} {reason}" for reason, n in dropped.items())
        warnings.warn(f"{path}: alternative alleles left out: {reasons}", CisgramWarning, stacklevel=2)
    return VariantRecords(variants, dict(dropped))


def records_of(path: str | os.PathLike[str]) -> Iterator[Record]:
    """Records of a file of variants, one after the other.

    Raises
    ------
    InputError, FormatError
        As :func:`read_alleles` does.
    """
    n_columns = 0
    for line in vcf_lines(path):
        if not line.text.strip() or line.text.startswith("##"):
            continue
        if line.text.startswith("#CHROM"):
            n_columns = line.text.count("\t") + 1
            continue
        if not n_columns:
            raise FormatError(
                path, "a VCF needs a header line that begins with #CHROM before its variants", line=line.number
            )
        yield _record(path, line, n_columns)
    if not n_columns:
        raise FormatError(path, "this is no VCF: there is no header line that begins with #CHROM")


def _record(path: str | os.PathLike[str], line: VcfLine, n_columns: int) -> Record:
    """Take one line apart."""
    columns = line.text.split("\t")
    if len(columns) < 5:
        raise FormatError(
            path, f"a line needs at least 5 columns separated by tabs; got {len(columns)}", line=line.number
        )
    if line.is_cut and len(columns) < n_columns:
        raise FormatError(
            path,
            f"the file ends within this line: {len(columns)} of {n_columns} columns; copy or download it again",
            line=line.number,
        )
    chrom, position, name, ref, alts = columns[:5]
    pos = whole_number(position)
    if not pos:
        raise FormatError(path, f"POS must be a whole number from 1 on; got {position!r}", line=line.number)
    return Record(line.number, chrom, pos, name or ".", ref, tuple(alts.split(",")), _carried(columns))


def _carried(columns: list[str]) -> frozenset[int] | None:
    """Alleles that samples have, of any ploidy; a genotype that is not known carries none."""
    if len(columns) <= _SAMPLES_FROM:
        return None
    keys = columns[_SAMPLES_FROM - 1].split(":")
    if "GT" not in keys:
        return frozenset()
    at = keys.index("GT")
    genotypes = (sample.split(":")[at] for sample in columns[_SAMPLES_FROM:] if sample.count(":") >= at)
    numbers = {number for genotype in set(genotypes) for number in re.findall(r"[0-9]+", genotype)}
    return frozenset(allele for number in numbers if (allele := whole_number(number)) is not None)
