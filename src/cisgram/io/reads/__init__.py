"""Aligned reads (BAM, fragments, BED of reads) as counts along contigs, with a tally of what was left out and why."""

from cisgram.io.reads.counting import ReadCounts, ReadCountsIterator, ReadKind, contigs_of_reads, iterate_read_counts
from cisgram.io.reads.records import ReadFilter, ReadReport

__all__ = [
    "ReadCounts",
    "ReadCountsIterator",
    "ReadFilter",
    "ReadKind",
    "ReadReport",
    "contigs_of_reads",
    "iterate_read_counts",
]
