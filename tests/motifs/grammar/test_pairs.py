"""Pairs: every one once, and the same from either side."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cisgram.motifs.grammar.pairs import ORIENTATIONS, count_pairs, orientation_names, palindromic_patterns, sites_of

ROWS = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 80), st.sampled_from([7, 8]), st.sampled_from("+-")),
    min_size=1,
    max_size=12,
)


def pair_counts(hits, windows, first, second, *, most_bp=60):
    sites = sites_of(hits, first, windows), sites_of(hits, second, windows)
    return count_pairs(*sites, least2=0, most_bp=most_bp, is_same=first == second)


@given(ROWS, ROWS)
def test_pairs_are_counted_as_by_hand_and_the_same_when_windows_are_turned_over(hits_at, turned_over, first, second):
    hits, windows = hits_at([(*row, "a") for row in first] + [(*row, "b") for row in second], length=100)
    counts = pair_counts(hits, windows, "a", "b")
    expected = np.zeros_like(counts)
    for a, b in product(first, second):
        distance = (b[1] + b[2] / 2) - (a[1] + a[2] / 2)
        if a[0] != b[0] or abs(distance) >= 61:
            continue
        signs = a[3] + b[3] if distance >= 0 else "".join("+-"[one == "+"] for one in a[3] + b[3])
        expected[ORIENTATIONS.index(signs), int(abs(distance))] += 1
    np.testing.assert_array_equal(counts, expected)
    backward = pair_counts(turned_over(hits, windows), windows, "a", "b")
    np.testing.assert_array_equal(backward[:, 1:], counts[:, 1:])


@given(ROWS)
def test_hits_of_one_pattern_make_a_pair_once(hits_at, first):
    hits, windows = hits_at([(*row, "a") for row in first], length=100)
    n = np.bincount([row[0] for row in first])
    assert pair_counts(hits, windows, "a", "a", most_bp=200).sum() == (n * (n - 1) // 2).sum()


def test_orientations_that_cannot_be_told_apart_have_one_name():
    assert orientation_names(is_same=False, is_palindrome=(False, False)) == ORIENTATIONS
    assert orientation_names(is_same=True, is_palindrome=(False, False)) == ("++", "+-", "-+", "++")
    assert orientation_names(is_same=False, is_palindrome=(False, True)) == ("+.", "+.", "-.", "-.")
    assert set(orientation_names(is_same=True, is_palindrome=(True, True))) == {".."}


@pytest.mark.parametrize(
    ("core", "expected"), [("CACGTG", True), ("TTTGCATAACAA", False), ("CCGGGGTTCGAACCCGGG", True)]
)
def test_palindromes_are_told_by_their_contributions(pattern_of, core, expected):
    pattern = pattern_of("pos_pattern_0", core)
    assert palindromic_patterns([pattern]) == (frozenset(["pos_pattern_0"]) if expected else frozenset())
