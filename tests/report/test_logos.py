"""Logos: letters are as high as their values, N stays empty, aligned motifs stand where they match."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from cisgram.errors import InputError
from cisgram.genomics.motif import Motif
from cisgram.report.logos import (
    BITS_LABEL,
    LOG_ODDS_LABEL,
    LogoRow,
    bit_heights,
    plot_aligned_logos,
    plot_bits,
    plot_log_odds,
    plot_logo,
)

MOTIF = Motif.from_consensus("m", "TTACCCGN")
PLOTS = {
    "contributions": lambda ax: plot_logo(np.random.default_rng(1).normal(size=(4, 12)), ax=ax, ylabel="contribution"),
    "bits": lambda ax: plot_bits(MOTIF, ax=ax),
    "log odds": lambda ax: plot_log_odds(MOTIF, ax=ax),
    "aligned": lambda ax: plot_aligned_logos([LogoRow(MOTIF), LogoRow(MOTIF, "b", 2, True)], ax=ax),
}


@pytest.fixture
def ax():
    return Figure().subplots()


def letters_of(ax):
    return np.concatenate([path.vertices for one in ax.collections for path in one.get_paths()])


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_gives_back_its_axes_and_leaves_the_style_as_it_was(name, ax):
    before = dict(mpl.rcParams)
    assert PLOTS[name](ax) is ax
    assert dict(mpl.rcParams) == before


def test_letters_stack_to_the_sum_of_a_column_above_and_below(ax):
    matrix = np.array([[0.5], [1.0], [-0.25], [0.25]])
    plot_logo(matrix, ax=ax)
    letters = np.concatenate([path.vertices for path in ax.collections[0].get_paths()])
    assert letters[:, 1].max() == pytest.approx(1.75)
    assert letters[:, 1].min() == pytest.approx(-0.25)
    tops = [path.vertices[:, 1].max() for path in ax.collections[0].get_paths() if path.vertices[:, 1].max() > 0]
    assert tops == sorted(tops)  # the highest letter ends on top


def test_columns_of_n_and_of_zeros_stay_empty(ax):
    matrix = np.eye(4)
    matrix[:, 1], matrix[:, 2] = np.nan, 0.0
    plot_logo(matrix, ax=ax)
    assert len(ax.collections[0].get_paths()) == 2
    assert ax.get_xlim() == (-0.5, 3.5)
    nothing = plot_logo(np.zeros((4, 3)), ax=Figure().subplots())
    assert not nothing.collections[0].get_paths()


def test_infinite_heights_are_refused(ax):
    with pytest.raises(InputError, match="infinite without a pseudocount"):
        plot_logo(MOTIF.pwm(pseudocount=0.0), ax=ax)


def test_axes_say_what_the_height_means(ax):
    assert plot_bits(MOTIF, ax=ax).get_ylabel() == BITS_LABEL
    assert ax.get_ylim() == (0, 2)
    assert plot_log_odds(MOTIF, ax=Figure().subplots()).get_ylabel() == LOG_ODDS_LABEL


def test_bits_add_up_to_the_information_of_a_column():
    motif = Motif("m", np.array([[0.7, 0.25], [0.1, 0.25], [0.1, 0.25], [0.1, 0.25]]))
    np.testing.assert_allclose(bit_heights(motif).sum(axis=0), motif.information_content())
    background = np.array([0.7, 0.1, 0.1, 0.1])
    np.testing.assert_allclose(bit_heights(motif, background=background)[:, 0], 0, atol=1e-12)


def test_aligned_motifs_stand_at_their_offsets_and_a_turned_one_shows_the_same_letters(ax):
    motif = Motif.from_consensus("m", "TTACCCG")
    rows = [LogoRow(motif), LogoRow(motif.reverse_complement(), is_reversed=True), LogoRow(motif, offset=3)]
    plot_aligned_logos(rows, ax=ax)
    first, turned, moved = ([path.vertices for path in one.get_paths()] for one in ax.collections)
    for a, b, c in zip(first, turned, moved, strict=True):
        np.testing.assert_allclose(a - np.array([0, 1]), b)
        np.testing.assert_allclose(a + np.array([3, -2]), c)
    assert ax.get_xlim() == (-0.5, 9.5)
    band = ax.patches[0].get_extents().transformed(ax.transData.inverted())
    assert (round(band.x0, 6), round(band.x1, 6)) == (2.5, 6.5)


def test_without_motifs_there_is_nothing_to_align(ax):
    with pytest.raises(InputError, match="at least one motif"):
        plot_aligned_logos([], ax=ax)
