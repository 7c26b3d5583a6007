"""Local maxima of counts against a direct reading of their definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cisgram.data.maxima import windows_from_local_maxima
from cisgram.data.windows import propose_windows
from cisgram.errors import ConfigError, EmptySetError

contigs = hnp.arrays(np.int64, st.integers(1, 60), elements=st.sampled_from([0, 0, 0, 1, 2, 5, 9]))


def maxima_by_definition(counts, span, least, distance):
    """One base after the other, highest total first."""
    total = {
        i: counts[max(i - span // 2, 0) : max(i - span // 2 + span, 0)].sum() for i in range(counts.size) if counts[i]
    }
    taken = []
    for i in sorted(total, key=lambda i: (-total[i], -counts[i], i)):
        if total[i] >= least and all(abs(i - j) >= distance for j in taken):
            taken.append(i)
    return [(i, total[i]) for i in sorted(taken)]


@given(contigs, st.integers(1, 12), st.integers(1, 12), st.integers(1, 20))
def test_maxima_are_those_of_the_definition(counts, span, least, distance):
    expected = maxima_by_definition(counts, span, least, distance)
    options = {"span_bp": span, "min_counts": float(least), "min_distance_bp": distance}
    if not expected:
        with pytest.raises(EmptySetError, match="highest total is"):
            windows_from_local_maxima({"I": counts}, **options)
        return
    found = windows_from_local_maxima({"I": counts}, **options)
    assert list(zip(found["summit"], found["score"], strict=True)) == expected
    assert (found["start"] <= found["summit"]).all()
    assert (found["summit"] < found["end"]).all()


def test_strands_are_joined_and_contigs_keep_their_order():
    stranded = np.zeros((2, 500), dtype=np.float32)
    stranded[0, 100], stranded[1, 110] = 30, 20
    single = np.zeros(300)
    single[150] = 50
    found = windows_from_local_maxima({"II": single, "I": stranded}, span_bp=100, min_counts=40.0, min_distance_bp=50)
    assert found[["chrom", "summit", "score"]].to_numpy().tolist() == [["II", 150, 50], ["I", 100, 50]]
    windows = propose_windows(found, sizes={"I": 500, "II": 300}, input_length=200)
    assert windows["name"].tolist() == ["maximum_1", "maximum_2"]


def test_nothing_high_enough_says_how_high_it_gets():
    with pytest.raises(EmptySetError, match="highest total is 3: lower min_counts"):
        windows_from_local_maxima({"I": np.ones(9)}, span_bp=3, min_counts=4.0, min_distance_bp=1)


@pytest.mark.parametrize("wrong", [{"span_bp": 0}, {"min_counts": 0.0}, {"min_distance_bp": 0}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ConfigError):
        windows_from_local_maxima({"I": np.ones(9)}, **{"span_bp": 3, "min_counts": 1.0, "min_distance_bp": 1, **wrong})


def test_spans_are_centred_wherever_most_counts_fit():
    counts = np.zeros(400)
    counts[[200, 260]] = [20.0, 25.0]  # 60 bp apart: one span of 100 bp holds both, no base does
    on_bases = windows_from_local_maxima(
        {"I": counts}, span_bp=100, min_counts=40.0, min_distance_bp=50, candidates="spans"
    )
    assert on_bases["score"].iloc[0] == 45
    assert on_bases["summit"].iloc[0] == 211  # the leftmost middle whose span [161, 261) holds both
    with pytest.raises(EmptySetError):
        windows_from_local_maxima({"I": counts}, span_bp=100, min_counts=46.0, min_distance_bp=50)
