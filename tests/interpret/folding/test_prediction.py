"""Predicted maps: strands, geometry, and what is refused."""

import dataclasses

import numpy as np
import pytest
from torch import nn

from cisgram.errors import InputError
from cisgram.genomics.sequence import reverse_complement
from cisgram.interpret.experiments.responses import Asking
from cisgram.interpret.folding.prediction import BOTH_STRANDS, fold, geometry_of, squares_of
from cisgram.models.akita import AkitaConfig, build

from .conftest import place

FORM = dataclasses.replace(AkitaConfig.tiny(input_length=1024, bin_size=64), tower_filters=8, n_pair_blocks=1)


def test_the_map_of_both_strands_is_that_of_the_other_strand_turned():
    model = build(FORM, n_tracks=2, seed=3).eval()
    codes = np.random.default_rng(0).integers(0, 4, (3, 1024)).astype(np.uint8)
    own, other = (squares_of(fold(model, one), geometry_of(model)) for one in (codes, reverse_complement(codes)))
    np.testing.assert_allclose(own, other[..., ::-1, ::-1], atol=1e-6)
    one_strand = fold(model, codes, asking=Asking())
    assert np.abs(one_strand - fold(model, codes)).max() > 1e-4


def test_the_answer_does_not_depend_on_the_batch_and_the_model_stays_as_it_was():
    model = build(FORM, n_tracks=1).train()
    codes = np.random.default_rng(0).integers(0, 4, (5, 1024)).astype(np.uint8)
    at_once = fold(model, codes, asking=Asking(both_strands=True, batch_size=5))
    np.testing.assert_allclose(
        at_once, fold(model, codes, asking=dataclasses.replace(BOTH_STRANDS, batch_size=2)), atol=1e-6
    )
    assert model.training


def test_squares_are_those_of_the_model(corner_model, background):
    codes, _ = place(background, (5, "+"), (15, "-"))
    square = squares_of(fold(corner_model, codes[None]), geometry_of(corner_model))[0, 0]
    np.testing.assert_array_equal(square, square.T)
    assert square[5, 15] == 1.0
    assert np.isnan(square[5, 6])
    assert geometry_of(corner_model).bin_at((5 + 2) * 50 + 26) == 5


@pytest.mark.parametrize("length", [100, 1401])
def test_sequences_of_another_length_are_refused(corner_model, length):
    with pytest.raises(InputError, match="1400 bp"):
        fold(corner_model, np.zeros((1, length), np.uint8))


def test_a_model_of_something_else_is_refused():
    with pytest.raises(InputError, match="predicts contacts"):
        geometry_of(nn.Linear(2, 2))
