"""Expected counts: equal to enumeration of all paths, and to the textbook's algorithm bin by bin."""

from itertools import product

import numba
import numpy as np
import pytest

from cisgram.chromatin.forward_backward import expect, pattern_emissions
from cisgram.chromatin.steps import plan_steps
from cisgram.errors import InputError
from cisgram.genomics.mark_patterns import MarkPatterns
from cisgram.genomics.state_model import StateModel


def random_model(n_states, n_marks, seed):
    draws = np.random.default_rng(seed)
    transitions = draws.random((n_states, n_states)) + 3 * np.eye(n_states)
    initial = draws.random(n_states)
    return StateModel(
        tuple(f"mark{number}" for number in range(n_marks)),
        initial / initial.sum(),
        transitions / transitions.sum(axis=1, keepdims=True),
        draws.random((n_states, n_marks)),
    )


def random_patterns(n_marks, lengths, seed, *, longest_run=1, has_missing=False):
    draws = np.random.default_rng(seed)
    calls = {}
    for number, length in enumerate(lengths):
        rows = draws.integers(0, 3 if has_missing else 2, (length, n_marks), dtype=np.uint8)
        repeats = draws.integers(1, longest_run + 1, length)
        calls["cell", f"chr{number}"] = np.repeat(rows, repeats, axis=0)[:length]
    return MarkPatterns.from_calls([f"mark{number}" for number in range(n_marks)], calls)


def probability_of_mark(model, state, calls):
    value = 1.0
    for mark, call in enumerate(calls):
        if call != 2:
            value *= model.emissions[state, mark] if call else 1 - model.emissions[state, mark]
    return value


def by_enumeration(model, calls):
    """Log-likelihood and expected counts of one contig, summed over every path of states."""
    n, n_bins = model.n_states, len(calls)
    total, initial, transitions = 0.0, np.zeros(n), np.zeros((n, n))
    present, measured = np.zeros(model.emissions.shape), np.zeros(model.emissions.shape)
    for path in product(range(n), repeat=n_bins):
        weight = model.initial[path[0]] * probability_of_mark(model, path[0], calls[0])
        for place in range(1, n_bins):
            weight *= model.transitions[path[place - 1], path[place]]
            weight *= probability_of_mark(model, path[place], calls[place])
        total += weight
        initial[path[0]] += weight
        for place in range(n_bins):
            if place:
                transitions[path[place - 1], path[place]] += weight
            present[path[place]] += weight * (calls[place] == 1)
            measured[path[place]] += weight * (calls[place] != 2)
    return np.log(total), initial / total, transitions / total, present / total, measured / total


def bin_by_bin(model, patterns):
    """The scaled algorithm of the textbook, one bin after the other."""
    products = pattern_emissions(model.emissions, patterns.patterns)
    n = model.n_states
    likelihood, initial, transitions = 0.0, np.zeros(n), np.zeros((n, n))
    present, measured = np.zeros(model.emissions.shape), np.zeros(model.emissions.shape)
    for runs in patterns.contigs:
        calls, emission = patterns.calls(runs.cell, runs.chrom), products[runs.indices()]
        forward, scale = np.empty((len(calls), n)), np.empty(len(calls))
        for place in range(len(calls)):
            before = model.initial if place == 0 else forward[place - 1] @ model.transitions
            forward[place] = before * emission[place]
            scale[place] = forward[place].sum()
            forward[place] /= scale[place]
        likelihood += np.log(scale).sum()
        backward = np.ones(n)
        for place in range(len(calls) - 1, -1, -1):
            posterior = forward[place] * backward
            present += posterior[:, None] * (calls[place] == 1)
            measured += posterior[:, None] * (calls[place] != 2)
            if place == 0:
                initial += posterior
                break
            ahead = emission[place] * backward / scale[place]
            transitions += forward[place - 1][:, None] * model.transitions * ahead
            backward = model.transitions @ ahead
    return likelihood, initial, transitions, present, measured


def test_expected_counts_equal_the_sum_over_all_paths():
    model = random_model(3, 2, seed=1)
    calls = np.array([[1, 0], [1, 0], [1, 0], [0, 2], [0, 2], [1, 1]], np.uint8)
    patterns = MarkPatterns.from_calls(model.marks, {("cell", "chr1"): calls})
    found = expect(model, patterns.patterns, plan_steps(patterns.contigs))
    for ours, theirs in zip(found, by_enumeration(model, calls), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize("longest_run", [1, 4, 400])
@pytest.mark.parametrize("n_states", [1, 2, 7])
def test_runs_give_what_single_bins_give(n_states, longest_run):
    model = random_model(n_states, 3, seed=n_states)
    patterns = random_patterns(3, [1, 2, 3000], seed=longest_run, longest_run=longest_run, has_missing=True)
    found = expect(model, patterns.patterns, plan_steps(patterns.contigs))
    for ours, theirs in zip(found, bin_by_bin(model, patterns), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-10)


def test_very_long_runs_do_not_underflow():
    model = random_model(3, 2, seed=4)
    calls = np.repeat(np.array([[0, 0], [1, 1], [0, 0]], np.uint8), [20_001, 3, 9_000], axis=0)
    patterns = MarkPatterns.from_calls(model.marks, {("cell", "chr1"): calls})
    found = expect(model, patterns.patterns, plan_steps(patterns.contigs))
    for ours, theirs in zip(found, bin_by_bin(model, patterns), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-8)


def test_counts_add_up_to_the_bins_that_there_are():
    model = random_model(4, 3, seed=2)
    patterns = random_patterns(3, [500, 1, 40], seed=3, longest_run=9)
    found = expect(model, patterns.patterns, plan_steps(patterns.contigs))
    assert found.initial.sum() == pytest.approx(3)
    assert found.transitions.sum() == pytest.approx(541 - 3)
    np.testing.assert_allclose(found.measured.sum(axis=0), 541)
    n_present = sum(patterns.calls(*key).sum(axis=0, dtype=float) for key in (("cell", f"chr{i}") for i in range(3)))
    np.testing.assert_allclose(found.present.sum(axis=0), n_present)


def test_the_number_of_threads_leaves_no_trace_in_the_result():
    model = random_model(5, 4, seed=5)
    patterns = random_patterns(4, [9000, 8000, 7000, 400, 300, 200, 100, 50, 20, 10], seed=6, longest_run=3)
    plan, before = plan_steps(patterns.contigs), numba.get_num_threads()
    found = []
    try:
        for n_threads in (1, min(2, numba.config.NUMBA_NUM_THREADS)):
            numba.set_num_threads(n_threads)
            found.append(expect(model, patterns.patterns, plan))
    finally:
        numba.set_num_threads(before)
    for one, other in zip(*found, strict=True):
        assert np.array_equal(one, other)


def test_marks_that_were_not_measured_do_not_matter():
    model = random_model(3, 3, seed=7)
    calls = random_patterns(2, [300], seed=8, longest_run=5).calls("cell", "chr0")
    with_gap = np.insert(calls, 1, 2, axis=1)
    without = StateModel(("mark0", "mark2"), model.initial, model.transitions, model.emissions[:, [0, 2]])
    results = []
    for one, table in ((model, with_gap), (without, calls)):
        patterns = MarkPatterns.from_calls(one.marks, {("cell", "chr1"): table})
        results.append(expect(one, patterns.patterns, plan_steps(patterns.contigs)))
    assert results[0].log_likelihood == pytest.approx(results[1].log_likelihood, rel=1e-12)
    np.testing.assert_allclose(results[0].transitions, results[1].transitions)


def test_a_pattern_that_no_state_allows_says_nothing_about_the_state():
    products = pattern_emissions(np.array([[0.0], [0.0]]), np.array([[1], [0]], np.uint8))
    assert products.tolist() == [[1e-300, 1e-300], [1.0, 1.0]]


def test_marks_that_cannot_come_about_are_refused():
    model = StateModel(("a",), np.array([1.0, 0.0]), np.eye(2), np.array([[0.0], [1.0]]))
    patterns = MarkPatterns.from_calls(["a"], {("cell", "chr1"): np.array([[0], [1]], np.uint8)})
    with pytest.raises(InputError, match="1 of 1 contigs cannot come about"):
        expect(model, patterns.patterns, plan_steps(patterns.contigs))
