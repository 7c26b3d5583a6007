"""A contact map with other weights than its own."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy.stats import spearmanr

from cisgram.arrays import Contacts, PerBin, PixelBins, PixelValues
from cisgram.errors import InputError
from cisgram.genomics.contacts import CisContacts, ContactBins, ContactSource


@dataclass(frozen=True, eq=False)
class WeightedContacts:
    """A contact source whose weights are given, such as those that balancing has just found.

    Parameters
    ----------
    source
        The map; its own weights are not looked at.
    weights
        One per bin, to multiply with, NaN where masked; None for a map as it was counted.

    Raises
    ------
    InputError
        Where there is not one weight per bin.
    """

    source: ContactSource
    weights: PerBin | None = field(repr=False)

    def __post_init__(self) -> None:
        if self.weights is not None and len(self.weights) != self.bins.n_bins:
            raise InputError(f"weights must be one per bin ({self.bins.n_bins}); got {len(self.weights)}")

    @property
    def bins(self) -> ContactBins:
        """The bins of the map."""
        return self.source.bins

    def cis(self, chrom: str) -> CisContacts:
        """The contacts within one contig."""
        own = self.bins.slice_of(chrom)
        return self.source.cis(chrom).with_weights(None if self.weights is None else self.weights[own])

    def pixels(self) -> Iterator[tuple[PixelBins, PixelBins, PixelValues]]:
        """Row, column and contacts of all pixels, not balanced."""
        return self.source.pixels()

    def block(self, row: slice, column: slice, *, balanced: bool = True) -> Contacts:
        """A dense rectangle, rows and columns in bins counted through all contigs."""
        rectangle = self.source.block(row, column, balanced=False)
        if not balanced:
            return rectangle
        if self.weights is None:
            raise InputError("this needs a balanced map; run 'cisgram hic balance' on it first")
        return rectangle * self.weights[row][:, None] * self.weights[column]


def weights_rise_with_coverage(contacts: CisContacts) -> bool:
    """Whether weights are larger where bins have more contacts: they are then meant to divide by, not to multiply with.

    Parameters
    ----------
    contacts
        A balanced contig; of fewer than 20 good bins nothing is said.

    Examples
    --------
    >>> import numpy as np
    >>> bins = np.arange(30)
    >>> contacts = CisContacts("I", 10, 300, bins, bins, bins + 1, weights=np.sqrt(bins + 1.0))
    >>> weights_rise_with_coverage(contacts)
    True
    """
    weights = contacts.require_weights()
    coverage = np.bincount(contacts.bin1, contacts.counts, contacts.n_bins)
    coverage += np.bincount(contacts.bin2, contacts.counts, contacts.n_bins)
    good = np.isfinite(weights) & (coverage > 0)
    if good.sum() < _FEWEST or np.ptp(weights[good]) == 0 or np.ptp(coverage[good]) == 0:
        return False
    return bool(spearmanr(weights[good], coverage[good])[0] > _RISES)  # pyright: ignore[reportIndexIssue, reportOperatorIssue]


_FEWEST, _RISES = 20, 0.5
