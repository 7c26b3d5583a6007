"""Quick layers against torch's own."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from cisgram.nn.quick_layers import LogisticGELU, QuickDropout, halve

PRECISIONS = [torch.float64, torch.float32, torch.bfloat16]


def random(*shape, dtype=torch.float32):
    return torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(dtype)


def value_and_gradient(function, values, grad):
    values = values.detach().clone().requires_grad_()
    found = function(values)
    found.backward(grad)
    return found.detach(), values.grad


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_the_logistic_gelu_is_its_formula(dtype):
    x, grad = random(2, 3, 50, dtype=dtype) * 4, random(2, 3, 50, dtype=dtype)
    ours = value_and_gradient(LogisticGELU(), x, grad)
    exact = value_and_gradient(lambda x: x * torch.sigmoid(1.702 * x), x.double(), grad.double())
    tolerance = {"rtol": 0.03, "atol": 0.03} if dtype == torch.bfloat16 else {"rtol": 1e-5, "atol": 1e-6}
    for value, expected in zip(ours, exact, strict=True):
        torch.testing.assert_close(value.double(), expected, **tolerance)


def test_the_logistic_gelu_stays_near_the_gelu():
    x = torch.linspace(-8, 8, 4001)
    assert (LogisticGELU()(x[None]) - functional.gelu(x[None])).abs().max() < 0.021


@pytest.mark.parametrize("dtype", PRECISIONS)
def test_halving_is_a_max_pool_with_its_gradient(dtype):
    # Few different values, so that neighbours are often equal.
    x = (random(2, 3, 50) * 2).round().to(dtype)
    grad = random(2, 3, 25, dtype=dtype)
    ours = value_and_gradient(halve, x, grad)
    theirs = value_and_gradient(lambda x: functional.max_pool1d(x, 2), x, grad)
    assert all(torch.equal(value, expected) for value, expected in zip(ours, theirs, strict=True))


def test_halving_keeps_the_channels_of_a_position_together():
    together = random(2, 50, 3).transpose(1, 2)
    assert halve(together).stride() == (75, 1, 3)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.9])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_dropout_leaves_out_its_share_and_keeps_the_mean(share, dtype):
    torch.manual_seed(1)
    dropout = QuickDropout(share).train()
    dropped = dropout(torch.ones(1, 400, 1000, dtype=dtype)).double()
    out = (dropped == 0).double()
    # Six standard deviations of 400,000 draws.
    near = 6 * (share * (1 - share) / 400_000) ** 0.5
    assert abs(out.mean() - share) < near
    assert (out[..., :-1] * out[..., 1:]).mean() == pytest.approx(share**2, abs=10 * near)
    kept = dropped[dropped > 0].unique()
    assert len(kept) == 1
    assert kept.item() == pytest.approx(1 / (1 - share), rel=0.01 if dtype == torch.bfloat16 else 1e-4)


def test_the_gradient_of_dropout_goes_where_the_numbers_went():
    torch.manual_seed(1)
    together = random(2, 50, 6).transpose(1, 2).detach().requires_grad_()
    dropped = QuickDropout(0.4).train()(together)
    assert dropped.stride() == together.stride()
    dropped.sum().backward()
    torch.testing.assert_close(dropped, together * together.grad)


def test_dropout_follows_from_the_seed_and_rests_in_evaluation():
    x = random(2, 3, 7)
    dropout = QuickDropout(0.5)
    torch.manual_seed(5)
    first = dropout(x)
    torch.manual_seed(5)
    assert torch.equal(dropout(x), first)
    assert torch.equal(dropout.eval()(x), x)
    assert torch.equal(QuickDropout(0.0).train()(x), x)
    assert torch.equal(QuickDropout(1e-6).train()(x), x), "a share that 16 bits cannot tell from none"
    assert isinstance(dropout, nn.Dropout)
