"""Peaks and thresholds are those of a plain search and of scikit-image."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.signal import peak_prominences as scipy_prominences

from cisgram.errors import EmptySetError
from cisgram.hic.prominence import li_threshold, otsu_threshold, peak_prominences


@given(st.lists(st.integers(-50, 50), min_size=3, max_size=60, unique=True))
def test_prominence_is_that_of_scipy_between_higher_ends(values):
    track = np.array([100, *values, 101], dtype=np.float64)
    peaks = peak_prominences(track)
    expected = scipy_prominences(track, peaks.at)[0]
    np.testing.assert_allclose(peaks.prominence, expected)


def test_a_side_without_a_higher_point_does_not_count():
    peaks = peak_prominences(np.array([1.0, 2.0, -5.0, 9.0, 8.0, 8.5, 0.0]))
    assert peaks.at.tolist() == [1, 3, 5]
    assert peaks.prominence.tolist() == [7.0, 14.0, 0.5]


def test_unknown_values_are_passed_over():
    with_gaps = np.array([0.0, np.nan, 3.0, np.nan, 1.0, 5.0, 2.0, np.nan])
    peaks = peak_prominences(with_gaps)
    assert peaks.at.tolist() == [2, 5]
    assert peak_prominences(np.array([np.nan, 1.0])).at.size == 0


def test_thresholds_are_those_of_scikit_image(reference):
    assert li_threshold(reference["strengths"]) == pytest.approx(float(reference["li"]), rel=1e-12)
    assert otsu_threshold(reference["strengths"]) == pytest.approx(float(reference["otsu"]), rel=1e-12)


@pytest.mark.parametrize("threshold", [li_threshold, otsu_threshold])
def test_two_heaps_are_parted_between_them(threshold):
    values = np.concatenate([np.linspace(0.1, 0.3, 50), np.linspace(2.0, 2.4, 20)])
    assert 0.29 <= threshold(values) <= 2.0
    assert threshold(np.full(4, 0.7)) == 0.7
    with pytest.raises(EmptySetError):
        threshold(np.zeros(0))
