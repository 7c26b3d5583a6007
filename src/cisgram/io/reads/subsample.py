"""Writing the reads that a source uses, so that other programs see the same thinned reads or cells."""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from cisgram.errors import InputError
from cisgram.io.bigwig import write_bigwig
from cisgram.io.packing import write_chunks
from cisgram.io.reads import bam, fragments
from cisgram.io.reads.counting import is_bam
from cisgram.io.reads.coverage_source import CoverageSource
from cisgram.io.reads.cut_index import record_keys
from cisgram.io.reads.records import ReadFilter, RecordBatch
from cisgram.io.reads.thinning import Thinning

SUFFIXES = (".bw", ".bigwig", ".tsv", ".tsv.gz", ".bed", ".bed.gz")
"""What the name of a subsample may end in."""

_SIGNS = ("+", "-")


def check_subsample_path(out: str | os.PathLike[str]) -> None:
    """Make sure that a name says how to write a subsample; else InputError."""
    if not Path(out).name.lower().endswith(SUFFIXES):
        raise InputError(f"{out}: the name must end in {', '.join(SUFFIXES)} (coverage, fragments, reads)")


def write_subsample(source: CoverageSource, out: str | os.PathLike[str], *, filters: ReadFilter | None = None) -> int:
    """Write the reads that a source uses, or their coverage.

    Parameters
    ----------
    source
        Thinned, of some cells, or whole.
    out
        Ending in ``.bw`` or ``.bigwig``: coverage. In ``.tsv`` or ``.bed``, perhaps with ``.gz``: the lines of a
        fragments or BED file as they stand, in their order; the reads of a BAM file become BED with strands, so that
        their file ends in ``.bed``. Read back with the same read shift, it gives the same coverage.
    filters
        Those that the source was opened with.

    Returns
    -------
    int
        Records written; of coverage, reads (0 where they are not known).

    Raises
    ------
    InputError
        The ending is another, reads are asked of a bigWig or of several files at once, or the reads of a BAM file
        are to become fragments.
    OutputError
        Writing fails.
    """
    check_subsample_path(out)
    if Path(out).name.lower().endswith((".bw", ".bigwig")):
        write_bigwig(out, source.sizes, ((name, source.coverage(name, 0, size)) for name, size in source.sizes.items()))
        return source.n_reads if source.is_countable else 0
    if len(source.paths) != 1 or source.report is None:
        raise InputError(f"{out}: reads can be written from one file of reads; write coverage (.bw) instead")
    path, thinning, n_written = source.paths[0], source.thinnings[0], [0]
    if is_bam(path):
        if ".tsv" in Path(out).name.lower():
            raise InputError(f"{out}: the reads of a BAM file are no fragments; let the name end in .bed or .bed.gz")
        chunks = _bed_lines(bam.scan_bam(path, filters or ReadFilter(), with_keys=True), thinning, source, n_written)
    else:
        chunks = _kept_lines(path, thinning, source.tables[0].barcodes, n_written)
    write_chunks(out, chunks)
    return n_written[0]


def _kept_lines(path: Path, thinning: Thinning, barcodes: tuple[str, ...], n_written: list[int]) -> Iterator[bytes]:
    """The lines of a text file whose records are kept; ``n_written`` follows."""
    numbers_of = {name: number for number, name in enumerate(barcodes)}
    for batch, n_before in _counted(fragments.scan_fragments(path, with_lines=True)):
        if batch.lines is None:
            continue
        text, places = batch.lines
        numbers = np.zeros(0, np.int32)
        if thinning.cells.size:
            names = (text[start:end].tobytes().decode("utf-8", "replace") for start, end in places[:, 2:].tolist())
            numbers = np.fromiter((numbers_of.get(name, -1) for name in names), np.int32, count=len(places))
        kept = places[thinning.mask(record_keys(batch, n_before), numbers)]
        n_written[0] += len(kept)
        yield b"".join(text[start:end].tobytes() for start, end in kept[:, :2].tolist())


def _bed_lines(
    batches: Iterator[RecordBatch], thinning: Thinning, source: CoverageSource, n_written: list[int]
) -> Iterator[bytes]:
    """Kept reads of a BAM file as BED; ``n_written`` follows."""
    sizes: Mapping[str, int] = source.sizes
    for batch in batches:
        if batch.chrom not in sizes:
            continue
        kept = np.flatnonzero(thinning.mask(batch.keys, np.zeros(0, np.int32)))
        n_written[0] += kept.size
        rows = zip(batch.starts[kept].tolist(), batch.ends[kept].tolist(), batch.strands[kept].tolist(), strict=True)
        yield "".join(f"{batch.chrom}\t{start}\t{end}\t.\t0\t{_SIGNS[sign]}\n" for start, end, sign in rows).encode()


def _counted(batches: Iterator[RecordBatch]) -> Iterator[tuple[RecordBatch, int]]:
    """Batches, each with how many records of its contig came before."""
    chrom, n_before = None, 0
    for batch in batches:
        if batch.chrom != chrom:
            chrom, n_before = batch.chrom, 0
        yield batch, n_before
        n_before += batch.starts.size
