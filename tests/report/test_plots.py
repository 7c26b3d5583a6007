"""Figures: every plot draws on the axes it is given, gives them back, and leaves the style alone."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cisgram.errors import InputError
from cisgram.report import plots
from cisgram.report.logos import plot_logo
from cisgram.report.style import house_style, png_uri

RNG = np.random.default_rng(1)
HISTORY = pd.DataFrame({"epoch": [1, 2], "train_loss": [2.0, 1.0], "valid_loss": [2.5, 1.5]})
PLOTS = {
    "strands": lambda ax: plots.plot_strands(RNG.poisson(2, (2, 50)), ax=ax),
    "learning curves": lambda ax: plots.plot_learning_curves(HISTORY, ax=ax, best_epoch=2),
    "metric strip": lambda ax: plots.plot_metric_strip(
        0.5, ax=ax, interval=(0.4, 0.6), floors={"uniform": 0.9}, ceiling=0.2, limits=(0.0, 1.0)
    ),
    "metric strip of nothing": lambda ax: plots.plot_metric_strip(
        None, ax=ax, interval=None, floors={}, ceiling=None, limits=(0.0, 1.0)
    ),
    "observed against predicted": lambda ax: plots.plot_observed_against_predicted(RNG.random(9), RNG.random(9), ax=ax),
}


@pytest.fixture
def ax():
    return Figure().subplots()


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_gives_back_its_axes_and_leaves_the_style_as_it_was(name, ax):
    before = dict(mpl.rcParams)
    assert PLOTS[name](ax) is ax
    assert dict(mpl.rcParams) == before


def test_house_style_ends_with_its_block():
    before = dict(mpl.rcParams)
    with house_style():
        assert mpl.rcParams["axes.spines.top"] is False
    assert dict(mpl.rcParams) == before


def test_the_same_figure_gives_the_same_bytes():
    def draw():
        figure = Figure(figsize=(2, 1))
        plot_logo(np.eye(4), ax=figure.subplots())
        return png_uri(figure)

    assert draw() == draw()


def test_learning_curves_need_their_columns(ax):
    with pytest.raises(InputError, match="lacks valid_loss"):
        plots.plot_learning_curves(HISTORY.drop(columns="valid_loss"), ax=ax)


def test_learning_curves_say_what_the_loss_is_measured_in(ax):
    plots.plot_learning_curves(HISTORY, ax=ax, unit="mean squared error")
    assert ax.get_ylabel() == "loss (mean squared error)"
