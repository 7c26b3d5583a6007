"""The heat map of signed effects."""

import numpy as np
import pytest

from cisgram.errors import EmptySetError, InputError
from cisgram.report.effect_heat_map import plot_effect_heat_map, profile_order
from cisgram.report.style import new_figure, png_uri


@pytest.fixture
def figure():
    return new_figure(6, 4)


def test_the_heat_map_puts_similar_motifs_together_and_keeps_names_with_rows(figure):
    effects = np.array([[2.0, 0, 0], [0, 1, -1], [1.9, 0.1, 0], [0, 0.9, -1.1]])
    order = profile_order(effects).tolist()
    assert {frozenset(order[:2]), frozenset(order[2:])} == {frozenset({0, 2}), frozenset({1, 3})}
    ax = plot_effect_heat_map(effects, list("wxyz"), list("abc"), ax=figure.subplots(), label="change")
    shown, (low, high) = np.asarray(ax.get_images()[0].get_array()), ax.get_images()[0].get_clim()
    assert (low, high) == (-2, 2)
    rows = ["wxyz".index(tick.get_text()) for tick in ax.get_yticklabels()]
    columns = ["abc".index(tick.get_text()) for tick in ax.get_xticklabels()]
    np.testing.assert_array_equal(shown, effects[np.ix_(rows, columns)])


def test_long_names_of_columns_stand_upright(figure):
    names = ["Reb1.profile.pos_pattern_1", "GAL4", "REB1"]
    ax = plot_effect_heat_map(np.eye(3), names, names, ax=figure.subplots(), label="change")
    assert {tick.get_rotation() for tick in ax.get_xticklabels()} == {90}


def test_many_names_are_left_out_and_shades_end_at_a_quantile(figure):
    effects = np.random.default_rng(1).normal(size=(70, 80))
    effects[0, 0] = 1e6
    names = [str(one) for one in range(80)]
    ax = plot_effect_heat_map(effects, names[:70], names, ax=figure.subplots(), label="change")
    assert not ax.get_yticklabels()
    assert ax.get_images()[0].get_clim()[1] < 10
    png_uri(figure)


def test_what_cannot_be_drawn_is_refused(figure):
    with pytest.raises(InputError, match="a row and a column per name"):
        plot_effect_heat_map(np.zeros((2, 2)), ["a"], ["b", "c"], ax=figure.subplots(), label="change")
    with pytest.raises(EmptySetError):
        plot_effect_heat_map(np.zeros((0, 1)), [], ["b"], ax=figure.subplots(), label="change")
