"""Two alleles side by side: windows of the same length, and what of one stands where in the other."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from cisgram.arrays import BinPlaces, SequenceCodes, SomeCodes
from cisgram.errors import InputError
from cisgram.genomics.sequence import encode
from cisgram.genomics.variant import Variant


@dataclass(frozen=True)
class Change:
    """What stands in place of a stretch of a window; nothing that both have at their ends.

    Parameters
    ----------
    start
        Where the stretch begins, 0-based, in bp; of an insertion, the base before which it comes.
    n_removed
        Bases that are lost.
    added
        Letters that come instead.

    Examples
    --------
    >>> change = Change.of(Variant("I", 99, "CA", "C"), window_start=90)
    >>> change.start, change.n_removed, change.added, change.length_change
    (10, 1, '', -1)
    """

    start: int
    n_removed: int
    added: str

    @classmethod
    def of(cls, variant: Variant, *, window_start: int) -> "Change":
        """The change that a variant makes in a window."""
        ref, alt, start = variant.ref, variant.alt, variant.start
        while ref and alt and ref[0] == alt[0]:
            ref, alt, start = ref[1:], alt[1:], start + 1
        while ref and alt and ref[-1] == alt[-1]:
            ref, alt = ref[:-1], alt[:-1]
        return cls(start - window_start, len(ref), alt)

    @property
    def length_change(self) -> int:
        """Bases that the other allele has more (or, below 0, less)."""
        return len(self.added) - self.n_removed


def changed_window(codes: SomeCodes, change: Change, *, length_bp: int) -> SequenceCodes:
    """A window with another allele in it: everything left of the change stays, what is right of it moves.

    Parameters
    ----------
    codes
        The window, and at least as many bases after it as the change takes away.
    change
        Inside of the window.
    length_bp
        Length of the window, which the other one has too.

    Raises
    ------
    InputError
        Where the change reaches out of the window, or ``codes`` are too short.

    Examples
    --------
    >>> from cisgram.genomics.sequence import decode
    >>> decode(changed_window(encode("AACCGGTT"), Change(3, 1, ""), length_bp=6))
    'AACGGT'
    """
    end = change.start + change.n_removed
    if change.start < 0 or end > length_bp or len(codes) + change.length_change < length_bp:
        raise InputError(f"a change of bases {change.start} to {end} does not fit a window of {length_bp} bp")
    return np.concatenate([codes[: change.start], encode(change.added), codes[end:]])[:length_bp]


def place_of_bases(change: Change, length_bp: int) -> BinPlaces:
    """For every base of the changed window, where its signal belongs in the reference window.

    Bases of a substitution stand for those they replace. Inserted bases belong to the base before them. -1 stands
    for those beyond the reference window.

    Examples
    --------
    >>> place_of_bases(Change(2, 0, "GG"), 6).tolist(), place_of_bases(Change(2, 2, ""), 6).tolist()
    ([0, 1, 1, 1, 2, 3], [0, 1, 4, 5, -1, -1])
    """
    own = np.arange(length_bp)
    n_added, n_kept = len(change.added), min(len(change.added), change.n_removed)
    places = own - change.length_change
    places[: change.start + n_kept] = own[: change.start + n_kept]
    if n_added > n_kept:
        places[change.start + n_kept : change.start + n_added] = max(change.start + n_kept - 1, 0)
    places[places >= length_bp] = -1
    return places


class BinMap(NamedTuple):
    """How predictions of a changed window are put into the bins of the reference window."""

    weights: csr_array
    """``changed bin, reference bin``: the share of each changed bin's signal that belongs into each reference bin."""
    known: np.ndarray
    """Of reference bins: whether the changed window predicts all of what they still have."""


def bin_map(change: Change, *, first_bp: int, bin_size: int, n_bins: int) -> BinMap:
    """Which share of every bin of the changed window belongs to which bin of the reference window.

    A bin's signal counts as spread evenly over its bases, so that no signal is made or lost; what lies beyond the
    reference bins leaves. Bins at the right end of which the changed window does not predict every base are not
    known: an insertion has pushed bases out.

    Parameters
    ----------
    change
        In bp of the window.
    first_bp, bin_size, n_bins
        Where predicted bins begin in the window, their width and number.

    Examples
    --------
    >>> found = bin_map(Change(2, 0, "GG"), first_bp=0, bin_size=2, n_bins=3)
    >>> found.weights.toarray().tolist(), found.known.tolist()
    ([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [True, True, False])
    """
    length = first_bp + n_bins * bin_size
    source = place_of_bases(change, length)[first_bp:]
    there = np.where(source >= 0, (source - first_bp) // bin_size, -1)
    there[source < first_bp] = -1
    inside = np.flatnonzero(there >= 0)
    ones = np.full(inside.size, 1 / bin_size)
    weights = csr_array((ones, (inside // bin_size, there[inside])), shape=(n_bins, n_bins))
    last = source.max(initial=-1)  # the last base of the reference that is predicted
    known = first_bp + (np.arange(n_bins) + 1) * bin_size - 1 <= max(last, _end_of_loss(change, length))
    return BinMap(weights, known)


def _end_of_loss(change: Change, length: int) -> int:
    """The last base of a window whose end is lost; -1 where it is not."""
    return length - 1 if change.start + change.n_removed >= length else -1


def carry_over(values: np.ndarray, mapped: BinMap) -> np.ndarray:
    """Values of changed bins (the last axis) in the reference's bins; NaN where these are not known.

    Examples
    --------
    >>> insertion = bin_map(Change(2, 0, "GG"), first_bp=0, bin_size=2, n_bins=3)
    >>> carry_over(np.array([[5.0, 1.0, 2.0]]), insertion).tolist()
    [[6.0, 2.0, nan]]
    """
    flat = values.reshape(-1, values.shape[-1])
    carried = (flat @ mapped.weights).reshape(values.shape)
    return np.where(mapped.known, carried, np.nan).astype(values.dtype)
