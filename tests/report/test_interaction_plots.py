import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import FancyArrowPatch

from cisgram.errors import EmptySetError
from cisgram.motifs.grammar.interaction_map import MAP_COLUMNS
from cisgram.report.interaction_plots import plot_help, plot_interaction_map
from cisgram.report.style import house_style, new_figure


def row(helper, helped, relation="helps", fold=2.0, track="t", helical=""):
    filled = dict.fromkeys(MAP_COLUMNS, np.nan)
    named = {"helper": helper, "helped": helped, "relation": relation, "fold": fold, "track": track}
    return {**filled, **named, "helical": helical}


def drawn(*rows):
    with house_style():
        ax = new_figure(4, 4).subplots()
        plot_interaction_map(pd.DataFrame(rows, columns=list(MAP_COLUMNS)), ax=ax)
    arrows = [patch for patch in ax.patches if isinstance(patch, FancyArrowPatch)]
    return ax, arrows, [text.get_text() for text in ax.texts]


def test_only_interactions_have_arrows_and_all_motifs_a_box():
    _, arrows, texts = drawn(row("A", "B"), row("B", "A", "none", 1.0), row("A", "C", "unsure", 3.0))
    assert len(arrows) == 1
    assert {"A", "B", "C"} <= set(texts)


def test_help_both_ways_is_two_arrows_and_help_of_itself_none():
    _, arrows, _ = drawn(row("A", "B"), row("B", "A"), row("A", "A", fold=4.0))
    assert len(arrows) == 2


def test_of_several_tracks_the_one_that_changes_most_is_drawn():
    _, arrows, texts = drawn(row("A", "B", fold=1.5, track="x"), row("A", "B", fold=2.5, track="y"))
    assert len(arrows) == 1
    assert "2.5\u00d7" in texts


def test_a_stronger_fold_has_a_wider_arrow():
    _, arrows, _ = drawn(row("A", "B", fold=1.3), row("B", "C", fold=3.0))
    narrow, wide = sorted(arrow.get_linewidth() for arrow in arrows)
    assert wide > 1.5 * narrow


def test_a_helical_arrow_has_a_wave_and_the_legend_says_so():
    ax, _, texts = drawn(row("A", "B", helical="distances"))
    assert any("\u223f" in text for text in texts)
    assert "helical" in [text.get_text() for text in ax.get_legend().get_texts()]


def test_nothing_to_draw_is_an_error():
    with pytest.raises(EmptySetError, match="motifs to draw"):
        drawn()


def test_a_curve_has_one_line_and_marks_turns():
    curve = pd.DataFrame({"distance_bp": np.arange(20, 60), "log2_fold": np.linspace(1, 0, 40)})
    ax = new_figure(4, 3).subplots()
    plot_help(curve, ax=ax)
    marks = [line for line in ax.lines if len(set(line.get_xdata())) == 1]
    assert [float(line.get_xdata()[0]) for line in marks] == [21, 31.5, 42, 52.5]
    with pytest.raises(EmptySetError):
        plot_help(curve[:0], ax=ax)
