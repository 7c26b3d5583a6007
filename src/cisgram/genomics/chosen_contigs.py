"""Some contigs of a contact map, as if the others were not there."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cisgram.arrays import Contacts, PerBin, PixelBins, PixelValues
from cisgram.errors import InputError
from cisgram.genomics.contacts import CisContacts, ContactBins, ContactSource


@dataclass(frozen=True, eq=False)
class ChosenContigs:
    """Some contigs of a contact map: a contact source whose bins count through these only.

    Made by :func:`choose_contigs`.

    Parameters
    ----------
    source
        The whole map.
    bins
        The bins of the chosen contigs, in the order of the whole map.
    """

    source: ContactSource
    bins: ContactBins

    @property
    def weights(self) -> PerBin | None:
        """One weight per bin; None where the map is not balanced."""
        weights = self.source.weights
        if weights is None:
            return None
        return np.concatenate([weights[self.source.bins.slice_of(chrom)] for chrom in self.bins.chroms])

    def cis(self, chrom: str) -> CisContacts:
        """The contacts within one contig."""
        self.bins.size_of(chrom)
        return self.source.cis(chrom)

    def pixels(self) -> Iterator[tuple[PixelBins, PixelBins, PixelValues]]:
        """Row, column and contacts of the pixels among the chosen contigs."""
        own = np.full(self.source.bins.n_bins, -1, dtype=np.int64)
        for chrom in self.bins.chroms:
            here = self.bins.slice_of(chrom)
            own[self.source.bins.slice_of(chrom)] = np.arange(here.start, here.stop)
        for bin1, bin2, counts in self.source.pixels():
            row, column = own[bin1], own[bin2]
            kept = (row >= 0) & (column >= 0)
            yield row[kept], column[kept], counts[kept]

    def block(self, row: slice, column: slice, *, balanced: bool = True) -> Contacts:
        """A dense rectangle, rows and columns in bins counted through the chosen contigs."""
        rows, columns = self._pieces(row), self._pieces(column)
        return np.block([[self.source.block(one, other, balanced=balanced) for other in columns] for one in rows])

    def _pieces(self, stretch: slice) -> list[slice]:
        """A stretch of the chosen bins as stretches of the whole map's."""
        pieces = []
        for chrom in self.bins.chroms:
            here, there = self.bins.slice_of(chrom), self.source.bins.slice_of(chrom)
            start, stop = max(stretch.start, here.start), min(stretch.stop, here.stop)
            if start < stop:
                pieces.append(slice(start - here.start + there.start, stop - here.start + there.start))
        return pieces or [slice(0, 0)]


def choose_contigs(source: ContactSource, chroms: Sequence[str]) -> ContactSource:
    """Some contigs of a contact map.

    Parameters
    ----------
    source
        The map.
    chroms
        The contigs to keep; none for all. They stay in the order of the map.

    Raises
    ------
    ContigError
        Where the map lacks one.
    InputError
        Where one is named twice.

    Examples
    --------
    >>> from cisgram.genomics.contacts import ContactMap
    >>> pixels = np.array([0, 0, 1]), np.array([0, 2, 2]), np.array([5, 1, 7])
    >>> chosen = choose_contigs(ContactMap(ContactBins({"I": 10, "II": 10, "III": 10}, 10), *pixels), ["I", "III"])
    >>> [column.tolist() for column in next(chosen.pixels())]
    [[0, 0], [0, 1], [5, 1]]
    """
    if not chroms:
        return source
    if len(set(chroms)) < len(chroms):
        raise InputError(f"each contig is named once; got {', '.join(chroms)}")
    for chrom in chroms:
        source.bins.size_of(chrom)
    sizes = {chrom: size for chrom, size in source.bins.sizes.items() if chrom in chroms}
    return ChosenContigs(source, ContactBins(sizes, source.bins.bin_size))
