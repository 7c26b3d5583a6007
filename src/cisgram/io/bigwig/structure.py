"""Whether a bigWig is whole: every part points to where there is something, and asks for no more than that.

The library that reads bigWigs trusts what the file says of itself: a number that is wrong makes it ask for so much
memory that the process is ended. So the head, the tree of contigs and the tree of data blocks are walked through first,
once for each file. The layout is that of Kent et al. (2010), Bioinformatics 26: 2204, supplement.
"""

import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np

from cisgram.errors import FormatError

_MAGIC = {b"\x26\xfc\x8f\x88": "<", b"\x88\x8f\xfc\x26": ">"}  # to byte order
_BIGBED_MAGIC = (b"\xeb\xf2\x89\x87", b"\x87\x89\xf2\xeb")
_CONTIG_TREE, _BLOCK_TREE = 0x78CA8C91, 0x2468ACE0
_LARGEST_BLOCK = 1 << 28  # bytes of an unpacked block; writers make blocks of some kilobytes
_MOST_NODES = 10_000_000


class _DamageError(ValueError):
    """What is wrong, in words for people."""


def check_complete(file: Path) -> None:
    """Refuse a file that is no bigWig, ends before the parts which it points to, or contradicts itself.

    A file that was looked at before, and has the same size and time of change, is not looked at again. Time: some
    milliseconds, and about 0.1 s for a million blocks of data.

    Raises
    ------
    FormatError
        Where it is no bigWig, truncated or damaged.
    """
    status = file.stat()
    _check(file, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=1024)
def _check(file: Path, size: int, _modified_ns: int) -> None:
    with file.open("rb") as stream:
        header = stream.read(64)
        order = _MAGIC.get(header[:4])
        if order is None:
            kind = "a bigBed" if header[:4] in _BIGBED_MAGIC else f"something else (it starts with {header[:12]!r})"
            raise FormatError(file, f"a bigWig was expected, but this is {kind}")
        try:
            _check_head(stream, header, order, size)
            contigs, data, blocks = struct.unpack_from(order + "3Q", header, 8)
            _check_contigs(stream, order, contigs, size)
            _check_blocks(stream, order, blocks, first=data, size=size)
        except EOFError as error:
            raise FormatError(file, f"the bigWig is truncated at {size} bytes; copy or make it again") from error
        except _DamageError as error:
            raise FormatError(file, f"the bigWig is damaged ({error}); copy or make it again") from error


def _check_head(stream: BinaryIO, header: bytes, order: str, size: int) -> None:
    """Everything that the head points to lies in the file."""
    if len(header) < 64:
        raise EOFError
    n_zooms = struct.unpack_from(order + "H", header, 6)[0]
    places = list(struct.unpack_from(order + "3Q", header, 8))
    zooms = stream.read(24 * n_zooms)
    if len(zooms) < 24 * n_zooms:
        raise EOFError
    for number in range(n_zooms):
        places += struct.unpack_from(order + "2Q", zooms, 24 * number + 8)
    summary, buffer_bytes = struct.unpack_from(order + "QI", header, 44)
    if max(places) >= size or summary + 40 > size:
        raise EOFError
    if buffer_bytes > _LARGEST_BLOCK:
        raise _DamageError(f"its blocks are said to have {buffer_bytes} bytes")


def _check_contigs(stream: BinaryIO, order: str, place: int, size: int) -> None:
    """The tree of contigs holds as many as it says, in nodes that lie in the file."""
    magic, _, n_key, n_value, n_contigs = struct.unpack(order + "4IQ", _read(stream, place, 24))
    if magic != _CONTIG_TREE or n_value != 8 or not 0 < n_key <= size or n_contigs * (n_key + 8) > size:
        raise _DamageError("its list of contigs makes no sense")
    n_found = 0
    for is_leaf, items in _nodes(stream, order, place + 32, n_leaf=n_key + 8, n_inner=n_key + 8, child_at=n_key):
        n_found += len(items) if is_leaf else 0
        if is_leaf and not items[:, n_key + 4 :].any(axis=1).all():
            raise _DamageError("a contig has no bases")
    if n_found != n_contigs:
        raise _DamageError(f"it lists {n_found} contigs and says that there are {n_contigs}")


def _check_blocks(stream: BinaryIO, order: str, place: int, *, first: int, size: int) -> None:
    """Every block of data lies in the file, behind the place where data begin."""
    if struct.unpack(order + "I", _read(stream, place, 48)[:4])[0] != _BLOCK_TREE:
        raise _DamageError("there is no index where it should be")
    for is_leaf, items in _nodes(stream, order, place + 48, n_leaf=32, n_inner=24, child_at=16):
        if not is_leaf:
            continue
        starts, lengths = (np.ascontiguousarray(items[:, at : at + 8]).view(order + "u8").ravel() for at in (16, 24))
        if (lengths > size).any() or (starts > size - np.minimum(lengths, size)).any():
            raise EOFError
        if (starts < first).any():
            raise _DamageError("its index points to where no data are")


def _nodes(
    stream: BinaryIO, order: str, place: int, *, n_leaf: int, n_inner: int, child_at: int
) -> Iterator[tuple[bool, np.ndarray]]:
    """All nodes of a tree, each with the bytes of its items (``item byte``); each place is visited once."""
    waiting, seen = [place], {place}
    while waiting:
        at = waiting.pop()
        is_leaf, _, n_items = struct.unpack(order + "BBH", _read(stream, at, 4))
        width = n_leaf if is_leaf else n_inner
        items = np.frombuffer(_read(stream, at + 4, n_items * width), dtype=np.uint8).reshape(n_items, width)
        yield bool(is_leaf), items
        if is_leaf:
            continue
        children = np.ascontiguousarray(items[:, child_at : child_at + 8]).view(order + "u8").ravel().tolist()
        if len(set(children)) < n_items or not seen.isdisjoint(children) or len(seen) > _MOST_NODES:
            raise _DamageError("its index leads round in a circle")
        seen.update(children)
        waiting += children


def _read(stream: BinaryIO, place: int, n_bytes: int) -> bytes:
    """So many bytes of a file from a place on; EOFError where there are fewer."""
    if place >= 1 << 62:
        raise EOFError
    stream.seek(place)
    found = stream.read(n_bytes)
    if len(found) < n_bytes:
        raise EOFError
    return found
