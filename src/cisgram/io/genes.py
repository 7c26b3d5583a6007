"""Genes: where they begin, from the annotations that people have (GTF, GFF3, BED, genePred), and lists of names."""

import os
import warnings
from collections.abc import Sequence

import pandas as pd

from cisgram.errors import CisgramWarning, EmptySetError, FormatError, InputError
from cisgram.genomics.genes import gene_table
from cisgram.io.files import about_file
from cisgram.io.gff import read_gff
from cisgram.io.packing import read_bytes
from cisgram.io.tables import read_intervals
from cisgram.io.tables.columns import TextColumns, read_columns


def read_genes(path: str | os.PathLike[str]) -> pd.DataFrame:
    r"""Read a table of genes; the format is told by what stands in the file.

    Parameters
    ----------
    path
        Plain or gzip; one of

        * GTF or GFF3 (:func:`cisgram.io.gff.read_gff`);
        * BED with at least six columns, one gene per row; its name (column 4) is identifier and symbol;
        * genePred, its extended form or refFlat, as the tables of UCSC come, with or without the column ``bin``.

    Returns
    -------
    pandas.DataFrame
        Gene table (:data:`cisgram.genomics.genes.GENE_COLUMNS`) in the order of the file, rows that say the same once.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read, is none of these, or a row is broken (with the line).
    EmptySetError
        Where no row has a strand.

    Warns
    -----
    CisgramWarning
        Where rows have no strand or no name; they are left out.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     written = (Path(folder) / "a.bed").write_text("chrII\t278565\t280607\tGAL10\t0\t-\n")
    ...     read_genes(Path(folder) / "a.bed")[["gene", "strand", "tss"]].to_numpy().tolist()
    [['GAL10', '-', 280606]]
    """
    cells = _first_row(path)
    if _is_gff(cells):
        found = read_gff(path)
        table, n_lost = found.table, found.n_without_strand
    elif (at := _genepred_name(cells)) is not None:
        table, n_lost = _read_genepred(path, at)
    elif len(cells) >= 6 and cells[1].isdecimal() and cells[2].isdecimal():
        table, n_lost = _read_bed(path)
    else:
        raise FormatError(
            path,
            "genes are read from GTF, GFF3, BED with six columns or more (name and strand), genePred or refFlat, "
            f"parted by tabs; the first row is {chr(9).join(cells)[:80]!r}",
        )
    if n_lost:
        warnings.warn(
            f"{path}: {n_lost} rows without a strand or a name are left out: where their genes begin is not known",
            CisgramWarning,
            stacklevel=2,
        )
    return table.drop_duplicates(ignore_index=True)


def read_gene_list(path: str | os.PathLike[str]) -> list[str]:
    """Read a list of genes, one per line.

    Parameters
    ----------
    path
        Text, plain or gzip. Of every line the first word counts, without quotes or a comma at its end (``ARG5,6`` is
        a gene of yeast); blank lines and those that begin with ``#`` are passed over.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read, is not text, or names no gene.
    """
    try:
        text = read_bytes(path, "a list of genes").decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(path, "a list of genes must be text in UTF-8, one gene per line") from error
    words = [line.split(maxsplit=1)[0] for line in text.splitlines() if line.strip() and not line.startswith("#")]
    names = [name for word in words if (name := word.strip("\"',;"))]
    if not names:
        raise FormatError(path, "this list names no gene; one per line is expected")
    return names


def _first_row(path: str | os.PathLike[str]) -> list[str]:
    """The cells of the first line that is no comment."""
    text = read_bytes(path, "annotation of genes")
    if b"\0" in text[: 1 << 20]:
        raise FormatError(path, "an annotation of genes must be text; this file is binary")
    for whole in text.decode("utf-8", "replace").split("\n"):
        line = whole.rstrip("\r")
        if line.strip() and not line.startswith(("#", "track ", "browser ")):
            return line.split("\t")
    raise FormatError(path, "there is no row in this file, only comments or blank lines; genes expected")


def _is_gff(cells: Sequence[str]) -> bool:
    """Whether a row is one of GTF or GFF3."""
    return len(cells) == 9 and cells[3].isdecimal() and cells[4].isdecimal() and cells[6] in ("+", "-", ".", "?")


def _genepred_name(cells: Sequence[str]) -> int | None:
    """The column of the name, where a row has name, contig, strand, start, end, ... one after the other."""
    for at in (0, 1, 2):
        if len(cells) >= at + 10 and cells[at + 2] in ("+", "-") and all(map(str.isdecimal, cells[at + 3 : at + 8])):
            return at
    return None


def _read_genepred(path: str | os.PathLike[str], at: int) -> tuple[pd.DataFrame, int]:
    """Genes of a genePred table whose column ``at`` is the name of a transcript."""
    columns = read_columns(path, "genes")
    start, end = columns.integers(at + 3, "txStart"), columns.integers(at + 4, "txEnd")
    columns.require((start >= 0) & (start < end), "a gene needs 0 <= txStart < txEnd", column=at + 3)
    is_strand = columns.is_cell(at + 2, "+") | columns.is_cell(at + 2, "-")
    columns.require(is_strand, f"strand (column {at + 3}) must be + or -", column=at + 2)
    symbols = _genepred_symbols(columns, at)
    with about_file(path):
        return gene_table(columns.strings(at + 1), start, end, strand=columns.strings(at + 2), gene=symbols), 0


def _genepred_symbols(columns: TextColumns, at: int) -> list[str]:
    """What genes are called: the column before the transcript in refFlat, ``name2`` in the extended form, else it."""
    if at and not columns.cell(0, at - 1).isdecimal():
        return columns.strings(at - 1)
    name2 = at + 11
    return columns.strings(name2 if columns.n_columns > name2 else at)


def _read_bed(path: str | os.PathLike[str]) -> tuple[pd.DataFrame, int]:
    """Genes of a BED file, and how many rows say too little."""
    table = read_intervals(path)
    if not {"name", "strand"} <= set(table):
        raise InputError(f"{path}: genes need a name (column 4) and a strand (column 6)")
    is_usable = table["strand"].isin(["+", "-"]) & ~table["name"].isin(["", "."])
    if not is_usable.any():
        raise EmptySetError(
            "genes", dropped={"without a strand or a name": len(table)}, hint=f"{path} needs columns 4 and 6"
        )
    rows = table[is_usable]
    columns = {name: rows[name].to_numpy() for name in ("chrom", "start", "end")}
    with about_file(path):
        genes = gene_table(**columns, strand=rows["strand"].to_numpy(), gene=rows["name"].to_numpy())
    return genes, int((~is_usable).sum())
