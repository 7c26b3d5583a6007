r"""What a model of states expects of marks: the forward-backward algorithm, exact, on runs of equal patterns.

Within a run of a pattern, the step from bin to bin is always the same matrix ``A = T diag(e)``. A run of length L with
``x`` before it and ``y`` behind it contributes ``A * sum_k (A'^k x y' A'^(L-1-k))`` to the expected transitions (``'``
is the transpose). That sum is linear in ``x y'``: so these outer products are first added up over all runs of a kind,
and what stands inside the runs is worked out once per kind, by halving: a kind of ``a + b`` bins passes
``A'^b G`` on to the kind of a bins and ``G A'^a`` to that of b bins. All terms are 0 or more: nothing cancels.
"""

from typing import NamedTuple

import numpy as np
from numba import njit, prange

from cisgram.arrays import MarkTotals, PatternEmissions, PatternTable, PerState, StateTransitions
from cisgram.chromatin.steps import StepPlan
from cisgram.errors import InputError
from cisgram.genomics.mark_patterns import NOT_MEASURED, PRESENT
from cisgram.genomics.state_model import StateModel
from cisgram.threads import threads_for

_SMALLEST = 1e-300
"""A pattern less likely than this in every state says nothing about the state."""


class ExpectedCounts(NamedTuple):
    """How often states come, follow each other and have marks, as expected under a model."""

    log_likelihood: float
    """Natural log of the probability of the marks."""
    initial: PerState
    """Expected number of contigs that begin in each state."""
    transitions: StateTransitions
    """Expected number of steps from each state (row) to each (column)."""
    present: MarkTotals
    """Expected number of bins of each state in which a mark is present."""
    measured: MarkTotals
    """Expected number of bins of each state in which a mark was measured."""


def pattern_emissions(emissions: np.ndarray, patterns: PatternTable) -> PatternEmissions:
    """Probability of each pattern in each state; marks that were not measured are left out of the product.

    Where it is below 1e-300 in all states, it is 1e-300 in all of them, as in ChromHMM.

    Examples
    --------
    >>> pattern_emissions(np.array([[0.25, 0.5]]), np.array([[1, 0], [0, 2]], np.uint8)).tolist()
    [[0.125], [0.75]]
    """
    products = np.ones((len(patterns), len(emissions)))
    for mark, probability in enumerate(emissions.T):
        calls = patterns[:, mark, None]
        products *= np.where(calls == NOT_MEASURED, 1.0, np.where(calls == PRESENT, probability, 1 - probability))
    products[(products < _SMALLEST).all(axis=1)] = _SMALLEST
    return products


def expect(model: StateModel, patterns: PatternTable, plan: StepPlan) -> ExpectedCounts:
    """Expected counts of a model, given marks; one pass of the E step of Baum and Welch.

    Time is about ``3 n_states**2`` operations per step of the plan, and ``6 n_states**3`` per kind of step. Memory
    beside the plan: ``8 n_states`` bytes per step of the longest contig, for each of up to eight groups of contigs.
    The result is the same for any number of threads.

    Parameters
    ----------
    model
        Its marks are the columns of ``patterns``.
    patterns
        The patterns that occur.
    plan
        The contigs, from :func:`cisgram.chromatin.steps.plan_steps`.

    Raises
    ------
    InputError
        The marks cannot come about under the model: probabilities of 0 exclude them.

    References
    ----------
    Rabiner (1989), A tutorial on hidden Markov models, Proceedings of the IEEE 77: 257, equations 19 to 37.
    """
    products = pattern_emissions(model.emissions, patterns)
    n_states, n_kinds = model.n_states, plan.n_kinds
    powers, scales = np.empty((n_kinds, n_states, n_states)), np.empty(n_kinds)
    _powers(plan.pattern, plan.first, plan.second, model.transitions, products, powers, scales)
    logs = _log_scales(plan, scales)
    n_lanes, n_contigs = len(plan.lane_starts) - 1, len(plan.first_patterns)
    outer = np.zeros((n_lanes, n_kinds, n_states, n_states))
    first_bins, log_likelihoods = np.zeros((n_contigs, n_states)), np.zeros(n_contigs)
    with threads_for(len(plan.steps) * n_states * n_states):
        # fmt: off
        _expect(
            plan.steps, plan.starts, plan.lanes, plan.lane_starts, plan.first_patterns,
            model.initial, products, powers, logs, outer, first_bins, log_likelihoods,
        )
        # fmt: on
    if not np.isfinite(log_likelihoods).all():
        raise InputError(
            f"the marks of {int((~np.isfinite(log_likelihoods)).sum())} of {n_contigs} contigs cannot come about under "
            "the model, because probabilities of 0 exclude them; smooth the model or start without zeros"
        )
    total = outer.sum(axis=0)
    _pass_down(plan.first, plan.second, powers, scales, total)
    per_pattern = np.zeros((len(patterns), n_states))
    np.add.at(per_pattern, plan.first_patterns, first_bins)
    transitions = np.zeros((n_states, n_states))
    _collect(plan.pattern, plan.first, powers, total, transitions, per_pattern)
    # einsum, because the sums of a matrix product may depend on the number of threads
    present = np.einsum("ps,pm->sm", per_pattern, (patterns == PRESENT).astype(float))
    measured = np.einsum("ps,pm->sm", per_pattern, (patterns != NOT_MEASURED).astype(float))
    return ExpectedCounts(float(log_likelihoods.sum()), first_bins.sum(axis=0), transitions, present, measured)


def _log_scales(plan: StepPlan, scales: np.ndarray) -> np.ndarray:
    """Log of what the matrix of each kind was divided by in all: by itself and through its parts."""
    logs = np.log(scales)
    for kind in np.flatnonzero(plan.first >= 0):
        logs[kind] += logs[plan.first[kind]] + logs[plan.second[kind]]
    return logs


@njit(cache=True)
def _powers(pattern, first, second, transitions, products, powers, scales):
    """Matrix of each kind of step, divided by its largest number; shorter kinds come first."""
    n = transitions.shape[0]
    for kind in range(len(pattern)):
        out = powers[kind]
        if first[kind] < 0:
            for i in range(n):
                for j in range(n):
                    out[i, j] = transitions[i, j] * products[pattern[kind], j]
        else:
            left, right = powers[first[kind]], powers[second[kind]]
            out[:] = 0
            for i in range(n):
                for k in range(n):
                    factor = left[i, k]
                    for j in range(n):
                        out[i, j] += factor * right[k, j]
        largest = out.max()
        scales[kind] = max(largest, 1e-320)
        if largest > 0:
            out /= largest


@njit(cache=True, parallel=True)
def _expect(
    steps, starts, lanes, lane_starts, first_patterns, initial, products, powers, logs, outer, first_bins, likelihoods
):
    """Pass over every contig forwards and backwards, one group of contigs per thread at a time."""
    for lane in prange(len(lane_starts) - 1):
        longest = 0
        for place in range(lane_starts[lane], lane_starts[lane + 1]):
            longest = max(longest, starts[lanes[place] + 1] - starts[lanes[place]])
        before = np.empty((longest + 1, len(initial)))
        for place in range(lane_starts[lane], lane_starts[lane + 1]):
            contig = lanes[place]
            part = steps[starts[contig] : starts[contig + 1]]
            likelihoods[contig] = _forward(part, initial * products[first_patterns[contig]], powers, logs, before)
            if np.isfinite(likelihoods[contig]):
                _backward(part, powers, before, outer[lane], first_bins[contig])


@njit(cache=True)
def _forward(part, start, powers, logs, before):
    """Probabilities of states before each step given the marks up to there; returns the log-likelihood."""
    n = len(start)
    total = start.sum()
    if not total > 0:
        return -np.inf
    before[0] = start / total
    likelihood = np.log(total)
    for step in range(len(part)):
        matrix, x, new = powers[part[step]], before[step], before[step + 1]
        new[:] = 0
        for i in range(n):
            factor = x[i]
            for j in range(n):
                new[j] += factor * matrix[i, j]
        total = 0.0
        for j in range(n):
            total += new[j]
        if not total > 0:
            return -np.inf
        inverse = 1 / total
        for j in range(n):
            new[j] *= inverse
        likelihood += np.log(total) + logs[part[step]]
    return likelihood


@njit(cache=True, fastmath={"reassoc"})
def _backward(part, powers, before, outer, first_bin):
    """Add ``x y' / (x' M y)`` of every step to its kind; and the probabilities of states in the first bin."""
    n = before.shape[1]
    y, back = np.ones(n), np.empty(n)
    for step in range(len(part) - 1, -1, -1):
        matrix, x, sums = powers[part[step]], before[step], outer[part[step]]
        weight = total = 0.0
        for i in range(n):
            value = 0.0
            for j in range(n):
                value += matrix[i, j] * y[j]
            back[i] = value
            total += value
            weight += x[i] * value
        if weight > 0:
            inverse = 1 / weight
            for i in range(n):
                factor = x[i] * inverse
                for j in range(n):
                    sums[i, j] += factor * y[j]
        if total > 0:  # else too small for a number: go on as if nothing were known
            inverse = 1 / total
            for i in range(n):
                y[i] = back[i] * inverse
        else:
            y[:] = 1.0
    weight = 0.0
    for i in range(n):
        first_bin[i] = before[0, i] * y[i]
        weight += first_bin[i]
    if weight > 0:
        first_bin /= weight


@njit(cache=True)
def _pass_down(first, second, powers, scales, sums):
    """Hand the sums of longer kinds to the two kinds that each consists of, down to single bins."""
    n = powers.shape[1]
    for kind in range(len(first) - 1, -1, -1):
        if first[kind] < 0:
            continue
        source, left, right = sums[kind], powers[first[kind]], powers[second[kind]]
        inverse = 1 / scales[kind]
        to_first, to_second = np.zeros((n, n)), np.zeros((n, n))
        for i in range(n):
            for k in range(n):
                backwards, value = right[k, i] * inverse, source[i, k] * inverse
                for j in range(n):
                    to_first[i, j] += backwards * source[k, j]
                    to_second[i, j] += value * left[j, k]
        sums[first[kind]] += to_first
        sums[second[kind]] += to_second


@njit(cache=True)
def _collect(pattern, first, powers, sums, transitions, per_pattern):
    """Expected transitions, and expected bins of each pattern in each state, from the sums of single bins."""
    n = transitions.shape[0]
    for kind in range(len(pattern)):
        if first[kind] >= 0:
            continue
        for i in range(n):
            for j in range(n):
                value = powers[kind, i, j] * sums[kind, i, j]
                transitions[i, j] += value
                per_pattern[pattern[kind], j] += value
