"""Windows on peaks: every candidate keeps its row, and says why it is not used."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.data.windows import COLUMNS, drop, drop_summary, propose_windows, require_kept
from cisgram.errors import CisgramWarning, ConfigError, ContigError, EmptySetError, InputError
from cisgram.genomics.interval import interval_table

SIZES = {"I": 1000, "II": 400}


def peaks_of(*rows, **columns):
    chrom, start, end = zip(*rows, strict=True)
    return interval_table(list(chrom), list(start), list(end), **columns)


def test_a_window_has_its_centre_at_the_first_base_of_its_right_half():
    peaks = peaks_of(("I", 100, 200), ("I", 300, 400), summit=[120, 399], name=["a", "."], strand=["-", "."])
    windows = propose_windows(peaks, sizes=SIZES, input_length=50)
    assert list(windows.columns) == list(COLUMNS)
    assert (windows["start"] + 25).tolist() == [120, 399]
    assert windows["name"].tolist() == ["a", "I:301-400"]
    assert windows["strand"].tolist() == ["-", "."]
    assert windows["centre"].tolist() == ["summit", "summit"]


def test_the_dominant_position_is_the_leftmost_of_the_highest_with_strands_added():
    counts = np.zeros((2, 1000), dtype=np.uint32)
    counts[0, 110], counts[1, 110] = 3, 3  # together more than any single strand has anywhere
    counts[0, 150] = 5
    counts[1, [310, 390]] = 4  # equal: the leftmost
    counts[0, 250] = 99  # outside of both
    peaks = peaks_of(("I", 100, 200), ("I", 300, 400), ("I", 500, 600), ("X", 0, 9))
    windows = propose_windows(peaks, sizes=SIZES, input_length=20, center="dominant", counts={"I": counts})
    assert (windows["start"] + 10).tolist()[:2] == [110, 310]
    assert windows["dropped"].tolist() == ["", "", "no counts in the peak", "contig not in the genome"]


def test_a_missing_summit_is_an_error_or_a_fallback_that_is_said():
    peaks = peaks_of(("I", 100, 200), ("I", 300, 400), summit=[150, -1])
    with pytest.raises(InputError, match=r"1 of 2 peaks have no summit.*I start 300"):
        propose_windows(peaks, sizes=SIZES, input_length=20)
    windows = propose_windows(peaks, sizes=SIZES, input_length=20, center="summit or middle")
    assert windows["centre"].tolist() == ["summit", "middle"]
    assert (windows["start"] + 10).tolist() == [150, 350]
    with pytest.raises(InputError, match="no summit"):
        propose_windows(peaks.drop(columns="summit"), sizes=SIZES, input_length=20)


def test_a_summit_outside_its_peak_is_refused():
    with pytest.raises(InputError, match="outside their peak; the first is 50 of I start 100"):
        propose_windows(peaks_of(("I", 100, 200), summit=[50]), sizes=SIZES, input_length=20)


@given(
    at=st.lists(st.integers(0, 999), min_size=1, max_size=20),
    input_length=st.integers(1, 300),
    jitter_bp=st.integers(0, 100),
)
def test_kept_windows_fit_into_their_contig_wherever_jitter_moves_them(at, input_length, jitter_bp):
    peaks = interval_table(["I"] * len(at), at, [i + 1 for i in at])
    fits = [
        i - input_length // 2 - jitter_bp >= 0 and i - input_length // 2 + input_length + jitter_bp <= 1000 for i in at
    ]
    first = [i not in at[:n] for n, i in enumerate(at)]
    expected = [a and b for a, b in zip(fits, first, strict=True)]
    if not any(expected):
        with pytest.raises(EmptySetError, match="beyond the end of the contig"):
            propose_windows(peaks, sizes=SIZES, input_length=input_length, jitter_bp=jitter_bp, center="middle")
        return
    windows = propose_windows(peaks, sizes=SIZES, input_length=input_length, jitter_bp=jitter_bp, center="middle")
    assert windows["dropped"].eq("").tolist() == expected
    assert len(windows) == len(at)


def test_windows_at_the_end_of_a_contig_can_be_padded_or_refused():
    peaks = peaks_of(("I", 0, 10), ("I", 500, 510))
    with pytest.warns(CisgramWarning, match="1 windows reach beyond"):
        padded = propose_windows(peaks, sizes=SIZES, input_length=100, center="middle", edge="pad")
    assert padded["dropped"].tolist() == ["", ""]
    with pytest.raises(InputError, match=r"1 windows do not fit.*5 bp of jitter.*I:1-10"):
        propose_windows(peaks, sizes=SIZES, input_length=100, jitter_bp=5, center="middle", edge="error")


def test_a_window_whose_centre_is_outside_the_contig_is_dropped_even_if_padding_is_allowed():
    peaks = peaks_of(("I", 900, 910), ("II", 500, 510))
    windows = propose_windows(peaks, sizes=SIZES, input_length=10, center="middle", edge="pad")
    assert windows["dropped"].tolist() == ["", "centre outside the contig"]


def test_windows_with_the_same_centre_are_used_once():
    peaks = peaks_of(("I", 100, 200), ("I", 149, 152), ("II", 100, 200), ("I", 148, 152))
    windows = propose_windows(peaks, sizes=SIZES, input_length=50, center="middle")
    again = "same centre as a window before"
    assert windows["dropped"].tolist() == ["", again, "", again]
    assert drop_summary(windows) == {again: 2}


def test_peaks_of_another_naming_are_refused_with_both_namings():
    with pytest.raises(ContigError, match=r"peaks name chrI, the genome I, II"):
        propose_windows(peaks_of(("chrI", 100, 200)), sizes=SIZES, input_length=50, center="middle")


def test_no_peaks_and_no_kept_windows_are_errors_with_reasons():
    with pytest.raises(EmptySetError, match="no rows"):
        propose_windows(interval_table([], [], []), sizes=SIZES, input_length=50, center="middle")
    with pytest.raises(EmptySetError, match=r"no windows left.*2 beyond the end of the contig"):
        propose_windows(peaks_of(("I", 0, 9), ("II", 3, 9)), sizes=SIZES, input_length=50, center="middle")


@pytest.mark.parametrize(
    "wrong", [{"input_length": 0}, {"input_length": 9, "jitter_bp": -1}, {"input_length": 9, "center": "dominant"}]
)
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ConfigError):
        propose_windows(peaks_of(("I", 100, 200)), sizes=SIZES, **{"center": "middle", **wrong})


def test_the_first_reason_stays_and_the_argument_is_left_alone():
    windows = propose_windows(peaks_of(("I", 100, 200), ("I", 300, 400)), sizes=SIZES, input_length=9, center="middle")
    once = drop(windows, np.array([True, False]), "one")
    twice = drop(once, np.array([True, True]), "two")
    assert twice["dropped"].tolist() == ["one", "two"]
    assert windows["dropped"].tolist() == ["", ""]


def test_what_is_required_of_one_split_is_counted_in_that_split():
    windows = pd.DataFrame({"split": ["train", "valid"], "kind": "peak", "dropped": ["", "too many N"]})
    assert require_kept(windows, split="train") is windows
    with pytest.raises(EmptySetError, match=r"no valid windows left \(1 too many N\)"):
        require_kept(windows, split="valid")
    with pytest.raises(EmptySetError, match="no train negative windows"):
        require_kept(windows, split="train", kind="negative")
