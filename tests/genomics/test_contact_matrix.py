from pathlib import Path

import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.genomics.contact_matrix import adaptive_coarsegrain, fill_gaps, observed_over_expected, with_near_diagonals


@pytest.fixture(scope="module")
def reference():
    with np.load(Path(__file__).parents[1] / "hic" / "data" / "cooltools_map.npz") as stored:
        values = dict(stored)
    own = (values["bin1"] < 60) & (values["bin2"] < 60)
    counts = np.zeros((60, 60))
    row, column = values["bin1"][own], values["bin2"][own]
    counts[row, column] = counts[column, row] = values["counts"][own]
    weights = values["weights_all"][:60]
    return values, counts, counts * weights[:, None] * weights


def test_coarsegraining_is_that_of_cooltools(reference):
    values, counts, balanced = reference
    np.testing.assert_allclose(adaptive_coarsegrain(balanced, counts), values["coarse"], rtol=1e-8)


def test_observed_over_expected_is_that_of_cooltools(reference):
    values, _, balanced = reference
    np.testing.assert_allclose(observed_over_expected(balanced), values["oe"], rtol=1e-8)
    good = np.isfinite(values["weights_all"][:60])
    np.testing.assert_allclose(observed_over_expected(balanced, good), values["oe"], rtol=1e-8)


def test_gaps_are_filled_as_in_cooltools(reference):
    values, _, balanced = reference
    np.testing.assert_allclose(fill_gaps(balanced), values["filled"], rtol=1e-8, atol=1e-15)


def test_means_at_each_distance_are_one():
    drawn = np.random.default_rng(0).random((20, 20))
    ratio = observed_over_expected(drawn + drawn.T)
    np.testing.assert_allclose([np.diag(ratio, d).mean() for d in range(15)], 1)


def test_coarsegraining_leaves_no_zero_and_keeps_pixels_of_many_counts():
    counts = np.random.default_rng(0).poisson(0.3, (32, 32)).astype(float)
    counts[:2, :2] = 50
    smooth = adaptive_coarsegrain(counts, counts)
    assert smooth.min() > 0
    np.testing.assert_array_equal(smooth[:2, :2], 50)


def test_a_plane_with_gaps_is_filled_exactly():
    plane = np.add.outer(np.arange(1.0, 9), np.arange(1.0, 9))
    holed = plane.copy()
    holed[3] = holed[:, 3] = np.nan
    np.testing.assert_allclose(fill_gaps(holed), plane)


def test_scattered_gaps_and_shapes_that_are_no_squares_are_refused():
    holed = np.ones((6, 6))
    holed[2] = holed[:, 2] = holed[4, 5] = np.nan
    with pytest.raises(InputError, match="whole rows and columns"):
        fill_gaps(holed)
    with pytest.raises(InputError, match="one value per bin"):
        observed_over_expected(np.ones((3, 3)), np.ones(2, bool))
    assert with_near_diagonals(np.ones((4, 4)), 2, 0.0).sum() == 6
