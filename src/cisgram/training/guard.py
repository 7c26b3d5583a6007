"""Keeps a training well: finds where it went wrong, goes back there, and goes on without what did it."""

import logging
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from cisgram.errors import DivergenceError
from cisgram.training.config import FitConfig
from cisgram.training.finite import Finding, Inspector, agreed, described
from cisgram.training.snapshots import Snapshots
from cisgram.training.spikes import SpikeRecord
from cisgram.training.state import TrainingState
from cisgram.training.step import summed
from cisgram.training.terms import total_of
from cisgram.training.watch import LossWatch

if TYPE_CHECKING:
    from lightning_fabric import Fabric

logger = logging.getLogger(__name__)

_ADVICE = (
    "Set a lower learning_rate, a clip_norm (such as 1) or warmup_steps, and train in a new folder; if the very first "
    "step fails, or inputs or targets are not finite, look for NaN, negative or huge values among the counts (cisgram "
    "check) and leave these windows out"
)


class Guard:
    """Watches the steps of a training, on every device alike.

    A step costs the look at its loss, which is a number of the machine's memory on a CPU. Only where that is far out or
    not finite, the steps since the last copy are repeated: they give the same numbers, so what is found is what was.

    Parameters
    ----------
    fabric
        Where the training runs.
    config
        Its settings.
    state
        The training.
    batches
        This device's share of the batches.
    steps
        Steps of an epoch.
    """

    def __init__(
        self, fabric: "Fabric", config: FitConfig, state: TrainingState, batches: object, *, steps: int
    ) -> None:
        self._fabric, self._config, self._state = fabric, config, state
        self._batches, self._steps = batches, steps
        self.snapshots = Snapshots(state)
        self.inspector: Inspector | None = None
        """Looks at everything while steps are repeated; None in a step like any other."""
        self._inspected_until = -1
        self._unseen: list[tuple[int, list[tuple[Tensor, int]]]] = []

    def before_step(self) -> bool:
        """Copy the state if it is time; whether the step is to be taken, not passed over."""
        self.snapshots.take_if_due()
        return self._state.step not in self._state.spikes.left_out

    def goes_back(self, losses: list[tuple[Any, int]], *, look: bool, save: bool) -> bool:
        """Look at a step that was taken; True where the training now stands at an earlier one.

        Parameters
        ----------
        losses
            Of the step's batches, with the numbers of their examples; empty where it was passed over.
        look
            Whether losses are to be looked at now.
        save
            Whether the state is about to be written.

        Raises
        ------
        DivergenceError
            Where something is not finite and nothing helps.
        """
        step, is_last = self._state.step - 1, self._state.step == self._steps
        if losses:
            self._unseen.append((step, [(total_of(loss).detach(), n) for loss, n in losses]))
        if self.inspector is not None and self._inspects(step):
            return True
        if not (look or save):
            return False
        for number, loss in self._seen():
            if not math.isfinite(loss):
                return self._inspect(number)
            if self._may_recover and self._state.watch.note(number, loss, is_last=is_last and number == step):
                return self._recover(self._state.watch.culprits, f"the loss has jumped to {loss:.4g}")
        if (save or is_last) and not self._is_finite():
            return self._inspect(step)
        return False

    def undoes(self, validated: Mapping[str, float]) -> bool:
        """Whether the last steps of an epoch are taken anew, since the loss on the validation examples has risen.

        Only where one of them was far out: nothing else tells whether that one did harm.

        Parameters
        ----------
        validated
            Mean losses over the validation examples after the epoch.
        """
        state = self._state
        culprits, before = state.watch.culprits, state.losses[-1:]
        if not (culprits and before and self._may_recover and state.watch.has_risen(before[0], validated["loss"])):
            return False
        return self._recover(culprits, f"the validation loss has jumped to {validated['loss']:.4g}")

    @property
    def _may_recover(self) -> bool:
        """Whether it may go back and leave something out once more."""
        return self._state.spikes.n_all < self._config.spike_recoveries

    def _seen(self) -> list[tuple[int, float]]:
        """Steps since the last look with their losses, means over the examples of all devices."""
        unseen, self._unseen = self._unseen, []
        if self._fabric.world_size == 1 and all(len(losses) == 1 for _, losses in unseen):
            values = [losses[0][0] for _, losses in unseen]
            floats = [values[0].item()] if len(values) == 1 else torch.stack(values).tolist() if values else []
            return [(step, loss) for (step, _), loss in zip(unseen, floats, strict=True)]
        if not unseen:
            return []
        sums = torch.stack([torch.stack([loss.double() * n for loss, n in losses]).sum() for _, losses in unseen])
        counts = sums.new_tensor([sum(n for _, n in losses) for _, losses in unseen])
        means = (summed(self._fabric, sums) / summed(self._fabric, counts)).tolist()
        return [(step, loss) for (step, _), loss in zip(unseen, means, strict=True)]

    def _is_finite(self) -> bool:
        """Whether what is kept is finite on all devices."""
        bad = not self._state.is_finite()
        if self._fabric.world_size == 1:
            return not bad
        return not summed(self._fabric, torch.tensor(float(bad), device=self._fabric.device)).item()

    def _inspect(self, step: int) -> bool:
        """Go back to repeat the steps up to one with open eyes."""
        self._inspected_until = step
        self.inspector = Inspector(self._state.model, self._batches, accumulate=self._config.accumulate)
        self._stand_before((*self._state.watch.culprits, step)[0])
        return True

    def _inspects(self, step: int) -> bool:
        """Take note of what the inspector has found in a step that was repeated; True where it goes back."""
        assert self.inspector is not None
        finding = agreed(self._fabric, self.inspector.finding)
        if finding is None and step < self._inspected_until:
            return False
        self.inspector = None
        if finding is None:
            # A GPU may add numbers in another order: what was not finite is so no more.
            self._require_recovery(Finding(0, step, "nothing that comes a second time"))
            return False
        self._require_recovery(finding)
        begun = self.snapshots.first or 0
        culprits = tuple(step for step in self._state.watch.culprits if step >= begun) or (finding.step,)
        return self._recover(culprits, f"no finite numbers are {finding.text}")

    def _require_recovery(self, finding: Finding) -> None:
        """Give up where the data are not finite, or too little is known or left to try."""
        if self._may_recover and self._state.watch.knows_enough and not finding.is_in_data:
            return
        tried = self._state.spikes.n_all
        after = f", after going back {tried} times" if tried else ""
        raise DivergenceError(
            f"the loss is no longer a finite number in epoch {self._state.epoch + 1}, step {finding.step + 1} of "
            f"{self._steps} (first {finding.text}){after}. {_ADVICE}"
        )

    def _recover(self, culprits: tuple[int, ...], reason: str) -> bool:
        """Go back and leave out what did it, or go on more slowly; False where there is no way back."""
        state, begun = self._state, self.snapshots.first
        if begun is None or culprits[0] < begun:
            # The weights were ruined before the oldest copy: from now on, this loss is the usual one.
            if self._fabric.is_global_zero:
                logger.warning("epoch %d: %s, and there is no copy from before it", state.epoch + 1, reason)
            state.watch = LossWatch()
            return False
        record = state.spikes.after(culprits, steps=self._steps)
        if self._fabric.is_global_zero:
            self._tell(record, culprits, reason)
        # A lower rate is to begin well before; left-out steps need no more than their own place.
        self._stand_before(record.latest[0] if record.latest else begun)
        state.spikes = record
        return True

    def _tell(self, record: SpikeRecord, culprits: tuple[int, ...], reason: str) -> None:
        """Log what is done about a jump."""
        number = self._state.epoch
        parts = [
            f"step {step + 1} ({described(self._batches, number, step * self._config.accumulate)})"
            for step in record.latest
        ]
        measure = f"left out: {'; '.join(parts)}" if parts else f"the learning rate times {record.rate_factor:g}"
        logger.warning(
            "epoch %d, about step %d of %d: %s; gone back (%d of at most %d times), %s",
            number + 1,
            culprits[-1] + 1,
            self._steps,
            reason,
            record.n_all,
            self._config.spike_recoveries,
            measure,
        )

    def _stand_before(self, step: int) -> None:
        """Stand where a copy was made before a step."""
        record = self._state.spikes
        self.snapshots.go_back(step)
        self._state.spikes = record
        self._unseen = []
