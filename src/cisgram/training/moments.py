"""When a training looks up from its steps: to look at its loss, to save, to stop."""

import time
from typing import TYPE_CHECKING, NamedTuple

import torch

from cisgram.training.config import FitConfig
from cisgram.training.signals import StopRequest
from cisgram.training.step import summed

if TYPE_CHECKING:
    from lightning_fabric import Fabric

APART = 10
"""Steps between two looks where a look makes devices wait for each other."""


class Moment(NamedTuple):
    """What is to be done after a step."""

    look: bool
    """Look at the loss."""
    save: bool
    """Save the last checkpoint."""
    stop: bool
    """End the program; comes with ``save``."""


class Moments:
    """Tells after every step what is to be done; the same on all devices.

    Parameters
    ----------
    fabric
        Where the training runs.
    config
        How often checkpoints are saved.
    stop
        Whether the training was asked to stop.
    """

    def __init__(self, fabric: "Fabric", config: FitConfig, stop: StopRequest) -> None:
        self._fabric, self._config, self._stop = fabric, config, stop
        self._alone = fabric.world_size == 1
        self._look_every = 1 if self._alone and fabric.device.type == "cpu" else APART
        self._saved = time.monotonic()

    def after(self, step: int, *, of: int) -> Moment:
        """What is to be done when so many steps of those of the epoch are done."""
        look = step % self._look_every == 0 or step == of
        if not (self._alone or look):
            return Moment(look=False, save=False, stop=False)
        stop, save = self._agreed(bool(self._stop.signal_name)), self._agreed(self._is_due(step))
        if save:
            self._saved = time.monotonic()
        return Moment(look=look, save=save or stop, stop=stop)

    def stops_now(self) -> bool:
        """Whether to stop where devices do not keep step: several of them cannot."""
        return self._alone and bool(self._stop.signal_name)

    def _is_due(self, step: int) -> bool:
        """Whether a checkpoint is due by the clock or by the number of steps."""
        minutes, steps = self._config.checkpoint_every_minutes, self._config.checkpoint_every_steps
        by_clock = minutes > 0 and time.monotonic() - self._saved >= 60 * minutes
        return by_clock or (steps > 0 and step % steps == 0)

    def _agreed(self, wish: bool) -> bool:  # noqa: FBT001 - a wish is what it is
        """Whether any device wishes so."""
        return (
            wish if self._alone else bool(summed(self._fabric, torch.tensor(float(wish), device=self._fabric.device)))
        )
