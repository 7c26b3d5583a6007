"""Cut sites from a bigWig of whole counts per base, with the same questions as an index of reads."""

import os
from collections.abc import Mapping

import numpy as np

from cisgram.errors import FormatError
from cisgram.genomics.interval import interval_table
from cisgram.io.bigwig import bigwig_sizes, check_counts, read_bigwig_windows
from cisgram.io.reads.cut_index import Cuts
from cisgram.io.reads.hashing import key_of, numbered_keys

_NO_NUMBERS = np.zeros(0, dtype=np.int32)
_BLOCK_BP = 1 << 22
_MOST_EQUAL_NEIGHBOURS = 0.6
_MIN_COVERED_BP = 2_000


class BigwigCuts:
    """Cut sites of a bigWig; every one of them is a read of its own.

    Parameters
    ----------
    path
        bigWig of counts per base, both strands together.
    to_file
        Contigs to use and their names in the file.

    Raises
    ------
    FormatError
        While reading, too: values are no whole counts, or are runs of equal values as extended reads make them.
    """

    barcodes: tuple[str, ...] = ()
    report = None

    def __init__(self, path: str | os.PathLike[str], *, to_file: Mapping[str, str]) -> None:
        self._path, self._to_file = path, dict(to_file)
        self._sizes = bigwig_sizes(path)
        self.n_cuts_of = {chrom: n_cuts for chrom in self._to_file if (n_cuts := self._count(chrom))}

    def cuts(self, chrom: str, start: int, end: int) -> Cuts:
        """The cut sites in a stretch of a contig; a base with k counts has k of them."""
        start, end = max(0, start), min(end, self._sizes[self._to_file[chrom]] if chrom in self._to_file else 0)
        if start >= end:
            return Cuts(_NO_NUMBERS, np.zeros(0, np.uint64), _NO_NUMBERS)
        counts = self._counts(chrom, start, end)
        covered = np.flatnonzero(counts)
        n = counts[covered]
        positions = np.repeat(covered + start, n).astype(np.int32)
        # The key of a cut is made of its place and its number there, so that it depends on no other stretch.
        within = np.arange(positions.size) - np.repeat(np.cumsum(n) - n, n)
        base = key_of("counts", chrom)
        keys = (
            numbered_keys(0, int(n.max(initial=0)), base)[within]
            ^ numbered_keys(start, end - start, base)[positions - start]
        )
        return Cuts(positions, keys, _NO_NUMBERS)

    def _counts(self, chrom: str, start: int, end: int) -> np.ndarray:
        """Counts of a stretch as whole numbers, checked."""
        where = interval_table([chrom], [start], [end])
        values = read_bigwig_windows(self._path, where, contigs=self._to_file)
        check_counts(values, path=self._path, where=where)
        return values[0].astype(np.int64)

    def _count(self, chrom: str) -> int:
        """Cut sites of a contig; refuses what looks like reads that were extended already."""
        total = n_covered = n_equal = 0
        size = self._sizes[self._to_file[chrom]]
        for start in range(0, size, _BLOCK_BP):
            counts = self._counts(chrom, start, min(size, start + _BLOCK_BP))
            total += int(counts.sum())
            n_covered += int((counts[:-1] > 0).sum())
            n_equal += int(((counts[:-1] > 0) & (counts[:-1] == counts[1:])).sum())
        if n_covered >= _MIN_COVERED_BP and n_equal > _MOST_EQUAL_NEIGHBOURS * n_covered:
            raise FormatError(
                self._path,
                f"{n_equal / n_covered:.0%} of the covered bases of {chrom} equal their neighbour, so these "
                "are extended reads, not counts of cut sites; reads cannot be drawn from them: give BAM or fragments",
            )
        return total
