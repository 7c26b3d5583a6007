"""Starts of learning: from combinations of marks, at random, from another model."""

import itertools

import numpy as np
import pytest

from cisgram.chromatin.initial import information_start, random_start, smoothed
from cisgram.chromatin.java_random import JavaRandom
from cisgram.errors import InputError
from cisgram.genomics.mark_patterns import MarkPatterns


def patterns_of(calls):
    table = np.array(calls, np.uint8)
    return MarkPatterns.from_calls([f"mark{n}" for n in range(table.shape[1])], {("cell", "chr1"): table})


def plain_information_start(contigs, n_states, smoothing):
    """The same start written out bin by bin."""
    pairs = [[tuple((a == 1) & (b == 1)) for a, b in itertools.pairwise(c)] for c in contigs]
    every = [pair for part in pairs for pair in part]
    n, n_marks = len(every), len(every[0])
    group, parent = dict.fromkeys(every, 0), [0] * n_states

    def term(count):
        return -count / n * np.log(count / n) if count else 0.0

    for new in range(1, n_states):
        best, split = 0.0, None
        for source in range(new):
            members = [pair for pair in every if group[pair] == source]
            for mark in range(n_marks):
                with_mark = sum(pair[mark] for pair in members)
                gain = term(len(members) - with_mark) + term(with_mark) - term(len(members))
                if gain > best + 1e-12:
                    best, split = gain, (source, mark)
        source, mark = split
        parent[new] = source
        group.update({pair: new for pair in group if group[pair] == source and pair[mark]})
    emissions = np.full((n_states, n_marks), smoothing / 2)
    for state in range(1, n_states):
        below = []
        for pair in every:
            at = group[pair]
            while at not in (0, state):
                at = parent[at]
            if at == state:
                below.append(pair)
        emissions[state] += (1 - smoothing) * np.mean(below, axis=0)
    counts = np.zeros((n_states, n_states))
    for part in pairs:
        for a, b in itertools.pairwise(part):
            counts[group[a], group[b]] += 1
    transitions = smoothing / n_states + (1 - smoothing) * counts / counts.sum(axis=1, keepdims=True)
    return emissions, transitions


def test_the_start_from_marks_equals_its_definition_bin_by_bin():
    draws = np.random.default_rng(0)
    calls = np.repeat(draws.random((400, 4)) < [0.3, 0.5, 0.2, 0.6], draws.integers(1, 4, 400), axis=0).astype(np.uint8)
    start = information_start(patterns_of(calls), 6, smoothing=0.02)
    emissions, transitions = plain_information_start([calls], 6, 0.02)
    np.testing.assert_allclose(start.emissions, emissions, atol=1e-12)
    np.testing.assert_allclose(start.transitions, transitions, atol=1e-12)


def test_marks_that_were_not_measured_count_as_absent_at_the_start():
    calls = np.random.default_rng(1).integers(0, 2, (300, 3), dtype=np.uint8)
    absent, missing = calls.copy(), calls.copy()
    absent[100:, 1], missing[100:, 1] = 0, 2
    one, other = (information_start(patterns_of(table), 4) for table in (absent, missing))
    assert np.array_equal(one.emissions, other.emissions)
    assert np.array_equal(one.transitions, other.transitions)


def test_too_few_combinations_say_how_many_states_are_possible():
    with pytest.raises(InputError, match="combinations for 2 states only, and 3 were asked for"):
        information_start(patterns_of([[0], [1], [1], [0], [1]]), 3)


def test_single_bins_are_no_start():
    with pytest.raises(InputError, match="single bin"):
        information_start(patterns_of([[1]]), 1)


def test_random_starts_are_models_and_follow_their_seed():
    one, other = (random_start(("a", "b"), 3, JavaRandom(5)) for _ in range(2))
    assert np.array_equal(one.transitions, other.transitions)
    assert not np.array_equal(one.emissions, random_start(("a", "b"), 3, JavaRandom(6)).emissions)


def test_a_smoothed_model_has_no_zeros_and_keeps_its_order_of_probabilities():
    model = random_start(("a", "b"), 2, JavaRandom(1))
    hard = type(model)(model.marks, model.initial, np.eye(2), np.array([[0.0, 1.0], [1.0, 0.0]]))
    start = smoothed(hard)
    assert start.transitions.tolist() == [[0.75, 0.25], [0.25, 0.75]]
    np.testing.assert_allclose(start.emissions, [[0.01, 0.99], [0.99, 0.01]])
