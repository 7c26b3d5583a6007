"""Chromatin states learned from marks: a start or several, Baum and Welch, and an order of states for people."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from cisgram.arrays import Rows
from cisgram.chromatin.baum_welch import EMConfig, Pass, baum_welch
from cisgram.chromatin.initial import information_start, random_start, smoothed
from cisgram.chromatin.java_random import JavaRandom
from cisgram.chromatin.ordering import order_of_marks, order_of_states
from cisgram.errors import ConfigError, EmptySetError, InputError
from cisgram.genomics.mark_patterns import PRESENT, MarkPatterns
from cisgram.genomics.state_model import StateModel

TRACE_COLUMNS = ("start", "iteration", "log_likelihood", "change")
"""Columns of a trace of learning: the start (0-based), the pass (1-based), the log-likelihood (natural log) and what
the pass added to it (NaN for the first)."""


@dataclass(frozen=True)
class LearnConfig:
    """How states are learned. The defaults are those of ChromHMM with ``-p``."""

    start: Literal["information", "random"] = "information"
    """Where the first attempt begins; a given model takes precedence."""
    n_starts: int = 1
    """Attempts; all but the first begin at random, and the most likely result is kept."""
    seed: int = 999
    """Of random starts, and of the order of contigs in the incremental method; as ``-s`` of ChromHMM."""
    smoothing: float | int = 0.02
    """Weight of equal probabilities in a start from the marks."""
    model_emission_smoothing: float | int = 0.02
    """Weight of 1/2 in the emissions of a given model."""
    model_transition_smoothing: float | int = 0.5
    """Weight of equal probabilities in the transitions of a given model."""
    order_by: Literal["emission", "transition", "none"] = "emission"
    """How the states are ordered in the end."""
    em: EMConfig = field(default_factory=EMConfig)
    """How each attempt goes on from its start."""

    def __post_init__(self) -> None:
        if self.start not in ("information", "random"):
            raise ConfigError(f"start must be 'information' or 'random'; got {self.start!r}")
        if self.order_by not in ("emission", "transition", "none"):
            raise ConfigError(f"order_by must be 'emission', 'transition' or 'none'; got {self.order_by!r}")
        if self.n_starts < 1:
            raise ConfigError(f"n_starts must be at least 1; got {self.n_starts}")
        for name in ("smoothing", "model_emission_smoothing", "model_transition_smoothing"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"{name} must be 0 to 1; got {getattr(self, name)}")


class Progress(NamedTuple):
    """Where learning stands."""

    start: int
    """Number of the attempt, from 0 on."""
    iteration: int
    """Passes of this attempt so far."""
    log_likelihood: float
    """Natural log of the probability of the marks."""


@dataclass(frozen=True, eq=False)
class LearnedStates:
    """A learned model, and how it came about.

    Parameters
    ----------
    model
        The model of the best attempt, states in order.
    log_likelihood
        Natural log of the probability of the marks at the last pass.
    n_iterations
        Passes of the best attempt.
    has_converged
        Whether it ended because nothing more was gained.
    best_start
        Number of the best attempt.
    mark_order
        Which mark to show first, second and so on.
    trace
        All passes of all attempts, ``TRACE_COLUMNS``.
    """

    model: StateModel
    log_likelihood: float
    n_iterations: int
    has_converged: bool
    best_start: int
    mark_order: Rows
    trace: pd.DataFrame

    def __repr__(self) -> str:
        return f"<LearnedStates {self.model.n_states} states, {self.n_iterations} passes, {self.log_likelihood:.3f}>"


def learn_states(
    patterns: MarkPatterns,
    n_states: int,
    config: LearnConfig | None = None,
    *,
    start: StateModel | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> LearnedStates:
    """Learn a model of chromatin states from marks of one or more cell types.

    All contigs of all cell types count as sequences of one model. Under the same seed the result is the same, also for
    another number of threads.

    Parameters
    ----------
    patterns
        Marks along contigs.
    n_states
        How many states to learn.
    config
        How to learn them.
    start
        A model with the same marks and as many states to start from; it is smoothed first.
    on_progress
        Called after each pass.

    Raises
    ------
    InputError
        There are fewer patterns than states, too few combinations for a start from the marks, or the given model does
        not fit.
    EmptySetError
        No mark is present in any bin.

    References
    ----------
    Ernst and Kellis (2012), ChromHMM: automating chromatin-state discovery and characterization, Nature Methods 9: 215.

    Examples
    --------
    >>> calls = np.repeat(np.array([[1, 0], [0, 0], [0, 1], [0, 0]], np.uint8), [30, 60, 50, 60], axis=0)
    >>> patterns = MarkPatterns.from_calls(["H3K4me3", "H3K27me3"], {("K562", "chr1"): calls})
    >>> learned = learn_states(patterns, 3)
    >>> learned.model.emissions.round(2).tolist()
    [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
    """
    config = config or LearnConfig()
    _require_enough(patterns, n_states)
    if start is not None:
        _require_same_shape(start, patterns, n_states)
    visited, draws = _visiting_order(patterns, config.seed)
    rows, best = [], None
    for number, model in enumerate(_starts(patterns, n_states, config, start, draws)):
        passes = baum_welch(visited, model, config.em, on_pass=_report(number, on_progress))
        rows += [(number, done.iteration, done.log_likelihood) for done in passes]
        if best is None or passes[-1].log_likelihood > best[1][-1].log_likelihood:
            best = (number, passes)
    assert best is not None, "there is at least one start"
    return _result(*best, rows, config)


def _result(number: int, passes: list[Pass], rows: list[tuple[int, int, float]], config: LearnConfig) -> LearnedStates:
    """The best attempt with its states in order."""
    last = passes[-1]
    model = last.model
    if config.order_by != "none":
        letter: Literal["E", "T"] = "E" if config.order_by == "emission" else "T"
        model = model.reordered(order_of_states(model, config.order_by), letter)
    trace = pd.DataFrame(rows, columns=list(TRACE_COLUMNS[:3]))
    trace["change"] = trace.groupby("start")["log_likelihood"].diff()
    gained = last.log_likelihood - passes[-2].log_likelihood if len(passes) > 1 else np.inf
    return LearnedStates(
        model=model,
        log_likelihood=last.log_likelihood,
        n_iterations=last.iteration,
        has_converged=bool(gained < config.em.tolerance),
        best_start=number,
        mark_order=order_of_marks(model),
        trace=trace,
    )


def _starts(
    patterns: MarkPatterns, n_states: int, config: LearnConfig, given: StateModel | None, draws: JavaRandom
) -> Iterator[StateModel]:
    """The model that each attempt starts from."""
    if given is not None:
        yield smoothed(given, emissions=config.model_emission_smoothing, transitions=config.model_transition_smoothing)
    elif config.start == "information":
        yield information_start(patterns, n_states, smoothing=config.smoothing)
    else:
        yield random_start(patterns.marks, n_states, draws)
    for number in range(1, config.n_starts):
        yield random_start(patterns.marks, n_states, JavaRandom(config.seed + number))


def _visiting_order(patterns: MarkPatterns, seed: int) -> tuple[MarkPatterns, JavaRandom]:
    """Contigs in the order in which ChromHMM visits them: that of random keys, dealt out by the names of its files."""
    draws = JavaRandom(seed)
    by_name = sorted(patterns.contigs, key=lambda runs: f"{runs.cell}_{runs.chrom}_binary.txt")
    order = np.argsort(draws.doubles(len(by_name)), kind="stable")
    return replace(patterns, contigs=tuple(by_name[place] for place in order)), draws


def _report(number: int, on_progress: Callable[[Progress], None] | None) -> Callable[[Pass], None] | None:
    """What to call after a pass of this attempt."""
    if on_progress is None:
        return None
    return lambda done: on_progress(Progress(number, done.iteration, done.log_likelihood))


def _require_enough(patterns: MarkPatterns, n_states: int) -> None:
    """Refuse what no model can be learned from."""
    occurring = np.unique(np.concatenate([np.unique(runs.pattern) for runs in patterns.contigs]))
    if not (patterns.patterns[occurring] == PRESENT).any():
        raise EmptySetError(
            "marks", dropped={"bins without any mark": patterns.n_bins}, hint="check how they were called"
        )
    if n_states < 1:
        raise InputError(f"n_states must be at least 1; got {n_states}")
    if n_states > len(occurring):
        raise InputError(
            f"{n_states} states were asked for, and the marks have only {len(occurring)} different patterns; "
            "ask for fewer states or give more marks"
        )


def _require_same_shape(model: StateModel, patterns: MarkPatterns, n_states: int) -> None:
    if model.marks != patterns.marks:
        raise InputError(
            f"the model to start from has the marks {', '.join(model.marks)}, the data {', '.join(patterns.marks)}; "
            "they must be the same in the same order (MarkPatterns.with_marks)"
        )
    if model.n_states != n_states:
        raise InputError(f"the model to start from has {model.n_states} states, and {n_states} were asked for")
