"""How much a model needs each filter of a layer: what changes when the filter always gives its mean."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from cisgram import arrays
from cisgram.errors import EmptySetError, InputError
from cisgram.interpret.filters import module_called
from cisgram.interpret.held_filters import convolution_called, hold_filters
from cisgram.models.basset import Basset
from cisgram.nn.blocks import one_hot
from cisgram.nn.predict import Device, evaluating

INFLUENCE_COLUMNS = ("filter", "influence", "mean_activation")
"""``filter``: channel, from 0; ``influence``: mean loss per sequence without the filter, minus that with it."""

TRACK_INFLUENCE_COLUMNS = ("filter", "track", "change")
"""``track``: number of the output, from 0; ``change``: mean output with the filter minus that without it, over the
variance of the output with it (0 where that does not vary); above 0 where the filter speaks for the track."""


class FilterInfluence(NamedTuple):
    """What changes when a filter's output is its mean everywhere."""

    overall: pd.DataFrame
    """One row per filter: :data:`INFLUENCE_COLUMNS`."""
    tracks: pd.DataFrame
    """One row per filter and track: :data:`TRACK_INFLUENCE_COLUMNS`."""


class _Measured(NamedTuple):
    """Loss, summed over sequences, and outputs, ``batch track``."""

    loss: float
    outputs: Tensor


class _Whole(NamedTuple):
    """What the model gives as it is, batch by batch, and the mean of every filter over sequences and positions."""

    batches: list[_Measured]
    means: Tensor

    @property
    def loss(self) -> float:
        """Summed over sequences."""
        return sum(batch.loss for batch in self.batches)

    @property
    def variance(self) -> Tensor:
        """Of the output, per track."""
        return torch.cat([batch.outputs for batch in self.batches]).var(0, correction=0)


def first_part(output: Any) -> Tensor:
    """The output itself, or the first of its parts, such as the logits of Basset.

    Examples
    --------
    >>> first_part((torch.ones(1), torch.zeros(1)))
    tensor([1.])
    """
    return output if isinstance(output, Tensor) else output[0]


def filter_influence(
    model: nn.Module,
    codes: arrays.Codes,
    targets: np.ndarray,
    *,
    layer: str,
    loss: Callable[[Any, Tensor], Tensor],
    outputs: Callable[[Any], Tensor] = first_part,
    is_paired: bool = False,
    batch_size: int = 256,
    device: Device | None = None,
) -> FilterInfluence:
    """Set every filter to its mean, one at a time, and measure the loss and the outputs.

    The mean is that over all sequences and positions. (The original takes the mean of each batch, and averages what
    batches say; here nothing depends on the size of the batches.) The model is run once per filter over all sequences;
    for the convolutions of a Basset only what comes after the filter is, see :mod:`cisgram.interpret.held_filters`.

    Parameters
    ----------
    model
        Called with one-hot sequences; left as it was found.
    codes
        Sequences, ``batch length``.
    targets
        What the loss compares the output with; the first axis is the batch.
    layer
        Name in ``model.named_modules()`` of the layer whose output's second axis are the filters, such as
        ``convolutions.0.activation``: the activation, not the convolution.
    loss
        ``loss(output, targets)``, a mean over the examples of a batch, such as :func:`cisgram.models.basset.loss`.
    outputs
        Takes the numbers per track out of an output, ``batch track``; the first part of it, if not given.
    is_paired
        Whether the first filter is the reverse complement of the last, and so on: then both are set to their mean
        together, and are one filter, the first half of them.
    batch_size
        Sequences at a time.
    device
        Where to compute; where the model is, if not given.

    Returns
    -------
    FilterInfluence
        A filter whose output never varies has the influence 0 on everything.

    Raises
    ------
    EmptySetError
        Without sequences.
    InputError
        Where there is no such layer, sequences and targets differ in number, or outputs are not ``batch track``.

    References
    ----------
    Kelley, Snoek and Rinn (2016), Basset: learning the regulatory code of the accessible genome with deep
    convolutional neural networks, Genome Research 26 (``basset_motifs_infl.lua``).
    """
    if len(codes) == 0:
        raise EmptySetError("sequences for the filters", dropped={}, hint="give those of the test part")
    if len(targets) != len(codes) or batch_size < 1:
        raise InputError(
            f"sequences and targets must agree in number, and batch_size be at least 1; got {len(codes)}, "
            f"{len(targets)} and {batch_size}"
        )
    with evaluating(model, device), torch.inference_mode():
        examples = _Examples(model, codes, targets, loss, outputs, batch_size)
        whole = _whole(module_called(model, layer), examples, is_paired=is_paired)
        n_filters, n_tracks = len(whole.means) // (2 if is_paired else 1), len(whole.variance)
        losses, falls = np.zeros(n_filters), torch.zeros((n_filters, n_tracks), dtype=torch.float64)
        for (sequences, labels), known in zip(examples.batches(), whole.batches, strict=True):
            output_without = _asking(model, layer, sequences, whole.means)
            for channel in range(n_filters):
                output = output_without([channel, -1 - channel] if is_paired else [channel])
                without = examples.measured(output, labels)
                losses[channel] += without.loss
                falls[channel] += (known.outputs - without.outputs).sum(0)
    changes = torch.where(whole.variance > 0, falls / len(codes) / whole.variance.clamp_min(1e-30), 0.0).numpy()
    channels = np.arange(n_filters)
    overall = (channels, (losses - whole.loss) / len(codes), whole.means[:n_filters].numpy())
    tracks = (np.repeat(channels, n_tracks), np.tile(np.arange(n_tracks), n_filters), changes.ravel())
    return FilterInfluence(
        pd.DataFrame(dict(zip(INFLUENCE_COLUMNS, overall, strict=True))),
        pd.DataFrame(dict(zip(TRACK_INFLUENCE_COLUMNS, tracks, strict=True))),
    )


class _Examples(NamedTuple):
    """A model with what it is asked about."""

    model: nn.Module
    codes: arrays.Codes
    targets: np.ndarray
    loss: Callable[[Any, Tensor], Tensor]
    outputs: Callable[[Any], Tensor]
    batch_size: int

    def batches(self) -> Iterator[tuple[Tensor, Tensor]]:
        """One-hot sequences and targets, where the model is."""
        place = next((tensor.device for tensor in self.model.parameters()), torch.device("cpu"))
        for start in range(0, len(self.codes), self.batch_size):
            rows = slice(start, start + self.batch_size)
            codes, targets = (torch.from_numpy(np.array(one[rows])).to(place) for one in (self.codes, self.targets))
            yield one_hot(codes), targets

    def measured(self, output: Any, targets: Tensor) -> _Measured:
        """What an output for a batch amounts to."""
        outputs = self.outputs(output).double().cpu()
        if outputs.ndim != 2:
            raise InputError(f"outputs must have the axes batch and track; got the shape {tuple(outputs.shape)}")
        return _Measured(float(self.loss(output, targets)) * len(targets), outputs)


def _whole(module: nn.Module, examples: _Examples, *, is_paired: bool) -> _Whole:
    """Run the model as it is, and listen to a layer."""
    sums, n, batches = torch.zeros(()), 0, []

    def add(_module: nn.Module, _inputs: Any, output: Tensor) -> None:
        nonlocal sums, n
        sums = sums + output.sum((0, *range(2, output.ndim)), dtype=torch.float64).cpu()
        n += output.shape[0] * output[0, 0].numel()

    handle = module.register_forward_hook(add)
    try:
        for sequences, targets in examples.batches():
            batches.append(examples.measured(examples.model(sequences), targets))
    finally:
        handle.remove()
    if n == 0:
        raise InputError("the layer of the filters is not used by the model")
    means = sums / n
    return _Whole(batches, (means + means.flip(0)) / 2 if is_paired else means)


def _asking(model: nn.Module, layer: str, sequences: Tensor, means: Tensor) -> Callable[[Sequence[int]], Any]:
    """What gives the output for a batch with some filters held at their means, the short way where there is one."""
    convolution = convolution_called(model, layer) if isinstance(model, Basset) else None
    if isinstance(model, Basset) and convolution is not None:
        return hold_filters(model, sequences, convolution=convolution, values=means)
    module = module_called(model, layer)

    def ask(filters: Sequence[int]) -> Any:
        with _held(module, filters, means):
            return model(sequences)

    return ask


@contextmanager
def _held(module: nn.Module, channels: Sequence[int], means: Tensor) -> Iterator[None]:
    """Let some filters give their mean, whatever they read."""

    def hold(_module: nn.Module, _inputs: Any, output: Tensor) -> Tensor:
        held = output.clone()
        for channel in channels:
            held[:, channel] = means[channel].to(output)
        return held

    handle = module.register_forward_hook(hold)
    try:
        yield
    finally:
        handle.remove()
