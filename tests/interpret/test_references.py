import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.genomics.sequence import N, encode
from cisgram.interpret.references import shuffled_references


def dinucleotides(sequence):
    return np.unique(sequence[:-1].astype(int) * 5 + sequence[1:], return_counts=True)


def test_references_keep_every_dinucleotide_and_differ_from_the_sequence(toys):
    codes = toys.random_codes(2, 60)
    references = shuffled_references(codes, n_references=5)
    assert references.shape == (2, 5, 60)
    for row in range(2):
        for reference in references[row]:
            assert (reference != codes[row]).any()
            for ours, theirs in zip(dinucleotides(reference), dinucleotides(codes[row]), strict=True):
                np.testing.assert_array_equal(ours, theirs)


def test_references_do_not_depend_on_the_other_sequences_or_the_place_among_them(toys):
    codes = toys.random_codes(4, 50)
    together = shuffled_references(codes, n_references=3, seed=7)
    np.testing.assert_array_equal(shuffled_references(codes[[2]], n_references=3, seed=7)[0], together[2])
    np.testing.assert_array_equal(shuffled_references(codes[::-1], n_references=3, seed=7)[::-1], together)


def test_another_seed_gives_other_references(toys):
    codes = toys.random_codes(1, 50)
    assert (shuffled_references(codes, seed=1) != shuffled_references(codes, seed=2)).any()


def test_n_stays_where_it_is_and_stretches_between_are_shuffled_by_themselves():
    left, right = "ACGATCGGATCTTACA", "GGCTATTAGGCACTAGGTC"
    codes = encode("NN" + left + "NNN" + right + "N")[None]
    references = shuffled_references(codes, n_references=10)[0]
    assert ((references == N) == (codes == N)).all()
    for start, length in ((2, len(left)), (2 + len(left) + 3, len(right))):
        stretch = slice(start, start + length)
        np.testing.assert_array_equal(
            np.sort(references[:, stretch], axis=1), np.sort(np.tile(codes[:, stretch], (10, 1)), axis=1)
        )
        assert (references[:, stretch] != codes[:, stretch]).any()


def test_a_sequence_of_nothing_but_n_is_its_own_reference():
    codes = np.full((1, 12), N, dtype=np.uint8)
    assert (shuffled_references(codes, n_references=2) == N).all()


def test_at_least_one_reference_is_needed(toys):
    with pytest.raises(InputError, match="n_references must be at least 1; got 0"):
        shuffled_references(toys.random_codes(1, 10), n_references=0)
