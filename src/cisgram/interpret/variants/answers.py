"""The plain way to ask about windows and their alternatives: each goes through the whole network."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from cisgram.arrays import AlleleCodes, WholePerAllele, WindowCodes
from cisgram.interpret.precision import place_and_type
from cisgram.nn.blocks import one_hot
from cisgram.nn.predict import Device


class Answers(NamedTuple):
    """Outputs of the model, on the CPU; named tuples of tensors of its own kind."""

    references: Any
    """One row per window."""
    alternatives: Any
    """One row per alternative."""


def plain_answers(
    module: nn.Module,
    references: WindowCodes,
    alternatives: AlleleCodes,
    window_of: WholePerAllele,  # noqa: ARG001 - the quick way, which is asked alike, needs it
    *,
    batch_size: int,
    device: Device | None = None,
) -> Answers:
    """Ask about windows and their alternatives, each by itself, in full batches.

    Parameters
    ----------
    module
        In evaluation mode, on the device.
    references
        As long as it reads.
    alternatives
        As long.
    window_of
        Number of each alternative's window; the plain way does not need it.
    batch_size
        Sequences at a time.
    device
        Where to compute; where the model is, if not given.
    """
    place, dtype = place_and_type(module, device)
    codes = np.concatenate([references, alternatives])
    parts = []
    for rows in _slices(len(codes), batch_size):
        output = module(one_hot(torch.from_numpy(codes[rows]).to(place)).to(dtype))
        parts.append([one.float().cpu() if one.dtype != torch.float64 else one.cpu() for one in output])
        kind = type(output)
    together = [torch.cat(column) for column in zip(*parts, strict=True)]
    n = len(references)
    return Answers(kind(*(one[:n] for one in together)), kind(*(one[n:] for one in together)))


def _slices(n: int, size: int) -> Iterator[slice]:
    """Whole numbers up to n in parts."""
    return (slice(start, start + size) for start in range(0, n, size))
