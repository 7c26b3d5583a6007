"""How the learning rate moves and when a training ends: pure functions of the steps and validation losses so far.

Nothing here remembers anything, so a training that is resumed decides as if it had never been interrupted.
"""

import math
from collections.abc import Sequence

from cisgram.training.config import FitConfig

COSINE_END = 0.01
"""Share of the learning rate that is left at the end of a cosine."""


def learning_rate_at(config: FitConfig, *, step: int, steps_per_epoch: int, losses: Sequence[float]) -> float:
    """The learning rate of a step.

    Parameters
    ----------
    config
        With the schedule, the warm-up and the learning rate.
    step
        0-based, counted over all epochs.
    steps_per_epoch
        Steps of one epoch.
    losses
        Validation losses of the epochs that are done, in order.

    Examples
    --------
    >>> config = FitConfig(learning_rate=1.0, schedule="cosine", epochs=10, warmup_steps=4)
    >>> [round(learning_rate_at(config, step=step, steps_per_epoch=10, losses=[]), 3) for step in (0, 3, 4, 52, 99)]
    [0.25, 1.0, 1.0, 0.505, 0.01]
    """
    if step < config.warmup_steps:
        return config.learning_rate * (step + 1) / config.warmup_steps
    if config.schedule == "cosine":
        n_steps = max(1, config.epochs * steps_per_epoch - config.warmup_steps)
        done = min(1.0, (step - config.warmup_steps) / n_steps)
        return config.learning_rate * (COSINE_END + (1 - COSINE_END) * (1 + math.cos(math.pi * done)) / 2)
    if config.schedule == "plateau":
        return config.learning_rate * config.plateau_factor ** n_reductions(config, losses)
    return config.learning_rate


def n_reductions(config: FitConfig, losses: Sequence[float]) -> int:
    """How often a plateau schedule has lowered the learning rate; after each time it waits its patience anew.

    Examples
    --------
    >>> n_reductions(FitConfig(plateau_patience=2), [3.0, 2.0, 2.5, 2.5, 2.5, 2.5])
    2
    """
    best, waited, reductions = math.inf, 0, 0
    for loss in losses:
        if loss < best - config.min_improvement:
            best, waited = loss, 0
        else:
            waited += 1
        if waited == config.plateau_patience:
            reductions, waited = reductions + 1, 0
    return reductions


def best_epoch(losses: Sequence[float]) -> int | None:
    """Index of the lowest loss, of equal ones the first; None before the first epoch.

    Examples
    --------
    >>> best_epoch([3.0, 2.0, 2.0, 2.5])
    1
    """
    return min(range(len(losses)), key=losses.__getitem__, default=None)


def is_finished(config: FitConfig, losses: Sequence[float]) -> bool:
    """Whether all epochs are done, or the patience is at its end.

    Examples
    --------
    >>> is_finished(FitConfig(patience=2), [3.0, 2.0, 2.5]), is_finished(FitConfig(patience=2), [3.0, 2.0, 2.5, 2.0])
    (False, True)
    """
    return len(losses) >= config.epochs or has_lost_patience(config, losses)


def has_lost_patience(config: FitConfig, losses: Sequence[float]) -> bool:
    """Whether the last ``patience`` epochs brought no improvement of more than ``min_improvement``."""
    best, waited = math.inf, 0
    for loss in losses:
        best, waited = (loss, 0) if loss < best - config.min_improvement else (best, waited + 1)
    return 0 < config.patience <= waited
