"""Notices where the loss of a training jumps and stays up: weights that a step has ruined, not one hard batch."""

import math
from collections import deque
from collections.abc import Mapping
from statistics import median
from typing import Any

REMEMBERED = 128
"""Losses of the latest steps from which it follows what is usual."""
NEEDED = 64
"""Losses that must be known before anything counts as a jump: the first steps of a training fall fast."""
SPREADS = 10.0
"""A loss is far out where it lies this many spreads above the median. The spread is that of a normal distribution
with the same median absolute deviation, so a few wild batches do not widen it."""
LEAST_SPREAD = 0.02
"""A spread is at least this share of the median, so a loss far out is a fifth above it or more."""
IN_A_ROW = 5
"""So many losses far out, one after the other, are a jump. A single one may be a batch with a very large peak in it,
which does no harm: the next batches are as before."""
LOOKED_BACK = 20
"""A single loss far out so many steps before a jump is blamed for it: Adam may take some steps to go astray."""
SPREADS_OF_VALIDATION = 3.0
"""Spreads by which a validation loss must rise for it to be laid to a step far out; means over all examples vary less
than losses of steps."""
_REFRESHED = 16


class LossWatch:
    """Follows the losses of single steps.

    What it says depends on these losses alone, so a training that is repeated or resumed finds the same jumps.

    Examples
    --------
    >>> watch = LossWatch()
    >>> [watch.note(step, 1 + step % 3 / 100) for step in range(70)] == [False] * 70
    True
    >>> [watch.note(step, 8.0) for step in range(70, 76)]
    [False, False, False, False, True, True]
    >>> watch.culprits
    (69, 70)
    """

    def __init__(self) -> None:
        self._usual: deque[float] = deque(maxlen=REMEMBERED)
        self._limit: float | None = None
        self._since_limit = 0
        self._middle = 0.0
        self._far_out: list[float] = []
        self._first = 0  # step of the first of these
        self._alone: list[int] = []  # steps far out that were followed by others as usual; below 0: an epoch ago

    def note(self, step: int, loss: float, *, is_last: bool = False) -> bool:
        """Note the loss of a step; whether it has jumped.

        Parameters
        ----------
        step
            Its number.
        loss
            Mean over its examples, before the weights were changed; a finite number.
        is_last
            No other step follows in this epoch: two losses far out are then enough.
        """
        if self._limit is not None and loss > self._limit:
            self._first = self._first if self._far_out else step
            self._far_out.append(loss)
            return len(self._far_out) >= (2 if is_last else IN_A_ROW)
        for usual in (*self._far_out, loss):
            self._usual.append(usual)
            self._since_limit += 1
        self._alone += range(self._first, self._first + len(self._far_out))
        self._alone = [one for one in self._alone if one >= step - LOOKED_BACK]
        self._far_out = []
        self._set_limit()
        return False

    @property
    def knows_enough(self) -> bool:
        """Whether it has seen enough losses to tell a jump."""
        return self._limit is not None

    @property
    def culprits(self) -> tuple[int, ...]:
        """Steps of the epoch that may have made the loss jump; empty while all losses are as usual.

        The first that is far out or the one before, after which the weights were others, and single ones shortly
        before them. Steps of the epoch before lie below 0.
        """
        before = self._first if self._first == 0 else self._first - 1
        return tuple(sorted({*self._alone, *((before, self._first) if self._far_out else ())}))

    def has_risen(self, before: float, after: float) -> bool:
        """Whether a validation loss has risen by more than the losses of steps vary."""
        spread = math.inf if self._limit is None else (self._limit - self._middle) / SPREADS
        return not after - before <= SPREADS_OF_VALIDATION * spread

    def state(self) -> dict[str, Any]:
        """All that it remembers, as plain values that JSON knows."""
        return {
            "usual": list(self._usual),
            "limit": self._limit,
            "middle": self._middle,
            "since_limit": self._since_limit,
            "far_out": list(self._far_out),
            "first": self._first,
            "alone": list(self._alone),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> "LossWatch":
        """A watch that goes on where another was that gave :meth:`state`."""
        watch = cls()
        watch._usual.extend(state["usual"])
        watch._limit, watch._middle, watch._since_limit = state["limit"], state["middle"], state["since_limit"]
        watch._far_out, watch._first, watch._alone = list(state["far_out"]), state["first"], list(state["alone"])
        return watch

    def end_epoch(self, steps: int) -> None:
        """Begin a new epoch, whose steps are numbered anew; those of the one before, which has so many, lie below 0."""
        self._alone = [step - steps for step in self._alone]
        self._first -= steps

    def _set_limit(self) -> None:
        """What counts as far out from now on; seldom, since it takes longer than the rest."""
        if len(self._usual) < NEEDED or (self._limit is not None and self._since_limit < _REFRESHED):
            return
        self._middle = median(self._usual)
        spread = 1.4826 * median(abs(loss - self._middle) for loss in self._usual)
        self._limit = self._middle + SPREADS * max(spread, LEAST_SPREAD * abs(self._middle))
        self._since_limit = 0
