"""One half of the contacts of a map, dealt at random: a second experiment of half the depth, contig by contig."""

from collections.abc import Iterator
from dataclasses import dataclass

from cisgram.arrays import Contacts, PerBin, PixelBins, PixelValues
from cisgram.errors import InputError
from cisgram.genomics.contact_halves import split_contacts
from cisgram.genomics.contacts import CisContacts, ContactBins, ContactSource


@dataclass(frozen=True, eq=False)
class HalfMap:
    """A contact source of one of the two halves that the contacts within contigs are dealt into.

    Contigs are dealt when they are read, always into the same halves. Contacts between contigs are left out.

    Parameters
    ----------
    source
        The map, of whole contacts; the halves have its weights.
    half
        0 or 1; the two together are the map.
    seed
        Of the coins.

    Examples
    --------
    >>> from cisgram.genomics.contacts import ContactMap
    >>> import numpy as np
    >>> one = np.array([0, 0, 1])
    >>> whole = ContactMap(ContactBins({"I": 30}, 10), one, np.array([1, 2, 2]), np.array([9, 20, 5]))
    >>> halves = [HalfMap(whole, half).cis("I").dense(balanced=False) for half in (0, 1)]
    >>> (halves[0] + halves[1])[0].tolist()
    [0.0, 9.0, 20.0]
    """

    source: ContactSource
    half: int
    seed: int = 0

    def __post_init__(self) -> None:
        if self.half not in (0, 1):
            raise InputError(f"half must be 0 or 1; got {self.half}")

    @property
    def bins(self) -> ContactBins:
        """The bins of the map."""
        return self.source.bins

    @property
    def weights(self) -> PerBin | None:
        """Those of the whole map."""
        return self.source.weights

    def cis(self, chrom: str) -> CisContacts:
        """The contacts of this half within one contig."""
        return split_contacts(self.source.cis(chrom), seed=self.seed)[self.half]

    def pixels(self) -> Iterator[tuple[PixelBins, PixelBins, PixelValues]]:
        """The pixels of this half within contigs, a contig at a time."""
        for chrom in self.bins.chroms:
            own, first = self.cis(chrom), self.bins.slice_of(chrom).start
            yield own.bin1 + first, own.bin2 + first, own.counts

    def block(self, row: slice, column: slice, *, balanced: bool = True) -> Contacts:
        """A dense rectangle of this half within one contig.

        Raises
        ------
        InputError
            Where it reaches over the end of a contig.
        """
        for chrom in self.bins.chroms:
            own = self.bins.slice_of(chrom)
            if own.start <= min(row.start, column.start) and max(row.stop, column.stop) <= own.stop:
                first, last = min(row.start, column.start), max(row.stop, column.stop)
                square = self.cis(chrom).dense(first - own.start, last - own.start, balanced=balanced)
                return square[row.start - first : row.stop - first, column.start - first : column.stop - first]
        raise InputError(f"half of a map has contacts within contigs only; bins {row} and {column} are of several")
