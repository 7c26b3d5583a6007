"""The order of states and marks."""

import numpy as np
import pytest

from cisgram.chromatin.ordering import order_of_marks, order_of_states
from cisgram.genomics.state_model import StateModel


def model_of(emissions, transitions=None):
    emissions = np.array(emissions, float)
    n = len(emissions)
    transitions = np.full((n, n), 1 / n) if transitions is None else np.array(transitions)
    return StateModel(tuple(f"m{i}" for i in range(emissions.shape[1])), np.full(n, 1 / n), transitions, emissions)


def test_states_with_like_marks_stand_side_by_side():
    model = model_of([[0.9, 0.8, 0.1, 0.0], [0.0, 0.1, 0.9, 0.8], [0.8, 0.9, 0.0, 0.2], [0.1, 0.0, 0.6, 0.9]])
    order = order_of_states(model).tolist()
    assert abs(order.index(0) - order.index(2)) == abs(order.index(1) - order.index(3)) == 1


def test_states_that_follow_each_other_stand_side_by_side():
    transitions = [[0.5, 0.0, 0.5, 0.0], [0.0, 0.5, 0.0, 0.5], [0.4, 0.0, 0.5, 0.1], [0.0, 0.6, 0.0, 0.4]]
    order = order_of_states(model_of(np.eye(4), transitions), "transition").tolist()
    assert order in ([0, 2, 3, 1], [1, 3, 2, 0])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_an_order_names_every_state_and_every_mark_once(seed):
    model = model_of(np.random.default_rng(seed).random((6, 4)))
    assert sorted(order_of_states(model)) == list(range(6))
    assert sorted(order_of_marks(model)) == list(range(4))


def test_the_order_does_not_depend_on_the_order_before():
    emissions = np.random.default_rng(4).random((7, 5))
    shuffled = np.random.default_rng(5).permutation(7)
    one = emissions[order_of_states(model_of(emissions))]
    other = emissions[shuffled][order_of_states(model_of(emissions[shuffled]))]
    assert np.array_equal(one, other) or np.array_equal(one, other[::-1])


def test_a_state_without_variance_has_a_place_too():
    assert sorted(order_of_states(model_of([[0.5, 0.5], [0.1, 0.9], [0.9, 0.2]]))) == [0, 1, 2]
