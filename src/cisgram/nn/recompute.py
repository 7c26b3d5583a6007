"""Layers that forget what they computed and compute it again for the gradient: less memory, a third more time.

References
----------
Chen, Xu, Zhang and Guestrin (2016), Training deep nets with sublinear memory cost, arXiv 1604.06174.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from itertools import islice

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from cisgram.errors import ConfigError
from cisgram.nn.tensors import Hidden

_is_second_time: ContextVar[bool] = ContextVar("is_second_time", default=False)


class Stages(nn.Sequential):
    """Layers in a row, such as ``nn.Sequential``; in training they can keep nothing but what goes between them.

    Within :func:`recomputing`, each layer is computed twice, the second time on the way back, with the same dropout.
    Its norms count the batch once. Gradients are the same to the last bit. Stages among the layers see to their own.
    """

    recomputes: bool = False

    def forward(self, hidden: Hidden) -> Hidden:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Apply the layers in turn."""
        return self.span(hidden, 0, len(self))

    def span(self, hidden: Hidden, first: int, end: int) -> Hidden:
        """Apply the layers from one on, up to another, which is left out."""
        forgets = self.recomputes and self.training and torch.is_grad_enabled()
        for layer in islice(self, first, end):
            if forgets and not isinstance(layer, Stages):
                computed: Hidden = checkpoint(layer, hidden, use_reentrant=False, context_fn=_contexts)
                hidden = computed
            else:
                hidden = layer(hidden)
        return hidden


@contextmanager
def recomputing(model: nn.Module) -> Iterator[None]:
    """Let all stages of a model recompute in training for the length of a ``with`` block.

    Parameters
    ----------
    model
        Such as a Basenji.

    Raises
    ------
    ConfigError
        Where it has no stages, and so could not save any memory.

    Examples
    --------
    >>> model = Stages(nn.ReLU(), nn.ReLU())
    >>> with recomputing(model):
    ...     model.recomputes
    True
    >>> model.recomputes
    False
    """
    found = [(part, part.recomputes) for part in model.modules() if isinstance(part, Stages)]
    if not found:
        raise ConfigError(f"recompute: {type(model).__name__} has no layers that can recompute; leave it out")
    try:
        for stages, _ in found:
            stages.recomputes = True
        yield
    finally:
        for stages, before in found:
            stages.recomputes = before


def is_recomputing() -> bool:
    """Whether a layer is being computed a second time, for its gradient."""
    return _is_second_time.get()


def _contexts() -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
    """What surrounds the first and the second computation."""
    return nullcontext(), _second_time()


@contextmanager
def _second_time() -> Iterator[None]:
    """Say to norms that they have seen this batch."""
    token = _is_second_time.set(True)
    try:
        yield
    finally:
        _is_second_time.reset(token)
