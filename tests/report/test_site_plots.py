"""Sites: arrows stand where sites are and point along them; expectations count every site once."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cisgram.errors import InputError
from cisgram.report.site_plots import (
    MAX_STRIPS,
    SITE_PLOT_COLUMNS,
    expected_by_bin,
    motif_colors,
    plot_convergence,
    plot_distance_to_summit,
    plot_sites,
)

SITES = pd.DataFrame(
    [(0, 10, 40, "+", "a"), (1, 90, 100, "-", "b"), (7, 0, 5, "+", "b")], columns=list(SITE_PLOT_COLUMNS)
)
TRACE = pd.DataFrame({"iteration": [1, 2, 3], "log_likelihood": [0.1, 0.5, 0.6]})


@pytest.fixture
def ax():
    return Figure().subplots()


@pytest.mark.parametrize(
    "draw",
    [
        lambda ax: plot_sites(["x", "y"], np.array([100, 100]), SITES, ax=ax),
        lambda ax: plot_sites(["x"] * 60, np.full(60, 100), SITES.iloc[:0], ax=ax),
        lambda ax: plot_distance_to_summit(np.array([0.0, 3.0]), np.array([45.0, 40.0]), ax=ax),
        lambda ax: plot_distance_to_summit(np.zeros(0), np.zeros(0), ax=ax),
        lambda ax: plot_convergence({"a": TRACE, "b": TRACE.iloc[:1]}, ax=ax),
        lambda ax: plot_convergence({}, ax=ax),
    ],
    ids=["sites", "no sites", "distance", "no distance", "convergence", "no convergence"],
)
def test_a_plot_gives_back_its_axes_and_leaves_the_style_as_it_was(draw, ax):
    before = dict(mpl.rcParams)
    assert draw(ax) is ax
    assert dict(mpl.rcParams) == before


def test_arrows_stand_around_the_middle_of_a_site_and_point_along_its_strand(ax):
    plot_sites(["x", "y"], np.array([100, 200]), SITES, ax=ax)
    forward, backward = (patch.get_xy() for patch in ax.patches)  # the site of sequence 7 is not shown
    assert (forward[:, 0].min(), forward[:, 0].max()) == (-40, -10)
    assert forward[2].tolist() == [-10, 0]  # the tip
    assert backward[2].tolist() == [-10, 1]
    assert backward[:, 0].max() == 0
    assert [label.get_text() for label in ax.get_yticklabels()] == ["x", "y"]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]


def test_expectations_sum_to_the_sites_and_are_even_where_all_reach():
    reach = np.array([50.0, 30.0, 10.0, 0.0])
    edges = np.arange(-60, 61, 5.0)
    expected = expected_by_bin(reach, edges)
    assert expected.sum() == pytest.approx(len(reach))
    np.testing.assert_allclose(expected, expected[::-1])
    plain = [np.mean([np.mean((x >= a) & (x < b)) for x in [np.linspace(-50, 50, 100001)]]) for a, b in [(0, 5)]]
    assert expected_by_bin(np.array([50.0]), edges)[12] == pytest.approx(plain[0], abs=1e-4)


def test_bars_count_every_site_once(ax):
    reach = np.full(200, 44.0)
    distances = np.random.default_rng(1).uniform(-44, 44, 200)
    plot_distance_to_summit(distances, reach, ax=ax, bin_bp=10)
    assert sum(bar.get_height() for bar in ax.patches[:9]) == 200
    middle = next(bar for bar in ax.patches if bar.get_x() == -5)
    assert middle.get_width() == 10
    assert middle.get_height() == ((distances >= -5) & (distances < 5)).sum()
    assert "10 bp" in ax.get_ylabel()


def test_colours_follow_the_order_and_begin_again():
    colors = motif_colors([f"m{i}" for i in range(9)])
    assert len(set(list(colors.values())[:8])) == 8
    assert colors["m8"] == colors["m0"]


def test_wrong_use_is_refused(ax):
    with pytest.raises(InputError, match=f"strips need 1 to {MAX_STRIPS}"):
        plot_sites(["x"] * 61, np.full(61, 10), SITES, ax=ax)
    with pytest.raises(InputError, match="lacks motif"):
        plot_sites(["x"], np.array([10]), SITES.drop(columns="motif"), ax=ax)
    with pytest.raises(InputError, match="bin_bp must be at least 1"):
        plot_distance_to_summit(np.zeros(1), np.ones(1), ax=ax, bin_bp=0)
    with pytest.raises(InputError, match="lacks log_likelihood"):
        plot_convergence({"a": TRACE[["iteration"]]}, ax=ax)
