"""What a training expects of batches and of a loss."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeAlias, runtime_checkable

from torch import Tensor

Loss: TypeAlias = Callable[[Any, Tensor], Any]
"""``loss(output, targets)``: a scalar tensor, or a named tuple of terms with a scalar ``total``."""


@runtime_checkable
class BatchLike(Protocol):
    """Examples of one step, such as :class:`cisgram.data.batches.Batch`; a named tuple."""

    @property
    def inputs(self) -> Tensor:
        """First argument of the model: codes (uint8, ``batch length``), or numbers as it reads them."""
        ...

    @property
    def controls(self) -> Tensor | None:
        """Second argument of the model; None where it has none."""
        ...

    @property
    def targets(self) -> Tensor:
        """What the loss compares the output with; the first axis is the batch."""
        ...


@runtime_checkable
class BatchSource(Protocol):
    """Batches whose content follows from the numbers of the epoch and of the batch alone.

    For several devices it also has ``for_process(rank, world_size)``, which gives the source of one of them.
    Every process must have the same number of batches.
    """

    def __len__(self) -> int:
        """Number of batches of an epoch."""
        ...

    def epoch(self, number: int, *, start_batch: int = 0) -> Iterator[BatchLike]:
        """The batches of an epoch (numbered from 0), from one of them on."""
        ...


@runtime_checkable
class DescribesBatches(Protocol):
    """A source of batches that can say which examples a batch holds, for messages; a source need not."""

    def describe(self, number: int, batch: int) -> Sequence[str]:
        """The examples of a batch of an epoch, both numbered from 0, in words and in order."""
        ...
