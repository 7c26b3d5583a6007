"""Phases: dilated convolutions are dense ones of rows, and rows go back in line."""

import pytest
import torch
from torch.nn import functional

from cisgram.nn.phases import from_phases, to_phases


@pytest.mark.parametrize("dilation", [1, 3, 8])
@pytest.mark.parametrize("length", [240, 241, 247])
def test_a_dilated_convolution_is_a_dense_one_of_phases(dilation, length):
    torch.manual_seed(0)
    hidden, weight = torch.randn(2, 3, length, dtype=torch.double), torch.randn(4, 3, 5, dtype=torch.double)
    expected = functional.conv1d(hidden, weight, dilation=dilation)
    found = from_phases(functional.conv1d(to_phases(hidden, dilation), weight), dilation)
    torch.testing.assert_close(found[..., : expected.shape[-1]], expected)


@pytest.mark.parametrize("length", [16, 17, 23])
def test_there_and_back_is_the_same_with_zeros_behind(length):
    hidden = torch.randn(2, 3, length)
    back = from_phases(to_phases(hidden, 8), 8)
    assert torch.equal(back[..., :length], hidden)
    assert not back[..., length:].any()
