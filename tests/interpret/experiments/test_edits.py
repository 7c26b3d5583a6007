import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.genomics.sequence import N, decode, encode, reverse_complement
from cisgram.genomics.sequence_set import SequenceSet
from cisgram.interpret.experiments.backgrounds import centred, random_sequences, shuffled_sequences
from cisgram.interpret.experiments.edits import instances_of, put, scrambled, substitutions


@pytest.fixture
def codes():
    return np.random.default_rng(3).integers(0, 5, (6, 21), dtype=np.uint8)


def test_putting_nothing_changes_nothing(codes):
    assert np.array_equal(put(codes, np.full((1, 9), N, dtype=np.uint8)), codes)


def test_putting_what_is_there_changes_nothing(codes):
    assert np.array_equal(put(codes, codes[:, 5:12], position=5), codes)


def test_only_the_bases_under_the_motif_change_and_the_argument_does_not(codes):
    before = codes.copy()
    edited = put(codes, encode("ACGTA")[None], position=3)
    assert np.array_equal(codes, before)
    assert {decode(row[3:8]) for row in edited} == {"ACGTA"}
    outside = np.r_[0:3, 8:21]
    assert np.array_equal(edited[:, outside], codes[:, outside])


def test_the_other_strand_is_the_motif_put_into_the_other_strand(codes):
    motif = encode("TTACC")[None]
    here = put(codes, motif, position=2, strand="-")
    there = reverse_complement(put(reverse_complement(codes), motif, position=21 - 2 - 5))
    assert np.array_equal(here, there)


@pytest.mark.parametrize(("position", "says"), [(17, "it may begin at 0 to 16"), (-1, "it may begin")])
def test_a_motif_that_does_not_fit_is_refused(codes, position, says):
    with pytest.raises(InputError, match=says):
        put(codes, encode("ACGTA")[None], position=position)


def test_a_motif_longer_than_the_sequences_is_refused(codes):
    with pytest.raises(InputError, match="a motif of 22 bp does not fit into sequences of 21 bp"):
        put(codes, np.zeros((1, 22), dtype=np.uint8))


def test_a_wrong_number_of_instances_is_refused(codes):
    with pytest.raises(InputError, match="one motif instance for all sequences or one for each"):
        put(codes, np.zeros((2, 3), dtype=np.uint8))


def test_instances_follow_the_letters_and_n_keeps_the_background():
    words = instances_of(Motif.from_consensus("m", "ARNT"), 400, rng=np.random.default_rng(0))
    assert set(words[:, 0]) == {0}
    assert set(words[:, 1]) == {0, 2}
    assert 140 < (words[:, 1] == 2).sum() < 260
    assert set(words[:, 2]) == {N}
    assert set(words[:, 3]) == {3}


def test_sampled_instances_have_the_proportions_of_the_matrix():
    ppm = np.array([[0.7, 0.0], [0.1, 0.0], [0.2, 0.25], [0.0, 0.75]])
    words = instances_of(Motif("m", ppm), 20_000, how="sampled", rng=np.random.default_rng(0))
    shares = (words[:, :, None] == np.arange(4)).mean(axis=0).T
    np.testing.assert_allclose(shares, ppm, atol=0.015)
    best = instances_of(Motif("m", ppm), 3, rng=np.random.default_rng(0))
    assert {decode(one) for one in best} == {"AT"}


def test_scrambled_words_keep_their_bases_and_gaps():
    words = np.repeat(encode("ACCNTTTN")[None], 200, axis=0)
    turned = scrambled(words, rng=np.random.default_rng(1))
    assert np.array_equal(np.sort(turned), np.sort(words))
    assert (turned[:, [3, 7]] == N).all()
    assert len({row.tobytes() for row in turned}) > 30


def test_substitutions_are_all_single_changes_of_the_part():
    codes = np.random.default_rng(2).integers(0, 4, 9, dtype=np.uint8)
    (edited,) = substitutions(codes, start=2, end=6)
    expected = []
    for position in range(2, 6):
        for base in range(4):
            one = codes.copy()
            one[position] = base
            expected.append(one)
    assert np.array_equal(edited, expected)


@pytest.mark.parametrize(("start", "end"), [(3, 3), (-1, 2), (0, 10)])
def test_a_part_outside_of_the_sequence_is_refused(start, end):
    with pytest.raises(InputError, match="must lie in the sequence of 9 bp"):
        substitutions(np.zeros(9, dtype=np.uint8), start=start, end=end)


def test_random_sequences_have_the_gc_content_and_do_not_depend_on_their_number():
    codes = random_sequences(400, 100, gc=0.3, seed=4)
    assert ((codes == 1) | (codes == 2)).mean() == pytest.approx(0.3, abs=0.01)
    assert (codes == 1).mean() == pytest.approx(0.15, abs=0.01)
    assert np.array_equal(random_sequences(3, 100, gc=0.3, seed=4), codes[:3])
    with pytest.raises(InputError, match="gc from 0 to 1"):
        random_sequences(1, 1, gc=1.1)


def test_shuffles_keep_dinucleotides():
    codes = np.random.default_rng(5).integers(0, 4, (3, 60), dtype=np.uint8)
    shuffles = shuffled_sequences(codes, n_shuffles=4, seed=1)
    assert shuffles.shape == (12, 60)
    for row, one in enumerate(shuffles):
        pairs = [np.bincount(5 * x[:-1].astype(int) + x[1:], minlength=25) for x in (one, codes[row // 4])]
        assert np.array_equal(*pairs)


def test_sequences_are_cut_around_their_middle_and_short_ones_refused_by_name():
    sequences = SequenceSet.from_codes({"a": encode("AACCGGT"), "b": encode("ACGT")})
    assert [decode(one) for one in centred(sequences, 3)] == ["CCG", "ACG"]
    with pytest.raises(InputError, match="1 of 2 sequences are shorter, the first is b with 4 bp"):
        centred(sequences, 5)
