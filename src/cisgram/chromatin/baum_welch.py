"""Learning a model of states from a start: expectation and maximisation in turn, on all contigs or one by one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from cisgram.chromatin.forward_backward import ExpectedCounts, expect
from cisgram.chromatin.steps import plan_steps
from cisgram.errors import ConfigError
from cisgram.genomics.mark_patterns import MarkPatterns
from cisgram.genomics.state_model import StateModel


@dataclass(frozen=True)
class EMConfig:
    """How a model is learned from a start. The defaults are those of ChromHMM."""

    method: Literal["batch", "incremental"] = "batch"
    """``batch``: the model changes after each pass over all contigs; contigs are worked on side by side.
    ``incremental``: from the second pass on it changes after every contig (Neal and Hinton 1998), which often takes
    fewer passes; one contig at a time."""
    max_iterations: int = 200
    """Passes over all contigs, at most."""
    tolerance: float | int = 1e-3
    """Learning ends when a pass adds less than this to the log-likelihood (natural log)."""
    zero_transition: float | int = 1e-8
    """Transitions between different states that fall below this become 0 for good."""
    pseudocount: float | int = 0.0
    """What is added to every expected count."""

    def __post_init__(self) -> None:
        if self.method not in ("batch", "incremental"):
            raise ConfigError(f"method must be 'batch' or 'incremental'; got {self.method!r}")
        if self.max_iterations < 1:
            raise ConfigError(f"max_iterations must be at least 1; got {self.max_iterations}")
        if not 0 <= self.zero_transition < 1 or self.pseudocount < 0:
            raise ConfigError(
                f"zero_transition must be 0 to below 1 and pseudocount at least 0; got {self.zero_transition} and "
                f"{self.pseudocount}"
            )


class Pass(NamedTuple):
    """One pass over all contigs."""

    iteration: int
    """From 1 on."""
    log_likelihood: float
    """Natural log of the probability of all marks, under the models before this pass changed them."""
    model: StateModel
    """The model after the pass."""


def baum_welch(
    patterns: MarkPatterns,
    start: StateModel,
    config: EMConfig | None = None,
    *,
    on_pass: Callable[[Pass], None] | None = None,
) -> list[Pass]:
    """Improve a model until the likelihood of the marks no longer grows.

    Parameters
    ----------
    patterns
        Marks along contigs; the incremental method goes through the contigs in their order.
    start
        The model to start from, with the same marks.
    config
        How to learn.
    on_pass
        Called after each pass, such as to show progress.

    Returns
    -------
    list[Pass]
        All passes; the last one has the learned model.

    Raises
    ------
    InputError
        The marks cannot come about under the start.

    References
    ----------
    Baum, Petrie, Soules and Weiss (1970), Annals of Mathematical Statistics 41: 164. Neal and Hinton (1998), A view of
    the EM algorithm that justifies incremental, sparse, and other variants.
    """
    config = config or EMConfig()
    passes = list[Pass]()
    for done in _batch(patterns, start, config) if config.method == "batch" else _incremental(patterns, start, config):
        passes.append(done)
        if on_pass is not None:
            on_pass(done)
        if done.iteration >= config.max_iterations or (
            len(passes) > 1 and done.log_likelihood - passes[-2].log_likelihood < config.tolerance
        ):
            return passes
    return passes


def maximize(model: StateModel, counts: ExpectedCounts, config: EMConfig) -> StateModel:
    """The model under which expected counts are most likely.

    A transition that is 0 stays 0. States without any weight keep what they had.
    """
    is_open = model.transitions > 0
    transitions = np.where(is_open, counts.transitions + config.pseudocount, 0.0)
    transitions = _shares(transitions, model.transitions)
    is_low = is_open & (transitions < config.zero_transition) & ~np.eye(model.n_states, dtype=bool)
    if is_low.any():
        transitions = _shares(np.where(is_low, 0.0, transitions), transitions)
    initial = counts.initial + config.pseudocount
    measured = counts.measured + 2 * config.pseudocount
    emissions = np.divide(counts.present + config.pseudocount, measured, out=model.emissions.copy(), where=measured > 0)
    # rounding may leave a share a hair above 1
    return StateModel(model.marks, initial / initial.sum(), transitions, emissions.clip(0, 1), model.names, "U")


def _shares(counts: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """Rows divided by their sums; of a row of zeros, what it was."""
    totals = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, totals, out=otherwise.copy(), where=totals > 0)


def _batch(patterns: MarkPatterns, model: StateModel, config: EMConfig) -> Iterator[Pass]:
    """Passes that change the model at their end, without end."""
    plan = plan_steps(patterns.contigs)
    iteration = 0
    while True:
        iteration += 1
        counts = expect(model, patterns.patterns, plan)
        model = maximize(model, counts, config)
        yield Pass(iteration, counts.log_likelihood, model)


def _incremental(patterns: MarkPatterns, model: StateModel, config: EMConfig) -> Iterator[Pass]:
    """Passes that change the model after every contig from the second pass on, without end."""
    plans = [plan_steps([runs]) for runs in patterns.contigs]
    first = [expect(model, patterns.patterns, plan) for plan in plans]
    stored = [np.stack([np.asarray(counts[part]) for counts in first]) for part in range(len(ExpectedCounts._fields))]
    model = maximize(model, _total(stored), config)
    yield Pass(1, _total(stored).log_likelihood, model)
    iteration = 1
    while True:
        iteration += 1
        for number, plan in enumerate(plans):
            counts = expect(model, patterns.patterns, plan)
            for part, values in zip(stored, counts, strict=True):
                part[number] = values
            model = maximize(model, _total(stored), config)
        yield Pass(iteration, _total(stored).log_likelihood, model)


def _total(stored: list[np.ndarray]) -> ExpectedCounts:
    """Counts of all contigs together; summed anew each time, so that no rounding error piles up."""
    log_likelihood, *counts = (part.sum(axis=0) for part in stored)
    return ExpectedCounts(float(log_likelihood), *counts)
