"""Figures of tracks in bins: what is drawn is what the tables say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cisgram.errors import InputError
from cisgram.genomics.interval import Interval
from cisgram.report.binned_plots import (
    plot_against_replicates,
    plot_by_width,
    plot_genes,
    plot_methods,
    plot_track_accuracy,
)
from cisgram.report.binned_stretch import MeasuredAndPredicted, draw_stretch, stretch_height
from cisgram.report.style import PREDICTED

STRETCH = Interval("I", 1000, 1400)


def axes():
    return Figure(layout="constrained").subplots()


def accuracy(n=3):
    value = np.linspace(0.2, 0.8, n)
    columns = {"value": value, "low": value - 0.1, "high": value + 0.1, "ceiling": value + 0.15, "floor": value - 0.15}
    names = [f"t{i}" for i in range(n)]
    return pd.DataFrame({"track": names, "family": ["a"] * (n - 1) + ["b"], **columns, "between": value})


def test_tracks_stand_by_family_the_best_first_with_their_names():
    ax = plot_track_accuracy(accuracy(), ax=axes(), metric_name="r")
    assert [one.get_text() for one in ax.get_yticklabels()] == ["t1", "t0", "t2"]
    drawn = next(line for line in ax.lines if line.get_color() == PREDICTED)
    np.testing.assert_allclose(drawn.get_xdata(), [0.5, 0.2, 0.8])


def test_many_tracks_are_points_with_the_names_of_families():
    ax = plot_track_accuracy(accuracy(60), ax=axes(), metric_name="r")
    assert [one.get_text() for one in ax.get_xticklabels()] == ["a", "b"]
    with pytest.raises(InputError, match="ceiling"):
        plot_track_accuracy(accuracy().drop(columns="ceiling"), ax=axes(), metric_name="r")


def test_tracks_without_replicates_are_not_beside_replicates():
    table = accuracy().assign(between=[0.4, np.nan, 0.9])
    ax = plot_against_replicates(table, ax=axes())
    drawn = np.concatenate([one.get_offsets() for one in ax.collections])
    np.testing.assert_allclose(drawn, [[0.4, 0.2], [0.9, 0.8]])
    curve = ax.lines[1].get_xydata()
    assert curve[50, 1] == pytest.approx((2 * 0.5 / 1.5) ** 0.5)


def test_means_over_tracks_stand_at_their_widths():
    table = pd.DataFrame({"method": ["model"] * 4, "bin_bp": [32, 32, 64, 64], "value": [0.1, 0.3, np.nan, 0.6]})
    ax = plot_by_width(table, ax=axes(), names={"model": "model", "absent": "absent"}, metric_name="r")
    np.testing.assert_allclose(ax.lines[0].get_xydata(), [[32, 0.2], [64, 0.6]])
    assert len(ax.get_legend_handles_labels()[1]) == 1


def test_genes_are_dots_of_logarithms():
    ax = plot_genes(np.array([0.0, np.e - 1]), np.array([-1.0, 3.0]), ax=axes(), title="a")
    np.testing.assert_allclose(ax.lines[1].get_xydata(), [[0, 0], [1, np.log(4)]])
    assert ax.get_xlim() == ax.get_ylim()


def test_bars_have_the_heights_of_the_table():
    table = pd.DataFrame({"group": ["x", "x", "y"], "method": ["model", "floor", "model"], "value": [0.5, 0.2, 0.7]})
    names = {"model": "model", "floor": "floor"}
    ax = plot_methods(table, ax=axes(), groups=["x", "y"], names=names, metric_name="r")
    assert [bar.get_height() for bar in ax.patches] == [0.5, 0.7, 0.2, 0.0]


def test_both_signals_of_an_assay_share_one_scale_and_minus_strands_hang_down():
    measured, predicted = np.array([[0.0, 5, 0, 0], [0, 0, 2, 0]]), np.array([[0.0, 3, 0, 0], [0, 0, 1, 0]])
    single = np.array([[1.0, np.nan, 1, 1]])
    assays = [MeasuredAndPredicted("a", measured, predicted), MeasuredAndPredicted("b", single, single * 0.1)]
    genes = pd.DataFrame({"chrom": ["I"], "start": [1100], "end": [1200], "name": ["g"], "strand": ["+"]})
    found = draw_stretch(Figure(layout="constrained"), assays, stretch=STRETCH, bin_size=100, genes=genes)
    assert len(found) == 5
    assert found[0].get_ylim() == found[1].get_ylim() == pytest.approx((-1.05 * 3, 1.05 * 3))
    assert found[2].get_ylim() == found[3].get_ylim() == pytest.approx((0, 1.05 * 0.4))
    assert all(ax.get_xlim() == (1000, 1400) for ax in found)
    assert found[2].patches  # the bin that was not measured
    assert stretch_height(assays, genes, STRETCH) > stretch_height(assays[:1], None, STRETCH)
