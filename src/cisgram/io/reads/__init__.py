"""Aligned reads (BAM, fragments, BED of reads) as counts along contigs, with a tally of what was left out and why."""

from cisgram.io.reads.barcodes import BarcodeGroups, read_barcode_groups, read_barcodes
from cisgram.io.reads.bin_counts import BinCounts, BinCountsIterator, ReadPlace, iterate_bin_counts
from cisgram.io.reads.counting import ReadCounts, ReadCountsIterator, ReadKind, contigs_of_reads, iterate_read_counts
from cisgram.io.reads.coverage_source import CoverageSource, open_coverage_source
from cisgram.io.reads.records import ReadFilter, ReadReport
from cisgram.io.reads.subsample import write_subsample

__all__ = [
    "BarcodeGroups",
    "BinCounts",
    "BinCountsIterator",
    "CoverageSource",
    "ReadCounts",
    "ReadCountsIterator",
    "ReadFilter",
    "ReadKind",
    "ReadPlace",
    "ReadReport",
    "contigs_of_reads",
    "iterate_bin_counts",
    "iterate_read_counts",
    "open_coverage_source",
    "read_barcode_groups",
    "read_barcodes",
    "write_subsample",
]
