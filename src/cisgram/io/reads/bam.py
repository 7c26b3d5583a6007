"""BAM files as batches of records, straight from their bytes: one read costs some tens of nanoseconds.

The layout is that of the SAM/BAM format specification, section 4.2.
"""

import os
import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import njit

from cisgram.errors import FormatError
from cisgram.io.packing import read_chunks
from cisgram.io.reads.hashing import hash_bytes
from cisgram.io.reads.records import REASONS, ReadFilter, RecordBatch

MAGIC = b"BAM\x01"

_LONGEST_HEADER = 1 << 28
_WHOLE, _OTHER_CONTIG, _BROKEN = 0, 1, 2
_NOT_STARTED = -2  # -1 is the BAM number of "no contig"


def scan_bam(
    path: str | os.PathLike[str], filters: ReadFilter, *, with_keys: bool = False, with_template_lengths: bool = False
) -> Iterator[RecordBatch]:
    """Read the records of a BAM file that passes in one go, without an index.

    The end of a read is that of its last aligned base; gaps inside count as part of it, clipped bases do not. With
    keys, every record carries a number made of its name; with template lengths, that of the pair it belongs to.

    Yields
    ------
    RecordBatch
        Several in a row may belong to one contig; memory is a few MB.

    Raises
    ------
    FormatError
        The file is truncated or damaged, its header names no contig, or the records of a contig do not stand together.
    """
    header = _read_header(path)
    chroms, options = ["", *header.sizes], _packed_options(filters)
    contig, seen, rest = _NOT_STARTED, set(), b""
    for chunk in header.chunks:
        data, at = np.frombuffer(rest + chunk, dtype=np.uint8), 0
        capacity = data.size // 36 + 1
        while True:
            starts, ends = np.empty(capacity, np.int64), np.empty(capacity, np.int64)
            strands, dropped = np.empty(capacity, np.int8), np.zeros(len(REASONS), np.int64)
            keys = np.empty(capacity if with_keys else 0, np.uint64)
            lengths = np.empty(capacity if with_template_lengths else 0, np.int64)
            at, n, found, status = _scan(data, at, contig, options, starts, ends, strands, keys, lengths, dropped)
            if n or dropped.any():
                places = (chroms[contig + 1], starts[:n], ends[:n], strands[:n])
                yield RecordBatch(*places, dropped, keys[:n], template_lengths=lengths[:n])
            if status == _WHOLE:
                break
            if status == _BROKEN or not -1 <= found < len(header.sizes):
                raise FormatError(path, "the BAM file is damaged: a record makes no sense; make or copy it again")
            if found in seen:
                raise FormatError(
                    path,
                    f"reads of contig {chroms[found + 1]} stand in several places, so the BAM file is not sorted by "
                    "position; run: samtools sort",
                )
            contig = found
            if contig >= 0:
                seen.add(contig)
        rest = data[at:].tobytes()
    if rest:
        raise FormatError(path, "the BAM file ends inside a record; make or copy it again")


def bam_sizes(path: str | os.PathLike[str]) -> dict[str, int]:
    """Contigs that the header of a BAM file names and their lengths in bp; raises as :func:`scan_bam` does."""
    return _read_header(path).sizes


class _Header(NamedTuple):
    sizes: dict[str, int]
    chunks: Iterator[bytes]
    """What follows the header."""


def _read_header(path: str | os.PathLike[str]) -> _Header:
    """Read contigs from the head of a BAM file, however many pieces it spans."""
    chunks = read_chunks(path, "BAM")
    data = b""
    for chunk in chunks:
        data += chunk
        if len(data) > _LONGEST_HEADER:
            raise FormatError(path, "the header of the BAM file has more than 256 MB; make or copy it again")
        parsed = _parse_header(data)
        if parsed is not None:
            sizes, at = parsed
            if not sizes:
                raise FormatError(
                    path, "the header of the BAM file names no contig (@SQ); add it: samtools reheader, or align again"
                )
            return _Header(sizes, _with_first(data[at:], chunks))
    raise FormatError(path, "the BAM file ends inside its header; make or copy it again")


def _with_first(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    """Pieces with another one in front."""
    yield first
    yield from others


def _parse_header(data: bytes) -> tuple[dict[str, int], int] | None:
    """Contigs and where the records begin; None where the header goes on beyond ``data``."""
    try:
        at = 8 + struct.unpack_from("<I", data, 4)[0]
        (n_contigs,) = struct.unpack_from("<i", data, at)
        at, sizes = at + 4, {}
        for _ in range(n_contigs):
            (n_name,) = struct.unpack_from("<I", data, at)
            (size,) = struct.unpack_from("<I", data, at + 4 + n_name)
            sizes[data[at + 4 : at + 3 + n_name].decode("ascii", "replace")] = size
            at += 8 + n_name
    except struct.error:
        return None
    return sizes, at


def _packed_options(filters: ReadFilter) -> np.ndarray:
    """The filter as numbers for the kernel."""
    mate_bit = {"both": 0, "first": 0x40, "second": 0x80}[filters.mates]
    values = [filters.min_mapping_quality, filters.keep_duplicates, filters.proper_pairs_only, mate_bit]
    return np.array(values, dtype=np.int64)


@njit(cache=True)
def _scan(data, at, contig, options, starts, ends, strands, keys, lengths, dropped):
    """Read records of one contig until another comes or the bytes end.

    Returns where it stopped, how many records it kept, the contig of the record that it stopped at, and why.
    """
    n = 0
    while at + 4 <= data.size:
        n_bytes = _int32(data, at)
        if n_bytes < 32:
            return at, n, contig, _BROKEN
        if at + 4 + n_bytes > data.size:
            break
        found = _int32(data, at + 4)
        if found != contig:
            return at, n, found, _OTHER_CONTIG
        n_operations = np.int64(data[at + 16]) | np.int64(data[at + 17]) << 8
        cigar = at + 36 + data[at + 12]
        if cigar + 4 * n_operations > at + 4 + n_bytes:
            return at, n, contig, _BROKEN
        flag = np.int64(data[at + 18]) | np.int64(data[at + 19]) << 8
        start = _int32(data, at + 8)
        reason = _reason(flag, data[at + 13], options)
        if contig < 0 or start < 0:
            reason = 0
        if reason >= 0:
            dropped[reason] += 1
        else:
            starts[n] = start
            ends[n] = start + max(1, _reference_length(data, cigar, n_operations))
            strands[n] = 1 if flag & 0x10 else 0
            if keys.size:
                keys[n] = hash_bytes(data, at + 36, at + 35 + data[at + 12])
            if lengths.size:
                lengths[n] = _int32(data, at + 32)
            n += 1
        at += 4 + n_bytes
    return at, n, contig, _WHOLE


@njit(cache=True)
def _reason(flag, mapping_quality, options):
    """Index of the first reason to leave a read out; -1 where there is none."""
    min_quality, keep_duplicates, proper_pairs_only, mate_bit = options
    if flag & 0x4:
        return 0
    if flag & 0x100:
        return 1
    if flag & 0x800:
        return 2
    if flag & 0x200:
        return 3
    if flag & 0x400 and not keep_duplicates:
        return 4
    if mapping_quality < min_quality:
        return 5
    if flag & 0x1 and proper_pairs_only and not flag & 0x2:
        return 6
    if flag & 0x1 and mate_bit and not flag & mate_bit:
        return 7
    return -1


@njit(cache=True)
def _reference_length(data, cigar, n_operations):
    """Bases of the contig that an alignment spans: operations M, D, N, = and X."""
    length = 0
    for i in range(n_operations):
        operation = data[cigar + 4 * i] & 0xF
        if operation == 0 or operation == 2 or operation == 3 or operation == 7 or operation == 8:
            length += (_int32(data, cigar + 4 * i) & 0xFFFFFFFF) >> 4
    return length


@njit(cache=True)
def _int32(data, at):
    """A signed little-endian number of four bytes."""
    value = (
        np.int64(data[at]) | np.int64(data[at + 1]) << 8 | np.int64(data[at + 2]) << 16 | np.int64(data[at + 3]) << 24
    )
    return value - (1 << 32) if value >= 1 << 31 else value
