"""Negative log-likelihoods: of how counts fall (multinomial), of totals, of yes and no (Bernoulli), of measurements."""

from typing import TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from cisgram.nn.tensors import Labels, Logits, PerTrack

Categories: TypeAlias = Float[Tensor, "*group category"]
"""Values of the categories among which counts are distributed, e.g. of the positions of a window."""

PerGroup: TypeAlias = Float[Tensor, "*group"]
"""One value for every group of counts."""


def multinomial_nll(logits: Categories, counts: Categories) -> PerGroup:
    """Minus the natural log of the multinomial probability of counts, given their total.

    ``-ln P = sum_i ln(k_i!) - ln(n!) - sum_i k_i ln p_i`` with ``p = softmax(logits)`` and ``n = sum_i k_i``.
    The factorials are included: they do not change with the logits, but make values comparable. Counts need
    not be integers: factorials are gamma functions. A group without counts has the value 0.

    Parameters
    ----------
    logits
        Unnormalised log probabilities.
    counts
        Non-negative counts, as many as logits.

    Returns
    -------
    PerGroup
        Computed in float32, or in float64 where an input is.

    Examples
    --------
    >>> multinomial_nll(torch.zeros(2), torch.tensor([1.0, 1.0])).exp()  # two coins differ with probability 1/2
    tensor(2.)
    """
    exact = torch.promote_types(torch.promote_types(logits.dtype, counts.dtype), torch.float32)
    logits, counts = logits.to(exact), counts.to(exact)
    log_probabilities = logits.log_softmax(dim=-1)
    arrangements = torch.lgamma(counts.sum(dim=-1) + 1) - torch.lgamma(counts + 1).sum(dim=-1)
    return -arrangements - (counts * log_probabilities).sum(dim=-1)


def log_count_mse(log_counts: PerGroup, totals: PerGroup) -> PerGroup:
    """Squared error of the logarithm of totals: ``(log_counts - ln(1 + total))^2``.

    Parameters
    ----------
    log_counts
        Predicted ln(1 + total).
    totals
        Non-negative totals.

    Returns
    -------
    PerGroup
        Not averaged; computed in float32, or in float64 where an input is.

    Examples
    --------
    >>> log_count_mse(torch.tensor([1.0]), torch.tensor([0.0]))
    tensor([1.])
    """
    exact = torch.promote_types(torch.promote_types(log_counts.dtype, totals.dtype), torch.float32)
    return (log_counts.to(exact) - torch.log1p(totals.to(exact))).square()


def bernoulli_nll(logits: Logits, labels: Labels, *, positive_weight: PerTrack | None = None) -> Labels:
    """Minus the natural log of the probability of labels: ``-w y ln(p) - (1 - y) ln(1 - p)``, ``p = sigmoid(logits)``.

    Parameters
    ----------
    logits
        ln(p / (1 - p)).
    labels
        1 or 0, or shares between them. NaN is a label that is not known: its value, and its gradient, are 0.
    positive_weight
        How often a positive counts, ``w``, per track; 1 if not given.

    Returns
    -------
    Labels
        Not averaged; computed in float32, or in float64 where an input is.

    Examples
    --------
    >>> bernoulli_nll(torch.zeros(1, 2), torch.tensor([[1.0, float("nan")]])).exp()
    tensor([[2., 1.]])
    """
    exact = torch.promote_types(torch.promote_types(logits.dtype, labels.dtype), torch.float32)
    logits, labels = logits.to(exact), labels.to(exact)
    known = ~labels.isnan()
    weight = None if positive_weight is None else positive_weight.to(logits)  # kept by a caller, maybe elsewhere
    values = functional.binary_cross_entropy_with_logits(
        logits, labels.nan_to_num(0.0), pos_weight=weight, reduction="none"
    )
    return values.where(known, 0.0)


def gaussian_nll(predictions: Labels, labels: Labels, *, scale: PerTrack | None = None) -> Labels:
    """Minus the natural log of the density of labels around their predictions: ``((y - prediction) / s)^2 / 2``.

    The normal distribution has the standard deviation ``s``; ``ln(s sqrt(2 pi))`` does not change with the
    predictions and is left out.

    Parameters
    ----------
    predictions
        Expected labels.
    labels
        Measurements in the same units. NaN is a label that is not known: its value, and its gradient, are 0.
    scale
        ``s`` per track, above 0; 1 if not given.

    Returns
    -------
    Labels
        Not averaged; computed in float32, or in float64 where an input is.

    Examples
    --------
    >>> gaussian_nll(torch.tensor([[3.0, 5.0]]), torch.tensor([[1.0, float("nan")]]))
    tensor([[2., 0.]])
    """
    exact = torch.promote_types(torch.promote_types(predictions.dtype, labels.dtype), torch.float32)
    predictions, labels = predictions.to(exact), labels.to(exact)
    # Unknown labels become the prediction itself: where() after a square would still pass NaN to the gradient.
    errors = predictions - labels.where(~labels.isnan(), predictions)
    return (errors if scale is None else errors / scale.to(predictions)).square() / 2
