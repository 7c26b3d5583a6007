"""One method beside another."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import InputError
from cisgram.report.filter_plots import plot_information_against_influence
from cisgram.report.method_plots import plot_means, plot_track_against_track
from cisgram.report.style import new_figure, png_uri


@pytest.fixture
def ax():
    figure = new_figure(5, 3)
    yield figure.subplots()
    png_uri(figure)


def test_means_stand_at_their_values_with_the_first_method_on_top(ax):
    means = pd.DataFrame({"method": ["a", "b"], "value": [0.9, 0.7], "low": [0.8, 0.6], "high": [0.95, 0.8]})
    plot_means(means.assign(floor=0.5), ax=ax, names={"a": "Model"}, metric_name="AUROC")
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["Model", "b"]
    assert ax.get_yticks()[0] > ax.get_yticks()[1]
    points = {(round(float(x), 3), float(y)) for line in ax.lines for x, y in [line.get_xydata()[0]]}
    assert {(0.9, 1.0), (0.7, 0.0)} <= points


def test_means_without_a_column_are_refused(ax):
    with pytest.raises(InputError, match="floor"):
        plot_means(pd.DataFrame({"method": [], "value": [], "low": [], "high": []}), ax=ax, names={}, metric_name="m")


def test_tracks_without_a_value_are_left_out_and_the_most_unlike_are_named(ax):
    own, other = [0.9, 0.5, float("nan"), 0.7, 0.6, 0.8, 0.75, 0.65], [0.5, 0.9, 0.5, 0.7, 0.6, 0.8, 0.75, 0.65]
    plot_track_against_track(own, other, ax=ax, names=list("abcdefgh"), labels=("own", "other"))
    assert len(np.asarray(ax.collections[0].get_offsets())) == 7
    named = {text.get_text() for text in ax.texts}
    assert {"a", "b"} <= named
    assert "c" not in named


def test_named_filters_are_told_apart_and_each_name_is_written_once(ax):
    table = pd.DataFrame(
        {"information_bits": [2.0, 8.0, 9.0], "influence": [0.0, 0.4, 0.3], "name": ["", "CTCF", "CTCF"]}
    )
    plot_information_against_influence(table, ax=ax)
    assert [len(np.asarray(one.get_offsets())) for one in ax.collections] == [1, 2]
    assert [text.get_text() for text in ax.texts] == ["CTCF"]
    with pytest.raises(InputError, match="influence"):
        plot_information_against_influence(table.drop(columns="influence"), ax=ax)
