"""Which sequences a motif is sought in, and which ones test it."""

from typing import NamedTuple

import numpy as np

from cisgram.arrays import Rows
from cisgram.motifs.denovo.config import DiscoveryConfig

ENOUGH_HELD_OUT = 100
"""So many sequences are held out at least; with fewer than twice as many, all of them are, by turns."""


class Split(NamedTuple):
    """Rows of sequences and control sequences."""

    learnt: Rows
    tested: Rows
    control_learnt: Rows
    control_tested: Rows

    @property
    def without_tested(self) -> tuple[Rows, Rows]:
        """Sequences and controls to learn from."""
        return self.learnt, self.control_learnt


def split_rows(n: int, n_control: int, config: DiscoveryConfig, *, rng: np.random.Generator) -> list[Split]:
    """Divide sequences, and controls that are no shuffles of them.

    Returns
    -------
    list of Split
        One, if there are enough sequences to hold out a share of them; as many as there are folds if not, of which
        each tests other sequences; none if nothing is to be held out.
    """
    parts = [_tested_rows(size, n, config, rng) for size in (n, n_control)]
    return [
        Split(_others(n, tested), tested, _others(n_control, control_tested), control_tested)
        for tested, control_tested in zip(*parts, strict=True)
    ]


def split_with_shuffles(n: int, n_shuffles: int, config: DiscoveryConfig, *, rng: np.random.Generator) -> list[Split]:
    """Divide sequences, and with each of them its shuffles, which follow each other among the controls.

    A motif is held against one shuffle of each sequence that it is sought in, and tested against all shuffles.
    """
    splits = []
    for tested in _tested_rows(n, n, config, rng):
        learnt = _others(n, tested)
        every = (tested[:, None] * n_shuffles + np.arange(n_shuffles)).ravel()
        splits.append(Split(learnt, tested, learnt * n_shuffles, every))
    return splits


def n_shuffles_for(n: int, config: DiscoveryConfig) -> int:
    """How many shuffles of each sequence make a test precise: up to 10, for about 2,000 of those that test."""
    n_tested = n if n < 2 * ENOUGH_HELD_OUT else round(config.held_out * n)
    return int(np.clip(round(20 * ENOUGH_HELD_OUT / max(n_tested, 1)), 1, 10))


def _tested_rows(size: int, n: int, config: DiscoveryConfig, rng: np.random.Generator) -> list[Rows]:
    """For each split, the rows of one set that test; the number of sequences ``n`` decides how."""
    order = rng.permutation(size)
    if config.held_out == 0:
        return []
    if n < 2 * ENOUGH_HELD_OUT:
        return [np.sort(part) for part in np.array_split(order, config.n_folds)]
    share = max(config.held_out, ENOUGH_HELD_OUT / n)
    return [np.sort(order[: round(share * size)])]


def _others(n: int, rows: Rows) -> Rows:
    return np.setdiff1d(np.arange(n), rows)
