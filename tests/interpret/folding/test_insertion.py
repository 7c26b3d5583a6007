"""Sites in backgrounds, and what sites alone give back."""

import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.interpret.folding.composition import CompositionConfig, keep_sites
from cisgram.interpret.folding.insertion import PairInsertionConfig, flat_backgrounds, insert_pairs

from .conftest import WORD, place


def test_only_convergent_sites_make_a_corner_and_every_site_insulates(corner_model, background):
    backgrounds = np.stack([background, background[::-1]])
    found = insert_pairs(corner_model, backgrounds, WORD[None], config=PairInsertionConfig(distance_bp=500))
    table = found.table.set_index("arrangement")
    assert table["corner"].round(6).to_dict() == {
        "single": 0.0,
        "convergent": 1.0,
        "tandem": 0.0,
        "divergent": 0.0,
        "scrambled": 0.0,
    }
    np.testing.assert_allclose(table["insulation_change"][:4], -0.5 * 10 / 56, rtol=1e-5)  # 7 bins are left of it
    assert table.loc["scrambled", "root_mean_square"] == 0
    assert found.changes.shape == (5, 1, 253)


def test_the_flattest_backgrounds_come_first(corner_model, background):
    structured, _ = place(background, (5, "+"), (15, "-"))
    chosen = flat_backgrounds(corner_model, np.stack([structured, background]), n=1)
    np.testing.assert_array_equal(chosen.codes[0], background)
    assert chosen.root_mean_square == 0


def test_places_without_room_are_refused(corner_model, background):
    for distance in (100, 1200):
        with pytest.raises(InputError, match="two places"):
            insert_pairs(corner_model, background[None], WORD[None], config=PairInsertionConfig(distance_bp=distance))


def test_sites_alone_give_back_a_map_made_by_sites_alone(corner_model, background):
    codes, sites = place(background, (5, "+"), (15, "-"))
    found = keep_sites(corner_model, codes[None], sites, config=CompositionConfig(n_draws=3))
    table = found.table.set_index("kept")
    assert table.loc["sites", "correlation"] == pytest.approx(1)
    assert table.loc["sites", "variance_given_back"] == pytest.approx(1)
    assert table.loc["sites", "strength"] == pytest.approx(1)
    assert table.loc["all_but_sites", "strength"] == 0
    assert table.loc["nothing", "variance_given_back"] <= 0
    assert table.loc["sites", "n_sites"] == 2


def test_half_of_the_sites_give_back_less(corner_model, background):
    codes, sites = place(background, (5, "+"), (15, "-"))
    found = keep_sites(corner_model, codes[None], sites.iloc[:1], config=CompositionConfig(n_draws=3)).table
    assert found.loc[found["kept"] == "sites", "variance_given_back"].iloc[0] < 0.9
