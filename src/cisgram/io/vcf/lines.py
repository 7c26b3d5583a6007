"""Lines of a VCF, whatever it is packed in: text, gzip, bgzip or BCF; and of a plain table, as if it were one."""

import os
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pysam

from cisgram.errors import FormatError
from cisgram.io.packing import read_chunks, require_short_line

HEADER = "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO"
"""Line of the names of columns, without samples."""

_NAMES = {
    "chrom": ("chrom", "chr", "contig", "chromosome"),
    "pos": ("pos", "position", "bp"),
    "ref": ("ref", "reference", "ref_allele"),
    "alt": ("alt", "alternate", "alternative", "alt_allele"),
    "name": ("name", "id", "rsid", "rs", "snp", "variant_id"),
}
"""What the columns of a plain table may be called, in either case."""
_MANY_LINES = 1 << 20
"""Up to so many lines a packed file need not have a byte for each; places that differ need more than one."""
_MOST_COMMENTS = 500_000
"""Lines of a header that are kept; the most that a genome of many scaffolds asks for is a line for each."""


class VcfLine(NamedTuple):
    """A line of a VCF."""

    number: int
    """Of the line in a text file, of the record in a binary one; from 1 on. 0 in headers that no text holds."""
    text: str
    """Without the end of the line."""
    is_cut: bool = False
    """Whether it is the last line and has no end."""


def vcf_lines(path: str | os.PathLike[str]) -> Iterator[VcfLine]:
    """Read a file of variants as lines of a VCF, a few at a time.

    A plain table has a header with the columns chrom, pos, ref, alt and perhaps name (or chr, position, rsid, ...; in
    either case), separated by tabs, commas or spaces, and 1-based positions.

    Parameters
    ----------
    path
        VCF (text, gzip, bgzip), BCF, or a plain table (text, gzip, bgzip).

    Raises
    ------
    InputError, FormatError
        Where there is no such file, it is cut short, damaged, or none of these; where a table lacks a column.
    """
    chunks = read_chunks(path, "variants")
    first = next(chunks, b"")
    if first.startswith((b"BCF\x02", b"BCF\x04")):
        chunks.close()
        yield from _binary_lines(path)
        return
    lines = _text_lines(path, chain([first], chunks))
    top = _first_told(path, lines)
    if top and not (top[-1].text.startswith("#CHROM\t") or top[0].text.startswith("##fileformat=VCF")):
        yield from _lines_of_table(path, top[-1], lines)
        return
    yield from top
    yield from lines


def _first_told(path: str | os.PathLike[str], lines: Iterator[VcfLine]) -> list[VcfLine]:
    """Comments of two signs, up to the first line that is none; blank lines are left out."""
    top = []
    for line in lines:
        if not line.text.strip():
            continue
        top.append(line)
        if not line.text.startswith("##"):
            break
        if len(top) > _MOST_COMMENTS:
            raise FormatError(
                path, f"more than {_MOST_COMMENTS} lines begin with ##; is this a file of variants?", line=line.number
            )
    return top


def _text_lines(path: str | os.PathLike[str], chunks: Iterator[bytes]) -> Iterator[VcfLine]:
    """Lines of text that comes in pieces."""
    rest, number = b"", 0
    most = max(_MANY_LINES, Path(path).expanduser().stat().st_size)
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\n")
        require_short_line(path, rest)
        if number + len(whole) > most:
            raise FormatError(path, "more lines than bytes when packed, as files that repeat one line have; unpack it")
        for line in whole:
            number += 1
            yield VcfLine(number, line.decode("utf-8", "replace").rstrip("\r"))
    if rest:
        yield VcfLine(number + 1, rest.decode("utf-8", "replace").rstrip("\r"), is_cut=True)


def _binary_lines(path: str | os.PathLike[str]) -> Iterator[VcfLine]:
    """Lines of a BCF."""
    was = pysam.set_verbosity(0)  # htslib writes to the terminal besides
    try:
        with pysam.VariantFile(os.fspath(path)) as file:
            for line in str(file.header).rstrip("\n").split("\n"):
                yield VcfLine(0, line)
            for number, record in enumerate(file, start=1):
                yield VcfLine(number, str(record).rstrip("\n"))
    except (OSError, ValueError, NotImplementedError) as error:
        raise FormatError(path, f"the BCF cannot be read ({error}); copy or download it again") from error
    finally:
        pysam.set_verbosity(was)


def _lines_of_table(path: str | os.PathLike[str], header: VcfLine, lines: Iterator[VcfLine]) -> Iterator[VcfLine]:
    """Lines of a plain table as those of a VCF."""
    mark = "\t" if "\t" in header.text else "," if "," in header.text else None
    names = [name.strip().lower().lstrip("#") for name in header.text.split(mark)]
    at = {what: next((names.index(one) for one in known if one in names), -1) for what, known in _NAMES.items()}
    if lacking := [what for what in ("chrom", "pos", "ref", "alt") if at[what] < 0]:
        raise FormatError(
            path,
            "variants are read from a VCF, whose header line begins with #CHROM, from a BCF, or from a table with a "
            f"header of the columns chrom, pos, ref, alt (and name), pos from 1 on; this has no {', '.join(lacking)}",
            line=header.number,
        )
    yield VcfLine(0, "##fileformat=VCFv4.2")
    yield VcfLine(0, HEADER)
    for line in lines:
        if not line.text.strip() or line.text.startswith("#"):
            continue
        cells = [one.strip() for one in line.text.split(mark)]
        if len(cells) != len(names):
            raise FormatError(path, f"the header has {len(names)} columns, this line {len(cells)}", line=line.number)
        chrom, pos, ref, alt = (cells[at[what]] for what in ("chrom", "pos", "ref", "alt"))
        name = cells[at["name"]] if at["name"] >= 0 else "."
        name = re.sub(r"\s", "_", name) or "."
        yield VcfLine(line.number, "\t".join((chrom, pos.replace(",", ""), name, ref, alt, ".", ".", ".")))
