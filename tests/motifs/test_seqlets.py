import numpy as np
import pandas as pd
import pytest

from cisgram.errors import InputError
from cisgram.genomics.interval import interval_table
from cisgram.genomics.pattern import Pattern, SeqletValues, seqlet_table
from cisgram.motifs.seqlets import seqlet_intervals

WIDTH = 4


def pattern_at(rows, starts, strands, scores, *, name="pos_pattern_0"):
    values = np.zeros((len(rows), 4, WIDTH))
    values[:, 0, 0] = scores
    starts = np.array(starts)
    return Pattern(
        name,
        *(np.full((4, WIDTH), 0.25) for _ in range(3)),
        seqlets=seqlet_table(rows, starts, starts + WIDTH, np.array(list(strands)) == "-"),
        values=SeqletValues(values, values, values),
    )


@pytest.fixture
def windows():
    # 100 bp long, of which the middle 60 were looked at; the first two overlap by 90
    return interval_table(["I", "I", "II"], [1000, 1010, 5], [1100, 1110, 105])


def test_seqlets_are_placed_from_the_start_of_the_middle_part(windows):
    table = seqlet_intervals([pattern_at([0, 2], [7, 0], "+-", [1.5, 2.5])], windows, window_bp=60)
    expected = interval_table(
        ["I", "II"], [1027, 25], [1031, 29], name="pos_pattern_0", score=[1.5, 2.5], strand=["+", "-"]
    )
    pd.testing.assert_frame_equal(table, expected, check_dtype=False)


def test_a_site_seen_in_two_windows_or_on_both_strands_is_one_and_the_strongest(windows):
    one_site = pattern_at([0, 1, 1, 0], [20, 10, 11, 22], "++-+", [1.0, -3.0, 2.0, 0.5])
    table = seqlet_intervals([one_site], windows, window_bp=60)
    # 1040, 1040, 1041 and 1042: the last one overlaps by half, not more
    assert table["start"].tolist() == [1040, 1042]
    assert table["score"].tolist() == [-3.0, 0.5]


def test_different_patterns_may_lie_on_the_same_site(windows):
    patterns = [pattern_at([0], [20], "+", [1.0]), pattern_at([0], [20], "+", [1.0], name="pos_pattern_1")]
    assert seqlet_intervals(patterns, windows, window_bp=60)["name"].tolist() == ["pos_pattern_0", "pos_pattern_1"]


def test_each_site_once_agrees_with_all_against_all(windows):
    rng = np.random.default_rng(0)
    rows, starts, scores = rng.integers(0, 3, 200), rng.integers(0, 56, 200), rng.normal(size=200)
    table = seqlet_intervals([pattern_at(rows, starts, ["+"] * 200, scores)], windows, window_bp=60)
    places = windows["start"].to_numpy()[rows] + 20 + starts
    chroms, kept = windows["chrom"].to_numpy()[rows], []
    for number in np.argsort(-np.abs(scores), kind="stable"):
        if all(chroms[number] != chroms[one] or abs(places[number] - places[one]) >= WIDTH / 2 for one in kept):
            kept.append(number)
    expected = sorted((chroms[one], int(places[one]), float(scores[one])) for one in kept)
    assert [tuple(row) for row in table[["chrom", "start", "score"]].itertuples(index=False)] == expected


def test_no_patterns_are_no_sites(windows):
    table = seqlet_intervals([], windows, window_bp=60)
    assert list(table.columns) == ["chrom", "start", "end", "name", "score", "strand"]
    assert len(table) == 0


def test_seqlets_in_the_padding_are_left_out():
    windows = interval_table(["I"], [0], [100]).assign(start=-30, end=70)
    table = seqlet_intervals([pattern_at([0, 0], [2, 30], "++", [1, 1])], windows, window_bp=60)
    assert table["start"].tolist() == [20]


def test_patterns_of_other_windows_are_refused(windows):
    with pytest.raises(InputError, match="pos_pattern_0 has a seqlet in row 3; there are only 3 windows"):
        seqlet_intervals([pattern_at([3], [0], "+", [1.0])], windows, window_bp=60)
