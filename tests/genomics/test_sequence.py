"""Letters, codes, one-hot channels and shuffles."""

from collections import Counter
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cisgram.genomics import sequence

letters = st.text(alphabet="ACGTNacgtnRYKM", max_size=60)


@given(letters)
def test_decode_undoes_encode_up_to_case_and_ambiguity(text):
    expected = "".join(letter if letter in "ACGT" else "N" for letter in text.upper())
    assert sequence.decode(sequence.encode(text)) == expected


@given(letters)
def test_reverse_complement_twice_is_identity(text):
    codes = sequence.encode(text)
    np.testing.assert_array_equal(sequence.reverse_complement(sequence.reverse_complement(codes)), codes)


@given(letters.filter(bool))
def test_one_hot_and_back_is_identity_and_flipping_both_axes_is_the_reverse_complement(text):
    codes = sequence.encode(text)
    hot = sequence.one_hot(codes)
    np.testing.assert_array_equal(sequence.codes_of(hot), codes)
    np.testing.assert_array_equal(hot[::-1, ::-1], sequence.one_hot(sequence.reverse_complement(codes)))


def test_n_is_all_zeros():
    assert sequence.one_hot(sequence.encode("NRY-")).sum() == 0


def test_gc_fraction_of_unknown_bases_is_nan():
    assert np.isnan(sequence.gc_fraction(sequence.encode("NNN")))


def dinucleotides(codes):
    text = sequence.decode(codes)
    return Counter(pairwise(text))


@given(letters, st.integers(0, 2**31))
def test_shuffles_keep_dinucleotides_and_ends(text, seed):
    codes = sequence.encode(text)
    for shuffled in sequence.dinucleotide_shuffle(codes, n_shuffles=3, rng=np.random.default_rng(seed)):
        assert dinucleotides(shuffled) == dinucleotides(codes)
        np.testing.assert_array_equal(shuffled[[0, -1]] if text else shuffled, codes[[0, -1]] if text else codes)


def test_every_possible_shuffle_is_equally_likely():
    codes = sequence.encode("ACGACTAGA")
    shuffles = sequence.dinucleotide_shuffle(codes, n_shuffles=20_000, rng=np.random.default_rng(1))
    seen = Counter(map(sequence.decode, shuffles))
    expected = 20_000 / len(seen)
    chi2 = sum((n - expected) ** 2 / expected for n in seen.values())
    assert len(seen) > 4
    assert chi2 < len(seen) + 4 * np.sqrt(2 * len(seen))
