"""What one window costs in a training step: seconds and memory, from a step or two on this machine."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from cisgram.models import MODELS
from cisgram.models.akita import AkitaConfig
from cisgram.models.atacworks import AtacWorksConfig
from cisgram.models.basenji import BasenjiConfig
from cisgram.run.config import RunConfig, model_name

_SHORT_BP = 16_384
_SHORT_COVERAGE_BP = 2048
_SHORT_BINS = 64
_SECONDS = 0.25
_MOST_WINDOWS = 64
_GAIN_OF_THREADS = 0.6


class Pace(NamedTuple):
    """Costs of one window."""

    step_seconds: float
    """Forward and backward, in a batch as large as the run's or as a quarter of a second allows, on all threads."""
    forward_seconds: float
    """Forward alone."""
    kept_bytes: float
    """What layers keep of it for the gradient."""
    n_weights: int
    """Parameters of the model, whatever the number of windows."""


class _Costs(NamedTuple):
    step_seconds: float
    forward_seconds: float
    kept_bytes: float


def measure_pace(config: RunConfig, *, n_tracks: int, n_controls: int = 0) -> Pace:
    """Let the run's model, with random weights, read windows of zeros on the CPU.

    Takes about a second of one thread. What is counted is the time that this thread computes, and not that in which it
    waits for other programs; so many threads are then taken to be as fast as their number to the power of 0.6. Long
    models are measured on shorter windows: costs of Basenji and AtacWorks grow with their length; those of Akita with
    the length and with the pairs of bins, which two lengths tell apart.

    Parameters
    ----------
    config
        Settings of the run: model, batch size, precision.
    n_tracks
        Tracks that are predicted.
    n_controls
        Control channels that the model reads.
    """
    form: Any = config.model
    build = MODELS[model_name(config)].build
    with torch.random.fork_rng(devices=[]), _one_thread() as n_threads:
        n_weights = sum(one.numel() for one in build(form, n_tracks=n_tracks, n_controls=n_controls).parameters())

        def costs(short: Any) -> _Costs:
            model = build(short, n_tracks=n_tracks, n_controls=n_controls)
            return _costs(model, _inputs(short, n_controls), config)

        step, forward, kept = _scaled(form, costs)
    faster = n_threads**_GAIN_OF_THREADS
    return Pace(step / faster, forward / faster, kept, n_weights)


@contextmanager
def _one_thread() -> Iterator[int]:
    """Let torch compute on one thread; gives the number that it has otherwise."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield before
    finally:
        torch.set_num_threads(before)


def _scaled(form: Any, costs: Callable[[Any], _Costs]) -> _Costs:
    """Costs of a form, from those of short ones where it is long."""
    if isinstance(form, BasenjiConfig) and form.input_length > _SHORT_BP:
        n_bins = max(_SHORT_BP // form.bin_size, 1)
        factor = form.input_length / (n_bins * form.bin_size)
        return _Costs(*(factor * one for one in costs(replace(form, input_length=n_bins * form.bin_size, crop=0))))
    if isinstance(form, AtacWorksConfig) and form.output_length > _SHORT_COVERAGE_BP:
        factor = (form.output_length + 2 * form.reach_bp) / (_SHORT_COVERAGE_BP + 2 * form.reach_bp)
        return _Costs(*(factor * one for one in costs(replace(form, output_length=_SHORT_COVERAGE_BP))))
    if isinstance(form, AkitaConfig) and form.input_length > 2 * _SHORT_BINS * form.bin_size:
        one, other = (costs(replace(form, input_length=n * _SHORT_BINS * form.bin_size, crop=0)) for n in (1, 2))
        size = form.input_length / (_SHORT_BINS * form.bin_size)
        # cost = a size + b size^2, with the sizes 1 and 2 measured
        return _Costs(
            *(
                max(size * (2 * first - second / 2) + size**2 * (second / 2 - first), size * first)
                for first, second in zip(one, other, strict=True)
            )
        )
    return costs(form)


def _inputs(form: Any, n_controls: int) -> list[Tensor]:
    """One window of zeros, and of its controls."""
    channels = 1 if isinstance(form, AtacWorksConfig) else 4
    inputs = [torch.zeros(1, channels, form.input_length)]
    return [*inputs, torch.zeros(1, n_controls, form.output_length)] if n_controls else inputs


def _costs(model: nn.Module, inputs: list[Tensor], config: Any) -> _Costs:
    """Measure one form: what it keeps with two windows (norms need two), then how long a batch takes."""
    is_half = config.training.precision == "bf16-mixed"
    model.train()
    kept = _kept_bytes(model, _repeated(inputs, 2), is_half=is_half) / 2
    _step(model, _repeated(inputs, 2), is_half=is_half)  # what is made once, such as kernels, is made here
    one = _step(model, _repeated(inputs, 2), is_half=is_half)
    n = int(min(max(2, 2 * _SECONDS / sum(one)), max(2, config.batches.size), _MOST_WINDOWS))
    forward, backward = _step(model, _repeated(inputs, n), is_half=is_half) if n > 2 else one
    return _Costs((forward + backward) / n, forward / n, kept)


def _repeated(inputs: list[Tensor], n: int) -> list[Tensor]:
    return [one.repeat(n, 1, 1) for one in inputs]


def _step(model: nn.Module, inputs: list[Tensor], *, is_half: bool) -> tuple[float, float]:
    """Seconds of the forward pass, and of the backward pass."""
    model.zero_grad()
    started = time.process_time()
    total = _total(model, inputs, is_half=is_half)
    middle = time.process_time()
    total.backward()
    return middle - started, time.process_time() - middle


def _total(model: nn.Module, inputs: list[Tensor], *, is_half: bool) -> Tensor:
    """A number that all outputs have a part in."""
    with torch.autocast("cpu", torch.bfloat16, enabled=is_half):
        output = model(*inputs)
    parts = [output] if isinstance(output, Tensor) else [one for one in output if isinstance(one, Tensor)]
    return torch.stack([one.float().square().mean() for one in parts if one.is_floating_point()]).sum()


def _kept_bytes(model: nn.Module, inputs: list[Tensor], *, is_half: bool) -> int:
    """Bytes that the forward pass keeps for the gradient, weights left out."""
    own = {one.untyped_storage().data_ptr() for one in (*model.parameters(), *model.buffers())}
    kept: dict[int, Tensor] = {}

    def count(tensor: Tensor) -> Tensor:
        if (place := tensor.untyped_storage().data_ptr()) not in own:
            kept[place] = tensor  # held, so that no other tensor gets its place
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor):
        _total(model, inputs, is_half=is_half)
    return sum(one.untyped_storage().nbytes() for one in kept.values())
