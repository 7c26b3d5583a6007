"""A genome: the bases of all its contigs as one array of codes, from which windows are cut."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property

import numpy as np
import pandas as pd
from numba import njit

from cisgram.arrays import Codes, SequenceCodes
from cisgram.errors import ContigError, InputError
from cisgram.genomics.sequence import N


@dataclass(frozen=True, eq=False)
class Genome:
    """The bases of all contigs, as codes (A C G T = 0 1 2 3, N = 4), end to end in one array.

    The array may be a memory map, so that a genome of gigabases costs no more memory than the windows cut from it.
    It is never written to.

    Parameters
    ----------
    sizes
        Length of every contig in bp, in the order of the file.
    joined
        Codes of all contigs in that order, without anything between them.
    sha256
        Of the file it was read from, in hex; of the contigs themselves where it was made in memory.
    path
        The file it was read from, for provenance; empty where it was made in memory.
    n_ambiguous
        How many letters of the file were neither A, C, G, T nor N, and became N.

    Examples
    --------
    >>> from cisgram.genomics.interval import interval_table
    >>> from cisgram.genomics.sequence import decode, encode
    >>> genome = Genome.from_codes({"I": encode("ACGT"), "II": encode("TTGA")})
    >>> decode(genome.codes("II", 1, 3))
    'TG'
    >>> [decode(window) for window in genome.windows(interval_table(["I", "II"], [1, 2], [5, 6]))]
    ['CGTN', 'GANN']
    """

    sizes: Mapping[str, int]
    joined: SequenceCodes = field(repr=False)
    sha256: str
    path: str = ""
    n_ambiguous: int = 0

    def __post_init__(self) -> None:
        total = sum(self.sizes.values())
        if total != self.joined.size or not self.sizes or min(self.sizes.values()) < 1:
            raise InputError(
                f"a genome needs contigs of at least 1 bp that add up to its array; "
                f"got {len(self.sizes)} contigs of {total} bp in all and {self.joined.size} codes"
            )
        view = np.asarray(self.joined)[:]  # a plain view: slices of a np.memmap are slow to make
        view.flags.writeable = False
        object.__setattr__(self, "joined", view)

    def __repr__(self) -> str:
        """Say what it is without listing thousands of contigs."""
        total = sum(self.sizes.values())
        return f"Genome({len(self.sizes)} contigs, {total:,} bp, path={self.path!r}, sha256={self.sha256[:12]!r})"

    @classmethod
    def from_codes(cls, contigs: Mapping[str, Codes]) -> "Genome":
        """Make a genome from contigs in memory; they are copied.

        Parameters
        ----------
        contigs
            Codes (``length``) of every contig, by name.

        Raises
        ------
        InputError
            Where there is no contig, an empty one, or a code above 4.
        """
        for name, codes in contigs.items():
            if codes.dtype != np.uint8 or codes.ndim != 1 or codes.size == 0 or codes.max() > N:
                raise InputError(f"contig {name!r} must be one row of at least one code (uint8) from 0 to 4")
        sizes = {name: codes.size for name, codes in contigs.items()}
        joined = np.concatenate([np.zeros(0, np.uint8), *contigs.values()])
        digest = hashlib.sha256("".join(f"{name}\t{size}\n" for name, size in sizes.items()).encode())
        digest.update(joined.data)
        return cls(sizes=sizes, joined=joined, sha256=digest.hexdigest())

    def codes(self, chrom: str, start: int, end: int) -> SequenceCodes:
        """The plus strand of one interval, as a view that cannot be written to.

        Parameters
        ----------
        chrom
            Name of the contig.
        start, end
            0-based, half-open, in bp; ``0 <= start <= end <= sizes[chrom]``.

        Raises
        ------
        ContigError
            Where the genome has no such contig.
        InputError
            Where the interval is not inside the contig; :meth:`windows` pads with N instead.
        """
        offset = self._offset(chrom)
        size = self.sizes[chrom]
        if not 0 <= start <= end <= size:
            raise InputError(f"contig {chrom} has {size} bp; start {start}, end {end} are not inside it")
        return self.joined[offset + start : offset + end]

    def windows(self, table: pd.DataFrame) -> Codes:
        """The plus strand of many intervals of the same length; whatever lies beyond a contig's end is N.

        Parameters
        ----------
        table
            Interval table; all of one length, whatever the strand column says. They may reach beyond an end of
            their contig, or lie outside altogether.

        Returns
        -------
        Codes
            ``window length`` in the order of the rows, as a copy; ``0 0`` for a table without rows.

        Raises
        ------
        ContigError
            Where the genome lacks a contig of the table.
        InputError
            Where lengths differ.
        """
        starts = table["start"].to_numpy(dtype=np.int64)
        lengths = table["end"].to_numpy(dtype=np.int64) - starts
        if lengths.size == 0:
            return np.zeros((0, 0), dtype=np.uint8)
        length = int(lengths[0])
        if (lengths != length).any() or length < 0:
            raise InputError(
                f"windows must have one length; these have {lengths.min()} to {lengths.max()} bp; resize them first"
            )
        contig_of_row, names = pd.factorize(table["chrom"])
        if (contig_of_row < 0).any():
            raise ContigError("windows must name their contig; some have none")
        offsets = np.array([self._offset(name) for name in names], dtype=np.int64)
        sizes = np.array([self.sizes[name] for name in names], dtype=np.int64)
        windows = np.empty((starts.size, length), dtype=np.uint8)
        _cut(self.joined, offsets[contig_of_row], sizes[contig_of_row], starts, windows)
        return windows

    @cached_property
    def _offsets(self) -> dict[str, int]:
        """Where every contig begins in the joined array."""
        ends = np.cumsum([0, *self.sizes.values()])
        return {name: int(end) for name, end in zip(self.sizes, ends, strict=False)}

    def _offset(self, chrom: str) -> int:
        """Where a contig begins, or an error that says which contigs there are."""
        offset = self._offsets.get(chrom)
        if offset is None:
            names = list(self.sizes)
            near = get_close_matches(str(chrom), names, n=1, cutoff=0.5)
            shown = ", ".join(names[:5]) + (f", ... ({len(names)} in all)" if len(names) > 5 else "")
            raise ContigError(
                f"the genome has no contig {chrom!r}; it has {shown}"
                + (f"; did you mean {near[0]!r}?" if near else "")
                + "; genomics.contigs.match_contigs says which names mean the same"
            )
        return offset


@njit(cache=True)
def _cut(joined, offsets, sizes, starts, windows):
    """Copy window after window out of the joined contigs; N where a window leaves its contig."""
    n_windows, length = windows.shape
    for row in range(n_windows):
        first = min(max(-starts[row], 0), length)
        last = max(min(sizes[row] - starts[row], length), first)
        windows[row, :first] = N
        at = offsets[row] + starts[row]
        windows[row, first:last] = joined[at + first : at + last]
        windows[row, last:] = N
