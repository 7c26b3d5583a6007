"""Text files that may be packed: read plain, gzip or bgzip alike; write plain or bgzip by the suffix."""

import gzip
import os
import struct
import zlib
from collections.abc import Generator, Iterable, Iterator
from io import BufferedIOBase
from pathlib import Path

from cisgram.errors import FormatError
from cisgram.io.files import atomic_path, require_file

_GZIP = b"\x1f\x8b"
_BGZIP_EXTRA = b"BC\x02\x00"
_BGZIP_BLOCK = 0xFF00
"""Bytes that one bgzip block holds at most, as htslib does it: a block must stay below 64 KiB when packed."""
_BGZIP_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")
_MUCH, _MOST_UNPACKED = 1 << 26, 300
_MOST_BLANK = 1 << 22
"""Bytes of line ends, tabs and blanks in a row that no text has."""
_OTHER_KINDS = {
    b"PK\x03\x04": "a zip archive; unpack it first",
    b"BZh": "packed with bzip2; unpack it first",
    b"\xfd7zXZ\x00": "packed with xz; unpack it first",
    b"\x28\xb5\x2f\xfd": "packed with zstd; unpack it first",
    b"\x43\x27\x41\x1a": "a 2bit genome; turn it into FASTA with twoBitToFa",
    b"\x1a\x41\x27\x43": "a 2bit genome; turn it into FASTA with twoBitToFa",
    b"\x26\xfc\x8f\x88": "a bigWig, not a text file",
    b"\x88\x8f\xfc\x26": "a bigWig, not a text file",
    b"\xeb\xf2\x89\x87": "a bigBed; turn it into BED with bigBedToBed",
    b"\x87\x89\xf2\xeb": "a bigBed; turn it into BED with bigBedToBed",
    b"\x89HDF": "an HDF5 file, not a text file",
    b"CRAM": "a CRAM file, not a text file",
}


def read_chunks(
    path: str | os.PathLike[str], what: str, *, chunk_bytes: int = 1 << 22, is_kept: bool = False
) -> Generator[bytes]:
    """Read a plain, gzip or bgzip file piece by piece, unpacked; how it is packed is told by its first bytes.

    Parameters
    ----------
    path
        The file.
    what
        What it should be, for messages: ``"genome"``, ``"peaks"``.
    chunk_bytes
        Size of a piece after unpacking; pieces may be shorter.
    is_kept
        Whether all that is read stays in memory: a file that unpacks to more than 64 MB and 300 times its size, as no
        table does and one that is made to fill the memory would, is then refused.

    Raises
    ------
    InputError, FormatError
        As :func:`cisgram.io.files.require_file` does, and where the file is truncated, damaged or of another kind, or
        has 4 MB of nothing but line ends, tabs and blanks in a row. A bgzip file without its end block counts as
        truncated, even where the cut lies between two blocks.
    """
    file = require_file(path, what)
    most = max(_MUCH, _MOST_UNPACKED * file.stat().st_size) if is_kept else None
    n_bytes, n_blank = 0, 0
    for piece in _unpacked(file, what, chunk_bytes):
        n_bytes += len(piece)
        n_blank = n_blank + len(piece) if piece.isspace() else 0
        if n_blank >= _MOST_BLANK:
            raise FormatError(
                file,
                f"{_MOST_BLANK >> 20} MB of nothing but line ends, tabs and blanks; {what} expected. Is it damaged?",
            )
        if most is not None and n_bytes > most:
            raise FormatError(
                file,
                f"the gzip file unpacks to more than {_MOST_UNPACKED} times its size, which no {what} does; if it is "
                "right, unpack it first (gunzip)",
            )
        yield piece


def _unpacked(file: Path, what: str, chunk_bytes: int) -> Iterator[bytes]:
    """Pieces of a file that is there, whatever it is packed in."""
    with file.open("rb") as packed:
        head = packed.read(18)
        for magic, kind in _OTHER_KINDS.items():
            if head.startswith(magic):
                raise FormatError(file, f"{what} expected, as text, plain or gzip; this is {kind}")
        if head[12:16] == _BGZIP_EXTRA:
            _require_bgzip_end(packed, file)
        packed.seek(0)
        if not head.startswith(_GZIP):
            yield from _pieces(packed, chunk_bytes)
            return
        try:
            with gzip.GzipFile(fileobj=packed, mode="rb") as unpacked:
                yield from _pieces(unpacked, chunk_bytes)
        except EOFError as error:
            raise FormatError(file, "the gzip file ends too early; copy or download it again") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise FormatError(file, f"the gzip file is damaged ({error}); copy or download it again") from error


def read_bytes(path: str | os.PathLike[str], what: str) -> bytes:
    """The whole content of a plain, gzip or bgzip text file.

    Raises
    ------
    InputError, FormatError
        As :func:`read_chunks` does for what is kept; and where the file begins with zero bytes, and so is no text.
    """
    chunks = list[bytes]()
    for chunk in read_chunks(path, what, is_kept=True):
        if not chunks and not chunk[:64].strip(b"\0"):
            raise FormatError(path, f"{what} must be text; this file is binary")
        chunks.append(chunk)
    return b"".join(chunks)


def require_short_line(path: str | os.PathLike[str], rest: bytes, *, longest: int = 1 << 25) -> None:
    """Refuse text without a line end for 32 MB: who reads line by line would keep all of it.

    Parameters
    ----------
    path
        The file, for the message.
    rest
        The line so far.
    longest
        How many bytes it may have.

    Raises
    ------
    FormatError
        Where it has more.
    """
    if len(rest) > longest:
        raise FormatError(
            path, rf"a line of more than {longest >> 20} MB; lines must end in \n or \r\n. Is this a text file?"
        )


def write_chunks(path: str | os.PathLike[str], chunks: Iterable[bytes]) -> None:
    """Write a file piece by piece, complete or not at all; bgzip where its name ends in ``.gz``.

    Every gzip program reads bgzip, and samtools and tabix can index it. The same content gives the same bytes:
    nothing in the file tells when or where it was written.

    Raises
    ------
    OutputError
        As :func:`cisgram.io.files.atomic_path` does.
    """
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.writelines(_bgzip(chunks) if temporary.suffix == ".gz" else chunks)


def _pieces(stream: BufferedIOBase, chunk_bytes: int) -> Iterator[bytes]:
    """What a stream holds, piece by piece."""
    while piece := stream.read(chunk_bytes):
        yield piece


def _require_bgzip_end(packed: BufferedIOBase, file: Path) -> None:
    """Refuse a bgzip file without its end block: cut between two blocks, it would read as a shorter file."""
    size = packed.seek(0, os.SEEK_END)
    packed.seek(max(0, size - len(_BGZIP_END)))
    if packed.read() != _BGZIP_END:
        raise FormatError(
            file,
            "the bgzip file lacks its end block, so it was cut short; copy or download it again "
            "(if it is known to be whole: gunzip -c FILE | bgzip > NEW)",
        )


def _bgzip(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Pack pieces into bgzip blocks (SAM specification, section 4.1)."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        n_full = len(waiting) // _BGZIP_BLOCK * _BGZIP_BLOCK
        for start in range(0, n_full, _BGZIP_BLOCK):
            yield _bgzip_block(bytes(waiting[start : start + _BGZIP_BLOCK]))
        del waiting[:n_full]
    if waiting:
        yield _bgzip_block(bytes(waiting))
    yield _BGZIP_END


def _bgzip_block(data: bytes) -> bytes:
    """One gzip member that names its own size; what cannot be packed grows by a few bytes and still fits."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    body = packer.compress(data) + packer.flush()
    head = b"\x1f\x8b\x08\x04" + bytes(5) + b"\xff\x06\x00" + _BGZIP_EXTRA + struct.pack("<H", len(body) + 25)
    return head + body + struct.pack("<II", zlib.crc32(data), len(data))
