"""The loop over epochs and batches, as it runs on every device.

Whatever decides about a step - the batch, the learning rate, the seed of dropout - follows from the numbers of
the epoch and of the step alone, so nothing has to be saved but tensors and these numbers.
"""

import math
import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, nullcontext
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

from cisgram.errors import InputError
from cisgram.nn.memory import keep_freed_memory
from cisgram.nn.predict import evaluating
from cisgram.nn.recompute import recomputing
from cisgram.nn.row_norms import cap_row_norms
from cisgram.nn.shared_norms import sharing_norms
from cisgram.training.averaging import WeightAverage
from cisgram.training.checkpoint import ModelIdentity
from cisgram.training.config import FitConfig
from cisgram.training.contracts import Loss
from cisgram.training.finite import first_bad_batch
from cisgram.training.folder import TrainingFolder, paths_in, read_last
from cisgram.training.guard import Guard
from cisgram.training.joined import joined
from cisgram.training.moments import Moment, Moments
from cisgram.training.optimizers import make_optimizer
from cisgram.training.prefetch import prefetched
from cisgram.training.progress import NoProgress, TrainingProgress, TrainingStep
from cisgram.training.schedule import has_lost_patience, is_finished, learning_rate_at
from cisgram.training.signals import StopRequest
from cisgram.training.state import TrainingState
from cisgram.training.step import (
    call_model,
    on_device,
    pinned,
    random_state_kept,
    seed_step,
    summed,
    weight_of_example,
)
from cisgram.training.terms import LossSums, means_of, require_finite, total_of

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@dataclass(frozen=True)
class Job:
    """What is to be trained, on what, how, where to, for whom: the arguments of :func:`cisgram.training.fit.fit`."""

    model: nn.Module
    loss: Loss
    batches: Any
    validation: Any
    config: FitConfig
    folder: Path
    identity: ModelIdentity
    progress: TrainingProgress


class _Stopped(Exception):
    """A signal asked to stop, and the state is saved."""


@dataclass
class _Training:
    """A job on one device."""

    fabric: "Fabric"
    job: Job
    model: nn.Module
    """The job's model; with several devices wrapped by Fabric, so that they share their gradients."""
    batches: Any
    """This device's share."""
    validation: Any
    state: TrainingState
    files: TrainingFolder | None
    """None on all devices but the first: only that one writes."""
    moments: Moments
    progress: TrainingProgress
    guard: Guard
    known_loss: float = float("nan")
    """Mean training loss of the epoch at the last look."""

    @property
    def steps(self) -> int:
        """Steps of an epoch, each of one batch or of several."""
        return -(-len(self.batches) // self.job.config.accumulate)


def train(fabric: "Fabric", job: Job) -> str:
    """Do a job on one of the devices; returns what ended it: ``epochs``, ``patience`` or the name of a signal."""
    if fabric.device.type == "cpu":
        keep_freed_memory()
    listener = job.progress if fabric.is_global_zero else NoProgress()
    alone = fabric.world_size == 1
    with (
        evaluating(job.model),
        recomputing(job.model) if job.config.recompute else nullcontext(),
        nullcontext() if alone else sharing_norms(job.model),
        random_state_kept(fabric.device),
        StopRequest(second_acts=alone) as stop,
        closing(listener),
    ):
        training = _begin(fabric, job, Moments(fabric, job.config, stop), listener)
        try:
            with closing(training.files) if training.files is not None else nullcontext():
                while not is_finished(job.config, training.state.losses):
                    _learn(training)
                    validated = _validate(training)
                    if not training.guard.undoes(validated):
                        _end_epoch(training, validated)
        except _Stopped:
            return stop.signal_name or "SIGTERM"
        job.model.zero_grad()  # nobody needs the last gradients
        fabric.barrier()  # the first device may still be writing what the others are going to read
    if stop.signal_name:  # it came after the last step; the program is to end all the same
        return stop.signal_name
    return "patience" if has_lost_patience(job.config, training.state.losses) else "epochs"


def _learn(training: _Training) -> None:
    """Take the steps of an epoch that are still to be taken."""
    training.model.train()
    begun = time.perf_counter() - training.state.seconds
    while _take_steps(training, begun=begun):
        training.model.train()


def _take_steps(training: _Training, *, begun: float) -> bool:
    """Take steps to the end of the epoch; True where the training went back and is to take some again."""
    config, state, steps = training.job.config, training.state, training.steps
    unseen = training.batches.epoch(state.epoch, start_batch=state.step * config.accumulate)
    with prefetched(pinned(unseen, training.fabric.device)) as batches:
        for group in _in_groups(batches, config.accumulate):
            n_before = state.epoch * steps + state.step
            losses = _take_step(training, group, n_before=n_before) if training.guard.before_step() else []
            state.note_step(losses, n_before=n_before)

            state.seconds = time.perf_counter() - begun
            moment = training.moments.after(state.step, of=steps)
            if training.guard.goes_back(losses, look=moment.look, save=moment.save):
                return True
            _look_up(training, moment, n_examples=sum(n for _, n in losses))
    if state.step != steps:
        raise InputError(
            f"epoch {state.epoch} of the batches gave {state.step} steps, but by their len() these are {steps}; they "
            "must agree"
        )
    return False


def _take_step(training: _Training, group: list[Any], *, n_before: int) -> list[tuple[Any, int]]:
    """Move the weights by the gradients of some batches; their losses, and the numbers of their examples."""
    fabric, config, state, inspector = training.fabric, training.job.config, training.state, training.guard.inspector
    rate = learning_rate_at(config, step=n_before, steps_per_epoch=training.steps, losses=state.losses)
    state.set_learning_rate(rate * state.spikes.rate_factor)
    state.optimizer.zero_grad()
    losses = _backward(training, group)
    if inspector is not None:
        inspector.see_gradients((state.epoch, state.step))
    if config.clip_norm:
        fabric.clip_gradients(training.model, state.optimizer, max_norm=config.clip_norm, error_if_nonfinite=False)
    state.optimizer.step()
    if config.max_row_norm:
        cap_row_norms(training.job.model, config.max_row_norm)
    if inspector is not None:
        inspector.see_weights((state.epoch, state.step))
    return losses


def _backward(training: _Training, group: list[Any]) -> list[tuple[Any, int]]:
    """Add up the gradients of the batches of a step; their losses, and the numbers of their examples."""
    fabric, state, losses = training.fabric, training.state, []
    n_examples = sum(len(batch.targets) for batch in group)
    for place, prepared in enumerate(group):
        # The first batch keeps the seed of a step of one batch.
        part = (place,) if place else ()
        seed_step(fabric.device, training.job.config.seed, state.epoch, state.step, fabric.global_rank, *part)
        batch = on_device(prepared, fabric.device)
        is_last = place == len(group) - 1
        # Devices share the gradients of the last one, which hold those of the others.
        shares = is_last or fabric.world_size == 1
        wrapped: Any = training.model
        with nullcontext() if shares else fabric.no_backward_sync(wrapped):
            output = call_model(fabric, training.model, batch)
            of_all = joined(fabric, output, batch.targets)
            loss = training.job.loss(of_all.output, of_all.targets)
            total = total_of(loss)
            if fabric.world_size > 1 or len(group) > 1:
                total = total * (
                    len(of_all.targets) * weight_of_example(fabric, n_examples=n_examples, like=total.detach())
                )
            fabric.backward(total)
        if training.guard.inspector is not None:
            # The loss of this device's examples alone, to tell whose they are that it cannot take.
            own = loss if fabric.world_size == 1 else training.job.loss(output, batch.targets)
            training.guard.inspector.see_batch((state.epoch, state.step, place), batch, output, own)
        losses.append((loss, len(batch.targets)))
    return losses


def _in_groups(batches: Iterator[Any], size: int) -> Iterator[list[Any]]:
    """So many batches at a time; the last ones of an epoch may be fewer."""
    while group := list(islice(batches, size)):
        yield group


def _look_up(training: _Training, moment: Moment, *, n_examples: int) -> None:
    """Between two steps: tell about the loss, save, stop; what of it is due."""
    state, steps = training.state, training.steps
    if moment.look:
        training.known_loss = state.sums.means().get("loss", float("nan"))
    step = TrainingStep(
        state.epoch + 1,
        training.job.config.epochs,
        state.step,
        steps,
        n_examples * training.fabric.world_size,
        training.known_loss,
    )
    training.progress.on_step(step)
    if moment.save:
        _save(training)
    if moment.stop:
        raise _Stopped


def _validate(training: _Training) -> dict[str, float]:
    """Mean losses over the validation examples, in evaluation mode, with the averaged weights where there are any."""
    state = training.state
    begun, sums = time.perf_counter(), LossSums()
    with closing(_validation_losses(training)) as losses:
        for loss, n_examples in losses:
            sums.add(loss, n_examples)
            if training.moments.stops_now():
                break
    if training.moments.stops_now():
        _save(training)
        raise _Stopped
    state.seconds += time.perf_counter() - begun
    means = means_of(sums.names, summed(training.fabric, sums.values))
    where = f"on the validation examples after epoch {state.epoch + 1}"
    if not all(math.isfinite(value) for value in means.values()):
        with closing(_validation_losses(training, by_device=True)) as again:
            found = first_bad_batch(again, training.validation)
        require_finite(means, where=where + (f", first {found}" if found else ""))
    return means


def _validation_losses(training: _Training, *, by_device: bool = False) -> Generator[tuple[Any, int], None, None]:
    """The losses of the validation batches in order, with the numbers of this device's examples.

    A batch is that of all devices together, or of this device alone.
    """
    fabric, job, average = training.fabric, training.job, training.state.average
    averaged = nullcontext() if average is None else average.applied()
    batches = pinned(training.validation.epoch(0), fabric.device)
    with averaged, evaluating(job.model), torch.inference_mode(), prefetched(batches) as prepared:
        for batch in prepared:
            batch = on_device(batch, fabric.device)
            # Not the wrapped model: it is for gradients.
            output = call_model(fabric, job.model, batch)
            whole = (output, batch.targets) if by_device else joined(fabric, output, batch.targets)
            yield job.loss(*whole), len(batch.targets)


def _end_epoch(training: _Training, validated: Mapping[str, float]) -> None:
    """Note the metrics of the epoch, and write everything."""
    state, sums = training.state, summed(training.fabric, training.state.sums.values)
    n_examples = sums[0].item()
    row = {
        "epoch": state.epoch + 1,
        "steps": (state.epoch + 1) * training.steps,
        "learning_rate": state.learning_rate,
        **{f"train_{name}": value for name, value in means_of(state.sums.names, sums).items()},
        **{f"valid_{name}": value for name, value in validated.items()},
        **state.spikes.row(),
        "seconds": round(state.seconds, 3),
        "examples_per_second": round(n_examples / state.seconds, 1),
    }
    state.end_epoch(row)
    if training.files is not None:
        training.files.end_epoch(state)
    training.progress.on_epoch(row)


def _save(training: _Training) -> None:
    """Write the last checkpoint in the middle of an epoch; the guard has seen that its numbers are finite."""
    state, fabric = training.state, training.fabric
    sums = summed(fabric, state.sums.values)
    earlier = training.guard.snapshots.to_file(partial(summed, fabric))
    if training.files is not None:
        training.files.save_last(state, sums, earlier)


def _begin(fabric: "Fabric", job: Job, moments: Moments, listener: TrainingProgress) -> _Training:
    """Set everything up, at the first step or where the last checkpoint stands."""
    config = job.config
    learning = [parameter for parameter in job.model.parameters() if parameter.requires_grad]
    if not learning:
        raise InputError("the model has no parameters that learn; set requires_grad of some of them")
    wrapped, optimizer = fabric.setup(job.model, make_optimizer(learning, config))
    # Alone, the wrapper would only cost a tenth of a millisecond per step.
    model = job.model if fabric.world_size == 1 else wrapped
    state = TrainingState(
        job.model, optimizer, WeightAverage(job.model, config.average_decay) if config.average_decay else None
    )
    batches, validation = _share(fabric, job.batches), _share(fabric, job.validation)

    steps = -(-len(batches) // config.accumulate)
    conditions = {"training": config.lasting(), "steps per epoch": steps, "processes": fabric.world_size}
    last = paths_in(job.folder).last
    checkpoint = read_last(last, identity=job.identity, conditions=conditions)
    if checkpoint is not None:
        state.restore(checkpoint, path=last, with_sums=fabric.is_global_zero)
    guard = Guard(fabric, config, state, batches, steps=steps)
    if checkpoint is not None:
        guard.snapshots.from_file(checkpoint, with_sums=fabric.is_global_zero)
    fabric.barrier()  # nobody writes before all have read
    files = None
    if fabric.is_global_zero:
        files = TrainingFolder(job.folder, identity=job.identity, config=config, conditions=conditions)
        files.go_on(state)
    return _Training(fabric, job, model, batches, validation, state, files, moments, listener, guard)


def _share(fabric: "Fabric", source: Any) -> Any:
    """The device's share of the batches."""
    return source if fabric.world_size == 1 else source.for_process(fabric.global_rank, fabric.world_size)
