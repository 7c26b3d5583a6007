"""The reverse complement of the input turns the output of every layer around, and no more."""

import pytest
import torch

from cisgram.errors import InputError
from cisgram.nn.strands import PairedBatchNorm1d, PairedConv1d, PairedLinear, PairMean


def turned(values):
    return values.flip(tuple(range(1, values.ndim)))


@pytest.mark.parametrize(
    ("layer", "shape"),
    [
        (lambda: PairedConv1d(4, 6, 5), (3, 4, 17)),
        (lambda: PairedConv1d(6, 2, 1), (3, 6, 17)),
        (lambda: PairedLinear(12, 8), (3, 12)),
        (lambda: PairedBatchNorm1d(6), (3, 6, 17)),
        (lambda: PairedBatchNorm1d(6), (3, 6)),
    ],
    ids=["convolution", "pointwise", "dense", "norm", "dense norm"],
)
def test_layers_are_equivariant_and_do_something(layer, shape):
    torch.manual_seed(0)
    layer, hidden = layer().double(), torch.randn(shape, dtype=torch.float64)
    given = layer(hidden)
    torch.testing.assert_close(layer(turned(hidden)), turned(given), rtol=1e-12, atol=1e-12)
    assert not torch.allclose(given, turned(given), atol=1e-2)


def test_the_mean_of_pairs_is_the_same_for_both_strands():
    hidden = torch.randn(3, 8)
    torch.testing.assert_close(PairMean()(turned(hidden)), PairMean()(hidden))
    assert PairMean()(torch.tensor([[1.0, 2.0, 5.0, 8.0]])).tolist() == [[4.5, 3.5]]


def test_a_norm_takes_its_statistics_from_both_strands():
    norm, hidden = PairedBatchNorm1d(2), torch.randn(50, 2, 3) * torch.tensor([[[1.0], [4.0]]])
    normed = norm(hidden)
    assert norm.running_mean.shape == (1,)
    torch.testing.assert_close(norm.running_mean[0], 0.1 * hidden.mean())
    assert normed.square().mean().item() == pytest.approx(1, rel=1e-3)
    assert normed[:, 1].std() > 2 * normed[:, 0].std()


def test_odd_numbers_of_channels_are_refused():
    with pytest.raises(InputError, match=r"come in pairs.*got 5"):
        PairedConv1d(4, 5, 3)
