"""Contact maps: weights and depth."""

import numpy as np
import pytest

from cisgram.doctor.contact_maps import check_contact_map
from cisgram.genomics.contacts import CisContacts


def contact_map(n_contacts=5000.0, *, n_masked=2, weighted=True):
    """100 bins, every pair with as many contacts as make so many ends per bin."""
    row, column = np.triu_indices(100)
    weights = np.ones(100)
    weights[:n_masked] = np.nan
    counts = np.full(row.size, n_contacts / 101)  # 99 pairs with others, and two ends in the diagonal
    return CisContacts("I", 10, 1000, row, column, counts, weights if weighted else None)


@pytest.mark.parametrize(
    ("options", "level"),
    [
        ({}, "ok"),
        ({"n_contacts": 200.0}, "warning"),
        ({"n_contacts": 20.0}, "error"),
        ({"n_masked": 40}, "warning"),
        ({"n_masked": 90}, "error"),
        ({"weighted": False}, "error"),
    ],
)
def test_maps_that_are_thin_or_masked_are_seen(options, level):
    assert check_contact_map([contact_map(**options)], subject="HiC").level == level


def test_the_middle_bin_has_as_many_ends_as_were_put_there():
    verdict = check_contact_map([contact_map(5000.0)], subject="HiC")
    assert verdict.figures["median_contacts"] == pytest.approx(5000)
    assert verdict.figures["share_masked"] == 0.02
