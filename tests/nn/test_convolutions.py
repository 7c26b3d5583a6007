"""Our convolutions against torch's own, which share their parameters."""

import pytest
import torch
from torch import nn

from cisgram.nn.convolutions import Conv1d

EXACT = {"rtol": 1e-12, "atol": 1e-12}


def gradients(output, *inputs):
    """Gradients of a fixed random combination of the outputs."""
    weights = torch.randn(output.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return torch.autograd.grad((output * weights.to(output.dtype)).sum(), inputs)


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(
    ("n_in", "n_out", "width", "fold", "length"),
    [
        (4, 6, 21, 2, 64),
        (6, 2, 75, 8, 174),
        (5, 3, 6, 4, 33),
        (3, 2, 7, 3, 20),
        (3, 2, 1, 8, 5),
        (2, 2, 5, 1, 9),
        (33, 34, 3, 2, 12),
    ],
)
# Torch warns that it may pad a copy where the width is even; the twin is slow by intention.
@pytest.mark.filterwarnings("ignore:Using padding='same'")
def test_folded_convolution_equals_the_plain_one_with_its_gradients(n_in, n_out, width, fold, length, padding):
    folded = Conv1d(n_in, n_out, width, padding=padding, fold=fold).double()
    plain = nn.Conv1d(n_in, n_out, width, padding=padding).double()
    plain.load_state_dict(folded.state_dict())
    values = torch.randn(2, n_in, length, dtype=torch.float64, requires_grad=True)
    torch.testing.assert_close(folded(values), plain(values), **EXACT)
    ours = gradients(folded(values), values, *folded.parameters())
    theirs = gradients(plain(values), values, *plain.parameters())
    for own, their in zip(ours, theirs, strict=True):
        torch.testing.assert_close(own, their, **EXACT)


def test_folded_convolution_does_not_mind_how_its_input_lies_in_memory():
    convolution = Conv1d(4, 2, 5, fold=4)
    values = torch.randn(2, 4, 30)
    by_position = values.transpose(1, 2).contiguous().transpose(1, 2)
    assert torch.equal(convolution(values), convolution(by_position))


def test_folded_convolution_in_float32_differs_by_rounding_only():
    folded, plain = Conv1d(64, 2, 75, fold=8), nn.Conv1d(64, 2, 75)
    plain.load_state_dict(folded.state_dict())
    values = torch.randn(2, 64, 174)
    torch.testing.assert_close(folded(values), plain(values), rtol=0, atol=1e-5)


@pytest.mark.parametrize(("n_in", "n_out"), [(4, 64), (64, 2)])
def test_bfloat16_is_as_near_to_the_truth_as_torchs_own(n_in, n_out):
    ours, plain = Conv1d(n_in, n_out, 21, fold=4), nn.Conv1d(n_in, n_out, 21)
    plain.load_state_dict(ours.state_dict())
    values = torch.randn(4, n_in, 200)
    truth = plain.double()(values.double())
    with torch.autocast("cpu", torch.bfloat16):
        error = (ours(values) - truth).abs().mean()
        theirs = (plain.float()(values) - truth).abs().mean()
    assert error < 1.1 * theirs


@pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning")
def test_graph_readers_see_a_plain_convolution_with_the_same_values():
    convolution, values = Conv1d(4, 3, 5, fold=2, padding="same"), torch.randn(2, 4, 40)
    program = torch.export.export(convolution, (values,), strict=False)
    torch.testing.assert_close(program.module()(values), convolution(values))
    assert "conv1d" in str(program.graph)
