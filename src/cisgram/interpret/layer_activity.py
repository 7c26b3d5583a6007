"""How active every unit of one layer of a Basset is in every sequence, and at which place it is most."""

from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from cisgram import arrays
from cisgram.errors import EmptySetError, InputError
from cisgram.models.basset import Basset
from cisgram.nn.blocks import one_hot
from cisgram.nn.predict import Device, evaluating
from cisgram.nn.strands import PairedConv1d


class LayerActivity(NamedTuple):
    """The highest activations, at the first place that has them.

    Where a model reads both strands, a sequence and its reverse complement are looked at, and the sequence as it is
    given counts where both are alike. The two units of a pair are one, for one of them is on the reverse complement
    what the other is on the sequence; so are two filters of a pair.
    """

    highest: arrays.UnitValues
    places: arrays.UnitPlaces
    """Position of the layer's output, along the strand that was read; 0 for dense layers."""
    is_turned: arrays.UnitStrands
    """Whether that strand is the reverse complement."""
    first: arrays.FilterValues
    """Highest activation of the first layer's filters, on any strand that is read: ``batch filter``."""


def is_paired(model: Basset) -> bool:
    """Whether units come in pairs of the two strands."""
    return isinstance(model.convolutions[0].convolution, PairedConv1d)


def layer_activity(
    model: Basset, codes: arrays.Codes, *, layer: int, batch_size: int = 64, device: Device | None = None
) -> LayerActivity:
    """Run sequences as far as a layer.

    Parameters
    ----------
    model
        Left as it was found.
    codes
        Sequences, ``batch length``.
    layer
        Its number, from 1: convolutions first, then dense layers. Activations are those before the pool.
    batch_size
        Sequences at a time.
    device
        Where to compute; where the model is, if not given.

    Raises
    ------
    EmptySetError
        Without sequences.
    InputError
        Where there is no such layer, or sequences have another length than the model reads.

    Examples
    --------
    >>> from cisgram.models.basset import BassetConfig, build
    >>> model = build(BassetConfig.small(input_length=60), n_tracks=1)
    >>> layer_activity(model, np.zeros((2, 60), np.uint8), layer=3).highest.shape  # 32 pairs of units
    (2, 32)
    """
    n_layers = len(model.convolutions) + len(model.dense)
    if not 1 <= layer <= n_layers or batch_size < 1:
        raise InputError(
            f"layer must lie between 1 and {n_layers}, and batch_size be at least 1; got {layer} and {batch_size}"
        )
    if len(codes) == 0:
        raise EmptySetError("sequences for the units", dropped={}, hint="give those of the test part")
    if codes.shape[-1] != model.input_length:
        raise InputError(f"this model reads {model.input_length} bp; got sequences of {codes.shape[-1]} bp")
    with evaluating(model, device), torch.inference_mode():
        place = next(model.parameters()).device
        parts = []
        for start in range(0, len(codes), batch_size):
            batch = torch.from_numpy(np.array(codes[start : start + batch_size])).to(place)
            parts.append(_of_batch(model, one_hot(batch), layer))
    return LayerActivity(*(np.concatenate(values) for values in zip(*parts, strict=True)))


def _of_batch(model: Basset, sequences: Tensor, layer: int) -> LayerActivity:
    """The same for one batch: the better strand of the two, or the only one."""
    given = _of_strand(model, sequences, layer)
    if not (model.is_averaged or is_paired(model)):
        return given
    turned = _of_strand(model, sequences.flip(1, 2), layer)
    is_turned = turned.highest > given.highest
    return LayerActivity(
        np.maximum(given.highest, turned.highest),
        np.where(is_turned, turned.places, given.places),
        is_turned,
        np.maximum(given.first, turned.first),
    )


def _of_strand(model: Basset, sequences: Tensor, layer: int) -> LayerActivity:
    """The same for one strand."""
    active, first = (_activation(model, sequences, number).cpu().numpy() for number in (layer, 1))
    if is_paired(model):
        active, first = active[:, : active.shape[1] // 2], first[:, : first.shape[1] // 2]
    return LayerActivity(active.max(-1), active.argmax(-1), np.zeros(active.shape[:2], bool), first.max(-1))


def _activation(model: Basset, sequences: Tensor, layer: int) -> Tensor:
    """What a layer's activation gives: ``batch unit position``."""
    n_convolutions = len(model.convolutions)
    if layer <= n_convolutions:
        return _active_part(model.convolutions[layer - 1], model.convolutions[: layer - 1](sequences))
    number = layer - n_convolutions - 1
    units = model.dense[:number](model.flatten(model.convolutions(sequences)))
    return _active_part(model.dense[number], units)[..., None]


def _active_part(layer: torch.nn.Module, inputs: Tensor) -> Tensor:
    """A layer's output before pool and dropout."""
    for name, part in layer.named_children():
        inputs = part(inputs)
        if name == "activation":
            break
    return inputs
