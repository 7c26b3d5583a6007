"""Curves against depth show what the table says."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from cisgram.errors import InputError
from cisgram.report.depth_plots import METHOD_COLORS, plot_coverage, plot_depth_curves, plot_start_profiles

ALL, HELD_OUT = "all contigs", "contigs never trained on"


@pytest.fixture
def ax():
    return Figure().subplots()


@pytest.fixture
def figures():
    rows = [
        (method, scope, depth, value + 0.1 * k - 0.05 * (scope == HELD_OUT))
        for method, value in (("raw", 0.5), ("denoised", 0.7))
        for scope in (ALL, HELD_OUT)
        for k, depth in enumerate((1e4, 1e5))
    ]
    rows.append(("replicate", ALL, float("nan"), 0.95))
    table = pd.DataFrame(rows, columns=["method", "scope", "depth", "value"])
    return table.assign(low=table["value"] - 0.02, high=table["value"] + 0.02)


def test_a_line_per_method_and_scope_and_a_level_for_the_replicate(ax, figures):
    plot_depth_curves(figures, ax=ax, names={}, dashed=HELD_OUT, metric_name="Pearson r")
    curves = [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_marker() == "o"]
    assert len(curves) == 4
    assert sum(line.is_dashed() for line in curves) == 2
    assert sorted(float(line.get_ydata()[0]) for line in curves) == pytest.approx([0.45, 0.5, 0.65, 0.7])
    level = next(line for line in ax.lines if to_hex(line.get_color()) == METHOD_COLORS["replicate"])
    assert set(level.get_ydata()) == {0.95}
    assert len(ax.collections) == 2  # intervals of solid lines alone


def test_depths_are_marked_where_they_are(ax, figures):
    plot_depth_curves(figures, ax=ax, names={}, dashed=HELD_OUT, metric_name="Pearson r")
    assert ax.get_xticks().tolist() == [1e4, 1e5]
    ax.figure.draw_without_rendering()
    assert [one.get_text() for one in ax.get_xticklabels()] == ["10k", "100k"]


def test_a_table_without_intervals_is_refused(ax, figures):
    with pytest.raises(InputError, match="they lack high"):
        plot_depth_curves(figures.drop(columns="high"), ax=ax, names={}, dashed=HELD_OUT, metric_name="r")


def test_the_highest_base_of_a_long_stretch_is_seen(ax):
    values = np.zeros(100_000, np.float32)
    values[77_777] = 9
    plot_coverage(values, ax=ax, start=500, label="deep", peaks=[(78_000, 78_500)])
    top = max(path.vertices[:, 1].max() for one in ax.collections for path in one.get_paths())
    assert top == 9
    assert ax.get_xlim() == (500, 100_500)
    assert len(ax.collections) == 2


def test_a_track_of_zeros_can_be_drawn(ax):
    plot_coverage(np.zeros(10, np.float32), ax=ax, start=0, label="raw")
    assert ax.get_ylim()[0] == 0


def test_profiles_around_starts_have_a_line_each(ax):
    distance = pd.Series(np.arange(-100, 100, 20))
    profiles = {"raw": distance * 0 + 2, "denoised": distance * 0 + 3}
    plot_start_profiles(profiles, distance=distance, ax=ax, names={"raw": "raw coverage"})
    assert [line.get_label() for line in ax.lines][:2] == ["raw coverage", "denoised"]
    assert [line.get_color() for line in ax.lines][:2] == [METHOD_COLORS["raw"], METHOD_COLORS["denoised"]]
