"""The page of two groups compared says how many places differ and how many would by chance."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from cisgram.errors import InputError
from cisgram.report.differential import LOCUS_COLUMNS, DifferentialFigures, differential_html
from cisgram.report.differential_plots import plot_called_by_chance, plot_difference, plot_p_values, plot_volcano


@pytest.fixture
def bins():
    rng = np.random.default_rng(0)
    start = np.arange(0, 20_000, 100)
    p = rng.random(200)
    p[100:103] = 1e-4
    return pd.DataFrame(
        {
            "chrom": "I",
            "start": start,
            "end": start + 100,
            "track": 1.0 + (p < 1e-3),
            "other": 1.0,
            "low": -0.5,
            "high": 0.5,
            "z": np.where(p < 1e-3, 6.0, 0.1),
            "p_value": p,
            "q_value": np.where(p < 1e-3, 0.01, 0.9),
        }
    )


def figures(bins, loci, random_called):
    shares = np.full((len(random_called), 20), 0.05)
    return DifferentialFigures(bins, loci, shares, np.array(random_called), 0.05, ("A", "B"))


def test_numbers_of_places_and_of_false_ones_stand_at_the_top(bins):
    loci = pd.DataFrame([("I", 10_000, 10_300, 3, 1.0, 6.0, 0.01)], columns=list(LOCUS_COLUMNS))
    page = differential_html(figures(bins, loci, [0, 0, 1, 0, 0]), provenance={"n_cells": 50})
    assert "3 of 200 bins differ at q &lt;= 0.05, in 1 loci: A has more in 1 of them and less in 0." in page
    assert "the 5 random groups would call 0.2 bins on average, 1 at most" in page
    assert "I:10,001-10,300" in page
    assert page.count("<img") == 2


def test_where_nothing_differs_the_page_says_so_and_shows_what_comes_nearest(bins):
    none = pd.DataFrame(columns=list(LOCUS_COLUMNS))
    quiet = bins.assign(q_value=0.9)
    page = differential_html(figures(quiet, none, [0] * 5), provenance={})
    assert "None of 200 bins differs" in page
    assert "Nothing differs; shown are the bins that come nearest to it" in page
    assert page.count("<img") == 4


def test_lacking_columns_are_named(bins):
    with pytest.raises(InputError, match="needs z"):
        figures(bins.drop(columns="z"), pd.DataFrame(columns=list(LOCUS_COLUMNS)), [0] * 5)
    with pytest.raises(InputError, match="they lack other"):
        plot_volcano(bins.drop(columns="other"), ax=Figure().subplots(), max_q_value=0.05)


def test_dots_of_bins_that_differ_are_coloured_and_all_of_them_drawn(bins):
    ax = plot_volcano(bins, ax=Figure().subplots(), max_q_value=0.05)
    drawn = {line.get_label(): len(line.get_xdata()) for line in ax.lines if not line.get_label().startswith("_")}
    assert drawn == {"all others": 197, "higher: 3 bins": 3, "lower: 0 bins": 0}


def test_histograms_are_relative_to_a_flat_one(bins):
    ax = plot_p_values(bins["p_value"], np.full((5, 20), 0.05), ax=Figure().subplots())
    heights = ax.patches[-1].get_data().values
    assert heights.mean() == pytest.approx(1)
    assert heights[0] == pytest.approx(20 * (bins["p_value"] < 0.05).mean())


def test_random_groups_stand_in_order_beside_the_group():
    ax = plot_called_by_chance(7, np.array([3, 0, 1]), ax=Figure().subplots())
    assert [patch.get_height() for patch in ax.patches] == [0, 1, 3, 7]


def test_the_difference_lies_over_the_band_of_random_groups(bins):
    ax = plot_difference(bins.iloc[98:105], ax=Figure().subplots(), locus=(10_000, 10_300))
    band, line = ax.patches[-2].get_data(), ax.patches[-1].get_data()
    assert (set(band.values), set(band.baseline)) == ({0.5}, {-0.5})
    assert line.values.tolist() == [0, 0, 1, 1, 1, 0, 0]
