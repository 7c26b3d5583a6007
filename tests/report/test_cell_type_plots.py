"""Sites by cell types: similarities as defined, every site in the picture, cell types in a telling order."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from cisgram.errors import EmptySetError, InputError
from cisgram.report.cell_type_plots import (
    cell_type_order,
    cell_type_similarity,
    expected_by_number,
    plot_cell_type_similarity,
    plot_site_heat_map,
    plot_sites_by_number,
    site_order,
)

NAMES = [f"cell {n}" for n in range(6)]


@pytest.fixture
def ax():
    return Figure().subplots()


@pytest.fixture
def labels():
    return np.random.default_rng(1).integers(0, 2, (500, 6), dtype=np.uint8)


@pytest.mark.parametrize(
    "draw",
    [
        lambda labels, ax: plot_site_heat_map(labels, NAMES, ax=ax),
        lambda labels, ax: plot_site_heat_map(np.tile(labels, 15), [str(n) for n in range(90)], ax=ax, max_rows=40),
        lambda labels, ax: plot_site_heat_map(labels[:1, :1], ["a"], ax=ax),
        lambda labels, ax: plot_sites_by_number(labels, ax=ax),
        lambda labels, ax: plot_cell_type_similarity(cell_type_similarity(labels), NAMES, ax=ax),
        lambda _, ax: plot_cell_type_similarity(np.eye(1), ["a"], ax=ax),
    ],
    ids=["heat map", "many cell types", "one site", "numbers", "similarity", "one cell type"],
)
def test_a_plot_gives_back_its_axes_and_leaves_the_style_as_it_was(draw, labels, ax):
    before = dict(mpl.rcParams)
    assert draw(labels, ax) is ax
    assert dict(mpl.rcParams) == before


def test_similarities_are_those_of_sets_and_of_correlated_labels(labels):
    jaccard, phi = cell_type_similarity(labels), cell_type_similarity(labels, measure="phi")
    sets = [set(np.flatnonzero(column)) for column in labels.T]
    for i, first in enumerate(sets):
        for j, second in enumerate(sets):
            assert jaccard[i, j] == pytest.approx(len(first & second) / len(first | second))
    np.testing.assert_allclose(phi, np.corrcoef(labels.T), atol=1e-12)


def test_a_cell_type_without_sites_is_like_no_other(labels):
    labels[:, 2] = 0
    for measure in ("jaccard", "phi"):
        similarity = cell_type_similarity(labels, measure=measure)
        assert similarity[2].tolist() == [0, 0, 1, 0, 0, 0]


def test_cell_types_that_are_alike_stand_together():
    rng = np.random.default_rng(4)
    kinds = rng.integers(0, 2, (400, 3))
    labels = np.stack(
        [np.where(rng.random(400) < 0.1, 1 - kinds[:, n % 3], kinds[:, n % 3]) for n in range(12)], axis=1
    )
    order = cell_type_order(cell_type_similarity(labels.astype(np.uint8)))
    assert sorted(order.tolist()) == list(range(12))
    assert (np.diff(order % 3) != 0).sum() == 2  # three kinds, each in one piece


def test_sites_are_ordered_by_number_then_by_pattern(labels):
    ordered = labels[site_order(labels)].astype(int)
    keys = [(-row.sum(), *(-row)) for row in ordered]
    assert keys == sorted(keys)
    assert sorted(site_order(labels).tolist()) == list(range(500))


@pytest.mark.parametrize("max_rows", [7, 64, 500, 1_000])
def test_the_picture_holds_every_site(labels, ax, max_rows):
    plot_site_heat_map(labels, NAMES, ax=ax, order=np.arange(6), max_rows=max_rows)
    shades = np.asarray(ax.images[0].get_array())
    n_rows = min(max_rows, 500)
    edges = np.linspace(0, 500, n_rows + 1).astype(int)
    assert shades.shape == (n_rows, 6)
    np.testing.assert_allclose((shades * np.diff(edges)[:, None]).sum(axis=0), labels.sum(axis=0))
    assert "500 sites" in ax.get_ylabel()
    assert [tick.get_text() for tick in ax.get_xticklabels()] == NAMES


def test_expected_numbers_are_those_of_independent_draws():
    rng = np.random.default_rng(2)
    chances = np.array([0.1, 0.3, 0.6, 0.2])
    labels = (rng.random((200_000, 4)) < chances).astype(np.uint8)
    labels = labels[labels.any(axis=1)]
    shuffled = np.stack([rng.permutation(column) for column in labels.T], axis=1).sum(axis=1)
    observed = np.bincount(shuffled[shuffled > 0], minlength=5)[1:] / (shuffled > 0).sum()
    np.testing.assert_allclose(expected_by_number(labels), observed, atol=0.005)


def test_bars_are_shares_of_the_sites_that_any_cell_type_has(labels, ax):
    plot_sites_by_number(np.concatenate([labels, np.zeros((100, 6), np.uint8)]), ax=ax)
    heights = [bar.get_height() for bar in ax.patches[:6]]
    numbers = labels.sum(axis=1)
    np.testing.assert_allclose(heights, [100 * (numbers == n).sum() / (numbers > 0).sum() for n in range(1, 7)])


def test_what_cannot_be_drawn_is_refused(labels, ax):
    with pytest.raises(InputError, match="6 columns and 2 names"):
        plot_site_heat_map(labels, ["a", "b"], ax=ax)
    with pytest.raises(EmptySetError, match="no sites to draw"):
        plot_site_heat_map(labels[:0], NAMES, ax=ax)
    with pytest.raises(EmptySetError, match="3 without any cell type"):
        plot_sites_by_number(np.zeros((3, 2), np.uint8), ax=ax)
    with pytest.raises(InputError, match="one row per cell type"):
        plot_cell_type_similarity(np.eye(3), NAMES, ax=ax)
