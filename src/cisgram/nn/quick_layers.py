"""Layers of torch's kind that a CPU computes in a fraction of the time: dropout, halving max-pool, an activation.

In a training step of a Basenji the convolutions are a third of the work; the rest is layers like these. All keep the
channels of a position next to each other in memory, see :mod:`cisgram.nn.wide`.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cisgram.nn.tensors import Features, Hidden

_LOGISTIC = 1.702
_LEVELS = 2**16  # of a random number of 16 bits


class LogisticGELU(nn.GELU):
    """``x / (1 + e^(-1.702 x))``, which differs from the GELU by at most 0.021.

    References
    ----------
    Hendrycks and Gimpel (2016), Gaussian error linear units, arXiv 1606.08415, section 2.
    """

    def forward(self, hidden: Features) -> Features:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Apply it to every number."""
        activated: Any = _LogisticGELU.apply(hidden)
        return activated

    def extra_repr(self) -> str:
        """Nothing to say."""
        return ""


class _LogisticGELU(torch.autograd.Function):
    """The SiLU of 1.702 x, by 1.702; only x is kept for the gradient."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor) -> Tensor:
        ctx.save_for_backward(hidden)
        return functional.silu(hidden * _LOGISTIC).mul_(1 / _LOGISTIC)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        (hidden,) = ctx.saved_tensors
        return torch.ops.aten.silu_backward(grads[0], hidden * _LOGISTIC)


class QuickDropout(nn.Dropout):
    """``nn.Dropout`` that draws four random numbers of 16 bits where torch's draws one of 53, on a CPU.

    The share that is left out is rounded to a 65,536th, and what stays is multiplied accordingly.
    """

    def forward(self, hidden: Features) -> Features:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Leave out numbers, in training."""
        if not self.training or self.p == 0 or hidden.device.type != "cpu":
            return super().forward(hidden)
        n = hidden.numel()
        n_kept = max(round((1 - self.p) * _LEVELS), 1)
        if n_kept == _LEVELS:
            return hidden
        words = torch.empty(-(-n // 4), dtype=torch.int64).random_(-(2**63), None)
        kept = words.view(torch.int16)[:n] < n_kept - _LEVELS // 2
        factors = kept.to(hidden.dtype).mul_(_LEVELS / n_kept)
        # In the order of memory: torch.empty_like keeps the strides of a tensor without gaps.
        return hidden * factors.as_strided(hidden.shape, torch.empty_like(hidden, device="meta").stride())


class HalvingMaxPool(torch.autograd.Function):
    """The larger of two neighbours; of equal ones the first gets the gradient, as in torch's own max-pool."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor) -> Tensor:
        """Pool ``batch channel length`` of an even length."""
        pairs = hidden.transpose(1, 2).unflatten(1, (-1, 2))
        first, second = pairs[:, :, 0], pairs[:, :, 1]
        ctx.save_for_backward(second > first)
        return torch.maximum(first, second).transpose(1, 2)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        """Give each gradient to the neighbour that was larger."""
        (is_second,) = ctx.saved_tensors
        grad = grads[0].transpose(1, 2)
        second = grad * is_second
        return torch.stack([grad - second, second], dim=2).flatten(1, 2).transpose(1, 2)


def halve(hidden: Hidden) -> Hidden:
    """Max-pool of two positions, of an even length.

    Examples
    --------
    >>> halve(torch.tensor([[[1.0, 3.0, 2.0, 0.0]]])).tolist()
    [[[3.0, 2.0]]]
    """
    pooled: Any = HalvingMaxPool.apply(hidden)
    return pooled
