"""Excluded regions and the windows that they cost."""

import pandas as pd
import pytest

from cisgram.doctor.blacklist import check_blacklist

SIZES = {"I": 10_000, "II": 10_000}
WINDOWS = pd.DataFrame([("I", at, at + 100) for at in range(0, 10_000, 100)], columns=["chrom", "start", "end"])


def regions(*rows):
    return pd.DataFrame(rows, columns=["chrom", "start", "end"])


@pytest.mark.parametrize(
    ("rows", "level"),
    [
        ([("I", 0, 500)], "ok"),
        ([("I", 0, 500), ("other", 0, 9)], "ok"),
        ([("I", 0, 3000)], "warning"),
        ([("I", 0, 9950)], "error"),
        ([("II", 0, 10_000)], "warning"),  # half of the genome, though no window touches it
        ([("other", 0, 500)], "warning"),  # of another genome
    ],
)
def test_regions_are_judged_by_the_windows_that_they_cost(rows, level):
    assert check_blacklist(WINDOWS, regions(*rows), sizes=SIZES).level == level


def test_shares_are_counted_once_where_regions_overlap():
    verdict = check_blacklist(WINDOWS, regions(("I", 0, 500), ("I", 400, 1000)), sizes=SIZES)
    assert (verdict.figures["covered"], verdict.figures["share_lost"]) == (0.05, 0.1)


def test_without_regions_the_question_is_skipped():
    assert check_blacklist(WINDOWS, regions(), sizes=SIZES).level == "skipped"
