"""Run a model over many examples, batch by batch, and leave it as it was found."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np
import torch
from torch import Tensor, nn

from cisgram.errors import InputError
from cisgram.nn.blocks import one_hot

Device: TypeAlias = str | torch.device


@contextmanager
def evaluating(model: nn.Module, device: Device | None = None) -> Iterator[nn.Module]:
    """Put a model in evaluation mode, and on a device, for the length of a ``with`` block.

    Afterwards every submodule is in the mode, and every parameter and buffer on the device, where it was
    before, also when the block fails. Whether gradients are recorded is not touched.

    Parameters
    ----------
    model
        Any module.
    device
        Where it shall work; where it is, if not given.

    Examples
    --------
    >>> model = nn.Dropout().train()
    >>> with evaluating(model):
    ...     model.training
    False
    >>> model.training
    True
    """
    modes = [(module, module.training) for module in model.modules()]
    places = [(tensor, tensor.device) for tensor in _tensors_of(model)]
    try:
        model.eval()
        if device is not None:
            for tensor, _ in places:
                _move(tensor, torch.device(device))
        yield model
    finally:
        for module, mode in modes:
            module.training = mode
        for tensor, place in places:
            _move(tensor, place)


def predict(
    model: nn.Module,
    *inputs: np.ndarray | Tensor,
    batch_size: int = 64,
    device: Device | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Any:
    """Predict many examples in evaluation mode and without gradients.

    Parameters
    ----------
    model
        Returns a tensor, or a (named) tuple of tensors, whose first axis is the batch.
    inputs
        Arguments of the model, one row per example, as arrays or tensors; memory maps are read a batch at a
        time. Sequences come first; as codes (uint8) they become one-hot on the device, a batch at a time.
    batch_size
        Examples at a time.
    device
        Where to compute; where the model is, if not given.
    progress
        Called after every batch with the number of examples done and to do.

    Returns
    -------
    Output of the model, with all examples, on the CPU.

    Raises
    ------
    InputError
        Where there are no examples, or inputs differ in their number.
    """
    n_examples = _number_of_examples(inputs)
    if batch_size < 1:
        raise InputError(f"batch_size must be at least 1; got {batch_size}")
    outputs = []
    with evaluating(model, device), torch.inference_mode():
        place = device if device is not None else next((tensor.device for tensor in _tensors_of(model)), "cpu")
        for start in range(0, n_examples, batch_size):
            rows = [_rows(values, start, start + batch_size).to(place) for values in inputs]
            if rows[0].dtype == torch.uint8:
                rows[0] = one_hot(rows[0])
            outputs.append(_on_cpu(model(*rows)))
            if progress is not None:
                progress(min(start + batch_size, n_examples), n_examples)
    return _joined(outputs)


def _number_of_examples(inputs: tuple[np.ndarray | Tensor, ...]) -> int:
    """How many examples the inputs have, after a check that they agree."""
    numbers = [len(values) for values in inputs]
    if len(set(numbers)) != 1:
        raise InputError(f"predict needs inputs with one row per example each; got {numbers} rows")
    if numbers[0] == 0:
        raise InputError("predict needs at least one example; got none")
    return numbers[0]


def _rows(values: np.ndarray | Tensor, start: int, end: int) -> Tensor:
    """Some rows as a tensor; of an array they are copied, since it may be read-only."""
    return values[start:end] if isinstance(values, Tensor) else torch.from_numpy(np.array(values[start:end]))


def _on_cpu(output: Any) -> Any:
    """An output with its tensors on the CPU."""
    return output.cpu() if isinstance(output, Tensor) else _same_kind(output, [_on_cpu(field) for field in output])


def _joined(outputs: list[Any]) -> Any:
    """The outputs of all batches as one."""
    if isinstance(outputs[0], Tensor):
        return torch.cat(outputs)
    return _same_kind(outputs[0], [_joined(list(fields)) for fields in zip(*outputs, strict=True)])


def _same_kind(output: tuple[Any, ...], fields: list[Any]) -> Any:
    """A tuple, or named tuple, like ``output`` with other fields."""
    return type(output)(*fields) if hasattr(output, "_fields") else tuple(fields)


def _tensors_of(model: nn.Module) -> Iterator[Tensor]:
    """Parameters and buffers."""
    yield from model.parameters()
    yield from model.buffers()


def _move(tensor: Tensor, place: torch.device) -> None:
    """Put a parameter or buffer, and its gradient, on a device without making it another tensor."""
    if tensor.device != place:
        tensor.data = tensor.data.to(place)
        if tensor.grad is not None:
            tensor.grad.data = tensor.grad.data.to(place)
