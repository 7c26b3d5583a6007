"""Batches of examples: shuffled, moved by jitter and turned to the other strand, each a pure function of its place.

Batch ``k`` of epoch ``e`` depends on nothing but the store, the rows, the settings, ``e`` and ``k``: work that was
killed goes on in the middle of an epoch with the very batches that it would have seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import pandas as pd
import torch

from cisgram.arrays import Mask, Positions, Rows
from cisgram.data.gather import Gathered
from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.nn.tensors import Codes, Controls, Coverage, Targets


class Batch(NamedTuple):
    """Examples of one step; new tensors on the CPU that belong to the receiver."""

    inputs: Codes | Coverage
    """First argument of the model: uint8, ``batch length``, one byte per base, which become one-hot on the device; or
    float32, ``batch channel length``, of coverage."""
    controls: Controls | None
    """float32, ``batch control length``; None if the store has no controls."""
    targets: Targets
    """float32: counts (``batch track strand length``), labels (``batch track``) or clean coverage and peaks
    (``batch 2 length``), as the store has them."""


@runtime_checkable
class Store(Protocol):
    """What batches are made of."""

    @property
    def jitter_bp(self) -> int:
        """Farthest that an example can be moved."""
        ...

    def __len__(self) -> int:
        """Number of examples."""
        ...

    def gather(self, rows: Positions, offsets: Positions, reverse: Mask) -> Gathered:
        """Copy examples: those of some rows, from some offsets on, some of them turned to the other strand."""
        ...


@dataclass(frozen=True)
class Sampling:
    """How examples are drawn and changed. As it stands: in order and unchanged, as for validation."""

    batch_size: int = 64
    """Examples per batch and process."""
    shuffle: bool = False
    """Draw a new order in every epoch; else the order of the rows."""
    jitter_bp: int = 0
    """Move every example by up to this much to either side, every distance equally likely."""
    reverse_complement: bool = False
    """Turn every example to the other strand with probability 1/2: sequence, counts and controls together."""
    negatives_per_row: float = 0.0
    """Negatives drawn anew for every epoch, per row; without repeats for as long as there are enough."""
    drop_last: bool = False
    """Leave out the last batch of an epoch if it is not full."""
    seed: int = 0
    """Of everything random; not negative."""

    def __post_init__(self) -> None:
        if self.batch_size < 1 or self.jitter_bp < 0 or self.negatives_per_row < 0 or self.seed < 0:
            raise ConfigError(
                "batch_size must be at least 1, jitter_bp, negatives_per_row and seed not negative; got "
                f"{self.batch_size}, {self.jitter_bp}, {self.negatives_per_row} and {self.seed}"
            )
        if self.negatives_per_row and not self.shuffle:
            raise ConfigError("negatives_per_row needs shuffle=True; in order, give the negatives among the rows")


class EpochPlan(NamedTuple):
    """What happens to which example in one epoch, over all processes, in order."""

    rows: Rows
    """Rows of the store."""
    moved_bp: Rows
    """Jitter: how far to the right of the stored window."""
    reverse: Mask
    """Which are turned to the other strand (after they were moved)."""


class Batches:
    """Batches of some rows of a store.

    Parameters
    ----------
    store
        The examples.
    rows
        Rows that every epoch passes through, each once.
    sampling
        How they are drawn and changed.
    negatives
        Rows from which ``sampling.negatives_per_row`` draws.
    rank, world_size
        This process and the number of all that share the epoch. Every process sees the same number of batches, none
        of them empty; together they see every example once. (To that end, a rest of fewer examples than processes is
        added to the last batches, one each.) One process with ``world_size`` times the batch size
        sees the same examples step by step.

    Raises
    ------
    EmptySetError
        If there are no rows, or no negatives to draw from.
    """

    def __init__(
        self,
        store: Store,
        rows: Rows,
        sampling: Sampling,
        *,
        negatives: Rows | None = None,
        rank: int = 0,
        world_size: int = 1,
    ) -> None:
        self.store, self.sampling, self.rank, self.world_size = store, sampling, rank, world_size
        self._rows = _checked_rows(rows, len(store), what="rows")
        self._negatives = _checked_rows(
            np.zeros(0, np.int64) if negatives is None else negatives, len(store), what="negatives"
        )
        if self._rows.size == 0:
            raise EmptySetError("rows to make batches of", dropped={}, hint="the split has no windows of this kind")
        if sampling.negatives_per_row and self._negatives.size == 0:
            raise EmptySetError(
                "negatives to draw from", dropped={}, hint="make negatives, or set negatives_per_row to 0"
            )
        if sampling.jitter_bp > store.jitter_bp:
            raise ConfigError(
                f"jitter_bp is {sampling.jitter_bp}, but the store has room for {store.jitter_bp}; build it with more"
            )
        if not 0 <= rank < world_size:
            raise ConfigError(f"rank must lie in 0..world_size - 1; got {rank} of {world_size}")
        self._n_negatives = round(sampling.negatives_per_row * self._rows.size)
        self._bounds = _bounds(self.n_examples, sampling.batch_size, world_size, drop_last=sampling.drop_last)

    def for_process(self, rank: int, world_size: int) -> "Batches":
        """The share of one process in the same examples."""
        negatives = self._negatives
        return Batches(self.store, self._rows, self.sampling, negatives=negatives, rank=rank, world_size=world_size)

    @property
    def n_examples(self) -> int:
        """Examples per epoch over all processes, negatives included (and what ``drop_last`` leaves out)."""
        return self._rows.size + self._n_negatives

    def __len__(self) -> int:
        """Number of batches per epoch, for this process."""
        return self._bounds.size - 1

    def plan(self, number: int) -> EpochPlan:
        """Everything that is random about epoch ``number``."""
        if number < 0:
            raise InputError(f"epochs are numbered from 0; got {number}")
        sampling = self.sampling
        rng = np.random.default_rng((sampling.seed, number))
        rows = np.concatenate([self._rows, _draw(self._negatives, self._n_negatives, rng)])
        rows = rng.permutation(rows) if sampling.shuffle else rows
        moved = rng.integers(-sampling.jitter_bp, sampling.jitter_bp, size=rows.size, endpoint=True)
        reverse = rng.random(rows.size) < 0.5 if sampling.reverse_complement else np.zeros(rows.size, dtype=bool)
        return EpochPlan(rows, moved, reverse)

    def epoch(self, number: int, *, start_batch: int = 0) -> Iterator[Batch]:
        """The batches of one epoch, from ``start_batch`` on.

        Parameters
        ----------
        number
            Number of the epoch, from 0.
        start_batch
            How many batches to pass over: those that were seen before work was interrupted.
        """
        if not 0 <= start_batch <= len(self):
            raise InputError(f"start_batch must lie in 0..{len(self)}, the number of batches; got {start_batch}")
        plan = self.plan(number)
        return (self._batch(plan, k) for k in range(start_batch, len(self)))

    def describe(self, number: int, batch: int) -> list[str]:
        """The examples of this process in a batch, in words and in order.

        Windows are those of the store's table, by row and place (1-based, both ends included, without jitter); rows
        only, where a store has no such table.

        Parameters
        ----------
        number, batch
            Numbers of the epoch and of the batch, from 0.
        """
        plan, share = self.plan(number), self._share(batch)
        windows = getattr(self.store, "windows", None)
        texts = []
        for row, moved, is_turned in zip(plan.rows[share], plan.moved_bp[share], plan.reverse[share], strict=True):
            place = "" if windows is None else " at {}:{}-{}".format(*_locus(windows, int(row)))
            changed = [f"moved by {moved:+d} bp"] * bool(moved) + ["turned"] * bool(is_turned)
            texts.append(" ".join([f"window {row}{place}", *changed]))
        return texts

    def _share(self, k: int) -> slice:
        """Which of an epoch's examples batch ``k`` holds for this process."""
        first, n = self._bounds[k], self._bounds[k + 1] - self._bounds[k]
        return slice(first + n * self.rank // self.world_size, first + n * (self.rank + 1) // self.world_size)

    def _batch(self, plan: EpochPlan, k: int) -> Batch:
        """What step ``k`` holds for this process."""
        share = self._share(k)
        offsets = plan.moved_bp[share] + self.store.jitter_bp
        copies = self.store.gather(plan.rows[share], offsets, plan.reverse[share])
        controls = None if copies.controls is None else torch.from_numpy(copies.controls)
        return Batch(torch.from_numpy(copies.inputs), controls, torch.from_numpy(copies.targets))


def _locus(windows: pd.DataFrame, row: int) -> tuple[object, str, str]:
    """Contig, first and last position of a window, as people write them."""
    window = windows.iloc[row]
    return window["chrom"], f"{int(window['start']) + 1:,}", f"{int(window['end']):,}"


def _checked_rows(rows: Rows, n_rows: int, *, what: str) -> Rows:
    """The rows as int64; the kernels do not look whether they exist."""
    if rows.size and not 0 <= int(rows.min()) <= int(rows.max()) < n_rows:
        raise InputError(f"{what} must lie in 0..{n_rows - 1}; got {int(rows.min())} to {int(rows.max())}")
    return rows.astype(np.int64)


def _bounds(n: int, batch_size: int, world_size: int, *, drop_last: bool) -> Rows:
    """Where the steps of an epoch begin, and the end of the last; in examples over all processes."""
    step = batch_size * world_size
    if n < world_size or (drop_last and n < step):
        raise InputError(
            f"{n} examples do not make a batch of {batch_size} for each of {world_size} processes; use a smaller "
            "batch_size, fewer processes, or drop_last=False"
        )
    bounds = np.arange(0, n + 1, step)
    if drop_last or bounds[-1] == n:
        return bounds
    if n - bounds[-1] < world_size:
        bounds[-1] = n  # too few for a step of their own: some processes take one example more in the step before
        return bounds
    return np.append(bounds, n)


def _draw(negatives: Rows, n: int, rng: np.random.Generator) -> Rows:
    """``n`` of the negatives: all of them as often as they fit in, and a random part once more."""
    if n == 0:
        return negatives[:0]
    return np.concatenate(
        [np.tile(negatives, n // negatives.size), rng.choice(negatives, n % negatives.size, replace=False)]
    )
