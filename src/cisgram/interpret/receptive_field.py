"""Which stretch of the sequence a unit of a convolution sees, from the widths, pools and strides below it."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from torch import nn

from cisgram.errors import InputError
from cisgram.models.basset import Basset
from cisgram.nn.strands import PairedConv1d
from cisgram.nn.wide import WideConv1d


class ReceptiveField(NamedTuple):
    """Position ``j`` of a layer sees ``[j * stride + offset, j * stride + offset + width)`` of the sequence, in bp.

    It may reach beyond the ends of the sequence, where a model sees zeros or nothing.
    """

    width: int = 1
    stride: int = 1
    offset: int = 0

    def seen_through(self, *, width: int, stride: int, padding: int) -> "ReceptiveField":
        """The field of a layer above, whose position ``j`` sees ``width`` positions from ``j * stride - padding`` on.

        Examples
        --------
        >>> ReceptiveField().seen_through(width=5, stride=1, padding=2).seen_through(width=3, stride=3, padding=0)
        ReceptiveField(width=7, stride=3, offset=-2)
        """
        return ReceptiveField(
            self.width + (width - 1) * self.stride, self.stride * stride, self.offset - padding * self.stride
        )


def receptive_field(model: Basset, *, convolution: int) -> ReceptiveField:
    """What a position of a convolution's output sees; its norm and activation see no more.

    Parameters
    ----------
    model
        Of any form.
    convolution
        Number of the convolution, from 0.

    Raises
    ------
    InputError
        Where there is no such convolution.

    Examples
    --------
    >>> from cisgram.models.basset import BassetConfig, build
    >>> receptive_field(build(BassetConfig.small(), n_tracks=1), convolution=1)
    ReceptiveField(width=51, stride=3, offset=-24)
    """
    if not 0 <= convolution < len(model.convolutions):
        raise InputError(f"this model has the convolutions 0 to {len(model.convolutions) - 1}; got {convolution}")
    layers: list[Any] = list(model.convolutions)[: convolution + 1]
    below = [part for layer in layers[:-1] for part in layer.children()]
    return _seen_through([*below, layers[-1].convolution])


def _seen_through(parts: Iterable[nn.Module]) -> ReceptiveField:
    """The field behind convolutions and pools, one upon the other; other parts see their own position alone."""
    field = ReceptiveField()
    for part in parts:
        if isinstance(part, WideConv1d | PairedConv1d):
            width = part.weight.shape[-1]
            field = field.seen_through(width=width, stride=1, padding=width // 2)
        elif isinstance(part, nn.MaxPool1d):
            width, stride, padding = (_number(one) for one in (part.kernel_size, part.stride, part.padding))
            field = field.seen_through(width=width, stride=stride, padding=padding)
    return field


def _number(size: Any) -> int:
    """A size of torch, which is a number or a tuple of one."""
    return size if isinstance(size, int) else size[0]
