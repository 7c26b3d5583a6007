"""FASTA: a genome read once into a memory map that is checked by hash, and contigs written as FASTA."""

import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cisgram.arrays import Codes, SequenceCodes
from cisgram.errors import FormatError, InputError
from cisgram.genomics.genome import Genome
from cisgram.genomics.sequence import N, decode
from cisgram.io import genome_cache
from cisgram.io.fasta_text import (
    AMBIGUOUS,
    CODE_OF_BYTE,
    FOREIGN,
    SPACE,
    error_at,
    foreign_letter,
    inner_mark,
    no_header,
    record_name,
)
from cisgram.io.files import require_file, sha256_of
from cisgram.io.packing import read_chunks, write_chunks

_LOG = logging.getLogger(__name__)

_LONGEST_HEADER = 1 << 20
_LINES_AT_ONCE = 1 << 15


class FastaPiece(NamedTuple):
    """A stretch of one record; the pieces of a record follow each other."""

    name: str
    """First word of the record's header."""
    codes: SequenceCodes
    """Its next bases."""
    n_ambiguous: int
    """How many of them were written as an IUPAC letter other than A, C, G, T and N."""


def read_genome(path: str | os.PathLike[str], *, cache_folder: Path | None = None) -> Genome:
    r"""Read a genome as a memory map, which is made the first time and found by the file's hash from then on.

    The FASTA is read in pieces and never lies in memory as a whole. Lower case is read as upper case, IUPAC letters
    become N and are counted, line ends may be those of Windows, blank lines are skipped; a record's name is the
    first word of its header.

    Parameters
    ----------
    path
        FASTA: plain, gzip or bgzip.
    cache_folder
        Where the memory map is kept, one byte per base; by default ``$CISGRAM_CACHE``, else ``~/.cache/cisgram``.
        An entry that does not have the hash it should have is made anew. Several processes may do this at once.

    Raises
    ------
    InputError, FormatError
        Where the file is missing, empty, truncated, damaged or not FASTA; where a record has no name, the name of
        another one, or no sequence; where a letter is no base (with the line).
    OutputError
        Where the memory map cannot be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "genome.fa"
    ...     written = path.write_text(">I first contig\nACGT\nryac\n>II\nTTG\n")
    ...     genome = read_genome(path, cache_folder=Path(folder))
    ...     dict(genome.sizes), decode(genome.codes("I", 2, 8)), genome.n_ambiguous
    ({'I': 8, 'II': 3}, 'GTNNAC', 2)
    """
    file = require_file(path, "genome")
    before = file.stat()
    source = sha256_of(file)
    folder = genome_cache.folder_for_genomes(cache_folder)
    entry = genome_cache.load(folder, source)
    if entry is None:
        pieces = ((piece.name, piece.codes, piece.n_ambiguous) for piece in read_fasta_pieces(file))
        with genome_cache.filling(folder) as has_waited:
            entry = genome_cache.load(folder, source) if has_waited else None
            entry = entry or genome_cache.build(folder, source, pieces)
        after = file.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            genome_cache.remove(folder, source)
            raise FormatError(file, "the file changed while it was read; wait until it is complete and try again")
    if entry.n_ambiguous:
        _LOG.info("%s: %d letters other than A, C, G, T and N were read as N", file, entry.n_ambiguous)
    return Genome(sizes=entry.sizes, joined=entry.codes, sha256=source, path=str(file), n_ambiguous=entry.n_ambiguous)


def read_fasta_pieces(path: str | os.PathLike[str]) -> Iterator[FastaPiece]:
    """Read the records of a FASTA file in pieces of a few megabases; accepts and refuses what :func:`read_genome` does.

    Parameters
    ----------
    path
        FASTA: plain, gzip or bgzip.

    Yields
    ------
    FastaPiece
        Never an empty one.
    """
    names: set[str] = set()
    name, header_at, n_bases = "", 0, 0
    for stretch in _stretches(path):
        if not stretch.is_header:
            codes, n_ambiguous = _encode(path, stretch, is_in_record=bool(names))
            n_bases += codes.size
            if codes.size:
                yield FastaPiece(name, codes, n_ambiguous)
            continue
        if names and not n_bases:
            raise _empty_record(path, name, header_at)
        name, header_at, n_bases = record_name(path, stretch.text, offset=stretch.offset), stretch.offset, 0
        if name in names:
            raise error_at(path, header_at, f"a second record is named {name!r}; names must be unique")
        names.add(name)
    if not names:
        raise FormatError(path, "there is nothing but blank lines; a FASTA record begins with '>name'")
    if not n_bases:
        raise _empty_record(path, name, header_at)


def write_fasta(path: str | os.PathLike[str], contigs: Mapping[str, Codes], *, letters_per_line: int = 60) -> None:
    """Write contigs as FASTA in upper case, packed with bgzip where the name ends in ``.gz``; complete or not at all.

    Parameters
    ----------
    path
        The file to write.
    contigs
        Codes (``length``) of every contig, by name.
    letters_per_line
        Where lines are broken.

    Raises
    ------
    InputError
        Where there is no contig or an empty one, a code above 4, or a name that is empty or has blanks in it.
    OutputError
        Where writing fails.
    """
    if not contigs or letters_per_line < 1:
        raise InputError(f"FASTA needs contigs and letters on a line; got {len(contigs)} and {letters_per_line}")
    for name, codes in contigs.items():
        if name.split() != [name] or not name.isprintable():
            raise InputError(f"a contig's name must be one printable word; got {name!r}")
        if codes.ndim != 1 or codes.size == 0 or codes.max() > N:
            raise InputError(f"contig {name!r} must be one row of at least one code from 0 to 4")
    write_chunks(path, _fasta_lines(contigs, letters_per_line))


class _Stretch(NamedTuple):
    """A header line, or sequence lines without a header in between."""

    offset: int
    """Where it begins, in bytes of the unpacked file."""
    text: bytes
    is_header: bool


def _stretches(path: str | os.PathLike[str]) -> Iterator[_Stretch]:
    """Cut a file into headers and what stands between them; sequence comes in pieces, a header in one."""
    offset, open_header, before = 0, b"", b"\n"
    for chunk in read_chunks(path, "FASTA"):
        text, at, open_header = open_header + chunk, 0, b""
        while at < len(text):
            mark = text.find(b">", at)
            stop = len(text) if mark < 0 else mark
            if stop > at:
                yield _Stretch(offset + at, text[at:stop], is_header=False)
            if mark < 0:
                break
            if (text[mark - 1 : mark] or before) != b"\n":
                raise inner_mark(path, offset + mark)
            line_end = text.find(b"\n", mark)
            if line_end < 0:
                open_header = text[mark:]
                break
            yield _Stretch(offset + mark, text[mark:line_end], is_header=True)
            at = line_end + 1
        if len(open_header) > _LONGEST_HEADER:
            raise error_at(path, offset + mark, r"a header line of more than 1 MB; lines must end in \n or \r\n")
        offset += len(text) - len(open_header)
        before = b"\n" if open_header else text[-1:]
    if open_header:
        yield _Stretch(offset, open_header, is_header=True)


def _encode(path: str | os.PathLike[str], stretch: _Stretch, *, is_in_record: bool) -> tuple[SequenceCodes, int]:
    """Codes of a stretch of sequence, and how many ambiguous letters became N."""
    codes = np.frombuffer(stretch.text.translate(CODE_OF_BYTE, SPACE), dtype=np.uint8)
    if codes.size and not is_in_record:
        text = stretch.text.lstrip(SPACE)
        raise no_header(path, text, offset=stretch.offset + len(stretch.text) - len(text))
    highest = codes.max(initial=0)
    if highest <= N:
        return codes, 0
    if highest == FOREIGN:
        raise foreign_letter(path, stretch.text, offset=stretch.offset)
    return np.minimum(codes, N), int(np.count_nonzero(codes == AMBIGUOUS))


def _empty_record(path: str | os.PathLike[str], name: str, header_at: int) -> FormatError:
    """An error about a header without sequence."""
    return error_at(path, header_at, f"record {name!r} has no sequence; is the file complete?")


def _fasta_lines(contigs: Mapping[str, Codes], letters_per_line: int) -> Iterator[bytes]:
    """FASTA text in pieces of many lines."""
    step = letters_per_line * _LINES_AT_ONCE
    for name, codes in contigs.items():
        yield f">{name}\n".encode()
        for start in range(0, codes.size, step):
            letters = np.frombuffer(decode(codes[start : start + step]).encode(), dtype=np.uint8)
            n_full = letters.size // letters_per_line
            lines = np.full((n_full, letters_per_line + 1), ord("\n"), dtype=np.uint8)
            lines[:, :-1] = letters[: n_full * letters_per_line].reshape(n_full, letters_per_line)
            yield lines.tobytes()
            if rest := letters[n_full * letters_per_line :].tobytes():
                yield rest + b"\n"
