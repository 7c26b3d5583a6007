"""Tables as text: BED, narrowPeak, broadPeak, chrom.sizes, and our own tab-separated tables."""

from cisgram.io.tables.intervals import check_within, read_intervals, write_bed, write_narrowpeak
from cisgram.io.tables.sizes import read_chrom_sizes, write_chrom_sizes
from cisgram.io.tables.tsv import read_provenance, read_table, write_table

__all__ = [
    "check_within",
    "read_chrom_sizes",
    "read_intervals",
    "read_provenance",
    "read_table",
    "write_bed",
    "write_chrom_sizes",
    "write_narrowpeak",
    "write_table",
]
