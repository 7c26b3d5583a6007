"""Motifs: laws of strands, letters and information, with closed forms and the rules of the papers."""

import dataclasses
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multinomial

from cisgram.errors import InputError
from cisgram.genomics.motif import (
    IUPAC,
    UNIFORM,
    Motif,
    information_content,
    informative_part,
    ppm_to_pwm,
    small_sample_correction,
)

COMPLEMENT = str.maketrans("ACGTMRWSYKVHDBN", "TGCAKYWSRMBDHVN")
consensus_letters = st.text(alphabet=IUPAC[1:], min_size=1, max_size=30)
counts = st.lists(st.tuples(*[st.integers(0, 60)] * 4).filter(any), min_size=1, max_size=20)


def motif_of(columns, **options):
    return Motif.from_counts("m", np.array(columns, dtype=float).T, **options)


@given(consensus_letters)
def test_the_consensus_of_a_consensus_is_itself(letters):
    assert Motif.from_consensus("m", letters).consensus() == letters


@given(counts)
def test_the_consensus_of_the_other_strand_is_the_reverse_complement_of_the_consensus(columns):
    motif = motif_of(columns)
    assert motif.reverse_complement().consensus() == motif.consensus().translate(COMPLEMENT)[::-1]


@pytest.mark.parametrize(
    ("column", "letter"),
    [
        ((51, 25, 24, 0), "A"),  # more than half, more than twice the next
        ((50, 20, 20, 10), "N"),  # half is not more than half
        ((54, 27, 19, 0), "M"),  # twice the next is not more than twice; two have more than three quarters
        ((40, 35, 25, 0), "V"),  # exactly three quarters are not enough; T never occurs
        ((40, 36, 24, 0), "M"),
        ((40, 30, 20, 10), "N"),
        ((0, 26, 50, 24), "S"),
    ],
)
def test_consensus_follows_the_rules_of_cavener(column, letter):
    assert motif_of([column]).consensus() == letter


@given(counts)
def test_reverse_complement_twice_is_identity_and_keeps_the_rest(columns):
    motif = dataclasses.replace(motif_of(columns), alternate_name="other")
    back = motif.reverse_complement().reverse_complement()
    np.testing.assert_array_equal(back.ppm, motif.ppm)
    assert (back.name, back.alternate_name, back.n_sites) == (motif.name, motif.alternate_name, motif.n_sites)


@given(counts)
def test_information_is_two_bits_minus_the_entropy_and_mirrors_with_the_strand(columns):
    motif = motif_of(columns)
    entropy = [-sum(p * np.log2(p) for p in column if p > 0) for column in motif.ppm.T]
    information = motif.information_content()
    np.testing.assert_allclose(information, 2 - np.array(entropy), atol=1e-12)
    np.testing.assert_allclose(motif.reverse_complement().information_content(), information[::-1], atol=1e-12)


@given(counts, st.tuples(*[st.integers(1, 50)] * 4))
def test_information_is_never_negative_and_zero_only_for_the_background_itself(columns, parts):
    background = np.array(parts) / sum(parts)
    assert (motif_of(columns).information_content(background) >= -1e-12).all()
    np.testing.assert_allclose(information_content(background[:, None], background=background), 0, atol=1e-12)


def test_a_rare_base_tells_more_than_a_common_one():
    background = np.array([0.4, 0.1, 0.1, 0.4])
    np.testing.assert_allclose(
        Motif.from_consensus("m", "AC").information_content(background), [np.log2(2.5), np.log2(10)]
    )


@given(counts, st.floats(0.01, 5))
def test_log_odds_undo_to_smoothed_proportions_that_sum_to_one(columns, pseudocount):
    motif, background = motif_of(columns), np.array([0.3, 0.2, 0.2, 0.3])
    pwm = ppm_to_pwm(motif.ppm, background=background, n_sites=motif.n_sites, pseudocount=pseudocount)
    smoothed = 2**pwm * background[:, None]
    np.testing.assert_allclose(smoothed.sum(axis=0), 1)
    n = motif.n_sites
    np.testing.assert_allclose(
        smoothed * (n + pseudocount) - pseudocount * background[:, None], n * motif.ppm, atol=1e-9
    )


def test_without_pseudocount_the_mean_log_odds_are_the_information():
    motif = motif_of([(5, 3, 2, 0), (10, 0, 0, 0)])
    pwm = ppm_to_pwm(motif.ppm, pseudocount=0.0)
    assert np.isneginf(pwm[3, 0])
    finite = np.where(motif.ppm > 0, pwm, 0)
    np.testing.assert_allclose((motif.ppm * finite).sum(axis=0), motif.information_content())


def test_trimming_takes_uninformative_ends_and_leaves_the_middle():
    motif = Motif.from_consensus("m", "NNTTNACNN", n_sites=7)
    trimmed = motif.trimmed()
    assert (trimmed.consensus(), trimmed.n_sites) == ("TTNAC", 7)
    assert trimmed.trimmed(2.0).consensus() == "TTNAC"
    assert Motif.from_consensus("m", "RACY").trimmed(1.5).consensus() == "AC"


def test_trimming_everything_away_is_refused():
    with pytest.raises(InputError, match=r"no column has 1.5 bits \(the best has 1\)"):
        Motif.from_consensus("m", "NRY").trimmed(1.5)


def test_the_informative_part_of_nothing_is_empty():
    assert informative_part(np.zeros(3), threshold=0.1) == slice(0, 0)
    assert informative_part(np.zeros(0), threshold=0.1) == slice(0, 0)


@pytest.mark.parametrize(("letters", "expected"), [("CACGTG", True), ("GAATTC", True), ("TTACCC", False), ("A", False)])
def test_palindromes_are_known(letters, expected):
    assert Motif.from_consensus("m", letters).is_palindromic() is expected


def test_counts_become_proportions_and_the_number_of_sites():
    motif = motif_of([(6, 2, 1, 1), (0, 0, 8, 0)])
    np.testing.assert_allclose(motif.ppm[:, 0], [0.6, 0.2, 0.1, 0.1])
    assert motif.n_sites == 10
    smoothed = motif_of([(6, 2, 1, 1)], pseudocount=4.0)
    np.testing.assert_allclose(smoothed.ppm[:, 0], np.array([7, 3, 2, 2]) / 14)
    assert smoothed.n_sites == 10


def test_a_motif_keeps_its_own_unchangeable_copy():
    ppm = np.full((4, 2), 0.25)
    motif = Motif("m", ppm)
    ppm[0, 0] = 9
    assert motif.ppm[0, 0] == 0.25
    with pytest.raises(ValueError, match="read-only"):
        motif.ppm[0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        UNIFORM[0] = 1


def test_rounding_is_evened_out():
    ppm = np.array([[0.3333333, 0.3333333, 0.3333333, 0.0]]).T
    np.testing.assert_allclose(Motif("m", ppm).ppm.sum(axis=0), 1, rtol=1e-15)


def test_repr_shows_names_and_consensus():
    motif = Motif("MA0271.1", Motif.from_consensus("m", "CACGTG").ppm, alternate_name="CBF1", n_sites=12)
    assert repr(motif) == "<Motif MA0271.1 (CBF1): CACGTG, 12 sites>"


@pytest.mark.parametrize(
    ("ppm", "message"),
    [
        (np.zeros((4, 0)), "no columns"),
        (np.array([[0.25, 0.5], [0.25, 0.5], [0.25, 0.5], [0.25, -0.5]]), r"column 2 is \[0.5, 0.5, 0.5, -0.5\]"),
        (np.array([[0.3], [0.3], [0.3], [0.0]]), "column 1"),
        (np.array([[np.nan], [0.5], [0.25], [0.25]]), "column 1"),
    ],
)
def test_what_is_no_distribution_is_refused(ppm, message):
    with pytest.raises(InputError, match=message):
        Motif("m", ppm)


@pytest.mark.parametrize("name", ["", "two words", " m", "tab\tbed"])
def test_a_name_must_be_one_word(name):
    with pytest.raises(InputError, match="must be one word"):
        Motif.from_consensus(name, "ACGT")


@pytest.mark.parametrize("n_sites", [0, -1, float("nan")])
def test_the_number_of_sites_must_be_positive(n_sites):
    with pytest.raises(InputError, match="n_sites must be above 0"):
        Motif.from_consensus("m", "ACGT", n_sites=n_sites)


@pytest.mark.parametrize("letters", ["", "ACX", "A-C"])
def test_letters_that_are_not_iupac_are_refused(letters):
    with pytest.raises(InputError, match="a consensus is made of"):
        Motif.from_consensus("m", letters)


@pytest.mark.parametrize("column", [(0, 0, 0, 0), (-1, 2, 2, 2)])
def test_counts_without_a_site_or_below_zero_are_refused(column):
    with pytest.raises(InputError, match="at least one site in every column"):
        motif_of([(1, 0, 0, 0), column])


@pytest.mark.parametrize("background", [[0.5, 0.5, 0.0, 0.0], [0.3, 0.3, 0.3, 0.3], [np.nan, 0.3, 0.3, 0.4]])
def test_a_background_must_be_positive_proportions(background):
    with pytest.raises(InputError, match="a background is the proportions"):
        information_content(np.full((4, 1), 0.25), background=np.array(background))


@pytest.mark.parametrize("options", [{"n_sites": 0}, {"pseudocount": -1.0}])
def test_log_odds_need_sites_and_no_negative_pseudocount(options):
    with pytest.raises(InputError, match="n_sites must be above 0 and pseudocount"):
        ppm_to_pwm(np.full((4, 1), 0.25), **options)


def test_counts_and_log_odds_follow_from_the_proportions_and_the_sites():
    motif = motif_of([(6, 2, 1, 1), (0, 0, 10, 0)])
    np.testing.assert_allclose(motif.pfm(), np.array([(6, 2, 1, 1), (0, 0, 10, 0)]).T)
    background = np.array([0.3, 0.2, 0.2, 0.3])
    expected = ppm_to_pwm(motif.ppm, background=background, n_sites=10, pseudocount=0.5)
    np.testing.assert_array_equal(motif.pwm(background, pseudocount=0.5), expected)


@pytest.mark.parametrize("bases", [(0.25, 0.25, 0.25, 0.25), (0.4, 0.1, 0.2, 0.3)])
@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_the_exact_correction_is_the_mean_information_of_all_compositions(n, bases):
    mean = 0.0
    for counts in product(range(n + 1), repeat=4):
        if sum(counts) == n:
            chance = multinomial.pmf(counts, n, bases)
            ppm = np.array(counts, dtype=float)[:, None] / n
            mean += chance * information_content(ppm, background=np.array(bases))[0]
    assert small_sample_correction(n, background=np.array(bases), is_exact=True) == pytest.approx(mean)


def test_the_approximate_correction_nears_the_exact_one_with_more_sites():
    distance = [
        abs(small_sample_correction(n) / small_sample_correction(n, is_exact=True) - 1) for n in (5, 20, 50, 1000)
    ]
    assert distance == sorted(distance, reverse=True)
    assert distance[2] < 0.03


def test_corrected_information_is_lower_by_the_same_in_every_column():
    motif = motif_of([(6, 2, 1, 1), (0, 0, 10, 0)])
    plain = motif.information_content()
    np.testing.assert_allclose(
        plain - motif.information_content(correction="exact"), small_sample_correction(10, is_exact=True)
    )
    np.testing.assert_allclose(plain - motif.information_content(correction="approximate"), 3 / (2 * np.log(2) * 10))


def test_a_correction_needs_sites():
    with pytest.raises(InputError, match="n_sites must be above 0"):
        small_sample_correction(0)
