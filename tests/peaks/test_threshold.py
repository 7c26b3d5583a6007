"""Peaks by a threshold: against a plain twin, however the stream is cut."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.errors import InputError
from cisgram.io.tables import read_intervals, write_narrowpeak
from cisgram.peaks.threshold import THRESHOLD_PEAK_COLUMNS, ScoredPiece, ThresholdCaller, call_by_threshold


def plain_peaks(score, track, *, threshold, min_length_bp, max_gap_bp):
    """The plain twin: stretches, joined over gaps, filtered by length."""
    stretches = []
    for at in np.flatnonzero(score >= threshold).tolist():
        if stretches and at - stretches[-1][1] <= max_gap_bp:
            stretches[-1][1] = at + 1
        else:
            stretches.append([at, at + 1])
    rows = []
    for start, end in stretches:
        if end - start < min_length_bp:
            continue
        inside = np.where(score[start:end] >= threshold, track[start:end], -np.inf)
        first = int(inside.argmax())
        last = first
        while last + 1 < inside.size and inside[last + 1] == inside[first]:
            last += 1
        rows.append((start, end, start + (first + last) // 2, float(inside.max()), float(track[start:end].mean())))
    return rows


levels = st.lists(st.integers(0, 4), min_size=1, max_size=60)


@given(levels, st.data(), st.integers(1, 4), st.integers(0, 3))
def test_peaks_agree_with_the_plain_twin_however_the_contig_is_cut(score, data, min_length_bp, max_gap_bp):
    score = np.array(score, dtype=np.float32)
    track = np.array(data.draw(st.lists(st.integers(0, 3), min_size=score.size, max_size=score.size)), np.float32)
    cuts = sorted(data.draw(st.lists(st.integers(0, score.size), max_size=4)))
    bounds = [0, *cuts, score.size]
    pieces = [ScoredPiece("I", 10 + a, score[a:b], track[a:b]) for a, b in pairwise(bounds) if a < b]
    rules = {"threshold": 2.0, "min_length_bp": min_length_bp, "max_gap_bp": max_gap_bp}
    found = call_by_threshold(pieces, **rules)
    expected = [(a + 10, b + 10, c + 10, d, round(e, 6)) for a, b, c, d, e in plain_peaks(score, track, **rules)]
    assert list(found[["start", "end", "summit", "max", "mean"]].itertuples(index=False, name=None)) == [
        pytest.approx(row) for row in expected
    ]


def test_contigs_and_gaps_between_pieces_end_peaks():
    high = np.ones(30, dtype=np.float32)
    pieces = [ScoredPiece("I", 0, high), ScoredPiece("I", 40, high), ScoredPiece("II", 70, high)]
    found = call_by_threshold(pieces, threshold=0.5, max_gap_bp=100)
    assert found[["chrom", "start", "end"]].to_numpy().tolist() == [["I", 0, 30], ["I", 40, 70], ["II", 70, 100]]


def test_the_table_is_narrowpeak_and_comes_back_from_a_file(tmp_path):
    score = np.repeat([0.1, 0.8, 0.2, 0.6], 40).astype(np.float32)
    found = call_by_threshold([ScoredPiece("I", 0, score)], threshold=0.5, name="NK")
    assert tuple(found.columns) == THRESHOLD_PEAK_COLUMNS
    assert found["name"].tolist() == ["NK_1", "NK_2"]
    assert found["score"].tolist() == [1000, 750]
    write_narrowpeak(tmp_path / "a.narrowPeak", found)
    back = read_intervals(tmp_path / "a.narrowPeak")
    for column in ("start", "end", "summit", "signal"):
        assert back[column].tolist() == found[column].tolist()


def test_nothing_above_the_threshold_is_an_empty_table_that_can_be_written(tmp_path):
    for pieces in ([], [ScoredPiece("I", 0, np.zeros(100, np.float32))], [ScoredPiece("I", 0, np.full(9, np.nan))]):
        found = call_by_threshold(pieces, threshold=0.5)
        assert len(found) == 0
        assert tuple(found.columns) == THRESHOLD_PEAK_COLUMNS
    write_narrowpeak(tmp_path / "a.narrowPeak", found)


@pytest.mark.parametrize(
    ("starts", "message"), [([("I", 0), ("I", 5)], "must go on"), ([("I", 0), ("II", 0), ("I", 10)], "stand together")]
)
def test_pieces_out_of_order_are_refused(starts, message):
    with pytest.raises(InputError, match=message):
        call_by_threshold((ScoredPiece(c, s, np.ones(10, np.float32)) for c, s in starts), threshold=0.5)


@pytest.mark.parametrize("options", [{"threshold": np.nan}, {"min_length_bp": 0}, {"max_gap_bp": -1}])
def test_numbers_that_make_no_sense_are_refused(options):
    with pytest.raises(InputError, match="threshold must be a number"):
        call_by_threshold([], **{"threshold": 0.5, **options})


def test_pieces_that_are_handed_over_give_the_same_peaks_and_the_open_one_ends_when_it_is_asked_for():
    score = np.array([0, 1, 1, 0, 1, 1, 1], dtype=np.float32)
    pieces = [ScoredPiece("I", 0, score), ScoredPiece("II", 5, score)]
    caller = ThresholdCaller(threshold=0.5, min_length_bp=2)
    for piece in pieces:
        caller.add(piece)
    found = caller.peaks()
    assert found.equals(call_by_threshold(pieces, threshold=0.5, min_length_bp=2))
    assert found[["chrom", "start", "end"]].to_numpy().tolist()[-1] == ["II", 9, 12]
    assert caller.peaks().equals(found)
    with pytest.raises(InputError, match="must stand together; I came twice"):
        caller.add(pieces[0])
