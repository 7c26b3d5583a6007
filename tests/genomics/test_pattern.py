import numpy as np
import pandas as pd
import pytest

from cisgram.errors import InputError
from cisgram.genomics.pattern import Pattern, SeqletValues, seqlet_table
from cisgram.genomics.sequence import encode


@pytest.fixture
def pattern():
    ppm = np.zeros((4, 6))
    ppm[[0, 1, 2, 3, 0, 1], range(6)] = 1
    cwm = ppm * np.array([0.1, 0.2, 1.0, 0.1, 0.5, 0.0])
    values = SeqletValues(*(np.stack([matrix, matrix]) for matrix in (ppm, cwm, cwm)))
    seqlets = seqlet_table([0, 3], [10, 20], [16, 26], [False, True])
    return Pattern("pos_pattern_0", ppm, cwm, cwm - 0.1, seqlets=seqlets, values=values)


def test_the_informative_part_reaches_from_the_first_to_the_last_high_column(pattern):
    assert pattern.informative_part(share=0.3) == slice(2, 5)
    assert pattern.informative_part(share=0.2) == slice(1, 5)
    assert pattern.informative_part(share=1.0) == slice(2, 3)


def test_trimming_shortens_matrices_and_seqlets_in_their_own_direction(pattern):
    trimmed = pattern.trimmed(share=0.3)
    np.testing.assert_array_equal(trimmed.cwm, pattern.cwm[:, 2:5])
    np.testing.assert_array_equal(trimmed.values.contributions, pattern.values.contributions[..., 2:5])
    # forward: columns 2-5 are positions 12-15; on the other strand, column 2 is three from the right end
    expected = seqlet_table([0, 3], [12, 21], [15, 24], [False, True])
    pd.testing.assert_frame_equal(trimmed.seqlets, expected)


def test_trimming_twice_is_trimming_once(pattern):
    once = pattern.trimmed()
    twice = once.trimmed()
    np.testing.assert_array_equal(twice.ppm, once.ppm)
    pd.testing.assert_frame_equal(twice.seqlets, once.seqlets)


def test_the_motif_of_a_pattern_is_its_informative_ppm(pattern):
    motif = pattern.motif()
    assert (motif.name, motif.n_sites, motif.consensus()) == ("pos_pattern_0", 2, "GTA")


def test_columns_of_seqlets_with_n_are_filled_evenly(pattern):
    ppm = pattern.ppm.copy()
    ppm[:, 3] = [0, 0, 0, 0.6]
    holey = Pattern("pos_pattern_0", ppm, pattern.cwm, pattern.hcwm, seqlets=pattern.seqlets)
    np.testing.assert_allclose(holey.motif().ppm[:, 1], [0.1, 0.1, 0.1, 0.7])


def test_the_sign_is_that_of_the_contributions(pattern):
    negative = Pattern("neg_pattern_0", pattern.ppm, -pattern.cwm, pattern.hcwm, seqlets=pattern.seqlets)
    assert (pattern.sign, negative.sign) == (1, -1)


def test_seqlets_of_another_width_are_refused(pattern):
    wrong = seqlet_table([0], [10], [17], [False])
    with pytest.raises(InputError, match="pos_pattern_0 is 6 bp wide, but has seqlets of 7 to 7 bp"):
        Pattern("pos_pattern_0", pattern.ppm, pattern.cwm, pattern.hcwm, seqlets=wrong)
    with pytest.raises(InputError, match="strand"):
        Pattern("a", pattern.ppm, pattern.cwm, pattern.hcwm, seqlets=pattern.seqlets.drop(columns="strand"))


def test_a_ppm_rounded_to_float32_is_still_a_motif():
    ppm = np.full((4, 3), 1 / 3, dtype=np.float32)
    ppm[1] = 1e-9
    ppm[2] = np.nextafter(np.float32(1 / 3), np.float32(1))
    ppm[3] = np.float32(0)
    ppm[3] += np.float32(1 / 3)
    cwm = np.ones((4, 3))
    rounded = Pattern("pos_pattern_0", ppm, cwm, cwm, seqlets=seqlet_table([], [], [], []))
    assert ppm.astype(np.float64).sum(axis=0).min() > 1
    assert (rounded.motif().ppm >= 0).all()


def random_pattern(n_seqlets, width, *, word="", seed=0):
    """Seqlets of random bases with a word in their middle, each base with the same contribution."""
    rng = np.random.default_rng(seed)
    codes = rng.integers(0, 4, (n_seqlets, width))
    start = (width - len(word)) // 2
    codes[:, start : start + len(word)] = encode(word)
    ppm = np.eye(4)[codes].mean(axis=0).T
    seqlets = seqlet_table(np.arange(n_seqlets), 0, width, np.zeros(n_seqlets, dtype=bool))
    return Pattern("pos_pattern_0", ppm, ppm.copy(), ppm.copy(), seqlets)


def test_a_blur_of_few_seqlets_says_nothing_about_the_sequence():
    assert random_pattern(30, 40).bits() < 2


def test_a_word_says_two_bits_per_base_wherever_it_stands():
    assert random_pattern(400, 40, word="TTACCC").bits() == pytest.approx(12, abs=0.3)
    assert random_pattern(400, 40, word="TTACCCGGTTACCC").bits() == pytest.approx(20, abs=0.2)  # ten bases at most
    assert random_pattern(400, 40, word="TTACCC").bits(width_bp=3) == pytest.approx(6, abs=0.1)
