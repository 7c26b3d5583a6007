"""Halves of a map are dealt once, and together they are the map."""

import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.genomics.contacts import ContactBins, ContactMap, ContactSource
from cisgram.genomics.half_map import HalfMap


@pytest.fixture(scope="module")
def whole():
    row, column = np.triu_indices(40)
    counts = np.random.default_rng(0).poisson(20 / (1 + column - row))
    seen = counts > 0
    bins = ContactBins({"I": 250, "II": 150}, 10)
    return ContactMap(bins, row[seen], column[seen], counts[seen], np.linspace(1, 2, 40))


def test_halves_are_contact_sources_that_add_up_to_the_contacts_within_contigs(whole):
    halves = [HalfMap(whole, half, seed=3) for half in (0, 1)]
    assert all(isinstance(half, ContactSource) for half in halves)
    for chrom in whole.bins.chroms:
        parts = [half.cis(chrom).dense() for half in halves]
        np.testing.assert_allclose(sum(parts), whole.cis(chrom).dense(), rtol=1e-12)
        total = whole.cis(chrom).counts.sum()
        assert abs(halves[0].cis(chrom).counts.sum() - total / 2) < 4 * np.sqrt(total) / 2


def test_pixels_and_blocks_of_a_half_are_those_of_its_contigs(whole):
    half = HalfMap(whole, 0)
    dense = np.zeros((40, 40))
    for bin1, bin2, counts in half.pixels():
        dense[bin1, bin2] = dense[bin2, bin1] = counts
    np.testing.assert_array_equal(dense[:25, :25], half.cis("I").dense(balanced=False))
    np.testing.assert_array_equal(dense[25:, 25:], half.cis("II").dense(balanced=False))
    assert not dense[:25, 25:].any()
    rows, columns = slice(30, 36), slice(26, 40)
    np.testing.assert_array_equal(half.block(rows, columns, balanced=False), dense[rows, columns])
    with pytest.raises(InputError, match="within contigs only"):
        half.block(slice(0, 30), slice(0, 30))


def test_there_are_two_halves(whole):
    with pytest.raises(InputError, match="0 or 1"):
        HalfMap(whole, 2)
