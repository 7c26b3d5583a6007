"""Models of chromatin states check themselves and can be put into another order."""

import numpy as np
import pytest

from cisgram.errors import InputError
from cisgram.genomics.state_model import StateModel


def parts(**changed):
    whole = {
        "marks": ("a", "b"),
        "initial": np.array([0.5, 0.3, 0.2]),
        "transitions": np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.0, 0.5, 0.5]]),
        "emissions": np.array([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]]),
    }
    return whole | changed


def test_reordering_moves_every_part_along():
    model = StateModel(**parts(names=("x", "y", "z")))
    turned = model.reordered([2, 0, 1], "E")
    assert turned.names == ("z", "x", "y")
    assert turned.initial.tolist() == [0.2, 0.5, 0.3]
    assert turned.transitions[0].tolist() == [0.5, 0.0, 0.5]
    assert turned.emissions[0].tolist() == [0.5, 0.6]
    assert turned.order_by == "E"
    back = turned.reordered(np.argsort([2, 0, 1]))
    assert np.array_equal(back.transitions, model.transitions)


def test_numbers_are_given_anew_and_names_stay():
    assert StateModel(**parts()).reordered([2, 1, 0]).names == ("1", "2", "3")
    named = StateModel(**parts()).renamed(["TssA", "Enh", "Quies"])
    assert named.is_named
    assert named.reordered([2, 1, 0]).names == ("Quies", "Enh", "TssA")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"initial": np.array([0.5, 0.3, 0.3])}, "first bin must sum to 1; they sum to 1.1"),
        ({"transitions": np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.2], [0, 0.5, 0.5]])}, "from state 2 must sum to 1"),
        ({"emissions": np.array([[0.1, 0.2], [0.3, 1.4], [0.5, 0.6]])}, "emissions .* must be probabilities"),
        ({"emissions": np.array([[0.1, 0.2], [0.3, np.nan], [0.5, 0.6]])}, "emissions .* must be probabilities"),
        ({"marks": ("a", "a")}, "marks, each once"),
        ({"names": ("x", "y")}, "3 states need as many names"),
    ],
)
def test_what_is_no_model_is_refused(changed, message):
    with pytest.raises(InputError, match=message):
        StateModel(**parts(**changed))


def test_an_order_must_name_every_state():
    with pytest.raises(InputError, match="each of 3 states once"):
        StateModel(**parts()).reordered([0, 1, 1])
