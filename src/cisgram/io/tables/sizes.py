"""Contig lengths: chrom.sizes, and the index that samtools faidx makes."""

import os
from collections.abc import Mapping

import numpy as np

from cisgram.errors import InputError
from cisgram.io.packing import write_chunks
from cisgram.io.tables.columns import read_columns


def read_chrom_sizes(path: str | os.PathLike[str]) -> dict[str, int]:
    """Read contig lengths in bp from the first two columns, in the order of the file.

    Parameters
    ----------
    path
        A ``chrom.sizes`` file or a ``.fai`` index, plain or gzip; columns separated by tabs.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read, a length is no whole number above 0, or a name comes twice.
    """
    columns = read_columns(path, "contig lengths")
    if columns.n_columns < 2:
        raise columns.error(0, "a contig's name and its length in bp are needed, separated by a tab; got one column")
    columns.require(~columns.is_cell(0, ""), "the contig's name (column 1) is empty")
    lengths = columns.integers(1, "the contig's length in bp")
    columns.require(lengths > 0, "a contig must have at least 1 bp", column=1)
    sizes: dict[str, int] = {}
    for row, (name, length) in enumerate(zip(columns.strings(0), lengths.tolist(), strict=True)):
        if name in sizes:
            raise columns.error(row, f"contig {name!r} stands in this file twice; names must be unique")
        sizes[name] = length
    return sizes


def write_chrom_sizes(path: str | os.PathLike[str], sizes: Mapping[str, int]) -> None:
    """Write contig lengths in bp, one contig per line; complete or not at all.

    Raises
    ------
    InputError
        Where a name has blanks in it, or a length is below 1.
    """
    for name, length in sizes.items():
        if name.split() != [name] or name.startswith("#") or length < 1:
            raise InputError(f"a contig needs a name without blanks and at least 1 bp; got {name!r} with {length}")
    write_chunks(path, (f"{name}\t{np.int64(length)}\n".encode() for name, length in sizes.items()))
