"""Halves of a map: together they are the map, apart they are independent draws."""

import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.genomics.contact_halves import split_contacts
from cisgram.genomics.contacts import CisContacts


def contacts(counts):
    bin1, bin2 = np.triu_indices(60)
    return CisContacts("I", 10, 600, bin1, bin2, counts, np.linspace(0.5, 1, 60))


def test_halves_add_up_to_the_map_and_each_has_half_of_it():
    whole = contacts(np.random.default_rng(1).poisson(20, 1830))
    one, other = split_contacts(whole, seed=3)
    np.testing.assert_array_equal(one.dense(balanced=False) + other.dense(balanced=False), whole.dense(balanced=False))
    n = whole.counts.sum()
    assert abs(one.counts.sum() - n / 2) < 4 * np.sqrt(n / 4)
    assert (one.counts > 0).all()
    np.testing.assert_array_equal(one.weights, whole.weights)


def test_the_noise_of_halves_is_independent():
    halves = split_contacts(contacts(np.random.default_rng(2).poisson(30, 1830)))
    one, other = (half.dense(balanced=False)[np.triu_indices(60)] for half in halves)
    # Halves of Poisson counts are independent Poisson counts: no correlation beyond chance.
    assert abs(np.corrcoef(one, other)[0, 1]) < 4 / np.sqrt(1830)


def test_the_same_seed_gives_the_same_halves_and_contigs_differ():
    whole = contacts(np.full(1830, 9))
    np.testing.assert_array_equal(split_contacts(whole, seed=1).one.counts, split_contacts(whole, seed=1).one.counts)
    assert split_contacts(whole, seed=1).one.counts.sum() != split_contacts(whole, seed=2).one.counts.sum()


def test_contacts_that_are_not_whole_are_refused():
    with pytest.raises(InputError, match="only whole contacts can be dealt into halves"):
        split_contacts(contacts(np.full(1830, 1.5)))
