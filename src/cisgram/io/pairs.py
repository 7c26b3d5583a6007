"""Pairs of reads as text: the .pairs format of 4DN, plain or gzip, read in pieces and written."""

import io
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from cisgram.errors import FormatError, InputError
from cisgram.genomics.read_pairs import ReadPairs
from cisgram.io.packing import read_chunks, require_short_line, write_chunks
from cisgram.io.tables.columns import whole_number

PAIR_COLUMNS = ("readID", "chrom1", "pos1", "chrom2", "pos2", "strand1", "strand2")
"""Columns of a file without a header that names them."""

_SPELLED = {"chr1": "chrom1", "chr2": "chrom2"}
_UNMAPPED = ("!", ".", "*", "")
_MOST_LINES = 5_000_000
"""Of a header: a few for each contig, of which a draft genome has a million."""


class PairChunk(NamedTuple):
    """Some pairs of a file, and how many rows were not pairs of mapped ends."""

    pairs: ReadPairs
    """Those whose two ends are mapped to contigs that are known."""
    dropped: dict[str, int]
    """Rows left out, by reason: ``unmapped``, ``other contig``."""


class PairsHeader(NamedTuple):
    """What the lines on top of a file of pairs say."""

    sizes: dict[str, int]
    """Contig lengths in bp; empty where it gives none."""
    columns: tuple[str, ...]
    """Names of the columns; ``chr1`` is called ``chrom1``."""
    n_lines: int
    """Lines of the header."""


def read_pairs_header(path: str | os.PathLike[str]) -> PairsHeader:
    """Read the header of a file of pairs.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read, or a line of the header is broken.
    """
    sizes: dict[str, int] = {}
    columns, n_lines, rest = PAIR_COLUMNS, 0, b""
    for chunk in read_chunks(path, "pairs of reads", chunk_bytes=1 << 16):
        *lines, rest = (rest + chunk).split(b"\n")
        require_short_line(path, rest, longest=1 << 22)
        for line in lines:
            if not line.startswith(b"#"):
                return PairsHeader(sizes, columns, n_lines)
            n_lines += 1
            if n_lines > _MOST_LINES:
                raise FormatError(path, f"the header has more than {_MOST_LINES} lines; is this a file of pairs?")
            key, _, value = line.decode("utf-8", "replace").lstrip("#").strip().partition(":")
            words = value.split()
            if key == "chromsize":
                length = whole_number(words[1]) if len(words) == 2 else None
                if not length:
                    raise FormatError(
                        path, f"#chromsize: gives a name and a length of 1 bp or more; got {value!r}", line=n_lines
                    )
                sizes[words[0]] = length
            elif key == "columns":
                columns = tuple(_SPELLED.get(word, word) for word in words)
                if missing := [name for name in PAIR_COLUMNS if name not in columns]:
                    raise FormatError(path, f"#columns: must name {', '.join(missing)}; got {value!r}", line=n_lines)
    return PairsHeader(sizes, columns, n_lines)


def read_pairs(
    path: str | os.PathLike[str], *, sizes: Mapping[str, int] | None = None, chunk_rows: int = 1_000_000
) -> Iterator[PairChunk]:
    r"""Read pairs of reads, a million at a time.

    Parameters
    ----------
    path
        A .pairs file of 4DN (pairtools, Juicer's converted), or rows of ``PAIR_COLUMNS`` without a header; positions
        are those of 5' ends, 1-based.
    sizes
        Contig lengths in bp, in the order that contigs are to have; by default those of the header.
    chunk_rows
        Rows at a time.

    Yields
    ------
    PairChunk
        Pairs in the order of the file, positions 0-based.

    Raises
    ------
    InputError, FormatError
        Where the file cannot be read or has no contig lengths and none are given; where a row has other columns, a
        position is no whole number or lies outside of its contig, or a strand is none of ``+`` and ``-``.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "a.pairs"
    ...     written = path.write_text("#chromsize: I 100\nr1\tI\t11\tI\t90\t+\t-\n")
    ...     next(read_pairs(path)).pairs.position1.tolist()
    [10]
    """
    header = read_pairs_header(path)
    lengths = dict(sizes or header.sizes)
    if not lengths:
        raise InputError(f"{path} has no '#chromsize:' lines; give the contig lengths (--chrom-sizes, or the genome)")
    line = header.n_lines + 1
    for table in _tables(path, header, chunk_rows):
        yield _chunk(path, table, lengths, line)
        line += len(table)


def write_pairs(path: str | os.PathLike[str], chunks: Iterable[ReadPairs], sizes: Mapping[str, int]) -> None:
    """Write pairs of reads as .pairs of 4DN, upper triangle, named by their number; bgzip where it ends in ``.gz``.

    Parameters
    ----------
    path
        The file to write.
    chunks
        Pairs, in the order they shall have.
    sizes
        Contig lengths in bp.

    Raises
    ------
    OutputError
        Where writing fails.
    """
    write_chunks(path, _lines(chunks, sizes))


def _lines(chunks: Iterable[ReadPairs], sizes: Mapping[str, int]) -> Iterator[bytes]:
    """Header and rows."""
    head = ["## pairs format v1.0", "#shape: upper triangle", *(f"#chromsize: {k} {v}" for k, v in sizes.items())]
    yield "\n".join([*head, "#columns: readID chr1 pos1 chr2 pos2 strand1 strand2\n"]).encode()
    number = 0
    for chunk in chunks:
        own = chunk.in_order
        names = np.array(own.chroms, dtype=object)
        table = pd.DataFrame(
            {
                "readID": [f"p{at}" for at in range(number, number + len(own))],
                "chrom1": names[own.chrom1],
                "pos1": own.position1 + 1,
                "chrom2": names[own.chrom2],
                "pos2": own.position2 + 1,
                "strand1": np.where(own.is_reverse1, "-", "+"),
                "strand2": np.where(own.is_reverse2, "-", "+"),
            }
        )
        number += len(own)
        yield table.to_csv(sep="\t", header=False, index=False, lineterminator="\n").encode()


def _tables(path: str | os.PathLike[str], header: PairsHeader, chunk_rows: int) -> Iterator[pd.DataFrame]:
    """Rows as text, some at a time."""
    places = {name: header.columns.index(name) for name in PAIR_COLUMNS[1:]}
    source = io.BufferedReader(_Stream(read_chunks(path, "pairs of reads")), 1 << 20)
    try:
        reader = pd.read_csv(
            source,
            sep="\t",
            header=None,
            skiprows=header.n_lines,
            usecols=sorted(places.values()),
            dtype=str,
            keep_default_na=False,
            chunksize=chunk_rows,
            quoting=3,
            skip_blank_lines=False,
        )
        for table in reader:
            if not {*places.values()} <= {*table.columns}:  # the first row is short
                raise FormatError(path, f"rows must have {len(header.columns)} columns with tabs between")
            yield table.rename(columns={place: name for name, place in places.items()})
    except pd.errors.EmptyDataError:
        return
    except (pd.errors.ParserError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise FormatError(path, f"rows must have {len(header.columns)} columns with tabs between: {error}") from error


class _Stream(io.RawIOBase):
    """Chunks of bytes as a file that can be read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        if not self._rest:
            self._rest = next(self._chunks, b"")
        n = min(len(buffer), len(self._rest))
        buffer[:n], self._rest = self._rest[:n], self._rest[n:]
        return n


def _chunk(path: str | os.PathLike[str], table: pd.DataFrame, sizes: Mapping[str, int], line: int) -> PairChunk:
    """Checked pairs of some rows."""
    numbers = {name: number for number, name in enumerate(sizes)}
    is_unmapped = table["chrom1"].isin(_UNMAPPED) | table["chrom2"].isin(_UNMAPPED)
    one, other = (table[name].map(numbers).fillna(-1).to_numpy(np.int64) for name in ("chrom1", "chrom2"))
    is_other = ~is_unmapped & ((one < 0) | (other < 0))
    kept = ~(is_unmapped | is_other).to_numpy()
    rows = np.flatnonzero(kept)
    lengths = np.array(list(sizes.values()), dtype=np.int64)
    ends = []
    for number, chrom in (("1", one[kept]), ("2", other[kept])):
        text, strand = table[f"pos{number}"][kept], table[f"strand{number}"][kept]
        position = pd.to_numeric(text, errors="coerce").to_numpy(np.float64)
        with np.errstate(invalid="ignore"):
            is_wrong = ~((position >= 1) & (position <= lengths[chrom]) & (position == np.floor(position)))
        _refuse(path, is_wrong, rows, line, f"pos{number} must be a whole number from 1 to the contig's length", text)
        is_reverse = (strand == "-").to_numpy()
        is_strand = is_reverse | (strand == "+").to_numpy()
        _refuse(path, ~is_strand, rows, line, f"strand{number} must be + or -", strand)
        ends.append((chrom, position.astype(np.int64) - 1, is_reverse))
    pairs = ReadPairs(tuple(sizes), *ends[0], *ends[1])
    return PairChunk(pairs, {"unmapped": int(is_unmapped.sum()), "other contig": int(is_other.sum())})


def _refuse(
    path: str | os.PathLike[str], is_wrong: np.ndarray, rows: np.ndarray, line: int, problem: str, cells: pd.Series
) -> None:
    """Say which line is wrong."""
    if is_wrong.any():
        first = int(np.flatnonzero(is_wrong)[0])
        raise FormatError(path, f"{problem}; got {cells.iloc[first]!r}", line=line + int(rows[first]))
