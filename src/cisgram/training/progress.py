"""Who is told how a training goes: a bar in a terminal, plain log lines elsewhere, or nobody."""

import logging
import sys
import time
from typing import NamedTuple, Protocol, runtime_checkable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cisgram.training.history import Row

logger = logging.getLogger(__name__)


class TrainingStep(NamedTuple):
    """Where a training stands after a step."""

    epoch: int
    """1-based."""
    epochs: int
    """At most; a training may end sooner."""
    step: int
    """Steps done in this epoch."""
    steps: int
    """Steps of an epoch."""
    n_examples: int
    """Examples in the step, on all devices."""
    loss: float
    """Mean loss of this epoch so far, as far as it is known."""


@runtime_checkable
class TrainingProgress(Protocol):
    """What a training tells while it runs; every call must return at once."""

    def on_step(self, step: TrainingStep) -> None:
        """A step is done."""

    def on_epoch(self, metrics: Row) -> None:
        """An epoch is done, with its row of the metrics table."""

    def close(self) -> None:
        """The training ends, for whatever reason."""


class NoProgress:
    """Nobody is told."""

    def on_step(self, step: TrainingStep) -> None:
        """Do nothing."""

    def on_epoch(self, metrics: Row) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


class Pace:
    """Examples per second and seconds left, from the steps seen so far.

    The rate is that of about the last half minute; time for validation is part of it.
    """

    def __init__(self, *, memory_s: float = 30.0) -> None:
        self._memory_s = memory_s
        self._before: float | None = None
        self._seconds_per_example = 0.0

    def update(self, n_examples: int, *, now: float) -> None:
        """Note that examples were done at a time (in seconds of any clock)."""
        if self._before is not None:
            seconds = max(now - self._before, 1e-9)
            newest = seconds / max(1, n_examples)
            # A step that takes a tenth of the memory counts for a tenth.
            share = 1.0 if not self._seconds_per_example else min(1.0, seconds / self._memory_s)
            self._seconds_per_example += share * (newest - self._seconds_per_example)
        self._before = now

    @property
    def examples_per_second(self) -> float:
        """0 where it is not known yet."""
        return 1 / self._seconds_per_example if self._seconds_per_example else 0.0

    def time_left(self, n_examples: int) -> str:
        """How long so many examples take, as ``h:mm:ss``; ``?`` where it is not known yet."""
        if not self._seconds_per_example:
            return "?"
        seconds = round(n_examples * self._seconds_per_example)
        return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


class LogProgress:
    """Plain log lines: one per epoch, and one every so often within it.

    Parameters
    ----------
    every_s
        Seconds between lines within an epoch.
    """

    def __init__(self, *, every_s: float = 60.0) -> None:
        self._every_s = every_s
        self._pace = Pace()
        self._last = time.monotonic()

    def on_step(self, step: TrainingStep) -> None:
        """Log a line if the last one is long ago."""
        now = time.monotonic()
        self._pace.update(step.n_examples, now=now)
        if now - self._last >= self._every_s:
            self._last = now
            logger.info(
                "epoch %d/%d, step %d/%d: %s",
                step.epoch,
                step.epochs,
                step.step,
                step.steps,
                _details(step, self._pace),
            )

    def on_epoch(self, metrics: Row) -> None:
        """Log the metrics of the epoch."""
        self._last = time.monotonic()
        logger.info(epoch_line(metrics))

    def close(self) -> None:
        """Do nothing."""


class TerminalProgress:
    """A bar for the epoch, with the rate and the time left at most, and a line for every epoch that is done.

    Parameters
    ----------
    console
        Where to draw; standard error, if not given.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console
        self._pace = Pace()
        self._bar: Progress | None = None  # made at the first step: it cannot be sent to another process
        self._drawn = 0.0

    def on_step(self, step: TrainingStep) -> None:
        """Move the bar, ten times a second at most."""
        now = time.monotonic()
        self._pace.update(step.n_examples, now=now)
        if now - self._drawn < 0.1 and step.step < step.steps:
            return
        self._drawn = now
        bar = self._started()
        title = f"epoch {step.epoch}/{step.epochs}"
        bar.update(
            bar.task_ids[0],
            description=title,
            total=step.steps,
            completed=step.step,
            details=_details(step, self._pace),
        )

    def on_epoch(self, metrics: Row) -> None:
        """Print the metrics of the epoch above the bar."""
        self._started().console.print(epoch_line(metrics), highlight=False)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _started(self) -> Progress:
        """The bar, made where there is none."""
        if self._bar is None:
            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[details]}"),
            )
            self._bar = Progress(*columns, console=self._console or Console(stderr=True), transient=True)
            self._bar.add_task("", total=None, details="")
            self._bar.start()
        return self._bar


def progress_for(*, quiet: bool = False) -> TrainingProgress:
    """Whom to tell: nobody if quiet, a bar if standard error is a terminal, the log otherwise."""
    if quiet:
        return NoProgress()
    return TerminalProgress() if sys.stderr.isatty() else LogProgress()


def epoch_line(metrics: Row) -> str:
    """One line about an epoch.

    Examples
    --------
    >>> epoch_line({"epoch": 3, "train_loss": 12.3456, "valid_loss": 13.0, "examples_per_second": 81.2})
    'epoch 3: train_loss 12.35, valid_loss 13, 81 examples/s'
    """
    losses = [f"{name} {metrics[name]:.4g}" for name in ("train_loss", "valid_loss")]
    rate = metrics.get("examples_per_second", 0.0)
    return f"epoch {metrics['epoch']:.0f}: " + ", ".join([*losses, f"{rate:.0f} examples/s"])


def _details(step: TrainingStep, pace: Pace) -> str:
    """Loss, rate and time left of a step."""
    steps_left = step.steps - step.step + step.steps * (step.epochs - step.epoch)
    left = pace.time_left(steps_left * step.n_examples)
    return f"loss {step.loss:.4g}, {pace.examples_per_second:.0f} examples/s, {left} left at most"
