"""Motifs as plain matrices of counts: the text formats of JASPAR, TRANSFAC and HOMER, and bare tables of numbers."""

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cisgram.errors import FormatError
from cisgram.genomics.motif import Motif
from cisgram.io.files import about_file
from cisgram.io.packing import read_bytes

_BASES = "ACGT"
_ROUNDING = 0.02 + 1e-9  # proportions rounded to two digits may be that far from a sum of 1
_TRANSFAC_HEAD = re.compile(r"P[O0]\s+A\s+C\s+G\s+T\b", re.IGNORECASE)
_MOST_SITES = 1e15
_BRACKETS = re.compile(r"[\[\]|:;,]")


def read_count_matrices(path: str | os.PathLike[str]) -> list[Motif]:
    r"""Read the motifs of a text file of matrices (plain or gzip), in the order of the file.

    Accepted are, and told apart by what stands in the file:

    * JASPAR: ``>MA0001.1 AGL3`` and below it four rows of counts, with or without ``A [ 1 2 3 ]`` around them. What
      stands behind the accession is the alternate name.
    * PFM: the same without a header; the file holds one motif and gives it its name. Four rows are those of A, C, G
      and T; more or fewer rows of four numbers each are the positions.
    * TRANSFAC: ``ID`` or ``AC`` (the name), ``NA`` (the alternate name), ``P0 A C G T``, one line per position, ``//``.
    * HOMER: ``>CONSENSUS<tab>name<tab>threshold`` and one row of four proportions per position.

    Numbers of which every position sums to 1 (within 0.02) are proportions, of 20 sites; others are counts.

    Raises
    ------
    InputError
        There is no such file.
    FormatError
        The file is empty or none of these, or a matrix has the wrong number of rows or columns, a number below 0 or a
        position without a count, or the name of another one; with the line.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "ap1.jaspar"
    ...     text = ">MA0099.1 AP1\nA [0 9 0]\nC [0 0 0]\nG [1 0 9]\nT [8 0 0]\n"
    ...     written = path.write_text(text)
    ...     read_count_matrices(path)
    [<Motif MA0099.1 (AP1): TAG, 9 sites>]
    """
    text = read_bytes(path, "matrices of motifs").decode("utf-8", "replace")
    if "\0" in text[: 1 << 16]:
        raise FormatError(path, "matrices of motifs must be text; this file is binary")
    lines = text.splitlines()
    blocks = _transfac_blocks(path, lines) if any(map(_TRANSFAC_HEAD.match, lines)) else _blocks(path, lines)
    motifs, line_of = [], dict[str, int]()
    for block in blocks:
        if block.name in line_of:
            raise FormatError(
                path, f"motif {block.name} came before, on line {line_of[block.name]}; rename one", line=block.line
            )
        line_of[block.name] = block.line
        motifs.append(_motif(path, block))
    if not motifs:
        raise FormatError(path, "there is no matrix in this file")
    return motifs


class _Block(NamedTuple):
    """One matrix as it stands in the file."""

    name: str
    alternate_name: str
    line: int
    """1-based line of its header."""
    rows: list[list[float]]
    letters: str
    """The letters before its rows, one each; empty where there are none."""
    is_by_position: bool | None
    """Whether rows are positions; None where the numbers must tell."""


def _blocks(path: str | os.PathLike[str], lines: list[str]) -> Iterator[_Block]:
    """Matrices below ``>`` headers, or the only one of a file without headers."""
    header, header_at, started = Path(path).name.partition(".")[0], 1, False
    is_homer: bool | None = None
    rows, letters = list[list[float]](), ""
    for number, line in enumerate(lines, start=1):
        if line.startswith(">"):
            if started:
                yield _Block(*_names(path, header, header_at), header_at, rows, letters, is_homer)
            header, header_at, started, rows, letters = line[1:], number, True, [], ""
            is_homer = True if _is_homer(header) else None
        elif line.strip() and not line.startswith("#"):
            letter, numbers = _row(path, line, number)
            letters += letter
            rows.append(numbers)
            started = True
    if started:
        yield _Block(*_names(path, header, header_at), header_at, rows, letters, is_homer)


def _transfac_blocks(path: str | os.PathLike[str], lines: list[str]) -> Iterator[_Block]:
    """Matrices of a TRANSFAC file, each ended by ``//``."""
    fields, header_at, rows = dict[str, str](), 0, list[list[float]]()
    for number, line in enumerate([*lines, "//"], start=1):
        key, _, rest = line.strip().partition(" ") if "\t" not in line else line.strip().partition("\t")
        if _TRANSFAC_HEAD.match(line):
            header_at = number
        elif key == "//":
            if header_at:
                name = fields.get("ID") or fields.get("AC") or Path(path).name.partition(".")[0]
                named = _names(path, f"{name.split()[0]} {fields.get('NA', '')}", header_at)
                yield _Block(*named, header_at, rows, "", is_by_position=True)
            fields, header_at, rows = {}, 0, []
        elif header_at and key.isdecimal():
            rows.append(_row(path, " ".join(rest.split()[:4]), number)[1])  # a consensus letter may come last
        elif key.isalpha():
            fields.setdefault(key.upper(), rest.strip())


def _is_homer(header: str) -> bool:
    """Whether a header has HOMER's three cells: consensus, name, threshold."""
    cells = header.split("\t")
    return len(cells) >= 3 and _numbers(cells[2]) is not None


def _names(path: str | os.PathLike[str], header: str, line: int) -> tuple[str, str]:
    """Name and alternate name that a header gives."""
    if _is_homer(header):
        return "_".join(header.split("\t")[1].split()), header.split("\t")[0].strip()
    words = header.split(maxsplit=1)
    if not words:
        raise FormatError(path, "a header must name the motif: >MA0001.1 AGL3", line=line)
    return words[0], words[1].strip() if len(words) > 1 else ""


def _row(path: str | os.PathLike[str], line: str, number: int) -> tuple[str, list[float]]:
    """The letter before a row, if any, and its numbers."""
    found = re.match(r"\s*([ACGTacgt])\b", line)
    letter = found[1].upper() if found else ""
    numbers = _numbers(_BRACKETS.sub(" ", line[found.end() if found else 0 :]))
    if not numbers:
        raise FormatError(
            path,
            f"a row of numbers is needed, in JASPAR form 'A [ 0 3 9 ]' or without letter and brackets; "
            f"got {line.strip()[:60]!r}",
            line=number,
        )
    return letter, numbers


def _numbers(text: str) -> list[float] | None:
    """The numbers of a text; None where there is something else."""
    try:
        return [float(word) for word in text.split()]
    except ValueError:
        return None


def _motif(path: str | os.PathLike[str], block: _Block) -> Motif:
    """A matrix as a motif; positions and bases are told apart, and so are counts and proportions."""
    widths = {len(row) for row in block.rows}
    if len(widths) != 1:
        came = "none" if not widths else f"rows of {', '.join(map(str, sorted(widths)))}"
        raise FormatError(path, f"motif {block.name}: all rows must have as many numbers; got {came}", line=block.line)
    matrix = np.array(block.rows)
    if not (np.abs(matrix) < _MOST_SITES).all():  # NaN is refused as well
        raise FormatError(
            path, f"motif {block.name}: counts must be 0 or more, and less than {_MOST_SITES:g}", line=block.line
        )
    if block.letters:
        if sorted(block.letters) != sorted(_BASES) or len(block.letters) != len(matrix):
            raise FormatError(
                path,
                f"motif {block.name} needs one row for each of A, C, G and T; got {block.letters}",
                line=block.line,
            )
        pfm = matrix[[block.letters.index(base) for base in _BASES]]
    else:
        pfm = matrix.T if _is_by_position(path, block, matrix) else matrix
    totals = pfm.sum(axis=0)
    with about_file(path, line=block.line):
        if (np.abs(totals - 1) <= _ROUNDING).all():
            return Motif(block.name, pfm / totals, alternate_name=block.alternate_name)
        return replace(Motif.from_counts(block.name, pfm), alternate_name=block.alternate_name)


def _is_by_position(path: str | os.PathLike[str], block: _Block, matrix: np.ndarray) -> bool:
    """Whether the rows are positions; a square matrix is told by the sums, which are those of the sites."""
    if 4 not in matrix.shape:
        raise FormatError(
            path,
            f"motif {block.name} needs four rows (A C G T) or rows of four numbers; got {len(matrix)} rows of "
            f"{matrix.shape[1]}",
            line=block.line,
        )
    if block.is_by_position is not None or matrix.shape != (4, 4):
        return bool(block.is_by_position) or len(matrix) != 4
    spread_of_rows, spread_of_columns = np.ptp(matrix.sum(axis=1)), np.ptp(matrix.sum(axis=0))
    if spread_of_rows == spread_of_columns:
        raise FormatError(
            path,
            f"motif {block.name} has four rows of four numbers, and nothing says which are the bases; "
            "write A, C, G and T before the rows",
            line=block.line,
        )
    return bool(spread_of_rows < spread_of_columns)
