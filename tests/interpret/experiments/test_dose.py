import numpy as np
import pytest

from cisgram.errors import ConfigError, InputError
from cisgram.genomics.motif import Motif
from cisgram.interpret.experiments.backgrounds import random_sequences
from cisgram.interpret.experiments.dose import DOSE_COLUMNS, DoseConfig, add_copies, copy_places, dose_table


def ask(words, combine, **config):
    codes = random_sequences(8, 150, gc=0.0, seed=1)
    motif = Motif.from_consensus("a", words.a)
    found = add_copies(words.WordModel(combine), codes, motif, scores=[words.score], config=DoseConfig(**config))
    return dose_table(found, tracks=["x"])


def test_copies_that_add_up_give_a_straight_line_and_nothing_beyond_the_sum(words):
    table = ask(words, words.logs_add_up)
    assert tuple(table.columns) == DOSE_COLUMNS
    np.testing.assert_allclose(table["effect"], 1.5 * np.arange(1, 7), rtol=1e-5)
    np.testing.assert_allclose(table[["step", "step_low", "step_high"]], 1.5, rtol=1e-5)
    np.testing.assert_allclose(table[["beyond_sum", "beyond_sum_low", "beyond_sum_high"]], 0, atol=1e-5)


def test_a_model_of_squares_gives_squares_beyond_the_sum(words):
    table = ask(words, lambda a, _: a.sum(1) ** 2, most=5)
    n = np.arange(1, 6)
    np.testing.assert_allclose(table["effect"], n**2, rtol=1e-5)
    np.testing.assert_allclose(table["beyond_sum"], n**2 - n, atol=1e-4)
    np.testing.assert_allclose(table["step"], 2 * n - 1, rtol=1e-5)


def test_copies_of_a_model_that_knows_places_are_compared_with_their_own_places(words):
    def weighted(a, _):
        return (a * (1 + a.new_tensor(range(a.shape[1])) / 50)).sum(1)

    table = ask(words, weighted, pitch_bp=11)
    np.testing.assert_allclose(table["beyond_sum"], 0, atol=1e-5)
    assert table["step"].nunique() == 6


def test_the_other_strand_is_written_where_asked(words):
    assert not ask(words, words.logs_add_up, strand="-")["effect"].any()


def test_copies_that_do_not_fit_are_refused(words):
    assert sorted(copy_places(8, 150, config=DoseConfig(most=7)).tolist()) == [11, 31, 51, 71, 91, 111, 131]
    with pytest.raises(InputError, match="overlap, or do not fit into 150 bp"):
        ask(words, words.logs_add_up, most=8)
    with pytest.raises(InputError, match="a pitch of at least 8"):
        ask(words, words.logs_add_up, pitch_bp=7)
    with pytest.raises(ConfigError, match="at least 1; got 0 and 20"):
        DoseConfig(most=0)
