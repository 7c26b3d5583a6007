"""How much memory a training step on tracks in bins will need, said before hours are spent on what does not fit."""

import logging
import os
import warnings
from dataclasses import replace

import torch

from cisgram.errors import CisgramWarning
from cisgram.models.basenji import build
from cisgram.nn.memory import kept_for_gradient
from cisgram.run.settings.binned import BinnedRunConfig

logger = logging.getLogger(__name__)

_SHORT_BP = 16_384
_NUMBERS_PER_WEIGHT = 4


def step_bytes(config: BinnedRunConfig, *, n_tracks: int) -> int:
    """Bytes that a training step holds on to: what layers keep for the gradient, and weights with what Adam remembers.

    A short sequence is read once and what it takes is scaled up, since all that a Basenji keeps grows with the length.
    At its peak a step needs up to twice as much; with ``[training] recompute`` it needs less than said here.

    Parameters
    ----------
    config
        Settings of the run: form of the model, windows of a batch, precision.
    n_tracks
        Tracks that are predicted.
    """
    form = config.model
    n_bins = max(min(form.input_length, _SHORT_BP) // form.bin_size, 1)
    model = build(replace(form, input_length=n_bins * form.bin_size, crop=0), n_tracks=n_tracks)
    is_half = config.training.precision == "bf16-mixed"
    kept = kept_for_gradient(model, torch.zeros(1, 4, n_bins * form.bin_size), bfloat16=is_half)
    n_weights = sum(one.numel() for one in model.parameters())
    copies = config.batches.size * form.input_length // (n_bins * form.bin_size)
    return kept * copies + 4 * n_weights * (_NUMBERS_PER_WEIGHT + (config.training.average_decay > 0))


def tell_memory(config: BinnedRunConfig, *, n_tracks: int) -> int:
    """Say in the log what a training step needs, and warn where this machine has not that much; returns the bytes."""
    needed = step_bytes(config, n_tracks=n_tracks)
    logger.info(
        "a training step of %d windows holds %.2f GB, up to twice that at its peak", config.batches.size, needed / 1e9
    )
    where, there = _memory_of_device(config)
    if there is not None and needed > there:
        warnings.warn(
            f"a training step of {config.batches.size} windows holds {needed / 1e9:.1f} GB, and {where} has "
            f"{there / 1e9:.1f} GB; a smaller [batches] size with [training] accumulate gives the same steps, and "
            'precision = "bf16-mixed", recompute = true or a smaller [model] need less',
            CisgramWarning,
            stacklevel=2,
        )
    return needed


def _memory_of_device(config: BinnedRunConfig) -> tuple[str, int | None]:
    """What the training will run on and its bytes, where that can be known."""
    if config.training.accelerator != "cpu" and torch.cuda.is_available():
        return "a GPU", torch.cuda.get_device_properties(0).total_memory
    try:
        return "this machine", os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return "this machine", None
