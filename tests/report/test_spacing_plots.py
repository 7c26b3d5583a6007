"""Pictures of how motifs work together."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import EmptySetError, InputError
from cisgram.report.spacing_plots import (
    draw_spacing,
    plot_dependence,
    plot_dose,
    plot_epistasis,
    plot_layers,
    plot_spacing_curve,
)
from cisgram.report.style import house_style, new_figure, png_uri


@pytest.fixture
def figure():
    with house_style():
        yield new_figure(6, 4)


@pytest.fixture
def spacing():
    rows = [
        (order, a, b, distance, "x", distance / 10, distance / 10 - 1, distance / 10 + 1)
        for order in ("AB", "BA")
        for a in "+-"
        for b in "+-"
        for distance in range(10, 40)
    ]
    names = ["order", "strand_a", "strand_b", "distance_bp", "track", "log2_fold", "log2_low", "log2_high"]
    return pd.DataFrame(rows, columns=names)


def test_b_to_the_right_of_a_is_drawn_to_the_right(figure, spacing):
    own = spacing.query("strand_a == '+' and strand_b == '-'")
    ax = plot_spacing_curve(own.assign(log2_fold=np.where(own["order"] == "AB", 5.0, 2.0)), ax=figure.subplots())
    curves = [line.get_xydata() for line in ax.get_lines() if len(line.get_xdata()) == 30]
    right = next(one for one in curves if (one[:, 0] > 0).all())
    left = next(one for one in curves if (one[:, 0] < 0).all())
    assert (right[:, 1] == 5).all()
    assert (left[:, 1] == 2).all()
    assert ax.get_title(loc="left") == "A →   B ←"


def test_all_strands_stand_side_by_side_on_one_scale(figure, spacing):
    draw_spacing(figure, spacing, names=("Oct4", "Sox2"))
    assert len({ax.get_ylim() for ax in figure.axes}) == 1
    assert [ax.get_title(loc="left") for ax in figure.axes] == [f"A {a}   B {b}" for a in "→←" for b in "→←"]
    assert png_uri(figure).startswith("data:image/png")


def test_pairs_that_were_never_seen_stay_blank(figure):
    table = pd.DataFrame(
        {"deleted": ["a", "b"], "at": ["b", "a"], "distance": "all", "track": "x", "effect": [-1, 0.5]}
    )
    ax = plot_dependence(table, track="x", ax=figure.subplots())
    shown = np.ma.filled(ax.get_images()[0].get_array(), np.nan)
    np.testing.assert_array_equal(shown, [[np.nan, -1], [0.5, np.nan]])
    png_uri(figure)


def test_epistasis_has_a_row_per_pair(figure):
    table = pd.DataFrame({"name_a": "a", "name_b": ["b", "c"], "distance": "all", "track": "x", "epistasis": [1.0, 0]})
    ax = plot_epistasis(table, ax=figure.subplots())
    assert {label.get_text() for label in ax.get_yticklabels()} == {"a \u2013 b", "a \u2013 c"}


def test_the_dashed_line_is_the_sum_of_copies_alone(figure):
    table = pd.DataFrame({"copies": [1, 2, 3], "track": "x", "effect": [1.0, 4, 9], "beyond_sum": [0.0, 2, 6]})
    ax = plot_dose(table.assign(low=0.0, high=10.0), ax=figure.subplots())
    dashed = next(line for line in ax.get_lines() if line.get_linestyle() == "--")
    assert list(dashed.get_ydata()) == [1, 2, 3]


def test_layers_are_named_with_the_reach_that_is_left(figure):
    table = pd.DataFrame(
        {
            "removed": ["none", "3", "2, 3"],
            "n_removed": [0, 1, 2],
            "reach_bp": [14, 6, 2],
            "track": "x",
            "kept": [1, 0.5, 0],
        }
    )
    ax = plot_layers(table, ax=figure.subplots())
    assert [label.get_text() for label in ax.get_xticklabels()] == ["none\n±14", "top 1\n±6", "top 2\n±2"]
    single = plot_layers(table.assign(n_removed=[0, 1, 1], removed=["none", "1", "2"]), ax=figure.subplots())
    assert [label.get_text()[0] for label in single.get_xticklabels()] == ["n", "1", "2"]


def test_nothing_and_several_curves_are_refused(figure, spacing):
    ax = figure.subplots()
    with pytest.raises(EmptySetError):
        plot_spacing_curve(spacing.head(0), ax=ax)
    with pytest.raises(InputError, match="one track and pair of strands"):
        plot_spacing_curve(spacing, ax=ax)
    with pytest.raises(InputError, match="value must be one of log2_fold"):
        plot_spacing_curve(spacing, ax=ax, value="p")
    nothing = pd.DataFrame(columns=["deleted", "at", "distance", "track", "effect"])
    with pytest.raises(EmptySetError):
        plot_dependence(nothing, track="x", ax=ax)
