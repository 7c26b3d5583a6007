"""Genes from GTF and GFF3: one row per gene, or per transcript where a file has no rows of genes."""

import os
import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import unquote

import pandas as pd

from cisgram.errors import FormatError
from cisgram.genomics.genes import gene_table
from cisgram.io.files import about_file
from cisgram.io.packing import read_bytes
from cisgram.io.tables.columns import whole_number

_TRANSCRIPTS = frozenset(
    {"transcript", "primary_transcript", "pseudogenic_transcript", "mRNA", "ncRNA", "lnc_RNA", "lncRNA"}
    | {"tRNA", "rRNA", "snoRNA", "snRNA", "miRNA"}
)
_GTF = re.compile(r'\b(\w+) "([^"]*)"')
_ID_KEYS = ("gene_id", "locus_tag", "ID", "Parent", "Name")
_NAME_KEYS = ("gene_name", "gene", "Name")
_PREFIX = re.compile(r"^(gene|transcript|rna)[:-]")


class GffGenes(NamedTuple):
    """Genes of an annotation."""

    table: pd.DataFrame
    """Gene table."""
    n_without_strand: int
    """How many rows were left out because they say no strand."""


def read_gff(path: str | os.PathLike[str]) -> GffGenes:
    """Read the genes of a GTF or GFF3 file (plain or gzip); 1-based coordinates become 0-based and half-open.

    Rows are those whose type is ``gene`` or ends in it (``ncRNA_gene``, ``pseudogene``). A file without such has rows
    of transcripts, and one without these of exons, which are put together by their transcript; genes then have one
    row per transcript. Sequence behind ``##FASTA`` is passed over.

    Parameters
    ----------
    path
        The file. The identifier is the attribute ``gene_id``, else ``locus_tag``, else ``ID`` without ``gene:``, else
        ``Parent``; the symbol ``gene_name``, else ``gene``, else ``Name``.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read, a row has not nine columns, is no interval, or has no identifier (with the
        line); and where there is no row of a gene, a transcript or an exon.
    """
    rows = list(_rows(path))
    for is_wanted in (_is_gene, _TRANSCRIPTS.__contains__):
        if chosen := [row for row in rows if is_wanted(row.kind)]:
            return _table(path, chosen)
    if exons := [row for row in rows if row.kind == "exon"]:
        return _table(path, _transcripts(exons))
    kinds = ", ".join(sorted({row.kind for row in rows})[:8]) or "none"
    raise FormatError(path, f"there is no row of a gene, a transcript or an exon; types are {kinds}")


class _Row(NamedTuple):
    """What a line says."""

    chrom: str
    kind: str
    start: int
    end: int
    strand: str
    attributes: str
    line: int


def _rows(path: str | os.PathLike[str]) -> Iterator[_Row]:
    """The lines that are rows."""
    text = read_bytes(path, "annotation of genes").decode("utf-8", "replace")
    for number, whole in enumerate(text.split("\n"), start=1):
        line = whole.rstrip("\r")
        if line.startswith("##FASTA"):
            return
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != 9:
            raise FormatError(path, f"GTF and GFF3 have nine columns parted by tabs; got {len(cells)}", line=number)
        if not cells[0].strip():
            raise FormatError(path, "the name of the contig (column 1) is missing", line=number)
        start, end = whole_number(cells[3]), whole_number(cells[4])
        if start is None or end is None or not 1 <= start <= end:
            raise FormatError(
                path, f"start and end must be whole numbers, 1 <= start <= end; got {cells[3]}, {cells[4]}", line=number
            )
        if cells[6] not in ("+", "-", ".", "?"):
            raise FormatError(path, f"strand (column 7) must be +, -, . or ?; got {cells[6]!r}", line=number)
        yield _Row(cells[0], cells[2], start - 1, end, cells[6], cells[8], number)


def _is_gene(kind: str) -> bool:
    """Whether a type is one of genes."""
    return kind == "gene" or kind.endswith(("_gene", "pseudogene"))


def _attributes(text: str) -> dict[str, str]:
    """Attributes of a row in the way of GTF or of GFF3."""
    if found := _GTF.findall(text):
        return dict(found)
    pairs = (one.partition("=") for one in text.split(";"))
    return {key.strip(): unquote(value.strip()) for key, sign, value in pairs if sign}


def _transcripts(exons: list[_Row]) -> list[_Row]:
    """Exons put together by transcript, in order of their first one."""
    spans: dict[str, _Row] = {}
    for exon in exons:
        attributes = _attributes(exon.attributes)
        key = attributes.get("transcript_id") or attributes.get("Parent") or exon.attributes
        so_far = spans.get(key, exon)
        spans[key] = so_far._replace(start=min(so_far.start, exon.start), end=max(so_far.end, exon.end))
    return list(spans.values())


def _table(path: str | os.PathLike[str], rows: list[_Row]) -> GffGenes:
    """Rows as a gene table."""
    stranded = [row for row in rows if row.strand in ("+", "-")]
    if not stranded:
        raise FormatError(path, f"none of the {len(rows)} genes has a strand (column 7)")
    ids, names = [], []
    for row in stranded:
        attributes = _attributes(row.attributes)
        gene = next((attributes[key] for key in _ID_KEYS if attributes.get(key)), "")
        if not gene:
            raise FormatError(
                path,
                f"a gene needs a gene_id or an ID among its attributes; got {row.attributes[:60]!r}",
                line=row.line,
            )
        ids.append(_PREFIX.sub("", gene))
        names.append(next((attributes[key] for key in _NAME_KEYS if attributes.get(key)), ""))
    chrom, _, start, end, strand, _, _ = zip(*stranded, strict=True)
    with about_file(path):
        genes = gene_table(chrom, start, end, strand=strand, gene=ids, name=names)
    return GffGenes(genes, len(rows) - len(stranded))
