"""Contact maps: how often pairs of bins of a genome were found together, as the pixels that are not zero."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Protocol, runtime_checkable

import numpy as np
import pandas as pd

from cisgram.arrays import Contacts, PerBin, PixelBins, PixelValues, SquareContacts
from cisgram.errors import ContigError, InputError


@dataclass(frozen=True)
class ContactBins:
    """Bins of one width that tile the contigs of a genome; the last bin of a contig may be shorter.

    Parameters
    ----------
    sizes
        Length of every contig in bp, in order.
    bin_size
        Width of a bin in bp.

    Examples
    --------
    >>> bins = ContactBins({"I": 25, "II": 10}, bin_size=10)
    >>> bins.n_bins, bins.slice_of("II")
    (4, slice(3, 4, None))
    """

    sizes: Mapping[str, int]
    bin_size: int

    def __post_init__(self) -> None:
        if self.bin_size < 1:
            raise InputError(f"bin_size must be at least 1 bp; got {self.bin_size}")
        if not self.sizes or min(self.sizes.values()) < 1:
            raise InputError(f"bins need contigs of at least 1 bp; got {dict(self.sizes)}")

    @property
    def chroms(self) -> tuple[str, ...]:
        """Contigs, in order."""
        return tuple(self.sizes)

    @property
    def n_bins(self) -> int:
        """Bins of all contigs together."""
        return self.ends[-1]

    @cached_property
    def ends(self) -> tuple[int, ...]:
        """Where the bins of each contig end, counted through all contigs."""
        return tuple(np.cumsum([self.count(chrom) for chrom in self.sizes]).tolist())

    def count(self, chrom: str) -> int:
        """Bins of one contig."""
        return -(-self.size_of(chrom) // self.bin_size)

    def slice_of(self, chrom: str) -> slice:
        """The bins of one contig among those of all."""
        n = self.count(chrom)
        end = self.ends[self.chroms.index(chrom)]
        return slice(end - n, end)

    def size_of(self, chrom: str) -> int:
        """Length of a contig in bp.

        Raises
        ------
        ContigError
            Where there is no such contig.
        """
        if chrom not in self.sizes:
            raise ContigError(f"the contact map has no contig {chrom!r}; it has {', '.join(list(self.sizes)[:20])}")
        return self.sizes[chrom]

    def table(self, chrom: str | None = None) -> pd.DataFrame:
        """Bins as rows ``chrom``, ``start``, ``end`` (bp, 0-based, half-open), of all contigs or of one."""
        parts = []
        for name in self.sizes if chrom is None else [chrom]:
            start = np.arange(self.count(name), dtype=np.int64) * self.bin_size
            end = np.minimum(start + self.bin_size, self.size_of(name))
            parts.append(pd.DataFrame({"chrom": name, "start": start, "end": end}))
        return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True, eq=False)
class CisContacts:
    """The contacts within one contig.

    Parameters
    ----------
    chrom
        The contig.
    bin_size
        Width of a bin in bp.
    size
        Length of the contig in bp.
    bin1, bin2
        Row and column of every pixel, counted from the contig's first bin; ``bin1 <= bin2``, sorted, each pair once.
    counts
        Contacts of every pixel, not balanced.
    weights
        One per bin, as cooler has them: ``balanced = counts * weights[bin1] * weights[bin2]``; NaN where a bin is
        masked. None where the map is not balanced.

    Raises
    ------
    InputError
        Where pixels lie outside of the contig, below the diagonal, out of order or twice, or there is not one weight
        per bin.

    Examples
    --------
    >>> own = CisContacts("I", 10, 30, np.array([0, 0, 1]), np.array([0, 2, 2]), np.array([4.0, 2.0, 1.0]))
    >>> own.dense(balanced=False).tolist()
    [[4.0, 0.0, 2.0], [0.0, 0.0, 1.0], [2.0, 1.0, 0.0]]
    """

    chrom: str
    bin_size: int
    size: int
    bin1: PixelBins = field(repr=False)
    bin2: PixelBins = field(repr=False)
    counts: PixelValues = field(repr=False)
    weights: PerBin | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        _require_pixels(self.bin1, self.bin2, self.n_bins, f"contig {self.chrom}")
        _require_weights(self.weights, self.n_bins)

    @property
    def n_bins(self) -> int:
        """Bins of the contig."""
        return -(-self.size // self.bin_size)

    @cached_property
    def row_starts(self) -> PixelBins:
        """Where the pixels of each row begin, and where the last ones end (``n_bins + 1`` numbers)."""
        return np.searchsorted(self.bin1, np.arange(self.n_bins + 1))

    @property
    def balanced(self) -> PixelValues:
        """Balanced contacts of every pixel (float64); NaN where a bin is masked."""
        weights = self.require_weights()
        return self.counts * weights[self.bin1] * weights[self.bin2]

    def require_weights(self) -> PerBin:
        """The weights.

        Raises
        ------
        InputError
            Where the map is not balanced.
        """
        if self.weights is None:
            raise InputError(f"contig {self.chrom}: this needs a balanced map; run 'cisgram hic balance' on it first")
        return self.weights

    def dense(self, start: int = 0, end: int | None = None, *, balanced: bool = True) -> SquareContacts:
        """The square of the bins ``start`` to ``end`` (in bins, half-open; to the end if not given), as float64.

        Balanced values are NaN in rows and columns of masked bins.
        """
        end = self.n_bins if end is None else end
        if not 0 <= start <= end <= self.n_bins:
            raise InputError(f"contig {self.chrom} has {self.n_bins} bins; {start} to {end} are not inside it")
        inside = slice(self.row_starts[start], self.row_starts[end])
        row, column = self.bin1[inside] - start, self.bin2[inside] - start
        kept = column < end - start
        row, column = row[kept], column[kept]
        square = np.zeros((end - start, end - start))
        square[row, column] = square[column, row] = self.counts[inside][kept]
        if not balanced:
            return square
        weights = self.require_weights()[start:end]
        return square * weights[:, None] * weights

    def with_weights(self, weights: PerBin | None) -> "CisContacts":
        """The same contacts with other weights."""
        return replace(self, weights=weights)


@runtime_checkable
class ContactSource(Protocol):
    """A contact map, in memory or in a file, that gives its contigs one at a time."""

    @property
    def bins(self) -> ContactBins:
        """The bins of the map."""
        ...

    @property
    def weights(self) -> PerBin | None:
        """One weight per bin of all contigs; None where the map is not balanced."""
        ...

    def cis(self, chrom: str) -> CisContacts:
        """The contacts within one contig."""
        ...

    def pixels(self) -> Iterator[tuple[PixelBins, PixelBins, PixelValues]]:
        """Row, column and contacts of all pixels, cis and trans, in chunks and in order; bins count through contigs."""
        ...

    def block(self, row: slice, column: slice, *, balanced: bool = True) -> Contacts:
        """A dense rectangle, rows and columns in bins counted through all contigs; cis or trans."""
        ...


@dataclass(frozen=True, eq=False)
class ContactMap:
    """A contact map in memory: 16 to 24 bytes per pixel.

    Parameters
    ----------
    bins
        The bins; they count through all contigs.
    bin1, bin2
        Row and column of every pixel; ``bin1 <= bin2``, sorted, each pair once.
    counts
        Contacts of every pixel, not balanced.
    weights
        One per bin, see :class:`CisContacts`; None where the map is not balanced.

    Raises
    ------
    InputError
        As for :class:`CisContacts`.
    """

    bins: ContactBins
    bin1: PixelBins = field(repr=False)
    bin2: PixelBins = field(repr=False)
    counts: PixelValues = field(repr=False)
    weights: PerBin | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        _require_pixels(self.bin1, self.bin2, self.bins.n_bins, "the contact map")
        _require_weights(self.weights, self.bins.n_bins)

    def cis(self, chrom: str) -> CisContacts:
        """The contacts within one contig."""
        own = self.bins.slice_of(chrom)
        first, last = np.searchsorted(self.bin1, [own.start, own.stop])
        inside = slice(int(first), int(last))
        is_cis = self.bin2[inside] < own.stop
        return CisContacts(
            chrom,
            self.bins.bin_size,
            self.bins.size_of(chrom),
            self.bin1[inside][is_cis] - own.start,
            self.bin2[inside][is_cis] - own.start,
            self.counts[inside][is_cis],
            None if self.weights is None else self.weights[own],
        )

    def pixels(self) -> Iterator[tuple[PixelBins, PixelBins, PixelValues]]:
        """All pixels, in one chunk."""
        yield self.bin1, self.bin2, self.counts

    def block(self, row: slice, column: slice, *, balanced: bool = True) -> Contacts:
        """A dense rectangle (float64), rows and columns in bins counted through all contigs; cis or trans.

        Balanced values are NaN in rows and columns of masked bins.
        """
        rectangle = np.zeros((row.stop - row.start, column.stop - column.start))
        for one, other, is_turned in ((row, column, False), (column, row, True)):
            first, last = np.searchsorted(self.bin1, [one.start, one.stop])
            inside = slice(int(first), int(last))
            bin2 = self.bin2[inside]
            kept = (bin2 >= other.start) & (bin2 < other.stop)
            where = self.bin1[inside][kept] - one.start, bin2[kept] - other.start
            rectangle[where[::-1] if is_turned else where] = self.counts[inside][kept]
        if not balanced:
            return rectangle
        if self.weights is None:
            raise InputError("this needs a balanced map; run 'cisgram hic balance' on it first")
        return rectangle * self.weights[row][:, None] * self.weights[column]

    def with_weights(self, weights: PerBin | None) -> "ContactMap":
        """The same contacts with other weights."""
        return replace(self, weights=weights)


def _require_pixels(bin1: PixelBins, bin2: PixelBins, n_bins: int, what: str) -> None:
    """Refuse pixels that are not those of the upper triangle, in order, each once."""
    if not bin1.size:
        return
    if bin1.min() < 0 or bin2.max() >= n_bins:
        raise InputError(f"{what} has {n_bins} bins; pixels have bins from {bin1.min()} to {bin2.max()}")
    if (bin1 > bin2).any():
        raise InputError(f"{what}: pixels must lie on or above the diagonal (bin1 <= bin2); the map is symmetric")
    step1, step2 = np.diff(bin1), np.diff(bin2)
    if ((step1 < 0) | ((step1 == 0) & (step2 <= 0))).any():
        raise InputError(f"{what}: pixels must be sorted by bin1, then bin2, each pair of bins once")


def _require_weights(weights: PerBin | None, n_bins: int) -> None:
    """Refuse weights that are not one per bin."""
    if weights is not None and len(weights) != n_bins:
        raise InputError(f"weights must be one per bin ({n_bins}); got {len(weights)}")
