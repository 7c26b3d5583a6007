"""Called peaks as recall against precision, and stacks of tracks: what is drawn where."""

import numpy as np
import pandas as pd
import pytest

from cisgram.errors import InputError
from cisgram.genomics.interval import Interval
from cisgram.report.called_plots import StackedTrack, plot_called_peaks, plot_stacked_tracks
from cisgram.report.style import new_figure

FIGURES = pd.DataFrame(
    {
        "method": ["raw", "raw", "denoised", "denoised", "replicate"],
        "depth": [2e5, 1e5, 1e5, 2e5, 5e6],
        "recall": [0.5, 0.3, 0.7, np.nan, 0.9],
        "precision": [0.8, 0.6, 0.9, np.nan, 0.95],
    }
)


def test_depths_are_joined_in_order_and_levels_are_single_rings():
    ax = plot_called_peaks(FIGURES, ax=new_figure(4, 3).subplots(), names={"raw": "as it is"})
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert lines["as it is"].get_xydata().tolist() == [[0.3, 0.6], [0.5, 0.8]]
    assert lines["denoised"].get_xydata().tolist() == [[0.7, 0.9]]
    assert lines["replicate"].get_markerfacecolor() == "none"
    assert [text.get_text() for text in ax.texts] == ["100k", "200k"]


def test_a_method_that_called_nothing_is_drawn_as_nothing():
    nothing = FIGURES.iloc[[3]]
    ax = plot_called_peaks(nothing, ax=new_figure(4, 3).subplots(), names={})
    assert ax.get_lines()[0].get_xydata().size == 0


def test_a_missing_column_is_named():
    with pytest.raises(InputError, match="got no recall"):
        plot_called_peaks(FIGURES.drop(columns="recall"), ax=new_figure(4, 3).subplots(), names={})


def test_every_track_has_its_own_scale_and_the_marked_place_runs_through_all():
    values = np.arange(100, dtype=np.float32)
    tracks = [StackedTrack("raw", values, "black", 10.0), StackedTrack("deep", values, "green", 200.0, [(510, 520)])]
    figure = new_figure(6, 3)
    plot_stacked_tracks(tracks, figure=figure, stretch=Interval("I", 500, 600), marked=Interval("I", 505, 525))
    assert [ax.get_ylim()[1] for ax in figure.axes] == pytest.approx([10.5, 210])
    assert [ax.get_ylabel() for ax in figure.axes] == ["raw", "deep"]
    for ax in figure.axes:
        assert any(patch.get_x() == 505 and patch.get_width() == 20 for patch in ax.patches)
    assert figure.axes[-1].get_xlabel() == "I"
