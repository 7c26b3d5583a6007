"""The tail of a motif's score against the enumeration of all words."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cisgram.errors import ConfigError, InputError
from cisgram.genomics.background import Background
from cisgram.genomics.motif import Motif, ppm_to_pwm
from cisgram.motifs.scanning.motif_scores import MotifScores
from cisgram.motifs.scanning.score_distribution import score_tail

TIE = 2.0**-16
ROUNDING = 2.0**-16  # two words of 8 bp that are this near to a tie may be one, or not


def random_background(order, rng):
    return Background.from_word_counts(rng.integers(1, 50, 4 ** (order + 1)).astype(float))


def every_word(motif, background, *, pseudocount=0.1):
    """Real score and probability of every word."""
    words = np.array(list(product(range(4), repeat=len(motif))), dtype=np.uint8)
    log2_background = np.array([background.log2_probabilities(word).sum() for word in words])
    n = motif.n_sites
    smoothed = (n * motif.ppm + pseudocount * background.bases[:, None]) / (n + pseudocount)
    return np.log2(smoothed)[words, np.arange(len(motif))].sum(axis=1) - log2_background, 2**log2_background


def enumerated_p_values(scores, chances, *, tie):
    """Chance of a score as high, ties included."""
    order = np.argsort(-scores, kind="stable")
    last = np.searchsorted(-scores[order], -scores[order] + tie, side="right") - 1
    p_values = np.empty(len(scores))
    p_values[order] = np.cumsum(chances[order])[last]
    return p_values


@settings(max_examples=40)
@given(
    width=st.integers(1, 7),
    order=st.integers(0, 5),
    p_value=st.sampled_from([1.0, 0.2, 0.01, 1e-3]),
    is_counted=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_p_values_and_thresholds_are_those_of_all_words(width, order, p_value, is_counted, seed):
    rng = np.random.default_rng(seed)
    background = random_background(order, rng)
    if is_counted:  # small counts: many words tie
        motif = Motif.from_counts("m", rng.integers(0, 4, (4, width)) + 1.0)
    else:
        motif = Motif("m", rng.dirichlet(np.full(4, 0.5), width).T)
    tail = score_tail(MotifScores.from_motif(motif, background), background, p_value=p_value)
    scores, chances = every_word(motif, background)
    fewest, most = (enumerated_p_values(scores, chances, tie=TIE + sign * ROUNDING / 2) for sign in (-1, 1))
    found = tail.p_value(scores)
    is_known = ~np.isnan(found)
    assert is_known[most <= p_value].all()
    assert (found >= fewest * (1 - 1e-9))[is_known].all()
    assert (found <= most * (1 + 1e-9))[is_known].all()
    is_hit = scores >= tail.threshold(p_value) - TIE / 2
    assert is_hit[most <= p_value * (1 - 1e-9)].all()
    assert not is_hit[fewest > p_value * (1 + 1e-9)].any()
    cut = tail.up_to(p_value)
    assert cut.threshold(p_value) == tail.threshold(p_value)


def test_words_that_tie_by_arithmetic_tie_on_the_grid():
    # 0.5 * 0.2 = 0.4 * 0.25: different numbers whose products are equal
    ppm = np.array([[0.5, 0.4], [0.25, 0.2], [0.15, 0.25], [0.1, 0.15]])
    uniform = Background.from_bases()
    scores = MotifScores.from_motif(Motif("m", ppm, n_sites=1e9), uniform, pseudocount=1e-9)
    tail = score_tail(scores, uniform)
    pair = np.array([0.5 * 0.2, 0.25 * 0.4]) * 16
    assert pair[0] == pytest.approx(pair[1])
    p_values = tail.p_value(np.log2(pair))
    assert p_values[0] == p_values[1] == np.sum(np.outer(ppm[:, 0], ppm[:, 1]) >= 0.1 - 1e-9) / 16


def test_scores_are_those_of_the_pwm():
    motif = Motif("m", np.random.default_rng(3).dirichlet(np.ones(4), 9).T, n_sites=37)
    background = Background.from_bases(np.array([0.3, 0.2, 0.2, 0.3]))
    expected = ppm_to_pwm(motif.ppm, background=background.bases, n_sites=37, pseudocount=0.1)
    np.testing.assert_allclose(MotifScores.from_motif(motif, background).bits[:, 0].T, expected, rtol=1e-12)


def test_the_whole_distribution_sums_to_one_with_the_right_mean():
    rng = np.random.default_rng(5)
    background = random_background(2, rng)
    motif = Motif("m", rng.dirichlet(np.ones(4), 14).T)
    tail = score_tail(MotifScores.from_motif(motif, background), background)
    shares = np.diff(tail.sums, prepend=0.0)
    assert tail.sums[-1] == pytest.approx(1.0, abs=1e-12)
    # A likelihood ratio has mean 1 where the background holds; only the background's smoothing is in the way
    smoothed = (20 * motif.ppm + 0.1 * background.bases[:, None]) / 20.1
    assert smoothed.sum(axis=0) == pytest.approx(np.ones(14))
    assert (shares * 2.0 ** (tail.scores / tail.units_per_bit)).sum() == pytest.approx(1.0, rel=0.02)


@pytest.mark.parametrize("order", [0, 3])
def test_p_values_of_long_motifs_hold_in_random_sequence(order):
    rng = np.random.default_rng(6)
    background = random_background(order, rng)
    motif = Motif("m", rng.dirichlet(np.full(4, 0.7), 17).T)
    tail = score_tail(MotifScores.from_motif(motif, background), background, p_value=0.02)
    n = 200_000
    words = np.empty((n, 17), dtype=np.uint8)
    context = np.zeros(n, dtype=np.int64)
    log2_background = np.zeros(n)
    for column in range(17):
        table = background.conditionals[min(column, order)]
        context %= len(table)
        words[:, column] = (table[context].cumsum(axis=1) < rng.random((n, 1))).sum(axis=1).clip(0, 3)
        log2_background += np.log2(table[context, words[:, column]])
        context = context * 4 + words[:, column]
    smoothed = (20 * motif.ppm + 0.1 * background.bases[:, None]) / 20.1
    scores = np.log2(smoothed)[words, np.arange(17)].sum(axis=1) - log2_background
    for p_value in (0.02, 1e-3):
        expected = n * p_value
        assert abs((scores >= tail.threshold(p_value)).sum() - expected) < 4 * np.sqrt(expected) + 0.01 * expected


def test_the_tail_down_to_a_p_value_is_that_of_the_whole():
    rng = np.random.default_rng(7)
    background = Background.from_bases(np.array([0.35, 0.15, 0.15, 0.35]))
    scores = MotifScores.from_motif(Motif("m", rng.dirichlet(np.full(4, 0.4), 12).T), background)
    whole, part = score_tail(scores, background), score_tail(scores, background, p_value=1e-5)
    assert part.p_values[-1] >= 1e-5
    assert abs(whole.threshold(1e-5) - part.threshold(1e-5)) < 12 / whole.units_per_bit


@pytest.mark.parametrize("p_value", [0.0, -1.0, 1.5])
def test_a_p_value_out_of_range_is_refused(p_value):
    uniform = Background.from_bases()
    scores = MotifScores.from_motif(Motif.from_consensus("m", "ACG"), uniform)
    with pytest.raises(ConfigError, match="above 0 and at most 1"):
        score_tail(scores, uniform, p_value=p_value)


def test_scores_and_background_must_have_one_order():
    scores = MotifScores.from_motif(Motif.from_consensus("m", "ACG"), Background.from_bases())
    with pytest.raises(ConfigError, match="of that order"):
        score_tail(scores, random_background(1, np.random.default_rng(0)))


def test_infinite_scores_are_refused():
    with pytest.raises(InputError, match="must be a number"):
        MotifScores.from_pwm(np.array([[0.0, -np.inf], [0, 0], [0, 0], [0, 0]]))
    with pytest.raises(InputError, match="pseudocount must be above 0"):
        MotifScores.from_motif(Motif.from_consensus("m", "ACG"), Background.from_bases(), pseudocount=0.0)
