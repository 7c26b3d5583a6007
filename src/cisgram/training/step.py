"""The ingredients of one step of a training, on whatever device."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from cisgram.nn.blocks import one_hot
from cisgram.training.contracts import BatchLike

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def call_model(fabric: "Fabric", model: nn.Module, batch: BatchLike) -> Any:
    """The output of a model for a batch, computed in the precision of the training and given in float32."""
    inputs = one_hot(batch.inputs) if batch.inputs.dtype == torch.uint8 else batch.inputs
    with fabric.autocast():
        output = model(inputs) if batch.controls is None else model(inputs, batch.controls)
    return fabric.strategy.precision.convert_output(output)


def pinned(batches: Iterator[Any], device: torch.device) -> Iterator[Any]:
    """The same batches; for a GPU in memory from which it can copy while it computes."""
    if device.type != "cuda":
        return batches
    return (type(batch)(*(None if part is None else part.pin_memory() for part in batch)) for batch in batches)


def on_device(batch: Any, device: torch.device) -> Any:
    """The same batch on the device."""
    if device.type == "cpu":
        return batch
    return type(batch)(*(None if part is None else part.to(device, non_blocking=True) for part in batch))


@contextmanager
def random_state_kept(device: torch.device) -> Iterator[None]:
    """Leave torch's random numbers after the block where they were before it."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        yield


def seed_step(device: torch.device, *numbers: int) -> None:
    """Set torch's random numbers to what belongs to these numbers: seed, epoch, step, process.

    A step's dropout then depends on nothing else, so a checkpoint needs no random state.
    """
    seed = int.from_bytes(hashlib.blake2b(repr(numbers).encode(), digest_size=8).digest(), "little")
    # torch.manual_seed asks every kind of device there might be, which takes a hundred times as long.
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.default_generators[device.index].manual_seed(seed)


def weight_of_example(fabric: "Fabric", *, n_examples: int, like: Tensor) -> float | Tensor:
    """What one of this device's examples of a step counts, so that the mean over devices is that over all examples.

    Devices average their gradients, and the last batch of an epoch may be shared out unevenly.
    """
    if fabric.world_size == 1:
        return 1 / n_examples
    return fabric.world_size / summed(fabric, like.new_full((), n_examples))


def summed(fabric: "Fabric", values: Tensor) -> Tensor:
    """The sum over all devices; the argument stays as it is."""
    return fabric.strategy.all_reduce(values.clone(), reduce_op="sum") if fabric.world_size > 1 else values
