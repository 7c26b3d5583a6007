"""A Basset of which some filters of a convolution are held at a value, computed only from where that matters.

Up to the filters' own layer all is as before, and is computed once per batch. A max-pool of a constant is the constant,
and the next convolution is linear in what it reads: its output is the one known from the batch, plus the convolution
of the held channels' change alone. From there on layers run as they are. The answers are those of the whole model, but
for rounding.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import torch
from torch import Tensor

from cisgram.models.basset import Basset, BassetOutput
from cisgram.nn.tensors import Logits, OneHot, PerFilter

HeldOutput: TypeAlias = Callable[[Sequence[int]], BassetOutput]
"""What the model predicts for a batch with these filters held; negative numbers count from the last filter."""


def convolution_called(model: Basset, layer: str) -> int | None:
    """Number of the convolution whose activation has this name, from 0; None where it is not the name of one.

    Examples
    --------
    >>> from cisgram.models.basset import BassetConfig, build
    >>> model = build(BassetConfig.small(), n_tracks=1)
    >>> convolution_called(model, "convolutions.2.activation"), convolution_called(model, "dense.0.activation")
    (2, None)
    """
    names = [f"convolutions.{number}.activation" for number in range(len(model.convolutions))]
    return names.index(layer) if layer in names else None


def hold_filters(model: Basset, sequences: OneHot, *, convolution: int, values: PerFilter) -> HeldOutput:
    """Prepare a batch for the question what a model predicts with some filters of a convolution held.

    Parameters
    ----------
    model
        In evaluation mode.
    sequences
        As long as the model reads.
    convolution
        Number of the convolution, from 0.
    values
        What each filter's activation is at every position, and on both strands, while it is held.

    Examples
    --------
    >>> from cisgram.models.basset import BassetConfig, build
    >>> model = build(BassetConfig.small(), n_tracks=3).eval()
    >>> ask = hold_filters(model, torch.zeros(2, 4, 600), convolution=0, values=torch.zeros(128))
    >>> ask([5]).logits.shape
    torch.Size([2, 3])
    """
    strands = [sequences, sequences.flip(1, 2)] if model.is_averaged else [sequences]
    ask = [_logits_of_strand(model, strand, convolution, values) for strand in strands]
    return lambda filters: BassetOutput(torch.stack([logits(filters) for logits in ask]).sum(0) / len(ask))


def _logits_of_strand(
    model: Basset, sequences: Tensor, convolution: int, values: Tensor
) -> Callable[[Sequence[int]], Logits]:
    """The same from one strand."""
    pooled = model.convolutions[: convolution + 1](sequences)
    held = values.to(pooled)[:, None]
    above: list[Any] = list(model.convolutions)[convolution + 1 :]

    def of_features(features: Tensor) -> Logits:
        return model.head(model.dense(model.flatten(features)))

    def of_last(filters: Sequence[int]) -> Logits:
        features = pooled.clone()
        features[:, list(filters)] = held[list(filters)]
        return of_features(features)

    if not above:
        return of_last
    convolved = above[0].convolution(pooled)

    def of_lower(filters: Sequence[int]) -> Logits:
        change = held[list(filters)] - pooled[:, list(filters)]
        hidden = above[0][1:](convolved + above[0].convolution.added_by(change, list(filters)))
        for layer in above[1:]:
            hidden = layer(hidden)
        return of_features(hidden)

    return of_lower
