"""What a unit sees is what can change it."""

import numpy as np
import pytest
import torch

from cisgram.errors import InputError
from cisgram.interpret.receptive_field import ReceptiveField, receptive_field
from cisgram.models.basset import BassetConfig, build
from cisgram.nn.blocks import one_hot

LENGTH = 43


def model_with(mode, *, pools=(3, 2, 2)):
    config = BassetConfig(
        LENGTH, n_filters=(8, 8, 4), widths=(5, 3, 3), pools=pools, n_hidden=(4,), reverse_complement=mode
    )
    return build(config, n_tracks=1).eval()


@pytest.mark.parametrize("mode", ["none", "equivariant"])
@pytest.mark.parametrize("pools", [(3, 2, 2), (2, 4, 2), (1, 3, 2)])
@pytest.mark.parametrize("convolution", [0, 1, 2])
def test_only_bases_inside_the_field_change_a_unit_and_each_of_them_can(mode, pools, convolution):
    model = model_with(mode, pools=pools)
    # With positive weights everything is passed on, and a pool by its largest value.
    codes = torch.from_numpy(np.random.default_rng(0).integers(0, 4, (100, LENGTH), dtype=np.uint8))
    with torch.inference_mode():
        for parameter in model.convolutions.parameters():
            parameter.abs_()

        def layer_output(sequences):
            hidden = model.convolutions[:convolution](one_hot(sequences))
            return model.convolutions[convolution].convolution(hidden)[:, 0]

        known = layer_output(codes)
        sees = torch.zeros(known.shape[1], LENGTH, dtype=torch.bool)
        for place in range(LENGTH):
            for step in (1, 2, 3):
                changed = codes.clone()
                changed[:, place] = (changed[:, place] + step) % 4
                sees[:, place] |= ((layer_output(changed) - known).abs() > 1e-6).any(0)
    field = receptive_field(model, convolution=convolution)
    expected = torch.zeros_like(sees)
    for position in range(len(sees)):
        start = position * field.stride + field.offset
        expected[position, max(start, 0) : max(start + field.width, 0)] = True
    assert torch.equal(sees, expected)


def test_fields_add_up_as_in_a_hand_worked_case():
    assert receptive_field(model_with("none"), convolution=0) == ReceptiveField(5, 1, -2)
    # 5 bp, 2 more of the pool, and 2 x 3 of the convolution
    assert receptive_field(model_with("none"), convolution=1) == ReceptiveField(13, 3, -5)


def test_a_convolution_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="has the convolutions 0 to 2; got 3"):
        receptive_field(model_with("none"), convolution=3)
