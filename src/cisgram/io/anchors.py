"""Anchors such as starts of genes: ChromHMM's anchor files, or any BED file reduced to one position per interval."""

import os

import numpy as np
import pandas as pd

from cisgram.io.tables.columns import read_columns
from cisgram.io.tables.intervals import read_intervals

_COLUMNS = ("chrom", "position", "strand")


def read_anchors(path: str | os.PathLike[str]) -> pd.DataFrame:
    r"""Read anchors: positions with a strand.

    Parameters
    ----------
    path
        Plain or gzip, columns separated by tabs. Two columns are contig and 0-based position; three of which the last
        is a strand are contig, position and strand, as ChromHMM's ``ANCHORFILES`` have them. Anything else is BED or
        narrowPeak: the anchor is the summit where there is one, else the first base along the strand, else the middle
        of an interval without a strand.

    Returns
    -------
    pandas.DataFrame
        ``chrom``, ``position`` (0-based), ``strand``; in the order of the file, repeated anchors stay.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read, with the line.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     starts, genes = Path(folder) / "starts.txt", Path(folder) / "genes.bed"
    ...     _ = starts.write_text("chr1\t100\t-\n"), genes.write_text("chr1\t5\t9\tgene\t0\t-\n")
    ...     read_anchors(starts).to_numpy().tolist(), read_anchors(genes).to_numpy().tolist()
    ([['chr1', 100, '-']], [['chr1', 8, '-']])
    """
    columns = read_columns(path, "anchors")
    is_stranded = columns.n_columns == 3 and columns.cell(0, 2) in ("+", "-", ".")
    if columns.n_columns != 2 and not is_stranded:
        return _from_intervals(read_intervals(path))
    columns.require(~columns.is_cell(0, ""), "the contig's name (column 1) is empty")
    position = columns.integers(1, "position")
    columns.require(position >= 0, "positions must be 0 or more (the first base of a contig is 0)", column=1)
    strand = ["+"] * columns.n_rows
    if is_stranded:
        is_strand = np.logical_or.reduce([columns.is_cell(2, sign) for sign in "+-."])
        columns.require(is_strand, "strand (column 3) must be +, - or .", column=2)
        strand = columns.strings(2)
    return pd.DataFrame(dict(zip(_COLUMNS, (columns.strings(0), position, strand), strict=True)))


def _from_intervals(table: pd.DataFrame) -> pd.DataFrame:
    """One position per interval."""
    strand = table["strand"].to_numpy(dtype=object) if "strand" in table else np.full(len(table), ".", dtype=object)
    start, end = table["start"].to_numpy(), table["end"].to_numpy()
    position = np.select([strand == "+", strand == "-"], [start, end - 1], (start + end) // 2)
    if "summit" in table:
        summit = table["summit"].to_numpy()
        position = np.where(summit >= 0, summit, position)
    return pd.DataFrame(dict(zip(_COLUMNS, (table["chrom"].to_numpy(), position, strand), strict=True)))
