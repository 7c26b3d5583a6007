"""Pairs of bins and squares: one is the other's inverse, and the other strand mirrors the square."""

import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.genomics.contact_pairs import count_pairs, pair_bins, pairs_of, reversed_pairs, square_of


@pytest.mark.parametrize(("n_bins", "offset"), [(5, 0), (7, 2), (12, 1), (3, 2)])
def test_a_square_of_pairs_gives_the_pairs_back(n_bins, offset):
    pairs = np.random.default_rng(1).normal(size=count_pairs(n_bins, offset))
    square = square_of(pairs, n_bins, offset)
    np.testing.assert_array_equal(pairs_of(square, offset), pairs)
    np.testing.assert_array_equal(square, square.T)
    assert np.isnan(square).sum() == n_bins**2 - 2 * pairs.size + (n_bins if offset == 0 else 0)


def test_there_are_as_many_pairs_as_bins_at_each_distance():
    distance = pair_bins(9, 2).distance
    assert np.bincount(distance)[2:].tolist() == [9 - one for one in range(2, 9)]


@pytest.mark.parametrize(("n_bins", "offset"), [(6, 2), (9, 0)])
def test_the_other_strand_mirrors_the_square_at_its_other_diagonal(n_bins, offset):
    square = np.random.default_rng(2).normal(size=(n_bins, n_bins))
    square = square + square.T
    pairs, turned = pairs_of(square, offset), reversed_pairs(n_bins, offset)
    np.testing.assert_array_equal(pairs[turned], pairs_of(square[::-1, ::-1].copy(), offset))
    np.testing.assert_array_equal(turned[turned], np.arange(pairs.size))


def test_a_wrong_number_of_pairs_and_an_offset_beyond_the_square_are_refused():
    with pytest.raises(InputError, match=r"4 bins have 3 pairs at least 2 bins apart; got 2"):
        square_of(np.zeros(2), 4, 2)
    with pytest.raises(InputError, match=r"diagonal_offset must lie in 0\.\.3"):
        pair_bins(4, 4)
