"""Numbers per bin of a contact map as bigWig, and tracks of files per bin."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from cisgram.genomics.contacts import ContactBins

_STRETCH_BINS = 2048


def write_bin_track(path: Path, table: "pd.DataFrame", column: str, bins: "ContactBins") -> Path:
    """Write a column of a table of bins as bigWig; NaN and 0 have no record.

    Parameters
    ----------
    path
        Where to.
    table
        Columns ``chrom``, ``start`` and the one to write, contig by contig in order.
    column
        Which.
    bins
        The bins of the map.
    """
    from cisgram.io.bigwig import write_bigwig_pieces

    write_bigwig_pieces(path, dict(bins.sizes), _pieces(table, column, bins))
    return path


def _pieces(table: "pd.DataFrame", column: str, bins: "ContactBins") -> "Iterator[tuple[str, int, np.ndarray]]":
    """Stretches of bins, each base with the value of its bin."""
    import numpy as np

    for chrom, rows in table.groupby("chrom", sort=False):
        start, value = rows["start"].to_numpy(), np.nan_to_num(rows[column].to_numpy(np.float64))
        for first in range(0, len(rows), _STRETCH_BINS):
            begin = int(start[first])
            bases = np.repeat(value[first : first + _STRETCH_BINS], bins.bin_size)
            yield str(chrom), begin, bases[: bins.size_of(str(chrom)) - begin]


def read_phase(path: Path, bins: "ContactBins") -> "np.ndarray":
    """One number per bin to turn eigenvectors by: GC content of a FASTA, or the mean of a bigWig.

    Contigs are matched by name; lengths are the same if they fill the same bins (maps often have them rounded up).

    Raises
    ------
    ContigError, FormatError
        Where no contig is the same, or the file belongs to another assembly.
    """
    import numpy as np

    from cisgram.hic.compartments import gc_of_bins
    from cisgram.io.bigwig import bigwig_sizes, read_bigwig_bin_means
    from cisgram.io.fasta import read_genome
    from cisgram.io.reads.coverage_source import is_bigwig

    if not is_bigwig(path):
        genome = read_genome(path)
        return gc_of_bins(genome, bins, _matched(bins, genome.sizes, f"genome {path}"))
    sizes = bigwig_sizes(path)
    matched = _matched(bins, sizes, f"bigWig {path}")
    parts = []
    for chrom in bins.chroms:
        own = np.full(bins.count(chrom), np.nan)
        if chrom in matched:
            length = min(sizes[matched[chrom]], bins.size_of(chrom))
            mean = read_bigwig_bin_means(path, matched[chrom], length=length, bin_size=bins.bin_size)
            own[: mean.size] = mean
        parts.append(own)
    return np.concatenate(parts)


def _matched(bins: "ContactBins", sizes: Mapping[str, int], what: str) -> dict[str, str]:
    """Contigs of the map -> those of a file, with lengths in whole bins."""
    from cisgram.genomics.contigs import match_contigs

    own = {chrom: bins.count(chrom) for chrom in bins.chroms}
    return dict(
        match_contigs(own, {name: -(-size // bins.bin_size) for name, size in sizes.items()}, what=what).to_other
    )
