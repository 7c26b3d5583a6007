"""Outputs and targets of all processes as one batch, so that a loss is that of one process with all examples.

Most losses of this house are no means over examples: unknown pairs and bins do not count, a correlation is one of the
whole batch. The mean over processes of such a loss is another number.
"""

from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from cisgram.training.step import summed

if TYPE_CHECKING:
    from lightning_fabric import Fabric


class Joined(NamedTuple):
    """A batch of all processes, in their order."""

    output: Any
    """Of the model; gradients flow back to the process that an example comes from."""
    targets: Tensor


def joined(fabric: "Fabric", output: Any, targets: Tensor) -> Joined:
    """Put the shares of all processes together; every process must call it, and gets the same.

    Parameters
    ----------
    fabric
        Where the training runs; alone, there is nothing to do.
    output
        This process's: a tensor or a named tuple of tensors. Parts without an axis of examples stay as they are.
    targets
        This process's; the first axis is the batch. Shares may differ in their examples.
    """
    if fabric.world_size == 1:
        return Joined(output, targets)
    own = torch.zeros(fabric.world_size, device=fabric.device)
    own[fabric.global_rank] = len(targets)
    sizes = [int(size) for size in summed(fabric, own).tolist()]

    def of_all(part: Any) -> Any:
        if not isinstance(part, Tensor) or part.ndim == 0 or len(part) != len(targets):
            return part
        return _Joined.apply(part, sizes, fabric.global_rank)

    parts = of_all(output) if isinstance(output, Tensor) else type(output)(*map(of_all, output))
    return Joined(parts, of_all(targets))


class _Joined(torch.autograd.Function):
    """The shares of all processes, one after the other; the gradient of the own one."""

    @staticmethod
    def forward(ctx: Any, own: Tensor, sizes: list[int], rank: int) -> Tensor:
        ctx.first, ctx.n = sum(sizes[:rank]), sizes[rank]
        padded = own.new_zeros((max(sizes), *own.shape[1:]))  # only equal shapes can be gathered
        padded[: len(own)] = own
        shares = [torch.empty_like(padded) for _ in sizes]
        torch.distributed.all_gather(shares, padded)
        return torch.cat([share[:size] for share, size in zip(shares, sizes, strict=True)])

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        return grad[ctx.first : ctx.first + ctx.n], None, None
