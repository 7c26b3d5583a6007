"""Memory of a training step: how much it keeps for the gradient, and how to use again what it freed."""

import ctypes
import platform
import sys

import torch
from torch import Tensor, nn

from cisgram.nn.tensors import OneHot

_TRIM_THRESHOLD, _MMAP_MAX = -1, -4  # numbers of the options in glibc's malloc.h


def keep_freed_memory() -> bool:
    """Let this process keep large blocks of memory that it frees, and use them again.

    By default glibc takes every block above 32 MB, such as the activations of a batch, from the system and
    gives it back when it is freed; the system then fills each with zeros again, page by page, and a training
    step on the CPU waits for that. Afterwards the process holds on to the most that it ever needed until it
    ends. Only Linux with glibc has the option; elsewhere, nothing happens.

    Returns
    -------
    bool
        Whether it worked.

    Examples
    --------
    >>> keep_freed_memory() in (True, False)
    True
    """
    if not sys.platform.startswith("linux") or platform.libc_ver()[0] != "glibc":
        return False
    set_option = ctypes.CDLL(None).mallopt
    no_mapping = set_option(ctypes.c_int(_MMAP_MAX), ctypes.c_int(0))
    no_trimming = set_option(ctypes.c_int(_TRIM_THRESHOLD), ctypes.c_int(-1))
    return bool(no_mapping and no_trimming)


def kept_for_gradient(model: nn.Module, sequences: OneHot, *, bfloat16: bool = False) -> int:
    """Bytes that a training step keeps of what layers compute, until the gradient has passed them; without weights.

    At its peak a step needs more, up to about twice as much with small nets: gradients, and room for the widest layer.

    Parameters
    ----------
    model
        Reads the sequences once, as in training; its buffers and its mode stay as they are.
    sequences
        On the device of the model.
    bfloat16
        Whether layers compute in bfloat16.

    Examples
    --------
    >>> sequences = torch.zeros(1, 4, 10)
    >>> kept_for_gradient(nn.Sequential(nn.Conv1d(4, 2, 1), nn.Sigmoid()), sequences)  # input and result, 4 bytes each
    240
    """
    own = {one.untyped_storage().data_ptr() for one in (*model.parameters(), *model.buffers())}
    kept: dict[int, Tensor] = {}

    def count(tensor: Tensor) -> Tensor:
        if (place := tensor.untyped_storage().data_ptr()) not in own:
            kept[place] = tensor  # held, so that no other tensor gets its place
        return tensor

    state, mode = {name: value.clone() for name, value in model.named_buffers()}, model.training
    with (
        torch.enable_grad(),
        torch.random.fork_rng(),
        torch.autocast(sequences.device.type, torch.bfloat16, enabled=bfloat16),
        torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor),
    ):
        model.train()(sequences)
    with torch.no_grad():
        for name, value in model.named_buffers():
            value.copy_(state[name])
    model.train(mode)
    return sum(one.untyped_storage().nbytes() for one in kept.values())
