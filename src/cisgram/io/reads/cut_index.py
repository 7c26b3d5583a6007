"""Cut sites of a file of reads, sorted and memory-mapped, so that any stretch of any contig is there at once."""

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cisgram.errors import EmptySetError
from cisgram.io.reads import bam, fragments
from cisgram.io.reads.barcodes import BarcodeNumbers
from cisgram.io.reads.counting import check_lengths, is_bam, no_contig, warn_beyond
from cisgram.io.reads.hashing import key_of, numbered_keys
from cisgram.io.reads.records import REASONS, ReadFilter, ReadReport, RecordBatch

_UNKNOWN, _BEYOND = REASONS.index("contig unknown"), REASONS.index("beyond the contig end")
_NO_NUMBERS = np.zeros(0, dtype=np.int32)


class Cuts(NamedTuple):
    """Cut sites along a contig, sorted by position."""

    positions: np.ndarray
    """int32, ``cut``: 0-based, after the read shift."""
    keys: np.ndarray
    """uint64, ``cut``: what decides whether a thinning keeps it; equal for the ends of one fragment or read pair."""
    numbers: np.ndarray
    """int32, ``cut``: number of its barcode, -1 for none; empty where the file has no barcodes."""


class CutIndex:
    """The cut sites of one file, in a temporary folder that goes when the index goes.

    Made by :func:`index_cuts`.
    """

    def __init__(self, folder: Path, n_cuts: Mapping[str, int], barcodes: Sequence[str], report: ReadReport) -> None:
        self.n_cuts_of = dict(n_cuts)
        self.barcodes = tuple(barcodes)
        self.report = report
        self._folder = folder
        self._contigs = {name: number for number, name in enumerate(n_cuts)}
        self._open: dict[str, Cuts] = {}
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

    def cuts(self, chrom: str, start: int, end: int) -> Cuts:
        """The cut sites in a stretch of a contig; none on contigs that the file lacks."""
        if chrom not in self._contigs:
            return Cuts(_NO_NUMBERS, np.zeros(0, np.uint64), _NO_NUMBERS)
        if chrom not in self._open:
            stem = self._folder / str(self._contigs[chrom])
            arrays = [np.load(f"{stem}.{field}.npy", mmap_mode="r") for field in Cuts._fields]
            self._open[chrom] = Cuts(*arrays)
        whole = self._open[chrom]
        first, last = np.searchsorted(whole.positions, [start, end])
        return Cuts(whole.positions[first:last], whole.keys[first:last], whole.numbers[first:last])


def index_cuts(
    path: str | os.PathLike[str],
    *,
    sizes: Mapping[str, int],
    read_shift: tuple[int, int],
    contigs: Mapping[str, str] | None = None,
    filters: ReadFilter | None = None,
) -> CutIndex:
    """Read the cut sites of a file of reads once.

    A read has one cut site, its 5' end; a fragment has two, its ends. Memory: the reads of one contig, some 40 bytes
    each; on disk, in the folder for temporary files, 16 bytes per cut site.

    Parameters
    ----------
    path
        BAM, fragments or BED, as in :func:`cisgram.io.reads.iterate_read_counts`.
    sizes
        Contigs and lengths in bp.
    read_shift
        Added to plus-strand and minus-strand ends, in bp.
    contigs
        Names in the file to names in ``sizes``.
    filters
        Which alignments of a BAM file to use.

    Raises
    ------
    ContigError, EmptySetError, FormatError
        As :func:`cisgram.io.reads.iterate_read_counts`.

    Warns
    -----
    CisgramWarning
        Where records reach beyond the end of their contig and were left out.
    """
    names, has_keys = dict(contigs or {}), is_bam(path)
    if has_keys:
        check_lengths(path, bam.bam_sizes(path), sizes, names)
        batches = bam.scan_bam(path, filters or ReadFilter(), with_keys=True)
    else:
        batches = fragments.scan_fragments(path, with_lines=True)
    folder = Path(tempfile.mkdtemp(prefix="cisgram-cuts-"))
    try:
        return _write_index(path, batches, names, sizes, read_shift, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def record_keys(batch: RecordBatch, n_before: int) -> np.ndarray:
    """Keys of the records of a batch: of their names, or of their number on the contig where they have none."""
    if batch.keys.size or not batch.starts.size:
        return batch.keys
    return numbered_keys(n_before, batch.starts.size, key_of("records", batch.chrom))


def keep_inside(batch: RecordBatch, read_shift: tuple[int, int], size: int) -> np.ndarray:
    """Which records lie, with the cut sites that they have, inside their contig."""
    left, right = batch.starts + read_shift[0], batch.ends - 1 + read_shift[1]
    inside = (batch.starts >= 0) & (batch.ends <= size)
    inside &= (batch.strands == 1) | ((left >= 0) & (left < size))
    return inside & ((batch.strands == 0) | ((right >= 0) & (right < size)))


def _write_index(
    path: str | os.PathLike[str],
    batches: Iterator[RecordBatch],
    names: Mapping[str, str],
    sizes: Mapping[str, int],
    read_shift: tuple[int, int],
    folder: Path,
) -> CutIndex:
    """Gather the cut sites of every contig, sort them and put them on disk."""
    tally, met, n_cuts = np.zeros(len(REASONS) + 1, dtype=np.int64), {}, {}
    barcodes = BarcodeNumbers()
    waiting: list[Cuts] = []
    in_file, n_before = None, 0

    def finish() -> None:
        chrom = names.get(in_file or "", in_file or "")
        cuts = [np.concatenate(arrays) for arrays in zip(*waiting, strict=True)] if waiting else [_NO_NUMBERS]
        if cuts[0].size:
            order = np.argsort(cuts[0], kind="stable")
            for field, array in zip(Cuts._fields, cuts, strict=True):
                np.save(folder / f"{len(n_cuts)}.{field}.npy", array[order] if array.size else array)
            n_cuts[chrom] = cuts[0].size
        waiting.clear()

    for batch in batches:
        if batch.chrom != in_file:
            finish()
            in_file, n_before = batch.chrom, 0
            met[in_file] = None
        tally[:-1] += batch.dropped
        size = sizes.get(names.get(batch.chrom, batch.chrom), 0)
        inside = keep_inside(batch, read_shift, size)
        tally[-1] += int(inside.sum())
        tally[_BEYOND if size else _UNKNOWN] += int((~inside).sum())
        if size:
            numbers = barcodes.numbers_of(batch.lines) if batch.lines is not None else _NO_NUMBERS
            waiting.append(_cuts_of(batch, inside, read_shift, record_keys(batch, n_before), numbers))
        n_before += batch.starts.size
    finish()
    report = _outcome(path, tally, list(met), sizes)
    return CutIndex(folder, n_cuts, barcodes.names, report)


def _cuts_of(
    batch: RecordBatch, inside: np.ndarray, read_shift: tuple[int, int], keys: np.ndarray, numbers: np.ndarray
) -> Cuts:
    """The cut sites of the records of a batch that lie inside."""
    has_left, has_right = inside & (batch.strands != 1), inside & (batch.strands != 0)
    left = (batch.starts[has_left] + read_shift[0]).astype(np.int32)
    right = (batch.ends[has_right] - 1 + read_shift[1]).astype(np.int32)
    barcodes = np.concatenate([numbers[has_left], numbers[has_right]]) if numbers.size else numbers
    return Cuts(np.concatenate([left, right]), np.concatenate([keys[has_left], keys[has_right]]), barcodes)


def _outcome(path: str | os.PathLike[str], tally: np.ndarray, met: list[str], sizes: Mapping[str, int]) -> ReadReport:
    """The tally as a report; refuses an empty result and warns about records beyond the end of their contig."""
    dropped = {reason: int(n) for reason, n in zip(REASONS, tally[:-1], strict=True) if n}
    n_records = int(tally.sum())
    if n_records and tally[_UNKNOWN] == n_records:
        raise no_contig(path, met, sizes)
    if tally[-1] == 0:
        raise EmptySetError("reads", dropped=dropped, hint=f"see the filters for {path}")
    warn_beyond(path, int(tally[_BEYOND]), n_records)
    return ReadReport(int(tally[-1]), dropped)
