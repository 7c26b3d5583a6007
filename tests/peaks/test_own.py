"""Own, shared and foreign peaks: against a twin that looks at every pair of intervals, and their laws."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cisgram.genomics.interval import interval_table
from cisgram.peaks.own import nearest_in_height, own_peaks

places = st.lists(st.tuples(st.sampled_from(["I", "II"]), st.integers(0, 60), st.integers(1, 12)), max_size=12)


def table(rows):
    return interval_table(*([list(one) for one in zip(*[(c, s, s + n) for c, s, n in rows], strict=True)] or [[]] * 3))


def touch(one, other):
    return one.chrom == other.chrom and one.start < other.end and other.start < one.end


@given(places, st.lists(places, max_size=3))
def test_they_agree_with_looking_at_every_pair(rows, others):
    peaks, others = table(rows), [table(one) for one in others]
    found = own_peaks(peaks, others)
    theirs = [row for one in others for row in one.itertuples()]
    is_shared = [any(touch(row, other) for other in theirs) for row in peaks.itertuples()]
    expected = [row.start for row, shared in zip(peaks.itertuples(), is_shared, strict=True) if not shared]
    assert found.own["start"].tolist() == expected
    assert len(found.own) + len(found.shared) == len(peaks)
    for place in found.foreign.itertuples():
        assert any(touch(place, other) for other in theirs)
        assert not any(touch(place, row) for row in peaks.itertuples())


def test_among_nothing_else_all_peaks_are_own_ones_and_of_nothing_none():
    peaks = table([("I", 5, 10), ("II", 7, 3)]).assign(signal=[3.0, 4.0])
    found = own_peaks(peaks, [])
    pd.testing.assert_frame_equal(found.own, peaks)
    assert (len(found.shared), len(found.foreign)) == (0, 0)
    assert own_peaks(peaks.iloc[:0], [peaks]).foreign["start"].tolist() == [5, 7]


heights = arrays(np.float64, st.integers(1, 8), elements=st.integers(0, 20).map(float))


@given(heights, heights)
def test_the_nearest_height_is_nearest_and_takes_the_lower_and_the_first_of_equals(own, others):
    taken = nearest_in_height(own, others)
    for height, row in zip(own, taken, strict=True):
        nearest = np.abs(others - height).min()
        level = height - nearest if height - nearest in others else height + nearest
        assert row == np.flatnonzero(others == level)[0]


def test_of_no_others_none_is_taken():
    assert nearest_in_height(np.array([1.0]), np.zeros(0)).size == 0
