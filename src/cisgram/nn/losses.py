"""Negative log-likelihoods: how counts fall (multinomial), totals, yes and no (Bernoulli), measurements, rates."""

from typing import Any, NamedTuple, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from cisgram.nn.tensors import BinLogits, BinRates, Features, Labels, Logits, PerTrack

_LOW = -10.0
_LOWEST = -80.0  # e^x of less comes near the smallest numbers of float32

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


def poisson_nll(logits: BinLogits, signal: BinRates) -> BinRates:
    """Minus the natural log of the Poisson probability of a signal: ``r - y ln(r)`` with the rate ``r = softplus(x)``.

    ``ln(y!)`` does not change with the rate and is left out, so values can be negative. ``y`` need not be a whole
    number.

    Parameters
    ----------
    logits
        ``x``.
    signal
        ``y``, at least 0. NaN was not measured: its value, and its gradient, are 0.

    Returns
    -------
    BinRates
        Not averaged; computed in float32, or in float64 where an input is.

    Examples
    --------
    >>> poisson_nll(torch.tensor([[[1.0, 5.0]]]).expm1().log(), torch.tensor([[[0.0, float("nan")]]]))
    tensor([[[1., 0.]]])
    """
    exact = torch.promote_types(torch.promote_types(logits.dtype, signal.dtype), torch.float32)
    logits, signal = logits.to(exact), signal.to(exact)
    values = functional.softplus(logits) - signal.nan_to_num(0.0) * log_softplus(logits)
    return values.where(~signal.isnan(), 0.0)


class PoissonParts(NamedTuple):
    """The Poisson likelihood of bins in two parts, of which it is the sum: how much there is, and where."""

    totals: Float[Tensor, "batch track"]
    """``R - Y ln(R)``, with the sum ``Y`` of the signal over bins and that of the rates, ``R``."""
    shapes: Float[Tensor, "batch track"]
    """``- sum_i y_i ln(r_i / R)``: the multinomial likelihood of where the signal lies, without factorials."""


def poisson_parts(logits: BinLogits, signal: BinRates) -> PoissonParts:
    """The sum of :func:`poisson_nll` over bins, split into that of the total and that of the shape.

    Parameters
    ----------
    logits, signal
        As of :func:`poisson_nll`; bins that were not measured belong to neither sum.

    Returns
    -------
    PoissonParts
        Both 0 where nothing was measured. Computed in float32, or in float64 where an input is.

    Examples
    --------
    >>> parts = poisson_parts(torch.ones(1, 1, 2).expm1().log(), torch.tensor([[[2.0, 0.0]]]))
    >>> [round(part.item(), 4) for part in parts]  # 2 - 2 ln 2, and 2 ln 2
    [0.6137, 1.3863]
    """
    exact = torch.promote_types(torch.promote_types(logits.dtype, signal.dtype), torch.float32)
    parts: Any = _PoissonParts.apply(logits.to(exact), signal.to(exact))
    return PoissonParts(*parts)


class _PoissonParts(torch.autograd.Function):
    """Both parts with their derivative written down: a long chain of short steps over many tracks, else."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, signal: Tensor) -> tuple[Tensor, Tensor]:
        known = ~signal.isnan()
        measured = signal.nan_to_num(0.0)
        rates = functional.softplus(logits.clamp(min=_LOWEST))
        log_rates = rates.log()
        totals = (rates * known).sum(-1).clamp(min=torch.finfo(rates.dtype).tiny)
        sums = measured.sum(-1)
        ctx.save_for_backward(rates, measured, known, sums / totals)
        of_total = sums * totals.log()
        return totals * known.any(-1) - of_total, of_total - (measured * log_rates).sum(-1)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        rates, measured, known, ratio = ctx.saved_tensors
        of_totals, of_shapes = (grad[..., None] for grad in grads)
        # Of the rates: of_totals (1 - Y / R) + of_shapes (Y / R - y / r); of a logit, 1 - e^-r times that.
        shared = of_totals + (of_shapes - of_totals) * ratio[..., None]
        steepness = rates.neg().expm1_().neg_()
        return (shared - of_shapes * measured / rates).mul_(steepness).mul_(known), None


def log_softplus(values: Features) -> Features:
    """``ln(ln(1 + e^x))``, also where e^x is too small a number to be told from 0.

    Examples
    --------
    >>> log_softplus(torch.tensor([[-200.0, 20.0]]))
    tensor([[-200.0000,    2.9957]])
    """
    # Below, ln(1 + e^x) = e^x (1 - e^x / 2 + ...). Each half is kept from where it would overflow, since where()
    # passes NaN of the half that is not taken to the gradient.
    high, low = values.clamp(min=_LOW), values.clamp(max=_LOW)
    return torch.where(values > _LOW, functional.softplus(high).log(), low - low.exp() / 2)
