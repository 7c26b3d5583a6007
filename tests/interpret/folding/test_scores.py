"""Scores of a change: closed forms, laws, and the identical edit."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from cisgram.errors import InputError
from cisgram.interpret.folding.scores import DisruptionScore, contact_change, corner_at, insulation_at

MAPS = np.random.default_rng(0).normal(size=(3, 2, 40))


def test_identical_maps_have_changes_of_zero():
    for values in contact_change(MAPS, MAPS):
        np.testing.assert_array_equal(values, 0)


def test_scores_are_the_published_formulas():
    other = MAPS + np.random.default_rng(1).normal(size=MAPS.shape)
    change = contact_change(MAPS, other)
    np.testing.assert_allclose(change.scd, np.sqrt(((MAPS - other) ** 2).sum(-1)))
    np.testing.assert_allclose(change.ssd, np.sqrt((other**2).sum(-1)) - np.sqrt((MAPS**2).sum(-1)))
    np.testing.assert_allclose(change.root_mean_square * np.sqrt(40), change.scd)
    back = contact_change(other, MAPS)
    np.testing.assert_allclose(back.ssd, -change.ssd)
    np.testing.assert_allclose(back.scd, change.scd)


def test_unknown_pairs_count_in_neither_map():
    other, holed = MAPS + 1.0, MAPS.copy()
    holed[..., :10] = np.nan
    change = contact_change(holed, other)
    np.testing.assert_allclose(change.scd, np.sqrt(30))
    np.testing.assert_allclose(change.mean_absolute, 1)


def test_insulation_sees_contacts_across_the_bin_only():
    square = np.zeros((1, 1, 30, 30))
    square[..., 10:20, 10:20] = 1.0
    assert insulation_at(square, 15, width=4)[0, 0] == 1
    assert insulation_at(square, 9, width=4)[0, 0] == 0
    assert np.isnan(insulation_at(square, 0)).all()


def test_a_corner_is_symmetric_and_needs_room():
    square = np.zeros((1, 1, 30, 30))
    square[..., 4:7, 19:22] = square[..., 19:22, 4:7] = 2.0
    assert corner_at(square, 5, 20)[0, 0] == corner_at(square, 20, 5)[0, 0] == 2.0
    assert np.isnan(corner_at(square, 5, 10)).all()
    assert np.isnan(corner_at(square, -3, 10)).all()


def test_disruption_is_that_of_the_map_before():
    before, after = (SimpleNamespace(contacts=torch.from_numpy(one)) for one in (MAPS, MAPS + 0.5))
    score = DisruptionScore((0, 1))
    assert torch.equal(score(before), torch.zeros(3, dtype=torch.float64))
    np.testing.assert_allclose(score(after, score.anchor(before)).numpy(), np.log1p(0.5 * np.sqrt(40)))


def test_a_score_without_maps_is_refused():
    with pytest.raises(InputError, match="one or more"):
        DisruptionScore(())
