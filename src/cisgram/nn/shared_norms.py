"""Batch normalisation by the examples of all processes that share a training, as one process would do it.

Torch's own (``SyncBatchNorm``) does not run on a CPU.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeAlias, runtime_checkable

import torch
from torch import Tensor, distributed, nn
from torch.nn import functional

from cisgram.nn.tensors import Features, PerChannel

BatchNorm: TypeAlias = nn.BatchNorm1d | nn.BatchNorm2d | nn.BatchNorm3d
"""Torch's layers, and those made from them."""


@runtime_checkable
class Shares(Protocol):
    """A norm that can share its statistics, and is told whether to."""

    shares_statistics: bool


@contextmanager
def sharing_norms(model: nn.Module) -> Iterator[None]:
    """Let all batch norms of a model learn from the examples of all processes, for the length of a ``with`` block.

    In training mode, every process must then call them equally often and in the same order, each with at least one
    example. Outputs, gradients (added up over processes) and running statistics are those of one process with all
    examples, but for rounding. In evaluation mode nothing changes.

    Parameters
    ----------
    model
        Such as a Basset; torch's own norms are seen to as well.

    Examples
    --------
    >>> from cisgram.nn.wide import WideBatchNorm1d
    >>> norm = WideBatchNorm1d(4)
    >>> with sharing_norms(nn.Sequential(norm)):
    ...     norm.shares_statistics
    True
    >>> norm.shares_statistics
    False
    """
    own = [part for part in model.modules() if isinstance(part, Shares)]
    torchs: list[Any] = [
        part for part in model.modules() if isinstance(part, BatchNorm) and not isinstance(part, Shares)
    ]
    try:
        for part in own:
            part.shares_statistics = True
        for part in torchs:
            part.forward = partial(_norm_as_torch, part)
        yield
    finally:
        for part in own:
            part.shares_statistics = False
        for part in torchs:
            del part.forward


def norm_over_processes(norm: BatchNorm, hidden: Features, *, momentum: float) -> Features:
    """Norm every channel by its mean and variance over the examples and positions of all processes.

    Parameters
    ----------
    norm
        Its weights are used and its running statistics brought up to date.
    hidden
        This process's share, ``batch channel`` and any number of lengths; shares may differ in their examples.
    momentum
        Share of these statistics in the running ones; 0 leaves them as they are.

    Returns
    -------
    Features
        In the precision of ``hidden``; statistics are computed in float32 (or float64, as ``hidden``).
    """
    with torch.no_grad():
        found = _statistics(hidden)
        if norm.running_mean is not None and norm.running_var is not None:
            norm.running_mean.lerp_(found.mean.to(norm.running_mean), momentum)
            unbiased = found.variance * (found.n / (found.n - 1))
            norm.running_var.lerp_(unbiased.to(norm.running_var), momentum)
    normed: Features = _Norm.apply(hidden, norm.weight, norm.bias, found, norm.eps)  # pyright: ignore[reportAssignmentType]
    return normed


class _Statistics(NamedTuple):
    """Of every channel over all processes."""

    mean: PerChannel
    variance: PerChannel
    n: Tensor
    """Numbers of a channel; not a plain one, for which a GPU would have to be waited for."""


def _statistics(hidden: Features) -> _Statistics:
    """Those of all processes, put together from those of each: sums of squares would lose digits."""
    exact = torch.promote_types(hidden.dtype, torch.float32)
    variance, mean = torch.var_mean(hidden.to(exact), _all_but_channels(hidden), correction=0)
    n = mean.new_full((1,), hidden.numel() // len(mean))
    own = torch.cat([mean, variance, n]).double()
    parts = [torch.empty_like(own) for _ in range(distributed.get_world_size())]
    distributed.all_gather(parts, own)
    # process (mean, variance, n) -> process channel
    means, variances, counts = torch.stack(parts).split([len(mean), len(mean), 1], dim=1)
    shares = counts / counts.sum()
    of_all = (shares * means).sum(0)
    spread = (shares * (variances + (means - of_all).square())).sum(0)
    return _Statistics(of_all.to(exact), spread.to(exact), counts.sum().to(exact))


class _Norm(torch.autograd.Function):
    """``weight (x - mean) / sqrt(variance + eps) + bias``, where mean and variance depend on all processes' x."""

    @staticmethod
    def forward(
        ctx: Any, hidden: Tensor, weight: Tensor | None, bias: Tensor | None, found: _Statistics, eps: float
    ) -> Tensor:
        scale = (found.variance + eps).rsqrt()
        ctx.save_for_backward(hidden, weight, found.mean, scale, found.n)
        return functional.batch_norm(hidden, found.mean, found.variance, weight, bias, training=False, eps=eps)

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        hidden, weight, mean, scale, n = ctx.saved_tensors
        axes, shape = _all_but_channels(hidden), (-1, *(1,) * (hidden.ndim - 2))
        above = grad.to(mean.dtype)
        normed = (hidden.to(mean.dtype) - mean.view(shape)) * scale.view(shape)
        own = torch.stack([above.sum(axes), (above * normed).sum(axes)])
        joined = own.clone()
        distributed.all_reduce(joined)
        # A number moves the mean and the variance, too, and by them all numbers of its channel.
        mean_above, mean_product = (joined / n).view(2, *shape)
        gain = scale if weight is None else scale * weight
        below = gain.view(shape) * (above - mean_above - normed * mean_product)
        of_weight, of_bias = (None, None) if weight is None else (own[1].to(weight.dtype), own[0].to(weight.dtype))
        return below.to(hidden.dtype), of_weight, of_bias, None, None


def _norm_as_torch(norm: BatchNorm, hidden: Features) -> Features:
    """The call of torch's own norm, with shared statistics in training mode."""
    if not norm.training:
        forward: Any = type(norm).forward
        return forward(norm, hidden)
    momentum = norm.momentum or 0.0
    if norm.num_batches_tracked is not None:
        norm.num_batches_tracked.add_(1)
        if norm.momentum is None:  # torch's way to ask for the mean over all batches
            momentum = 1 / norm.num_batches_tracked.item()
    return norm_over_processes(norm, hidden, momentum=momentum)


def _all_but_channels(hidden: Features) -> list[int]:
    """Axes over which statistics are taken: examples and positions."""
    return [axis for axis in range(hidden.ndim) if axis != 1]
