"""The kernel against its definition, and its laws."""

from dataclasses import replace
from math import comb

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgram.baselines.gkmsvm.kernel import kernel_between, kernel_matrix, self_norms
from cisgram.baselines.gkmsvm.table import neighbour_sums, sums_over_words, word_sums
from cisgram.baselines.gkmsvm.weights import mismatch_weights
from cisgram.baselines.gkmsvm.words import words_of
from cisgram.genomics.gkm_model import GkmKernel
from cisgram.genomics.sequence import encode, reverse_complement
from cisgram.genomics.sequence_set import SequenceSet

from .conftest import plain_kernel, random_set


@st.composite
def kernel_settings(draw):
    length = draw(st.integers(3, 9))
    return {
        "word_bp": length,
        "informative_bp": draw(st.integers(1, length)),
        "max_mismatches": draw(st.integers(0, min(4, length - 1))),
        "filter": draw(st.sampled_from(["truncated", "full", "gapped"])),
        "gamma": draw(st.sampled_from([None, 2.0])),
        "center_weight": draw(st.sampled_from([None, 20])),
        "half_life_bp": draw(st.sampled_from([3.0, 50])),
        "is_stranded": draw(st.booleans()),
        "unknown": draw(st.sampled_from(["skip", "A"])),
    }


TEXTS = st.lists(st.text("ACGTN", max_size=16), min_size=1, max_size=4)


def is_well_defined(kernel):
    """With a filter cut off at d mismatches a sequence may have nothing in common with itself (or less)."""
    weights = mismatch_weights(kernel)
    return bool((weights >= 0).all() and weights[0] > 0)


@given(kernel_settings(), TEXTS, TEXTS)
@settings(max_examples=60)
def test_the_kernel_is_its_definition(chosen, texts, other_texts):
    kernel = GkmKernel(**chosen)
    sequences, others = (SequenceSet.from_codes([encode(text) for text in one]) for one in (texts, other_texts))
    if not is_well_defined(kernel):
        kernel = replace(kernel, filter="truncated")
    np.testing.assert_allclose(kernel_matrix(sequences, kernel), plain_kernel(sequences, sequences, kernel), atol=1e-9)
    np.testing.assert_allclose(
        kernel_between(sequences, others, kernel), plain_kernel(sequences, others, kernel), atol=1e-9
    )


@pytest.mark.parametrize("name", ["truncated", "full", "gapped"])
@pytest.mark.parametrize(("length", "k", "d"), [(11, 7, 3), (10, 6, 3), (12, 8, 4), (6, 4, 2)])
def test_the_kernel_of_the_usual_sizes_is_its_definition(rng, name, length, k, d):
    kernel = GkmKernel(word_bp=length, informative_bp=k, max_mismatches=d, filter=name)
    sequences = random_set(rng, [30, 41, 5, 28], n_letters=2)
    np.testing.assert_allclose(kernel_matrix(sequences, kernel), plain_kernel(sequences, sequences, kernel), atol=1e-9)


def test_the_kernel_is_symmetric_with_ones_on_the_diagonal(rng):
    matrix = kernel_matrix(random_set(rng, [80] * 30), GkmKernel())
    np.testing.assert_array_equal(matrix, matrix.T)
    np.testing.assert_array_equal(np.diagonal(matrix), 1.0)
    assert (matrix[~np.eye(30, dtype=bool)] < 1).all()


@pytest.mark.parametrize(
    "kernel",
    [
        GkmKernel(word_bp=8, informative_bp=5, max_mismatches=3, filter="gapped"),
        GkmKernel(word_bp=8, informative_bp=5, max_mismatches=7, filter="truncated"),
        GkmKernel(word_bp=8, informative_bp=5, max_mismatches=7, filter="full", gamma=1.0),
        GkmKernel(),
    ],
    ids=["gapped", "truncated", "full-rbf", "defaults"],
)
def test_the_kernel_is_positive_definite(rng, kernel):
    assert np.linalg.eigvalsh(kernel_matrix(random_set(rng, [60] * 40), kernel)).min() > 0


@pytest.mark.parametrize("center_weight", [None, 30])
def test_the_strand_of_a_sequence_does_not_matter(rng, center_weight):
    kernel = GkmKernel(word_bp=8, informative_bp=5, center_weight=center_weight)
    sequences = random_set(rng, [60, 70, 80])  # 53, 63 and 73 words: one is in the middle
    turned = SequenceSet.from_codes([reverse_complement(codes) for codes in sequences])
    np.testing.assert_allclose(kernel_matrix(turned, kernel), kernel_matrix(sequences, kernel), atol=1e-12)
    np.testing.assert_allclose(np.diagonal(kernel_between(sequences, turned, kernel)), 1.0)
    stranded = replace(kernel, is_stranded=True)
    assert (np.diagonal(kernel_between(sequences, turned, stranded)) < 0.5).all()


def test_unknown_bases_are_skipped_or_read_as_a():
    sequences = SequenceSet.from_codes([encode("ACGTTNGCATTAC"), encode("ACGTTAGCATTAC")])
    kernel = GkmKernel(word_bp=5, informative_bp=3, max_mismatches=1)
    assert kernel_matrix(sequences, kernel)[0, 1] < 1
    assert kernel_matrix(sequences, replace(kernel, unknown="A"))[0, 1] == pytest.approx(1)


def test_sequences_without_words_are_like_nothing():
    sequences = SequenceSet.from_codes([encode("ACGTTGCA"), encode("ACG"), encode("NNNNNNNN")])
    for gamma in (None, 2.0):
        kernel = GkmKernel(word_bp=6, informative_bp=4, gamma=gamma)
        np.testing.assert_array_equal(kernel_matrix(sequences, kernel), np.diag([1.0, 0, 0]))
        assert kernel_between(sequences, sequences.take(np.array([1])), kernel).tolist() == [[0], [0], [0]]


def test_the_number_of_threads_does_not_change_a_bit(rng):
    sequences = random_set(rng, [300] * 60)
    kernel = GkmKernel(word_bp=9, informative_bp=6, center_weight=10)
    before, found = numba.get_num_threads(), []
    for n_threads in (1, before):
        numba.set_num_threads(n_threads)
        found.append(kernel_matrix(sequences, kernel))
    np.testing.assert_array_equal(*found)
    assert numba.get_num_threads() == before


def test_single_precision_holds_six_digits(rng):
    sequences = random_set(rng, [100] * 30)
    found, expected = (kernel_matrix(sequences, GkmKernel(), is_single=one) for one in (True, False))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected, rtol=3e-6)


@pytest.mark.parametrize("d", [0, 1, 3, 5])
@pytest.mark.parametrize("length", [3, 6, 7, 8])
def test_the_table_holds_the_sum_over_neighbours(rng, length, d):
    d = min(d, length)
    table, weights = rng.normal(size=4**length), rng.normal(size=d + 1)
    found = neighbour_sums(table, weights, length)
    digits = np.arange(4**length)[:, None] >> 2 * np.arange(length) & 3
    for word in rng.integers(0, 4**length, 5):
        distance = (digits != digits[word]).sum(axis=1)
        expected = sum(weights[m] * table[distance == m].sum() for m in range(d + 1))
        assert found[word] == pytest.approx(expected, abs=1e-9)


def test_a_word_has_as_many_neighbours_as_combinatorics_says():
    table = np.ones(4**7)
    for m in range(4):
        np.testing.assert_allclose(neighbour_sums(table, np.eye(4)[m], 7), comb(7, m) * 3**m)


@pytest.mark.parametrize("center_weight", [None, 20])
def test_tables_and_matrix_give_the_same_products(rng, center_weight):
    kernel = GkmKernel(word_bp=8, informative_bp=5, center_weight=center_weight)
    sequences, vector = random_set(rng, [40, 60, 50, 33]), rng.normal(size=4)
    words, weights = words_of(sequences, kernel), mismatch_weights(kernel)
    norms = self_norms(words, weights)
    table = neighbour_sums(word_sums(words, vector / norms, 8), weights, 8)
    found = sums_over_words(words, table) / norms
    np.testing.assert_allclose(found, kernel_matrix(sequences, kernel) @ vector, atol=1e-12)
