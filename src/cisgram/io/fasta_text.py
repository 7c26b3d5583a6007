"""What the text of a FASTA file may hold: its letters, its headers, and errors that name the line."""

import os

import numpy as np

from cisgram.errors import FormatError
from cisgram.genomics.sequence import ALPHABET, N
from cisgram.io.packing import read_chunks

SPACE = b"\r\n \t"
"""Bytes that may stand between bases."""
AMBIGUOUS = N + 1
"""Code of an IUPAC letter other than A, C, G, T and N; it is read as N."""
FOREIGN = 255
"""Code of a byte that is no base; white space is one."""

_CODES = bytearray([FOREIGN] * 256)
for _codes, _letters in ((range(4), ALPHABET), ([N], "N"), ([AMBIGUOUS] * 11, "RYSWKMBDHVX")):
    for _code, _letter in zip(_codes, _letters, strict=True):
        _CODES[ord(_letter)] = _CODES[ord(_letter.lower())] = _code
CODE_OF_BYTE = bytes(_CODES)
"""Code of every byte, for ``bytes.translate``."""


def record_name(path: str | os.PathLike[str], header: bytes, *, offset: int) -> str:
    """The first word of a header.

    Parameters
    ----------
    path
        The file, for messages.
    header
        The line, from its ``>`` on.
    offset
        Where it begins, in bytes of the unpacked file.

    Raises
    ------
    FormatError
        Where there is no name, or it is not printable text.
    """
    words = header[1:].split(None, 1)
    if not words or header[1:2].isspace():
        raise error_at(path, offset, "a header must begin with '>' and, without a blank, the record's name")
    try:
        name = words[0].decode()
    except UnicodeDecodeError as error:
        raise error_at(path, offset, f"the record's name is no text ({words[0][:20]!r})") from error
    if not name.isprintable():
        raise error_at(path, offset, f"the record's name is not printable ({name[:20]!r})")
    return name


def no_header(path: str | os.PathLike[str], text: bytes, *, offset: int) -> FormatError:
    """An error about what stands before the first header; ``text`` begins with its first byte that is no space."""
    return error_at(
        path,
        offset,
        f"FASTA begins with a header, '>name'; this begins with {text[:20]!r}"
        + (" (FASTQ holds reads, not a genome)" if text.startswith(b"@") else ""),
    )


def foreign_letter(path: str | os.PathLike[str], text: bytes, *, offset: int) -> FormatError:
    """An error about the first byte of a stretch of sequence that is no base; the stretch begins at ``offset``."""
    kept = np.frombuffer(text, dtype=np.uint8)
    is_foreign = np.frombuffer(text.translate(CODE_OF_BYTE), dtype=np.uint8) == FOREIGN
    at = int(np.flatnonzero(is_foreign & ~np.isin(kept, np.frombuffer(SPACE, dtype=np.uint8)))[0])
    letter = text[at : at + 1]
    if letter == b">":
        return inner_mark(path, offset + at)
    hint = {b"U": "; this looks like RNA: write T for U", b"-": "; remove the gaps of an alignment"}
    return error_at(
        path,
        offset + at,
        f"{letter!r} is not a base; A C G T N and the IUPAC letters RYSWKMBDHVX are (in either case)"
        + hint.get(letter.upper(), "; is this a protein, or a damaged file?"),
    )


def inner_mark(path: str | os.PathLike[str], offset: int) -> FormatError:
    """An error about a ``>`` that does not begin a line."""
    return error_at(path, offset, "'>' stands inside a line; only a header begins with it")


def error_at(path: str | os.PathLike[str], offset: int, problem: str) -> FormatError:
    """An error about a byte of the unpacked file. Lines are counted only now: counting all the time would cost more."""
    line, to_go = 1, offset
    for chunk in read_chunks(path, "FASTA"):
        line += chunk[:to_go].count(b"\n")
        to_go -= len(chunk)
        if to_go <= 0:
            break
    return FormatError(path, problem, line=line)
