"""Full precision for as long as a question is asked: answers are differences of nearly equal numbers."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from cisgram.errors import InputError
from cisgram.nn.predict import Device


def place_and_type(model: nn.Module, device: Device | None) -> tuple[torch.device, torch.dtype]:
    """Where to compute, and in which of float32 and float64.

    Raises
    ------
    InputError
        Where the model's weights are of lower precision.
    """
    tensor = next(iter(model.parameters()), torch.zeros(0))
    if tensor.dtype not in (torch.float32, torch.float64):
        raise InputError(
            f"attribution subtracts nearly equal numbers and needs float32 or float64 weights; the model has "
            f"{tensor.dtype}; convert it with model.float()"
        )
    return torch.device(device) if device is not None else tensor.device, tensor.dtype


@contextmanager
def full_precision(place: torch.device) -> Iterator[None]:
    """Compute in what the weights are, whatever is set outside.

    The thread count is put back afterwards: numba kernels of libraries change it as they start.
    """
    n_threads, cudnn = torch.get_num_threads(), torch.backends.cudnn
    settings = {"enabled": cudnn.enabled, "benchmark": cudnn.benchmark, "deterministic": cudnn.deterministic}
    try:
        with torch.autocast(place.type, enabled=False), cudnn.flags(**settings, allow_tf32=False):
            yield
    finally:
        torch.set_num_threads(n_threads)
