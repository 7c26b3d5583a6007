"""What is done about a loss that jumped: the batches before it are left out, or the learning rate is lowered."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cisgram.training.watch import IN_A_ROW

LOWERED_TO = 0.5
"""Share of the learning rate that is left where leaving batches out does not help."""


@dataclass(frozen=True)
class SpikeRecord:
    """What a training has done about jumps of its loss so far.

    Examples
    --------
    >>> record = SpikeRecord().after((69, 70), steps=100)
    >>> record.left_out, record.rate_factor
    ((69, 70), 1.0)
    >>> record = record.after((71, 72), steps=100)  # it jumps again at once, so it was not these batches
    >>> record.left_out, record.rate_factor, record.n_all
    ((), 0.5, 2)
    """

    n_all: int = 0
    """Jumps in all epochs."""
    n_in_epoch: int = 0
    """Jumps in the epoch that is not done."""
    left_out: tuple[int, ...] = ()
    """Steps of that epoch that are passed over, ascending."""
    latest: tuple[int, ...] = ()
    """Those of them that the latest jump is laid to; empty where the learning rate was lowered instead."""
    rate_factor: float = 1.0
    """What the learning rate is multiplied with, from there on."""

    def after(self, culprits: tuple[int, ...], *, steps: int) -> "SpikeRecord":
        """The record after another jump.

        Parameters
        ----------
        culprits
            Steps of the epoch that may have done it, ascending; at least one.
        steps
            Steps of the epoch.
        """
        counted = replace(self, n_all=self.n_all + 1, n_in_epoch=self.n_in_epoch + 1)
        in_vain = bool(self.latest) and self.latest[0] <= culprits[-1] <= self.latest[-1] + IN_A_ROW
        lowered_before = self.n_in_epoch > 0 and not self.latest
        together = tuple(sorted({*self.left_out, *culprits}))
        if in_vain or lowered_before or len(together) >= steps:
            kept = tuple(step for step in self.left_out if not (in_vain and step in self.latest))
            return replace(counted, left_out=kept, latest=(), rate_factor=self.rate_factor * LOWERED_TO)
        return replace(counted, left_out=together, latest=culprits)

    def row(self) -> dict[str, int]:
        """Columns for the table of metrics; none for an epoch without jumps."""
        return {"spikes": self.n_in_epoch, "left_out_steps": len(self.left_out)} if self.n_in_epoch else {}

    def next_epoch(self) -> "SpikeRecord":
        """The record at the beginning of the next epoch."""
        return SpikeRecord(n_all=self.n_all, rate_factor=self.rate_factor)

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> "SpikeRecord":
        """The record whose fields were written as JSON."""
        lists = {name: tuple(values[name]) for name in ("left_out", "latest")}
        return cls(**{**values, **lists})
