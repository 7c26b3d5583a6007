"""Sites taken out and turned round in a model whose map is known."""

import numpy as np
import pytest

from cisgram.errors import ConfigError, InputError
from cisgram.genomics.sequence import reverse_complement
from cisgram.interpret.folding.edits import invert, orientation_of
from cisgram.interpret.folding.site_effects import (
    CORNER_COLUMNS,
    EFFECT_COLUMNS,
    SiteEditConfig,
    edit_sites,
)

from .conftest import place


@pytest.mark.parametrize("edit", ["delete", "invert"])
def test_either_edit_takes_the_corner_away_and_only_deletion_the_insulation(corner_model, background, edit):
    codes, sites = place(background, (5, "+"), (15, "-"))
    found = edit_sites(corner_model, codes[None], sites, config=SiteEditConfig(edit=edit, insulation_bins=2))
    assert tuple(found.effects.columns) == EFFECT_COLUMNS
    assert tuple(found.corners.columns) == CORNER_COLUMNS
    assert set(found.corners["orientation"]) == {"convergent"}
    np.testing.assert_allclose(found.corners["corner_before"], 1)
    np.testing.assert_allclose(found.corners["corner_after"], 0)
    assert found.corners["distance_bp"].tolist() == [500, 500]
    rise = found.effects["insulation_after"] - found.effects["insulation_before"]
    np.testing.assert_allclose(rise, 0.5 if edit == "delete" else 0.0)
    assert (found.effects["random_root_mean_square"] == 0).all()
    assert (found.effects["root_mean_square"] > 0.05).all()


def test_inverting_one_of_two_divergent_sites_makes_them_tandem_without_a_corner(corner_model, background):
    codes, sites = place(background, (5, "-"), (15, "+"))
    found = edit_sites(corner_model, codes[None], sites, config=SiteEditConfig(edit="invert"))
    assert set(found.corners["orientation"]) == {"divergent"}
    np.testing.assert_allclose(found.corners[["corner_before", "corner_after"]], 0)
    np.testing.assert_allclose(found.effects["scd"], 0, atol=1e-6)


def test_a_place_that_holds_nothing_changes_nothing(corner_model, background):
    codes, sites = place(background, (5, "+"), (15, "-"))
    nothing = sites.assign(start=sites["start"] + 100, end=sites["end"] + 100)
    found = edit_sites(corner_model, codes[None], nothing)
    np.testing.assert_array_equal(found.effects[["scd", "ssd", "root_mean_square"]], 0)


def test_the_other_strand_gives_the_same_effects(corner_model, background):
    codes, sites = place(background, (5, "+"), (15, "-"), (20, "+"))
    turned = sites.assign(
        start=codes.size - sites["end"],
        end=codes.size - sites["start"],
        strand=sites["strand"].map({"+": "-", "-": "+"}),
    )
    own = edit_sites(corner_model, codes[None], sites).effects
    other = edit_sites(corner_model, reverse_complement(codes)[None].copy(), turned).effects
    columns = ["scd", "ssd", "insulation_before", "insulation_after"]
    np.testing.assert_allclose(own[columns], other[columns][::-1], atol=1e-6)


def test_the_same_seed_gives_the_same_and_inversion_twice_is_nothing(corner_model, background):
    codes, sites = place(background, (5, "+"), (15, "-"))
    one, two = (edit_sites(corner_model, codes[None], sites, config=SiteEditConfig(seed=4)).effects for _ in range(2))
    assert one.equals(two)
    np.testing.assert_array_equal(invert(invert(codes, 300, 341), 300, 341), codes)


def test_orientation_is_named_from_left_to_right():
    assert [orientation_of(*pair) for pair in ("+-", "-+", "++", "--", "+.")] == [
        "convergent",
        "divergent",
        "tandem",
        "tandem",
        "unknown",
    ]


def test_sites_outside_of_their_window_are_refused(corner_model, background):
    codes, sites = place(background, (5, "+"))
    with pytest.raises(InputError, match="number 0: row 1"):
        edit_sites(corner_model, codes[None], sites.assign(row=1))
    with pytest.raises(InputError, match="no sites"):
        edit_sites(corner_model, codes[None], sites.iloc[:0])


@pytest.mark.parametrize("wrong", [{"n_draws": 0}, {"insulation_bins": 0}, {"n_random": -1}])
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ConfigError):
        SiteEditConfig(**wrong)
