"""What a change of a sequence becomes behind a layer, computed only where the layer's output can differ.

A substitution changes a convolution's output within a filter's reach on both sides, a max-pool makes that shorter
again, and all else is known from the sequence as it is. All changes of a batch are of one width; near an end, where
less can differ, a few positions more are computed than need be. A layer here is anything that sees a bounded stretch
to either side of a position: a convolution with its norm and activation, or a residual block of two of them.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from cisgram.nn.tensors import Hidden, MutantValues, PerMutant


class Change(NamedTuple):
    """What mutants have in place of the values of sequences as they are, all over the same number of positions."""

    windows: PerMutant
    """Which of the sequences that were read each of them is a mutant of."""
    starts: PerMutant
    """First changed position of each."""
    values: MutantValues
    """``mutant channel width``."""


class Pool(NamedTuple):
    """A max-pool, in positions."""

    size: int = 1
    stride: int = 1
    padding: int = 0


class LocalLayer(NamedTuple):
    """A layer whose output at a position depends on a stretch around it.

    Output ``j``, before the pool, is made of the inputs ``j - left`` to ``j + right``.
    """

    whole: Callable[[Tensor], Tensor]
    """The layer as the model has it, pool included."""
    inside: Callable[[Tensor], Tensor]
    """The same without pool and without padding: shorter by ``left + right``."""
    left: int
    right: int
    is_padded: bool = True
    """Whether zeros are seen beyond the ends, so that the length stays; where not, ``left`` is 0."""
    pool: Pool = Pool()


class Positions(NamedTuple):
    """Outputs of a layer that are asked for."""

    start: int
    end: int


class KnownLayer:
    """A layer, with what it reads of some sequences as they are.

    Parameters
    ----------
    layer
        The layer.
    hidden
        What it reads, one row per sequence.
    wanted
        Positions of its output that somebody reads.
    """

    def __init__(self, layer: LocalLayer, hidden: Hidden, *, wanted: Positions) -> None:
        self.layer, self.wanted = layer, wanted
        size, stride, padding = layer.pool
        length = hidden.shape[-1]
        self._n_convolved = length if layer.is_padded else length - layer.left - layer.right
        after = max((self.wanted.end - 1) * stride - padding + size + layer.right - length, 0)
        self._known = Stretches(hidden, before=layer.left + padding, after=after)

    def changed(self, change: Change) -> Change:
        """The change behind the layer; positions of it that nobody wants are left out."""
        (size, stride, padding), left, right = self.layer.pool, self.layer.left, self.layer.right
        # The convolution's outputs differ from start - right on; pool j sees j stride - padding and size - 1 more.
        n = min((change.values.shape[-1] + left + right + size - 2) // stride + 1, self.wanted.end - self.wanted.start)
        starts = -torch.div(-(change.starts - right + padding - size + 1), stride, rounding_mode="floor")
        starts = starts.clamp(self.wanted.start, self.wanted.end - n)
        convolved_from, n_convolved = starts * stride - padding, (n - 1) * stride + size
        first = convolved_from - left
        around = self._known.take(change.windows, first, n_convolved + left + right)
        made = self.layer.inside(put_into(around, change.starts - first, change.values))
        if size > 1 or stride > 1:
            made = self._pooled(made, convolved_from)
        return Change(change.windows, starts, made)

    def _pooled(self, convolved: Tensor, convolved_from: Tensor) -> Tensor:
        """The largest of each pool; a pool leaves out what lies beyond the ends."""
        size, stride, _ = self.layer.pool
        n = convolved.shape[-1]
        is_inside = bool((convolved_from.min() >= 0) & (convolved_from.max() + n <= self._n_convolved))
        if not is_inside:
            places = convolved_from[:, None] + torch.arange(n, device=convolved_from.device)
            is_outside = (places < 0) | (places >= self._n_convolved)
            convolved = convolved.masked_fill(is_outside[:, None], -torch.inf)
        return functional.max_pool2d(convolved.unsqueeze(2), (1, size), stride=(1, stride)).squeeze(2)


class Stretches:
    """Values of some sequences, of which stretches can be taken at little more than the cost of copying them.

    Parameters
    ----------
    hidden
        One row per sequence.
    before, after
        So many zeros are seen before the first position, and behind the last.
    """

    def __init__(self, hidden: Hidden, *, before: int = 0, after: int = 0) -> None:
        self._before, self._length = before, before + hidden.shape[-1] + after
        # batch channel length -> (batch length) channel: a stretch of positions is then a stretch of memory.
        self._rows = functional.pad(hidden.transpose(1, 2), (0, 0, before, after)).flatten(0, 1).contiguous()

    def take(self, windows: PerMutant, starts: PerMutant, width: int) -> MutantValues:
        """Stretches of ``width`` positions of given sequences from given positions on, ``mutant channel width``.

        Examples
        --------
        >>> known = Stretches(torch.arange(8.0).reshape(2, 1, 4), before=1)
        >>> known.take(torch.tensor([0, 1]), torch.tensor([-1, 2]), 2).tolist()
        [[[0.0, 0.0]], [[6.0, 7.0]]]
        """
        n_rows, n_channels = self._rows.shape
        # All stretches, overlapping in memory, of which those that are asked for are copied.
        every = self._rows.as_strided((n_rows - width + 1, width * n_channels), (n_channels, 1))
        taken = every.index_select(0, windows * self._length + starts + self._before)
        # mutant (width channel) -> mutant channel width
        return taken.unflatten(1, (width, n_channels)).transpose(1, 2)


class KnownLayers(NamedTuple):
    """Layers in a row, with what each reads of some sequences as they are."""

    layers: list[KnownLayer]
    output: Hidden
    """What the last gives for the sequences as they are."""

    def changed(self, change: Change) -> Change:
        """A change of what the first reads, behind the last."""
        for layer in self.layers:
            change = layer.changed(change)
        return change

    def mutants(self, change: Change) -> MutantValues:
        """What the last gives for whole mutants."""
        return filled(self.output, self.changed(change))


def known_layers(layers: Iterable[LocalLayer], hidden: Hidden) -> KnownLayers:
    """Read sequences layer by layer and keep what each of them reads.

    Parameters
    ----------
    layers
        In the model's order.
    hidden
        What the first of them reads.
    """
    known = []
    for layer in layers:
        output = layer.whole(hidden)
        known.append(KnownLayer(layer, hidden, wanted=Positions(0, output.shape[-1])))
        hidden = output
    return KnownLayers(known, hidden)


def put_into(stretches: MutantValues, starts: PerMutant, values: MutantValues) -> MutantValues:
    """Put values into stretches, from given positions on; what lies beyond a stretch's ends is left out.

    Parameters
    ----------
    stretches
        ``mutant channel width``, the channels of a position next to each other in memory; they are used up.
    starts
        Per mutant, below 0 where values begin before the stretch.
    values
        ``mutant channel width``, of a width of their own.

    Examples
    --------
    >>> put_into(torch.zeros(1, 1, 3), torch.tensor([-1]), torch.ones(1, 1, 2)).tolist()
    [[[1.0, 0.0, 0.0]]]
    """
    width, n = stretches.shape[-1], values.shape[-1]
    if len(starts) and not bool((starts.min() >= 0) & (starts.max() <= width - n)):
        wider = put_into(functional.pad(stretches, (n, n)), (starts + n).clamp(0, width + n), values)
        return wider[..., n : n + width]
    by_position = stretches.transpose(1, 2).contiguous()  # no copy where channels lie together
    rows = torch.arange(len(starts), device=starts.device)[:, None] * width
    places = rows + starts[:, None] + torch.arange(n, device=starts.device)
    by_position.flatten(0, 1).index_copy_(0, places.flatten(), values.transpose(1, 2).flatten(0, 1))
    return by_position.transpose(1, 2)


def filled(whole: Hidden, change: Change) -> MutantValues:
    """The values of whole mutants, ``mutant channel length``, from those of the sequences as they are."""
    return put_into(whole.index_select(0, change.windows), change.starts, change.values)
