"""Likelihoods of binned signal against torch, SciPy and the formulas of Basenji's successor written out."""

import numpy as np
import pytest
import scipy.stats
import torch
from torch.nn import functional

from cisgram.errors import ConfigError
from cisgram.models.basenji_likelihood import binned_loss_terms, loss_per_track

NAN = float("nan")


@pytest.fixture
def drawn():
    """Logits and counts of 3 windows, 2 tracks and 40 bins."""
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(3, 2, 40, generator=generator, dtype=torch.float64)
    counts = torch.poisson(torch.full((3, 2, 40), 2.0, dtype=torch.float64), generator=generator)
    return logits, counts


def written_out(logits, counts, weight):
    """`poisson_multinomial` of Baskerville, without the 1e-7 that it adds to both."""
    n_bins, rates = logits.shape[-1], functional.softplus(logits)
    total, predicted = counts.sum(-1), rates.sum(-1)
    poisson = (predicted - total * predicted.log()) / n_bins
    multinomial = -(counts * (rates / predicted[..., None]).log()).sum(-1) / n_bins
    return (weight * poisson + multinomial).mean()


def test_poisson_is_that_of_torch_and_scipy(drawn):
    logits, counts = drawn
    rates = functional.softplus(logits)
    ours = binned_loss_terms(logits, counts).total
    torch.testing.assert_close(ours, functional.poisson_nll_loss(rates, counts, log_input=False, eps=0))
    factorials = torch.lgamma(counts + 1).mean()
    theirs = -scipy.stats.poisson.logpmf(counts.numpy(), rates.numpy()).mean()
    assert (ours + factorials).item() == pytest.approx(theirs)


@pytest.mark.parametrize("weight", [0.0, 0.2, 1.0, 5.0])
def test_poisson_multinomial_is_the_formula(drawn, weight):
    ours = binned_loss_terms(*drawn, kind="poisson_multinomial", total_weight=weight).total
    torch.testing.assert_close(ours, written_out(*drawn, weight))


@pytest.mark.parametrize("kind", ["poisson", "mse"])
def test_the_two_parts_add_up(drawn, kind):
    terms = binned_loss_terms(*drawn, kind=kind)
    torch.testing.assert_close(terms.totals + terms.shapes, terms.total)
    torch.testing.assert_close(loss_per_track(*drawn, kind=kind).mean(), terms.total)


def test_mse_is_that_of_torch(drawn):
    logits, counts = drawn
    ours = binned_loss_terms(logits, counts, kind="mse")
    torch.testing.assert_close(ours.total, functional.mse_loss(functional.softplus(logits), counts))
    of_mean = (functional.softplus(logits) - counts).mean(-1).square().mean()
    torch.testing.assert_close(ours.totals, of_mean)


@pytest.mark.parametrize(("kind", "weight"), [("poisson", 1.0), ("poisson_multinomial", 0.3), ("mse", 1.0)])
def test_bins_that_were_not_measured_are_as_if_they_were_not_there(drawn, kind, weight):
    logits, counts = drawn
    options = {"kind": kind, "total_weight": weight}
    holed = counts.clone()
    holed[..., 10:25] = NAN
    logits.requires_grad_()
    terms = binned_loss_terms(logits, holed, **options)
    (gradient,) = torch.autograd.grad(terms.total, logits)
    assert not gradient[..., 10:25].any()
    keep = [*range(10), *range(25, 40)]
    short = binned_loss_terms(logits[..., keep], counts[..., keep], **options)
    torch.testing.assert_close(terms.total, short.total)
    torch.testing.assert_close(gradient[..., keep], torch.autograd.grad(short.total, logits)[0][..., keep])
    nothing = binned_loss_terms(logits, torch.full_like(counts, NAN), **options)
    assert not nothing.total.item()
    assert not torch.autograd.grad(nothing.total, logits)[0].any()


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
def test_the_gradient_is_that_of_the_formula(drawn, weight):
    logits, counts = drawn
    ours, theirs = logits.clone().requires_grad_(), logits.clone().requires_grad_()
    binned_loss_terms(ours, counts, kind="poisson_multinomial", total_weight=weight).total.backward()
    written_out(theirs, counts, weight).backward()
    torch.testing.assert_close(ours.grad, theirs.grad)


@pytest.mark.parametrize("logit", [-300.0, -85.0, -30.0, 300.0])
def test_extreme_logits_have_a_finite_loss_and_are_drawn_back(logit):
    logits = torch.full((1, 1, 4), logit).requires_grad_()
    terms = binned_loss_terms(logits, torch.full((1, 1, 4), 2.0))
    terms.total.backward()
    assert terms.total.isfinite()
    assert logits.grad.isfinite().all()
    assert (logits.grad.sign() == np.sign(logit)).all()


def test_the_loss_is_least_where_rates_are_the_signal():
    signal = torch.tensor([[[0.5, 2.0, 7.0]]], dtype=torch.float64)
    for kind in ("poisson", "poisson_multinomial", "mse"):
        logits = signal.expm1().log().requires_grad_()
        binned_loss_terms(logits, signal, kind=kind).total.backward()
        torch.testing.assert_close(logits.grad, torch.zeros_like(signal), atol=1e-12, rtol=0)


def test_bfloat16_logits_are_computed_in_float32():
    terms = binned_loss_terms(torch.zeros(1, 1, 2, dtype=torch.bfloat16), torch.ones(1, 1, 2))
    assert terms.total.dtype == torch.float32


def test_unknown_likelihoods_and_weights_without_meaning_are_refused():
    logits = torch.zeros(1, 1, 2)
    with pytest.raises(ConfigError, match="total_weight goes with the likelihood poisson_multinomial"):
        binned_loss_terms(logits, logits, total_weight=2.0)
    with pytest.raises(ConfigError, match="at least 0; got -1"):
        binned_loss_terms(logits, logits, kind="poisson_multinomial", total_weight=-1.0)
