"""Likelihoods against torch's and SciPy's distributions, and against bpnet-lite's formula."""

import math

import numpy as np
import pytest
import scipy.stats
import torch

from cisgram.nn.losses import bernoulli_nll, gaussian_nll, log_count_mse, multinomial_nll


@pytest.fixture
def drawn():
    """Logits and counts of 6 groups of 40 categories."""
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(2, 3, 40, generator=generator, dtype=torch.float64)
    counts = torch.poisson(torch.full((2, 3, 40), 2.0, dtype=torch.float64), generator=generator)
    return logits, counts


def bpnet_lite_mnll(log_probabilities, counts):
    """MNLLLoss of bpnet-lite 1.1, written out."""
    log_fact_sum = torch.lgamma(torch.sum(counts, dim=-1) + 1)
    log_prod_fact = torch.sum(torch.lgamma(counts + 1), dim=-1)
    log_prod_exp = torch.sum(counts * log_probabilities, dim=-1)
    return -log_fact_sum + log_prod_fact - log_prod_exp


def test_multinomial_is_that_of_torch(drawn):
    logits, counts = drawn
    theirs = [
        -torch.distributions.Multinomial(int(row.sum()), logits=row_logits).log_prob(row)
        for row_logits, row in zip(logits.flatten(0, 1), counts.flatten(0, 1), strict=True)
    ]
    torch.testing.assert_close(multinomial_nll(logits, counts).flatten(), torch.stack(theirs), rtol=1e-10, atol=1e-10)


def test_multinomial_is_that_of_scipy(drawn):
    logits, counts = (values[0, 0].numpy() for values in drawn)
    probabilities = np.exp(logits) / np.exp(logits).sum()
    theirs = -scipy.stats.multinomial.logpmf(counts, counts.sum(), probabilities)
    ours = multinomial_nll(torch.from_numpy(logits), torch.from_numpy(counts))
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)


def test_multinomial_is_that_of_bpnet_lite(drawn):
    logits, counts = (values.float() for values in drawn)
    torch.testing.assert_close(
        multinomial_nll(logits, counts), bpnet_lite_mnll(logits.log_softmax(-1), counts), rtol=1e-6, atol=1e-4
    )


def test_multinomial_is_least_at_the_observed_shape(drawn):
    _, counts = drawn
    best = multinomial_nll((counts + 1e-9).log(), counts)
    assert (best < multinomial_nll(drawn[0], counts)).all()


def test_multinomial_of_nothing_is_certain():
    assert multinomial_nll(torch.randn(2, 5), torch.zeros(2, 5)).tolist() == pytest.approx([0, 0], abs=1e-6)


def test_multinomial_gradient_is_expected_minus_observed(drawn):
    logits, counts = drawn
    logits.requires_grad_()
    (gradient,) = torch.autograd.grad(multinomial_nll(logits, counts).sum(), logits)
    expected = logits.softmax(-1) * counts.sum(-1, keepdim=True)
    torch.testing.assert_close(gradient, (expected - counts).detach())


@pytest.mark.parametrize("loss", [multinomial_nll, log_count_mse])
def test_losses_of_bfloat16_are_computed_in_float32(loss):
    predicted = torch.randn(4, 1000).bfloat16()
    counts = torch.poisson(torch.full((4, 1000), 1.0))
    assert loss(predicted, counts).dtype == torch.float32
    torch.testing.assert_close(loss(predicted, counts), loss(predicted.float(), counts), rtol=0, atol=0)


def test_squared_error_of_log_counts_is_zero_at_the_truth():
    totals = torch.tensor([0.0, 1.0, 1e6])
    assert log_count_mse((totals + 1).log(), totals).max() < 1e-9
    assert log_count_mse((totals + 1).log() + 2, totals).tolist() == pytest.approx([4, 4, 4], rel=1e-5)


def test_bernoulli_is_that_of_torch_and_scipy():
    generator = torch.Generator().manual_seed(1)
    logits = 5 * torch.randn(7, 3, generator=generator, dtype=torch.float64)
    labels = (torch.rand(7, 3, generator=generator) < 0.4).double()
    ours = bernoulli_nll(logits, labels)
    torch.testing.assert_close(ours, -torch.distributions.Bernoulli(logits=logits).log_prob(labels))
    np.testing.assert_allclose(ours, -scipy.stats.bernoulli.logpmf(labels.numpy(), logits.sigmoid().numpy()), rtol=1e-6)


def test_bernoulli_with_a_weight_is_that_of_repeated_positives():
    logits, weight = torch.tensor([[0.3, -2.0]]), torch.tensor([3.0, 1.0])
    for label in (0.0, 1.0):
        labels = torch.full((1, 2), label)
        times = torch.tensor([[3.0 if label else 1.0, 1.0]])
        torch.testing.assert_close(
            bernoulli_nll(logits, labels, positive_weight=weight), times * bernoulli_nll(logits, labels)
        )


def test_labels_that_are_not_known_say_nothing():
    logits = torch.tensor([[0.3, -2.0, 100.0]], requires_grad=True)
    values = bernoulli_nll(logits, torch.tensor([[float("nan"), 1.0, 1.0]]))
    assert values[0, 0] == 0
    values.sum().backward()
    assert logits.grad[0, 0] == 0
    assert logits.grad[0, 1] != 0


def test_bernoulli_of_far_logits_is_finite_and_in_float32():
    values = bernoulli_nll(torch.tensor([[1e4, -1e4]], dtype=torch.bfloat16), torch.tensor([[0.0, 1.0]]))
    assert values.dtype == torch.float32
    torch.testing.assert_close(values, torch.full((1, 2), 1e4), rtol=0.01, atol=0.0)


def test_gaussian_is_that_of_scipy_but_for_what_predictions_do_not_change():
    generator = torch.Generator().manual_seed(1)
    predictions, labels = (3 * torch.randn(7, 3, generator=generator, dtype=torch.float64) for _ in range(2))
    scale = torch.tensor([0.5, 1.0, 4.0], dtype=torch.float64)
    density = scipy.stats.norm(predictions.numpy(), scale.numpy()).logpdf(labels.numpy())
    constant = (scale * math.sqrt(2 * math.pi)).log()
    torch.testing.assert_close(gaussian_nll(predictions, labels, scale=scale) + constant, -torch.from_numpy(density))
    torch.testing.assert_close(gaussian_nll(predictions, labels), (predictions - labels) ** 2 / 2)


def test_measurements_that_are_not_known_say_nothing():
    predictions = torch.tensor([[0.3, -2.0]], requires_grad=True)
    values = gaussian_nll(predictions, torch.tensor([[float("nan"), 1.0]]), scale=torch.tensor([2.0, 3.0]))
    assert values.tolist() == [[0.0, 0.5]]
    values.sum().backward()
    assert predictions.grad.tolist() == [[0.0, pytest.approx(-1 / 3)]]


def test_gaussian_of_bfloat16_is_in_float32():
    assert gaussian_nll(torch.ones(1, 1).bfloat16(), torch.tensor([[3.0]])).dtype == torch.float32
