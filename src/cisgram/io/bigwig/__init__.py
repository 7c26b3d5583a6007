"""bigWig: signal along a genome; every base that a file does not cover has the value 0.

Everything that cisgram reads from or writes to a bigWig passes through here, so that this meaning is the same
everywhere (libraries and their versions disagree: NaN, 0, or an error). A NaN stored in a file also counts as not
covered, as in the genome browsers.
"""

from cisgram.io.bigwig.bin_means import read_bigwig_bin_means
from cisgram.io.bigwig.reading import (
    bigwig_sizes,
    bigwig_total,
    check_counts,
    read_bigwig_contig,
    read_bigwig_windows,
)
from cisgram.io.bigwig.writing import write_bigwig, write_bigwig_pieces, write_bigwig_windows

__all__ = [
    "bigwig_sizes",
    "bigwig_total",
    "check_counts",
    "read_bigwig_bin_means",
    "read_bigwig_contig",
    "read_bigwig_windows",
    "write_bigwig",
    "write_bigwig_pieces",
    "write_bigwig_windows",
]
