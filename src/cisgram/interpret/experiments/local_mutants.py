"""Mutants of one sequence through a Basset, computed only where they differ from it.

A substitution changes a convolution's output within half a filter's width on both sides, a max-pool makes that
shorter again, and all else is known from the sequence as it is. At the top the changed positions are put into the
features of the sequence, and the dense layers see all of them. The answers are those of the whole model, but for
rounding.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cisgram.arrays import Rows, SequenceCodes
from cisgram.genomics.sequence import reverse_complement
from cisgram.interpret.experiments.responses import Asking, Compared, Score, values_of
from cisgram.interpret.precision import full_precision, place_and_type
from cisgram.interpret.scores import anchored
from cisgram.models.basset import Basset, BassetOutput
from cisgram.nn.blocks import one_hot
from cisgram.nn.predict import Device, evaluating


class _Change(NamedTuple):
    """What mutants have in place of the sequence's own values, all over the same number of positions."""

    starts: Tensor
    """First changed position of each mutant: ``mutant``."""
    values: Tensor
    """``mutant channel width``."""


class _Reach(NamedTuple):
    """Positions that a layer's changed output needs."""

    starts: Tensor
    """First position of the pooled output, ``mutant``."""
    width: int
    """Of the pooled output."""
    before_pool: Tensor
    """First position of the convolution's output."""
    width_before_pool: int


def compare_mutants(
    model: Basset,
    sequence: SequenceCodes,
    positions: Rows,
    bases: Rows,
    *,
    scores: Sequence[Score],
    asking: Asking,
    device: Device | None = None,
) -> Compared:
    """Responses to one sequence and to its single-base mutants.

    Parameters
    ----------
    model, scores, asking, device
        As in :func:`cisgram.interpret.experiments.responses.respond`.
    sequence
        As long as the model reads.
    positions, bases
        Where each mutant differs, and the code of what stands there, 0 to 3.

    Returns
    -------
    Compared
        ``1 track`` and ``1 mutant track``.
    """
    place, dtype = place_and_type(model, device)
    befores, afters = [], []
    with evaluating(model, device), full_precision(place), torch.no_grad():
        for is_turned in (False, True) if asking.both_strands else (False,):
            codes = reverse_complement(sequence).copy() if is_turned else np.array(sequence)
            example = one_hot(torch.from_numpy(codes[None]).to(place)).to(dtype)
            ask = _mutant_logits(model, example)
            output = model(example)
            functions = [anchored(score, output) for score in scores]
            befores.append(values_of(functions, output, 1))
            where, what = (len(codes) - 1 - positions, 3 - bases) if is_turned else (positions, bases)
            parts = []
            for part in _parts(len(positions), asking.batch_size):
                edits = (torch.from_numpy(np.ascontiguousarray(one[part])).to(place) for one in (where, what))
                logits = ask(*edits)
                parts.append(values_of(functions, BassetOutput(logits), len(logits)))
            afters.append(np.concatenate(parts))
    return Compared(np.mean(befores, axis=0), np.mean(afters, axis=0)[None])


def _parts(n: int, size: int) -> Iterator[slice]:
    return (slice(start, start + size) for start in range(0, n, size))


def _mutant_logits(model: Basset, example: Tensor) -> Callable[[Tensor, Tensor], Tensor]:
    """What gives the logits of mutants of a sequence, of which every layer's input is computed once."""
    inputs = _inputs_of_layers(model, example)
    if not model.is_averaged:
        return lambda positions, bases: _logits(model, inputs, positions, bases)
    turned = _inputs_of_layers(model, example.flip(1, 2))
    last = example.shape[-1] - 1

    def averaged(positions: Tensor, bases: Tensor) -> Tensor:
        return (_logits(model, inputs, positions, bases) + _logits(model, turned, last - positions, 3 - bases)) / 2

    return averaged


def _inputs_of_layers(model: Basset, example: Tensor) -> list[Tensor]:
    """Input of every convolution layer, and the output of the last."""
    inputs = [example]
    for layer in model.convolutions:
        inputs.append(layer(inputs[-1]))
    return inputs


def _logits(model: Basset, inputs: list[Tensor], positions: Tensor, bases: Tensor) -> Tensor:
    """Logits of mutants: the change goes up layer by layer."""
    channels = torch.arange(4, device=bases.device)
    change = _Change(positions, (bases[:, None] == channels)[..., None].to(inputs[0].dtype))
    for layer, known, above in zip(model.convolutions, inputs[:-1], inputs[1:], strict=True):
        change = _through(layer, known, change, n_out=above.shape[-1])
    features = inputs[-1].repeat(len(positions), 1, 1)
    _write(features, change.starts, change.values)
    return model.head(model.dense(model.flatten(features)))


def _through(layer: Any, known: Tensor, change: _Change, *, n_out: int) -> _Change:
    """A change behind one layer, from the layer's input without it."""
    length, half = known.shape[-1], layer.convolution.weight.shape[-1] // 2
    reach = _reach(change, layer.pool, half=half, n_out=n_out)
    first, width = reach.before_pool - half, reach.width_before_pool + 2 * half
    places = first[:, None] + torch.arange(width, device=first.device)
    is_inside = (places >= 0) & (places < length)
    around = known[0][:, places.clamp(0, length - 1)].transpose(0, 1) * is_inside[:, None]
    _write(around, change.starts - first, change.values)
    active = layer.activation(layer.norm(layer.convolution.inside(around)))
    is_outside = ~is_inside[:, None, half : half + reach.width_before_pool]
    active = active.masked_fill(is_outside, -torch.inf)  # as a pool takes what lies beyond the ends
    return _Change(reach.starts, functional.max_pool1d(active, *_pool_sizes(layer.pool)[:2]))


def _reach(change: _Change, pool: nn.MaxPool1d, *, half: int, n_out: int) -> _Reach:
    """Which outputs of a pool a change can reach; the same number for all mutants, moved inside at the ends."""
    size, stride, padding = _pool_sizes(pool)
    widened = change.values.shape[-1] + 2 * half
    n = min((widened + size - 2) // stride + 1, n_out)
    # Pool j sees the positions j stride - padding and the next size - 1: the first one that sees the change.
    starts = -torch.div(-(change.starts - half + padding - size + 1), stride, rounding_mode="floor")
    starts = starts.clamp(0, n_out - n)
    return _Reach(starts, n, starts * stride - padding, (n - 1) * stride + size)


def _pool_sizes(pool: nn.MaxPool1d) -> tuple[int, int, int]:
    """Size, stride and padding as numbers."""
    size, stride, padding = (
        one if isinstance(one, int) else one[0] for one in (pool.kernel_size, pool.stride, pool.padding)
    )
    return size, stride, padding


def _write(values: Tensor, starts: Tensor, change: Tensor) -> None:
    """Put changes into values of which each row is a mutant."""
    rows = torch.arange(len(starts), device=starts.device)[:, None]
    places = starts[:, None] + torch.arange(change.shape[-1], device=starts.device)
    values[rows, :, places] = change.transpose(1, 2)
