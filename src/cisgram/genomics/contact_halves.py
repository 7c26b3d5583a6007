"""The contacts of a map dealt into two halves at random: what an experiment of half the depth would have shown."""

from typing import NamedTuple

import numpy as np

from cisgram.errors import InputError
from cisgram.genomics.contacts import CisContacts


class ContactHalves(NamedTuple):
    """Two halves of the contacts of a contig; together they are all of them."""

    one: CisContacts
    other: CisContacts


def split_contacts(contacts: CisContacts, *, seed: int = 0) -> ContactHalves:
    """Deal the contacts of a contig into two halves by tossing a coin for each.

    Halves know nothing of how experiments differ; they differ by the noise of counting alone. The weights are those of
    the whole map, which say how visible each bin is.

    Parameters
    ----------
    contacts
        Contacts as counted: whole numbers.
    seed
        Of the coins; the same seed gives the same halves, whatever other contigs there are.

    Raises
    ------
    InputError
        Where contacts are not whole numbers, such as those of a map that was made dense by a model.

    Examples
    --------
    >>> own = CisContacts("I", 10, 30, np.array([0, 1]), np.array([1, 2]), np.array([7, 40]))
    >>> halves = split_contacts(own)
    >>> (halves.one.dense(balanced=False) + halves.other.dense(balanced=False))[0].tolist()
    [0.0, 7.0, 0.0]
    """
    counts = contacts.counts
    whole = np.rint(counts).astype(np.int64)
    if not np.array_equal(whole, counts) or (whole < 0).any():
        raise InputError(
            f"contig {contacts.chrom}: only whole contacts can be dealt into halves, and these are not; give two "
            "replicates"
        )
    rng = np.random.default_rng([seed, *contacts.chrom.encode()])
    one = rng.binomial(whole, 0.5)
    return ContactHalves(_with_counts(contacts, one), _with_counts(contacts, whole - one))


def _with_counts(contacts: CisContacts, counts: np.ndarray) -> CisContacts:
    """The same contig with other counts; pixels without any left out."""
    kept = counts > 0
    return CisContacts(
        contacts.chrom,
        contacts.bin_size,
        contacts.size,
        contacts.bin1[kept],
        contacts.bin2[kept],
        counts[kept],
        contacts.weights,
    )
