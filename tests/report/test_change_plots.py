"""Arrows from before to after: where they are, and in which colour."""

import numpy as np
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from cisgram.report.change_plots import VERDICT_COLORS, plot_changes


def test_an_arrow_goes_from_before_to_after_in_the_colour_of_its_verdict():
    cases = [
        {"name": "a", "before": 0.2, "after": 0.5, "verdict": "better"},
        {"name": "b", "before": 0.6, "after": 0.1, "verdict": "worse"},
    ]
    ax = plot_changes(cases, ax=Figure().subplots(), metric_name="r")
    assert [(text.xyann, text.xy) for text in ax.texts] == [((0.2, 0), (0.5, 0)), ((0.6, 1), (0.1, 1))]
    colors = [to_hex(text.arrow_patch.get_edgecolor()) for text in ax.texts]
    assert colors == [VERDICT_COLORS["better"], VERDICT_COLORS["worse"]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    low, high = ax.get_xlim()
    assert low < 0.1 < 0.6 < high


def test_a_case_without_numbers_keeps_its_line():
    cases = [{"name": "a", "before": 0.2, "after": np.nan, "verdict": "not told apart"}]
    ax = plot_changes(cases, ax=Figure().subplots(), metric_name="r")
    assert not ax.texts
    assert len(ax.get_yticklabels()) == 1
