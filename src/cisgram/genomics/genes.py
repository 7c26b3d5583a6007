"""Genes: a table of where they begin, a user's list found in it, and the sequences upstream of them.

A gene table is an interval table with the columns :data:`GENE_COLUMNS`: ``gene`` (identifier), ``name`` (symbol, the
identifier where there is none), ``strand`` (``+`` or ``-``) and ``tss`` (0-based position of the first base that is
transcribed, or translated if the file holds reading frames). A gene of several transcripts may have several rows.
"""

import re
import warnings
from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Rows
from cisgram.errors import CisgramWarning, EmptySetError, InputError
from cisgram.genomics.interval import interval_table

GENE_COLUMNS = ("chrom", "start", "end", "gene", "name", "strand", "tss")
"""Columns of a gene table."""

_VERSION = re.compile(r"(?<=\d)\.\d+$")
_MOST_SHOWN = 5


class FoundGenes(NamedTuple):
    """Which rows of a gene table a list names."""

    rows: Rows
    """Numbers of rows, rising, each once; all rows of a gene."""
    n_genes: int
    """How many different genes these are."""
    unknown: tuple[str, ...]
    """What the table does not have."""
    ambiguous: tuple[str, ...]
    """Symbols of several genes, all of which are used."""
    n_repeated: int
    """How many entries name a gene that an earlier one has named."""


def gene_table(
    chrom: object, start: object, end: object, *, strand: object, gene: object, name: object = None
) -> pd.DataFrame:
    """Make a gene table from columns; ``tss`` follows from the strand.

    Raises
    ------
    InputError
        Where a row is no interval, its strand is neither ``+`` nor ``-``, or its contig or identifier is empty.

    Examples
    --------
    >>> gene_table(["I", "I"], [10, 50], [40, 90], strand=["+", "-"], gene=["a", "b"])["tss"].tolist()
    [10, 89]
    """
    table = interval_table(chrom, start, end, gene=gene, name=name, strand=strand)
    table["gene"] = table["gene"].astype(str)
    table["name"] = table["gene"].where(table["name"].isna() | table["name"].isin(["", "."]), table["name"]).astype(str)
    table["strand"] = table["strand"].astype(str)
    if not table["strand"].isin(["+", "-"]).all() or table[["gene", "chrom"]].eq("").any(axis=None):
        raise InputError("genes need a contig, an identifier and a strand, + or -; leave out those that have none")
    table["tss"] = np.where(table["strand"] == "+", table["start"], table["end"] - 1)
    return table[list(GENE_COLUMNS)]


def find_genes(genes: pd.DataFrame, wanted: Sequence[str]) -> FoundGenes:
    """Find the genes of a list by identifier or symbol, whatever the case.

    An entry that is the identifier of a gene means that gene, else all genes of that symbol. Versions of Ensembl's
    identifiers (``ENSG00000139618.17``) need not be given.

    Parameters
    ----------
    genes
        Gene table.
    wanted
        Identifiers or symbols.

    Raises
    ------
    EmptySetError
        If the table has none of them.

    Warns
    -----
    CisgramWarning
        Once, where entries are unknown (with names that are nearly the same) or ambiguous, or name a gene again.

    Examples
    --------
    >>> genes = gene_table(["I"] * 2, [0, 9], [5, 14], strand=["+", "-"], gene=["YAL1", "YAL2"], name=["ABC1", ""])
    >>> find_genes(genes, ["abc1", "YAL2"]).rows.tolist()
    [0, 1]
    """
    rows_of = _rows_of_names(genes)
    gene_of_row = genes["gene"].to_numpy()
    chosen: dict[str, None] = {}
    rows: set[int] = set()
    unknown, ambiguous, n_repeated = [], [], 0
    for entry in wanted:
        found = rows_of.get(entry.strip().lower())
        if found is None:
            unknown.append(entry)
            continue
        here = dict.fromkeys(gene_of_row[row] for row in found)
        n_repeated += here.keys() <= chosen.keys()
        if len(here) > 1:
            ambiguous.append(entry)
        chosen |= here
        rows.update(found)
    if not rows:
        raise EmptySetError(
            "genes of the list",
            dropped={"unknown": len(unknown)},
            hint=f"{_near(unknown, genes)}the annotation has names such as {', '.join(genes['name'].head(3))}",
        )
    _remark(genes, len(wanted), unknown, ambiguous, n_repeated)
    return FoundGenes(np.array(sorted(rows), np.int64), len(chosen), tuple(unknown), tuple(ambiguous), n_repeated)


def _rows_of_names(genes: pd.DataFrame) -> dict[str, list[int]]:
    """Rows by name in lower case: symbols first, which identifiers then overrule."""
    rows_of: dict[str, list[int]] = {}
    for column in ("name", "gene"):
        keys = genes[column].str.strip().str.lower()
        by_key: dict[str, list[int]] = {}
        for row, key in enumerate(keys):
            by_key.setdefault(key, []).append(row)
            if column == "gene" and key.startswith("ens") and (bare := _VERSION.sub("", key)) != key:
                by_key.setdefault(bare, []).append(row)
        rows_of |= by_key
    return rows_of


def _remark(genes: pd.DataFrame, n: int, unknown: list[str], ambiguous: list[str], n_repeated: int) -> None:
    """Warn of entries that a user should look at again."""
    remarks = []
    if unknown:
        remarks.append(f"{len(unknown)} are not in the annotation ({_near(unknown, genes).rstrip('; ')})")
    if ambiguous:
        remarks.append(f"{len(ambiguous)} are symbols of several genes, all of which are used ({_some(ambiguous)})")
    if n_repeated:
        remarks.append(f"{n_repeated} name a gene that was named before")
    if remarks:
        warnings.warn(f"of {n} genes wanted, " + "; ".join(remarks), CisgramWarning, stacklevel=3)


def _near(unknown: Sequence[str], genes: pd.DataFrame) -> str:
    """The first unknown names, each with one that is nearly the same."""
    upper = {name.upper(): name for name in (*genes["gene"], *genes["name"])}
    texts = []
    for entry in unknown[:_MOST_SHOWN]:
        near = get_close_matches(entry.strip().upper(), upper, n=1, cutoff=0.75)
        texts.append(entry + (f": did you mean {upper[near[0]]}?" if near else ""))
    more = f", ... {len(unknown)} in all" if len(unknown) > _MOST_SHOWN else ""
    return f"{', '.join(texts)}{more}; " if texts else ""


def _some(names: Sequence[str]) -> str:
    """A few names and how many more there are."""
    return ", ".join(names[:_MOST_SHOWN]) + (f", ... {len(names)} in all" if len(names) > _MOST_SHOWN else "")
