"""A change behind one layer is the layer's output of the changed sequence, wherever the two differ."""

import pytest
import torch
from torch import nn

from cisgram.interpret.variants.local_blocks import layers_of
from cisgram.interpret.variants.local_layers import Change, KnownLayer, Positions, known_layers, put_into
from cisgram.models.basenji import BinCrop
from cisgram.nn.dilated import BlockStyle, ConvolutionBlock, DilatedDense, DilatedResidual

GELU = BlockStyle("gelu")
BLOCKS = {
    "wide": lambda: ConvolutionBlock(3, 4, 7, pool=1),
    "even width": lambda: ConvolutionBlock(3, 4, 6, pool=3, style=GELU),
    "pool that leaves positions out": lambda: ConvolutionBlock(3, 4, 5, pool=4),
    "dilated": lambda: ConvolutionBlock(3, 4, 3, dilation=5),
    "residual": lambda: DilatedResidual(3, 4, dilation=4, dropout=0.5, gain=0.7, style=GELU),
    "dense": lambda: DilatedDense(3, 4, dilation=3, dropout=0.5),
    "crop": lambda: BinCrop(4),
    "several": lambda: nn.Sequential(
        ConvolutionBlock(3, 4, 3, pool=2), BinCrop(2), DilatedDense(4, 2, dilation=2, dropout=0)
    ),
}


@pytest.mark.parametrize("width", [1, 4])
@pytest.mark.parametrize("name", list(BLOCKS))
def test_a_change_anywhere_is_what_the_block_makes_of_it(name, width):
    torch.manual_seed(1)
    block = BLOCKS[name]().double().eval()
    layers = layers_of(block)
    assert layers is not None
    length = 30
    sequences = torch.randn(2, 3, length, dtype=torch.double)
    starts = torch.arange(length - width + 1).repeat(2)
    windows = torch.arange(2).repeat_interleave(length - width + 1)
    values = torch.randn(len(starts), 3, width, dtype=torch.double)
    with torch.inference_mode():
        changed = sequences[windows].clone()
        for row, start in enumerate(starts.tolist()):
            changed[row, :, start : start + width] = values[row]
        known = known_layers(layers, sequences)
        mutants = known.mutants(Change(windows, starts, values))
        torch.testing.assert_close(known.output, block(sequences), rtol=0, atol=0)
        torch.testing.assert_close(mutants, block(changed), rtol=0, atol=1e-12)
        behind = known.changed(Change(windows, starts, values)).values.shape[-1]
    assert behind < known.output.shape[-1], "less than everything was computed"


def test_only_wanted_positions_are_given():
    (layer,) = layers_of(ConvolutionBlock(3, 4, 5).double().eval()) or []
    sequence = torch.randn(1, 3, 20, dtype=torch.double)
    zeros = torch.zeros(2, dtype=torch.long)
    with torch.inference_mode():
        known = KnownLayer(layer, sequence, wanted=Positions(8, 12))
        change = known.changed(Change(zeros, torch.tensor([0, 19]), torch.ones(2, 3, 1, dtype=torch.double)))
        whole = layer.whole(sequence)
    assert change.starts.tolist() == [8, 8]  # as many positions as can differ, moved to where they are wanted
    torch.testing.assert_close(change.values, whole[..., 8:12].expand(2, -1, -1))


def test_values_that_hang_over_an_end_are_cut():
    put = put_into(torch.zeros(3, 1, 4), torch.tensor([-2, 1, 3]), torch.tensor([[[1.0, 2.0, 3.0]]]).repeat(3, 1, 1))
    assert put[:, 0].tolist() == [[3, 0, 0, 0], [0, 1, 2, 3], [0, 0, 0, 1]]


def test_a_layer_of_another_kind_is_not_followed():
    assert layers_of(nn.Sequential(ConvolutionBlock(3, 4, 3), nn.Softmax(dim=2))) is None
