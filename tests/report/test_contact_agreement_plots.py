"""Figures of agreement of contact maps: what is drawn is what the tables say."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cisgram.errors import InputError
from cisgram.report.contact_agreement_plots import draw_two_maps, plot_agreement_by_distance, plot_windows_against_floor
from cisgram.report.contact_plots import ratio_scale


def curves(ax):
    return {line.get_label(): line.get_xydata() for line in ax.lines if not str(line.get_label()).startswith("_")}


def table(n=60):
    distance = np.arange(2, 2 + n) * 1000
    parts = [
        pd.DataFrame({"method": method, "distance": distance, "n_pairs": n + 2 - np.arange(n), "pearson": level})
        for method, level in (("model", 0.5), ("halves", 0.7), ("average map", np.where(np.arange(n) % 2, 0.1, 0.2)))
    ]
    return pd.concat(parts, ignore_index=True)


def test_curves_are_means_of_neighbouring_distances_with_pairs_as_weights():
    names = {"model": "model", "halves": "half against half", "average map": "average map"}
    drawn = curves(plot_agreement_by_distance(table(), ax=Figure().subplots(), names=names, n_points=8))
    assert list(drawn) == list(names.values())
    np.testing.assert_allclose(drawn["model"][:, 1], 0.5)
    assert ((drawn["average map"][:, 1] > 0.1) & (drawn["average map"][:, 1] < 0.2))[2:].all()
    assert len(drawn["model"]) <= 8
    assert (np.diff(drawn["model"][:, 0]) > 0).all()


def test_a_method_that_is_nowhere_defined_has_no_curve():
    own = table().assign(pearson=lambda t: t["pearson"].where(t["method"] != "halves"))
    drawn = curves(plot_agreement_by_distance(own, ax=Figure().subplots(), names={"model": "a", "halves": "b"}))
    assert list(drawn) == ["a"]
    with pytest.raises(InputError, match="no distances"):
        plot_agreement_by_distance(own.iloc[:0], ax=Figure().subplots(), names={"model": "a"})


def test_windows_without_a_figure_are_left_out():
    model, floor = np.array([0.5, np.nan, 0.2]), np.array([0.1, 0.2, 0.3])
    ax = plot_windows_against_floor(model, floor, ax=Figure().subplots(), floor_name="sites alone")
    np.testing.assert_array_equal(ax.lines[1].get_xydata(), [[0.1, 0.5], [0.3, 0.2]])


def test_two_maps_share_the_genome_and_the_second_hangs_from_it():
    square = np.random.default_rng(0).normal(size=(12, 12))
    above, below = draw_two_maps(
        Figure(),
        square + square.T,
        square + square.T,
        names=("measured", "predicted"),
        chrom="I",
        start_bp=1000,
        bin_size=100,
        scale=ratio_scale(limit=1.0),
    )
    assert above.get_xlim() == below.get_xlim() == (1000, 2200)
    assert above.get_ylim()[::-1] == below.get_ylim()
