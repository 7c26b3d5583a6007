"""Snippets: small squares of a contact map around places, read from the pixels of one contig."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numba import njit, prange

from cisgram.arrays import PerDistance, PlaceBins, SnippetStack
from cisgram.errors import InputError
from cisgram.genomics.contacts import CisContacts, ContactBins, ContactMap
from cisgram.hic.expected import expected_cis, expected_values
from cisgram.threads import threads_for


@dataclass(frozen=True, eq=False)
class ContactsOverExpected:
    """The contacts of one contig and what each distance expects.

    Parameters
    ----------
    contacts
        The contacts.
    expected
        Expected contacts by distance in bins, ``0`` to ``n_bins - 1``; NaN or 0 where nothing is expected. All 1 for
        contacts as they are.
    ignore_diagonals
        First diagonals that are left out (NaN).
    is_balanced
        Whether contacts are balanced; else they are counts.
    """

    contacts: CisContacts = field(repr=False)
    expected: PerDistance = field(repr=False)
    ignore_diagonals: int = 2
    is_balanced: bool = True

    def __post_init__(self) -> None:
        if len(self.expected) != self.contacts.n_bins:
            raise InputError(
                f"contig {self.contacts.chrom} has {self.contacts.n_bins} distances; expected are given for "
                f"{len(self.expected)}"
            )

    def snippets(self, first_rows: PlaceBins, first_columns: PlaceBins, size: int) -> SnippetStack:
        """Squares of ``size`` bins of the upper triangle, from the given first rows and columns on.

        A pixel is NaN where a bin is masked, where nothing is expected, on the first diagonals and below them. A square
        that reaches past an end of the contig is NaN as a whole (as cooltools' are).
        """
        own = self.contacts
        weights = own.require_weights() if self.is_balanced else np.ones(own.n_bins)
        stack = np.empty((len(first_rows), size, size))
        with threads_for(stack.size):
            _fill(
                stack,
                np.asarray(first_rows, np.int64),
                np.asarray(first_columns, np.int64),
                own.row_starts,
                own.bin2,
                own.counts,
                weights,
                self.expected,
                self.ignore_diagonals,
            )
        return stack


def expected_of_contig(
    contacts: CisContacts,
    expected: pd.DataFrame | None = None,
    *,
    is_balanced: bool = True,
    is_smoothed: bool = False,
    ignore_diagonals: int = 2,
) -> PerDistance:
    """The expected contacts of one whole contig by distance, from a table of them or from the contig itself.

    Parameters
    ----------
    contacts
        The contacts of the contig.
    expected
        As :func:`cisgram.hic.expected.expected_cis` gives it, of whole contigs of the same map; made here where None.
    is_balanced
        Whether means are those of balanced contacts; else of counts.
    is_smoothed
        Whether means are smoothed over distance: right beside contacts that are smoothed too.
    ignore_diagonals
        First diagonals that are NaN, where the table is made here.

    Raises
    ------
    InputError
        Where the table lacks the contig, or has other distances of it: it belongs to other regions or another map.
    """
    column = ("balanced.avg" if is_balanced else "count.avg") + (".smoothed" if is_smoothed else "")
    if expected is None:
        alone = ContactBins({contacts.chrom: contacts.size}, contacts.bin_size)
        weights = contacts.weights if is_balanced else None
        own = ContactMap(alone, contacts.bin1, contacts.bin2, contacts.counts, weights)
        expected = expected_cis(own, balanced=is_balanced, ignore_diagonals=ignore_diagonals)
    values = expected_values(expected, contacts.chrom, column=column)
    if len(values) != contacts.n_bins:
        raise InputError(
            f"expected contacts must be those of whole contigs of this map: {contacts.chrom} has {contacts.n_bins} "
            f"distances, the table has {len(values)}; leave the table out, or make it from this map"
        )
    return values


@njit(cache=True, parallel=True, error_model="numpy")
def _fill(stack, first_rows, first_columns, row_starts, bin2, counts, weights, expected, ignore_diagonals):
    """One snippet after the other: zeros where bins are valid, then the pixels."""
    n, size, n_bins = stack.shape[0], stack.shape[1], len(weights)
    for s in prange(n):
        top, left = first_rows[s], first_columns[s]
        if top < 0 or left < 0 or top + size > n_bins or left + size > n_bins:
            stack[s] = np.nan
            continue
        for a in range(size):
            row = top + a
            for b in range(size):
                apart = left + b - row
                if apart < ignore_diagonals or apart < 0 or np.isnan(weights[row]) or np.isnan(weights[left + b]):
                    stack[s, a, b] = np.nan
                else:
                    stack[s, a, b] = 0.0 / expected[apart]
            here = row_starts[row] + np.searchsorted(bin2[row_starts[row] : row_starts[row + 1]], left)
            while here < row_starts[row + 1] and bin2[here] < left + size:
                column = bin2[here]
                if not np.isnan(stack[s, a, column - left]):
                    value = counts[here] * weights[row] * weights[column]
                    stack[s, a, column - left] = value / expected[column - row]
                here += 1
