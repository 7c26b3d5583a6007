"""How unlikely a binned signal is under predicted rates: Poisson, Poisson with a weight of its own, or Gaussian.

References
----------
Kelley et al. (2018), Genome Research 28 (the Poisson likelihood); Linder et al. (2025), Predicting RNA-seq coverage
from DNA sequence as a unifying model of gene regulation, Nature Genetics 57 (totals and shapes weighted apart).
"""

from typing import Literal, NamedTuple, TypeAlias, get_args

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from cisgram.errors import ConfigError
from cisgram.nn.losses import poisson_nll, poisson_parts
from cisgram.nn.tensors import BinLogits, BinRates, PerTrack

Likelihood: TypeAlias = Literal["poisson", "poisson_multinomial", "mse"]


class LossTerms(NamedTuple):
    """The loss and its parts per measured bin; the total is their weighted sum."""

    total: Float[Tensor, ""]
    """What is minimised."""
    totals: Float[Tensor, ""]
    """The part that asks how much signal a window has in all."""
    shapes: Float[Tensor, ""]
    """The part that asks where in the window it lies."""


def binned_loss_terms(
    logits: BinLogits, targets: BinRates, *, kind: Likelihood = "poisson", total_weight: float = 1.0
) -> LossTerms:
    """How unlikely the targets of a batch are.

    With rates ``r = softplus(logits)``, targets ``y`` and their sums over bins ``R`` and ``Y``:

    * ``poisson``: mean of ``r - y ln(r)``, which is the sum of the two parts of ``poisson_multinomial``;
    * ``poisson_multinomial``: ``w (R - Y ln(R)) - sum_i y_i ln(r_i / R)`` by the number of bins, with the weight
      ``w = total_weight``: below 1, where signal lies matters more than how much there is;
    * ``mse``: mean of ``(r - y)^2``. Its parts are the square of the mean error of a window, and the variance of the
      error within it.

    Parameters
    ----------
    logits
        What the model predicts.
    targets
        Signal of every bin, at least 0; NaN where it was not measured, which counts nothing.
    kind
        The likelihood.
    total_weight
        ``w``; only with ``poisson_multinomial``.

    Returns
    -------
    LossTerms
        Sums over all windows, tracks and bins, by the number of bins that were measured; 0 if there are none.
        Constants that do not change with the prediction are left out, so values can be negative.

    Examples
    --------
    >>> logits = torch.ones(1, 1, 2).expm1().log()  # rates of 1
    >>> binned_loss_terms(logits, torch.tensor([[[2.0, 0.0]]])).total
    tensor(1.)
    """
    require_likelihood(kind, total_weight)
    known = ~targets.isnan()
    n_known = known.sum().clamp(min=1)
    totals, shapes = _squared_parts(logits, targets) if kind == "mse" else poisson_parts(logits, targets)
    totals, shapes = totals.sum() / n_known, shapes.sum() / n_known
    return LossTerms(total_weight * totals + shapes, totals, shapes)


def loss_per_track(logits: BinLogits, targets: BinRates, *, kind: Likelihood = "poisson") -> PerTrack:
    """Mean loss of every track over the bins that were measured; 0 where none was.

    Parameters
    ----------
    logits, targets
        As of :func:`binned_loss_terms`.
    kind
        ``poisson`` (for ``poisson_multinomial`` too) or ``mse``.
    """
    known = ~targets.isnan()
    if kind == "mse":
        values = (functional.softplus(logits) - targets.nan_to_num(0.0)).square().where(known, 0.0)
    else:
        values = poisson_nll(logits, targets)
    return values.sum((0, 2)) / known.sum((0, 2)).clamp(min=1)


def require_likelihood(kind: str, total_weight: float) -> None:
    """Refuse a likelihood that is not known, and a weight where none belongs.

    Raises
    ------
    ConfigError
        The message names what is known.
    """
    if kind not in get_args(Likelihood):
        raise ConfigError(f"the kind of likelihood must be one of {', '.join(get_args(Likelihood))}; got {kind!r}")
    if not 0 <= total_weight < float("inf"):
        raise ConfigError(f"total_weight must be a number of at least 0; got {total_weight}")
    if kind != "poisson_multinomial" and total_weight != 1:
        raise ConfigError(f"total_weight goes with the likelihood poisson_multinomial; got {total_weight} and {kind!r}")


def _squared_parts(logits: BinLogits, targets: BinRates) -> tuple[Tensor, Tensor]:
    """Squared errors of every window and track: of the mean over its bins, and of the rest; sums over bins."""
    exact = torch.promote_types(torch.promote_types(logits.dtype, targets.dtype), torch.float32)
    known = ~targets.isnan()
    errors = (functional.softplus(logits.to(exact)) - targets.to(exact).nan_to_num(0.0)).where(known, 0.0)
    of_mean = errors.sum(-1).square() / known.sum(-1).clamp(min=1)
    return of_mean, errors.square().sum(-1) - of_mean
