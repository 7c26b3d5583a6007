"""Of overlapping hits the best stays."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.errors import InputError
from cisgram.motifs.grammar.distinct import best_of_overlapping, distinct_hits, on_merged_windows, resolved_hits


def one_by_one(group, start, end, score, max_shared):
    kept = []
    for row in sorted(range(len(start)), key=lambda row: (-score[row], row)):
        is_free = True
        for other in kept:
            shared = min(end[row], end[other]) - max(start[row], start[other])
            least = min(end[row] - start[row], end[other] - start[other])
            is_free &= group[row] != group[other] or shared <= max_shared * least or shared <= 0
        if is_free:
            kept.append(row)
    return [row in kept for row in range(len(start))]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 60), st.integers(1, 12), st.integers(0, 4)), max_size=40),
    st.sampled_from([0.0, 0.3, 0.5]),
)
def test_the_best_stay_as_when_they_are_taken_one_by_one(rows, max_shared):
    group, start, width, score = (np.array([row[at] for row in rows], dtype=np.int64) for at in range(4))
    found = best_of_overlapping(group, start, start + width, [score.astype(float)], max_shared=max_shared)
    assert found.tolist() == one_by_one(group, start, start + width, score, max_shared)


def test_a_second_score_decides_between_equals_and_then_the_first_row():
    start = np.array([0, 1, 2])
    group, ones = np.zeros(3, dtype=np.int64), np.ones(3)
    assert best_of_overlapping(group, start, start + 5, [ones, np.array([1.0, 3.0, 2.0])]).tolist() == [
        False,
        True,
        False,
    ]
    assert best_of_overlapping(group, start, start + 5, [ones]).tolist() == [True, False, False]


def test_a_site_seen_in_two_windows_is_one_and_other_patterns_stay(hits_at):
    hits, _ = hits_at([(0, 100, 10, "+", "a"), (0, 105, 10, "-", "a"), (0, 105, 10, "-", "b"), (0, 300, 10, "+", "a")])
    hits["match"] = [0.5, 0.7, 0.1, 0.2]
    assert distinct_hits(hits)["match"].tolist() == [0.7, 0.1, 0.2]
    assert distinct_hits(hits, max_shared=0.5)["match"].tolist() == [0.5, 0.7, 0.1, 0.2]


def test_a_composite_motif_beats_its_part_where_it_explains_more(hits_at):
    hits, _ = hits_at([(0, 100, 12, "+", "both"), (0, 101, 7, "+", "part"), (0, 200, 7, "+", "part")])
    hits["match"], hits["contribution"] = [0.6, 0.7, 0.7], [10.0, 6.0, 6.0]
    assert resolved_hits(hits)[["pattern", "start"]].to_numpy().tolist() == [["both", 100], ["part", 200]]
    by_sequence = hits.assign(match=np.nan, contribution=np.nan, pwm_score=[9.0, 12.0, 12.0])
    assert resolved_hits(by_sequence)["pattern"].tolist() == ["part", "part"]


def test_windows_that_overlap_are_joined_and_a_hit_outside_is_refused():
    windows = pd.DataFrame({"chrom": ["b", "a", "a"], "start": [0, 500, 0], "end": [100, 600, 510]})
    hits = pd.DataFrame({"chrom": ["a", "b"], "start": [505, 10], "end": [515, 20], "strand": "+", "pattern": "x"})
    hits = hits.assign(window=[1, 0], match=0.5, contribution=1.0, pwm_score=1.0)
    merged = on_merged_windows(hits, windows)
    assert merged.windows.to_numpy().tolist() == [["a", 0, 600], ["b", 0, 100]]
    assert merged.hits["window"].tolist() == [0, 1]
    with pytest.raises(InputError, match="outside all windows"):
        on_merged_windows(hits.assign(chrom="c"), windows)
    with pytest.raises(InputError, match="max_shared"):
        distinct_hits(hits, max_shared=1.0)
