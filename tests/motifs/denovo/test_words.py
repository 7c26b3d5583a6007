from itertools import combinations

import numpy as np
import pytest
from scipy.stats import chi2_contingency
from toy_sets import planted_set, random_codes

from cisgram.genomics.sequence import decode, reverse_complement
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.motifs.denovo import words
from cisgram.motifs.denovo.words import enriched_words, log_ratios, start_matrix


@pytest.mark.parametrize("is_stranded", [False, True], ids=["both_strands", "one_strand"])
@pytest.mark.parametrize("shape", [(6, 0, 0), (8, 0, 0), (3, 5, 3), (3, 1, 3)], ids=str)
def test_a_word_counts_once_per_sequence(shape, is_stranded):
    rng = np.random.default_rng(1)
    sequences = SequenceSet.from_codes([random_codes(rng, length, n_unknown=2) for length in (5, 60, 200, 80, 80)])
    left, gap, right = shape
    counted = words._count(sequences, np.array([shape]), is_stranded=is_stranded)[0]
    expected = np.zeros(4 ** (left + right), dtype=int)
    for codes in sequences:
        seen = set()
        for strand in [codes] if is_stranded else [codes, reverse_complement(codes)]:
            text = decode(strand)
            for at in range(len(text) - sum(shape) + 1):
                span = text[at : at + sum(shape)]
                if "N" not in span:
                    seen.add(span[:left] + span[left + gap :])
        for word in seen:
            expected[int("".join(str("ACGT".index(one)) for one in word), 4)] += 1
    np.testing.assert_array_equal(counted, expected)


def test_log_ratios_are_those_of_the_test_of_two_rates():
    table = np.array([[30, 70], [12, 188]])
    expected = chi2_contingency(table, correction=False, lambda_="log-likelihood").statistic
    found = log_ratios(np.array([30, 1]), 100, np.array([12, 90]), 200)
    assert found[0] == pytest.approx(expected)
    assert found[1] == 0


def test_a_planted_word_comes_first_and_its_shifts_are_not_repeated():
    sequences = planted_set("GATTACAGC", n=200, share=0.6)
    control = sequences.shuffled(rng=np.random.default_rng(0))
    found = enriched_words(sequences, control, max_gap=8, is_stranded=False, n_best=5)
    sets = [np.array([words.IUPAC.index(letter) for letter in one.letters]) for one in found]
    planted = np.array([words.IUPAC.index(letter) for letter in "GATTACAGC"])
    assert words._are_alike(sets[0], planted) or words._are_alike(words._turned(sets[0]), planted)
    for one, other in combinations(sets, 2):
        assert not words._are_alike(one, other)
        assert not words._are_alike(words._turned(one), other)


def test_a_gap_is_found():
    rng = np.random.default_rng(4)
    parts = [random_codes(rng, 80) for _ in range(150)]
    for part in parts[:90]:
        at = int(rng.integers(0, 63))
        part[at : at + 3], part[at + 14 : at + 17] = [1, 2, 2], [1, 1, 2]  # CGG, 11 bases, CCG
    sequences = SequenceSet.from_codes(parts)
    control = sequences.shuffled(rng=rng)
    found = enriched_words(sequences, control, max_gap=16, is_stranded=False, n_best=3)
    sets, planted = (
        np.array([words.IUPAC.index(letter) for letter in letters])
        for letters in (found[0].letters, "CGG" + "N" * 11 + "CCG")
    )
    assert words._are_alike(sets, planted) or words._are_alike(words._turned(sets), planted)


def test_letters_widen_to_the_bases_that_occur():
    parts = [planted_set(word, n=80, seed=seed) for seed, word in enumerate(("CATACCAA", "CATGCCAA"))]
    sequences = SequenceSet.from_codes([codes for part in parts for codes in part])
    control = sequences.shuffled(rng=np.random.default_rng(0))
    best = enriched_words(sequences, control, max_gap=0, is_stranded=False, n_best=1)[0]
    assert set(best.letters) & set("RY")


def test_a_start_keeps_its_word_in_the_middle_and_open_columns_around_it():
    bases = np.array([0.3, 0.2, 0.2, 0.3])
    ppm = start_matrix("CGNG", 8, bases, certainty=0.8)
    np.testing.assert_allclose(ppm.sum(axis=0), 1)
    for column in (0, 1, 4, 6, 7):
        np.testing.assert_allclose(ppm[:, column], bases)
    assert ppm[1, 2] == pytest.approx(0.8 + 0.2 * 0.2)
